/* control_private.h - the inside of control: shared by control.c (sockets), order.c, status.c
 * and stream.c. */
#pragma once

#include "berkd/control/varlink_call.h"
#include "berkd/daemon.h"

#include <jansson.h>

#define CONTROL_PRESENT_MAX (NODE_PEERS_MAX + 1)

struct present {
	node_id id;
	char name[NODE_NAME_MAX];
	unsigned missed; /* ticks since it was last seen */
};

struct control {
	struct daemon *daemon;
	struct varlink *server;
	/* Sockets we made, to be removed in the end; empty: not ours. */
	char own_path[2][sizeof(((struct config *)0)->control_path)];
	uint64_t chat_shown; /* index of the last line that control_on_chat() got */
	/* stream.c */
	sd_event_source *tick;
	bool ticking;
	bool has_present; /* chat is followed: who was here at the last look */
	size_t n_present;
	struct present present[CONTROL_PRESENT_MAX];
};

/* What a status, a member or a round says is as of this instant. */
struct control_now {
	mono_t mono;
	struct clock_pair pair;
};
int control_read_clocks(const struct control *, struct control_now *ret);

/* --- status.c: structs as JSON; NULL when memory is out --- */
json_t *control_status_json(const struct control *, const struct control_now *);
json_t *control_id_json(node_id);
/* Text that may not be UTF-8 (a name from the configuration). */
json_t *control_text_json(const char *);
/* The member whose name, or whose id's first digits, @call's "host" gives; else the call is
 * answered with an error and false comes back. */
bool control_find_host(struct control *, struct varlink_call *, json_t *parameters,
		       struct member_view *ret);
/* An optional integer of at least 0; false: the call was answered with an error. */
bool control_get_int(struct varlink_call *, json_t *parameters, const char *key, int64_t *ret);

void control_status(struct varlink_call *, json_t *, void *);
void control_members(struct varlink_call *, json_t *, void *);
void control_why(struct varlink_call *, json_t *, void *);
void control_rounds(struct varlink_call *, json_t *, void *);

/* --- order.c --- */
void control_transfer(struct varlink_call *, json_t *, void *);
void control_step_down(struct varlink_call *, json_t *, void *);
void control_step(struct varlink_call *, json_t *, void *);
void control_exclude(struct varlink_call *, json_t *, void *);
void control_include(struct varlink_call *, json_t *, void *);
void control_reload(struct varlink_call *, json_t *, void *);
void control_set_trace(struct varlink_call *, json_t *, void *);
void control_chat_send(struct varlink_call *, json_t *, void *);

/* --- stream.c --- */
int control_stream_init(struct control *);
void control_stream_fini(struct control *);
void control_monitor(struct varlink_call *, json_t *, void *);
void control_wait_sync(struct varlink_call *, json_t *, void *);
void control_chat_follow(struct varlink_call *, json_t *, void *);
