/* test_date.c - the date as evidence: which date a group begins with, whose clock is not moved, and who says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/rules/date.h"
#include "tests/world/quiet.h"

#define DAY_NS	 (24 * 3600 * NS_PER_S)
#define YEARS_NS (10 * 365 * DAY_NS)
#define FLOOR_NS (100 * DAY_NS) /* how long before the right time all floors are */

/* --- The rule --- */

static int64_t chosen(unsigned max_liars, size_t n, const int64_t *offset, const bool *plausible)
{
	struct dated c[8];

	for (size_t i = 0; i < n; i++) {
		c[i] = (struct dated){offset[i], plausible ? plausible[i] : true};
	}
	return date_choose(c, n, max_liars, 0);
}

static void the_later_date_wins_unless_liars_could_have_made_it(void **state)
{
	(void)state;
	assert_int_equal(chosen(1, 1, (int64_t[]){5}, NULL), 5);
	assert_int_equal(chosen(1, 2, (int64_t[]){5, 9}, NULL), 9);	/* two bear no liar */
	assert_int_equal(chosen(1, 3, (int64_t[]){5, 99, 6}, NULL), 6); /* three bear one */
	assert_int_equal(chosen(0, 3, (int64_t[]){5, 99, 6}, NULL), 99);
	assert_int_equal(chosen(2, 4, (int64_t[]){5, 99, 6, 7}, NULL), 7); /* four bear one */
	assert_int_equal(chosen(2, 5, (int64_t[]){5, 99, 6, 98, 7}, NULL), 7);
	assert_int_equal(chosen(1, 4, (int64_t[]){5, 5, 5, 5}, NULL), 5);
}

static void a_majority_that_agrees_has_the_last_word(void **state)
{
	(void)state;
	assert_int_equal(chosen(1, 5, (int64_t[]){5, 99, 5, 98, 5}, NULL), 5);
	assert_int_equal(chosen(1, 4, (int64_t[]){5, 99, 5, 98}, NULL), 98);
	assert_int_equal(chosen(1, 3, (int64_t[]){5, 99, 5}, (bool[]){true, true, false}), 5);
}

static void a_date_that_is_known_to_be_wrong_is_not_chosen(void **state)
{
	(void)state;
	assert_int_equal(chosen(1, 3, (int64_t[]){5, 9, 7}, (bool[]){true, false, false}), 5);
	assert_int_equal(chosen(1, 3, (int64_t[]){5, 9, 7}, (bool[]){true, false, true}), 5);
	assert_int_equal(chosen(1, 3, (int64_t[]){5, 9, 7}, (bool[]){false, false, false}), 7);
}

static void no_more_liars_are_borne_than_a_majority_outvotes(void **state)
{
	(void)state;
	assert_int_equal(date_liars(0, 3), 0);
	assert_int_equal(date_liars(2, 3), 0);
	assert_int_equal(date_liars(3, 3), 1);
	assert_int_equal(date_liars(6, 3), 2);
	assert_int_equal(date_liars(100, 3), 3);
}

/* --- Groups --- */

/* Hosts that can prove that it is later than FLOOR_NS ago. */
static int setup(void **state)
{
	(void)quiet_setup(state);
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.floor = (wall_t){WORLD_WALL - FLOOR_NS};
		w->host[i].config.ceiling = (wall_t){WORLD_WALL + 3 * YEARS_NS};
	}
	return 0;
}

static void be_off(struct world *w, unsigned i, int64_t ns)
{
	w->host[i].clock.wall += ns;
}

/* How far host @i's clock is from the right time. */
static int64_t off_ns(const struct world *w, unsigned i)
{
	return wall_sub(world_wall(w, i), (wall_t){WORLD_WALL + w->now});
}

/* Hosts @first to @first + @n - 1 know each other. */
static void know(struct world *w, unsigned first, unsigned n)
{
	for (unsigned i = first; i < first + n; i++) {
		w->host[i].contacts = (uint16_t)(((1U << n) - 1) << first);
	}
}

static void assert_right(const struct world *w, unsigned i)
{
	assert_in_range(off_ns(w, i) + NS_PER_S, 0, 2 * NS_PER_S);
	assert_true(world_status(w, i).synced);
	assert_true(world_status(w, i).date_confirmed);
}

static void four_clocks_of_1970_take_the_date_of_the_fifth(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 4; i++) {
		be_off(w, i, -WORLD_WALL);
	}
	quiet_begin(w, 10);
	for (unsigned i = 0; i < w->n; i++) {
		assert_right(w, i);
		assert_true(quiet_deeds(w, i)->n_steps == (i < 4));
	}
	assert_int_equal(world_master(w, 0), 4); /* whose clock may be right leads */
}

static void a_clock_ten_years_ahead_moves_nobody(void **state)
{
	struct world *w = *state;

	be_off(w, 0, YEARS_NS);
	w->host[0].config.priority = 200;
	quiet_begin(w, 10);
	for (unsigned i = 1; i < w->n; i++) {
		assert_right(w, i);
		assert_int_equal(quiet_deeds(w, i)->n_steps, 0);
	}
	assert_right(w, 0); /* most agree on another date */
}

/* Founded at the latest floor, and moved on when somebody comes who knows better. */
static void blank_clocks_come_together_and_take_a_date_that_comes_later(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 4; i++) {
		be_off(w, i, -WORLD_WALL);
		host_boot(w, i);
	}
	quiet_run(w, 15);
	for (unsigned i = 0; i < 4; i++) {
		struct node_status st = world_status(w, i);

		assert_in_range(off_ns(w, i) + FLOOR_NS + 20 * NS_PER_S, 0, 20 * NS_PER_S);
		assert_true(st.has_line && !st.date_confirmed);
	}
	host_boot(w, 4);
	quiet_run(w, 10);
	for (unsigned i = 0; i < w->n; i++) {
		assert_right(w, i);
	}
	assert_int_equal(quiet_deeds(w, 4)->n_steps, 0);
}

/* It was there first, and is alone: it founds nothing. */
static void a_clock_of_1970_that_starts_first_moves_nobody(void **state)
{
	struct world *w = *state;

	be_off(w, 2, -WORLD_WALL);
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
		assert_right(w, i);
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
	be_off(w, 1, 2 * DAY_NS);
	host_boot(w, 0);
	host_boot(w, 1);
	quiet_run(w, 15);
	struct node_status st = world_status(w, 0);

	assert_int_equal(quiet_deeds(w, 0)->n_steps, 0);
	assert_in_range(off_ns(w, 0) + NS_PER_S, 0, 2 * NS_PER_S);
	assert_int_equal(st.refusal, CORRECT_FIRST_STEP);
	assert_false(st.synced);
	assert_true(quiet_deeds(w, 0)->n_notice[NOTICE_LIMIT_TRIPPED] > 0);
	assert_int_equal(quiet_order(w, 0, ORDER_STEP, 0), ORDER_OK);
	quiet_run(w, 5);
	assert_in_range(off_ns(w, 0) - 2 * DAY_NS + NS_PER_S, 0, 2 * NS_PER_S);
	assert_int_equal(world_status(w, 0).refusal, CORRECT_OK);
	assert_int_equal(world_status(w, 0).date, DATE_AGREES); /* the operator says so */
}

/* Two that agree on a wrong date, and a third whose own clock and disk say otherwise. */
static void a_clock_is_not_moved_below_what_its_host_can_prove(void **state)
{
	struct world *w = *state;

	quiet_isolate(w, 3);
	quiet_isolate(w, 4);
	be_off(w, 0, -2 * DAY_NS);
	be_off(w, 1, -2 * DAY_NS);
	w->host[2].config.floor = (wall_t){WORLD_WALL - DAY_NS};
	host_boot(w, 0);
	host_boot(w, 1);
	quiet_run(w, 15);
	host_boot(w, 2);
	quiet_run(w, 15);
	assert_in_range(off_ns(w, 2) + NS_PER_S, 0, 2 * NS_PER_S);
	assert_int_equal(world_status(w, 2).refusal, CORRECT_FLOOR);
	assert_false(world_status(w, 2).synced);
}

/* Two of five know that it is later than group time: one of them alone may be wrong. */
static void group_time_below_the_floor_of_two_is_moved_on_once(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		be_off(w, i, -2 * DAY_NS);
	}
	quiet_begin(w, 15);
	assert_in_range(off_ns(w, 3) + 2 * DAY_NS + NS_PER_S, 0, 2 * NS_PER_S);
	for (unsigned i = 3; i < w->n; i++) {
		host_crash(w, i);
		w->host[i].config.floor = (wall_t){WORLD_WALL - DAY_NS};
		host_boot(w, i);
		quiet_run(w, 15);
		if (i == 3) {
			assert_in_range(off_ns(w, 0) + 2 * DAY_NS + NS_PER_S, 0, 2 * NS_PER_S);
		}
	}
	for (unsigned i = 0; i < w->n; i++) {
		assert_true(off_ns(w, i) > -DAY_NS - 100 * NS_PER_S); /* time goes on */
		assert_true(world_status(w, i).synced);
	}
}

/* --- Alone --- */

static void a_host_that_has_met_nobody_is_alone(void **state)
{
	struct world *w = *state;

	host_boot(w, 0);
	quiet_run(w, 1000);
	struct node_status st = world_status(w, 0);

	assert_true(st.lack == LACK_COMPANY && !st.synced && !st.has_line);
	assert_int_equal(st.bound_ns, BOUND_UNKNOWN);
	assert_false(quiet_deeds(w, 0)->synced);
	quiet_boot_all(w);
	quiet_run(w, 10);
	assert_false((world_status(w, 0).lack == LACK_COMPANY));
	assert_true(world_status(w, 0).synced);
}

/* Not even of itself: that nobody is configured does not say that nobody is there. */
static void a_host_that_knows_of_nobody_is_alone(void **state)
{
	struct world *w = *state;

	w->host[0].contacts = 0;
	host_boot(w, 0);
	quiet_run(w, 30);
	assert_true((world_status(w, 0).lack == LACK_COMPANY) && !world_status(w, 0).has_line);
}

static void a_lone_host_may_be_a_group_where_it_is_told_so(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.min_hosts = 1;
		w->host[i].group_n = 1;
		w->host[i].group_first = i;
	}
	host_boot(w, 0);
	quiet_run(w, 10);
	assert_true(world_status(w, 0).synced && !(world_status(w, 0).lack == LACK_COMPANY));
}

/* A clock without a battery begins where the system software says, and counts from there. */
static void a_clock_that_only_counts_the_uptime_tells_no_date(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.reset = (wall_t){WORLD_WALL - DAY_NS};
	}
	for (unsigned i = 0; i < 4; i++) {
		be_off(w, i, 1700 * NS_PER_S - DAY_NS); /* as long as BOOTTIME when they boot */
		w->host[i].clock.boot = 1700 * NS_PER_S;
	}
	quiet_begin(w, 10);
	for (unsigned i = 0; i < w->n; i++) {
		assert_right(w, i);
		assert_int_equal(quiet_deeds(w, i)->n_steps, i < 4);
	}
}

/* What it followed once is past. */
static void group_time_on_disk_is_a_floor_at_once(void **state)
{
	struct world *w = *state;

	know(w, 0, 3);
	know(w, 3, 2);
	be_off(w, 4, 2 * DAY_NS);
	be_off(w, 3, 2 * DAY_NS);
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
		assert_right(w, i);
		assert_true(w->host[i].disk.time < WORLD_WALL + DAY_NS); /* his word is above it */
	}
}

/* Its first join is not spent on itself. */
static void a_late_link_costs_one_step(void **state)
{
	struct world *w = *state;

	be_off(w, 4, -12 * 3600 * NS_PER_S);
	w->host[4].config.floor =
		(wall_t){WORLD_WALL - 3600 * NS_PER_S}; /* it is known to be wrong */
	quiet_isolate(w, 4);
	quiet_begin(w, 90);
	assert_true((world_status(w, 4).lack == LACK_COMPANY));
	assert_int_equal(quiet_deeds(w, 4)->n_steps, 0);
	quiet_rejoin(w, 4);
	host_event(w, 4, &(struct node_event){.type = EV_LINK});
	quiet_run(w, 5);
	assert_right(w, 4);
	assert_int_equal(quiet_deeds(w, 4)->n_steps, 1);
}

/* --- A founding without all --- */

/* Three of five that have carried a time begin another one: the two others may still have the first. */
static void who_restarts_without_all_the_others_promises_nothing(void **state)
{
	struct world *w = *state;

	quiet_begin(w, 30);
	for (unsigned i = 0; i < 3; i++) {
		host_crash(w, i);
	}
	quiet_isolate(w, 3);
	quiet_isolate(w, 4);
	for (unsigned i = 0; i < 3; i++) {
		host_power_cycle(w, i, (int64_t)i * 100 * NS_PER_MS);
		host_boot(w, i);
	}
	quiet_run(w, 700); /* and no waiting makes it true */
	for (unsigned i = 0; i < 3; i++) {
		assert_true(world_status(w, i).has_line);
		assert_int_equal(world_status(w, i).bound_ns, BOUND_UNKNOWN);
	}
	unsigned m = 0;

	while (world_status(w, m).role != ROLE_MASTER) {
		m++;
	}
	assert_true(m < 3);
	assert_int_equal(world_status(w, m).lack, LACK_OTHERS);
	assert_int_equal(quiet_order(w, (m + 1) % 3, ORDER_FORGET, 0), ORDER_NOT_MASTER);
	assert_int_equal(quiet_order(w, m, ORDER_FORGET, world_status(w, (m + 1) % 3).id),
			 ORDER_IS_HERE);
	quiet_rejoin(w, 3);
	quiet_rejoin(w, 4);
	quiet_run(w, 60);
	for (unsigned i = 0; i < w->n; i++) {
		assert_true(world_status(w, i).synced);
	}
}

/* The operator knows better than the disk. */
static void who_is_forgotten_by_order_is_waited_for_no_more(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 3; i++) {
		w->host[i].disk.n_table = 5;
		host_boot(w, i);
	}
	quiet_run(w, 10);
	assert_int_equal(world_status(w, 0).lack, LACK_OTHERS);
	assert_int_equal(quiet_order(w, (unsigned)world_master(w, 0), ORDER_FORGET, 0), ORDER_OK);
	quiet_run(w, 3);
	assert_true(world_status(w, 0).synced);
	assert_int_equal(world_status(w, 0).n_table, 3);
	assert_false(world_status(w, 0).island);
}

/* Their table was of three; two more are configured since, and were never met. */
static void who_carried_a_time_waits_for_who_is_configured_too(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 3; i++) {
		w->host[i].disk.n_table = 3;
		host_boot(w, i);
	}
	quiet_run(w, 60);
	assert_int_equal(world_status(w, 0).bound_ns, BOUND_UNKNOWN);
	host_boot(w, 3);
	host_boot(w, 4);
	quiet_run(w, 10);
	assert_true(world_status(w, 0).synced);
}

/* A host with two addresses, of which one leads nowhere, is one host; one without an address is one, too. */
static void a_configured_host_counts_once(void **state)
{
	struct world *w = *state;
	struct addr nowhere = host_addr(60);

	for (unsigned i = 0; i < 2; i++) {
		w->host[i].contacts = 3; /* the two of them */
		w->host[i].disk.n_table = 2;
		host_boot(w, i);
		(void)node_add_contact(w->host[i].node, &nowhere, 1 - (int)i);
	}
	quiet_run(w, 10);
	assert_true(world_status(w, 0).synced);
	for (unsigned i = 0; i < 2; i++) {
		host_crash(w, i);
		host_boot(w, i);
		node_set_nameless(w->host[i].node, 1);
	}
	quiet_run(w, 10);
	assert_false(world_status(w, 0).synced);
}

/* A majority that never had a time: there can be no other. */
static void a_new_majority_promises_a_bound_without_the_others(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 3; i++) {
		host_boot(w, i);
	}
	quiet_run(w, 10);
	assert_true(world_status(w, 0).synced);
}

/* --- Islands of different foundings --- */

/* Each host of the smaller one has stepped once, onto another time. */
static void two_islands_that_never_met_are_one_only_by_order(void **state)
{
	struct world *w = *state;

	know(w, 0, 3);
	know(w, 3, 2);
	be_off(w, 3, 10 * NS_PER_S);
	be_off(w, 4, 10 * NS_PER_S + NS_PER_S / 2);
	quiet_begin(w, 20);
	assert_true(world_status(w, 0).synced && world_status(w, 4).synced);
	assert_int_equal(quiet_deeds(w, 4)->n_steps, 1);
	host_add_contact(w, 3, 0);
	host_add_contact(w, 4, 0);
	quiet_run(w, 20);
	for (unsigned i = 3; i < w->n; i++) {
		struct node_status st = world_status(w, i);

		assert_int_equal(st.master, world_status(w, 0).master);
		assert_int_equal(st.refusal, CORRECT_SECOND_STEP);
		assert_false(st.synced);
		assert_true(st.bound_ns > 9 * NS_PER_S); /* and it says how far off it is */
		assert_int_equal(quiet_deeds(w, i)->n_steps, 1);
		assert_int_equal(quiet_order(w, i, ORDER_STEP, 0), ORDER_OK);
	}
	quiet_run(w, 5);
	for (unsigned i = 0; i < w->n; i++) {
		assert_right(w, i);
	}
}

/* Two of five are no majority: their founding promised nothing, so the step that it cost is no loss. */
static void who_was_promised_nothing_may_step_again(void **state)
{
	struct world *w = *state;

	world_split(w, 3);
	be_off(w, 3, 10 * NS_PER_S);
	be_off(w, 4, 10 * NS_PER_S + NS_PER_S / 2);
	quiet_begin(w, 20);
	assert_int_equal(world_status(w, 4).bound_ns, BOUND_UNKNOWN);
	assert_int_equal(quiet_deeds(w, 4)->n_steps, 1);
	world_split(w, 0);
	quiet_run(w, 20);
	for (unsigned i = 0; i < w->n; i++) {
		assert_right(w, i);
		assert_int_equal(quiet_deeds(w, i)->n_steps, i < 3 ? 0 : 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_later_date_wins_unless_liars_could_have_made_it),
		cmocka_unit_test(a_majority_that_agrees_has_the_last_word),
		cmocka_unit_test(a_date_that_is_known_to_be_wrong_is_not_chosen),
		cmocka_unit_test(no_more_liars_are_borne_than_a_majority_outvotes),
#define T(name) cmocka_unit_test_setup_teardown(name, setup, quiet_teardown)
		T(four_clocks_of_1970_take_the_date_of_the_fifth),
		T(a_clock_ten_years_ahead_moves_nobody),
		T(blank_clocks_come_together_and_take_a_date_that_comes_later),
		T(a_clock_of_1970_that_starts_first_moves_nobody),
		T(a_clock_that_may_be_right_is_not_moved_far_by_one_other),
		T(a_clock_is_not_moved_below_what_its_host_can_prove),
		T(group_time_below_the_floor_of_two_is_moved_on_once),
		T(a_host_that_has_met_nobody_is_alone),
		T(a_host_that_knows_of_nobody_is_alone),
		T(a_lone_host_may_be_a_group_where_it_is_told_so),
		T(a_clock_that_only_counts_the_uptime_tells_no_date),
		T(group_time_on_disk_is_a_floor_at_once),
		T(a_late_link_costs_one_step),
		T(who_restarts_without_all_the_others_promises_nothing),
		T(who_carried_a_time_waits_for_who_is_configured_too),
		T(who_was_promised_nothing_may_step_again),
		T(two_islands_that_never_met_are_one_only_by_order),
		T(a_configured_host_counts_once),
		T(who_is_forgotten_by_order_is_waited_for_no_more),
		T(a_new_majority_promises_a_bound_without_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
