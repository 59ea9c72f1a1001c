/* test_hold.c - an operator holds the group: nobody is corrected, until he resumes or the time is
 * up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/node/state.h"
#include "tests/world/dates.h"

#define UID	1000
#define MINUTE	60
#define HOLD_MS 600000

static struct node_event order(enum order what, uint32_t hold_ms, bool dry_run)
{
	return (struct node_event){
		.type = EV_ORDER,
		.order = {.order = what, .hold_ms = hold_ms, .uid = UID, .dry_run = dry_run}};
}

static enum order_verdict give(struct world *w, unsigned i, enum order what, uint32_t hold_ms,
			       bool dry_run)
{
	struct node_event ev = order(what, hold_ms, dry_run);

	host_event(w, i, &ev);
	return w->fx.ordered.verdict;
}

static const struct order_outcome *ask(struct world *w, unsigned i, enum order what,
				       uint32_t hold_ms, bool dry_run)
{
	struct node_event ev = order(what, hold_ms, dry_run);

	return quiet_ask(w, i, &ev);
}

static uint64_t n_corrections(const struct world *w)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < w->n; i++) {
		n += world_status(w, i).n_corrections;
	}
	return n;
}

static void assert_held_by(const struct world *w, unsigned by, unsigned n, unsigned left_s)
{
	for (unsigned i = 0; i < n; i++) {
		struct hold h = world_status(w, i).hold;

		assert_int_equal(h.host, world_status(w, by).id);
		assert_int_equal(h.uid, UID);
		assert_in_range(h.left_ms, (left_s - 1) * 1000, left_s * 1000 + 10);
	}
}

static bool is_held(const struct world *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		if (world_status(w, i).hold.left_ms > 0) {
			return true;
		}
	}
	return false;
}

/* Also when an oscillator changes, that of the master among them; and nobody is accused of it. */
static void nobody_is_corrected_and_all_frequencies_stay(void **state)
{
	struct world *w = *state;
	int64_t freq[QUIET_HOSTS_MAX], bound[QUIET_HOSTS_MAX];

	quiet_begin_under_0(w, 60);
	const struct order_outcome *o = ask(w, 3, ORDER_HOLD, HOLD_MS, false);

	assert_int_equal(o->verdict, ORDER_OK);
	assert_int_equal(o->takes_ns, HOLD_MS * NS_PER_MS);
	/* Twice 100 ppm of 600 s, and 40 ppm that host 0 is off by. */
	assert_in_range(o->moved_ns, 143 * NS_PER_MS, 145 * NS_PER_MS);
	quiet_run(w, 10);
	assert_held_by(w, 3, w->n, 590);
	for (unsigned i = 0; i < w->n; i++) {
		freq[i] = world_status(w, i).freq_ppb;
		bound[i] = world_status(w, i).bound_ns;
	}
	uint64_t before = n_corrections(w);

	for (unsigned i = 1; i < w->n; i++) {
		w->host[i].clock.freq += i % 2 ? 5e-6 : -5e-6;
	}
	quiet_run(w, 8 * MINUTE);
	assert_true(n_corrections(w) == before);
	for (unsigned i = 0; i < w->n; i++) {
		struct node_status s = world_status(w, i);

		assert_true(s.freq_ppb == freq[i]);
		assert_true(s.synced && s.bound_ns <= bound[i] + 120 * NS_PER_MS);
		assert_true(i == 0 || s.bound_ns >= bound[i] + 90 * NS_PER_MS);
	}
	assert_true(world_spread(w) > NS_PER_MS);
	for (unsigned i = 1; i < w->n; i++) {
		struct member_view v;

		assert_true(world_member_of(w, 0, i, &v));
		assert_int_not_equal(v.reason, REASON_DISOBEYS);
	}
	o = ask(w, 1, ORDER_RESUME, 0, false);
	assert_int_equal(o->verdict, ORDER_OK);
	assert_in_range(o->takes_ns, 100 * NS_PER_S, 115 * NS_PER_S);
	quiet_run(w, 2 * MINUTE);
	assert_false(is_held(w));
	assert_true(n_corrections(w) > before);
	assert_true(world_spread(w) < 100 * NS_PER_US);
	assert_int_equal(quiet_deeds(w, 0)->n_notice[NOTICE_ORDERED], 2);
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_HOLD_ENDED], 1);
	}
}

static void it_ends_by_itself_and_is_told_again_until_then(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 30);
	assert_int_equal(give(w, 0, ORDER_HOLD, 12 * MINUTE * 1000, false), ORDER_OK);
	quiet_run(w, 11 * MINUTE);
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_HELD], 3);
	}
	uint64_t before = n_corrections(w);

	quiet_run(w, 58);
	assert_true(is_held(w) && n_corrections(w) == before);
	quiet_run(w, 12);
	assert_true(!is_held(w) && n_corrections(w) > before);
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_HOLD_ENDED], 1);
	}
}

/* For what was left of it. */
static void the_next_master_goes_on_with_it(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	assert_int_equal(ask(w, 3, ORDER_HOLD, HOLD_MS, false)->verdict, ORDER_OK);
	quiet_run(w, 10);
	uint64_t before = n_corrections(w);

	quiet_isolate(w, 0);
	quiet_run(w, 50);
	assert_int_equal(world_status(w, 1).role, ROLE_MASTER);
	assert_held_by(w, 3, w->n, 540);
	assert_true(n_corrections(w) == before);
	quiet_run(w, 530);
	assert_true(is_held(w) && n_corrections(w) == before);
	quiet_run(w, 20);
	assert_true(!is_held(w) && n_corrections(w) > before);
}

/* By default: what the master before said of an order is hearsay. */
static void where_no_orders_of_others_are_taken_it_ends_with_its_master(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	assert_int_equal(ask(w, 3, ORDER_HOLD, HOLD_MS, false)->verdict, ORDER_NOT_TRUSTED);
	assert_int_equal(give(w, 0, ORDER_HOLD, HOLD_MS, false), ORDER_OK);
	quiet_run(w, 10);
	assert_held_by(w, 0, w->n, 590);
	assert_int_equal(ask(w, 3, ORDER_RESUME, 0, false)->verdict, ORDER_NOT_TRUSTED);
	quiet_isolate(w, 0);
	quiet_run(w, 20);
	assert_int_equal(world_status(w, 1).role, ROLE_MASTER);
	for (unsigned i = 1; i < w->n; i++) {
		assert_int_equal(world_status(w, i).hold.left_ms, 0);
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_HOLD_ENDED], 1);
	}
}

/* Nobody ordered anything on host 1, whatever its master says. */
static void a_false_master_has_its_deputy_hold_nobody(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	assert_int_equal(give(w, 0, ORDER_HOLD, HOLD_MS, false), ORDER_OK);
	w->host[0].node->steering.hold.host = world_status(w, 1).id;
	quiet_run(w, 10);
	assert_held_by(w, 1, w->n, 590);
	quiet_isolate(w, 0);
	quiet_run(w, 20);
	assert_int_equal(world_status(w, 1).role, ROLE_MASTER);
	for (unsigned i = 1; i < w->n; i++) {
		assert_int_equal(world_status(w, i).hold.left_ms, 0);
	}
}

/* The two exclude each other, but for a liar: the slew would go on, and nobody hear of it. */
static void no_master_goes_on_with_a_hold_and_a_slew(void **state)
{
	struct world *w = *state;
	struct held_group *hold = &w->host[0].node->steering.hold;

	quiet_begin_under_0(w, 60);
	assert_int_equal(host_move_time(w, 0, 50 * NS_PER_MS, false, false, UID), ORDER_OK);
	quiet_run(w, 10);
	hold->on = true;
	hold->until = mono_add(w->host[0].node->step.now, HOLD_MS * NS_PER_MS);
	hold->host = world_status(w, 0).id;
	quiet_run(w, 3);
	assert_true(world_status(w, 1).hold.left_ms > 0);
	quiet_isolate(w, 0);
	quiet_run(w, 20);
	assert_int_equal(world_status(w, 1).role, ROLE_MASTER);
	assert_int_equal(world_status(w, 1).hold.left_ms, 0);
}

static void an_order_under_way_to_a_master_that_dies_holds_nobody(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 30);
	quiet_isolate(w, 0);
	assert_int_equal(give(w, 3, ORDER_HOLD, HOLD_MS, false), ORDER_SENT);
	quiet_run(w, 10);
	assert_int_equal(quiet_deeds(w, 3)->ordered, ORDER_NO_ANSWER);
	assert_false(is_held(w));
}

/* The deputy orders it, its answer is lost, and meanwhile the master resumes. */
static void one_that_is_repeated_does_not_begin_anew(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 30);
	assert_int_equal(give(w, 1, ORDER_HOLD, HOLD_MS, false), ORDER_SENT);
	quiet_run(w, 0.00015);
	quiet_isolate(w, 1);
	quiet_run(w, 0.1);
	assert_int_equal(give(w, 0, ORDER_RESUME, 0, false), ORDER_OK);
	quiet_rejoin(w, 1);
	quiet_run(w, 2);
	assert_int_equal(quiet_deeds(w, 1)->n_ordered, 1);
	assert_int_equal(quiet_deeds(w, 1)->ordered, ORDER_OK);
	assert_false(is_held(w));
}

static void a_dry_run_holds_nobody(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 30);
	const struct order_outcome *o = ask(w, 2, ORDER_HOLD, HOLD_MS, true);

	assert_int_equal(o->verdict, ORDER_OK);
	assert_int_equal(o->takes_ns, HOLD_MS * NS_PER_MS);
	assert_int_equal(ask(w, 2, ORDER_RESUME, 0, true)->verdict, ORDER_NOT_HELD);
	quiet_run(w, 5);
	assert_false(is_held(w));
	assert_int_equal(ask(w, 2, ORDER_HOLD, HOLD_MS, false)->verdict, ORDER_OK);
	assert_int_equal(ask(w, 2, ORDER_RESUME, 0, true)->verdict, ORDER_OK);
	quiet_run(w, 5);
	assert_true(is_held(w));
}

/* A slew would go on without an end; and who is held is not to be moved. */
static void no_slew_and_no_step_goes_with_it(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	assert_int_equal(host_move_time(w, 0, NS_PER_S, false, false, UID), ORDER_OK);
	assert_int_equal(give(w, 0, ORDER_HOLD, HOLD_MS, false), ORDER_SLEWS);
	assert_int_equal(host_move_time(w, 0, 0, false, false, UID), ORDER_OK);
	quiet_run(w, 5);
	assert_int_equal(give(w, 0, ORDER_HOLD, HOLD_MS, false), ORDER_OK);
	assert_int_equal(host_move_time(w, 0, NS_PER_MS, false, false, UID), ORDER_HELD);
	assert_int_equal(host_move_time(w, 0, NS_PER_MS, true, false, UID), ORDER_HELD);
}

static void without_a_time_there_is_nothing_to_hold(void **state)
{
	struct world *w = *state;

	int m;

	quiet_boot_all(w);
	while ((m = world_master(w, 0)) < 0) {
		quiet_run(w, 0.01);
	}
	assert_false(world_status(w, (unsigned)m).has_line);
	assert_int_equal(give(w, (unsigned)m, ORDER_HOLD, HOLD_MS, false), ORDER_NO_LINE);
	assert_int_equal(give(w, (unsigned)m, ORDER_RESUME, 0, false), ORDER_NOT_HELD);
}

/* Whoever comes meanwhile waits. */
static void a_newcomer_is_not_corrected_before_its_end(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	host_crash(w, 4);
	w->host[4].disk.line.any = false;
	quiet_run(w, 2);
	assert_int_equal(give(w, 0, ORDER_HOLD, 60000, false), ORDER_OK);
	host_boot(w, 4);
	quiet_run(w, 50);
	assert_false(world_status(w, 4).has_line);
	assert_int_equal(world_status(w, 4).lack, LACK_LINE);
	assert_true(world_status(w, 4).hold.left_ms > 0);
	quiet_run(w, 30);
	assert_true(world_status(w, 4).synced);
}

/* Group time has gone another way than its own oscillator would. */
static void a_master_that_is_stepped_stays_there(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	assert_int_equal(give(w, 0, ORDER_HOLD, HOLD_MS, false), ORDER_OK);
	for (unsigned k = 0; k < 9; k++) { /* so little at once that no change is found in it */
		for (unsigned i = 1; i < w->n; i++) {
			w->host[i].clock.freq += 1.5e-6;
		}
		quiet_run(w, MINUTE);
	}
	assert_true(ns_abs(world_status(w, 0).offset_ns) > 2 * NS_PER_MS);
	assert_int_equal(quiet_order(w, 0, ORDER_STEP, 0), ORDER_OK);
	quiet_run(w, 30);
	assert_true(is_held(w) && ns_abs(world_status(w, 0).offset_ns) < NS_PER_MS);
}

/* A clock that may be right comes: else all would be stepped to its date. */
static void no_date_is_found_anew_meanwhile(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 4; i++) {
		dates_be_off(w, i, -YEARS_NS - i * DAY_NS);
		host_boot(w, i);
	}
	quiet_run(w, 20);
	unsigned m = (unsigned)world_master(w, 0);

	assert_int_equal(give(w, m, ORDER_HOLD, 60000, false), ORDER_OK);
	unsigned steps = quiet_steps(w);

	host_boot(w, 4);
	quiet_run(w, 50);
	assert_true(is_held(w));
	assert_int_equal(quiet_deeds(w, m)->n_notice[NOTICE_FOUNDING], 0);
	assert_int_equal(quiet_steps(w), steps);
	quiet_run(w, 30);
	for (unsigned i = 0; i < w->n; i++) {
		dates_assert_right(w, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, quiet_setup_dated, quiet_teardown)
		T(nobody_is_corrected_and_all_frequencies_stay),
		T(it_ends_by_itself_and_is_told_again_until_then),
		T(the_next_master_goes_on_with_it),
		cmocka_unit_test_setup_teardown(
			where_no_orders_of_others_are_taken_it_ends_with_its_master, quiet_setup,
			quiet_teardown),
		cmocka_unit_test_setup_teardown(a_false_master_has_its_deputy_hold_nobody,
						quiet_setup, quiet_teardown),
		T(no_master_goes_on_with_a_hold_and_a_slew),
		T(an_order_under_way_to_a_master_that_dies_holds_nobody),
		T(one_that_is_repeated_does_not_begin_anew),
		T(a_dry_run_holds_nobody),
		T(no_slew_and_no_step_goes_with_it),
		T(without_a_time_there_is_nothing_to_hold),
		T(a_newcomer_is_not_corrected_before_its_end),
		T(a_master_that_is_stepped_stays_there),
		cmocka_unit_test_setup_teardown(no_date_is_found_anew_meanwhile, dates_setup,
						quiet_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
