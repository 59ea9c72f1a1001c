/* census.h - how large the group is, and how much of it is here. */
#pragma once

#include "core/node/state.h"

void census_init(struct node *);
/* As member: the master says so in a poll. */
void census_hear(struct node *, const struct wire_poll *);
/* A member said goodbye. */
void census_goodbye(struct node *);
/* We became master: what is known so far is what the master before said. */
void census_begin(struct node *);
/* As master: count again, and tell when we became an island or are none any more. */
void census_update(struct node *);
/* As master: drop from the table who was silent for forget_ns.  Only a majority may do so. */
void census_forget(struct node *);
/* As master: is our line one without a bound, so that any other group's is better? */
void census_set_new(struct node *, bool group_new);
/* We are master no more. */
void census_end(struct node *);
