/* runaway.c - an oscillator beyond max_drift: its exchanges contradict the hard interval again
 * and again, and always in one direction, as no jump does.  Such a peer is measured with a
 * larger drift, so that its rate is known and named (REASON_RATE).  A master that most of its
 * members run away from, all alike, is the one itself: it yields. */
#include "core/node/runaway.h"

#include "core/node/drift.h"
#include "core/node/effects.h"
#include "core/node/estimators.h"
#include "core/node/table.h"
#include "core/rules/bound.h"

#include <assert.h>

#define RUN_JUMPS    3		      /* so many in one direction are a rate, */
#define RUN_GAP_NS   (600 * NS_PER_S) /* when no further apart */
#define BACK_SAMPLES 64		      /* exchanges that show that it is within max_drift again */
#define UNFIT_NS     (3600 * NS_PER_S)
#define ALONE_NS     (60 * NS_PER_S) /* nobody else may lead: until it is judged again */

/* Our oscillator and that of @p are no further apart if they are good, s/s. */
static double apart_max(const struct node *n, const struct peer *p)
{
	return bound_line_rate_max(drift_of_ppb(n, p));
}

static double rate_since(int64_t moved_ns, int64_t dt_ns)
{
	return dt_ns > 0 ? (double)moved_ns / (double)dt_ns : 0;
}

void runaway_note(struct node *n, struct peer *p, const struct exchange *x)
{
	struct runaway *r = &p->measure.runaway;
	int64_t up = raw_sub(x->rec, x->org), dn = raw_sub(x->xmt, x->dst);
	int64_t offset_ns = dn + ns_sub(up, dn) / 2, dt = raw_sub(x->dst, r->last_at);
	double rate = rate_since(ns_sub(offset_ns, r->last_ns), dt), abs = __builtin_fabs(rate);
	int sign = rate > 0 ? 1 : -1;

	assert(p->used);
	bool goes_on = r->n_jumps > 0 && dt > 0 && dt < RUN_GAP_NS && abs > apart_max(n, p) &&
		       abs < WIRE_RATE_MAX && (r->n_jumps == 1 || sign == r->sign);

	if (!goes_on) {
		*r = (struct runaway){.first_at = x->dst, .first_ns = offset_ns};
	}
	r->n_jumps++;
	r->sign = sign;
	r->last_at = x->dst;
	r->last_ns = offset_ns;
	if (r->n_jumps > RUN_JUMPS) {
		rate = rate_since(ns_sub(offset_ns, r->first_ns), raw_sub(x->dst, r->first_at));
		r->drift_ppb =
			ns_from_double(__builtin_fabs(rate) * 1e9); /* twice what is needed */
	}
}

void runaway_look(struct node *n, struct peer *p)
{
	struct estimator *e = peer_estimator(n, p);
	struct estimate est;

	if (p->measure.runaway.drift_ppb == 0 || !e || !estimator_at(e, n->step.pair.raw, &est) ||
	    est.n < BACK_SAMPLES || __builtin_fabs(est.rate) + 4 * est.rate_sd > apart_max(n, p)) {
		return;
	}
	runaway_forget(p);
	const struct estimator_config config = estimator_config_of(n, p);

	estimator_configure(e, &config);
}

void runaway_forget(struct peer *p)
{
	assert(p->used);
	p->measure.runaway = (struct runaway){.n_jumps = 0};
}

/* The rate (s/s) of @p, which stands out; false: it does not, or is not here. */
static bool stands_out(const struct node *n, const struct peer *p, double *ret)
{
	struct estimate est;

	if (!p->in_table || p->as_master.judged.reason != REASON_RATE ||
	    !peer_measured(n, p, &est)) {
		return false;
	}
	*ret = est.rate;
	return true;
}

/* How many run as @rate does, two good oscillators apart at most; @ret_can_lead: may one of them
 * lead? */
static unsigned count_alike(const struct node *n, double rate, bool *ret_can_lead)
{
	unsigned alike = 0;
	double other;

	*ret_can_lead = false;
	for_each_peer (n, p) {
		if (stands_out(n, p, &other) && __builtin_fabs(other - rate) <= apart_max(n, p)) {
			alike++;
			*ret_can_lead = *ret_can_lead || p->priority > 0;
		}
	}
	return alike;
}

static void accuse_ourselves(struct node *n, double rate, int64_t max_ppb, bool yields)
{
	bool news = n->step.now.ns >= n->leading.unfit.until.ns;

	n->leading.unfit.yields = yields;
	n->leading.unfit.until = mono_add(n->step.now, yields ? UNFIT_NS : ALONE_NS);
	if (news) {
		notice(n, NOTICE_LIMIT_TRIPPED, LEVEL_ERR, 0,
		       .limit_tripped = {.limit = LIMIT_OWN_RATE,
					 .value_ppb = ns_from_double(-rate * 1e9),
					 .max_ppb = max_ppb});
	}
}

void runaway_judge_ourselves(struct node *n)
{
	bool can_lead;
	double rate;

	assert(n->election.role == ROLE_MASTER);
	for_each_peer (n, p) {
		if (!stands_out(n, p, &rate)) {
			continue;
		}
		unsigned alike = count_alike(n, rate, &can_lead);

		if (alike >= 2 && 2 * alike > n->election.census.n_alive) {
			accuse_ourselves(n, rate, 2 * drift_of_ppb(n, p), can_lead);
			return;
		}
	}
}
