/* runaway.h - oscillators beyond max_drift. */
#pragma once

#include "core/node/state.h"

/* Exchange @x with @p contradicts all before it, for the second time: a jump, or one more sign
 * of a rate beyond max_drift.  Once that is sure, it is measured with a drift that it keeps:
 * call before its estimator begins anew. */
void runaway_note(struct node *, struct peer *, const struct exchange *x);
/* An exchange with @p was taken: is its oscillator within max_drift again? */
void runaway_look(struct node *, struct peer *);
/* Nothing is known of the peer's oscillator.  Call when it is measured anew. */
void runaway_forget(struct peer *);
/* As master, once a round: when most members agree that our oscillator is the bad one, and one
 * of them may lead, we shall not for a while, which people are told. */
void runaway_judge_ourselves(struct node *);
