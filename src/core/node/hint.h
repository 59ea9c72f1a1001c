/* hint.h - telling others where the master is. */
#pragma once

#include "core/node/state.h"

/* Tell the peer where the master is that we follow; does nothing when we follow none.  Call when a
 * session with it is open. */
void hint_send(struct node *, struct peer *);
/* As master: tell @p, which leads another side, of some who follow us, so that it can ask them.
 * Once in a heartbeat at most.  Call when we refuse its poll. */
void hint_followers(struct node *, struct peer *p);
/* As member, with each poll of our master: tell those who may not know. */
void hint_tick(struct node *);
/* As member of another master than before: tell again soon. */
void hint_soon(struct node *);
