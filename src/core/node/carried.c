/* carried.c - can a host that is not here carry a time of this group?  Its bound would be broken if ours were
 * a new one. */
#include "core/node/carried.h"

#include "core/node/lease.h"
#include "core/node/table.h"

#include <assert.h>

enum carried carried_here(const struct node *n)
{
	for_each_peer (n, p) {
		if (p->recalled && p->in_table) {
			return CARRIED_MISSES;
		}
	}
	return n->steering.date.carried ? CARRIED_ONE : CARRIED_NONE;
}

/* Does anybody who is here, we among them, miss hosts that had a time with it?  A master may not know them:
 * their own table names them. */
static bool any_misses(const struct node *n)
{
	bool misses = carried_here(n) == CARRIED_MISSES;

	for_each_peer (n, p) {
		misses = misses || (p->in_table && peer_alive(n, p) &&
				    !p->as_master.judged.operator_excluded &&
				    p->as_master.polled.carried == CARRIED_MISSES);
	}
	return misses;
}

bool carried_by_no_other(const struct node *n, bool applied)
{
	assert(n->election.role == ROLE_MASTER);
	unsigned here = 1, fresh = !n->steering.date.carried, all = electorate(n);

	for_each_peer (n, p) {
		const struct polled *q = &p->as_master.polled;
		bool counts = peer_alive(n, p) && (p->in_table || p->as_candidate.granted) &&
			      (q->applied_round > 0 || !applied);

		here += counts;
		fresh += counts && q->pair_seq != 0 && q->carried == CARRIED_NONE;
	}
	return !any_misses(n) && (here >= all || 2 * fresh > all);
}
