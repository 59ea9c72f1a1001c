/* standing.c - how each member stands with us: the reason why it does not count, and what people
 * were told of it. */
#include "core/node/standing.h"

#include "core/node/effects.h"
#include "core/node/estimators.h"
#include "core/node/table.h"

#include <assert.h>

#define TELL_ROUNDS 3 /* a reason must stand so long before people are told */

/* The figure that made a reason; those of other kinds are 0. */
struct figure {
	int64_t off_ns, rate_ppb;
	unsigned n_refused;
};

/* How far its wall clock is from where it says, or from where it was steered: the larger of
 * them. */
static int64_t disobedience_ns(const struct polled *q)
{
	int64_t lie = ns_add(q->wall_offset_ns, q->remainder_ns);

	return ns_abs(lie) > ns_abs(q->wall_offset_ns) ? lie : q->wall_offset_ns;
}

/* The figure that made judge_member() say @p's reason. */
static struct figure figure_of(const struct node *n, const struct peer *p)
{
	const struct polled *q = &p->as_master.polled;
	struct figure f = {0};
	struct estimate est;

	if (p->as_master.judged.reason == REASON_DISOBEYS && q->applied_round == 0) {
		f.n_refused = q->n_unapplied;
	} else if (p->as_master.judged.reason == REASON_DISOBEYS) {
		f.off_ns = disobedience_ns(q);
	} else if (peer_measured(n, p, &est) &&
		   (p->as_master.judged.reason == REASON_RATE ||
		    p->as_master.judged.reason == REASON_FALSETICKER)) {
		f.rate_ppb = ns_from_double(est.rate * 1e9);
	}
	return f;
}

static void tell_excluded(struct node *n, const struct peer *p, struct figure f)
{
	notice(n, NOTICE_MEMBER_EXCLUDED, LEVEL_NOTICE, p->id,
	       .member_excluded = {.reason = p->as_master.judged.reason,
				   .off_ns = f.off_ns,
				   .rate_ppb = f.rate_ppb,
				   .n_refused = f.n_refused});
}

bool reason_is_quiet(enum reason r)
{
	return r == REASON_NONE || r == REASON_NEWCOMER || r == REASON_TRIMMED;
}

void standing_begin(struct peer *p)
{
	struct judged *j = &p->as_master.judged;

	assert(p->used);
	j->averaged = false;
	j->reason = REASON_NEWCOMER;
	j->reason_told = REASON_NEWCOMER;
	j->reason_rounds = 0;
}

/* Tell people when a member leaves or comes back to the average, once a reason has stood a while.
 */
void standing_set_reason(struct node *n, struct peer *p, enum reason r)
{
	struct judged *j = &p->as_master.judged;

	assert(n->election.role == ROLE_MASTER && p->used);
	if (j->reason != r) {
		j->reason_rounds = 0;
	} else if (j->reason_rounds < UINT8_MAX) {
		j->reason_rounds++;
	}
	j->reason = r;
	if (j->reason_rounds < TELL_ROUNDS && r != REASON_SILENT) {
		return;
	}
	if (r == REASON_SILENT && j->reason_told != r) {
		notice(n, NOTICE_MEMBER_LEFT, LEVEL_NOTICE, p->id,
		       .member_left = {DEPARTURE_SILENT});
	} else if (!reason_is_quiet(r) && j->reason_told != r) {
		tell_excluded(n, p, figure_of(n, p));
	} else if (r == REASON_NONE && !reason_is_quiet(j->reason_told)) {
		notice(n, NOTICE_MEMBER_READMITTED, LEVEL_NOTICE, p->id);
	}
	if (r != REASON_TRIMMED && r != REASON_NEWCOMER) {
		j->reason_told = r;
	}
}

void standing_note_jump(struct node *n, struct peer *p)
{
	assert(n->election.role == ROLE_MASTER && p->used);
	p->as_master.judged.averaged = false;
	p->as_master.judged.reason = REASON_JUMPED;
	p->as_master.judged.reason_rounds = 0;
	if (p->as_master.judged.reason_told != REASON_JUMPED) {
		tell_excluded(n, p, (struct figure){0});
		p->as_master.judged.reason_told = REASON_JUMPED;
	}
}

void standing_note_founding(struct node *n, struct peer *p, enum reason why, int64_t offset_ns)
{
	assert(n->election.role == ROLE_MASTER && p->used);
	p->as_master.judged.reason = why;
	p->as_master.judged.reason_told = why;
	tell_excluded(n, p, (struct figure){.off_ns = offset_ns});
}

void standing_note_delay(struct peer *p)
{
	assert(p->used);
	if (!p->as_master.judged.averaged) {
		p->as_master.judged.reason = REASON_DELAY;
	}
}

bool reason_counts(enum reason r)
{
	return r == REASON_NONE || r == REASON_TRIMMED;
}

unsigned standing_count(const struct node *n)
{
	unsigned count = reason_counts(n->leading.paper.reason);

	assert(n->election.role == ROLE_MASTER);
	for_each_peer (n, p) {
		count += p->in_table && reason_counts(p->as_master.judged.reason);
	}
	return count;
}

void standing_set_averaged(struct peer *p, bool averaged)
{
	assert(p->used);
	p->as_master.judged.averaged = averaged;
}

void standing_exclude(struct peer *p, bool excluded)
{
	assert(p->used);
	p->as_master.judged.operator_excluded = excluded;
}
