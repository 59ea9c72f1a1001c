/* test_lying_master.c - whatever a master says, it moves the clock of a member no further than
 * the member's own limits allow, and never makes it step.  The test plays the master. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/node/budget.h"
#include "core/node/date.h"
#include "core/node/state.h"
#include "core/node/timeline.h"
#include "core/rules/bound.h"
#include "tests/unit/lie.h"

#include <string.h>

static int setup(void **state)
{
	static struct deceit l;

	lie_begin(&l, false);
	*state = &l;
	return 0;
}

static int teardown(void **state)
{
	struct deceit *l = *state;

	stage_close(&l->s);
	return 0;
}

static const struct wire_correct unbounded = {.error_ns = INT64_MAX};

static void assert_held(const struct deceit *l)
{
	assert_int_equal(l->n_steps, 0);
	assert_true(ns_abs(lie_moved_ns(l)) <= l->s.config.max_correction_ns);
}

/* --- Lies --- */

static void a_line_without_a_bound_makes_no_newcomer(void **state)
{
	const int64_t wanted[] = {YEAR_NS, -10 * YEAR_NS, 900 * NS_PER_MS};

	for (size_t i = 0; i < 3; i++) {
		struct deceit *l = *state;
		const struct wire_poll many = {.date_confirmed = true,
					       .n_table = 60000,
					       .n_alive = 60000};

		lie_poll(l, &many);
		lie_correct(l, &unbounded);
		lie_next_term(l, 0);
		lie_poll(l, &many);
		assert_true(l->s.node->steering.clock.joined);
		lie_want(l, &many, wanted[i], MINUTE_NS);
		assert_held(l);
		teardown(state);
		lie_begin(l, false);
	}
}

static void the_same_within_one_term(void **state)
{
	struct deceit *l = *state;

	for (unsigned i = 0; i < 20; i++) {
		lie_poll(l, &lie_confirmed);
		lie_correct(l, &unbounded);
		lie_want(l, &lie_confirmed, 900 * NS_PER_MS, 3 * NS_PER_S);
	}
	assert_held(l);
}

static void each_term_of_another_master_is_charged_alike(void **state)
{
	struct deceit *l = *state;

	for (unsigned i = 0; i < 20; i++) {
		stage_wait(&l->s, 2 * NS_PER_S);
		lie_next_term(l, i % 3);
		lie_poll(l, &lie_confirmed);
		lie_correct(l, &unbounded);
		lie_next_term(l, (i + 1) % 3);
		lie_want(l, &lie_confirmed, 900 * NS_PER_MS, NS_PER_S);
	}
	assert_held(l);
}

static void another_founding_makes_no_newcomer(void **state)
{
	struct deceit *l = *state;

	for (unsigned i = 0; i < 60; i++) {
		l->m.era += 7;
		lie_want(l, &lie_confirmed, i % 2 ? 900 * NS_PER_MS : YEAR_NS, NS_PER_S);
	}
	assert_held(l);
}

/* Its own clock agreed with the date, so it gives nothing up for another. */
static void a_founding_that_it_does_not_accept_is_none(void **state)
{
	struct deceit *l = *state;
	const struct wire_poll q = {.date_confirmed = true, .founding = FOUNDING_DATE};

	for (unsigned i = 0; i < 20; i++) {
		l->m.era += 7;
		lie_poll(l, &q);
		lie_want(l, &lie_confirmed, HOUR_NS / 2, NS_PER_S);
	}
	assert_held(l);
}

/* In the first minute, when whoever knows better may still come: not again and again. */
static void a_date_is_found_anew_few_times(void **state)
{
	struct deceit *l = *state;
	struct wire_poll q = {.date_confirmed = true, .founding = FOUNDING_DATE, .group_new = true};

	lie_start_anew(l, true);
	master_lead(&l->s, &l->m, 30, &(struct master_word){.error_ns = 10000, .sd_ns = 100});
	l->n_steps = 0;
	q.floor = wall_add(stage_pair(&l->s).wall, DAY_NS);
	for (int i = 0; i < 20; i++) {
		l->m.era += 7;
		lie_poll(l, &q);
		lie_want(l, &lie_confirmed, (i % 2 ? 1 : 2) * HOUR_NS / 3, NS_PER_S);
	}
	assert_in_range(l->n_steps, 1, 3);
}

/* Have the line given up for a new founding; its name is still @l->m.era. */
static void found_anew(struct deceit *l)
{
	const struct wire_poll q = {.founding = FOUNDING_DATE, .group_new = true};
	const struct wire_poll many = {.date_confirmed = true, .n_dated = 4};

	lie_start_anew(l, true);
	l->m.era = l->m.term;
	lie_want(l, &many, YEAR_NS, 3 * NS_PER_S); /* so its own clock is no evidence */
	assert_true(stage_status(&l->s).era == l->m.era);
	lie_poll(l, &q);
	assert_false(stage_status(&l->s).has_line);
	lie_want(l, &lie_confirmed, HOUR_NS / 3, 3 * NS_PER_S);
	assert_true(stage_status(&l->s).has_line);
}

/* Who comes back with a line of the old founding would take this for the same. */
static void a_founding_anew_has_not_the_name_of_the_old_one(void **state)
{
	struct deceit *l = *state;

	found_anew(l);
	assert_true(stage_status(&l->s).era == 0);
	l->m.era += 7;
	lie_want(l, &lie_confirmed, 0, NS_PER_S);
	assert_true(stage_status(&l->s).era == l->m.era);
}

/* Nor does it get that after one more founding. */
static void a_name_that_was_given_up_does_not_come_back(void **state)
{
	struct deceit *l = *state;
	found_anew(l);
	const uint64_t old = l->m.era;

	l->m.era += 7;
	lie_want(l, &lie_confirmed, 0, NS_PER_S);
	lie_poll(l, &(struct wire_poll){.founding = FOUNDING_DATE, .group_new = true});
	assert_false(stage_status(&l->s).has_line);
	l->m.era = old;
	lie_want(l, &lie_confirmed, 0, 3 * NS_PER_S);
	assert_true(stage_status(&l->s).era != old);
}

/* What an honest master carries on is not what this one has made of the clock. */
static void a_line_of_a_founding_without_a_name_is_foreign_to_another_master(void **state)
{
	struct deceit *l = *state;

	found_anew(l);
	stage_wait(&l->s, 2 * NS_PER_S);
	lie_next_term(l, 1);
	lie_poll(l, &lie_confirmed);
	assert_false(stage_status(&l->s).has_line);
	lie_poll(l, &lie_confirmed);
	assert_true(stage_status(&l->s).era == l->m.era);
}

/* Nobody takes the line of a master for one of the founding before. */
static void a_founding_without_a_name_gets_one_from_who_leads_next(void **state)
{
	struct deceit *l = *state;

	found_anew(l);
	for (unsigned k = 0; stage_status(&l->s).role != ROLE_MASTER; k++) {
		stage_wait(&l->s, 10 * NS_PER_MS);
		assert_true(k < 6000);
	}
	assert_true(stage_status(&l->s).has_line);
	assert_true(stage_status(&l->s).era == stage_status(&l->s).term);
}

/* A date that is found anew makes it a newcomer, and what others may order it is counted on. */
static void a_newcomer_by_order_has_no_more_orders_left(void **state)
{
	struct deceit *l = *state;
	struct node *n = l->s.node;

	for (unsigned i = 0; i < 4; i++) {
		assert_true(budget_takes_order(n));
		budget_note_order(n);
		budget_found_anew(n);
	}
	assert_false(budget_takes_order(n));
	assert_false(budget_takes_date(n));
}

static void a_group_without_a_time_is_not_joined(void **state)
{
	struct deceit *l = *state;
	const struct wire_poll q = {.group_new = true, .n_table = 60000, .n_alive = 60000};

	for (unsigned i = 0; i < 20; i++) {
		stage_wait(&l->s, 2 * NS_PER_S);
		lie_next_term(l, i % 3);
		l->m.era++;
		lie_want(l, &q, YEAR_NS, NS_PER_S);
	}
	assert_held(l);
}

/* Its own clock agreed with the date for so long that no message makes it doubt that. */
static void a_date_is_not_found_anew_for_ever(void **state)
{
	struct deceit *l = *state;
	struct wire_poll q = {.founding = FOUNDING_DATE, .n_dated = 4, .group_new = true};

	lie_want(l, &lie_confirmed, 0, MINUTE_NS);
	q.floor = wall_add(stage_pair(&l->s).wall, YEAR_NS);
	for (unsigned i = 0; i < 20; i++) {
		lie_next_term(l, 0);
		l->m.era = 0;
		lie_poll(l, &q);
		l->m.era = l->m.term;
		lie_want(l, &lie_confirmed, YEAR_NS, 2 * NS_PER_S);
	}
	assert_held(l);
}

/* In no minute is it further from one place to another. */
static void moves_add_up_within_a_minute(void **state)
{
	struct deceit *l = *state;
	int64_t at[600];

	for (size_t t = 0; t < 600; t++) {
		lie_want(l, &lie_confirmed, t / 150 % 2 ? -900 * NS_PER_MS : 900 * NS_PER_MS,
			 NS_PER_S);
		at[t] = lie_moved_ns(l);
		for (size_t k = t < 60 ? 0 : t - 60; k < t; k++) {
			assert_true(ns_abs(at[t] - at[k]) <= l->s.config.max_correction_ns);
		}
	}
	assert_int_equal(l->n_steps, 0);
	assert_true(l->n_tripped[LIMIT_MINUTES] > 0);
	assert_true(ns_abs(at[599]) > 100 * NS_PER_MS || ns_abs(at[300]) > 100 * NS_PER_MS);
}

static void one_move_that_is_too_large_is_named_as_one(void **state)
{
	struct deceit *l = *state;

	lie_want(l, &lie_confirmed, YEAR_NS, NS_PER_S);
	assert_int_equal(l->n_tripped[LIMIT_CORRECTION], 1);
	assert_held(l);
}

/* The day's limit, and what leaks from it until it is reached. */
static void a_rate_is_a_movement(void **state)
{
	const double rates[] = {399e-6, -399e-6};

	for (size_t i = 0; i < 2; i++) {
		struct deceit *l = *state;

		lie_want_rate(l, rates[i], DAY_NS);
		int64_t by_then = lie_moved_ns(l);

		assert_in_range(ns_abs(by_then), 9 * NS_PER_S, 14 * NS_PER_S);
		assert_true(l->n_tripped[LIMIT_DEPARTURE] > 0);
		assert_true(stage_status(&l->s).tripped);
		lie_want_rate(l, rates[i], DAY_NS);
		assert_true(ns_abs(lie_moved_ns(l) - by_then) <
			    NS_PER_MS); /* it is steered no more */
		teardown(state);
		lie_begin(l, false);
	}
}

/* Within some minutes no further than max_correction, but for what any oscillator may do. */
static void assert_a_large_rate_is_a_move(struct deceit *l)
{
	const struct wire_poll q = {.date_confirmed = true, .max_drift_ppb = WIRE_DRIFT_PPB_MAX};
	int64_t most_ns = l->s.config.max_correction_ns +
			  bound_grown_ns(l->s.config.max_drift_ppb, 100 * NS_PER_S);

	l->wall_less_raw_ns += lie_moved_ns(l);
	lie_want(l, &q, 900 * NS_PER_MS, NS_PER_S);
	for (unsigned i = 0; i < 100; i++) {
		lie_poll(l, &q);
		lie_correct(l, &(struct wire_correct){.offset_ns =
							      line_remainder_ns(l->s.node,
										stage_pair(&l->s)),
						      .rate = 3999e-6});
		stage_wait(&l->s, NS_PER_S - 5 * NS_PER_MS);
	}
	assert_in_range(lie_moved_ns(l) + line_remainder_ns(l->s.node, stage_pair(&l->s)), NS_PER_S,
			most_ns);
	assert_true(l->n_tripped[LIMIT_MINUTES] > 0);
	assert_false(stage_status(&l->s).tripped); /* it may go on in the next minutes */
	lie_want_rate(l, 50e-6, 10 * MINUTE_NS);
	assert_int_equal(stage_status(&l->s).refusal, CORRECT_OK);
}

static void a_large_rate_is_a_move_of_these_minutes(void **state)
{
	assert_a_large_rate_is_a_move(*state);
}

/* Who does not know its own rate yet knows what no oscillator does. */
static void so_is_one_before_the_own_rate_is_known(void **state)
{
	struct deceit *l = *state;

	l->forgets_rate = true;
	lie_start_anew(l, true);
	lie_want(l, &lie_confirmed, 0, 3 * NS_PER_S);
	assert_false(l->s.node->steering.budget.rate_known);
	assert_true(l->s.node->steering.budget.held);
	assert_a_large_rate_is_a_move(l);
}

/* A last correction, and nobody speaks any more. */
static void so_is_one_that_was_said_once(void **state)
{
	struct deceit *l = *state;

	l->s.config.priority = 0;
	node_reconfigure(l->s.node, &l->s.config);
	lie_poll(l, &lie_confirmed);
	lie_correct(l, &(struct wire_correct){.rate = 399e-6});
	stage_wait(&l->s, 2 * DAY_NS);
	assert_in_range(lie_moved_ns(l), 9 * NS_PER_S, 14 * NS_PER_S);
}

/* What oscillators do, and what references or an order may pull group time by. */
static void a_rate_that_may_be_is_no_fault(void **state)
{
	struct deceit *l = *state;

	l->s.config.max_correction_ns = NS_PER_MS; /* which 100 ppm make in ten seconds */
	node_reconfigure(l->s.node, &l->s.config);
	lie_want_rate(l, 100e-6, 3 * DAY_NS);
	assert_int_equal(l->n_tripped[LIMIT_DEPARTURE], 0);
	assert_int_equal(l->n_tripped[LIMIT_MINUTES], 0);
	assert_false(stage_status(&l->s).tripped);
}

static void no_bound_grows_more_slowly_than_max_drift_says(void **state)
{
	struct deceit *l = *state;

	lie_want(l, &lie_confirmed, 0, NS_PER_S); /* which says that it does not grow */
	assert_true(stage_status(&l->s).line.growth_ppb >= 2 * l->s.config.max_drift_ppb);
}

/* --- What gives it back, and what does not --- */

static void a_restart_gives_nothing_back(void **state)
{
	for (int sign = -1; sign <= 1; sign += 2) {
		struct deceit *l = *state;

		for (unsigned i = 0; i < 10; i++) {
			lie_want(l, &lie_confirmed, sign * (i % 2 ? YEAR_NS : 900 * NS_PER_MS),
				 5 * NS_PER_S);
			lie_start_anew(l, false);
		}
		assert_held(l);
		teardown(state);
		lie_begin(l, false);
	}
}

/* Attack seed 2559: nor has who was promised no bound yet one more first join with each start. */
static void step_after_restarts(struct deceit *l, const struct wire_poll *q)
{
	lie_start_anew(l, true);
	for (unsigned i = 0; i < 10; i++) {
		lie_poll(l, q);
		lie_correct(l, &(struct wire_correct){.offset_ns = HOUR_NS / 2,
						      .error_ns = INT64_MAX});
		stage_wait(&l->s, NS_PER_S / 2);
		lie_start_anew(l, false);
	}
}

static void restarts_give_few_steps(void **state)
{
	struct deceit *l = *state;

	step_after_restarts(l, &lie_confirmed);
	assert_in_range(l->n_steps, 2, 4); /* the first, and three that are counted */
}

static void restarts_give_few_steps_by_orders_from_elsewhere(void **state)
{
	struct deceit *l = *state;

	l->s.config.orders = ORDERS_OF_MEMBERS;
	step_after_restarts(l, &(struct wire_poll){.founding = FOUNDING_ORDER, .group_new = true});
	assert_int_equal(l->n_steps, 5); /* the first, and four that are counted */
}

/* A crash loses what is not on disk: who causes one each minute is to gain little by it. */
static void a_64th_of_max_correction_is_not_on_disk_at_most(void **state)
{
	struct deceit *l = *state;
	int64_t most_ns = 0;

	for (unsigned i = 0; i < 30; i++) { /* faster than the hour's limit is given back */
		lie_poll(l, &lie_confirmed);
		lie_correct(l, &(struct wire_correct){.offset_ns = 10 * NS_PER_MS,
						      .error_ns = NS_PER_S});
		stage_wait(&l->s, NS_PER_S);
		most_ns = ns_max(most_ns,
				 l->s.node->steering.budget.hour_ns - l->disk.budget.hour_ns);
	}
	assert_in_range(most_ns, NS_PER_MS, l->s.config.max_correction_ns / 64);
}

static void a_host_that_was_led_astray_stays_so_after_a_restart(void **state)
{
	struct deceit *l = *state;

	lie_want_rate(l, 399e-6, DAY_NS);
	assert_true(stage_status(&l->s).tripped);
	int64_t by_then = lie_moved_ns(l);

	lie_start_anew(l, false);
	assert_true(stage_status(&l->s).tripped);
	lie_want(l, &lie_confirmed, 900 * NS_PER_MS, MINUTE_NS);
	assert_true(ns_abs(lie_moved_ns(l) - by_then) < NS_PER_MS);
	lie_start_anew(l, true);
	assert_false(stage_status(&l->s).tripped);
}

/* Each is something that happens on this host. */
static void what_happens_here_makes_it_a_newcomer(void **state)
{
	const struct node_event here[] = {
		{.type = EV_CLOCK_STEPPED, .stepped.step_ns = NS_PER_S},
		{.type = EV_CLOCK_STEPPED, .stepped.suspend_ns = NS_PER_S},
		{.type = EV_CLOCK_STEPPED, .stepped.machine = INTERRUPTION_MIGRATION},
	};

	for (size_t i = 0; i < 3; i++) {
		struct deceit *l = *state;
		struct node_event ev = here[i];

		stage_event(&l->s, &ev);
		lie_next_term(l, 0);
		lie_want(l, &lie_confirmed, 1800 * NS_PER_S, NS_PER_S);
		assert_int_equal(l->n_steps, 1);
		lie_want(l, &lie_confirmed, 1800 * NS_PER_S, NS_PER_S);
		assert_int_equal(l->n_steps, 1);
		teardown(state);
		lie_begin(l, false);
	}
}

/* Each founding gives a step back: they are counted where nothing was promised yet, too. */
static void foundings_before_any_bound_are_few(void **state)
{
	struct deceit *l = *state;
	const struct wire_poll q = {.date_confirmed = true,
				    .founding = FOUNDING_DATE,
				    .group_new = true};

	lie_start_anew(l, true);
	for (unsigned i = 0; i < 10; i++) {
		lie_next_term(l, 0);
		l->m.era += 7;
		lie_poll(l, &q);
		lie_poll(l, &(struct wire_poll){.date_confirmed = true, .group_new = true});
		lie_correct(l, &(struct wire_correct){.offset_ns = HOUR_NS / 2,
						      .error_ns = INT64_MAX});
		stage_wait(&l->s, NS_PER_S / 2);
	}
	assert_in_range(l->n_steps, 2, 4); /* the first, and three that are given back */
}

/* What was ordered and founded within the hour counts for these, too. */
static void whoever_was_moved_often_gets_no_step_of_a_group_without_a_bound(void **state)
{
	struct deceit *l = *state;

	lie_start_anew(l, true);
	for (unsigned i = 0; i < 2; i++) {
		lie_next_term(l, 0);
		lie_poll(l, &lie_confirmed);
		lie_correct(l, &(struct wire_correct){.offset_ns = HOUR_NS / 2,
						      .error_ns = INT64_MAX});
		stage_wait(&l->s, NS_PER_S / 2);
		assert_int_equal(l->n_steps, 1);
		for (unsigned k = 0; k < 3; k++) {
			budget_note_order(l->s.node);
		}
	}
}

/* Another group, of which it may be promised one, is worth a second step. */
static void another_group_than_one_without_a_bound_is_joined_by_a_step(void **state)
{
	struct deceit *l = *state;

	lie_start_anew(l, true);
	for (unsigned i = 0; i < 2; i++) {
		l->m.era += 7;
		lie_poll(l, &lie_confirmed);
		lie_correct(l, &(struct wire_correct){.offset_ns = HOUR_NS / 2,
						      .error_ns = INT64_MAX});
		stage_wait(&l->s, NS_PER_S / 2);
		assert_int_equal(l->n_steps, i + 1);
	}
}

/* Who was never promised a bound has nothing to lose; but it has had its steps. */
static void without_any_bound_there_are_two_steps(void **state)
{
	struct deceit *l = *state;

	lie_start_anew(l, true);
	for (unsigned i = 0; i < 10; i++) {
		lie_next_term(l, 0);
		lie_poll(l, &lie_confirmed);
		lie_correct(l, &(struct wire_correct){.offset_ns = HOUR_NS / 2,
						      .error_ns = INT64_MAX});
		stage_wait(&l->s, NS_PER_S / 2);
	}
	assert_int_equal(l->n_steps, 2);
}

/* A year to and fro, with a bound as wide, and what may be slewed between. */
static void whoever_was_promised_nothing_is_slewed_no_further(void **state)
{
	static const int64_t far[] = {YEAR_NS, -YEAR_NS, 1800 * NS_PER_S, 0};
	struct deceit *l = *state;

	lie_start_anew(l, true);
	for (unsigned k = 0; k < 2; k++) {
		unsigned n_steps = 0;
		int64_t before = lie_moved_ns(l);

		for (unsigned i = 0; i < 1200; i++) {
			int64_t off_ns = i % 2 ? 900 * NS_PER_MS : far[i / 2 % 4];

			l->keeps_still = k == 0;
			lie_poll(l, &lie_confirmed);
			lie_correct(l, &(struct wire_correct){.offset_ns = off_ns,
							      .error_ns = INT64_MAX});
			stage_wait(&l->s, NS_PER_S);
			if (l->n_steps != n_steps) { /* once */
				assert_int_equal(++n_steps, 1);
				before = lie_moved_ns(l);
			}
			assert_true(ns_abs(lie_moved_ns(l) - before) <= 11 * NS_PER_S);
		}
		assert_true((l->n_tripped[LIMIT_SECOND_STEP] > 0) == (k > 0));
	}
	assert_int_equal(l->n_steps, 1);
}

/* A master hears with the next reply that a host has a step left; one that never lets it step is
 * told of. */
static void a_master_that_lets_nobody_step_is_named(void **state)
{
	struct deceit *l = *state;

	lie_start_anew(l, true);
	l->keeps_still = true;
	for (unsigned i = 0; i < 60; i++) {
		lie_poll(l, &lie_confirmed);
		lie_correct(l, &(struct wire_correct){.offset_ns = 1800 * NS_PER_S,
						      .error_ns = INT64_MAX});
		assert_true(i > 1 || l->n_tripped[LIMIT_SECOND_STEP] == 0);
		stage_wait(&l->s, NS_PER_S);
	}
	assert_int_equal(l->n_steps, 0);
	assert_in_range(l->n_tripped[LIMIT_SECOND_STEP], 1, 2);
}

/* Its clock is not steered: whatever is said moves nothing, and it shows what is said. */
static void who_observes_is_charged_nothing(void **state)
{
	struct deceit *l = *state;

	l->s.config.mode = MODE_OBSERVE;
	lie_start_anew(l, true);
	lie_want(l, &lie_confirmed, 0, NS_PER_S);
	for (unsigned i = 0; i < 40; i++) {
		lie_want(l, &lie_confirmed, i % 2 ? 900 * NS_PER_MS : 0, NS_PER_S);
	}
	assert_int_equal(l->n_tripped[LIMIT_ACCUMULATED], 0);
	assert_int_equal(lie_moved_ns(l), 0);
}

static void an_order_here_takes_what_was_refused(void **state)
{
	struct deceit *l = *state;
	struct node_event step = {.type = EV_ORDER, .order.order = ORDER_STEP};

	lie_want_rate(l, 399e-6, DAY_NS);
	lie_want(l, &lie_confirmed, 5 * NS_PER_S, NS_PER_S);
	assert_true(stage_status(&l->s).tripped);
	stage_event(&l->s, &step);
	assert_int_equal(l->s.fx.ordered.verdict, ORDER_OK);
	assert_false(stage_status(&l->s).tripped);
	lie_want(l, &lie_confirmed, 900 * NS_PER_MS, NS_PER_S);
	assert_int_equal(l->n_steps, 1);
}

/* The operator had it stepped; that the master took its bound away before is no reason for more. */
static void an_order_here_gives_its_master_no_step(void **state)
{
	struct deceit *l = *state;
	struct node_event step = {.type = EV_ORDER, .order.order = ORDER_STEP};

	lie_start_anew(l, true);
	lie_poll(l, &lie_confirmed);
	lie_correct(l, &(struct wire_correct){.error_ns = INT64_MAX});
	stage_wait(&l->s, NS_PER_S);
	unsigned before = l->n_steps;

	stage_event(&l->s, &step);
	assert_int_equal(l->n_steps, before + 1);
	lie_poll(l, &lie_confirmed);
	lie_correct(l, &(struct wire_correct){.offset_ns = 1800 * NS_PER_S, .may_step = true});
	stage_wait(&l->s, NS_PER_S);
	assert_int_equal(l->n_steps, before + 1);
}

/* The rate that it learnt from a liar in its first minutes takes it away from all honest masters. */
static void an_order_here_has_the_own_rate_learnt_anew(void **state)
{
	struct deceit *l = *state;
	const struct budget *b = &l->s.node->steering.budget;
	struct node_event step = {.type = EV_ORDER, .order.order = ORDER_STEP};

	l->forgets_rate = true;
	lie_start_anew(l, true);
	lie_want_rate(l, 180e-6, 4 * MINUTE_NS);
	assert_true(b->rate_known && b->rate > 150e-6);
	l->forgets_rate = false;
	lie_next_term(l, 1);
	lie_want_rate(l, 0, 2 * DAY_NS);
	assert_true(stage_status(&l->s).tripped);
	stage_event(&l->s, &step);
	assert_int_equal(l->s.fx.ordered.verdict, ORDER_OK);
	l->disk.has_freq = true; /* saved meanwhile, too */
	l->disk.freq_ppb = 180000;
	lie_start_anew(l, false);
	assert_false(b->rate_known);
	lie_want_rate(l, 0, 4 * MINUTE_NS);
	assert_true(b->rate_known && b->rate < 1e-6);
	lie_want_rate(l, 0, 2 * DAY_NS);
	assert_false(stage_status(&l->s).tripped);
}

static void order_often(struct deceit *l)
{
	const struct wire_poll q = {.founding = FOUNDING_ORDER, .group_new = true};

	for (unsigned i = 0; i < 20; i++) {
		lie_next_term(l, 0);
		l->m.era = 0;
		lie_poll(l, &q);
		l->m.era = l->m.term;
		lie_want(l, &lie_confirmed, i % 2 ? YEAR_NS : -YEAR_NS, 2 * NS_PER_S);
	}
}

/* An operator may be anywhere, and may have to correct himself.  But he is no machine. */
static void orders_from_elsewhere_are_few(void **state)
{
	struct deceit *l = *state;

	l->s.config.orders = ORDERS_OF_MEMBERS;
	node_reconfigure(l->s.node, &l->s.config);
	order_often(l);
	assert_int_equal(l->n_steps, 4);
}

/* The founding is counted, and not the step that it leads to. */
static void a_host_that_was_started_again_takes_as_many_orders(void **state)
{
	struct deceit *l = *state;

	l->s.config.orders = ORDERS_OF_MEMBERS;
	lie_start_anew(l, false);
	lie_want(l, &lie_confirmed, 0, 5 * NS_PER_S);
	order_often(l);
	assert_int_equal(l->n_steps, 4);
}

/* The one before is lost. */
static void lead_by(struct deceit *l, unsigned k, const struct wire_poll *q)
{
	l->s.node->election.heard = MONO_LONG_AGO;
	lie_next_term(l, k);
	lie_poll(l, q);
	assert_int_equal(stage_status(&l->s).master, l->s.puppet[k].trust.id);
}

/* A word on what is past made all clocks no evidence for good, so that a liar's own was the only one
 * to found the group by. */
static void a_clock_that_one_master_calls_past_is_not_past_by_another(void **state)
{
	struct deceit *l = *state;
	const enum date_evidence *ours = &l->s.node->steering.date.ours;
	struct wire_poll past = {.date_confirmed = true};

	for (unsigned k = 1; k <= 3; k++) { /* each has led, and is in the table */
		lead_by(l, k % 3, &lie_confirmed);
	}
	assert_int_not_equal(*ours, DATE_NONE);
	past.floor = wall_add(stage_pair(&l->s).wall, YEAR_NS);
	lie_poll(l, &past);
	l->m.era++; /* whereupon the node is of another group's line no more */
	lie_poll(l, &past);
	assert_int_equal(*ours, DATE_NONE);
	lie_poll(l, &lie_confirmed); /* it takes its own word back: no other's */
	assert_int_equal(*ours, DATE_NONE);
	lead_by(l, 1, &past); /* two say so */
	assert_int_equal(*ours, DATE_NONE);
	lead_by(l, 2, &lie_confirmed);
	assert_int_equal(*ours, DATE_CLAIMS);
	assert_int_equal(l->s.node->steering.date.past_by, 0); /* for what comes of it later */
}

/* What a clock shows after the group has moved it is the group's word, whatever it showed before. */
static void a_clock_that_the_group_has_set_claims_no_date(void **state)
{
	struct deceit *l = *state;
	struct wire_poll past = {.date_confirmed = true};

	for (unsigned k = 1; k <= 3; k++) {
		lead_by(l, k % 3, &lie_confirmed);
	}
	past.floor = wall_add(stage_pair(&l->s).wall, YEAR_NS);
	l->m.era++;
	lie_poll(l, &past);
	assert_int_not_equal(l->s.node->steering.date.past_by, 0);
	date_join(l->s.node, YEAR_NS);
	assert_int_equal(l->s.node->steering.date.past_by, 0);
	assert_int_equal(l->s.node->steering.date.ours, DATE_NONE);
}

/* Whoever leads may be anybody who has the keys of a member. */
static void a_master_that_is_not_listed_orders_no_step(void **state)
{
	struct deceit *l = *state;

	lie_next_term(l, 0);
	lie_poll(l, &(struct wire_poll){.founding = FOUNDING_ORDER, .group_new = true});
	assert_true(l->s.node->steering.has_line); /* nor that we give ours up */
	order_often(l);
	assert_int_equal(l->n_steps, 0);
	assert_true(ns_abs(lie_moved_ns(l)) <= l->s.config.max_correction_ns);
	assert_int_equal(l->n_order_refused, 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* Each of these polls says another thing than that before. */
static void poll_holding(struct deceit *l, bool by_1, bool by_2)
{
	const struct wire_poll by_nobody = lie_confirmed;
	struct wire_poll q[2] = {lie_confirmed, lie_confirmed};

	for (unsigned k = 0; k < 2; k++) {
		q[k].hold = (struct hold){.left_ms = HOLD_MS_MAX,
					  .host = l->s.puppet[k + 1].trust.id,
					  .uid = 1000};
	}
	for (unsigned i = 0; i < 88; i++) {
		lie_poll(l, by_1 ? &q[0] : &by_nobody);
		stage_wait(&l->s, NS_PER_S - 5 * NS_PER_MS);
		lie_poll(l, by_2 ? &q[1] : &by_nobody);
		stage_wait(&l->s, NS_PER_S - 5 * NS_PER_MS);
	}
}

/* And once more what is so in the end. */
static void who_holds_the_group_is_told_once_a_minute(void **state)
{
	struct deceit *l = *state;

	assert_true(mono_is_long_ago(l->s.node->steering.hold.told));
	poll_holding(l, true, true);
	assert_int_equal(l->n_held, 3);
	poll_holding(l, false, true);
	assert_int_equal(l->n_hold_ended, 4);
	assert_int_equal(l->n_held, 6);
	lie_poll(l, &lie_confirmed);
	assert_int_equal(l->n_hold_ended, 4);
	struct wire_poll q = lie_confirmed;

	q.hold = (struct hold){.left_ms = HOLD_MS_MAX, .host = l->s.puppet[1].trust.id};
	lie_poll(l, &q);
	assert_int_equal(l->n_held, 6);
	for (unsigned i = 0; i < 70; i++) {
		stage_wait(&l->s, NS_PER_S);
		q.hold.left_ms -= 1000;
		lie_poll(l, &q);
	}
	assert_int_equal(l->n_held, 7);
	lie_poll(l, &lie_confirmed);
	assert_int_equal(l->n_hold_ended, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_line_without_a_bound_makes_no_newcomer),
		T(the_same_within_one_term),
		T(each_term_of_another_master_is_charged_alike),
		T(another_founding_makes_no_newcomer),
		T(a_founding_that_it_does_not_accept_is_none),
		T(a_date_is_found_anew_few_times),
		T(a_founding_anew_has_not_the_name_of_the_old_one),
		T(a_name_that_was_given_up_does_not_come_back),
		T(a_line_of_a_founding_without_a_name_is_foreign_to_another_master),
		T(a_founding_without_a_name_gets_one_from_who_leads_next),
		T(a_newcomer_by_order_has_no_more_orders_left),
		T(a_group_without_a_time_is_not_joined),
		T(a_date_is_not_found_anew_for_ever),
		T(moves_add_up_within_a_minute),
		T(a_rate_is_a_movement),
		T(a_large_rate_is_a_move_of_these_minutes),
		T(so_is_one_before_the_own_rate_is_known),
		T(so_is_one_that_was_said_once),
		T(a_rate_that_may_be_is_no_fault),
		T(no_bound_grows_more_slowly_than_max_drift_says),
		T(a_restart_gives_nothing_back),
		T(restarts_give_few_steps),
		T(restarts_give_few_steps_by_orders_from_elsewhere),
		T(a_64th_of_max_correction_is_not_on_disk_at_most),
		T(a_host_that_was_led_astray_stays_so_after_a_restart),
		T(what_happens_here_makes_it_a_newcomer),
		T(one_move_that_is_too_large_is_named_as_one),
		T(foundings_before_any_bound_are_few),
		T(whoever_was_moved_often_gets_no_step_of_a_group_without_a_bound),
		T(another_group_than_one_without_a_bound_is_joined_by_a_step),
		T(without_any_bound_there_are_two_steps),
		T(whoever_was_promised_nothing_is_slewed_no_further),
		T(a_master_that_lets_nobody_step_is_named),
		T(who_observes_is_charged_nothing),
		T(an_order_here_takes_what_was_refused),
		T(an_order_here_gives_its_master_no_step),
		T(an_order_here_has_the_own_rate_learnt_anew),
		T(orders_from_elsewhere_are_few),
		T(a_host_that_was_started_again_takes_as_many_orders),
		T(a_clock_that_one_master_calls_past_is_not_past_by_another),
		T(a_clock_that_the_group_has_set_claims_no_date),
		T(a_master_that_is_not_listed_orders_no_step),
		T(who_holds_the_group_is_told_once_a_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
