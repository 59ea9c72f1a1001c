/* test_runaway.c - an oscillator beyond max_drift: a member's is measured, named and left out,
 * and a master's is found out by the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "tests/world/quiet.h"

#define BAD 4

static const double bad_ppm[] = {500, -500, 350, 1500};

static struct world *begun(void **state, unsigned who, double ppm, double seconds)
{
	struct world *w = *state;

	w->host[who].clock.freq = ppm * 1e-6;
	w->host[who].liar = true; /* its bound is not held to anything: it keeps no max_drift */
	w->host[0].config.priority = 200;
	quiet_begin(w, seconds);
	return w;
}

static struct member_view view_of(const struct world *w, unsigned who)
{
	struct member_view v;

	assert_true(world_member_of(w, (unsigned)world_master(w, 0), who, &v));
	return v;
}

static bool counts(const struct world *w, unsigned who)
{
	enum reason r = view_of(w, who).reason;

	return r == REASON_NONE || r == REASON_TRIMMED;
}

static void a_member_beyond_max_drift_is_named_with_its_rate(void **state)
{
	for (unsigned i = 0; i < sizeof(bad_ppm) / sizeof(bad_ppm[0]); i++) {
		struct world *w = begun(state, BAD, bad_ppm[i], 60);
		struct member_view v = view_of(w, BAD);

		assert_int_equal(world_master(w, 0), 0);
		assert_int_equal(v.reason, REASON_RATE);
		assert_true(fabs(v.rate * 1e6 - (bad_ppm[i] + 10)) <
			    15); /* the others: -40 to 20 */
		assert_true(v.weight == 0);
		for (unsigned k = 1; k < BAD; k++) {
			assert_true(counts(w, k));
			assert_true(world_status(w, k).bound_ns < NS_PER_MS);
		}
		assert_true(world_spread(w) < 20 * NS_PER_US);
		assert_int_equal(world_status(w, BAD).bound_ns, BOUND_UNKNOWN);
		assert_int_equal(world_status(w, BAD).lack, LACK_OSCILLATOR);
		assert_false(quiet_deeds(w, BAD)->synced);
		(void)quiet_teardown(state);
		(void)quiet_setup(state);
	}
}

/* It is asked for no more than it takes, and people are told once a minute. */
static void a_member_beyond_max_drift_is_corrected_as_far_as_may_be(void **state)
{
	struct world *w = begun(state, BAD, 800, 60);
	unsigned told = quiet_deeds(w, 0)->n_notice[NOTICE_LIMIT_TRIPPED];

	assert_true(fabs(world_status(w, BAD).line.rate + 400e-6) < 1e-6);
	/* What it is told contradicts its max_drift: so it has asked others of its master. */
	assert_in_range(world_status(w, BAD).n_refused, 0, 8);
	assert_in_range(told, 1, 2);
	quiet_run(w, 600);
	assert_in_range(quiet_deeds(w, 0)->n_notice[NOTICE_LIMIT_TRIPPED], told + 8, told + 11);
}

static void a_slow_one_too(void **state)
{
	struct world *w = begun(state, BAD, -800, 60);

	assert_true(fabs(world_status(w, BAD).line.rate - 400e-6) < 1e-6);
	assert_in_range(world_status(w, BAD).n_refused, 0, 8);
}

/* Not even where nobody else is left. */
static void a_master_that_has_yielded_does_not_stand(void **state)
{
	struct world *w = begun(state, 0, 500, 60);
	unsigned stood = quiet_deeds(w, 0)->n_notice[NOTICE_ELECTION];

	assert_true(world_master(w, 0) > 0);
	quiet_isolate(w, 0);
	quiet_run(w, 60);
	assert_int_equal(quiet_deeds(w, 0)->n_notice[NOTICE_ELECTION], stood);
}

static void an_oscillator_that_is_well_again_counts_again(void **state)
{
	struct world *w = begun(state, BAD, 500, 60);

	assert_int_equal(view_of(w, BAD).reason, REASON_RATE);
	w->host[BAD].clock.freq = 30e-6;
	quiet_run(w, 300);
	assert_true(counts(w, BAD));
	assert_true(world_status(w, BAD).bound_ns < NS_PER_MS);
	assert_true(ns_abs(world_off_ns(w, BAD) - world_off_ns(w, 0)) < 20 * NS_PER_US);
	assert_int_equal(world_status(w, BAD).lack, LACK_NOTHING);
}

static void a_master_beyond_max_drift_yields_to_the_others(void **state)
{
	for (unsigned i = 0; i < 3; i++) {
		struct world *w = begun(state, 0, bad_ppm[i], 60);

		assert_true(world_master(w, 0) > 0);
		assert_int_equal(view_of(w, 0).reason, REASON_RATE);
		for (unsigned k = 1; k <= BAD; k++) {
			assert_int_not_equal(view_of(w, k).reason, REASON_RATE);
		}
		assert_true(world_spread(w) < 20 * NS_PER_US);
		quiet_run(w, 300); /* it stands no more */
		assert_true(world_master(w, 0) > 0);
		(void)quiet_teardown(state);
		(void)quiet_setup(state);
	}
}

/* Two that run alike are no majority of five: the master is not the one. */
static void two_that_run_alike_do_not_depose_the_master(void **state)
{
	struct world *w = *state;

	w->host[3].clock.freq = 510e-6;
	w->host[3].liar = true;
	(void)begun(state, BAD, 500, 90);
	assert_int_equal(world_master(w, 0), 0);
	assert_int_equal(view_of(w, 3).reason, REASON_RATE);
	assert_int_equal(view_of(w, BAD).reason, REASON_RATE);
	assert_int_equal(world_status(w, 0).lack, LACK_NOTHING);
	assert_true(world_status(w, 0).bound_ns < NS_PER_MS);
}

/* The others are appliances, which never lead. */
static void a_master_beyond_max_drift_that_nobody_can_replace_promises_nothing(void **state)
{
	struct world *w = *state;

	for (unsigned i = 1; i < w->n; i++) {
		w->host[i].config.priority = 0;
	}
	(void)begun(state, 0, bad_ppm[0], 120);
	assert_int_equal(world_master(w, 0), 0);
	assert_in_range(quiet_deeds(w, 0)->own_rate_ppb, 470000, 530000); /* it is fast */
	/* Once of itself, and once a minute of each of the four that it would accuse. */
	assert_in_range(quiet_deeds(w, 0)->n_notice[NOTICE_LIMIT_TRIPPED], 1, 1 + 2 * 4);
	assert_int_equal(world_status(w, 0).bound_ns, BOUND_UNKNOWN);
	assert_int_equal(world_status(w, 0).lack, LACK_OSCILLATOR);
	/* It is judged again and again: well, it promises something again. */
	w->host[0].clock.freq = 10e-6;
	quiet_run(w, 600);
	assert_int_equal(world_master(w, 0), 0);
	assert_int_equal(world_status(w, 0).lack, LACK_NOTHING);
}

#define T(f) cmocka_unit_test_setup_teardown(f, quiet_setup, quiet_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_member_beyond_max_drift_is_named_with_its_rate),
		T(a_member_beyond_max_drift_is_corrected_as_far_as_may_be),
		T(a_slow_one_too),
		T(a_master_that_has_yielded_does_not_stand),
		T(an_oscillator_that_is_well_again_counts_again),
		T(a_master_beyond_max_drift_yields_to_the_others),
		T(two_that_run_alike_do_not_depose_the_master),
		T(a_master_beyond_max_drift_that_nobody_can_replace_promises_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
