/* chat.h - chat over the wire: post, pull, take over, show.  copies.h has the master's copying. */
#pragma once

#include "core/node/state.h"

/* What was on disk of the chat.  Call in node_init(). */
void chatting_init(struct node *, const struct node_saved *);
/* That log, or an empty one, and numbers for our lines that no other boot is likely to use.
 * Call once, at EV_START, when our id is known. */
void chatting_start(struct node *);
/* Call in each step: posts, pulls and copies that are due. */
void chatting_tick(struct node *);
/* When chatting_tick() or chatting_emit() has something to do; MONO_NEVER: nothing. */
mono_t chatting_deadline(const struct node *);
/* Show what is stable.  Call last in each step: effects may be few. */
void chatting_emit(struct node *);
/* As master, new in office: lead the chat at once (@source is NO_INDEX), or, when the log of the
 * voter in slot @source is further on, after we have taken it over up to @target. */
void chatting_begin_lead(struct node *, uint16_t source, struct chat_pos target);
/* As master: our term is higher from now on. */
void chatting_raise_term(struct node *);
/* Somebody else leads.  Call as member, when a master polls us. */
void chatting_begin_follow(struct node *);
/* Call when a CHAT_POST, CHAT_LINES or CHAT_PULL came. */
void chatting_on_message(struct node *, struct peer *, const struct wire_msg *);
/* As member: our master's poll says what of the chat it has. */
void chatting_on_poll(struct node *, struct peer *, const struct wire_poll *);
/* Group time as a line that is typed now has it, or, without it, our own clock's. */
int64_t chatting_time_ns(const struct node *);
/* Lines of @p have to wait, by one host's fault: people are told at once, and then once a
 * minute. */
void chatting_tell_pace(struct node *, const struct peer *, enum limit);
/* Call when the operator typed a line of @len bytes: it waits until a master takes it.  Refused is
 * what is no text, or a line too many. */
enum order_verdict chatting_order(struct node *, const char *text, size_t len);
