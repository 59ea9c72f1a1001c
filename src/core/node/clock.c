/* clock.c - our wall clock: it follows the line, and says how well it does. */
#include "core/node/clock.h"

#include "core/node/bound.h"
#include "core/node/budget.h"
#include "core/node/date.h"
#include "core/node/effects.h"
#include "core/node/hold.h"
#include "core/node/keep.h"
#include "core/node/lease.h"
#include "core/node/timeline.h"
#include "core/rules/bound.h"

#include <assert.h>

#define SETTLED_NS    NS_PER_MS
#define UNSETTLED_NS  (10 * NS_PER_MS)
#define DRIFT_SAVE_NS (600 * NS_PER_S)
#define STATUS_BEATS  2 /* heartbeats after which the status is told again, as it is then */

int64_t clock_bound_ns(const struct node *n, mono_t now, struct clock_pair pair)
{
	if (!n->steering.has_line || has_clone(n) || is_runaway(n, now)) {
		return BOUND_UNKNOWN;
	}
	return ns_add(bound_of(&n->steering.line, pair, n->step.read_error_ns),
		      bound_unconfirmed_ns(n, now));
}

bool clock_synced(const struct node *n, mono_t now, struct clock_pair pair)
{
	return n->steering.has_line && n->steering.clock.joined &&
	       clock_bound_ns(n, now, pair) < SYNCED_BOUND_NS;
}

void clock_step(struct node *n, int64_t step_ns, enum step_cause why)
{
	assert(n->steering.has_line && n->config.mode == MODE_STEER);
	fx_step_wall(n, step_ns);
	n->steering.clock.epoch++;
	n->steering.clock.n_steps++;
	n->steering.clock.stepped = true; /* by order of this host, too: clock_join() allows one */
	notice(n, NOTICE_STEP, LEVEL_NOTICE, 0, .step = {.step_ns = step_ns, .why = why});
}

static void tell_bound(struct node *n, enum notice_level level, int64_t bound_ns)
{
	notice(n, NOTICE_BOUND_EXCEEDED, level, 0,
	       .bound_exceeded = {.bound_ns = bound_ns,
				  .max_skew_ns = n->config.max_skew_ns,
				  .over = n->steering.clock.alarmed});
}

static void skew_alarm_check(struct node *n, int64_t bound)
{
	int64_t limit = n->config.max_skew_ns;
	bool over = limit > 0 && n->steering.clock.settled && bound > limit / 2;

	/* Two hosts differ by at most the sum of their bounds: half of max_skew each.  Back below
	 * 4/5 of it. */
	if (!n->steering.clock.alarmed && over) {
		n->steering.clock.alarmed = true;
		tell_bound(n, LEVEL_WARNING, bound);
	} else if (n->steering.clock.alarmed && bound < limit / 5 * 2) {
		n->steering.clock.alarmed = false;
		tell_bound(n, LEVEL_NOTICE, bound);
	}
}

/* The kernel has to know how good WALL is until it hears from us again, which is within
 * @holds_ns. */
static void kernel_tell_status(struct node *n, int64_t holds_ns)
{
	int64_t bound = clock_bound_ns(n, n->step.now, n->step.pair);
	int64_t off = ns_abs(n->steering.clock.servo.remainder_ns);
	bool has_line = n->steering.has_line;

	if (n->config.mode == MODE_STEER) {
		fx_add(n, FX_STATUS)->status = (struct wall_status){
			.synced = clock_synced(n, n->step.now, n->step.pair),
			.est_error_ns = has_line ? ns_add(off, n->steering.line.sd_ns) : bound,
			.max_error_ns = bound,
			.growth_ppb = has_line ? bound_holdover_ppb(n) : 0,
			.holds_ns = holds_ns,
		};
	}
}

static void clock_tell_status(struct node *n)
{
	int64_t bound = clock_bound_ns(n, n->step.now, n->step.pair);
	int64_t off = ns_abs(n->steering.clock.servo.remainder_ns);

	n->steering.clock.status_at = n->step.now;
	n->steering.clock.settled =
		line_bounded(n) && n->steering.clock.joined &&
		(n->election.role == ROLE_MASTER || n->steering.taken.n_lines >= SETTLED_LINES) &&
		off < (n->steering.clock.settled ? UNSETTLED_NS : SETTLED_NS);
	skew_alarm_check(n, bound);
	kernel_tell_status(n, ns_mul(STATUS_BEATS + 1, heartbeat_ns(n)));
}

/* Our clock is to go onto the line, @off_ns away, for the first time.  False: it may not. */
static bool clock_join(struct node *n, int64_t off_ns, bool may_step)
{
	bool order = n->steering.date.obeys;
	bool far = ns_abs(off_ns) > (order ? SETTLED_NS : n->config.step_threshold_ns);
	enum correct_refusal why = date_judge_join(n, off_ns);
	int64_t sum_ns, max_ns;

	/* The order was given here: it is nobody else's. */
	bool own = order && n->election.role == ROLE_MASTER &&
		   n->steering.date.ordered.order.host == n->self.id;
	/* Who was started again has had its first join, and this is one more. */
	bool again =
		n->steering.budget.again && !own && n->steering.clock.step_cause == STEP_FIRST_JOIN;
	bool spent = n->steering.clock.stepped || budget_holds(n) ||
		     (again && !order && !budget_takes_date(n)); /* orders are counted when taken */
	bool steps = may_step && far && !spent;

	if (why == CORRECT_OK && spent && ns_abs(off_ns) > n->config.max_correction_ns) {
		why = CORRECT_SECOND_STEP;
	}
	if (why == CORRECT_OK && !own && !budget_open_has(n, off_ns)) {
		why = CORRECT_OPEN;
	}
	/* The last, for it takes what it allows. */
	if (why == CORRECT_OK && !steps &&
	    budget_charge(n, off_ns, &sum_ns, &max_ns) != LIMIT_MAX_) {
		why = CORRECT_SECOND_STEP;
	}
	if (why != CORRECT_OK) {
		date_refuse(n, why, off_ns);
		return false;
	}
	date_join(n, off_ns);
	if (steps) {
		clock_step(n, off_ns, order ? STEP_BY_ORDER : n->steering.clock.step_cause);
		if (again) {
			budget_note_order(n);
		}
		if (!own) {
			budget_note_step(n, off_ns);
		}
	}
	return true;
}

/* Nobody says where our clock should go: no slew goes on, and it runs as our oscillator does. */
static void clock_coast(struct node *n)
{
	const struct line *l = &n->steering.line;
	int64_t freq_ppb = ns_from_double((l->rate - l->pull) * 1e9);

	if (n->steering.budget.rate_known) {
		freq_ppb = ns_from_double(n->steering.budget.rate * 1e9);
	}
	n->steering.clock.servo_due = MONO_NEVER;
	if (n->config.mode == MODE_STEER && n->steering.clock.servo.freq_ppb != freq_ppb &&
	    budget_holds(n)) {
		n->steering.clock.servo.freq_ppb = freq_ppb;
		fx_add(n, FX_ADJ_FREQ)->freq_ppb = freq_ppb;
	}
}

void clock_follow(struct node *n, bool may_step)
{
	int64_t hold_ns;

	if (!n->steering.has_line) {
		return;
	}
	int64_t off = line_remainder_ns(n, n->step.pair);

	if (n->config.mode != MODE_STEER) {
		n->steering.clock.servo.remainder_ns = off;
		n->steering.clock.joined = true;
		clock_tell_status(n);
		return;
	}
	if (!n->steering.clock.joined && !clock_join(n, off, may_step)) {
		n->steering.clock.servo.remainder_ns = off;
		clock_coast(n);
		clock_tell_status(n);
		return;
	}
	n->steering.clock.joined = n->steering.clock.joined || may_step;
	budget_note_follows(n);
	int64_t before = n->steering.clock.servo.freq_ppb;
	int64_t freq = servo_step(&n->steering.clock.servo, hold_line(n), n->step.pair, &hold_ns);

	if (freq != before) {
		fx_add(n, FX_ADJ_FREQ)->freq_ppb = freq;
	}
	n->steering.clock.servo_due = mono_add(n->step.now, hold_ns); /* held at MONO_NEVER */
	if (hold_is_on(n)) { /* from group time, which may have gone another way */
		n->steering.clock.servo.remainder_ns = line_remainder_ns(n, n->step.pair);
	}
	clock_tell_status(n);
}

/* When the status is told again, with the bound as it is then. */
static mono_t status_due(const struct node *n)
{
	return n->steering.has_line ? mono_add(n->steering.clock.status_at,
					       ns_mul(STATUS_BEATS, heartbeat_ns(n)))
				    : MONO_NEVER;
}

mono_t clock_deadline(const struct node *n)
{
	return mono_min(n->steering.clock.servo_due, status_due(n));
}

void clock_tick(struct node *n)
{
	if (n->step.now.ns >= status_due(n).ns) {
		/* No master speaks: the bound grows all the same, and what we say of ourselves with
		 * it. */
		n->steering.clock.servo.remainder_ns = line_remainder_ns(n, n->step.pair);
		clock_tell_status(n);
	}
	if (budget_tick(n)) {
		clock_follow(n, false);
	}
	if (n->steering.clock.settled && mono_is_never(n->steering.clock.drift_due)) {
		n->steering.clock.drift_due = mono_add(n->step.now, DRIFT_SAVE_NS);
	} else if (n->steering.clock.settled && n->step.now.ns >= n->steering.clock.drift_due.ns) {
		n->steering.clock.drift_due = mono_add(n->step.now, DRIFT_SAVE_NS);
		fx_add(n, FX_SAVE_DRIFT)->freq_ppb =
			ns_from_double((n->steering.line.rate - n->steering.line.pull) * 1e9);
	}
	if (n->step.now.ns >= n->steering.clock.servo_due.ns) {
		clock_follow(n, false);
	}
}

void clock_newcomer(struct node *n, enum interruption why)
{
	if (why != INTERRUPTION_NONE) {
		n->steering.clock.interrupted = (struct interrupted){why, n->step.now};
	}
	budget_renew(n, why == INTERRUPTION_MIGRATION || why == INTERRUPTION_RESTORE);
	n->steering.clock.epoch++;
	n->steering.clock.joined = false;
	n->steering.clock.settled = false;
	n->steering.clock.stepped = false;
	n->steering.clock.step_cause = STEP_FIRST_JOIN;
	n->steering.clock.moved_on = false;
}

void clock_leave(struct node *n)
{
	assert(!n->steering.has_line);
	n->steering.clock.joined = false;
	clock_coast(n);
	n->steering.clock.servo.remainder_ns = 0;
	keep_line(n);
	clock_tell_status(n);
}

void clock_start(struct node *n)
{
	kernel_tell_status(n, INT64_MAX);
}

void clock_stop(struct node *n)
{
	int64_t rate_ppb = ns_from_double((n->steering.line.rate - n->steering.line.pull) * 1e9);
	int64_t freq_ppb = n->steering.has_line ? rate_ppb : n->steering.clock.servo.freq_ppb;

	fx_add(n, FX_SAVE_DRIFT)->freq_ppb = freq_ppb;
	if (n->config.mode == MODE_STEER) {
		fx_add(n, FX_ADJ_FREQ)->freq_ppb = freq_ppb; /* no slew may go on without us */
	}
	kernel_tell_status(n, INT64_MAX);
}

void clock_note_founding(struct node *n)
{
	if (line_bounded(n) || budget_holds(n) || n->steering.clock.stepped) {
		budget_note_order(n);
	}
}

void clock_allow_step(struct node *n, enum step_cause why)
{
	bool no_bound = why == STEP_NO_BOUND;

	assert(no_bound || why == STEP_FOUNDING);
	if (!n->steering.clock.stepped ||
	    (no_bound && (n->steering.clock.moved_on || !budget_takes_date(n)))) {
		return;
	}
	if (no_bound) { /* with those that foundings give: clock_note_founding() counts these */
		budget_note_order(n);
	}
	n->steering.clock.moved_on = n->steering.clock.moved_on || no_bound;
	n->steering.clock.stepped = false;
	n->steering.clock.step_cause = why;
}

void clock_set_joined(struct node *n, bool joined)
{
	assert(!joined || n->steering.has_line);
	n->steering.clock.joined = joined;
}

void clock_init(struct node *n, const struct node_saved *saved)
{
	struct servo_config config = {.slew_ppb_max = n->config.max_slew_ppb,
				      .freq_ppb_max = n->config.freq_ppb_max,
				      .interval_ns = n->config.poll_ns};

	n->steering.clock.servo_due = MONO_NEVER;
	n->steering.clock.drift_due = MONO_NEVER;
	servo_init(&n->steering.clock.servo, &config, saved->freq_ppb);
}

void clock_reconfigure(struct node *n)
{
	n->steering.clock.servo.config.slew_ppb_max = n->config.max_slew_ppb;
	n->steering.clock.servo.config.interval_ns = n->config.poll_ns;
}
