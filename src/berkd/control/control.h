/* control.h - the control socket and the status socket: a varlink server for berkctl and others. */
#pragma once

#include "berkd/control/grant.h"

#include <sys/types.h>
#include <systemd/sd-event.h>

struct control;

/* Make both sockets and listen on them.  The grant is copied; what it points to must outlive
 * control.  -EADDRINUSE when another daemon answers there; other negative errno.  Call once the
 * node is there. */
int control_new(sd_event *, const struct control_grant *, struct control **ret);
/* NULL is allowed.  Call outside of a method. */
struct control *control_free(struct control *);
/* Give that user the directory of the sockets, if it was made for them: he removes them in the end.
 * Call as root. */
void control_hand_over(const struct control *, uid_t uid, gid_t gid);
/* Pass a notice, and its words, on to each monitor.  Call for each notice that is shown. */
void control_on_notice(struct control *, const struct notice *, const char *text);
/* An order that had to travel to the master has come to this.  Call for each FX_ORDERED. */
void control_on_ordered(struct control *, const struct order_outcome *);
/* That host (0: all that are out of sight) was forgotten by an order of another host.  Call for
 * each FX_FORGOTTEN. */
void control_on_forgotten(struct control *, node_id);
/* The reload of that number is over: 0, or the negative errno that it failed with (-EINPROGRESS:
 * it has only taken too long to wait for), and @n messages about it.  Call for each. */
void control_on_reloaded(struct control *, unsigned number, int r, const char *const *messages,
			 size_t n);
/* Pass a line on to each who follows the chat.  Call for each line that the core shows. */
void control_on_chat(struct control *, const struct wire_chat_line *);
/* The same of a line that was said to this host alone.  Call for each FX_PRIVATE. */
void control_on_private(struct control *, const struct wire_chat_line *);
/* This has become of the line for @to alone that was under way.  Call for each FX_PRIVATE_DONE. */
void control_on_private_done(struct control *, node_id to, enum private_outcome);
/* Does anybody follow the chat? */
bool control_chat_is_read(const struct control *);
