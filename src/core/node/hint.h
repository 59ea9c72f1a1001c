/* hint.h - telling others where the master is. */
#pragma once

#include "core/node/state.h"

/* Tell @p where the master is that we follow, if we do. */
void hint_send(struct node *, struct peer *p);
/* With each poll of our master: tell those who may not know. */
void hint_tick(struct node *);
/* We follow another master. */
void hint_soon(struct node *);
