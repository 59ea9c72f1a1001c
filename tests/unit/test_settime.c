/* test_settime.c - an operator sets the group's time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/node/state.h"
#include "tests/world/quiet.h"

#define DAY_NS (24 * 3600 * NS_PER_S)
#define UID    1000

/* Hosts that can prove that it is as late as @days before now. */
static void know_floors(struct world *w, int64_t days)
{
	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.floor = (wall_t){WORLD_WALL - days * DAY_NS};
		w->host[i].config.earliest = (wall_t){WORLD_BUILD};
		w->host[i].config.ceiling = (wall_t){WORLD_LAST};
	}
}

static int setup(void **state)
{
	(void)quiet_setup(state);
	know_floors(*state, 1);
	quiet_take_orders(*state);
	return 0;
}

static enum order_verdict move(struct world *w, unsigned i, int64_t by_ns, bool dry_run)
{
	return host_set_time(w, i, wall_add(world_wall(w, i), by_ns), dry_run, UID);
}

static void assert_n_there(const struct world *w, unsigned n, int64_t by_ns)
{
	for (unsigned i = 0; i < n; i++) {
		struct node_status st = world_status(w, i);

		assert_in_range(world_off_ns(w, i) - by_ns + NS_PER_S, 0, 2 * NS_PER_S);
		assert_true(st.synced && st.date_confirmed);
		assert_in_range(st.bound_ns, 0, NS_PER_MS);
		assert_int_equal(st.refusal, CORRECT_OK);
	}
}

static void assert_there(const struct world *w, int64_t by_ns)
{
	assert_n_there(w, w->n, by_ns);
}

static void expect_day(struct world *w, int64_t by_ns)
{
	quiet_begin_under_0(w, 30);
	unsigned steps = quiet_steps(w);

	assert_int_equal(move(w, 0, by_ns, false), ORDER_OK);
	assert_in_range(w->fx.ordered.moved_ns - by_ns + NS_PER_MS, 0, 2 * NS_PER_MS);
	assert_in_range(w->fx.ordered.takes_ns, 1, 5 * NS_PER_S);
	quiet_run(w, 5);
	assert_there(w, by_ns);
	assert_int_equal(quiet_steps(w), steps + w->n);
	for (unsigned i = 0; i < w->n; i++) {
		struct time_order o = world_status(w, i).last_order;

		assert_int_equal(o.host, world_status(w, 0).id);
		assert_int_equal(o.uid, UID);
		assert_in_range(o.shift_ns - by_ns + NS_PER_MS, 0, 2 * NS_PER_MS);
		assert_in_range(o.at.ns - WORLD_WALL - w->now - by_ns + 5 * NS_PER_S, 0,
				5 * NS_PER_S);
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_TIME_SET], 1);
		assert_int_equal(world_status(w, i).date, DATE_AGREES);
		/* What is on disk is that time too. */
		assert_in_range(w->host[i].disk.time - WORLD_WALL - w->now - by_ns + 6 * NS_PER_S,
				0, 6 * NS_PER_S);
	}
	quiet_run(w, 120); /* nobody thinks better of it */
	assert_there(w, by_ns);
	assert_int_equal(quiet_steps(w), steps + w->n);
	assert_int_equal(world_master(w, 0), 0);
}

static void all_step_a_day_ahead_together(void **state)
{
	expect_day(*state, DAY_NS);
}

/* Below what each of them can prove to be past. */
static void all_step_back_below_their_floors(void **state)
{
	struct world *w = *state;

	expect_day(w, -2 * DAY_NS);
	/* What is known to be past has moved with it: another hand's date is put right again. */
	host_foreign_step(w, 3, 3 * DAY_NS / 2);
	quiet_run(w, 10);
	assert_there(w, -2 * DAY_NS);
}

/* No clock that comes later thinks better of it, whatever its host can prove. */
static void a_floor_does_not_contest_an_order(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.max_liars = 0;
	}
	for (unsigned i = 0; i < 4; i++) {
		w->host[i].contacts = 15;
		host_boot(w, i);
	}
	quiet_run(w, 30);
	assert_int_equal(move(w, (unsigned)world_master(w, 0), -2 * DAY_NS, false), ORDER_OK);
	quiet_run(w, 40);
	host_boot(w, 4);
	quiet_run(w, 10);
	assert_n_there(w, 4, -2 * DAY_NS);
	assert_int_equal(world_status(w, 4).refusal, CORRECT_FLOOR);
	assert_int_equal(quiet_order(w, 4, ORDER_STEP, 0), ORDER_OK);
	quiet_run(w, 5);
	assert_there(w, -2 * DAY_NS);
}

static void a_small_order_is_obeyed_to_the_microsecond(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 30);
	int64_t before = world_off_ns(w, 0);
	unsigned steps = quiet_steps(w);

	assert_int_equal(move(w, 0, 5 * NS_PER_MS, false), ORDER_OK);
	quiet_run(w, 5);
	for (unsigned i = 0; i < w->n; i++) {
		/* Its own oscillator is 40 ppm off the right time. */
		assert_in_range(world_off_ns(w, i) - before - 5 * NS_PER_MS + NS_PER_MS, 0,
				2 * NS_PER_MS);
	}
	assert_int_equal(quiet_steps(w), steps + w->n); /* though they would slew so little */
}

/* Their clocks showed a date of 1970, so no date was known. */
static void an_order_confirms_the_date(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].clock.wall -= WORLD_WALL;
	}
	quiet_begin(w, 20);
	unsigned m = (unsigned)world_master(w, 0);

	assert_false(world_status(w, m).date_confirmed);
	assert_int_equal(host_set_time(w, m, (wall_t){WORLD_WALL + w->now}, false, UID), ORDER_OK);
	quiet_run(w, 5);
	assert_there(w, 0);
}

/* Who comes later, with a clock of its own that may be right, comes to where most agree. */
static void a_host_that_comes_later_comes_to_the_ordered_time(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 4; i++) {
		w->host[i].contacts = 15;
		host_boot(w, i);
	}
	w->host[0].config.priority = 200;
	quiet_run(w, 30);
	assert_int_equal(move(w, (unsigned)world_master(w, 0), DAY_NS, false), ORDER_OK);
	quiet_run(w, 5);
	assert_n_there(w, 4, DAY_NS);
	host_boot(w, 4);
	quiet_run(w, 10);
	assert_there(w, DAY_NS);
	assert_int_equal(quiet_deeds(w, 4)->n_steps, 1);
}

static void a_dry_run_says_what_would_be_and_does_nothing(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 30);
	uint64_t term = world_status(w, 0).term;
	unsigned steps = quiet_steps(w);

	assert_int_equal(move(w, 0, DAY_NS, true), ORDER_OK);
	assert_in_range(w->fx.ordered.moved_ns - DAY_NS + NS_PER_MS, 0, 2 * NS_PER_MS);
	assert_in_range(w->fx.ordered.takes_ns, 1, 5 * NS_PER_S);
	quiet_run(w, 5);
	assert_there(w, 0);
	assert_true(world_status(w, 0).term == term);
	assert_int_equal(quiet_steps(w), steps);
}

static void what_cannot_be_ordered_is_refused_and_changes_nothing(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 30);
	assert_int_equal(host_set_time(w, 0, (wall_t){WORLD_BUILD - 1}, false, UID),
			 ORDER_TOO_EARLY);
	assert_int_equal(host_set_time(w, 0, (wall_t){WORLD_LAST + 1}, false, UID), ORDER_TOO_LATE);
	/* Who is out of sight would keep the old time, and its bound. */
	quiet_isolate(w, 4);
	quiet_run(w, 5);
	assert_int_equal(move(w, 0, DAY_NS, false), ORDER_ABSENT);
	quiet_rejoin(w, 4);
	quiet_run(w, 5);
	assert_there(w, 0);
	assert_int_equal(move(w, 0, DAY_NS, false), ORDER_OK);
	assert_int_equal(move(w, 0, DAY_NS, false), ORDER_NO_LINE); /* it is being done */
	quiet_run(w, 5);
	assert_there(w, DAY_NS);
}

#define FORGET_S 60

/* Host 4 goes out of sight, and no majority counts it any more; it goes on by itself. */
static void drop_4(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.forget_ns = FORGET_S * NS_PER_S;
	}
	quiet_begin_under_0(w, 30);
	quiet_isolate(w, 4);
	quiet_run(w, FORGET_S + 10);
	assert_int_equal(world_status(w, 0).n_table, 4);
	assert_true(world_status(w, 4).synced);
}

/* What no majority counts any more may still promise the old time: for as long as it says that
 * it is synchronised, nobody sets another. */
static void who_is_dropped_for_its_silence_is_absent_until_it_promises_nothing(void **state)
{
	struct world *w = *state;

	drop_4(w);
	assert_int_equal(move(w, 0, DAY_NS, true), ORDER_ABSENT);
	assert_int_equal(move(w, 0, DAY_NS, false), ORDER_ABSENT);
	assert_int_equal(host_move_time(w, 0, NS_PER_MS, false, false, UID), ORDER_ABSENT);
	while (world_status(w, 4).synced) {
		assert_int_equal(move(w, 0, DAY_NS, true), ORDER_ABSENT);
		quiet_run(w, 10);
	}
	quiet_run(
		w,
		600); /* its bound grew by more than twice max_drift, which is all that is certain */
	assert_int_equal(move(w, 0, DAY_NS, true), ORDER_OK);
	assert_int_equal(move(w, 0, DAY_NS, false), ORDER_OK);
	quiet_run(w, 5);
	assert_n_there(w, 4, DAY_NS);
}

/* The operator knows better, and all hear of that: whoever leads next obeys as well. */
static void who_is_forgotten_by_order_is_not_absent(void **state)
{
	struct world *w = *state;

	drop_4(w);
	quiet_run(w, 5);
	assert_int_equal(quiet_order(w, 0, ORDER_TRANSFER, 0), ORDER_OK);
	quiet_run(w, 20);
	assert_int_equal(world_status(w, 1).role, ROLE_MASTER);
	assert_int_equal(move(w, 1, DAY_NS, true), ORDER_ABSENT);
	assert_int_equal(quiet_order(w, 1, ORDER_FORGET, 0), ORDER_OK);
	assert_int_equal(move(w, 1, DAY_NS, true), ORDER_OK);
	quiet_run(w, 5);
	assert_int_equal(quiet_order(w, 1, ORDER_TRANSFER, world_status(w, 0).id), ORDER_OK);
	quiet_run(w, 20);
	assert_int_equal(world_status(w, 0).role, ROLE_MASTER);
	assert_int_equal(move(w, 0, DAY_NS, true), ORDER_OK);
}

/* The master before spoke of six hosts, of whom this one could name five. */
static void whom_nobody_can_name_is_absent_as_well(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.forget_ns = FORGET_S * NS_PER_S;
	}
	quiet_begin_under_0(w, 30);
	w->host[0].node->election.census.n_expected = 6;
	quiet_run(w, FORGET_S + 10);
	assert_int_equal(world_status(w, 0).n_table, 5);
	assert_int_equal(move(w, 0, DAY_NS, true), ORDER_ABSENT);
	assert_int_equal(quiet_order(w, 0, ORDER_FORGET, 0), ORDER_OK);
	assert_int_equal(move(w, 0, DAY_NS, true), ORDER_OK);
}

/* Heard, but not back in the group yet. */
static void who_is_heard_again_is_absent_until_it_follows(void **state)
{
	struct world *w = *state;

	drop_4(w);
	quiet_rejoin(w, 4);
	while (world_status(w, 0).n_table < 5) {
		assert_int_equal(move(w, 0, DAY_NS, true), ORDER_ABSENT);
		quiet_run(w, 0.01);
	}
	quiet_run(w, 5);
	assert_int_equal(move(w, 0, DAY_NS, true), ORDER_OK);
}

static void references_set_the_time_and_nobody_else(void **state)
{
	struct world *w = *state;

	w->host[2].config.mode = MODE_REFERENCE;
	quiet_begin_under_0(w, 30);
	assert_int_equal(move(w, 0, DAY_NS, false), ORDER_REFERENCE);
}

/* What an operator sets on one host only is named there; a little is slewed away, and more is
 * stepped. */
static void a_date_set_on_one_host_is_named_and_put_right_by_rule(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 30);
	struct deeds *d = quiet_deeds(w, 3);
	unsigned steps = quiet_steps(w);

	host_foreign_step(w, 3, 50 * NS_PER_MS); /* below step_threshold */
	assert_int_equal(d->n_notice[NOTICE_CLOCK_INTERFERENCE], 1);
	quiet_run(w, 10);
	assert_there(w, 0);
	assert_int_equal(quiet_steps(w), steps);
	host_foreign_step(w, 3, 600 * NS_PER_S);
	assert_int_equal(d->n_notice[NOTICE_CLOCK_INTERFERENCE], 2);
	assert_false(world_status(w, 3).synced && world_status(w, 3).bound_ns < NS_PER_S);
	quiet_run(w, 10);
	assert_there(w, 0);
	assert_int_equal(quiet_steps(w), steps + 1);
	assert_int_equal(d->n_notice[NOTICE_STEP], d->n_steps); /* and none of them is silent */
}

/* Whoever gave the order learns that it came to nothing. */
static void an_order_that_is_not_carried_out_is_told(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 30);
	assert_int_equal(move(w, 0, DAY_NS, false), ORDER_OK);
	quiet_isolate(w, 0);
	quiet_run(w, 15);
	assert_int_equal(quiet_deeds(w, 0)->n_notice[NOTICE_TIME_SET], 0);
	quiet_rejoin(w, 0);
	quiet_run(w, 40);
	assert_int_equal(quiet_deeds(w, 0)->n_notice[NOTICE_TIME_DROPPED], 1);
	assert_there(w, 0);
}

/* Nobody else knows the time that was ordered. */
static void an_order_dies_with_the_reign_of_its_master(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 30);
	assert_int_equal(move(w, 0, DAY_NS, false), ORDER_OK);
	while (!w->host[2].node->steering.date.obeys) {
		quiet_run(w, 0.001);
	}
	quiet_isolate(w, 0);
	while (world_status(w, 2).master != world_status(w, 1).id) {
		quiet_run(w, 0.0001);
	}
	assert_false(w->host[1].node->steering.date.obeys);
	assert_false(w->host[2].node->steering.date.obeys);
	quiet_run(w, 10);
	for (unsigned i = 1; i < w->n; i++) {
		assert_in_range(world_off_ns(w, i) + NS_PER_S, 0, 2 * NS_PER_S);
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_TIME_SET], 0);
	}
	/* Nor is another order taken for it. */
	quiet_rejoin(w, 0);
	quiet_run(w, 60);
	assert_int_equal(host_move_time(w, (unsigned)world_master(w, 0), NS_PER_MS, false, false,
					UID),
			 ORDER_OK);
	quiet_run(w, 5);
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(world_status(w, i).last_order.shift_ns, NS_PER_MS);
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_TIME_SET], 0);
	}
}

static void an_interval_is_ordered_to_the_nanosecond(void **state)
{
	struct world *w = *state;
	struct node_event ev = {.type = EV_ORDER};

	quiet_begin_under_0(w, 30);
	ev.order.order = ORDER_SET_TIME;
	ev.order.set_time.relative = true;
	ev.order.set_time.step = true;
	ev.order.set_time.shift_ns = DAY_NS;
	host_event(w, 0, &ev);
	assert_int_equal(w->fx.ordered.verdict, ORDER_OK);
	assert_int_equal(w->fx.ordered.moved_ns, DAY_NS);
	quiet_run(w, 5);
	assert_there(w, DAY_NS);
	assert_int_equal(world_status(w, 4).last_order.shift_ns, DAY_NS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, quiet_teardown)
		T(all_step_a_day_ahead_together),
		T(all_step_back_below_their_floors),
		T(a_floor_does_not_contest_an_order),
		T(a_small_order_is_obeyed_to_the_microsecond),
		T(an_order_confirms_the_date),
		T(a_host_that_comes_later_comes_to_the_ordered_time),
		T(a_dry_run_says_what_would_be_and_does_nothing),
		T(what_cannot_be_ordered_is_refused_and_changes_nothing),
		T(who_is_dropped_for_its_silence_is_absent_until_it_promises_nothing),
		T(who_is_forgotten_by_order_is_not_absent),
		T(whom_nobody_can_name_is_absent_as_well),
		T(who_is_heard_again_is_absent_until_it_follows),
		T(a_date_set_on_one_host_is_named_and_put_right_by_rule),
		T(an_order_that_is_not_carried_out_is_told),
		T(an_order_dies_with_the_reign_of_its_master),
		T(an_interval_is_ordered_to_the_nanosecond),
		T(references_set_the_time_and_nobody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
