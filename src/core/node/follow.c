/* follow.c - corrections: what a member takes from its master, and what it refuses. */
#include "core/node/follow.h"

#include "core/node/budget.h"
#include "core/node/clock.h"
#include "core/node/doubt.h"
#include "core/node/drift.h"
#include "core/node/effects.h"
#include "core/node/lease.h"
#include "core/node/paper.h"
#include "core/node/reply.h"
#include "core/node/timeline.h"
#include "core/rules/bound.h"

#include <assert.h>

#define CORRECT_AGE_NS                                                                             \
	(2 * NS_PER_S)	   /* a correction older than this, or than four polls, has expired */
#define HOLD_LINES    16   /* corrections of a new master that may be found wanting */
#define HOLD_WANDER   2e-8 /* how an own line gets worse with age, s/s */
#define LIMIT_TELL_NS (60 * NS_PER_S)

/* Told at once, and then once a minute while it stands: a master may ask for too much with every
 * poll. */
static void limit_tell(struct node *n, const struct notice *what)
{
	if (mono_within(n->steering.taken.limit_told, n->step.now, LIMIT_TELL_NS)) {
		return;
	}
	n->steering.taken.limit_told = n->step.now;
	notice_tell(n, what);
}

static void limit_tell_ns(struct node *n, enum limit limit, int64_t value_ns, int64_t max_ns)
{
	limit_tell(n, &(struct notice){.kind = NOTICE_LIMIT_TRIPPED,
				       .level = LEVEL_ERR,
				       .peer = n->election.master,
				       .limit_tripped = {.limit = limit,
							 .value_ns = value_ns,
							 .max_ns = max_ns}});
}

static void limit_tell_ppb(struct node *n, enum limit limit, int64_t value_ppb, int64_t max_ppb)
{
	limit_tell(n, &(struct notice){.kind = NOTICE_LIMIT_TRIPPED,
				       .level = LEVEL_ERR,
				       .peer = n->election.master,
				       .limit_tripped = {.limit = limit,
							 .value_ppb = value_ppb,
							 .max_ppb = max_ppb}});
}

/* What is further away than that is for a step, or for nothing. */
static int64_t slewed_max_ns(const struct node *n)
{
	return ns_max(n->config.max_correction_ns, n->config.step_threshold_ns);
}

/* Caps bound the harm of a bad master: charge what @line would move us by.  Whose clock is not on
 * its line is charged when it goes there; so is who was promised nothing yet and would go far.
 * Whose clock is not steered is not moved.  False: refused, and told. */
static bool limits_charge(struct node *n, const struct line *line)
{
	int64_t sum_ns, max_ns;

	if (n->config.mode != MODE_STEER || !n->steering.clock.joined || !n->steering.has_line) {
		return true;
	}
	int64_t move_ns = wall_sub(line_at(line, n->step.pair.raw),
				   line_at(&n->steering.line, n->step.pair.raw));

	if (!budget_holds(n) && ns_abs(move_ns) > slewed_max_ns(n)) {
		clock_set_joined(n, false);
		return true;
	}
	enum limit limit = budget_charge(n, move_ns, &sum_ns, &max_ns);

	if (limit != LIMIT_MAX_) {
		limit_tell_ns(n, limit, sum_ns, max_ns);
	}
	return limit == LIMIT_MAX_;
}

/* In an open group the same comes first, and for all who are on their line. */
static bool open_has(struct node *n, const struct line *line)
{
	int64_t off_ns = wall_sub(line_at(line, n->step.pair.raw), n->step.pair.wall);

	if (!n->steering.clock.joined || budget_open_has(n, off_ns)) {
		return true;
	}
	limit_tell_ns(n, LIMIT_OPEN, ns_add(n->steering.budget.open.moved_ns, off_ns), OPEN_NS_MAX);
	return false;
}

/* Is the correction one to take?  All but the caps of limits_charge(), which come last.  @ret: the
 * line that it asks for, when it is. */
static enum correct_refusal correct_judge(const struct node *n, const struct peer *p,
					  const struct wire_msg *msg, struct line *ret)
{
	const struct wire_correct *c = &msg->correct;
	const struct sent_pair *s = reply_pair(n, c->seq);
	double limit = bound_member_rate_max(drift_max_ppb(n));

	bool follows = n->election.role == ROLE_MEMBER || n->election.role == ROLE_DEPUTY;

	if (p->id != n->election.master || msg->term != n->election.term || !follows) {
		return CORRECT_NOT_MASTER;
	}
	if (n->step.now.ns < p->distrusted.ns) {
		return CORRECT_DOUBTED; /* who was left is not taken at its word */
	}
	if (c->round <= n->steering.taken.round) {
		return CORRECT_APPLIED;
	}
	if (!s) {
		return CORRECT_UNKNOWN;
	}
	if (s->epoch != n->steering.clock.epoch || c->clock_epoch != n->steering.clock.epoch) {
		return CORRECT_EPOCH;
	}
	if (raw_sub(n->step.pair.raw, s->pair.raw) > ns_max(CORRECT_AGE_NS, 4 * heartbeat_ns(n))) {
		return CORRECT_EXPIRED;
	}
	*ret = (struct line){.r0 = s->pair.raw,
			     .g0 = wall_add(s->pair.wall, c->offset_ns),
			     .rate = c->rate,
			     .pull = c->pull,
			     .error_ns = ns_add(c->error_ns, n->step.read_error_ns),
			     /* Our own oscillator is not what the master says it is. */
			     .growth_ppb = ns_max(c->growth_ppb,
						  bound_growth_ppb(drift_max_ppb(n), c->rate)),
			     .sd_ns = c->sd_ns};
	/* With what works off an ordered slew, and without: so it is kept on disk, and learnt. */
	double calm = c->rate - c->pull;

	return c->rate > limit || c->rate < -limit || calm > limit || calm < -limit ? CORRECT_RATE
										    : CORRECT_OK;
}

/* A new master measures us afresh, and its first exchanges, amid handshakes, are poor.  A settled
 * host keeps its own line (@ret) while that is the better known one and @new does not contradict
 * it; the bound is the new one's, and what lies between. */
static bool own_line_is_better(const struct node *n, const struct line *new, struct line *ret)
{
	struct line own = n->steering.line;

	if (!n->steering.clock.settled || n->steering.taken.n_term_lines >= HOLD_LINES) {
		return false;
	}
	double age = (double)raw_sub(n->step.pair.raw, own.r0);
	int64_t own_sd = ns_add(own.sd_ns, ns_from_double(age * HOLD_WANDER));
	int64_t apart =
		ns_abs(wall_sub(line_at(new, n->step.pair.raw), line_at(&own, n->step.pair.raw)));

	if (new->sd_ns <= own_sd || apart > ns_add(own_sd, ns_mul(4, new->sd_ns))) {
		return false;
	}
	line_rebase(&own, n->step.pair.raw);
	own.sd_ns = own_sd;
	own.error_ns = ns_add(line_error(new, n->step.pair.raw), apart);
	own.growth_ppb = ns_max(new->growth_ppb, own.growth_ppb);
	*ret = own;
	return true;
}

/* @wanted: the line that it asks for; NULL: nothing follows from what it asks for. */
static void correct_refuse(struct node *n, const struct peer *p, enum correct_refusal why,
			   const struct line *wanted)
{
	bool far = why == CORRECT_LIMIT || why == CORRECT_OPEN;
	bool stays = far || why == CORRECT_RATE || why == CORRECT_DOUBTED;

	n->steering.taken.refusal = stays ? why : n->steering.taken.refusal;
	n->steering.taken.wanted = far && wanted ? *wanted : n->steering.taken.wanted;
	if (stays && wanted && n->steering.has_line) {
		/* We stay where we are, and say how far from the group that is, and how fast it
		 * goes away from us. */
		const struct line *own = &n->steering.line;
		int64_t apart = ns_abs(wall_sub(line_at(wanted, n->step.pair.raw),
						line_at(own, n->step.pair.raw)));
		double away = wanted->rate > own->rate ? wanted->rate - own->rate
						       : own->rate - wanted->rate;

		timeline_rebase(n);
		timeline_widen_to(n, ns_add(apart, line_error(wanted, n->step.pair.raw)));
		timeline_set_growth(n, ns_max(own->growth_ppb, ns_add(wanted->growth_ppb,
								      ns_from_double(away * 1e9))));
	}
	n->steering.taken.n_refused++;
	notice(n, NOTICE_CORRECTION_REFUSED, LEVEL_DEBUG, p->id, .correction_refused = {why});
}

void follow_on_correct(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	const struct wire_correct *c = &msg->correct;
	struct line line = {.rate = 0}, own;
	enum correct_refusal r = correct_judge(n, p, msg, &line);
	const struct line *wanted = r == CORRECT_OK || r == CORRECT_RATE ? &line : NULL;

	if (r == CORRECT_RATE) {
		limit_tell_ppb(n, LIMIT_RATE, ns_from_double(c->rate * 1e9),
			       ns_from_double(bound_member_rate_max(drift_max_ppb(n)) * 1e9));
	}
	if (r == CORRECT_OK && !doubt_allows(n, &line)) {
		r = CORRECT_DOUBTED;
	}
	if (r == CORRECT_OK && !open_has(n, &line)) {
		r = CORRECT_OPEN;
	}
	if (r == CORRECT_OK && !limits_charge(n, &line)) {
		r = CORRECT_LIMIT;
	}
	if (r != CORRECT_OK) {
		correct_refuse(n, p, r, wanted);
		return;
	}
	doubt_keep(n, &line);
	if (own_line_is_better(n, &line, &own)) {
		timeline_take(n, &own);
	} else {
		timeline_take(n, &line);
		n->steering.taken.n_term_lines =
			HOLD_LINES; /* from here on this master knows us best */
	}
	n->steering.taken.n_term_lines++;
	n->steering.taken.round = c->round;
	n->steering.taken.term = msg->term;
	n->steering.taken.n_lines++;
	n->steering.taken.n_corrections++;
	paper_hear_reason(n, (enum reason)c->reason);
	n->steering.taken.refusal = CORRECT_OK;
	clock_follow(n, c->may_step);
	clock_set_joined(n, n->steering.date.refusal == CORRECT_OK);
	notice(n, NOTICE_CORRECTION, LEVEL_DEBUG, p->id,
	       .correction = {.offset_ns = ns_sub(0, c->offset_ns), /* clock less group time */
			      .freq_ppb = n->steering.clock.servo.freq_ppb,
			      .bound_ns = clock_bound_ns(n, n->step.now, n->step.pair)});
}

const struct line *follow_refused(const struct node *n)
{
	bool far = n->steering.taken.refusal == CORRECT_LIMIT ||
		   n->steering.taken.refusal == CORRECT_OPEN;

	return far ? &n->steering.taken.wanted : NULL;
}

void follow_take_refused(struct node *n)
{
	assert(follow_refused(n));
	timeline_take(n, &n->steering.taken.wanted);
	doubt_forget(n);
	n->steering.taken.refusal = CORRECT_OK;
}

void follow_init(struct node *n)
{
	n->steering.taken.limit_told = MONO_LONG_AGO;
}

void follow_restore(struct node *n)
{
	assert(n->steering.has_line);
	n->steering.taken.n_lines = SETTLED_LINES;
}

void follow_begin(struct node *n, uint64_t term)
{
	assert(n->election.role == ROLE_MEMBER || n->election.role == ROLE_DEPUTY);
	n->steering.taken.refusal = CORRECT_OK; /* it was another master's correction */
	n->steering.taken.round = 0;
	n->steering.taken.n_term_lines = 0;
	n->steering.taken.term = term;
}

void follow_own_term(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	n->steering.taken.refusal = CORRECT_OK;
	n->steering.taken.term = n->election.term;
}

void follow_newcomer(struct node *n)
{
	n->steering.taken.n_lines = 0;
	n->steering.taken.round = 0;
	n->steering.taken.refusal = CORRECT_OK;
}
