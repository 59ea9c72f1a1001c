/* stream.h - methods that stay open, and what feeds them. */
#pragma once

#include "berkd/control/control_private.h"
#include "berkd/control/varlink_call.h"

/* What a call waits for: the first member of each note that varlink_hold() gets. */
enum stream_kind {
	STREAM_MONITOR,
	STREAM_WAIT_SYNC,
	STREAM_CHAT,
	STREAM_ORDER,
	STREAM_PRIVATE,
	STREAM_RELOAD,
	STREAM_HISTORY, /* whose note is history.c's */
};

/* Call once the loop is there, before any of the methods below. */
int control_stream_init(struct control *);
/* Call when no call is held any more. */
void control_stream_fini(struct control *);
/* Pass on to whom it is of use.  Call for each that is shown. */
void control_stream_notice(struct control *, const struct notice *, const char *text);
void control_stream_chat(struct control *, const struct wire_chat_line *);
void control_stream_private(struct control *, const struct wire_chat_line *);
/* Does anybody wait for that? */
bool control_stream_any(const struct control *, enum stream_kind);

/* Keep the call of an order (STREAM_ORDER), or of a line for one host alone (STREAM_PRIVATE), open
 * until its outcome is known; it may be answered with an error at once. */
void control_stream_hold_order(struct control *, struct varlink_call *, enum stream_kind);
/* That call, to be answered; NULL: nobody waits for it. */
struct varlink_call *control_stream_order(struct control *, enum stream_kind);
/* The same of the reload of that number. */
void control_stream_hold_reload(struct control *, struct varlink_call *, unsigned number);
/* A call that waits for that reload, or an earlier one; NULL: none does. */
struct varlink_call *control_stream_reload(struct control *, unsigned number);

/* Each is the run of a varlink_method, with struct control as userdata. */
void control_monitor(struct varlink_call *, json_t *parameters, void *userdata);
void control_wait_sync(struct varlink_call *, json_t *parameters, void *userdata);
void control_chat_follow(struct varlink_call *, json_t *parameters, void *userdata);
