/* status.h - methods that show something and change nothing: each is the run of a varlink_method,
 * with struct control as userdata. */
#pragma once

#include "berkd/control/varlink_call.h"

void control_status(struct varlink_call *, json_t *parameters, void *userdata);
void control_members(struct varlink_call *, json_t *parameters, void *userdata);
void control_why(struct varlink_call *, json_t *parameters, void *userdata);
void control_rounds(struct varlink_call *, json_t *parameters, void *userdata);
