/* estimators.h - which peer has which estimator: only a master and its deputy need them. */
#pragma once

#include "core/node/state.h"

/* The peer's estimator; NULL: it has none.  Call whenever one is needed: pointers do not outlive a
 * step. */
struct estimator *peer_estimator(const struct node *, const struct peer *);
/* Give the peer an estimator that knows nothing.  When there is none left, people are told and it
 * has none.  Call when its clock is to be measured anew. */
void estimator_take(struct node *, struct peer *);
/* The peer has none from now on.  Call when it need not be measured, or when RAW stood still. */
void estimator_release(struct peer *);
/* What the configuration says to the peer's estimator, but for an oscillator that is known to be
 * worse.  Call when one is made, or when the configuration has changed. */
struct estimator_config estimator_config_of(const struct node *, const struct peer *);
/* Tell all estimators.  Call when that has changed. */
void estimators_configure(struct node *);
/* The peer's RAW less ours, now; false, and @ret undefined, when it is not measured.  Call
 * whenever its clock is needed. */
bool peer_measured(const struct node *, const struct peer *, struct estimate *ret);
/* Our RAW at the instant when the peer's RAW read @r.  Call with an estimate of that peer. */
raw_t estimate_own_raw(const struct estimate *, raw_t r);
