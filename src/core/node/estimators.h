/* estimators.h - which peer has which estimator: only a master and its deputy need them. */
#pragma once

#include "core/node/state.h"

/* NULL: it has none. */
struct estimator *peer_estimator(const struct node *, const struct peer *);
/* Give @p an estimator that knows nothing.  When there is none left, people are told and it has
 * none. */
void estimator_take(struct node *, struct peer *);
void estimator_release(struct peer *);
struct estimator_config estimator_config_of(const struct node *);
/* @p's RAW less ours, now; false: not measured. */
bool peer_measured(const struct node *, const struct peer *, struct estimate *ret);
/* Our RAW at the instant when the peer's RAW read @r. */
raw_t estimate_own_raw(const struct estimate *, raw_t r);
