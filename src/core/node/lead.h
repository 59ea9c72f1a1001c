/* lead.h - what a master does: beginning and end, rounds. */
#pragma once

#include "core/node/state.h"

void lead_init(struct node *);
/* We became master. */
void lead_begin(struct node *);
/* We are about to be master no more. */
void lead_end(struct node *);
/* As master: rounds and polls that are due. */
void lead_tick(struct node *);
mono_t lead_deadline(const struct node *);
/* As master: a session with @p is open, so it is polled at once. */
void lead_on_session(struct node *, struct peer *);
/* As master: some member has granted a term above ours, of nobody who leads: take one above it. */
void lead_raise_term(struct node *, uint64_t above);
/* As master with `quorum = majority`: is the majority lost? */
bool lead_lost_quorum(const struct node *);
