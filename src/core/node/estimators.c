/* estimators.c - which peer has which estimator: only a master and its deputy need them. */
#include "core/node/estimators.h"

#include "core/node/drift.h"
#include "core/node/effects.h"
#include "core/node/table.h"

#include <assert.h>

struct estimator *peer_estimator(const struct node *n, const struct peer *p)
{
	return p->measure.estimator == NO_INDEX
		       ? NULL
		       : estimator_slot(n->store.estimators, p->measure.estimator);
}

struct estimator_config estimator_config_of(const struct node *n, const struct peer *p)
{
	return (struct estimator_config){.max_drift_ppb = ns_max(drift_of_ppb(n, p),
								 p->measure.runaway.drift_ppb),
					 .delay_ns_max = n->config.max_delay_ns};
}

void estimators_configure(struct node *n)
{
	for_each_peer (n, p) {
		const struct estimator_config config = estimator_config_of(n, p);

		if (peer_estimator(n, p)) {
			estimator_configure(peer_estimator(n, p), &config);
		}
	}
}

/* An estimator that no peer has; NO_INDEX: there is none. */
static uint16_t find_free(const struct node *n)
{
	bool taken[NODE_PEERS_MAX] = {false};

	for_each_peer (n, p) {
		if (p->measure.estimator != NO_INDEX) {
			taken[p->measure.estimator] = true;
		}
	}
	for (size_t i = 0; i < n->store.n_estimators && i < NODE_PEERS_MAX; i++) {
		if (!taken[i]) {
			return (uint16_t)i;
		}
	}
	return NO_INDEX;
}

void estimator_take(struct node *n, struct peer *p)
{
	struct estimator_config config = estimator_config_of(n, p);

	assert(p->used);
	if (p->measure.estimator == NO_INDEX) {
		p->measure.estimator = find_free(n);
	}
	if (p->measure.estimator == NO_INDEX) {
		notice(n, NOTICE_LIMIT_TRIPPED, LEVEL_WARNING, p->id,
		       .limit_tripped = {.limit = LIMIT_ESTIMATORS,
					 .n_max = (unsigned)n->store.n_estimators});
		return;
	}
	estimator_init(peer_estimator(n, p), &config);
}

void estimator_release(struct peer *p)
{
	assert(p->used);
	p->measure.estimator = NO_INDEX;
}

bool peer_measured(const struct node *n, const struct peer *p, struct estimate *ret)
{
	const struct estimator *e = peer_estimator(n, p);

	return e && estimator_at(e, n->step.pair.raw, ret);
}

raw_t estimate_own_raw(const struct estimate *est, raw_t r)
{
	/* r = m + offset(m); the offset is known at est->at. */
	double behind = (double)raw_sub(raw_add(est->at, est->offset_ns), r);

	return raw_add(est->at, ns_from_double(-behind / (1 + est->rate)));
}
