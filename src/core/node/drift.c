/* drift.c - how far an oscillator of this group may be from true time.
 *
 * A bound holds between two hosts, so it must grow by the larger of what the two allow for.
 * Each member tells its max_drift in its replies; the master uses the largest, its own among
 * them, and tells that in its polls; so each host that hears it makes its bounds with the
 * largest.  Who hears none goes on with what its line grew by, a daemon that is started again
 * with what was on disk.  The wire has a limit, 1000 ppm: nobody can make the bounds of others
 * worthless. */
#include "core/node/drift.h"

#include "core/node/effects.h"
#include "core/node/table.h"

#include <assert.h>

#define TELL_NS (60 * NS_PER_S)

int64_t drift_max_ppb(const struct node *n)
{
	int64_t ppb = n->config.max_drift_ppb;

	for_each_peer (n, p) {
		bool counts =
			n->election.role == ROLE_MASTER ? p->in_table : p->id == n->election.master;

		if (counts && !p->left) {
			ppb = ns_max(ppb, p->max_drift_ppb);
		}
	}
	return ppb;
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
