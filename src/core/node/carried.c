/* carried.c - can a host that is not here carry a time of this group?  Its bound would be broken
 * if ours were a new one. */
#include "core/node/carried.h"

#include "core/node/lease.h"
#include "core/node/peer.h"
#include "core/node/table.h"
#include "core/node/timeline.h"
#include "core/rules/bound.h"

#include <assert.h>

/* A master may say any number, and what is on disk lasts: no more than we could name. */
static unsigned table_size(const struct node *n)
{
	return (unsigned)ns_min(n->election.census.n_table, (int64_t)n->store.n_peers + 1);
}

void carried_init(struct node *n, const struct node_saved *saved)
{
	n->election.carried.before = saved->carried || saved->n_table > 0;
	n->election.carried.n_saved = saved->n_table;
}

unsigned carried_save(struct node *n)
{
	assert(line_bounded(n));
	n->election.carried.before = true;
	n->election.carried.n_saved = table_size(n);
	return n->election.carried.n_saved;
}

bool carried_by_more(const struct node *n)
{
	return table_size(n) > n->election.carried.n_saved;
}

enum carried carried_here(const struct node *n)
{
	for_each_peer (n, p) {
		if (p->recalled && peer_counts(p)) {
			return CARRIED_MISSES;
		}
	}
	return n->election.carried.before ? CARRIED_ONE : CARRIED_NONE;
}

/* Does anybody who is here, we among them, miss hosts that had a time with it?  A master may not
 * know them: their own table names them. */
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

bool carried_by(const struct node *n, const struct peer *p)
{
	int64_t ppb = p->max_drift_ppb ? p->max_drift_ppb : n->config.max_drift_ppb;
	int64_t last = ns_max(n->self.started_at.ns, p->heard.ns);

	last = p->roster.known ? ns_max(last, p->roster.told.ns) : last;
	return p->dropped &&
	       bound_grown_ns(2 * ppb, ns_sub(n->step.now.ns, last)) < SYNCED_BOUND_NS;
}

/* Of those whom the master before counted and nobody has named to us, once they count no more. */
static unsigned carried_by_unnamed(const struct node *n)
{
	const struct census *c = &n->election.census;
	int64_t grown_ns =
		bound_grown_ns(2 * n->config.max_drift_ppb, mono_sub(n->step.now, c->whole_since));

	return c->n_expected > c->n_table && grown_ns < SYNCED_BOUND_NS ? c->n_expected - c->n_table
									: 0;
}

unsigned carried_elsewhere(const struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	unsigned count = carried_by_unnamed(n);

	for_each_peer (n, p) {
		count += carried_by(n, p);
	}
	return count;
}

bool carried_by_no_other(const struct node *n, bool applied)
{
	assert(n->election.role == ROLE_MASTER);
	unsigned here = 1, n_never = !n->election.carried.before;
	unsigned all = electorate(n) + carried_elsewhere(n);

	for_each_peer (n, p) {
		const struct polled *q = &p->as_master.polled;
		bool counts = peer_alive(n, p) && (p->in_table || p->as_candidate.granted) &&
			      (q->applied_round > 0 || !applied);

		here += counts;
		n_never += counts && q->pair_seq != 0 && q->carried == CARRIED_NONE;
	}
	return !any_misses(n) && (here >= all || 2 * n_never > all);
}
