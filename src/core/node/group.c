/* group.c - group time: the average of the clocks.
 *
 * Founding: the fault-tolerant average of the members' WALL clocks.  From then on group time is a
 * line over the master's RAW, which paper.c steers by all settled oscillators. */
#include "core/node/group.h"

#include "core/node/bound.h"
#include "core/node/census.h"
#include "core/node/clock.h"
#include "core/node/date.h"
#include "core/node/effects.h"
#include "core/node/estimators.h"
#include "core/node/evidence.h"
#include "core/node/leap.h"
#include "core/node/lease.h"
#include "core/node/paper.h"
#include "core/node/poll.h"
#include "core/node/reference.h"
#include "core/node/runaway.h"
#include "core/node/settime.h"
#include "core/node/standing.h"
#include "core/node/table.h"
#include "core/node/timeline.h"
#include "core/rules/date.h"
#include "core/rules/ensemble.h"

#include <assert.h>

#define FOUNDING_BOUND_NS     NS_PER_S	     /* at a founding, clocks further apart disagree */
#define FOUNDING_WAIT_NS      (3 * NS_PER_S) /* for who is known and not here */
#define FOUNDING_WAIT_DATE_NS (5 * NS_PER_S) /* for a clock whose date may be right */
#define YOUNG_NS	      (60 * NS_PER_S)

/* Is anybody here whose date may be right? */
static bool date_is_here(const struct node *n)
{
	for_each_peer (n, p) {
		if (peer_alive(n, p) && evidence_of_peer(n, p)) {
			return true;
		}
	}
	return n->steering.date.ours != DATE_NONE || n->steering.date.ordered.due;
}

/* Does it still matter to wait for @p, which is here?  It has not been measured yet, or, before
 * a date is found anew, has not given up the one that was. */
static bool founding_awaits(const struct node *n, const struct peer *p)
{
	struct estimate est;
	const struct polled *q = &p->as_master.polled;

	if (p->left || !session_can_send(&p->session)) {
		return false;
	}
	return !q->follows || !peer_measured(n, p, &est) ||
	       (n->steering.date.founding && q->bound_ns != BOUND_UNKNOWN);
}

/* A clock that has met nobody is no group's.  Who is known and not here is waited for a little,
 * and a clock whose date may be right a little longer. */
static bool founding_ready(const struct node *n)
{
	int64_t waited = mono_sub(n->step.now, n->leading.founding_since);
	unsigned alive = n->election.census.n_alive;

	if (alive < n->config.min_hosts) {
		return false;
	}
	if (n->steering.date.ordered.due &&
	    n->leading.confirmed.ns <= n->leading.founding_since.ns) {
		return false; /* no majority has heard the order: it would be ours alone */
	}
	if (waited < (date_is_here(n) ? FOUNDING_WAIT_NS : FOUNDING_WAIT_DATE_NS)) {
		for_each_peer (n, p) {
			if (founding_awaits(n, p) &&
			    (n->steering.date.founding ||
			     waited < ns_max(3 * founding_round_ns(n), NS_PER_S / 2))) {
				return false;
			}
		}
		return alive >= electorate(n) && date_is_here(n);
	}
	return true;
}

/* Does a clock of @mode take part in the founding? */
static enum reason founder_reason(enum clock_mode mode, bool excluded, bool refs)
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

/* The clocks of those who are here, ours first. */
struct founders {
	struct ensemble_entry e[NODE_PEERS_MAX + 1];
	bool plausible[NODE_PEERS_MAX + 1];  /* its date may be right */
	struct peer *of[NODE_PEERS_MAX + 1]; /* NULL: ourselves */
	size_t n;
};

static void founders_collect(struct node *n, struct founders *f)
{
	bool refs = evidence_of_reference(n);

	f->n = 1;
	f->of[0] = NULL;
	f->plausible[0] = evidence_of_ours(n);
	f->e[0] = (struct ensemble_entry){.id = n->self.id,
					  .bound_ns = FOUNDING_BOUND_NS,
					  .weight = 1,
					  .reason = founder_reason(n->config.mode, false, refs)};
	for_each_peer (n, p) {
		const struct polled *q = &p->as_master.polled;
		struct estimate est;

		if (!peer_alive(n, p) || !peer_measured(n, p, &est) || q->pair_seq == 0) {
			continue;
		}
		f->of[f->n] = p;
		f->plausible[f->n] = evidence_of_peer(n, p);
		f->e[f->n++] = (struct ensemble_entry){
			.id = p->id,
			.value_ns = wall_apart_ns(n, q, &est),
			.bound_ns = FOUNDING_BOUND_NS,
			.weight = 1,
			.reason = founder_reason(p->mode, p->as_master.judged.operator_excluded,
						 refs)};
	}
}

/* Which date is the group's: whose clocks are far from it do not count.  True: a clock that may be
 * right shows it. */
static bool founders_date(const struct node *n, struct founders *f)
{
	struct dated clocks[NODE_PEERS_MAX + 1];
	bool confirmed = false;
	size_t k = 0;

	for (size_t i = 0; i < f->n; i++) {
		if (f->e[i].reason == REASON_NONE) {
			clocks[k++] = (struct dated){f->e[i].value_ns, f->plausible[i]};
			confirmed = confirmed || f->plausible[i];
		}
	}
	int64_t date_ns =
		k > 0 ? date_choose(clocks, k, n->config.max_liars, 2 * FOUNDING_BOUND_NS) : 0;

	for (size_t i = 0; i < f->n; i++) {
		bool far = ns_abs(ns_sub(f->e[i].value_ns, date_ns)) > 2 * FOUNDING_BOUND_NS;

		if (f->e[i].reason == REASON_NONE && (far || (confirmed && !f->plausible[i]))) {
			f->e[i].reason = REASON_DATE;
		}
	}
	return confirmed;
}

static void founders_report(struct node *n, const struct founders *f, int64_t average_ns)
{
	for (size_t i = 1; i < f->n; i++) {
		int64_t offset_ns = ns_sub(f->e[i].value_ns, average_ns);

		if (f->e[i].reason == REASON_FALSETICKER || f->e[i].reason == REASON_DATE) {
			poll_note_offset(f->of[i], offset_ns);
			standing_note_founding(n, f->of[i], f->e[i].reason, offset_ns);
		}
	}
}

static void found_group(struct node *n)
{
	struct founders f;
	struct ensemble_result res;

	assert(n->election.role == ROLE_MASTER && !n->steering.has_line);
	founders_collect(n, &f);
	bool confirmed = founders_date(n, &f);

	if (!ensemble_average(f.e, f.n, n->config.max_liars, &res)) {
		res.average_ns = 0; /* nobody may count: our own clock is as good as any */
	}
	/* The drift file knows how our oscillator ran against the group that was. */
	double rate = 1e-9 * (double)n->steering.clock.servo.freq_ppb;
	double limit = 1e-9 * (double)n->config.max_drift_ppb;
	wall_t ordered;

	rate = rate < limit && rate > -limit ? rate : 0;
	if (date_ordered(n, rate, &ordered)) {
		res.average_ns = wall_sub(ordered, n->step.pair.wall);
		confirmed = true;
	} else if (!confirmed) { /* all are wrong, and most are behind what is past: begin there */
		int64_t floor_ns = wall_sub(n->steering.date.floor, n->step.pair.wall);
		bool beyond = wall_add(n->step.pair.wall, res.average_ns).ns > n->config.ceiling.ns;

		res.average_ns = beyond ? floor_ns : ns_max(res.average_ns, floor_ns);
	}
	founders_report(n, &f, res.average_ns);
	timeline_take(n, &(struct line){.r0 = n->step.pair.raw,
					.g0 = wall_add(n->step.pair.wall, res.average_ns),
					.rate = rate,
					.error_ns = BOUND_UNKNOWN});
	n->leading.group.young_until = mono_add(n->step.now, YOUNG_NS);
	paper_found(n, rate, res.n_used);
	date_end_founding(n, confirmed);
	clock_follow(n, true);
	for_each_peer (n, p) {
		if (peer_alive(n, p) && p->as_master.polled.pair_seq != 0) {
			poll_correct(n, p);
		}
	}
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
	if (!n->steering.has_line) {
		if (founding_ready(n)) {
			found_group(n);
			round_keep(n, wall_sub(n->steering.line.g0, n->step.pair.wall),
				   n->config.max_liars);
		}
		return;
	}
	double dt = (double)raw_sub(n->step.pair.raw, n->steering.line.r0) / 1e9;

	timeline_rebase(n);
	settime_pause(n);
	reference_watch(n);
	leap_set(n, reference_leap(n));
	if (dt > 0) {
		paper_round(n, dt);
		if (n->leading.reference.followed) {
			reference_steer(n, dt);
		}
	}
	if (settime_resume(n)) { /* a member that hears of it late is off by as much */
		poll_all_soon(n);
	}
	runaway_judge_ourselves(n);
	census_set_new(n, !line_bounded(n));
	bound_settle(n);
	spread_update(n);
	/* A newcomer may have been elected: its line is the group's now. */
	clock_follow(n, !n->steering.clock.joined);
	round_keep(n, 0, n->config.max_liars);
}
