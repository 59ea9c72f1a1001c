/* doubt.c - a master's word against its word before, and against that of others.
 *
 * A line has a hard error.  Where a new line and the best one that we took are further apart than
 * both errors allow, one of the two was wrong: our master lies, or our RAW jumped unseen.  A host
 * alone cannot tell; all together can.  Of a master that moves all of them, each says that its own
 * line is contradicted; one that moves a single host is contradicted by whoever has measured that
 * host, which the deputy does.  What contradicts is not taken until they have been asked.
 *
 *	from	to	when
 *	follow	doubt	a line contradicts the best one that we took, and there are others to ask
 *	doubt	follow	who has measured our clock finds it where the master says: it was ours
 *			six heartbeats have passed since others could be asked; our line is lost;
 *			another master is followed
 *	doubt	doubt	most of those who follow it doubt it too, or who has measured us finds us
 *			where we are: the master is left, and doubted until another one leads
 *
 * Silence clears nobody, nor does the word that another clock is well: a master that moves us alone
 * tells the truth to all others.  But whose own RAW jumped has nobody to say so where no deputy has
 * measured it yet, and must come back.  Six heartbeats are two for all others to have a correction
 * of that round, and four in which each may be asked again; we say meanwhile that we may be as far
 * off as the new line has it.
 *
 * A master that sends no correction while it is doubted gains nothing: the time begins anew with
 * the next, until others were asked.
 *
 * Where the next master contradicts what we hold, too, it was that which was wrong: so a liar whose
 * line all have taken cannot make them leave whoever comes after it.  And whoever was left, and
 * said what the next one says, is cleared. */
#include "core/node/doubt.h"

#include "core/node/budget.h"
#include "core/node/effects.h"
#include "core/node/lease.h"
#include "core/node/table.h"
#include "core/node/timeline.h"
#include "core/node/witness.h"
#include "core/rules/bound.h"

#define DISTRUST_NS    (20 * NS_PER_S) /* another leads by then */
#define DISTRUSTED_MAX 5	       /* times, the last for 320 s */
#define AGAIN_NS       (600 * NS_PER_S)
#define LEFT_NS	       (60 * NS_PER_S)
#define OWN_FAULT_NS   (60 * NS_PER_S) /* a clock that jumped may do so again */
#define TOLD_NS	       (3600 * NS_PER_S)
#define DRIFTS	       2 /* max_drift of others is no more of ours, mostly */
#define UNANSWERED_NS  (60 * NS_PER_S)

void doubt_init(struct node *n)
{
	n->steering.doubt.since = MONO_LONG_AGO;
	n->steering.doubt.own_fault = MONO_LONG_AGO;
	n->steering.doubt.told = MONO_LONG_AGO;
	n->steering.doubt.unanswered_told = MONO_LONG_AGO;
	n->steering.doubt.left = MONO_LONG_AGO;
}

void doubt_forget(struct node *n)
{
	n->steering.doubt.has_kept = false;
	n->steering.doubt.opinion = OPINION_FOLLOW;
}

/* Is group time at our RAW @at another by @line than @time, whatever the errors? */
static bool contradicts(const struct line *line, raw_t at, wall_t time, int64_t error_ns)
{
	return ns_abs(wall_sub(line_at(line, at), time)) > ns_add(error_ns, line_error(line, at));
}

static bool lines_differ(const struct line *a, const struct line *b, raw_t at)
{
	return contradicts(a, at, line_at(b, at), line_error(b, at));
}

/* Another master's @line is taken after one was left: does it say what that one said, and not what
 * we held against it? */
static void clear_accused(struct node *n, const struct line *line)
{
	struct accused *a = &n->steering.doubt.accused;
	struct peer *p = a->id != 0 ? peer_find(n, a->id) : NULL;
	const raw_t at = n->step.pair.raw;

	if (!p || a->id == n->election.master) {
		return;
	}
	if (lines_differ(line, &a->held, at) && !lines_differ(line, &a->said, at)) {
		p->distrusted = n->step.now;
		p->n_distrusted -= p->n_distrusted > 0; /* its row may be another than then */
		notice(n, NOTICE_MASTER_CLEARED, LEVEL_NOTICE, p->id,
		       .master_cleared = {.by = n->election.master});
	}
	a->id = 0;
}

void doubt_keep(struct node *n, const struct line *line)
{
	struct doubt *d = &n->steering.doubt;
	const raw_t at = n->step.pair.raw;

	clear_accused(n, line);
	if (line->error_ns != BOUND_UNKNOWN &&
	    (!d->has_kept || line_error(line, at) <= line_error(&d->kept, at))) {
		d->has_kept = true;
		d->kept = *line;
		d->kept_by = n->election.master;
		/* Who says that it grows fast would have nothing contradict it soon. */
		d->kept.growth_ppb =
			ns_min(line->growth_ppb,
			       bound_growth_ppb(DRIFTS * n->config.max_drift_ppb, line->rate));
	}
}

void doubt_begin(struct node *n)
{
	struct doubt *d = &n->steering.doubt;

	d->opinion = OPINION_FOLLOW;
	d->own_fault = MONO_LONG_AGO;
	if (mono_within(d->left, n->step.now, LEFT_NS)) {
		doubt_forget(n);
	} else if (line_bounded(n)) {
		doubt_keep(n, &n->steering.line); /* our own, if we led */
	}
}

/* Does @line contradict the best that we took? */
static bool is_contradicted(const struct node *n, const struct line *line)
{
	return n->steering.doubt.has_kept && budget_holds(n) &&
	       lines_differ(line, &n->steering.doubt.kept, n->step.pair.raw);
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

/* What those who know our clock say of it. */
struct measured {
	unsigned where_we_are; /* and not where the master says */
	unsigned where_it_says;
	node_id by; /* one of these */
};

static struct measured measures(const struct node *n, const struct line *line)
{
	struct measured m = {.by = 0};

	for_each_peer (n, p) {
		const struct testimony *t = &p->testimony;

		if (!t->answered || t->error_ns == INT64_MAX || p->id == n->election.master) {
			continue;
		}
		bool not_it = contradicts(line, t->raw, t->time, t->error_ns);
		bool not_us = contradicts(&n->steering.doubt.kept, t->raw, t->time, t->error_ns);

		m.where_we_are += not_it && !not_us;
		m.where_it_says += not_us && !not_it;
		m.by = not_us && !not_it ? p->id : m.by;
	}
	return m;
}

/* It is our own clock that is not what we take it for. */
static void conclude_own_fault(struct node *n, const struct line *line, node_id by)
{
	struct doubt *d = &n->steering.doubt;
	const raw_t at = n->step.pair.raw;

	if (!mono_within(d->told, n->step.now, TOLD_NS)) {
		d->told = n->step.now;
		notice(n, NOTICE_CLOCK_AT_FAULT, LEVEL_WARNING, by,
		       .clock_at_fault = {wall_sub(line_at(&d->kept, at), line_at(line, at))});
	}
	d->own_fault = n->step.now;
	doubt_forget(n);
}

/* Nobody could say whose fault it is: people may find out. */
static void tell_unanswered(struct node *n, const struct line *line, bool asked)
{
	struct doubt *d = &n->steering.doubt;
	const raw_t at = n->step.pair.raw;

	if (!mono_within(d->unanswered_told, n->step.now, UNANSWERED_NS)) {
		d->unanswered_told = n->step.now;
		notice(n, NOTICE_DOUBT_UNANSWERED, LEVEL_WARNING, n->election.master,
		       .doubt_unanswered = {.jump_ns = wall_sub(line_at(line, at),
								line_at(&d->kept, at)),
					    .asked = asked});
	}
}

static void condemn(struct node *n, const struct line *line)
{
	struct doubt *d = &n->steering.doubt;

	d->condemned = true;
	d->accused = (struct accused){.id = n->election.master, .said = *line, .held = d->kept};
}

/* Do those who have answered say that it is our master that is wrong? */
static bool is_blamed(const struct node *n, const struct measured *m)
{
	return others_doubt(n) || m->where_we_are > m->where_it_says;
}

/* In doubt, when others have answered. */
static void weigh(struct node *n, const struct line *line)
{
	const struct measured m = measures(n, line);

	if (is_blamed(n, &m)) {
		condemn(n, line);
	} else if (m.where_it_says > 0) {
		conclude_own_fault(n, line, m.by);
	} else {
		witness_ask(n); /* somebody may know better by the next correction */
	}
}

/* Six heartbeats have passed, and @line contradicts us still: is it taken?  Answers that blame our
 * master may be old ones, for it may have corrected nobody meanwhile; but where nobody had the time
 * to answer, the time begins anew. */
static bool doubt_ends(struct node *n, const struct line *line)
{
	struct doubt *d = &n->steering.doubt;
	const struct measured m = measures(n, line);

	if (n->election.asked.ns >= d->since.ns && is_blamed(n, &m)) {
		condemn(n, line);
		return false;
	}
	if (!witness_heard(n, mono_add(d->since, 2 * heartbeat_ns(n)))) {
		d->since = n->step.now;
		witness_ask(n);
		return false;
	}
	if (m.where_it_says > 0) {
		conclude_own_fault(n, line, m.by);
	} else {
		tell_unanswered(n, line, true);
	}
	return true;
}

bool doubt_allows(struct node *n, const struct line *line)
{
	struct doubt *d = &n->steering.doubt;
	const bool against = is_contradicted(n, line);

	if (d->opinion == OPINION_FOLLOW && !against) {
		return true;
	}
	if (d->opinion == OPINION_FOLLOW) {
		bool own_fault = mono_within(d->own_fault, n->step.now, OWN_FAULT_NS);

		if (own_fault || !witness_any(n, n->election.master)) {
			if (!own_fault) {
				tell_unanswered(n, line, false);
			}
			doubt_forget(n);
			return true;
		}
		d->opinion = OPINION_DOUBT;
		d->since = n->step.now;
		return false;
	}
	if (!doubts_master(n)) { /* any more */
		if (against && !doubt_ends(n, line)) {
			return false;
		}
		doubt_forget(n);
		return true;
	}
	const mono_t due = mono_add(d->since, 2 * heartbeat_ns(n));

	if (n->step.now.ns >= due.ns && !witness_heard(n, due)) {
		witness_ask(n);
	} else if (n->step.now.ns >= due.ns) {
		weigh(n, line);
	}
	return !d->condemned && (!against || d->opinion == OPINION_FOLLOW);
}

/* Twice as long each time; for how long now, ns.  Hosts leave a liar one after the other: if all
 * stayed away for the same short time, the first would be back before the last have left, and
 * nobody else could be elected. */
static int64_t distrust(const struct node *n, struct peer *p)
{
	bool again = p->n_distrusted > 0 && mono_within(p->distrusted, n->step.now, AGAIN_NS);

	p->n_distrusted = again ? p->n_distrusted + (p->n_distrusted < DISTRUSTED_MAX) : 1;
	int64_t for_ns = DISTRUST_NS << (p->n_distrusted - 1);

	p->distrusted = mono_add(n->step.now, for_ns);
	return for_ns;
}

bool doubt_condemns(struct node *n)
{
	struct doubt *d = &n->steering.doubt;
	struct peer *p = peer_find(n, n->election.master);
	const bool condemned = d->condemned;

	d->condemned = false;
	if (condemned && p) {
		int64_t for_ns = distrust(n, p);

		d->left = n->step.now;
		notice(n, NOTICE_MASTER_DOUBTED, LEVEL_ERR, p->id,
		       .master_doubted = {.others = others_doubt(n), .for_ns = for_ns});
	}
	return condemned && p;
}
