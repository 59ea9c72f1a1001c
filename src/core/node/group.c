/* group.c - group time: the average of the clocks.
 *
 * Cold start: the fault-tolerant average of the members' WALL clocks.  From then on group time is a
 * line over the master's RAW, which paper.c steers by all settled oscillators. */
#include "core/node/group.h"

#include "core/node/bound.h"
#include "core/node/census.h"
#include "core/node/clock.h"
#include "core/node/effects.h"
#include "core/node/estimators.h"
#include "core/node/judge.h"
#include "core/node/lease.h"
#include "core/node/paper.h"
#include "core/node/poll.h"
#include "core/node/standing.h"
#include "core/node/table.h"
#include "core/node/timeline.h"
#include "core/rules/ensemble.h"

#include <assert.h>

#define COLD_BOUND_NS NS_PER_S /* at a cold start, clocks further apart disagree */
#define YOUNG_NS      (60 * NS_PER_S)
#define REFERENCE_TAU 16.0 /* s: how fast group time follows references */

static bool cold_ready(const struct node *n)
{
	struct estimate est;

	if (n->step.now.ns >= n->leading.cold_until.ns) {
		return true;
	}
	for_each_peer (n, p) {
		if (!p->left && session_can_send(&p->session) &&
		    (!p->as_master.polled.follows || !peer_measured(n, p, &est))) {
			return false;
		}
	}
	return true;
}

/* Does a clock of @mode take part in the cold start? */
static enum reason cold_reason(enum clock_mode mode, bool excluded, bool refs)
{
	if (mode == MODE_OBSERVE) {
		return REASON_OBSERVER;
	}
	if (excluded) {
		return REASON_OPERATOR;
	}
	return refs && mode != MODE_REFERENCE ? REASON_NOT_REFERENCE : REASON_NONE;
}

/* The member's WALL less ours at the instant of its pair; ours ran at our frequency since. */
static int64_t wall_apart_ns(const struct node *n, const struct polled *q,
			     const struct estimate *est)
{
	double since = (double)raw_sub(n->step.pair.raw, estimate_own_raw(est, q->pair.raw));
	double rate = 1 + 1e-9 * (double)n->steering.clock.servo.freq_ppb;
	wall_t ours = wall_add(n->step.pair.wall, ns_from_double(-since * rate));

	return wall_sub(q->pair.wall, ours);
}

/* The walls of those who are here; @of: the slot of the
 * peer that each belongs to, but the first, which is ours.  Returns how many. */
static size_t cold_collect(const struct node *n, struct ensemble_entry *e, uint16_t *of)
{
	bool refs = judge_any_reference(n);
	size_t k = 0;

	e[k++] = (struct ensemble_entry){.id = n->self.id,
					 .bound_ns = COLD_BOUND_NS,
					 .weight = 1,
					 .reason = cold_reason(n->config.mode, false, refs)};
	for_each_peer (n, p) {
		const struct polled *q = &p->as_master.polled;
		struct estimate est;

		if (!peer_alive(n, p) || !peer_measured(n, p, &est) || q->pair_seq == 0) {
			continue;
		}
		of[k] = peer_index(n, p);
		e[k++] = (struct ensemble_entry){
			.id = p->id,
			.value_ns = wall_apart_ns(n, q, &est),
			.bound_ns = COLD_BOUND_NS,
			.weight = 1,
			.reason =
				cold_reason(p->mode, p->as_master.judged.operator_excluded, refs)};
	}
	return k;
}

static void cold_start(struct node *n)
{
	struct ensemble_entry e[NODE_PEERS_MAX + 1];
	uint16_t of[NODE_PEERS_MAX + 1];
	struct ensemble_result res;
	size_t k = cold_collect(n, e, of);

	assert(n->election.role == ROLE_MASTER && !n->steering.has_line);
	if (!ensemble_average(e, k, n->config.max_liars, &res)) {
		res.average_ns = 0; /* nobody may count: our own clock is as good as any */
	}
	for (size_t i = 1; i < k; i++) {
		struct peer *p = &n->store.peers[of[i]];
		int64_t offset_ns = ns_sub(e[i].value_ns, res.average_ns);

		if (e[i].reason == REASON_FALSETICKER) {
			poll_note_offset(p, offset_ns);
			standing_note_falseticker(n, p, offset_ns);
		}
	}
	/* The drift file knows how our oscillator ran against the group that was. */
	double rate = 1e-9 * (double)n->steering.clock.servo.freq_ppb;
	double limit = 1e-9 * (double)n->config.max_drift_ppb;

	rate = rate < limit && rate > -limit ? rate : 0;
	/* In an island, most of the group that we know of may have a time of its own: no bound to
	 * promise yet. */
	timeline_take(n, &(struct line){.r0 = n->step.pair.raw,
					.g0 = wall_add(n->step.pair.wall, res.average_ns),
					.rate = rate,
					.error_ns = n->election.census.island ? BOUND_UNKNOWN : 0});
	n->leading.group.young_until = mono_add(n->step.now, YOUNG_NS);
	paper_cold_start(n, rate, res.n_used);
	clock_follow(n, true);
	for_each_peer (n, p) {
		if (peer_alive(n, p) && p->as_master.polled.pair_seq != 0) {
			poll_correct(n, p);
		}
	}
}

/* The reference clocks pull group time: a type-2 loop, critically damped, on the average of their
 * walls. */
static double reference_pull(struct node *n, double dt)
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
	for_each_peer (n, p) {
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
	if (pull > REFERENCE_SLEW) {
		pull = REFERENCE_SLEW;
	} else if (pull < -REFERENCE_SLEW) {
		pull = -REFERENCE_SLEW;
	}
	return n->leading.group.reference_rate + pull;
}

static void spread_update(struct node *n)
{
	int64_t lo = ns_sub(0, n->steering.clock.servo.remainder_ns), hi = lo;

	for_each_peer (n, p) {
		if (p->in_table && p->as_master.judged.averaged &&
		    reason_is_quiet(p->as_master.judged.reason)) {
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
	assert(n->election.role == ROLE_MASTER);
	bool refs = judge_any_reference(n);

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

	timeline_rebase(n);
	if (dt > 0) {
		paper_round(n, dt, refs);
		if (refs) {
			timeline_steer(n, reference_pull(n, dt));
		}
	}
	census_set_new(n, !line_bounded(n));
	bound_settle(n);
	spread_update(n);
	/* A newcomer may have been elected: its line is the group's now. */
	clock_follow(n, !n->steering.clock.joined);
	round_keep(n, 0, n->config.max_liars);
}
