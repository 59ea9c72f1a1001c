/* test_slew.c - an operator moves the group's time by slewing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/world/check.h"
#include "tests/world/quiet.h"

#define UID	 1000
#define PULL	 1e-4 /* max_drift */
#define APART_NS 20000

static enum order_verdict slew(struct world *w, unsigned i, int64_t by_ns, bool dry_run)
{
	return host_move_time(w, i, by_ns, false, dry_run, UID);
}

/* Group time against true time, without a slew: the same over a while, for oscillators keep
 * their rates. */
static double free_rate(struct world *w)
{
	int64_t before = world_off_ns(w, 2), since = w->now;

	quiet_run(w, 60);
	return (double)(world_off_ns(w, 2) - before) / (double)(w->now - since);
}

/* What group time did by itself. */
struct course {
	double rate;
	int64_t off_ns, since;
};

static struct course course_of(struct world *w)
{
	double rate = free_rate(w);

	return (struct course){rate, world_off_ns(w, 3), w->now};
}

/* By how much it was moved since. */
static int64_t moved_ns(const struct world *w, const struct course *c)
{
	return world_off_ns(w, 3) - c->off_ns - (int64_t)(c->rate * (double)(w->now - c->since));
}

static void assert_rate_is_as_before(struct world *w, const struct course *c, int64_t within_1e12)
{
	assert_in_range((int64_t)((free_rate(w) - c->rate) * 1e12) + within_1e12, 0,
			2 * within_1e12);
}

/* Go on, and see that no two clocks come apart, and that all bounds are small. */
static void run_together(struct world *w, double seconds)
{
	for (double s = 0; s < seconds; s += 0.125) {
		quiet_run(w, 0.125);
		assert_in_range(world_spread(w), 0, APART_NS);
		for (unsigned i = 0; i < w->n; i++) {
			assert_true(world_status(w, i).synced);
			assert_in_range(world_status(w, i).bound_ns, 0, 3 * NS_PER_MS);
		}
	}
}

static void assert_way(const struct world *w, enum time_way way)
{
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(world_status(w, i).last_order.way, way);
	}
}

/* Done when it was said, to the microsecond; nobody stepped, and group time runs as before. */
static void expect_slew(struct world *w, int64_t by_ns)
{
	quiet_begin_under_0(w, 300);
	struct course c = course_of(w);
	unsigned steps = quiet_steps(w);

	assert_int_equal(slew(w, 0, by_ns, false), ORDER_OK);
	assert_int_equal(w->fx.ordered.moved_ns, by_ns);
	int64_t takes = w->fx.ordered.takes_ns;

	assert_in_range(takes - (int64_t)((double)ns_abs(by_ns) / PULL), 0, 3 * NS_PER_S);
	run_together(w, (double)takes / 2e9);
	assert_way(w, TIME_SLEWS);
	for (unsigned i = 0; i < w->n; i++) {
		struct time_order o = world_status(w, i).last_order;

		assert_in_range(o.left_ns - by_ns / 2 + NS_PER_MS, 0, 2 * NS_PER_MS);
		assert_int_equal(o.uid, UID);
		assert_int_equal(o.host, world_status(w, 0).id);
		assert_int_equal(o.shift_ns, by_ns);
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_TIME_SLEWS], 1);
	}
	run_together(w, (double)takes / 2e9 + 2);
	assert_way(w, TIME_SLEWED);
	run_together(w, 60);
	assert_in_range(moved_ns(w, &c) - by_ns + 20000, 0, 40000);
	assert_rate_is_as_before(w, &c, 50000);
	assert_int_equal(quiet_steps(w), steps);
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_TIME_SLEW_ENDED], 1);
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_LIMIT_TRIPPED], 0);
	}
}

static void all_are_slewed_forward_together(void **state)
{
	expect_slew(*state, 40 * NS_PER_MS);
}

static void all_are_slewed_back_together(void **state)
{
	expect_slew(*state, -40 * NS_PER_MS);
}

/* How much is left after @seconds of a slew of @by_ns, when all know of it at once. */
static void assert_left(const struct world *w, int64_t by_ns, double seconds)
{
	int sign = by_ns < 0 ? -1 : 1;
	int64_t left = by_ns - (int64_t)(sign * PULL * seconds * 1e9);

	for (unsigned i = 0; i < w->n; i++) {
		if (w->host[i].up) {
			struct node_status st = world_status(w, i);

			/* It began when all had heard of it, some polls after the order. */
			assert_in_range(sign * (st.last_order.left_ns - left) + 5000, 0, 500000);
			/* All count down together, ... */
			assert_in_range(st.last_order.left_ns -
						world_status(w, 3).last_order.left_ns + 5000,
					0, 10000);
			/* and a bound allows for more than drift. */
			assert_true(st.role == ROLE_MASTER || st.line.growth_ppb > 400000);
		}
	}
}

static void a_second_order_replaces_the_first(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 300);
	assert_int_equal(slew(w, 0, 40 * NS_PER_MS, false), ORDER_OK);
	run_together(w, 100);
	assert_left(w, 40 * NS_PER_MS, 100);
	assert_int_equal(slew(w, 0, -10 * NS_PER_MS, false), ORDER_OK);
	run_together(w, 50);
	assert_left(w, -10 * NS_PER_MS, 50);
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_TIME_SLEWS], 2);
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_TIME_SLEW_ENDED], 1);
		assert_in_range(quiet_deeds(w, i)->slew_left_ns, 29 * NS_PER_MS, 31 * NS_PER_MS);
	}
	/* To move nothing more is an order too. */
	assert_int_equal(slew(w, 0, 0, false), ORDER_OK);
	run_together(w, 3);
	assert_way(w, TIME_SLEWED);
	int64_t before = world_off_ns(w, 3);

	run_together(w, 20);
	assert_in_range(world_off_ns(w, 3) - before + 30000, 0, 60000);
}

/* Whoever is master next goes on, whether the old one hands over, goes, or dies; and its group
 * time runs no faster for it when all is done. */
static void a_new_master_goes_on(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 300);
	struct course c = course_of(w);

	assert_int_equal(slew(w, 0, 40 * NS_PER_MS, false), ORDER_OK);
	run_together(w, 100);
	assert_int_equal(quiet_order(w, 0, ORDER_TRANSFER, 0), ORDER_OK);
	run_together(w, 100);
	assert_int_equal(world_master(w, 0), 1);
	assert_left(w, 40 * NS_PER_MS, 200);
	host_crash(w, 1);
	quiet_run(w, 5);
	host_boot(w, 1);
	quiet_run(w, 95);
	assert_true(world_master(w, 0) != 1);
	assert_left(w, 40 * NS_PER_MS, 300);
	run_together(w, 105);
	assert_way(w, TIME_SLEWED);
	assert_in_range(moved_ns(w, &c) - 40 * NS_PER_MS + 150000, 0, 300000);
	assert_rate_is_as_before(w, &c, 300000);
}

/* Its bound grows as fast as group time may go away: quiet_run() compares all pairs with their
 * bounds. */
static void who_is_cut_off_keeps_its_bound(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 300);
	assert_int_equal(slew(w, 0, 60 * NS_PER_MS, false), ORDER_OK);
	quiet_run(w, 20);
	quiet_isolate(w, 4);
	quiet_run(w, 300);
	assert_int_equal(world_status(w, 0).last_order.way, TIME_SLEWS);
	int64_t apart = world_off_ns(w, 0) - world_off_ns(w, 4);

	assert_in_range(ns_abs(apart), 0, NS_PER_MS); /* an island: it goes on too */
	quiet_rejoin(w, 4);
	quiet_run(w, 285);
	assert_way(w, TIME_SLEWED);
}

/* Nobody is pulled away from before it knows that it may be. */
static void it_begins_when_all_have_heard_of_it(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 300);
	assert_int_equal(slew(w, 0, 40 * NS_PER_MS, false), ORDER_OK);
	quiet_isolate(w, 4);
	quiet_run(w, 60);
	assert_int_equal(world_status(w, 0).last_order.way, TIME_SLEWS);
	assert_int_equal(world_status(w, 0).last_order.left_ns, 40 * NS_PER_MS);
	quiet_rejoin(w, 4);
	quiet_run(w, 60);
	assert_in_range(world_status(w, 0).last_order.left_ns, 34 * NS_PER_MS, 36 * NS_PER_MS);
}

/* Nor does a new master take for granted that they have. */
static void a_new_master_begins_when_all_have_heard_of_it(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 300);
	assert_int_equal(slew(w, 0, 40 * NS_PER_MS, false), ORDER_OK);
	quiet_isolate(w, 4);
	quiet_run(w, 5);
	assert_int_equal(quiet_order(w, 0, ORDER_TRANSFER, 0), ORDER_OK);
	quiet_run(w, 30);
	assert_int_equal(world_status(w, 1).role, ROLE_MASTER);
	assert_int_equal(world_status(w, 1).last_order.left_ns, 40 * NS_PER_MS);
}

static void what_cannot_be_slewed_is_refused(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 300);
	assert_int_equal(slew(w, 0, 8 * NS_PER_S, true), ORDER_OK); /* 22 h and a bit */
	assert_in_range(w->fx.ordered.takes_ns / NS_PER_S, 80000, 80003);
	assert_int_equal(slew(w, 0, 9 * NS_PER_S, false), ORDER_TOO_FAR);
	assert_int_equal(slew(w, 0, -9 * NS_PER_S, true), ORDER_TOO_FAR);
	quiet_isolate(w, 4);
	quiet_run(w, 5);
	assert_int_equal(slew(w, 0, NS_PER_S, false), ORDER_ABSENT);
	quiet_rejoin(w, 4);
	quiet_run(w, 5);
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(world_status(w, i).last_order.at.ns, 0);
	}
}

static void a_reference_ends_it_and_all_are_told(void **state)
{
	struct world *w = *state;

	w->host[4].config.mode = MODE_REFERENCE;
	w->host[0].config.priority = 200;
	w->host[1].config.priority = 150;
	for (unsigned i = 0; i < 4; i++) {
		w->host[i].contacts = 15;
		host_boot(w, i);
	}
	quiet_run(w, 300);
	assert_int_equal(slew(w, 0, 40 * NS_PER_MS, false), ORDER_OK);
	quiet_run(w, 60);
	host_boot(w, 4);
	quiet_run(w, 60);
	for (unsigned i = 0; i < 4; i++) {
		struct time_order o = world_status(w, i).last_order;

		assert_int_equal(o.way, TIME_SLEW_ENDED);
		assert_in_range(o.left_ns, 20 * NS_PER_MS, 36 * NS_PER_MS);
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_TIME_SLEW_ENDED], 1);
	}
}

static void steps_end_a_slew_and_all_are_told(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 300);
	assert_int_equal(slew(w, 0, 40 * NS_PER_MS, false), ORDER_OK);
	quiet_run(w, 60);
	assert_int_equal(host_set_time(w, 0, wall_add(world_wall(w, 0), 100 * NS_PER_S), false,
				       UID),
			 ORDER_OK);
	quiet_run(w, 10);
	assert_way(w, TIME_STEPPED);
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_TIME_SLEW_ENDED], 1);
		assert_in_range(world_off_ns(w, i), 99 * NS_PER_S, 101 * NS_PER_S);
	}
	/* What was stepped stays the word of an operator when a slew follows. */
	assert_int_equal(slew(w, 0, NS_PER_MS, false), ORDER_OK);
	quiet_run(w, 60);
	assert_true(world_status(w, 3).last_order.dated);
}

static void restart_all(struct world *w, bool reboot)
{
	for (unsigned i = 0; i < w->n; i++) {
		host_event(w, i, &(struct node_event){.type = EV_STOP});
		host_crash(w, i);
	}
	quiet_run(w, 2);
	for (unsigned i = 0; i < w->n; i++) {
		if (reboot) {
			host_power_cycle(w, i, 0);
		}
		host_boot(w, i);
	}
}

/* Daemons that are all started again go on from their lines, and with what was left then. */
static void it_goes_on_when_all_are_started_again(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 300);
	struct course c = course_of(w);

	assert_int_equal(slew(w, 0, 40 * NS_PER_MS, false), ORDER_OK);
	quiet_run(w, 200);
	restart_all(w, false);
	quiet_run(w, 20);
	assert_way(w, TIME_SLEWS);
	quiet_run(w, 220);
	assert_way(w, TIME_SLEWED);
	assert_in_range(moved_ns(w, &c) - 40 * NS_PER_MS + NS_PER_MS, 0, 2 * NS_PER_MS);
}

/* After a reboot there is no line to go on from. */
static void a_slew_that_a_reboot_ended_is_told(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 300);
	assert_int_equal(slew(w, 0, 40 * NS_PER_MS, false), ORDER_OK);
	quiet_run(w, 200);
	restart_all(w, true);
	quiet_run(w, 30);
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_TIME_SLEW_ENDED], 1);
		assert_true(world_status(w, i).last_order.way != TIME_SLEWS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, quiet_setup_dated, quiet_teardown)
		T(all_are_slewed_forward_together),
		T(all_are_slewed_back_together),
		T(a_second_order_replaces_the_first),
		T(a_new_master_goes_on),
		T(who_is_cut_off_keeps_its_bound),
		T(it_begins_when_all_have_heard_of_it),
		T(a_new_master_begins_when_all_have_heard_of_it),
		T(what_cannot_be_slewed_is_refused),
		T(a_reference_ends_it_and_all_are_told),
		T(steps_end_a_slew_and_all_are_told),
		T(it_goes_on_when_all_are_started_again),
		T(a_slew_that_a_reboot_ended_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
