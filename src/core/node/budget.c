/* budget.c - how far others may move our clock, and what of that outlasts the daemon.
 *
 * Four sums, each with its limit:
 *
 *	one move		max_correction
 *	range, some minutes	max_correction: what the servo makes of moves in a minute is no
 *				more; of a rate, what is beyond max_drift counts, for an oscillator
 *				does as much by itself
 *	moves, leaky, an hour	max_accumulated
 *	distance from where our own oscillator would be, leaky, a day: max_accumulated, or what
 *				max_drift makes in a day, if that is more, for so much may group
 *				time be pulled by references or by an order
 *
 * The last has a sign, so noise cancels, and a rate counts.  Whoever is beyond it is led astray:
 * it is not steered any more until something happens on this host.
 *
 * In an open group a fifth comes first: the distance from where our own oscillator would be, as
 * our clock was stepped and steered, since the boot.  It outlasts all but a word of the operator,
 * and holds for newcomers and for masters too, whose lines others make. */
#include "core/node/budget.h"

#include "core/node/effects.h"
#include "core/node/timeline.h"
#include "core/rules/bound.h"

#define WINDOW_NS     (100 * NS_PER_S) /* a minute, and what the servo needs for max_correction */
#define HOUR_NS	      (3600 * NS_PER_S)
#define DAY_NS	      (24 * HOUR_NS)
#define CHARGE_NS     NS_PER_S
#define LEARN_NS      (120 * NS_PER_S) /* settled for so long, a host knows its rate */
#define SURE_NS	      (60 * NS_PER_S)  /* by then whoever knows better has come, mostly */
#define ORDERS_MAX    4		       /* of other hosts, within an hour */
#define DATES_MAX     3		       /* and, with these, dates that its group found anew */
#define KEPT_NS	      HOUR_NS	       /* a daemon that was off for longer has a newcomer's clock */
/* A crash loses less than that part of max_correction: who ends us each minute gains little. */
#define UNSAVED_SHARE 64
#define SAVE_NS	      (600 * NS_PER_S)
#define OPEN_PART     10 /* of max_drift: an oscillator may change its rate by so much */
#define OPEN_SLACK_NS (100 * NS_PER_MS) /* what was judged may be overshot by so much */
#define OPEN_LEARN_NS (600 * NS_PER_S)
#define SET_SLACK     NS_PER_S /* nobody else has set WALL if it is as far as this ... */
#define SET_PART      10       /* ... and a tenth of the time off where it was */

static int64_t wall_less_raw_ns(struct clock_pair p)
{
	return ns_sub(p.wall.ns, p.raw.ns);
}

/* --- What leaks away --- */

static int64_t day_max_ns(const struct node *n)
{
	int64_t drift_ns = bound_grown_ns(n->config.max_drift_ppb, DAY_NS);

	return ns_max(n->config.max_accumulated_ns, drift_ns);
}

/* The hour's sum leaks evenly, the distance by a part of itself, so that it keeps its sign. */
static void leak(struct node *n)
{
	struct budget *b = &n->steering.budget;
	double since = (double)ns_max(0, mono_sub(n->step.now, b->leaked));
	double gone = since / (double)HOUR_NS * (double)n->config.max_accumulated_ns;

	b->leaked = n->step.now;
	b->hour_ns = ns_max(0, ns_sub(b->hour_ns, ns_from_double(gone)));
	b->day_ns = ns_from_double((double)b->day_ns / (1 + since / (double)DAY_NS));
	if (mono_sub(n->step.now, b->window) >= WINDOW_NS) {
		bool next = mono_sub(n->step.now, b->window) < 2 * WINDOW_NS;

		b->now.lo_ns = next ? b->now.lo_ns : b->place_ns;
		b->now.hi_ns = next ? b->now.hi_ns : b->place_ns;
		b->before = b->now;
		b->now.lo_ns = b->now.hi_ns = b->place_ns;
		b->window = n->step.now;
	}
}

/* --- Charges --- */

static double free_rate(const struct node *n)
{
	const struct budget *b = &n->steering.budget;

	return b->rate_known ? b->rate : b->open.rate;
}

/* From here on our own oscillator says how fast our clock runs. */
static void run_free(struct node *n)
{
	if (n->steering.has_line && n->election.role != ROLE_MASTER) {
		timeline_run_free(n, free_rate(n));
		n->steering.budget.news = true;
	}
}

static void trip(struct node *n, enum limit limit, int64_t value_ns, int64_t max_ns)
{
	struct budget *b = &n->steering.budget;

	b->save_due = n->step.now;
	run_free(n);
	notice(n, NOTICE_LIMIT_TRIPPED, LEVEL_ERR, n->election.master,
	       .limit_tripped = {.limit = limit, .value_ns = value_ns, .max_ns = max_ns});
}

/* Between which two places we were within some minutes, how far apart they are, if we go to
 * @place_ns. */
static int64_t range_with(const struct budget *b, int64_t place_ns)
{
	int64_t lo = ns_min(place_ns, ns_min(b->now.lo_ns, b->before.lo_ns));
	int64_t hi = ns_max(place_ns, ns_max(b->now.hi_ns, b->before.hi_ns));

	return ns_sub(hi, lo);
}

static void go_to(struct budget *b, int64_t place_ns)
{
	b->place_ns = place_ns;
	b->now.lo_ns = ns_min(b->now.lo_ns, place_ns);
	b->now.hi_ns = ns_max(b->now.hi_ns, place_ns);
}

/* The line ran by @beside (s/s) beside our own oscillator for @since_ns. */
static void charge_minutes(struct node *n, double beside, int64_t since_ns)
{
	struct budget *b = &n->steering.budget;
	const double free = 1e-9 * (double)n->config.max_drift_ppb;
	double over = beside - rate_held(beside, free);

	go_to(b, ns_add(b->place_ns, ns_from_double(over * (double)since_ns)));
	if (over != 0 && range_with(b, b->place_ns) > n->config.max_correction_ns) {
		trip(n, LIMIT_MINUTES, range_with(b, b->place_ns), n->config.max_correction_ns);
	}
}

/* Who leads has a line of its own; who is not on its line is not moved by it. */
static void charge_rate(struct node *n)
{
	struct budget *b = &n->steering.budget;
	int64_t since = raw_sub(n->step.pair.raw, b->charged);
	bool runs = b->held && !b->tripped && n->steering.has_line && n->steering.clock.joined &&
		    n->election.role != ROLE_MASTER;

	b->charged = n->step.pair.raw;
	leak(n);
	if (runs && since > 0) {
		double any = bound_line_rate_max(n->config.max_drift_ppb); /* before it is learnt */
		double rate = n->steering.line.rate;
		double beside = rate - (b->rate_known ? b->rate : rate_held(rate, any));

		b->day_ns = ns_add(b->day_ns, ns_from_double(beside * (double)since));
		if (ns_abs(b->day_ns) > day_max_ns(n)) {
			b->tripped = true;
			trip(n, LIMIT_DEPARTURE, b->day_ns, day_max_ns(n));
		} else {
			charge_minutes(n, beside, since);
		}
	}
}

enum limit budget_charge(struct node *n, int64_t move_ns, int64_t *ret_sum_ns, int64_t *ret_max_ns)
{
	struct budget *b = &n->steering.budget;
	const int64_t by = ns_abs(move_ns);

	charge_rate(n);
	const int64_t place_ns = b->held ? ns_add(b->place_ns, move_ns) : b->place_ns;

	*ret_sum_ns = by;
	*ret_max_ns = n->config.max_correction_ns;
	if (b->held && by > n->config.max_correction_ns) {
		return LIMIT_CORRECTION;
	}
	*ret_sum_ns = range_with(b, place_ns);
	if (*ret_sum_ns > n->config.max_correction_ns) {
		return LIMIT_MINUTES;
	}
	*ret_sum_ns = ns_add(b->hour_ns, by);
	*ret_max_ns = n->config.max_accumulated_ns;
	if (*ret_sum_ns > n->config.max_accumulated_ns) {
		return LIMIT_ACCUMULATED;
	}
	*ret_sum_ns = ns_add(b->day_ns, move_ns);
	*ret_max_ns = day_max_ns(n);
	if (b->tripped || ns_abs(*ret_sum_ns) > day_max_ns(n)) {
		return LIMIT_DEPARTURE;
	}
	go_to(b, place_ns);
	b->hour_ns = ns_add(b->hour_ns, by);
	b->day_ns = ns_add(b->day_ns, move_ns);
	return LIMIT_MAX_;
}

/* --- In an open group --- */

bool budget_is_capped(const struct node *n)
{
	return n->config.open_group && !n->config.insecure && n->config.mode == MODE_STEER;
}

bool budget_is_spent(const struct node *n)
{
	return budget_is_capped(n) && n->steering.budget.open.spent;
}

bool budget_open_has(const struct node *n, int64_t move_ns)
{
	int64_t moved_ns = ns_abs(n->steering.budget.open.moved_ns);
	int64_t then_ns = ns_abs(ns_add(n->steering.budget.open.moved_ns, move_ns));

	return !budget_is_capped(n) ||
	       (!n->steering.budget.open.spent && (then_ns <= OPEN_NS_MAX || then_ns <= moved_ns));
}

void budget_note_step(struct node *n, int64_t step_ns)
{
	struct budget *b = &n->steering.budget;

	b->save_due = n->step.now;
	if (budget_is_capped(n)) {
		b->open.moved_ns = ns_add(b->open.moved_ns, step_ns);
	}
}

void budget_forgive(struct node *n)
{
	struct budget *b = &n->steering.budget;

	b->rate_known = false; /* what was learnt under who led us astray is as wrong */
	b->open.moved_ns = 0;
	b->open.followed_ns = 0;
	b->open.rate = 0;
	b->open.spent = false;
	b->save_due = n->step.now;
}

/* Has it followed others for so long that its rate is what its oscillator needs? */
static bool open_is_learnt(const struct node *n)
{
	return n->steering.budget.open.followed_ns >= OPEN_LEARN_NS;
}

/* How fast our clock runs when nobody moves it, s/s.  An operator's slew here is nobody else's. */
static double open_rate(const struct node *n)
{
	bool leads = n->election.role == ROLE_MASTER && n->steering.has_line;

	return (open_is_learnt(n) ? n->steering.budget.open.rate : 0) +
	       (leads ? n->steering.line.pull : 0);
}

static void open_learn(struct node *n, int64_t since_ns)
{
	struct budget *b = &n->steering.budget;

	if (!open_is_learnt(n)) {
		b->open.followed_ns = ns_add(b->open.followed_ns, since_ns);
		b->open.rate = rate_held(n->steering.line.rate - n->steering.line.pull,
					 bound_line_rate_max(n->config.max_drift_ppb));
	}
}

/* What others' lines have made of it since.  A part of max_drift is no movement, for no rate is
 * known for ever; all of it is none until our rate is known. */
static void charge_open(struct node *n)
{
	struct budget *b = &n->steering.budget;
	int64_t since_ns = ns_max(0, raw_sub(n->step.pair.raw, b->open.at));
	int64_t part_ns = bound_grown_ns(n->config.max_drift_ppb, since_ns);
	double beside = 1e-9 * (double)b->open.freq_ppb - open_rate(n);
	bool follows = n->steering.has_line && n->steering.clock.joined;

	b->open.at = n->step.pair.raw;
	b->open.freq_ppb = n->steering.clock.servo.freq_ppb;
	if (!follows || b->open.spent || !budget_is_capped(n)) {
		return;
	}
	int64_t to = ns_add(b->open.moved_ns, ns_from_double((double)since_ns * beside));

	part_ns = open_is_learnt(n) ? part_ns / OPEN_PART : part_ns;
	b->open.moved_ns = to > 0 ? ns_max(0, ns_sub(to, part_ns)) : ns_min(0, ns_add(to, part_ns));
	open_learn(n, since_ns);
	if (ns_abs(b->open.moved_ns) > OPEN_NS_MAX + OPEN_SLACK_NS) {
		b->open.spent = true;
		trip(n, LIMIT_OPEN, b->open.moved_ns, OPEN_NS_MAX);
	}
}

/* --- Who may be moved --- */

bool budget_holds(const struct node *n)
{
	return n->steering.budget.held;
}

bool budget_is_sure(const struct node *n)
{
	const struct budget *b = &n->steering.budget;

	return b->held && !mono_is_never(b->sure) && mono_sub(n->step.now, b->sure) >= SURE_NS;
}

static unsigned n_ordered(const struct node *n)
{
	const struct budget *b = &n->steering.budget;
	int64_t hours = mono_sub(n->step.now, b->ordered) / HOUR_NS;

	return hours < (int64_t)b->n_ordered ? b->n_ordered - (unsigned)ns_max(0, hours) : 0;
}

bool budget_takes_order(const struct node *n)
{
	return n_ordered(n) < ORDERS_MAX;
}

bool budget_takes_date(const struct node *n)
{
	return n_ordered(n) < DATES_MAX;
}

void budget_note_order(struct node *n)
{
	struct budget *b = &n->steering.budget;

	b->again = false; /* the step after a restart is counted with this */
	b->n_ordered = n_ordered(n) + 1;
	b->ordered = n->step.now;
	b->save_due = n->step.now;
}

void budget_found_anew(struct node *n)
{
	struct budget *b = &n->steering.budget;

	b->held = false;
	b->sure = MONO_NEVER;
	b->save_due = n->step.now;
}

void budget_renew(struct node *n, bool moved)
{
	struct budget *b = &n->steering.budget;

	*b = (struct budget){.sure = MONO_NEVER,
			     .settled = MONO_NEVER,
			     .open = b->open,
			     .rate_known = b->rate_known && !moved,
			     .rate = b->rate,
			     .charged = n->step.pair.raw,
			     .leaked = n->step.now,
			     .window = n->step.now,
			     .ordered = n->step.now,
			     .last = b->last,
			     .save_due = n->step.now};
	b->open.followed_ns = moved ? 0 : b->open.followed_ns;
}

/* A group that begins runs at the rate of one oscillator until it has measured the others. */
static void learn_rate(struct node *n)
{
	struct budget *b = &n->steering.budget;

	if (b->rate_known || !n->steering.clock.settled) {
		b->settled = MONO_NEVER;
	} else if (mono_is_never(b->settled)) {
		b->settled = n->step.now;
	} else if (mono_sub(n->step.now, b->settled) >= LEARN_NS) {
		b->rate_known = true;
		b->rate = rate_held(n->steering.line.rate - n->steering.line.pull,
				    bound_line_rate_max(n->config.max_drift_ppb));
	}
}

void budget_note_follows(struct node *n)
{
	struct budget *b = &n->steering.budget;

	if (!line_bounded(n) || !n->steering.clock.joined || n->config.mode != MODE_STEER) {
		return;
	}
	if (!b->held) {
		b->held = true;
		b->charged = n->step.pair.raw;
		b->save_due = n->step.now;
	}
	if (mono_is_never(b->sure) && n->steering.date.confirmed) {
		b->sure = n->step.now;
	}
	learn_rate(n);
}

/* --- On disk --- */

void budget_init(struct node *n, const struct node_saved *saved)
{
	struct budget *b = &n->steering.budget;

	b->last = saved->budget;
	b->sure = b->settled = MONO_NEVER;
	b->save_due = MONO_NEVER;
	b->rate_known = saved->budget.any ? saved->budget.rate_known : saved->has_freq;
	b->rate = saved->budget.rate_known ? saved->budget.rate : 1e-9 * (double)saved->freq_ppb;
	b->rate = rate_held(b->rate, bound_line_rate_max(n->config.max_drift_ppb));
}

/* Has another hand set WALL since?  It was left at a frequency that is not known. */
static bool was_set(const struct node *n)
{
	const struct saved_budget *s = &n->steering.budget.last;
	int64_t off_ns = ns_sub(wall_less_raw_ns(n->step.pair), s->wall_less_raw_ns);

	return ns_abs(off_ns) > ns_add(SET_SLACK, mono_sub(n->step.now, s->at) / SET_PART);
}

void budget_start(struct node *n)
{
	struct budget *b = &n->steering.budget;
	const struct saved_budget s = b->last;
	int64_t off_for_ns = mono_sub(n->step.now, s.at);

	budget_renew(n, false);
	b->save_due = MONO_NEVER;
	b->open.at = n->step.pair.raw;
	if (s.any) {
		b->open.moved_ns = s.open.moved_ns;
		b->open.followed_ns = s.open.followed_ns;
		b->open.rate = s.open.rate;
		b->open.spent = s.open.spent;
	}
	if (!s.any || off_for_ns < 0 || was_set(n)) {
		return;
	}
	b->tripped = s.tripped;
	b->again = true;
	if (off_for_ns < KEPT_NS || s.tripped) {
		b->held = s.held;
		b->sure = s.sure;
		b->leaked = s.at;
		b->hour_ns = s.hour_ns;
		b->day_ns = s.day_ns;
		b->n_ordered = s.n_ordered;
		b->ordered = s.at;
		leak(n);
		b->now.lo_ns = s.lo_ns;
		b->now.hi_ns = s.hi_ns;
	}
}

void budget_save(struct node *n)
{
	struct budget *b = &n->steering.budget;

	charge_rate(n);
	b->last = (struct saved_budget){.any = true,
					.at = n->step.now,
					.wall_less_raw_ns = wall_less_raw_ns(n->step.pair),
					.held = b->held,
					.sure = b->sure,
					.tripped = b->tripped,
					.rate_known = b->rate_known,
					.rate = b->rate,
					.lo_ns = ns_sub(ns_min(b->now.lo_ns, b->before.lo_ns),
							b->place_ns),
					.hi_ns = ns_sub(ns_max(b->now.hi_ns, b->before.hi_ns),
							b->place_ns),
					.hour_ns = b->hour_ns,
					.day_ns = b->day_ns,
					.n_ordered = n_ordered(n),
					.open = {.moved_ns = b->open.moved_ns,
						 .followed_ns = b->open.followed_ns,
						 .rate = b->open.rate,
						 .spent = b->open.spent}};
	fx_add(n, FX_SAVE_BUDGET)->budget = b->last;
	b->save_due = b->held ? mono_add(n->step.now, SAVE_NS) : MONO_NEVER;
}

bool budget_tick(struct node *n)
{
	struct budget *b = &n->steering.budget;
	int64_t unsaved_ns = ns_sub(b->hour_ns, b->last.hour_ns);
	int64_t open_ns = ns_abs(ns_sub(b->open.moved_ns, b->last.open.moved_ns));

	charge_open(n);
	if (budget_is_spent(n) && n->steering.has_line && n->steering.line.rate != free_rate(n)) {
		run_free(n); /* it has led until now */
	}
	if (raw_sub(n->step.pair.raw, b->charged) >= CHARGE_NS) {
		charge_rate(n);
	}
	if (n->step.now.ns >= b->save_due.ns ||
	    unsaved_ns > n->config.max_correction_ns / UNSAVED_SHARE ||
	    (budget_is_capped(n) && open_ns > OPEN_NS_MAX / 16)) {
		budget_save(n);
	}
	bool news = b->news;

	b->news = false;
	return news;
}
