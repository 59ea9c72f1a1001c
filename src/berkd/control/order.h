/* order.h - methods that change something, for the control socket only: each is the run of a
 * varlink_method, with struct control as userdata. */
#pragma once

#include "berkd/control/grant.h"
#include "berkd/control/varlink_call.h"

struct control;

/* Answer who gave the order that was ORDER_SENT, if he is still there. */
void control_order_done(struct control *, const struct order_outcome *);
/* The same of the line for @to alone that was under way. */
void control_private_done(struct control *, node_id to, enum private_outcome);
/* Answer all who asked for that reload, or an earlier one. */
void control_reload_done(struct control *, unsigned number, int r, const char *const *messages,
			 size_t n);

void control_transfer(struct varlink_call *, json_t *parameters, void *userdata);
void control_step_down(struct varlink_call *, json_t *parameters, void *userdata);
void control_step(struct varlink_call *, json_t *parameters, void *userdata);
void control_set_time(struct varlink_call *, json_t *parameters, void *userdata);
void control_forget(struct varlink_call *, json_t *parameters, void *userdata);
void control_exclude(struct varlink_call *, json_t *parameters, void *userdata);
void control_include(struct varlink_call *, json_t *parameters, void *userdata);
void control_hold(struct varlink_call *, json_t *parameters, void *userdata);
void control_resume(struct varlink_call *, json_t *parameters, void *userdata);
void control_reload(struct varlink_call *, json_t *parameters, void *userdata);
void control_set_trace(struct varlink_call *, json_t *parameters, void *userdata);
void control_chat_send(struct varlink_call *, json_t *parameters, void *userdata);
void control_chat_private(struct varlink_call *, json_t *parameters, void *userdata);
