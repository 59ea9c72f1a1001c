/* chat.h - chat over the wire: post, copy, pull, show. */
#pragma once

#include "core/node/state.h"

void chatting_init(struct node *);
void chatting_start(struct node *);
void chatting_tick(struct node *);
mono_t chatting_deadline(const struct node *);
/* Show what is stable.  Call last in each step: effects may be few. */
void chatting_emit(struct node *);
/* We lead: at once, or, when a voter's log is further on, after we have taken it over from
 * @source (NO_INDEX: nobody) up to @target. */
void chatting_begin_lead(struct node *, uint16_t source, struct chat_pos target);
/* Our term is higher from now on; somebody else leads. */
void chatting_raise_term(struct node *);
void chatting_begin_follow(struct node *);
/* A chat message, a master's poll, a member's receipt came; the operator typed a line. */
void chatting_on_message(struct node *, struct peer *, const struct wire_msg *);
void chatting_on_poll(struct node *, struct peer *, const struct wire_poll *);
void chatting_on_receipt(struct node *, struct peer *, struct chat_pos);
enum order_verdict chatting_order(struct node *, const char *text, size_t len);
/* We became its master: what it holds is not known. */
void chatting_enlist(struct peer *);
