/* evidence.c - what the clocks and the floors of those who are here say of the date.  As master;
 * no side effects. */
#include "core/node/evidence.h"

#include "core/node/budget.h"
#include "core/node/lease.h"
#include "core/node/table.h"
#include "core/node/timeline.h"
#include "core/rules/date.h"

#include <assert.h>

bool evidence_counts(const struct node *n, const struct peer *p)
{
	return p->in_table && peer_alive(n, p) && p->mode != MODE_OBSERVE;
}

/* What a host was told by a group whose date its clock took proves no more than the clocks which
 * vouched for that date, and these count by themselves.  Where nobody vouches for ours, it is
 * the best that is known. */
static bool is_hearsay(const struct node *n, bool told)
{
	return told && n->steering.date.confirmed;
}

wall_t evidence_floor(const struct node *n)
{
	struct dated floor[NODE_PEERS_MAX + 1];
	size_t k = 0;

	if (!is_hearsay(n, n->steering.date.told)) {
		floor[k++] = (struct dated){.offset_ns = n->steering.date.own_floor.ns,
					    .plausible = true};
	}
	for_each_peer (n, p) {
		if (evidence_counts(n, p) && p->as_master.polled.pair_seq != 0 &&
		    !is_hearsay(n, p->as_master.polled.floor_told) &&
		    p->as_master.polled.floor.ns <= n->config.ceiling.ns) {
			floor[k++] = (struct dated){.offset_ns = p->as_master.polled.floor.ns,
						    .plausible = true};
		}
	}
	while (k < n->election.census.n_table && k <= NODE_PEERS_MAX) {
		floor[k++] = (struct dated){.offset_ns = INT64_MIN, .plausible = true};
	}
	return (wall_t){date_choose(floor, k, n->config.max_liars, -1)};
}

bool evidence_of_peer(const struct node *n, const struct peer *p)
{
	const struct polled *q = &p->as_master.polled;

	return q->date != DATE_NONE && q->pair.wall.ns >= n->steering.date.floor.ns &&
	       q->pair.wall.ns <= n->config.ceiling.ns;
}

bool evidence_of_ours(const struct node *n)
{
	return n->steering.date.ours != DATE_NONE &&
	       n->step.pair.wall.ns >= n->steering.date.floor.ns;
}

bool evidence_of_reference(const struct node *n)
{
	bool refs = n->config.mode == MODE_REFERENCE && evidence_of_ours(n);

	for_each_peer (n, p) {
		refs = refs || (evidence_counts(n, p) && p->mode == MODE_REFERENCE &&
				!p->as_master.judged.operator_excluded && evidence_of_peer(n, p));
	}
	return refs;
}

bool evidence_doubts_date(const struct node *n)
{
	assert(n->election.role == ROLE_MASTER && n->steering.has_line);
	if (n->step.now.ns < n->steering.date.founding_due.ns || n->steering.settime.last.dated) {
		return false; /* an operator's word is above what clocks say */
	}
	int64_t below_ns =
		wall_sub(n->steering.date.floor, line_at(&n->steering.line, n->step.pair.raw));

	/* An island has too few floors to outvote a liar's, and only a majority gives up a line
	 * that it has promised a bound of.  Of two hosts neither can prove the other wrong. */
	if (below_ns > FLOOR_SLACK && electorate(n) > 2 && !budget_is_sure(n) &&
	    !(n->election.census.island && line_bounded(n))) {
		return true;
	}
	if (n->steering.date.confirmed) {
		return false;
	}
	bool refs = evidence_of_reference(n);

	for_each_peer (n, p) {
		const struct polled *q = &p->as_master.polled;

		if (evidence_counts(n, p) && q->date == DATE_CLAIMS && evidence_of_peer(n, p) &&
		    !p->as_master.judged.operator_excluded &&
		    (!refs || p->mode == MODE_REFERENCE) && ns_abs(q->wall_offset_ns) > AGREE_NS) {
			return true;
		}
	}
	return n->steering.date.refusal != CORRECT_OK && evidence_of_ours(n);
}
