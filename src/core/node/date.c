/* date.c - the date as evidence.  ARCHITECTURE.md, "The date".
 *
 * Our own clock's evidence, steering.date.ours:
 *
 *	from	to	when
 *	any	claims	we start, or another hand sets another date, and it may be right
 *	any	none	the same, and it is known to be wrong
 *	claims	agrees	it joins, moved by max_first_step at most, or an operator orders that
 *	claims	none	it joins, moved by more: the group has set its date
 *	none	agrees	an operator orders it onto the line
 *	any	agrees	an operator sets the group's time, and it joins
 *	agrees	claims	it does not follow the group any more
 *	any	none	the same, and it shows a time that its master said to be past
 *	none	claims	another master says that this time is not past
 */
#include "core/node/date.h"

#include "berk/term.h"
#include "core/node/budget.h"
#include "core/node/carried.h"
#include "core/node/effects.h"
#include "core/node/evidence.h"
#include "core/node/leap.h"
#include "core/node/lease.h"
#include "core/node/obey.h"
#include "core/node/settime.h"
#include "core/node/table.h"
#include "core/node/timeline.h"

#include <assert.h>

#define TELL_NS	    (60 * NS_PER_S)
#define SAVE_NS	    (60 * NS_PER_S)
#define FOUNDING_NS (30 * NS_PER_S)	    /* a group founds itself anew at most once in so long */
#define RESET_SLACK (60 * NS_PER_S)	    /* until the system sets it */
#define RESET_SLEW  NS_PER_S		    /* it may have been slewed since */
#define ECHO_NS	    (30 * 86400 * NS_PER_S) /* a host is off for no longer */

static wall_t group_time(const struct node *n)
{
	return line_at(&n->steering.line, n->step.pair.raw);
}

/* Could a clock that shows @wall be right, by what our host can prove? */
static bool is_plausible(const struct node *n, wall_t wall)
{
	return wall.ns >= n->steering.date.own_floor.ns && wall.ns <= n->config.ceiling.ns;
}

void date_init(struct node *n, const struct node_saved *saved)
{
	assert(n->config.floor.ns <= n->config.ceiling.ns);
	n->steering.date.own_floor = n->config.floor;
	n->steering.date.unsure = saved->unconfirmed;
	n->steering.date.told = saved->told;
	n->steering.date.era = saved->line.any ? saved->line.era : 0;
	n->steering.date.floor = n->config.floor;
	n->steering.date.refused_told = n->steering.date.kept_told = MONO_LONG_AGO;
	n->steering.date.save_due = n->steering.date.founding_due = MONO_LONG_AGO;
}

/* Does it show the time that the system begins with when no hardware clock tells one, and the
 * uptime?  It was set to that a little after the kernel had started; a clock that is right shows
 * a later start. */
static bool is_just_reset(const struct node *n)
{
	wall_t started = wall_add(n->step.pair.wall, -n->step.now.ns);
	int64_t after = wall_sub(n->config.reset, started);

	return after > -RESET_SLEW && after < RESET_SLACK;
}

/* The hardware clock may have been set by the group, and goes on from a date that nobody vouched
 * for. */
static bool is_echo(const struct node *n)
{
	return n->steering.date.unsure &&
	       wall_sub(n->step.pair.wall, n->steering.date.own_floor) < ECHO_NS;
}

static void set_ours(struct node *n, enum date_evidence ours)
{
	n->steering.date.ours = ours;
	n->steering.date.past_by = 0;
}

/* Our clock shows what it shows, or another hand has set it. */
static void look_at_clock(struct node *n)
{
	bool may_be_right = is_plausible(n, n->step.pair.wall) && !is_just_reset(n);

	set_ours(n, may_be_right ? DATE_CLAIMS : DATE_NONE);
}

void date_start(struct node *n)
{
	look_at_clock(n);
	if (is_echo(n)) {
		set_ours(n, DATE_NONE);
	}
}

void date_restore(struct node *n, const struct saved_line *saved)
{
	assert(n->steering.has_line);
	n->steering.date.confirmed = saved->confirmed;
	if (ns_abs(line_remainder_ns(n, n->step.pair)) > n->config.max_first_step_ns) {
		look_at_clock(n); /* another hand has set it since */
	} else if (saved->date == DATE_NONE) {
		set_ours(n, DATE_NONE); /* it shows the group's date, which is no word of its own */
	}
}

void date_note_stranger(struct node *n, int64_t step_ns)
{
	bool nudge = step_ns != 0 && ns_abs(step_ns) <= n->config.max_first_step_ns;

	date_leave(n);
	if (!nudge) { /* who sets the date has one */
		look_at_clock(n);
	}
}

/* Who gave an order was told that it was taken. */
static void drop_order(struct node *n)
{
	const struct time_order *o = &n->steering.date.ordered.order;

	if (n->steering.date.ordered.due) {
		n->steering.date.ordered.due = false;
		notice(n, NOTICE_TIME_DROPPED, LEVEL_ERR, o->host,
		       .time_dropped = {.shift_ns = o->shift_ns, .uid = o->uid});
	}
}

void date_forget_order(struct node *n)
{
	drop_order(n);
	if (n->steering.date.founding == FOUNDING_ORDER) {
		n->steering.date.founding = FOUNDING_DATE; /* the line was given up, all the same */
	}
	n->steering.date.obeys = false;
	n->steering.date.order_untold = false;
	n->steering.date.past_era = 0;
}

void date_give_up(struct node *n)
{
	assert(n->election.role != ROLE_MASTER);
	if (n->steering.date.past_era == 0) { /* what comes later, only this master has named */
		n->steering.date.past_era = n->steering.date.era;
	}
}

void date_leave(struct node *n)
{
	if (n->steering.date.ours != DATE_NONE && electorate(n) > 2 &&
	    n->step.pair.wall.ns < n->steering.date.floor.ns) {
		set_ours(n, DATE_NONE); /* others can prove it, if we cannot */
		n->steering.date.past_by = n->steering.date.floor_by;
	} else if (n->steering.date.ours == DATE_AGREES) {
		set_ours(n, DATE_CLAIMS);
	}
	n->steering.date.refusal = CORRECT_OK;
	drop_order(n);
	n->steering.date.era = n->steering.has_line ? n->steering.date.era : 0;
}

/* --- Our clock and the line --- */

/* Do most of the hosts that are known have clocks of their own that agree with the line? */
static bool most_agree(const struct node *n)
{
	/* As the master says, who is heard no further than we can name hosts. */
	int64_t dated = ns_min(n->steering.date.n_dated, n->election.census.n_alive);

	return 2 * dated > electorate(n);
}

enum correct_refusal date_judge_join(const struct node *n, int64_t off_ns)
{
	wall_t to = wall_add(n->step.pair.wall, off_ns);

	if (to.ns > n->config.ceiling.ns) {
		return CORRECT_CEILING; /* no order says so: beyond it, times differ by what no
					 * number holds */
	}
	if (n->steering.date.obeys) {
		return CORRECT_OK;
	}
	if (!is_plausible(n, to) && off_ns < 0) {
		return CORRECT_FLOOR; /* whatever it shows: its host can prove that this is past */
	}
	if (n->steering.date.ours != DATE_CLAIMS) {
		return CORRECT_OK;
	}
	if (!n->steering.date.confirmed && ns_abs(off_ns) > AGREE_NS) {
		return CORRECT_FIRST_STEP; /* ours is the better date: the master asks for it */
	}
	if (ns_abs(off_ns) > n->config.max_first_step_ns && !most_agree(n)) {
		return CORRECT_FIRST_STEP;
	}
	return CORRECT_OK;
}

/* Our clock goes to @wall, as an operator has ordered for the group.  What is past is his word
 * now. */
static void date_obey(struct node *n, wall_t wall)
{
	n->steering.date.obeys = false;
	set_ours(n, DATE_AGREES);
	n->steering.date.own_floor.ns = ns_min(n->steering.date.own_floor.ns, wall.ns);
	n->steering.date.told = false;
	n->steering.date.save_due = MONO_LONG_AGO;
}

void date_join(struct node *n, int64_t off_ns)
{
	const bool far = ns_abs(off_ns) > n->config.max_first_step_ns;

	if (n->steering.date.obeys) {
		date_obey(n, wall_add(n->step.pair.wall, off_ns));
	} else if (n->steering.date.ours == DATE_CLAIMS) {
		set_ours(n, far ? DATE_NONE : DATE_AGREES);
	} else if (far) {
		n->steering.date.past_by = 0; /* it shows the group's date from now on */
	}
	n->steering.date.refusal = CORRECT_OK;
	n->steering.date.refused_told = MONO_LONG_AGO;
}

void date_refuse(struct node *n, enum correct_refusal why, int64_t off_ns)
{
	struct notice what = {.kind = NOTICE_LIMIT_TRIPPED,
			      .level = LEVEL_ERR,
			      .peer = n->election.master};

	assert(why == CORRECT_FLOOR || why == CORRECT_CEILING || why == CORRECT_FIRST_STEP ||
	       why == CORRECT_SECOND_STEP || why == CORRECT_OPEN);
	if (n->steering.date.refusal == CORRECT_OK) {
		n->steering.date.refused_since = n->step.now;
	}
	n->steering.date.refusal = why;
	if (!n->steering.date.confirmed && why == CORRECT_FIRST_STEP &&
	    mono_sub(n->step.now, n->steering.date.refused_since) < FOUNDING_NS) {
		return; /* until the group has found the date, which it mostly does */
	}
	if (why == CORRECT_SECOND_STEP && !n->steering.clock.stepped && !budget_holds(n) &&
	    mono_sub(n->step.now, n->steering.date.refused_since) < FOUNDING_NS) {
		return; /* its master may not have heard yet that it has a step left */
	}
	if (mono_within(n->steering.date.refused_told, n->step.now, TELL_NS)) {
		return;
	}
	n->steering.date.refused_told = n->step.now;
	what.limit_tripped.value_ns = off_ns;
	if (why == CORRECT_FLOOR) {
		what.limit_tripped.limit = LIMIT_FLOOR;
		what.limit_tripped.value_ns =
			wall_sub(n->steering.date.own_floor, wall_add(n->step.pair.wall, off_ns));
	} else if (why == CORRECT_CEILING) {
		what.limit_tripped.limit = LIMIT_CEILING;
		what.limit_tripped.value_ns =
			wall_sub(wall_add(n->step.pair.wall, off_ns), n->config.ceiling);
	} else if (why == CORRECT_FIRST_STEP) {
		what.limit_tripped.limit = LIMIT_FIRST_STEP;
		what.limit_tripped.max_ns = n->config.max_first_step_ns;
	} else if (why == CORRECT_OPEN) {
		what.limit_tripped.limit = LIMIT_OPEN;
		what.limit_tripped.value_ns = ns_add(n->steering.budget.open.moved_ns, off_ns);
		what.limit_tripped.max_ns = OPEN_NS_MAX;
	} else {
		what.limit_tripped.limit = LIMIT_SECOND_STEP;
		what.limit_tripped.max_ns = n->config.max_correction_ns;
	}
	notice_tell(n, &what);
}

void date_order(struct node *n)
{
	set_ours(n, DATE_AGREES);
	/* The operator's word is above ours. */
	n->steering.date.own_floor.ns = ns_min(n->steering.date.own_floor.ns, group_time(n).ns);
	n->steering.date.told = false;
	n->steering.date.save_due = n->step.now;
	n->steering.date.refusal = CORRECT_OK;
}

/* --- What the master says --- */

bool date_accepts_founding(const struct node *n, node_id master, const struct wire_poll *q)
{
	const bool below = n->steering.has_line && electorate(n) > 2 &&
			   q->floor.ns <= n->config.ceiling.ns &&
			   wall_sub(q->floor, group_time(n)) > FLOOR_SLACK;

	return (q->founding == FOUNDING_ORDER && obey_deaf_to(n, master) == DEAF_NOT) ||
	       (q->founding == FOUNDING_DATE && !budget_is_sure(n) && budget_takes_date(n) &&
		(n->steering.date.ours != DATE_AGREES || below));
}

bool date_is_foreign(const struct node *n, node_id master, const struct wire_poll *q)
{
	/* The founding of a line has no name where a master has not named it truly. */
	bool named = n->steering.date.era != 0 || !term_is_of(n->steering.taken.term, master);

	return n->steering.has_line && (date_accepts_founding(n, master, q) ||
					(q->era != 0 && named && q->era != n->steering.date.era));
}

void date_tell_founding(struct node *n, node_id master, const struct wire_poll *q)
{
	enum deaf why = obey_deaf_to(n, master);

	if (q->founding == FOUNDING_ORDER && master == n->election.master && why != DEAF_NOT) {
		obey_tell_refused(n, master, ORDER_SET_TIME, why);
	}
}

/* Told where the clock was moved by it, and not where a host joins later. */
static void tell_order(struct node *n, const struct time_order *o)
{
	if (n->steering.date.order_untold && o->at.ns != 0) {
		n->steering.date.order_untold = false;
		notice(n, NOTICE_TIME_SET, LEVEL_NOTICE, o->host,
		       .time_set = {.shift_ns = o->shift_ns, .uid = o->uid});
	}
}

/* What time is past is the word of the group, as @by says: a liar, if another master denies it. */
static void hear_floor(struct node *n, wall_t floor, node_id by)
{
	n->steering.date.floor = floor;
	n->steering.date.floor_by = by;
	if (n->steering.date.past_by != 0 && n->steering.date.past_by != by &&
	    n->step.pair.wall.ns >= floor.ns) {
		set_ours(n, DATE_CLAIMS);
	}
}

void date_hear(struct node *n, const struct wire_poll *q)
{
	assert(n->election.role != ROLE_MASTER);
	n->steering.date.n_dated = q->n_dated;
	n->steering.date.confirmed = q->date_confirmed;
	leap_set(n, (enum leap)q->leap);
	if (q->floor.ns <= n->config.ceiling.ns) {
		hear_floor(n, q->floor, n->election.master);
	}
	n->steering.date.founding = (enum founding)q->founding;
	if (q->founding == FOUNDING_ORDER && obey_deaf_to(n, n->election.master) == DEAF_NOT) {
		n->steering.date.obeys = true;
		n->steering.date.order_untold = true;
	}
	settime_hear(n, &q->ordered);
	tell_order(n, &q->ordered);
	if (q->era != 0 && q->era != n->steering.date.past_era) {
		n->steering.date.era = q->era;
	}
}

/* --- As master --- */

void date_count(struct node *n)
{
	unsigned dated = n->steering.date.ours == DATE_AGREES;

	assert(n->election.role == ROLE_MASTER);
	for_each_peer (n, p) {
		dated += evidence_counts(n, p) && !p->guest &&
			 p->as_master.polled.date == DATE_AGREES;
	}
	n->steering.date.n_dated = dated;
	hear_floor(n, evidence_floor(n), n->self.id);
	if (n->steering.has_line && dated > 0) {
		n->steering.date.confirmed = true;
	}
}

void date_set(struct node *n, const struct time_order *order)
{
	assert(n->election.role == ROLE_MASTER && n->steering.date.founding == FOUNDING_ORDER);
	n->steering.date.ordered.due = true;
	n->steering.date.ordered.at = n->step.pair.raw;
	n->steering.date.ordered.order = *order;
}

bool date_ordered(const struct node *n, double rate, wall_t *ret)
{
	int64_t since = raw_sub(n->step.pair.raw, n->steering.date.ordered.at);

	*ret = wall_add(n->steering.date.ordered.order.at,
			ns_add(since, ns_from_double((double)since * rate)));
	return n->steering.date.ordered.due;
}

void date_begin(struct node *n)
{
	date_forget_order(n);
	if (!n->steering.has_line) {
		n->steering.date.era = 0;
	} else if (n->steering.date.era == 0) {
		n->steering.date.era =
			n->election.term; /* a founding that its master did not name */
	}
}

void date_begin_founding(struct node *n, enum founding why)
{
	assert(n->election.role == ROLE_MASTER && !n->steering.has_line && why != FOUNDING_NONE);
	n->steering.date.founding = why;
	n->steering.date.obeys = why == FOUNDING_ORDER;
	n->steering.date.founding_due = mono_add(n->step.now, FOUNDING_NS);
	n->steering.date.era = 0;
	n->steering.date.confirmed = false;
	n->steering.date.n_dated = 0;
	notice(n, NOTICE_FOUNDING, LEVEL_NOTICE, 0, .founding = {.order = why == FOUNDING_ORDER});
}

void date_tell_kept(struct node *n)
{
	assert(n->election.role == ROLE_MASTER && n->steering.has_line);
	if (mono_within(n->steering.date.kept_told, n->step.now, TELL_NS)) {
		return;
	}
	n->steering.date.kept_told = n->step.now;
	notice(n, NOTICE_LIMIT_TRIPPED, LEVEL_ERR, n->self.id,
	       .limit_tripped = {.limit = LIMIT_DATES});
}

void date_end_founding(struct node *n, bool confirmed)
{
	assert(n->election.role == ROLE_MASTER && n->steering.has_line);
	n->steering.date.founding = FOUNDING_NONE;
	n->steering.date.confirmed = confirmed;
	n->steering.date.era = n->election.term;
	struct time_order none = {.shift_ns = 0}, *o = &n->steering.date.ordered.order;

	if (n->steering.date.ordered.due) {
		o->at = group_time(n);
		n->steering.date.order_untold = true;
		tell_order(n, o);
	}
	settime_hear(n, n->steering.date.ordered.due ? o : &none);
	n->steering.date.ordered.due = false; /* done */
	notice(n, NOTICE_FOUNDED, confirmed ? LEVEL_NOTICE : LEVEL_WARNING, 0,
	       .founded = {.confirmed = confirmed,
			   .n_alive = n->election.census.n_alive,
			   .n_table = electorate(n) + carried_elsewhere(n),
			   .bounded = carried_by_no_other(n, false)});
}

/* --- On disk --- */

/* Does our own clock show group time, a date that can be?  Else it is no evidence to us: an
 * observer, or a reference, may follow a line whose date is far from its own. */
static bool is_believed(const struct node *n)
{
	return n->steering.clock.joined && ns_abs(line_remainder_ns(n, n->step.pair)) < AGREE_NS &&
	       group_time(n).ns <= n->config.ceiling.ns;
}

void date_save(struct node *n)
{
	if (!line_bounded(n)) {
		return;
	}
	struct effect *e = fx_add(n, FX_SAVE_TIME);

	if (is_believed(n) && n->steering.date.own_floor.ns < group_time(n).ns) {
		n->steering.date.own_floor = group_time(n);
		n->steering.date.told =
			n->steering.date.ours == DATE_NONE && n->steering.date.confirmed;
	}
	e->time.told = n->steering.date.told;
	e->time.at = n->steering.date.own_floor;
	e->time.n_table = carried_save(n);
	e->time.unconfirmed = !n->steering.date.confirmed;
	n->steering.date.unsure = e->time.unconfirmed;
	n->steering.date.save_due = mono_add(n->step.now, SAVE_NS);
}

void date_tick(struct node *n)
{
	if (n->step.now.ns >= n->steering.date.save_due.ns || carried_by_more(n) ||
	    n->steering.date.unsure == n->steering.date.confirmed) {
		date_save(n);
	}
}
