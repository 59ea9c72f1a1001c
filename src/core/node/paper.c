/* paper.c - group time as a paper clock: the rate and the phase on which the settled
 * oscillators agree, each weighted by how steady it was.
 *
 * The idea is that of atomic time scales such as AT1 (Weiss, Allan and Peppler 1989).  Each clock
 * has a learnt rate, own_rate, by which it alone would keep group time; from round to round, what
 * has elapsed by it less what has elapsed by the line adds up to its phase.  The line follows
 *
 *	rate	the fault-tolerant average of (1 + own_rate)(1 + rate measured) - 1, which is soon
 *		there but, summed up, would wander with the errors of each measurement;
 *	phase	the fault-tolerant average of the phases, worked off over the filters' own time
 *		constant.  Phases come from differences of offsets, so their errors do not add up.
 *
 * A clock's weight is the inverse of the mean square of its phase about the average, which is its
 * unrest over PHASE_TAU, plus that of a steady clock: among equals, where what is measured is
 * mostly chance, weights are nearly equal; a clock that wanders far more counts for nothing.
 *
 * Each own_rate follows its oscillator within RATE_TAU, each phase returns within PHASE_TAU, and
 * over DRAW_TAU the group's rate is drawn to the plain average of the oscillators.  Nobody who
 * comes or goes makes rate or phase jump: whenever those who take part change, all votes are
 * shifted so that the averages stay.
 *
 * A group may be split, and neither side knows of itself whether it is the group.  So the average
 * that draws the rate is that of all oscillators known, and those out of sight count with the rate
 * that they had, until they say goodbye: both sides of a split group keep its rate.
 *
 * All bounds rest on max_drift alone, so group time must run as a good oscillator might.  It does
 * when it runs no slower than the slowest and no faster than the fastest of those that are here,
 * whatever was learnt of each, and however all have changed since.  Who tells a larger max_drift
 * than group time keeps is none of these, ourselves included (drift.c).
 */
#include "core/node/paper.h"

#include "core/node/drift.h"
#include "core/node/effects.h"
#include "core/node/estimators.h"
#include "core/node/judge.h"
#include "core/node/lease.h"
#include "core/node/reference.h"
#include "core/node/standing.h"
#include "core/node/table.h"
#include "core/node/timeline.h"
#include "core/rules/bound.h"
#include "core/rules/ensemble.h"

#include <assert.h>
#include <math.h>

#define RATE_TAU_YOUNG 5.0    /* s */
#define RATE_TAU       600.0  /* s */
#define DRAW_TAU       3600.0 /* s */
#define PHASE_TAU      100.0  /* s */
#define UNREST_TAU     1800.0 /* s */
#define RATE_SLACK     2e-6   /* own_rate lags behind the wander of minutes */
#define PHASE_SLACK_NS (100 * NS_PER_US)
#define OWN_RATE_SD    1e-8  /* of our own vote: nothing is measured */
#define STEER_S_MIN    8.0   /* a phase is worked off in so long at least, */
#define STEER_S_MAX    300.0 /* and at most */
#define STEER_POLLS    4
#define STEER_MAX      1e-6
#define UNREST_LEAST   100.0 /* ns^2 */
#define FEMTO	       1e15  /* rates enter the average as integers of 1e-15, */
#define MILLI	       1e3   /* phases of 1e-3 ns */

struct votes {
	struct ensemble_entry rate[NODE_PEERS_MAX + 1];	 /* (1 + own_rate)(1 + rate) - 1 */
	struct ensemble_entry phase[NODE_PEERS_MAX + 1]; /* as summed up by last round */
	struct ensemble_entry plain[NODE_PEERS_MAX + 1]; /* the oscillators' bare rates */
	struct peer *of[NODE_PEERS_MAX + 1];		 /* NULL: ourselves */
	struct estimate est[NODE_PEERS_MAX + 1];
	size_t n;
	size_t n_plain;		 /* n, and those out of sight */
	uint64_t who;		 /* those who take part, mixed */
	int64_t drift_ppb;	 /* that group time keeps */
	double slowest, fastest; /* oscillators here that keep it, at their least or most */
};

static struct paper *paper_of(struct node *n, struct peer *p)
{
	return p ? &p->as_master.paper.clock : &n->leading.paper.own;
}

static double share_of_step(double step_s, double tau_s)
{
	return step_s < tau_s ? step_s / tau_s : 1;
}

static struct ensemble_entry plain_vote(const struct node *n, node_id id, double rate)
{
	return (struct ensemble_entry){
		.id = id,
		.value_ns = ns_from_double(rate * FEMTO),
		.bound_ns = ns_from_double(bound_line_rate_max(n->config.max_drift_ppb) * FEMTO),
		.weight = 1};
}

static void range_widen(struct votes *v, int64_t told_ppb, const struct estimate *est)
{
	if (told_ppb > v->drift_ppb) {
		return;
	}
	double least = est->rate - 4 * est->rate_sd, most = est->rate + 4 * est->rate_sd;

	v->slowest = least < v->slowest ? least : v->slowest;
	v->fastest = most > v->fastest ? most : v->fastest;
}

/* By how much @rate is slower than the slowest oscillator (negative), or faster than the
 * fastest.  Any rate will do without a majority that counts, as E grows by that of holdover
 * then, and after references, as E grows by what they may pull. */
static double range_passed(const struct node *n, const struct votes *v, double rate)
{
	if (2 * v->n <= electorate(n) || n->leading.pulled_ppb > 0 || v->slowest > v->fastest) {
		return 0;
	}
	if (rate < v->slowest) {
		return rate - v->slowest;
	}
	return rate > v->fastest ? rate - v->fastest : 0;
}

static void vote_add(struct node *n, struct votes *v, struct peer *p, const struct estimate *est)
{
	const struct paper *c = paper_of(n, p);
	node_id id = p ? p->id : n->self.id;
	size_t k = v->n++;

	v->of[k] = p;
	v->est[k] = *est;
	v->who += id * UINT64_C(0x9e3779b97f4a7c15);
	v->rate[k] = (struct ensemble_entry){
		.id = id,
		.value_ns = ns_from_double(((1 + c->own_rate) * (1 + est->rate) - 1) * FEMTO),
		.bound_ns = ns_from_double((4 * est->rate_sd + RATE_SLACK) * FEMTO)};
	v->phase[k] = (struct ensemble_entry){.id = id,
					      .value_ns = ns_from_double(c->phase_ns * MILLI),
					      .bound_ns = ns_from_double(
						      (4 * est->sd_ns + PHASE_SLACK_NS) * MILLI)};
	v->plain[k] = plain_vote(n, id, est->rate);
	range_widen(v, p ? p->max_drift_ppb : n->config.max_drift_ppb, est);
}

/* Who is out of sight has the rate that it had, the group's less its own. */
static void plain_add_absent(struct node *n, struct votes *v)
{
	v->n_plain = v->n;
	for_each_peer (n, p) {
		const struct paper *c = &p->as_master.paper.clock;
		bool absent = !p->left && !peer_alive(n, p);

		if (absent && c->known && p->mode != MODE_OBSERVE &&
		    !p->as_master.judged.operator_excluded) {
			double rate = (1 + n->leading.paper.vote_rate) / (1 + c->own_rate) - 1;

			v->plain[v->n_plain++] = plain_vote(n, p->id, rate);
		}
	}
}

static void paper_admit(struct node *n, struct paper *c, double rate)
{
	c->own_rate = (1 + n->steering.line.rate) / (1 + rate) - 1;
	c->phase_ns = n->leading.paper.phase_ns;
	c->unrest = 0;
	c->measured = false;
	c->known = true;
}

/* Why does our own oscillator not count, if so? */
static enum reason own_reason(const struct node *n)
{
	if (n->config.mode == MODE_OBSERVE) {
		return REASON_OBSERVER;
	}
	if (n->config.mode == MODE_REFERENCE) {
		return reference_judge(n, reference_own_offset(n));
	}
	return n->leading.reference.followed ? REASON_NOT_REFERENCE : REASON_NONE;
}

static void votes_collect(struct node *n, struct votes *v)
{
	bool refs = n->leading.reference.followed;
	const struct estimate ours = {.rate_sd = OWN_RATE_SD};

	v->n = 0;
	v->who = 0;
	v->drift_ppb = drift_group_ppb(n);
	v->slowest = INFINITY;
	v->fastest = -INFINITY;
	n->leading.paper.reason = own_reason(n);
	n->leading.paper.weight_used = 0;
	if (n->leading.paper.reason == REASON_NONE) {
		vote_add(n, v, NULL, &ours);
	}
	for_each_peer (n, p) {
		struct estimate est;
		bool have = peer_measured(n, p, &est);

		if (!p->in_table) {
			continue;
		}
		enum reason r = judge_member(n, p, &est, have);

		if (p->as_master.judged.averaged && r != REASON_NONE) {
			/* One who is silent may be back before its rate is stale. */
			standing_set_averaged(p, r == REASON_SILENT);
		}
		if (r == REASON_NONE && refs && p->mode != MODE_REFERENCE) {
			r = REASON_NOT_REFERENCE;
		}
		p->as_master.paper.weight_used = 0;
		if (r == REASON_NONE && !p->as_master.judged.averaged) {
			paper_admit(n, &p->as_master.paper.clock, est.rate);
			standing_set_averaged(p, true);
		}
		if (r == REASON_NONE) {
			vote_add(n, v, p, &est);
		} else { /* votes_report() tells of the others */
			if (have && r != REASON_SILENT && r != REASON_RATE) {
				range_widen(v, p->max_drift_ppb, &est);
			}
			p->as_master.paper.clock.measured = false;
			standing_set_reason(n, p, r);
		}
	}
}

static void votes_weigh(struct node *n, struct votes *v)
{
	double sum = 0, known = 0;

	for (size_t i = 0; i < v->n; i++) {
		double unrest = paper_of(n, v->of[i])->unrest;

		sum += unrest > 0 ? 1 / (unrest + UNREST_LEAST) : 0;
		known += unrest > 0;
	}
	double steady = known > 0 ? known / sum : UNREST_LEAST;

	for (size_t i = 0; i < v->n; i++) {
		struct paper *c = paper_of(n, v->of[i]);

		c->unrest = c->unrest > 0 ? c->unrest : steady; /* as good as any, to begin with */
		v->rate[i].weight = v->phase[i].weight = 1 / (c->unrest + UNREST_LEAST + steady);
	}
}

static void votes_report(struct node *n, const struct votes *v)
{
	for (size_t i = 0; i < v->n; i++) {
		struct peer *p = v->of[i];

		if (!p) {
			n->leading.paper.reason = v->rate[i].reason;
			n->leading.paper.weight_used = v->rate[i].weight_used;
			continue;
		}
		p->as_master.paper.weight_used = v->rate[i].weight_used;
		standing_set_reason(n, p, v->rate[i].reason);
	}
}

/* What has elapsed by each clock since the last round, less what has by the line. */
static void phases_advance(struct node *n, const struct votes *v, double dt)
{
	for (size_t i = 0; i < v->n; i++) {
		struct paper *c = paper_of(n, v->of[i]);
		const struct estimator *e = v->of[i] ? peer_estimator(n, v->of[i]) : NULL;
		unsigned routes = e ? estimator_routes(e) : 0;
		double moved = (double)ns_sub(v->est[i].offset_ns, c->offset_ns);

		/* An offset that was found anew says nothing of what has elapsed. */
		if (c->measured && c->routes == routes) {
			c->phase_ns += (c->own_rate - n->steering.line.rate) * dt * 1e9 +
				       (1 + c->own_rate) * moved;
		}
		c->measured = true;
		c->routes = routes;
		c->offset_ns = v->est[i].offset_ns;
	}
}

static bool votes_average(struct ensemble_entry *e, size_t n_votes, const struct node *n,
			  double unit, double *ret)
{
	struct ensemble_result res;

	if (!ensemble_average(e, n_votes, n->config.max_liars, &res)) {
		return false;
	}
	*ret = (double)res.average_ns / unit;
	return true;
}

/* Shift all votes so that the averages are what they were. */
static void votes_shift(struct node *n, const struct votes *v, double rate, double phase_ns)
{
	for (size_t i = 0; i < v->n; i++) {
		struct paper *c = paper_of(n, v->of[i]);

		c->own_rate += rate;
		c->phase_ns += phase_ns;
	}
}

/* Each learnt rate follows its oscillator slowly, and the draw at once: the votes stay together. */
static void votes_learn(struct node *n, const struct votes *v, double rate, double drawn, double dt)
{
	bool young = n->step.now.ns < n->leading.group.young_until.ns;

	for (size_t i = 0; i < v->n; i++) {
		struct paper *c = paper_of(n, v->of[i]);
		double seen = (1 + rate + drawn) / (1 + v->est[i].rate) - 1;
		double off = c->phase_ns - n->leading.paper.phase_ns,
		       used = v->phase[i].weight_used;
		double square = off * off / (1 - (used < 0.5 ? used : 0.5));

		c->own_rate += drawn;
		c->own_rate +=
			(seen - c->own_rate) * share_of_step(dt, young ? RATE_TAU_YOUNG : RATE_TAU);
		c->unrest += (square - c->unrest) * share_of_step(dt, UNREST_TAU);
		c->phase_ns -= young ? c->phase_ns : off * share_of_step(dt, PHASE_TAU);
	}
	n->leading.paper.phase_ns = young ? 0 : n->leading.paper.phase_ns;
	for_each_peer (n, p) {
		p->as_master.paper.clock.own_rate += peer_alive(n, p) ? 0 : drawn;
	}
}

/* How fast a phase is worked off: over the time in which an offset becomes as uncertain by its
 * rate as it is by itself. */
static double work_off_time_s(const struct node *n, const struct votes *v)
{
	double sd_ns = 0, rate_sd = 1e-12;
	double least = 1e-9 * STEER_POLLS * (double)n->config.poll_ns;

	for (size_t i = 0; i < v->n; i++) {
		sd_ns += v->est[i].sd_ns;
		rate_sd += v->of[i] ? v->est[i].rate_sd : 0;
	}
	double s = sd_ns * 1e-9 / rate_sd;

	least = least > STEER_S_MIN ? least : STEER_S_MIN;
	s = s < STEER_S_MAX ? s : STEER_S_MAX;
	return s > least ? s : least;
}

static void ensemble_steer(struct node *n, struct votes *v, double dt)
{
	double rate, phase_ns = 0, plain, drawn = 0;
	bool young = n->step.now.ns < n->leading.group.young_until.ns;

	votes_weigh(n, v);
	if (!votes_average(v->rate, v->n, n, FEMTO, &rate)) {
		n->leading.paper.n_used = 0;
		return;
	}
	if (v->who != n->leading.paper.voters) { /* others take part now than did before */
		(void)votes_average(v->phase, v->n, n, MILLI, &phase_ns);
		n->leading.paper.voters = v->who;
		votes_shift(n, v, n->leading.paper.vote_rate - rate,
			    n->leading.paper.phase_ns - phase_ns);
		rate = n->leading.paper.vote_rate;
	}
	phases_advance(n, v, dt);
	for (size_t i = 0; i < v->n; i++) {
		v->phase[i].value_ns = ns_from_double(paper_of(n, v->of[i])->phase_ns * MILLI);
		v->phase[i].reason = REASON_NONE;
	}
	(void)votes_average(v->phase, v->n, n, MILLI, &n->leading.paper.phase_ns);
	plain_add_absent(n, v);
	if (votes_average(v->plain, v->n_plain, n, FEMTO, &plain)) {
		drawn = (plain - rate) * share_of_step(dt, young ? RATE_TAU_YOUNG : DRAW_TAU);
	}
	drawn -= range_passed(n, v, rate + drawn);
	n->leading.paper.n_used = 0;
	for (size_t i = 0; i < v->n; i++) {
		n->leading.paper.n_used += v->rate[i].reason == REASON_NONE;
	}
	votes_learn(n, v, rate, drawn, dt);
	n->leading.paper.vote_rate = rate + drawn;

	double limit = bound_line_rate_max(n->config.max_drift_ppb);
	double want =
		n->leading.paper.vote_rate +
		rate_held(n->leading.paper.phase_ns * 1e-9 / work_off_time_s(n, v), STEER_MAX);

	want -= range_passed(n, v, want);
	if (want > limit || want < -limit) {
		notice(n, NOTICE_LIMIT_TRIPPED, LEVEL_WARNING, 0,
		       .limit_tripped = {.limit = LIMIT_GROUP_RATE,
					 .value_ppb = ns_from_double(want * 1e9),
					 .max_ppb = ns_from_double(limit * 1e9)});
	}
	timeline_steer(n, rate_held(want, limit));
}

void paper_round(struct node *n, double dt)
{
	struct votes v;

	votes_collect(n, &v);
	if (n->leading.reference.followed) {
		n->leading.paper.n_used = (unsigned)v.n;
		n->leading.paper.voters = 0;
		n->leading.paper.vote_rate = n->leading.reference.rate;
	} else {
		ensemble_steer(n, &v, dt);
	}
	votes_report(n, &v);
}

static void paper_restart(struct paper *c)
{
	c->phase_ns = 0;
	c->unrest = 0;
	c->measured = false;
	c->known = false;
}

void paper_begin(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	n->leading.paper.voters = 0;
	n->leading.paper.phase_ns = 0;
	n->leading.paper.own.measured = false;
	if (n->steering.has_line) {
		n->leading.paper.vote_rate = n->steering.line.rate;
	}
	if (!n->leading.own_roster.known) {
		paper_restart(&n->leading.paper.own);
	}
}

void paper_enlist(struct peer *p)
{
	p->as_master.paper.weight_used = 0;
	p->as_master.paper.clock.measured = false;
	if (!p->roster.known) {
		paper_restart(&p->as_master.paper.clock);
	}
}

void paper_found(struct node *n, double rate, unsigned n_used)
{
	n->leading.paper.vote_rate = rate;
	n->leading.paper.own.own_rate = rate;
	n->leading.paper.n_used = n_used;
}

/* What the master's roster says of a clock: that a new master goes on with. */
static void paper_learn(struct paper *c, const struct wire_roster_entry *e)
{
	double unrest_ns = (double)e->unrest_ps * 1e-3;

	c->own_rate = e->own_rate;
	c->known = e->own_rate != 0;
	c->phase_ns = (double)e->phase_ps * 1e-3;
	c->unrest = unrest_ns * unrest_ns;
}

void paper_hear(struct node *n, const struct wire_roster_entry *e)
{
	assert(n->election.role != ROLE_MASTER);
	paper_learn(&n->leading.paper.own, e);
	n->leading.paper.weight_used = e->weight / 1000.0;
	n->leading.paper.reason = (enum reason)e->reason;
}

void paper_hear_reason(struct node *n, enum reason r)
{
	assert(n->election.role != ROLE_MASTER);
	n->leading.paper.reason = r;
}

void paper_hear_peer(struct peer *p, const struct wire_roster_entry *e)
{
	paper_learn(&p->as_master.paper.clock, e);
}
