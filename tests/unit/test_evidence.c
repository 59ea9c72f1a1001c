/* test_evidence.c - what is no evidence of the date, though it looks like it, and what a host
 * says that waits for some. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/node/state.h"
#include "tests/world/dates.h"

static void restart(struct world *w, unsigned i)
{
	host_event(w, i, &(struct node_event){.type = EV_STOP});
	host_crash(w, i);
	quiet_run(w, 3);
}

/* Two blank clocks, whose group has begun at its floor. */
static void begin_blank(struct world *w)
{
	dates_know(w, 0, 2);
	for (unsigned i = 0; i < 2; i++) {
		dates_be_off(w, i, -YEARS_NS);
		host_boot(w, i);
	}
	quiet_run(w, 30);
	assert_true(world_status(w, 0).synced && !world_status(w, 0).date_confirmed);
}

/* Whether the daemon runs or not, whoever sets the date has one. */
static void a_date_that_is_set_while_the_daemon_is_off_is_evidence(void **state)
{
	struct world *w = *state;

	begin_blank(w);
	unsigned n_steps = quiet_deeds(w, 0)->n_steps;

	restart(w, 0);
	w->host[0].clock.wall -= world_off_ns(w, 0);
	host_boot(w, 0);
	quiet_run(w, 20);
	dates_assert_right(w, 0);
	dates_assert_right(w, 1);
	assert_int_equal(quiet_deeds(w, 0)->n_steps, n_steps);
}

/* The date that its clock shows is still the group's. */
static void a_nudge_while_the_daemon_is_off_is_none(void **state)
{
	struct world *w = *state;

	begin_blank(w);
	restart(w, 0);
	w->host[0].clock.wall += HOUR_NS / 2;
	host_boot(w, 0);
	quiet_run(w, 20);
	assert_int_equal(world_status(w, 0).date, DATE_NONE);
	assert_true(world_status(w, 0).synced && !world_status(w, 0).date_confirmed);
}

/* Its hardware clock goes on from the date that the group set, and the group has that from
 * nobody. */
static void reboot(struct world *w, unsigned i, int64_t later_ns)
{
	restart(w, i);
	host_power_cycle(w, i, later_ns);
	host_boot(w, i);
	quiet_run(w, 20);
}

static void a_blank_clock_is_blank_when_its_host_starts_again(void **state)
{
	struct world *w = *state;

	dates_know(w, 0, 3);
	dates_be_off(w, 2, -YEARS_NS);
	begin_blank(w);
	host_boot(w, 2);
	host_add_contact(w, 2, 0);
	quiet_run(w, 10);
	for (unsigned i = 0; i < 3; i++) {
		reboot(w, i, i * DAY_NS);
		assert_int_equal(world_status(w, i).date, DATE_NONE);
		assert_true(world_status(w, i).synced && !world_status(w, i).date_confirmed);
	}
	host_boot(w, 3); /* it knows */
	host_add_contact(w, 3, 0);
	quiet_run(w, 20);
	for (unsigned i = 0; i < 4; i++) {
		dates_assert_right(w, i);
	}
	assert_int_equal(quiet_deeds(w, 3)->n_steps, 0);
}

/* Nobody is off for so long: the operator has set it. */
static void a_clock_that_is_far_from_the_group_date_is_evidence(void **state)
{
	struct world *w = *state;

	begin_blank(w);
	reboot(w, 0, -world_off_ns(w, 0));
	dates_assert_right(w, 0);
	dates_assert_right(w, 1);
}

/* A clock vouched for it: what goes on from there without us is as good. */
static void a_clock_that_goes_on_from_a_known_date_is_evidence(void **state)
{
	struct world *w = *state;

	dates_be_off(w, 0, -YEARS_NS);
	quiet_begin(w, 20);
	restart(w, 0);
	host_boot(w, 0);
	quiet_run(w, 20);
	assert_int_equal(world_status(w, 0).date, DATE_NONE); /* it is as it was */
	reboot(w, 0, 0);
	assert_int_equal(world_status(w, 0).date, DATE_AGREES);
}

/* What is known of the date is on disk at once. */
static void a_date_that_is_found_is_on_disk_before_a_power_cut(void **state)
{
	struct world *w = *state;

	begin_blank(w);
	assert_true(w->host[0].disk.unconfirmed);
	host_boot(w, 2);
	host_add_contact(w, 2, 0);
	host_add_contact(w, 0, 2);
	quiet_run(w, 15);
	dates_assert_right(w, 0);
	assert_false(w->host[0].disk.unconfirmed || w->host[1].disk.unconfirmed);
}

/* It stands above clocks that may be right, not above all that is known of the date. */
static void a_reference_that_is_known_to_be_wrong_tells_no_date(void **state)
{
	struct world *w = *state;

	w->host[0].config.mode = MODE_REFERENCE;
	dates_be_off(w, 0, -WORLD_WALL);
	quiet_begin(w, 60);
	for (unsigned i = 1; i < w->n; i++) {
		dates_assert_right(w, i);
		assert_int_equal(quiet_deeds(w, i)->n_steps, 0);
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_FOUNDING], 0);
	}
	assert_false(world_status(w, 0).synced);
	host_foreign_step(w, 0, -world_off_ns(w, 0)); /* it has been set: the group goes there */
	quiet_run(w, 10);
	assert_true(world_status(w, 0).synced);
}

static void a_reference_that_leads_and_is_known_to_be_wrong_tells_no_date(void **state)
{
	struct world *w = *state;

	for (unsigned i = 1; i < w->n; i++) {
		w->host[i].config.priority = 0;
	}
	w->host[0].config.mode = MODE_REFERENCE;
	dates_be_off(w, 0, -WORLD_WALL);
	quiet_begin(w, 60);
	assert_int_equal(world_status(w, 0).role, ROLE_MASTER);
	for (unsigned i = 1; i < w->n; i++) {
		dates_assert_right(w, i);
	}
}

/* Nor does it keep the clocks of others from telling one. */
static void a_reference_that_is_excluded_tells_no_date(void **state)
{
	struct world *w = *state;
	unsigned m = 0;

	w->host[4].config.mode = MODE_REFERENCE;
	dates_be_off(w, 4, 2 * HOUR_NS);
	for (unsigned i = 0; i < 3; i++) {
		dates_be_off(w, i, -WORLD_WALL);
		host_boot(w, i);
	}
	quiet_run(w, 15);
	while (world_status(w, m).role != ROLE_MASTER) {
		m++;
	}
	host_boot(w, 4);
	quiet_run(w, 0.02);
	assert_int_equal(quiet_order(w, m, ORDER_EXCLUDE, world_status(w, 4).id), ORDER_OK);
	quiet_run(w, 40);
	assert_false(world_status(w, 0).date_confirmed);
	host_boot(w, 3);
	quiet_run(w, 60);
	for (unsigned i = 0; i < 4; i++) {
		dates_assert_right(w, i);
	}
}

/* Mostly it is for seconds.  Here the other host alone can prove that it is later, if it is
 * right. */
static void who_waits_in_vain_for_the_date_says_so(void **state)
{
	struct world *w = *state;

	dates_know(w, 0, 2);
	w->host[1].config.floor = (wall_t){WORLD_WALL + YEARS_NS};
	host_boot(w, 0);
	host_boot(w, 1);
	quiet_run(w, 25);
	assert_int_equal(world_status(w, 0).refusal, CORRECT_FIRST_STEP);
	assert_int_equal(quiet_deeds(w, 0)->n_notice[NOTICE_LIMIT_TRIPPED], 0);
	quiet_run(w, 10);
	assert_int_equal(quiet_deeds(w, 0)->n_notice[NOTICE_LIMIT_TRIPPED], 1);
}

/* That is no proof to the one whose own clock may be right: its own date stays, whatever moves
 * it a little. */
static void of_two_neither_can_prove_the_other_wrong(void **state)
{
	struct world *w = *state;

	dates_know(w, 0, 2);
	w->host[1].config.floor = (wall_t){WORLD_WALL + YEARS_NS};
	host_boot(w, 0);
	host_boot(w, 1);
	quiet_run(w, 25);
	restart(w, 0);
	host_boot(w, 0);
	quiet_run(w, 25);
	host_foreign_step(w, 0, 5 * NS_PER_MS);
	quiet_run(w, 25);
	assert_int_equal(quiet_deeds(w, 0)->n_steps, 0);
	assert_int_equal(world_status(w, 0).refusal, CORRECT_FIRST_STEP);
}

/* Each was a group by itself, and its time is past on its disk. */
static void of_two_that_meet_neither_is_moved_by_the_floor_of_the_other(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 2; i++) {
		dates_know(w, i, 1);
		w->host[i].config.min_hosts = 1;
		dates_be_off(w, i, i * 2 * DAY_NS);
		host_boot(w, i);
	}
	quiet_run(w, 80);
	assert_true(world_status(w, 0).synced && world_status(w, 1).synced);
	host_add_contact(w, 1, 0);
	quiet_run(w, 60);
	assert_int_equal(quiet_steps(w), 0);
	assert_true(world_status(w, 0).synced);
	assert_int_equal(world_status(w, 1).refusal, CORRECT_FLOOR);
	assert_false(world_status(w, 1).synced);
}

/* One clock that is years ahead, and one that it has set: their two floors are one clock's word. */
static void a_floor_that_another_clock_made_is_no_second_proof(void **state)
{
	struct world *w = *state;

	dates_know(w, 0, 3);
	dates_know(w, 3, 2);
	dates_be_off(w, 3, YEARS_NS);
	dates_be_off(w, 4, -WORLD_WALL);
	quiet_begin(w, 80);
	assert_true(world_off_ns(w, 4) > DAY_NS && world_status(w, 4).synced);
	for (unsigned i = 0; i < 3; i++) {
		host_add_contact(w, i, 3);
		host_add_contact(w, i, 4);
	}
	quiet_run(w, 60);
	for (unsigned i = 0; i < 3; i++) {
		host_foreign_step(w, i, 5 * NS_PER_MS);
		quiet_run(w, 20);
		dates_assert_right(w, i);
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_FOUNDING], 0);
	}
	for (unsigned i = 3; i < w->n; i++) { /* it is told on both that they are out, and why */
		assert_int_equal(world_status(w, i).lack, LACK_CONSENT);
	}
	for (unsigned i = 0; i < 2; i++) { /* with its clock, and without */
		reboot(w, 4, i == 0 ? 0 : -world_off_ns(w, 4) - WORLD_WALL);
		quiet_run(w, 20);
		for (unsigned k = 0; k < 3; k++) {
			dates_assert_right(w, k);
		}
	}
	restart(w, 4);
	host_boot(w, 4);
	assert_true(
		w->host[4].node->steering.date.told); /* from its disk, before it hears of any */
}

/* The same with the host of the wrong clock as the first one there. */
static void a_floor_that_another_clock_made_moves_no_newcomer(void **state)
{
	struct world *w = *state;

	dates_know(w, 0, 2);
	dates_be_off(w, 0, YEARS_NS);
	dates_be_off(w, 1, -WORLD_WALL);
	host_boot(w, 0);
	host_boot(w, 1);
	quiet_run(w, 80);
	for (unsigned i = 2; i < w->n; i++) {
		host_boot(w, i);
	}
	quiet_run(w, 60);
	for (unsigned i = 2; i < w->n; i++) {
		host_foreign_step(w, i, 5 * NS_PER_MS);
		quiet_run(w, 20);
		assert_true(ns_abs(world_off_ns(w, i)) < NS_PER_S);
		assert_int_equal(world_status(w, i).lack, LACK_CONSENT);
	}
}

/* It began at a time that its hosts know to be past, so what they tell of it is a proof. */
static void what_a_group_that_began_at_its_floor_tells_is_a_proof(void **state)
{
	struct world *w = *state;

	dates_be_off(w, 4, -FLOOR_NS - 10 * DAY_NS);
	w->host[4].config.floor.ns -= 20 * DAY_NS;
	w->host[4].config.priority = 0;
	for (unsigned i = 0; i < 4; i++) {
		dates_be_off(w, i, -WORLD_WALL);
		host_boot(w, i);
	}
	quiet_run(w, 15);
	host_boot(w, 4);
	quiet_run(w, 60);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_FOUNDING], 0);
		assert_int_equal(world_status(w, i).refusal, CORRECT_OK);
	}
}

static void who_has_met_others_that_cannot_lead_is_not_alone(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.priority = 0;
	}
	host_boot(w, 0);
	quiet_run(w, 5);
	assert_int_equal(world_status(w, 0).lack, LACK_COMPANY);
	quiet_boot_all(w);
	quiet_run(w, 60);
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(world_status(w, i).lack, LACK_MASTER);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, dates_setup, quiet_teardown)
	const struct CMUnitTest tests[] = {
		T(a_date_that_is_set_while_the_daemon_is_off_is_evidence),
		T(a_nudge_while_the_daemon_is_off_is_none),
		T(a_blank_clock_is_blank_when_its_host_starts_again),
		T(a_clock_that_is_far_from_the_group_date_is_evidence),
		T(a_clock_that_goes_on_from_a_known_date_is_evidence),
		T(a_date_that_is_found_is_on_disk_before_a_power_cut),
		T(a_reference_that_is_known_to_be_wrong_tells_no_date),
		T(a_reference_that_leads_and_is_known_to_be_wrong_tells_no_date),
		T(a_reference_that_is_excluded_tells_no_date),
		T(who_waits_in_vain_for_the_date_says_so),
		T(of_two_neither_can_prove_the_other_wrong),
		T(of_two_that_meet_neither_is_moved_by_the_floor_of_the_other),
		T(a_floor_that_another_clock_made_is_no_second_proof),
		T(a_floor_that_another_clock_made_moves_no_newcomer),
		T(what_a_group_that_began_at_its_floor_tells_is_a_proof),
		T(who_has_met_others_that_cannot_lead_is_not_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
