/* test_founding.c - who may found a group, what it promises then, and how two foundings become
 * one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/node/clock.h"
#include "tests/world/dates.h"

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

/* Its first join is not spent on itself.  The other four agree on their date by themselves. */
static void late_link_costs_one_step(void **state, int64_t ns, int64_t floor_ns)
{
	struct world *w = *state;

	dates_be_off(w, 4, ns);
	w->host[4].config.floor = (wall_t){WORLD_WALL + floor_ns};
	quiet_isolate(w, 4);
	quiet_begin(w, 90);
	assert_int_equal(world_status(w, 4).lack, LACK_COMPANY);
	assert_int_equal(quiet_deeds(w, 4)->n_steps, 0);
	quiet_rejoin(w, 4);
	host_event(w, 4, &(struct node_event){.type = EV_LINK});
	quiet_run(w, 5);
	dates_assert_right(w, 4);
	assert_int_equal(quiet_deeds(w, 4)->n_steps, 1);
}

static void a_link_that_comes_late_costs_one_step_of_5_s(void **state)
{
	late_link_costs_one_step(state, -5 * NS_PER_S, -FLOOR_NS);
}

static void a_link_that_comes_late_costs_one_step_of_1000_s(void **state)
{
	late_link_costs_one_step(state, 1000 * NS_PER_S, -FLOOR_NS);
}

static void a_link_that_comes_late_costs_one_step_of_12_h(void **state)
{
	late_link_costs_one_step(state, -12 * HOUR_NS, -FLOOR_NS);
}

static void a_clock_that_is_known_to_be_wrong_costs_one_step(void **state)
{
	late_link_costs_one_step(state, -12 * HOUR_NS, -HOUR_NS);
}

/* P11: the first burst is enough, for a founding and for whoever comes later. */
static void slow_polls_make_nobody_wait_for_the_first_time(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.poll_ns = w->host[i].config.poll_ns_min = 64 * NS_PER_S;
		w->host[i].config.max_skew_ns = 0;
	}
	for (unsigned i = 0; i < 4; i++) {
		host_boot(w, i);
	}
	quiet_run(w, 10);
	for (unsigned i = 0; i < 4; i++) {
		assert_true(world_status(w, i).synced);
		assert_true(world_status(w, i).bound_ns < 10 * NS_PER_MS);
	}
	quiet_run(w, 300);
	host_boot(w, 4);
	quiet_run(w, 20);
	assert_true(world_status(w, 4).synced);
}

/* --- A founding without all --- */

/* Its members have a line, and were told last that the date was being found. */
static void a_master_that_dies_while_it_founds_anew_is_replaced(void **state)
{
	struct world *w = *state;
	unsigned m = 0;

	for (unsigned i = 0; i < 4; i++) {
		dates_be_off(w, i, -WORLD_WALL);
		host_boot(w, i);
	}
	quiet_run(w, 15);
	while (world_status(w, m).role != ROLE_MASTER) {
		m++;
	}
	unsigned founded = quiet_deeds(w, m)->n_notice[NOTICE_FOUNDED];

	host_boot(w, 4);
	while (quiet_deeds(w, m)->n_notice[NOTICE_FOUNDED] == founded) {
		quiet_run(w, 1e-4);
	}
	quiet_run(w, 1e-4);
	host_crash(w, m);
	quiet_run(w, 60);
	assert_true(world_master(w, 0) >= 0);
	host_boot(w, m); /* without it nothing is promised: it may have the time that it founded */
	quiet_run(w, 10);
	for (unsigned i = 0; i < w->n; i++) {
		dates_assert_right(w, i);
	}
}

/* Whoever may be right but is excluded tells no date: nothing is founded anew for it, again and
 * again. */
static void an_excluded_clock_founds_nothing_anew(void **state)
{
	struct world *w = *state;
	unsigned m = 0, n_founded = 0;

	w->host[4].config.priority = 0;
	for (unsigned i = 0; i < 4; i++) {
		dates_be_off(w, i, -WORLD_WALL);
	}
	for (unsigned i = 0; i < 4; i++) {
		host_boot(w, i);
	}
	quiet_run(w, 15);
	while (world_status(w, m).role != ROLE_MASTER) {
		m++;
	}
	host_boot(w, 4);
	quiet_run(w, 0.02);
	assert_int_equal(quiet_order(w, m, ORDER_EXCLUDE, world_status(w, 4).id), ORDER_OK);
	for (unsigned i = 0; i < w->n; i++) {
		n_founded -= quiet_deeds(w, i)->n_notice[NOTICE_FOUNDED];
	}
	quiet_run(w, 120);
	for (unsigned i = 0; i < w->n; i++) {
		n_founded += quiet_deeds(w, i)->n_notice[NOTICE_FOUNDED];
	}
	assert_int_equal(n_founded, 0);
}

/* All were here, and are not any more: those who are left may found a group, too. */
static void a_master_that_is_cut_off_as_it_founds_promises_nothing(void **state)
{
	struct world *w = *state;
	unsigned m = 0;

	quiet_boot_all(w);
	while (world_master(w, 0) < 0) {
		quiet_run(w, 1e-3);
	}
	m = (unsigned)world_master(w, 0);
	quiet_run(w, 0.2); /* they have answered, and are taken for here for seconds */
	assert_false(world_status(w, m).has_line);
	quiet_isolate(w, m);
	quiet_run(w, 20);
	assert_true(world_status(w, m).has_line);
	assert_int_equal(world_status(w, m).bound_ns, BOUND_UNKNOWN);
	quiet_rejoin(w, m);
	quiet_run(w, 20);
	for (unsigned i = 0; i < w->n; i++) {
		dates_assert_right(w, i);
	}
}

/* The daemon ends in order and starts again, with its cable out. */
static void restart_alone(struct world *w, unsigned i, bool power)
{
	quiet_isolate(w, i);
	host_event(w, i, &(struct node_event){.type = EV_STOP});
	host_crash(w, i);
	if (power) {
		host_power_cycle(w, i, 2 * NS_PER_MS);
	}
	quiet_run(w, 10);
	host_boot(w, i);
}

/* RAW has not stopped meanwhile: what was known is known, and grows. */
static void who_restarts_with_its_cable_out_is_in_holdover(void **state)
{
	struct world *w = *state;

	quiet_begin(w, 30);
	restart_alone(w, 3, false);
	quiet_run(w, 0.2);
	int64_t bound_ns = world_status(w, 3).bound_ns;

	quiet_run(w, 0.8); /* it has not stood for election yet */
	assert_true(world_status(w, 3).bound_ns > bound_ns + 100 * NS_PER_US);
	quiet_run(w, 19);
	struct node_status st = world_status(w, 3);

	assert_true(st.synced);
	assert_in_range(st.bound_ns, 2 * NS_PER_MS, 20 * NS_PER_MS); /* 200 ppm for 30 s */
	assert_int_equal(quiet_deeds(w, 3)->n_steps, 0);
	quiet_rejoin(w, 3);
	quiet_run(w, 30);
	assert_int_equal(world_status(w, 3).master, world_status(w, 0).master);
	assert_true(world_status(w, 3).bound_ns < NS_PER_MS);
}

static void who_reboots_with_its_cable_out_knows_nothing(void **state)
{
	struct world *w = *state;

	quiet_begin(w, 30);
	restart_alone(w, 3, true);
	quiet_run(w, 20);
	assert_int_equal(world_status(w, 3).lack, LACK_COMPANY);
}

/* Three of five that have carried a time begin another one: the two others may still have the
 * first. */
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
	assert_int_equal(quiet_order(w, (m + 1) % 3, ORDER_FORGET, 0), ORDER_SENT);
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

/* Blank hosts, of which one is cut off and dropped; then a clock comes that knows the date.  The
 * one that is gone still promises the time that was. */
static void who_was_dropped_is_waited_for_when_the_date_is_found_anew(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 4; i++) {
		w->host[i].config.forget_ns = 30 * NS_PER_S;
		dates_be_off(w, i, -WORLD_WALL);
		w->host[i].contacts = 15;
		host_boot(w, i);
	}
	w->host[4].contacts = 7;
	quiet_run(w, 20);
	quiet_isolate(w, 3);
	quiet_run(w, 60);
	assert_int_equal(world_status(w, 0).n_table, 3);
	host_boot(w, 4);
	quiet_run(w, 20);
	assert_true(world_status(w, 3).synced);
	assert_true(world_off_ns(w, 3) < -NS_PER_S);
	unsigned m = 0;

	while (world_status(w, m).role != ROLE_MASTER) {
		m++;
	}
	for (unsigned i = 0; i < w->n; i++) {
		if (i != 3) {
			assert_in_range(world_off_ns(w, i) + NS_PER_S, 0, 2 * NS_PER_S);
			assert_false(world_status(w, i).synced);
		}
	}
	assert_int_equal(world_status(w, m).lack, LACK_OTHERS);
	assert_int_equal(quiet_order(w, m, ORDER_FORGET, 0), ORDER_OK);
	quiet_run(w, 3);
	assert_true(world_status(w, m).synced);
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
	quiet_run(w, 20);
	assert_true(world_status(w, 0).synced);
}

/* A host with two addresses, of which one leads nowhere, is one host; one without an address is
 * one, too. */
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
		host_power_cycle(w, i, 0);
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

/* One of three of five has carried a time: the two others may still have it. */
static void a_majority_of_which_one_carried_a_time_promises_nothing(void **state)
{
	for (unsigned who = 0; who < 3; who++) {
		struct world *w = *state;

		w->host[who].disk.n_table = 5;
		w->host[0].config.priority = 200;
		for (unsigned i = 0; i < 3; i++) {
			host_boot(w, i);
		}
		quiet_run(w, 60);
		assert_int_equal(world_status(w, 0).role, ROLE_MASTER);
		assert_int_equal(world_status(w, 0).bound_ns, BOUND_UNKNOWN);
		assert_int_equal(world_status(w, 0).lack, LACK_OTHERS);
		(void)quiet_teardown(state);
		(void)dates_setup(state);
	}
}

/* --- Islands of different foundings --- */

/* Each host of the smaller one has stepped once, onto another time. */
static void two_islands_that_never_met_are_one_only_by_order(void **state)
{
	struct world *w = *state;

	dates_know(w, 0, 3);
	dates_know(w, 3, 2);
	dates_be_off(w, 3, 10 * NS_PER_S);
	dates_be_off(w, 4, 10 * NS_PER_S + NS_PER_S / 2);
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
		dates_assert_right(w, i);
	}
}

/* Two of five are no majority: their founding promised nothing, so the step that it cost is no
 * loss. */
/* Whichever of the two leads, and whoever of the masters is heard first when they meet. */
static void who_was_promised_nothing_may_step_again(void **state)
{
	(void)state;
	for (unsigned draw = 0; draw < 4; draw++) {
		struct world *w = quiet_new(5);

		dates_know_floors(w);
		for (unsigned k = 0; k < draw; k++) {
			(void)rng_u64(&w->rng);
		}
		world_split(w, 3);
		dates_be_off(w, 3, 10 * NS_PER_S);
		dates_be_off(w, 4, 10 * NS_PER_S + NS_PER_S / 2);
		quiet_begin(w, 20);
		assert_int_equal(world_status(w, 4).bound_ns, BOUND_UNKNOWN);
		assert_int_equal(quiet_deeds(w, 4)->n_steps, 1);
		world_split(w, 0);
		quiet_run(w, 20);
		for (unsigned i = 0; i < w->n; i++) {
			dates_assert_right(w, i);
			assert_int_equal(quiet_deeds(w, i)->n_steps, i < 3 ? 0 : 2);
			assert_int_equal(quiet_deeds(w, i)->step_cause,
					 i < 3 ? STEP_FIRST_JOIN : STEP_NO_BOUND);
		}
		quiet_free(w);
	}
}

/* Its master goes over to another group, and it knows nobody else. */
static void who_is_left_behind_is_told_where_its_master_went(void **state)
{
	struct world *w = *state;

	dates_know(w, 0, 2);
	dates_know(w, 2, 3);
	w->host[0].config.priority = 200;
	quiet_begin(w, 20);
	assert_true(world_status(w, 1).master == world_status(w, 0).id);
	host_add_contact(w, 0, 2);
	quiet_run(w, 30);
	for (unsigned i = 0; i < w->n; i++) {
		assert_true(world_status(w, i).master == world_status(w, 2).master);
	}
}

/* Else two groups that never come to promise anything could step it to and fro. */
static void it_may_step_again_once_for_want_of_a_bound(void **state)
{
	struct world *w = *state;
	struct node *n = w->host[4].node;

	quiet_begin(w, 20);
	n->steering.clock.stepped = true;
	clock_allow_step(n, STEP_NO_BOUND);
	assert_false(n->steering.clock.stepped);
	n->steering.clock.stepped = true;
	clock_allow_step(n, STEP_NO_BOUND);
	assert_true(n->steering.clock.stepped);
	clock_allow_step(n, STEP_FOUNDING);
	assert_false(n->steering.clock.stepped);
	assert_int_equal(n->steering.clock.step_cause, STEP_FOUNDING);
	clock_newcomer(n, INTERRUPTION_CLOCK_SET);
	assert_int_equal(n->steering.clock.step_cause, STEP_FIRST_JOIN);
	clock_allow_step(n, STEP_NO_BOUND); /* the first join is not spent */
	assert_int_equal(n->steering.clock.step_cause, STEP_FIRST_JOIN);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, dates_setup, quiet_teardown)
	const struct CMUnitTest tests[] = {
		T(a_host_that_has_met_nobody_is_alone),
		T(a_host_that_knows_of_nobody_is_alone),
		T(a_lone_host_may_be_a_group_where_it_is_told_so),
		T(a_link_that_comes_late_costs_one_step_of_5_s),
		T(a_link_that_comes_late_costs_one_step_of_1000_s),
		T(a_link_that_comes_late_costs_one_step_of_12_h),
		T(a_clock_that_is_known_to_be_wrong_costs_one_step),
		T(slow_polls_make_nobody_wait_for_the_first_time),
		T(a_master_that_dies_while_it_founds_anew_is_replaced),
		T(a_master_that_is_cut_off_as_it_founds_promises_nothing),
		T(an_excluded_clock_founds_nothing_anew),
		T(who_restarts_with_its_cable_out_is_in_holdover),
		T(who_reboots_with_its_cable_out_knows_nothing),
		T(who_restarts_without_all_the_others_promises_nothing),
		T(who_is_forgotten_by_order_is_waited_for_no_more),
		T(who_was_dropped_is_waited_for_when_the_date_is_found_anew),
		T(who_carried_a_time_waits_for_who_is_configured_too),
		T(a_configured_host_counts_once),
		T(a_new_majority_promises_a_bound_without_the_others),
		T(a_majority_of_which_one_carried_a_time_promises_nothing),
		T(two_islands_that_never_met_are_one_only_by_order),
		cmocka_unit_test(who_was_promised_nothing_may_step_again),
		T(who_is_left_behind_is_told_where_its_master_went),
		T(it_may_step_again_once_for_want_of_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
