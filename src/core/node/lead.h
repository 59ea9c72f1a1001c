/* lead.h - what a master does: beginning and end, rounds. */
#pragma once

#include "core/node/state.h"

/* Call once, from node_init(). */
void lead_init(struct node *);
/* As master, new in office: take over what is known, and begin with rounds and polls. */
void lead_begin(struct node *);
/* As master, about to be none. */
void lead_end(struct node *);
/* Call in each step: as master, rounds and polls that are due. */
void lead_tick(struct node *);
/* When lead_tick() has something to do; MONO_NEVER: we are no master. */
mono_t lead_deadline(const struct node *);
/* As master: a session with the peer is open, so it is polled at once. */
void lead_on_session(struct node *, struct peer *);
/* As master: some member has granted a term above ours, of nobody who leads; take one above
 * @above. */
void lead_raise_term(struct node *, uint64_t above);
/* As master: the date of the group is known to be wrong, or known to a clock that came later, or
 * ordered: give the line up and begin anew, with all who are here.  Nobody promises anything
 * meanwhile. */
void lead_found_anew(struct node *, enum founding why);
/* Is the majority lost, of a master with `quorum = majority`?  Call in each step. */
bool lead_lost_quorum(const struct node *);
