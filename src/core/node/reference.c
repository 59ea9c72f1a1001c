/* reference.c - how group time follows reference clocks: a type-2 loop, critically damped, on
 * the average of their walls.
 *
 * A reference may be set at any time, and by any amount.  What it pulls is therefore limited:
 * its learnt rate is within max_drift, and so is what works off the distance, so that group time
 * runs as a good oscillator might.  The bound of a host which is cut off before grows by twice
 * max_drift, so it holds too, and max_drift is left for what the two oscillators change by.
 * While the pull is limited nothing is learnt of the distance (no windup).  A reference further
 * off than a day of that is set aside. */
#include "core/node/reference.h"

#include "core/node/estimators.h"
#include "core/node/lease.h"
#include "core/node/table.h"
#include "core/node/timeline.h"
#include "core/rules/bound.h"
#include "core/rules/ensemble.h"

#include <assert.h>

#define REFERENCE_TAU_S 16.0	/* how fast group time follows references */
#define FOLLOW_S	86400.0 /* a distance is worked off within so long, or not at all, */
#define LEAP_SLACK_NS	(50 * NS_PER_MS)
#define FOLLOW_NS_MIN	(1100 * NS_PER_MS) /* but a leap second always */

/* How fast a distance may be worked off, s/s. */
static double pull_max(const struct node *n)
{
	return bound_pull_max(n->config.max_drift_ppb, n->config.max_slew_ppb);
}

int64_t reference_own_offset(const struct node *n)
{
	return -line_remainder_ns(n, n->step.pair);
}

enum reason reference_judge(const struct node *n, int64_t off_ns)
{
	int64_t far_ns = ns_max(ns_from_double(pull_max(n) * FOLLOW_S * 1e9), FOLLOW_NS_MIN);

	if (n->config.ignores_leaps && ns_abs(ns_sub(ns_abs(off_ns), NS_PER_S)) <= LEAP_SLACK_NS) {
		return REASON_LEAP;
	}
	return ns_abs(off_ns) > far_ns ? REASON_FAR : REASON_NONE;
}

static bool own_is_followed(const struct node *n)
{
	return n->config.mode == MODE_REFERENCE &&
	       reference_judge(n, reference_own_offset(n)) == REASON_NONE;
}

static bool peer_is_followed(const struct node *n, const struct peer *p)
{
	return p->mode == MODE_REFERENCE && p->in_table && peer_alive(n, p) &&
	       p->as_master.judged.averaged;
}

bool reference_is_here(const struct node *n)
{
	assert(n->steering.has_line);
	for_each_peer (n, p) {
		if (peer_is_followed(n, p)) {
			return true;
		}
	}
	return own_is_followed(n);
}

enum leap reference_leap(const struct node *n)
{
	unsigned n_followed = own_is_followed(n), n_saying[LEAP_DELETE + 1] = {0};

	n_saying[n->step.leap] += own_is_followed(n);
	for_each_peer (n, p) {
		n_followed += peer_is_followed(n, p);
		n_saying[p->as_master.polled.leap] += peer_is_followed(n, p);
	}
	for (enum leap l = LEAP_INSERT; l <= LEAP_DELETE; l++) {
		if (2 * n_saying[l] > n_followed) {
			return l;
		}
	}
	return LEAP_NONE;
}

void reference_begin(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	n->leading.reference.followed = false;
}

void reference_watch(struct node *n)
{
	bool refs = reference_is_here(n);

	assert(n->election.role == ROLE_MASTER);
	if (refs && !n->leading.reference.followed) {
		n->leading.reference.rate =
			rate_held(n->steering.line.rate, 1e-9 * (double)n->config.max_drift_ppb);
	} else if (!refs && n->leading.reference.followed) {
		timeline_steer(n, n->leading.reference.rate);
	}
	n->leading.reference.followed = refs;
}

/* How far the wall of @p is from group time now.  Since its last pair it ran at the learnt rate. */
static int64_t offset_now_ns(const struct node *n, const struct peer *p, const struct estimate *est)
{
	const struct polled *q = &p->as_master.polled;
	double since = (double)raw_sub(n->step.pair.raw, estimate_own_raw(est, q->pair.raw));
	wall_t wall =
		wall_add(q->pair.wall, ns_from_double(since * (1 + n->leading.reference.rate)));

	return wall_sub(wall, line_at(&n->steering.line, n->step.pair.raw));
}

static bool references_average(const struct node *n, int64_t *ret_ns)
{
	struct ensemble_entry e[NODE_PEERS_MAX + 1];
	struct ensemble_result res;
	struct estimate est;
	size_t k = 0;

	if (own_is_followed(n)) {
		e[k++] = (struct ensemble_entry){.id = n->self.id,
						 .value_ns = reference_own_offset(n),
						 .bound_ns = NS_PER_MS,
						 .weight = 1};
	}
	for_each_peer (n, p) {
		if (peer_is_followed(n, p) && peer_measured(n, p, &est)) {
			e[k++] = (struct ensemble_entry){.id = p->id,
							 .value_ns = offset_now_ns(n, p, &est),
							 .bound_ns = ns_add(p->roster.delay_ns,
									    NS_PER_MS),
							 .weight = 1};
		}
	}
	bool ok = ensemble_average(e, k, n->config.max_liars, &res);

	*ret_ns = ok ? res.average_ns : 0;
	return ok;
}

void reference_steer(struct node *n, double dt_s)
{
	double most = pull_max(n), drift = 1e-9 * (double)n->config.max_drift_ppb;
	int64_t off_ns;

	assert(n->election.role == ROLE_MASTER);
	if (!references_average(n, &off_ns)) {
		timeline_steer(n, n->leading.reference.rate);
		return;
	}
	double off = (double)off_ns * 1e-9, pull = off / REFERENCE_TAU_S;

	if (pull <= most && pull >= -most) {
		double learnt = n->leading.reference.rate +
				off * dt_s / (4 * REFERENCE_TAU_S * REFERENCE_TAU_S);

		n->leading.reference.rate = rate_held(learnt, drift);
	}
	timeline_steer(n, rate_held(n->leading.reference.rate + rate_held(pull, most),
				    bound_line_rate_max(n->config.max_drift_ppb)));
}
