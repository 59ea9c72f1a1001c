/* group.c - group time: the average of the clocks, and why a clock does not count in it.
 *
 * Cold start: the fault-tolerant average of the members' WALL clocks.  From then on group time is a
 * line over the master's RAW, which paper.c steers by all settled oscillators.
 */
#include "core/node/node_private.h"

#include <string.h>

#define COLD_BOUND_NS	NS_PER_S	/* at a cold start, clocks further apart disagree */
#define SETTLED_SAMPLES 8		/* a member counts when it was measured so often ... */
#define SETTLED_RATE_SD 2e-6		/* ... and its rate is known so well */
#define DISOBEY_NS	(2 * NS_PER_MS) /* slack before a wall clock is said to disobey */
#define DISOBEY_ROUNDS	4
#define REFUSED_ROUNDS	16 /* corrections sent under our term, none of them applied */
#define TELL_ROUNDS	3  /* a reason must stand so long before people are told */
#define YOUNG_NS	(60 * NS_PER_S)
#define REFERENCE_TAU	16.0 /* s: how fast group time follows references */

void group_jumped(struct node *n, struct peer *p)
{
	p->as_master.judged.averaged = false;
	p->as_master.judged.reason = REASON_JUMPED;
	p->as_master.judged.reason_rounds = 0;
	if (p->as_master.judged.reason_told != REASON_JUMPED) {
		notice_reason(n, NOTICE_MEMBER_EXCLUDED, LEVEL_NOTICE, p->id, REASON_JUMPED, 0);
		p->as_master.judged.reason_told = REASON_JUMPED;
	}
}

/* --- Reasons --- */

static bool any_reference(const struct node *n)
{
	bool any = n->config.mode == MODE_REFERENCE;

	for (size_t i = 0; i < n->store.n_peers; i++) {
		any = any || (n->store.peers[i].mode == MODE_REFERENCE &&
			      peer_alive(n, &n->store.peers[i]));
	}
	return any;
}

/* Does its wall clock go where it is steered?  A liar's report of what is left to slew differs from
 * what we measure; a stuck clock stays off, or gets worse, while it takes our corrections. */
static bool disobeys(struct peer *p, const struct estimate *est)
{
	if (p->mode != MODE_STEER || p->as_master.polled.applied_round == 0) {
		p->as_master.judged.disobeyed = 0;
		return p->mode == MODE_STEER &&
		       p->as_master.polled.sent_round >= REFUSED_ROUNDS; /* takes none */
	}
	int64_t wide =
		ns_max(ns_sub(est->hi_ns, est->offset_ns), ns_sub(est->offset_ns, est->lo_ns));
	int64_t slack = ns_add(wide, DISOBEY_NS);
	int64_t off = ns_abs(p->as_master.polled.wall_offset_ns);
	bool lies = ns_abs(ns_add(p->as_master.polled.wall_offset_ns,
				  p->as_master.polled.remainder_ns)) > slack;
	bool stuck = off > slack &&
		     off >= p->as_master.judged.off_before - p->as_master.judged.off_before / 16;

	p->as_master.judged.off_before = off;
	if (!lies && !stuck) {
		p->as_master.judged.disobeyed = p->as_master.judged.disobeyed && off > slack
							? p->as_master.judged.disobeyed
							: 0;
	} else if (p->as_master.judged.disobeyed < UINT8_MAX) {
		p->as_master.judged.disobeyed++;
	}
	return p->as_master.judged.disobeyed >= DISOBEY_ROUNDS;
}

enum reason group_judge(struct node *n, struct peer *p, const struct estimate *est, bool have)
{
	double drift = 2e-9 * (double)n->config.max_drift_ppb;

	if (!peer_alive(n, p)) { /* a new master gives everyone the time to answer */
		return mono_sub(n->step.now, n->leading.led_since) < 4 * lease_unit(n)
			       ? REASON_NEWCOMER
			       : REASON_SILENT;
	}
	if (p->as_master.judged.operator_excluded) {
		return REASON_OPERATOR;
	}
	if (p->mode == MODE_OBSERVE) {
		return REASON_OBSERVER;
	}
	if (!have) {
		return p->as_master.judged.reason == REASON_DELAY ? REASON_DELAY : REASON_NEWCOMER;
	}
	if (est->rate > drift + 4 * est->rate_sd || est->rate < -drift - 4 * est->rate_sd) {
		return REASON_RATE;
	}
	if (disobeys(p, est)) {
		return REASON_DISOBEYS;
	}
	if (est->n < SETTLED_SAMPLES || est->rate_sd > SETTLED_RATE_SD) {
		return p->as_master.judged.reason == REASON_JUMPED ? REASON_JUMPED
								   : REASON_NEWCOMER;
	}
	if (p->mode == MODE_STEER && !p->settled && !p->as_master.judged.averaged) {
		return p->as_master.judged.reason == REASON_FALSETICKER ? REASON_FALSETICKER
									: REASON_NEWCOMER;
	}
	return REASON_NONE;
}

static bool quiet(enum reason r)
{
	return r == REASON_NONE || r == REASON_NEWCOMER || r == REASON_TRIMMED;
}

/* Tell people when a member leaves or comes back to the average, once a reason has stood a while.
 */
void group_reason_set(struct node *n, struct peer *p, enum reason r)
{
	p->as_master.judged.reason_rounds =
		p->as_master.judged.reason == r
			? (uint8_t)(p->as_master.judged.reason_rounds +
				    (p->as_master.judged.reason_rounds < 255))
			: 0;
	p->as_master.judged.reason = r;
	if (p->as_master.judged.reason_rounds < TELL_ROUNDS && r != REASON_SILENT) {
		return;
	}
	if (r == REASON_SILENT && p->as_master.judged.reason_told != r) {
		notice(n, NOTICE_MEMBER_LEFT, LEVEL_NOTICE, p->id, 1, 0, 0);
	} else if (!quiet(r) && p->as_master.judged.reason_told != r) {
		notice_reason(n, NOTICE_MEMBER_EXCLUDED, LEVEL_NOTICE, p->id, r,
			      p->as_master.polled.wall_offset_ns);
	} else if (r == REASON_NONE && !quiet(p->as_master.judged.reason_told)) {
		notice(n, NOTICE_MEMBER_READMITTED, LEVEL_NOTICE, p->id, 0, 0, 0);
	}
	if (r != REASON_TRIMMED && r != REASON_NEWCOMER) {
		p->as_master.judged.reason_told = r;
	}
}

/* --- Cold start --- */

static bool cold_ready(const struct node *n)
{
	struct estimate est;

	if (n->step.now.ns >= n->leading.cold_until.ns) {
		return true;
	}
	for (size_t i = 0; i < n->store.n_peers; i++) {
		const struct peer *p = &n->store.peers[i];

		if (p->used && !p->left && session_can_send(&p->session) &&
		    (!p->as_master.polled.follows || !group_measured(n, p, &est))) {
			return false;
		}
	}
	return true;
}

static void cold_start(struct node *n)
{
	struct ensemble_entry e[NODE_PEERS_MAX + 1];
	struct peer *of[NODE_PEERS_MAX + 1] = {NULL};
	struct ensemble_result res;
	bool refs = any_reference(n);
	size_t k = 1;

	e[0] = (struct ensemble_entry){.id = n->self.id,
				       .bound_ns = COLD_BOUND_NS,
				       .weight = 1,
				       .reason = n->config.mode == MODE_OBSERVE ? REASON_OBSERVER
						 : refs && n->config.mode != MODE_REFERENCE
							 ? REASON_NOT_REFERENCE
							 : REASON_NONE};
	for (size_t i = 0; i < n->store.n_peers; i++) {
		struct peer *p = &n->store.peers[i];
		struct estimate est;

		if (!peer_alive(n, p) || !group_measured(n, p, &est) ||
		    p->as_master.polled.pair_seq == 0) {
			continue;
		}
		/* Both wall clocks at the instant of the member's pair; ours ran at our frequency
		 * since. */
		double since = (double)raw_sub(n->step.pair.raw,
					       group_own_raw(&est, p->as_master.polled.pair.raw));
		wall_t ours =
			wall_add(n->step.pair.wall,
				 ns_from_double(
					 -since *
					 (1 + 1e-9 * (double)n->steering.clock.servo.freq_ppb)));

		of[k] = p;
		e[k] = (struct ensemble_entry){
			.id = p->id,
			.value_ns = wall_sub(p->as_master.polled.pair.wall, ours),
			.bound_ns = COLD_BOUND_NS,
			.weight = 1,
			.reason = p->mode == MODE_OBSERVE		  ? REASON_OBSERVER
				  : p->as_master.judged.operator_excluded ? REASON_OPERATOR
				  : refs && p->mode != MODE_REFERENCE	  ? REASON_NOT_REFERENCE
									  : REASON_NONE};
		k++;
	}
	if (!ensemble_average(e, k, n->config.max_liars, &res)) {
		res.average_ns = 0; /* nobody may count: our own clock is as good as any */
	}
	for (size_t i = 1; i < k; i++) {
		if (e[i].reason == REASON_FALSETICKER) {
			of[i]->as_master.polled.wall_offset_ns =
				ns_sub(e[i].value_ns, res.average_ns);
			of[i]->as_master.judged.reason = REASON_FALSETICKER;
			of[i]->as_master.judged.reason_told = REASON_FALSETICKER;
			notice_reason(n, NOTICE_MEMBER_EXCLUDED, LEVEL_NOTICE, of[i]->id,
				      REASON_FALSETICKER, of[i]->as_master.polled.wall_offset_ns);
		}
	}
	/* The drift file knows how our oscillator ran against the group that was. */
	double rate = 1e-9 * (double)n->steering.clock.servo.freq_ppb;
	double limit = 1e-9 * (double)n->config.max_drift_ppb;

	rate = rate < limit && rate > -limit ? rate : 0;
	n->steering.line = (struct line){.r0 = n->step.pair.raw,
					 .g0 = wall_add(n->step.pair.wall, res.average_ns),
					 .rate = rate};
	if (n->election.census.island) {
		/* Most of the group that we know of may have a time of its own: no bound to promise
		 * yet. */
		n->steering.line.error_ns = INT64_MAX;
	}
	n->steering.has_line = true;
	n->leading.group.young_until = mono_add(n->step.now, YOUNG_NS);
	n->leading.paper.vote_rate = rate;
	n->leading.paper.own.own_rate = rate;
	n->leading.paper.n_used = res.n_used;
	clock_follow(n, true);
	for (size_t i = 0; i < n->store.n_peers; i++) {
		struct wire_msg out = {.type = WIRE_CORRECT, .term = n->election.term};
		struct peer *p = &n->store.peers[i];

		if (peer_alive(n, p) && p->as_master.polled.pair_seq &&
		    group_correction(n, p, &out.correct) && node_send(n, p, &out, false, 0)) {
			p->as_master.polled.sent_round = out.correct.round;
		}
	}
}

/* --- The running group --- */

/* The reference clocks pull group time: a type-2 loop, critically damped, on the average of their
 * walls. */
static double reference_rate(struct node *n, double dt)
{
	struct ensemble_entry e[NODE_PEERS_MAX + 1];
	struct ensemble_result res;
	size_t k = 0;

	if (n->config.mode == MODE_REFERENCE) {
		e[k++] = (struct ensemble_entry){.id = n->self.id,
						 .value_ns = wall_sub(n->step.pair.wall,
								      line_at(&n->steering.line,
									      n->step.pair.raw)),
						 .bound_ns = NS_PER_MS,
						 .weight = 1};
	}
	for (size_t i = 0; i < n->store.n_peers; i++) {
		const struct peer *p = &n->store.peers[i];

		if (peer_alive(n, p) && p->mode == MODE_REFERENCE &&
		    p->as_master.judged.reason == REASON_NONE) {
			e[k++] = (struct ensemble_entry){.id = p->id,
							 .value_ns =
								 p->as_master.polled.wall_offset_ns,
							 .bound_ns = ns_add(p->roster.delay_ns,
									    NS_PER_MS),
							 .weight = 1};
		}
	}
	if (!ensemble_average(e, k, n->config.max_liars, &res)) {
		return n->steering.line.rate;
	}
	double off = (double)res.average_ns / 1e9;
	double pull = off / REFERENCE_TAU;

	n->leading.group.reference_rate += off * dt / (4 * REFERENCE_TAU * REFERENCE_TAU);
	pull = pull > REFERENCE_SLEW	? REFERENCE_SLEW
	       : pull < -REFERENCE_SLEW ? -REFERENCE_SLEW
					: pull;
	return n->leading.group.reference_rate + pull;
}

static void spread_update(struct node *n)
{
	int64_t lo = -n->steering.clock.servo.remainder_ns, hi = lo;

	for (size_t i = 0; i < n->store.n_peers; i++) {
		const struct peer *p = &n->store.peers[i];

		if (p->used && p->in_table && p->as_master.judged.averaged &&
		    quiet(p->as_master.judged.reason)) {
			lo = ns_min(lo, p->as_master.polled.wall_offset_ns);
			hi = ns_max(hi, p->as_master.polled.wall_offset_ns);
		}
	}
	n->leading.group.spread_ns = ns_sub(hi, lo);
}

static void round_keep(struct node *n, int64_t adjust, unsigned f)
{
	n->leading.group.rounds[n->leading.group.n_rounds++ % NODE_ROUNDS_KEPT] =
		(struct round_view){.round = n->leading.round,
				    .term = n->election.term,
				    .at = n->step.now,
				    .n_known = n->election.census.n_table,
				    .n_used = n->leading.paper.n_used,
				    .f = f,
				    .adjust_ns = adjust,
				    .rate = n->steering.line.rate,
				    .spread_ns = n->leading.group.spread_ns};
}

void group_round(struct node *n)
{
	bool refs = any_reference(n);

	if (!n->steering.has_line) {
		if (cold_ready(n)) {
			cold_start(n);
			round_keep(n, wall_sub(n->steering.line.g0, n->step.pair.wall),
				   n->config.max_liars);
		}
		return;
	}
	double dt = (double)raw_sub(n->step.pair.raw, n->steering.line.r0) / 1e9;

	if (refs && !n->leading.group.by_reference) {
		n->leading.group.reference_rate = n->steering.line.rate;
	}
	n->leading.group.by_reference = refs;

	line_rebase(&n->steering.line, n->step.pair.raw);
	if (dt > 0) {
		group_ensemble(n, dt, refs);
		if (refs) {
			n->steering.line.rate = reference_rate(n, dt);
		}
	}
	n->election.census.group_new = !line_bounded(n);
	group_base_error_settle(n);
	spread_update(n);
	clock_follow(
		n,
		!n->steering.clock
			 .joined); /* a newcomer may have been elected: its line is the group's now */
	round_keep(n, 0, n->config.max_liars);
}
