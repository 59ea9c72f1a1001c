/* follow.h - corrections: what a member takes from its master, and what it refuses. */
#pragma once

#include "core/node/state.h"

void follow_init(struct node *);
/* A CORRECT came. */
void follow_on_correct(struct node *, struct peer *, const struct wire_msg *);
/* We follow another master or under another term: its corrections are numbered anew. */
void follow_begin(struct node *, uint64_t term);
/* We are master: our own line is the one of this term. */
void follow_own_term(struct node *);
/* We are a newcomer again. */
void follow_newcomer(struct node *);
