/* doubt.c - a master's word against its word before, and against that of others.
 *
 * A line has a hard error.  Where a new line and the one before are further apart than both errors
 * allow, one of the two was wrong: our master lies, or our RAW jumped unseen.  A host alone cannot
 * tell; all together can.  Of a master that moves all of them, each says that its own line is
 * contradicted; one that moves a single host is contradicted by the deputy, which has measured
 * that host itself.  Until they have been asked, the new line is not taken.
 *
 * Where the next master contradicts what we hold, too, it was that which was wrong: so a liar whose
 * line all have taken cannot make them leave whoever comes after it. */
#include "core/node/doubt.h"

#include "core/node/budget.h"
#include "core/node/effects.h"
#include "core/node/lease.h"
#include "core/node/table.h"
#include "core/node/timeline.h"
#include "core/node/witness.h"

#define DISTRUST_NS (20 * NS_PER_S) /* another leads by then */
#define LEFT_NS	    (60 * NS_PER_S)
#define CLEARED_NS  (60 * NS_PER_S)

void doubt_init(struct node *n)
{
	n->steering.doubt.since = MONO_LONG_AGO;
	n->steering.doubt.last = MONO_LONG_AGO;
	n->steering.doubt.cleared = MONO_LONG_AGO;
	n->steering.doubt.left = MONO_LONG_AGO;
}

/* Is group time at our RAW @at another by @line than @time, whatever the errors? */
static bool contradicts(const struct line *line, raw_t at, wall_t time, int64_t error_ns)
{
	return ns_abs(wall_sub(line_at(line, at), time)) > ns_add(error_ns, line_error(line, at));
}

/* Does the deputy know our clock, and find it where our own line says, but not where @line does? */
static bool deputy_denies(const struct node *n, const struct line *line)
{
	const struct peer *d = n->election.deputy ? peer_find(n, n->election.deputy) : NULL;

	if (!d || !d->testimony.answered || d->testimony.error_ns == INT64_MAX) {
		return false;
	}
	const struct testimony *t = &d->testimony;

	return contradicts(line, t->raw, t->time, t->error_ns) &&
	       !contradicts(&n->steering.doubt.kept, t->raw, t->time, t->error_ns);
}

/* Do most of those who follow it say that it contradicts itself? */
static bool others_doubt(const struct node *n)
{
	unsigned follow = 0, doubt = 0;

	for_each_peer (n, p) {
		bool counts = p->testimony.answered && p->id != n->election.master &&
			      p->testimony.master == n->election.master;

		follow += counts;
		doubt += counts && p->testimony.doubts;
	}
	return 2 * doubt > follow;
}

/* Does @line contradict what we were told before?  That is kept: we say meanwhile that we may be
 * as far off as @line has it. */
static bool is_contradicted(struct node *n, const struct line *line)
{
	struct doubt *d = &n->steering.doubt;
	const raw_t at = n->step.pair.raw;

	if (!budget_holds(n) || !n->steering.clock.joined || !line_bounded(n)) {
		return false;
	}
	d->kept = mono_is_long_ago(d->since) ? n->steering.line : d->kept;
	return contradicts(line, at, line_at(&d->kept, at), line_error(&d->kept, at));
}

static bool believe(struct node *n)
{
	n->steering.doubt.since = MONO_LONG_AGO;
	return true;
}

bool doubt_allows(struct node *n, const struct line *line)
{
	struct doubt *d = &n->steering.doubt;

	if (!is_contradicted(n, line) || !witness_any(n, n->election.master)) {
		return believe(n);
	}
	d->last = n->step.now;
	d->since = mono_is_long_ago(d->since) ? n->step.now : d->since;
	/* Nobody else doubted it lately: it is our own clock that is not what we take it for.  Else
	 * all have had a correction of the round in which we had ours after so long. */
	const bool own_fault = mono_within(d->cleared, n->step.now, CLEARED_NS);

	if (!own_fault && mono_within(d->since, n->step.now, 2 * heartbeat_ns(n))) {
		return false;
	}
	if (!witness_heard(n, mono_add(d->since, 2 * heartbeat_ns(n)))) {
		witness_ask(n);
		return own_fault && believe(n);
	}
	d->condemned = !mono_within(d->left, n->step.now, LEFT_NS) &&
		       (others_doubt(n) || deputy_denies(n, line));
	if (!d->condemned && d->cleared.ns < n->step.now.ns) {
		d->cleared = n->step.now;
	}
	return !d->condemned && believe(n);
}

bool doubt_condemns(struct node *n)
{
	struct doubt *d = &n->steering.doubt;
	struct peer *p = peer_find(n, n->election.master);
	const bool condemned = d->condemned;

	d->condemned = false;
	if (condemned && p) {
		d->since = MONO_LONG_AGO;
		d->left = n->step.now;
		p->distrusted = mono_add(n->step.now, DISTRUST_NS);
		notice(n, NOTICE_MASTER_DOUBTED, LEVEL_ERR, p->id,
		       .master_doubted = {.others = others_doubt(n)});
	}
	return condemned && p;
}
