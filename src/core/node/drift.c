/* drift.c - how far an oscillator of this group may be from true time.
 *
 * Each member tells its max_drift in its replies; the master tells in its polls what it makes its
 * bounds with.  A liar may tell 1000 ppm (the wire has no more), and what one host tells must not
 * make group time of all run faster: hosts that are off, or on the other side of a split, allow
 * for what was told when they heard the group last.  So, with f liars at most among the n hosts
 * of the table, the group's drift is the (f + 1)-th largest that is told.
 *
 * Why each bound holds, and be its max_drift the largest:
 *
 *   - No more than f hosts, honest or not, tell more than the group's drift D.  All others keep D.
 *     Group time runs between the slowest and the fastest of these (paper.c), so it keeps D too,
 *     whoever leads and whatever the f do.
 *   - The line of a host over its own RAW goes wrong by what its own oscillator does (its own
 *     max_drift) and by what group time does (D).  It grows by twice the larger of the two: no
 *     host uses less than its own max_drift, whatever is told.
 *   - Where a clock is, a master knows by exchanges of two hosts, so that rests on what these two
 *     may do.  Who tells more than D is measured, judged and corrected by what it tells, which
 *     concerns nobody else: its bound is wider, and is right if it told the truth.
 *   - A member takes D as its master tells it, for it hears nobody else.  A master that lies
 *     makes the bounds of its members wider, and they follow it within their budget (budget.c).
 *   - A new master has not heard all.  Until they follow, bounds grow as fast as its own line did
 *     (bound_begin()), so by what the master before it knew.
 *
 * Who hears none goes on with what its line grew by, a daemon that is started again with what was
 * on disk.  One thing is not covered: a master beyond D whose own oscillator changes by more than
 * D allows takes group time with it until it has measured the others again. */
#include "core/node/drift.h"

#include "core/node/effects.h"
#include "core/node/table.h"
#include "core/rules/date.h"

#include <assert.h>

#define TELL_NS (60 * NS_PER_S)

/* The largest that is told, less than all before it. */
struct rank {
	int64_t below_ppb, ppb;
	unsigned n_same;
};

static void rank_add(struct rank *r, int64_t ppb)
{
	if (ppb < r->below_ppb && ppb > r->ppb) {
		r->ppb = ppb;
		r->n_same = 0;
	}
	r->n_same += ppb == r->ppb;
}

/* Who says nothing is taken to be as we are. */
static int64_t told_ppb_of(const struct node *n, const struct peer *p)
{
	return p->max_drift_ppb ? p->max_drift_ppb : n->config.max_drift_ppb;
}

static bool counts(const struct peer *p)
{
	return p->in_table && !p->left;
}

int64_t drift_group_ppb(const struct node *n)
{
	struct rank r = {.ppb = INT64_MAX};
	unsigned n_hosts = 1;

	for_each_peer (n, p) {
		n_hosts += counts(p);
	}
	unsigned n_left = date_liars(n_hosts, n->config.max_liars) + 1;

	while (n_left > r.n_same) {
		n_left -= r.n_same;
		r = (struct rank){.below_ppb = r.ppb, .ppb = -1};
		rank_add(&r, n->config.max_drift_ppb);
		for_each_peer (n, p) {
			if (counts(p)) {
				rank_add(&r, told_ppb_of(n, p));
			}
		}
	}
	return r.ppb;
}

int64_t drift_max_ppb(const struct node *n)
{
	int64_t ours_ppb = n->config.max_drift_ppb;

	if (n->election.role == ROLE_MASTER) {
		return ns_max(ours_ppb, drift_group_ppb(n));
	}
	for_each_peer (n, p) {
		if (p->id == n->election.master && !p->left) {
			return ns_max(ours_ppb, p->max_drift_ppb);
		}
	}
	return ours_ppb;
}

int64_t drift_of_ppb(const struct node *n, const struct peer *p)
{
	assert(p->used);
	return ns_max(drift_max_ppb(n), p->max_drift_ppb);
}

bool drift_hear(struct node *n, struct peer *p, int64_t told_ppb)
{
	assert(p->used && told_ppb >= 0 && told_ppb <= WIRE_DRIFT_PPB_MAX);
	if (told_ppb == 0 || told_ppb == p->max_drift_ppb) {
		return false;
	}
	p->max_drift_ppb = told_ppb;
	if (told_ppb != n->config.max_drift_ppb &&
	    mono_sub(n->step.now, p->drift_told) >= TELL_NS) {
		p->drift_told = n->step.now; /* it may say something else with each reply */
		notice(n, NOTICE_DRIFT_DIFFERS, LEVEL_WARNING, p->id,
		       .drift_differs = {.theirs_ppb = told_ppb,
					 .ours_ppb = n->config.max_drift_ppb});
	}
	return true;
}
