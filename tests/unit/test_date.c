/* test_date.c - the date as evidence: which date a group takes, and whose clock is not moved. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/node/budget.h"
#include "core/node/state.h"
#include "tests/world/dates.h"
#include "tests/world/node.h"

static void four_clocks_of_1970_take_the_date_of_the_fifth(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 4; i++) {
		dates_be_off(w, i, -WORLD_WALL);
	}
	quiet_begin(w, 10);
	for (unsigned i = 0; i < w->n; i++) {
		dates_assert_right(w, i);
		assert_true(quiet_deeds(w, i)->n_steps == (i < 4));
	}
	assert_int_equal(world_master(w, 0), 4); /* whose clock may be right leads */
}

static void a_clock_ten_years_ahead_moves_nobody(void **state)
{
	struct world *w = *state;

	dates_be_off(w, 0, YEARS_NS);
	w->host[0].config.priority = 200;
	quiet_begin(w, 10);
	for (unsigned i = 1; i < w->n; i++) {
		dates_assert_right(w, i);
		assert_int_equal(quiet_deeds(w, i)->n_steps, 0);
	}
	dates_assert_right(w, 0); /* most agree on another date */
}

/* Founded at the latest floor, and moved on when somebody comes who knows better. */
static void blank_clocks_come_together_and_take_a_date_that_comes_later(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 4; i++) {
		dates_be_off(w, i, -WORLD_WALL);
		host_boot(w, i);
	}
	quiet_run(w, 15);
	for (unsigned i = 0; i < 4; i++) {
		struct node_status st = world_status(w, i);

		assert_in_range(world_off_ns(w, i) + FLOOR_NS + 20 * NS_PER_S, 0, 20 * NS_PER_S);
		assert_true(st.has_line && !st.date_confirmed);
	}
	host_boot(w, 4);
	quiet_run(w, 10);
	for (unsigned i = 0; i < w->n; i++) {
		dates_assert_right(w, i);
	}
	assert_int_equal(quiet_deeds(w, 4)->n_steps, 0);
}

/* It was there first, and is alone: it founds nothing. */
static void a_clock_of_1970_that_starts_first_moves_nobody(void **state)
{
	struct world *w = *state;

	dates_be_off(w, 2, -WORLD_WALL);
	w->host[2].config.priority = 200;
	host_boot(w, 2);
	quiet_run(w, 30);
	assert_true((world_status(w, 2).lack == LACK_COMPANY) && !world_status(w, 2).synced);
	assert_int_equal(quiet_deeds(w, 2)->n_steps, 0);
	for (unsigned i = 0; i < w->n; i++) {
		if (i != 2) {
			host_boot(w, i);
		}
	}
	quiet_run(w, 10);
	for (unsigned i = 0; i < w->n; i++) {
		dates_assert_right(w, i);
		assert_int_equal(quiet_deeds(w, i)->n_steps, i == 2);
	}
}

/* Neither of two can prove the other wrong: the one whose clock does not win stays where it is. */
static void a_clock_that_may_be_right_is_not_moved_far_by_one_other(void **state)
{
	struct world *w = *state;

	quiet_isolate(w, 2);
	quiet_isolate(w, 3);
	quiet_isolate(w, 4);
	dates_be_off(w, 1, 2 * DAY_NS);
	host_boot(w, 0);
	host_boot(w, 1);
	quiet_run(w, 15);
	struct node_status st = world_status(w, 0);

	assert_int_equal(quiet_deeds(w, 0)->n_steps, 0);
	assert_in_range(world_off_ns(w, 0) + NS_PER_S, 0, 2 * NS_PER_S);
	assert_int_equal(st.refusal, CORRECT_FIRST_STEP);
	assert_false(st.synced);
	assert_true(quiet_deeds(w, 0)->n_notice[NOTICE_LIMIT_TRIPPED] > 0);
	assert_int_equal(quiet_order(w, 0, ORDER_STEP, 0), ORDER_OK);
	quiet_run(w, 5);
	assert_in_range(world_off_ns(w, 0) - 2 * DAY_NS + NS_PER_S, 0, 2 * NS_PER_S);
	assert_int_equal(world_status(w, 0).refusal, CORRECT_OK);
	assert_int_equal(world_status(w, 0).date, DATE_AGREES); /* the operator says so */
}

/* Attack seed 3693: a blank clock takes any date but one that cannot be. */
static void a_clock_is_not_moved_to_where_no_date_can_be(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 2; i++) {
		dates_be_off(w, i, 4 * YEARS_NS);
		w->host[i].config.ceiling = (wall_t){INT64_MAX};
		host_boot(w, i);
	}
	quiet_run(w, 15);
	dates_be_off(w, 2, -YEARS_NS);
	host_boot(w, 2);
	quiet_run(w, 15);
	assert_int_equal(quiet_deeds(w, 2)->n_steps, 0);
	assert_int_equal(world_status(w, 2).refusal, CORRECT_CEILING);
	assert_int_equal(quiet_deeds(w, 2)->n_notice[NOTICE_LIMIT_TRIPPED], 1);
	assert_int_equal(quiet_order(w, 2, ORDER_STEP, 0), ORDER_TOO_LATE);
	assert_int_equal(quiet_deeds(w, 2)->n_steps, 0);
}

/* Two that agree on a wrong date, and a third whose own clock and disk say otherwise. */
static void a_clock_is_not_moved_below_what_its_host_can_prove(void **state)
{
	struct world *w = *state;

	quiet_isolate(w, 3);
	quiet_isolate(w, 4);
	dates_be_off(w, 0, -2 * DAY_NS);
	dates_be_off(w, 1, -2 * DAY_NS);
	w->host[2].config.floor = (wall_t){WORLD_WALL - DAY_NS};
	host_boot(w, 0);
	host_boot(w, 1);
	quiet_run(w, 15);
	host_boot(w, 2);
	quiet_run(w, 15);
	assert_in_range(world_off_ns(w, 2) + NS_PER_S, 0, 2 * NS_PER_S);
	assert_int_equal(world_status(w, 2).refusal, CORRECT_FLOOR);
	assert_false(world_status(w, 2).synced);
}

/* Not only a date that is hours off is worse than one that may be right. */
static void a_clock_that_may_be_right_by_minutes_is_believed_before_blank_ones(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.floor = (wall_t){WORLD_WALL - 600 * NS_PER_S};
	}
	for (unsigned i = 0; i < 4; i++) {
		dates_be_off(w, i, -WORLD_WALL);
		host_boot(w, i);
	}
	quiet_run(w, 15);
	assert_false(world_status(w, 0).date_confirmed);
	host_boot(w, 4);
	quiet_run(w, 10);
	for (unsigned i = 0; i < w->n; i++) {
		dates_assert_right(w, i);
	}
	assert_int_equal(quiet_deeds(w, 4)->n_steps, 0);
	assert_int_equal(quiet_deeds(w, 4)->n_notice[NOTICE_LIMIT_TRIPPED], 0);
}

/* Two of five know that it is later than group time: one of them alone may be wrong. */
static void group_time_below_the_floor_of_two_is_moved_on_once(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		dates_be_off(w, i, -2 * DAY_NS);
	}
	quiet_begin(w, 15);
	assert_in_range(world_off_ns(w, 3) + 2 * DAY_NS + NS_PER_S, 0, 2 * NS_PER_S);
	for (unsigned i = 3; i < w->n; i++) {
		host_crash(w, i);
		w->host[i].config.floor = (wall_t){WORLD_WALL - DAY_NS};
		host_boot(w, i);
		quiet_run(w, 15);
		if (i == 3) {
			assert_in_range(world_off_ns(w, 0) + 2 * DAY_NS + NS_PER_S, 0,
					2 * NS_PER_S);
		}
	}
	for (unsigned i = 0; i < w->n; i++) {
		assert_true(world_off_ns(w, i) > -DAY_NS - 100 * NS_PER_S); /* time goes on */
		assert_true(world_status(w, i).synced);
	}
}

/* Attack seed 3266: a master that has floors told it, again and again, and moves its own clock. */
static void a_master_gives_up_its_line_few_times_an_hour(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		dates_be_off(w, i, -20 * DAY_NS);
	}
	quiet_begin(w, 15);
	for (int k = 1; k <= 6; k++) {
		for (unsigned i = 3; i < w->n; i++) {
			host_crash(w, i);
			w->host[i].config.floor = (wall_t){WORLD_WALL - (20 - k) * DAY_NS};
			host_boot(w, i);
		}
		quiet_run(w, 40);
	}
	assert_int_equal(world_master(w, 0), 0);
	assert_in_range(quiet_deeds(w, 0)->n_steps, 2, 3);
	assert_false(budget_takes_date(w->host[0].node));
	assert_int_equal(quiet_deeds(w, 0)->n_notice[NOTICE_FOUNDING], 3);
	/* That it keeps the date, once a minute of two and a half. */
	assert_in_range(quiet_deeds(w, 0)->n_limit[LIMIT_DATES], 2, 3);
}

/* A clock without a battery begins where the system software says, and counts from there. */
static void a_clock_that_only_counts_the_uptime_tells_no_date(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.reset = (wall_t){WORLD_WALL - DAY_NS};
	}
	for (unsigned i = 0; i < 4; i++) {
		dates_be_off(w, i,
			     1700 * NS_PER_S - DAY_NS); /* as long as BOOTTIME when they boot */
		w->host[i].clock.boot = 1700 * NS_PER_S;
	}
	quiet_begin(w, 10);
	for (unsigned i = 0; i < w->n; i++) {
		dates_assert_right(w, i);
		assert_int_equal(quiet_deeds(w, i)->n_steps, i < 4);
	}
}

/* A host that starts again within a minute of its last touch of that file has a right clock. */
static void a_clock_that_goes_on_after_a_quick_start_tells_the_date(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.reset = (wall_t){WORLD_WALL - 10 * NS_PER_S};
		w->host[i].clock.boot = 0;
	}
	for (unsigned i = 0; i < 2; i++) {
		dates_be_off(w, i, -2 * DAY_NS);
	}
	quiet_begin(w, 10);
	for (unsigned i = 2; i < w->n; i++) {
		dates_assert_right(w, i);
		assert_int_equal(w->host[i].node->steering.date.ours, DATE_AGREES);
	}
}

/* It has been up for longer than that file is old, so the clock was not set to that file. */
static void a_clock_that_has_gone_on_for_long_tells_the_date(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.reset = (wall_t){WORLD_WALL - 10 * NS_PER_S};
		w->host[i].clock.boot = 3600 * NS_PER_S;
	}
	dates_be_off(w, 0, -2 * DAY_NS);
	quiet_begin(w, 10);
	for (unsigned i = 1; i < w->n; i++) {
		dates_assert_right(w, i);
		assert_int_equal(world_status(w, i).date, DATE_AGREES);
	}
}

/* The date that its clock shows is the group's, however often another hand nudges it. */
static void a_blank_clock_that_is_nudged_has_no_date_of_its_own(void **state)
{
	struct world *w = *state;

	dates_be_off(w, 0, -WORLD_WALL);
	quiet_begin(w, 20);
	dates_assert_right(w, 0);
	assert_int_equal(world_status(w, 0).date, DATE_NONE);
	host_foreign_step(w, 0, 50 * NS_PER_MS);
	assert_int_equal(quiet_deeds(w, 0)->n_notice[NOTICE_CLOCK_INTERFERENCE], 1);
	quiet_run(w, 10);
	dates_assert_right(w, 0);
	assert_int_equal(world_status(w, 0).date, DATE_NONE);
}

/* Its own image says so: two of five that started first are no majority of those that it knows. */
static void a_clock_that_may_be_right_waits_for_most_of_those_it_knows(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 2; i++) {
		dates_be_off(w, i, DAY_NS);
		host_boot(w, i);
	}
	quiet_run(w, 10);
	host_boot(w, 2);
	quiet_run(w, 10);
	assert_int_equal(world_status(w, 2).refusal, CORRECT_FIRST_STEP);
	assert_int_equal(quiet_deeds(w, 2)->n_steps, 0);
	host_boot(w, 3);
	host_boot(w, 4);
	quiet_run(w, 10);
	assert_int_equal(quiet_deeds(w, 2)->n_steps, 0);
}

static void an_observer_takes_no_date_for_a_floor_that_its_clock_does_not_show(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 4; i++) {
		dates_be_off(w, i, YEARS_NS / 10);
	}
	w->host[4].config.mode = MODE_OBSERVE;
	quiet_begin(w, 80);
	struct node *n = w->host[4].node;

	assert_true(world_status(w, 4).has_line && w->host[4].disk.time != 0);
	assert_true(n->steering.date.own_floor.ns < world_wall(w, 4).ns);
	assert_true(w->host[3].node->steering.date.own_floor.ns > WORLD_WALL);
}

/* All are wrong, and not all of them are behind. */
static void clocks_beyond_what_can_be_tell_no_date(void **state)
{
	struct world *w = *state;

	dates_know(w, 0, 2);
	for (unsigned i = 0; i < 2; i++) {
		dates_be_off(w, i, 4 * YEARS_NS);
		host_boot(w, i);
	}
	quiet_run(w, 15);
	for (unsigned i = 0; i < 2; i++) {
		assert_true(world_status(w, i).has_line);
		assert_in_range(world_off_ns(w, i) + FLOOR_NS + 15 * NS_PER_S, 0, 15 * NS_PER_S);
	}
}

/* Host 0 has the right date, host 1 has taken it, and host 2, a day behind, has not. */
static void begin_with_one_who_refuses(struct world *w)
{
	dates_know(w, 0, 3);
	dates_be_off(w, 1, -YEARS_NS);
	dates_be_off(w, 2, -DAY_NS);
	w->host[1].config.priority = 0;
	host_boot(w, 0);
	host_boot(w, 1);
	quiet_run(w, 80); /* what is past is on disk by then */
	host_boot(w, 2);
	quiet_run(w, 80);
	assert_int_equal(world_status(w, 2).refusal, CORRECT_FIRST_STEP);
	quiet_isolate(w, 0);
	host_crash(w, 2);
	assert_true(w->host[2].disk.line.any && w->host[2].disk.line.confirmed);
}

static void who_starts_again_knows_what_was_known_of_the_date(void **state)
{
	struct world *w = *state;

	begin_with_one_who_refuses(w);
	host_boot(w, 2);
	quiet_run(w, 20);
	assert_true(world_status(w, 2).date_confirmed);
	assert_int_equal(world_status(w, 1).master, world_status(w, 2).id);
	assert_in_range(world_off_ns(w, 1) + NS_PER_S, 0, 2 * NS_PER_S);
	assert_int_equal(quiet_deeds(w, 2)->n_notice[NOTICE_FOUNDING], 0);
}

/* It has no date of its own, and can prove that the one that it has taken was not too late. */
static void a_clock_that_has_taken_the_date_is_not_moved_below_it(void **state)
{
	struct world *w = *state;

	begin_with_one_who_refuses(w);
	w->host[2].disk.line.confirmed = false; /* so the group is founded anew */
	host_boot(w, 2);
	quiet_run(w, 20);
	assert_int_equal(quiet_deeds(w, 2)->n_notice[NOTICE_FOUNDED], 1);
	assert_in_range(world_off_ns(w, 1) + NS_PER_S, 0, 2 * NS_PER_S);
	assert_int_equal(world_status(w, 1).refusal, CORRECT_FLOOR);
	assert_false(world_status(w, 1).synced);
}

/* What its clock shows is the date of the group, and no word of its own. */
static void a_blank_clock_is_blank_when_the_daemon_starts_again(void **state)
{
	struct world *w = *state;

	dates_know(w, 0, 2);
	for (unsigned i = 0; i < 2; i++) {
		dates_be_off(w, i, -YEARS_NS);
		host_boot(w, i);
	}
	quiet_run(w, 30);
	assert_true(world_status(w, 0).synced && !world_status(w, 0).date_confirmed);
	for (unsigned i = 0; i < 2; i++) {
		host_crash(w, i);
		host_boot(w, i);
		quiet_run(w, 10);
	}
	for (unsigned i = 0; i < 2; i++) {
		assert_true(world_status(w, i).synced && !world_status(w, i).date_confirmed);
		assert_int_equal(world_status(w, i).date, DATE_NONE);
	}
}

/* What it followed once is past. */
static void group_time_on_disk_is_a_floor_at_once(void **state)
{
	struct world *w = *state;

	dates_know(w, 0, 3);
	dates_know(w, 3, 2);
	dates_be_off(w, 4, 2 * DAY_NS);
	dates_be_off(w, 3, 2 * DAY_NS);
	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.max_liars = 2; /* so many floors do not move the others */
	}
	quiet_begin(w, 20);
	host_add_contact(w, 3, 0);
	host_add_contact(w, 4, 0);
	quiet_run(w, 20);
	for (unsigned i = 3; i < w->n; i++) {
		assert_int_equal(world_status(w, i).refusal, CORRECT_FLOOR);
		assert_int_equal(quiet_order(w, i, ORDER_STEP, 0), ORDER_OK);
	}
	quiet_run(w, 20);
	for (unsigned i = 0; i < w->n; i++) {
		dates_assert_right(w, i);
		assert_true(w->host[i].disk.time < WORLD_WALL + DAY_NS); /* his word is above it */
	}
}

/* Of @n hosts the first @n_wrong are @off_ns off; of those and the others, one part starts
 * @later_s later. */
static void begin_in_order(unsigned n, unsigned n_wrong, int64_t off, bool wrong_first,
			   double later_s)
{
	struct world *w = quiet_new(n);

	dates_know_floors(w);
	for (unsigned i = 0; i < n_wrong; i++) {
		dates_be_off(w, i, off);
		w->host[i].config.priority = 200;
	}
	for (unsigned part = 0; part < 2; part++) {
		bool wrong = (part == 0) == wrong_first;

		for (unsigned i = wrong ? 0 : n_wrong; i < (wrong ? n_wrong : n); i++) {
			host_boot(w, i);
		}
		quiet_run(w, part == 0 ? later_s : 10);
	}
	for (unsigned i = 0; i < n; i++) {
		dates_assert_right(w, i);
		assert_true(i < n_wrong || quiet_deeds(w, i)->n_steps == 0);
	}
	quiet_free(w);
}

static void the_right_date_wins_in_every_order_of_start(void **state)
{
	static const int64_t off[] = {-WORLD_WALL, -YEARS_NS};
	static const unsigned sizes[] = {2, 3, 5};

	(void)state;
	for (unsigned k = 0; k < 3; k++) {
		for (unsigned wrong = 1; wrong < sizes[k]; wrong++) {
			for (unsigned kind = 0; kind < 4; kind++) {
				begin_in_order(sizes[k], wrong, off[kind / 2], kind % 2, 15);
				begin_in_order(sizes[k], wrong, off[kind / 2], kind % 2, 0.5);
			}
		}
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, dates_setup, quiet_teardown)
	const struct CMUnitTest tests[] = {
		T(four_clocks_of_1970_take_the_date_of_the_fifth),
		T(a_clock_ten_years_ahead_moves_nobody),
		T(blank_clocks_come_together_and_take_a_date_that_comes_later),
		T(a_clock_of_1970_that_starts_first_moves_nobody),
		T(a_clock_that_may_be_right_is_not_moved_far_by_one_other),
		T(a_clock_is_not_moved_to_where_no_date_can_be),
		T(a_clock_is_not_moved_below_what_its_host_can_prove),
		T(a_clock_that_may_be_right_by_minutes_is_believed_before_blank_ones),
		T(group_time_below_the_floor_of_two_is_moved_on_once),
		T(a_master_gives_up_its_line_few_times_an_hour),
		T(a_clock_that_only_counts_the_uptime_tells_no_date),
		T(a_clock_that_goes_on_after_a_quick_start_tells_the_date),
		T(a_clock_that_has_gone_on_for_long_tells_the_date),
		T(a_blank_clock_that_is_nudged_has_no_date_of_its_own),
		T(a_clock_that_may_be_right_waits_for_most_of_those_it_knows),
		T(an_observer_takes_no_date_for_a_floor_that_its_clock_does_not_show),
		T(clocks_beyond_what_can_be_tell_no_date),
		T(who_starts_again_knows_what_was_known_of_the_date),
		T(a_clock_that_has_taken_the_date_is_not_moved_below_it),
		T(a_blank_clock_is_blank_when_the_daemon_starts_again),
		T(group_time_on_disk_is_a_floor_at_once),
		cmocka_unit_test(the_right_date_wins_in_every_order_of_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
