/* test_ensemble.c - who counts, for how much, and that liars move nobody. */
#include "core/rules/ensemble.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ensemble_entry entry(node_id id, int64_t value_ns, int64_t bound_ns, double weight)
{
	return (struct ensemble_entry){.id = id,
				       .value_ns = value_ns,
				       .bound_ns = bound_ns,
				       .weight = weight};
}

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void shares_sum_to_one(const struct ensemble_entry *e, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		assert_true(e[i].weight_used >= 0 && e[i].weight_used <= 1);
		assert_true(e[i].reason == REASON_NONE || e[i].weight_used == 0);
		sum += e[i].weight_used;
	}
	assert_true(sum > 0.999999 && sum < 1.000001);
}

static void ensemble_of_nobody_is_no_average(void **state)
{
	struct ensemble_entry e[2] = {entry(1, 5, 1, 1), entry(2, 6, 1, 1)};
	struct ensemble_result r;

	(void)state;
	assert_false(ensemble_average(e, 0, 1, &r));
	assert_int_equal(r.average_ns, 0);
	e[0].reason = REASON_NEWCOMER;
	e[1].reason = REASON_OPERATOR;
	assert_false(ensemble_average(e, 2, 1, &r));
	assert_int_equal(e[0].reason, REASON_NEWCOMER);
	assert_int_equal(e[1].reason, REASON_OPERATOR);
}

static void ensemble_of_one_is_its_reading(void **state)
{
	struct ensemble_entry e = entry(1, -77, 5, 0.1);
	struct ensemble_result r;

	(void)state;
	assert_true(ensemble_average(&e, 1, 3, &r));
	assert_int_equal(r.average_ns, -77);
	assert_int_equal(r.f, 0);
	assert_true(r.agreed);
	assert_true(e.weight_used == 1);
}

static void ensemble_of_two_is_weighted_and_says_when_they_contradict(void **state)
{
	struct ensemble_entry e[2] = {entry(1, 0, 60, 1), entry(2, 100, 60, 3)};
	struct ensemble_result r;

	(void)state;
	assert_true(ensemble_average(e, 2, 1, &r));
	assert_true(r.agreed);
	assert_int_equal(r.average_ns, 75);
	assert_int_equal(r.lo_ns, 40);
	assert_int_equal(r.hi_ns, 60);
	e[1].bound_ns = 30;
	assert_true(ensemble_average(e, 2, 1, &r));
	assert_false(r.agreed);
	assert_int_equal(r.n_used, 2);
}

static void ensemble_leaves_out_who_came_with_a_reason(void **state)
{
	struct ensemble_entry e[3] = {entry(1, 10, 5, 1), entry(2, 12, 5, 1), entry(3, 900, 5, 1)};
	struct ensemble_result r;

	(void)state;
	e[2].reason = REASON_NEWCOMER;
	assert_true(ensemble_average(e, 3, 1, &r));
	assert_int_equal(r.average_ns, 11);
	assert_int_equal(r.n_used, 2);
	assert_int_equal(e[2].reason, REASON_NEWCOMER);
	assert_true(e[2].weight_used == 0);
	shares_sum_to_one(e, 3);
}

/* One host 10 s wrong: certainly a liar, so no good clock is trimmed on its account. */
static void ensemble_excludes_a_falseticker_by_name(void **state)
{
	struct ensemble_entry e[5] = {entry(1, 10, 50, 1), entry(2, 20, 50, 1),
				      entry(3, INT64_C(10000000000), 50, 9), entry(4, 30, 50, 1),
				      entry(5, 40, 50, 1)};
	struct ensemble_result r;

	(void)state;
	assert_true(ensemble_average(e, 5, 1, &r));
	assert_true(r.agreed);
	assert_int_equal(e[2].reason, REASON_FALSETICKER);
	assert_int_equal(r.f, 1);
	assert_int_equal(r.n_used, 4);
	assert_int_equal(r.average_ns, 25);
	assert_int_equal(r.lo_ns, -10);
	assert_int_equal(r.hi_ns, 60);
	shares_sum_to_one(e, 5);
}

static void ensemble_trims_extremes_and_keeps_the_order(void **state)
{
	struct ensemble_entry e[5] = {entry(9, 90, 100, 1), entry(8, 10, 100, 1),
				      entry(7, 50, 100, 1), entry(6, 60, 100, 1),
				      entry(5, 40, 100, 1)};
	struct ensemble_result r;

	(void)state;
	assert_true(ensemble_average(e, 5, 1, &r));
	assert_int_equal(r.average_ns, 50);
	assert_int_equal(e[0].reason, REASON_TRIMMED);
	assert_int_equal(e[1].reason, REASON_TRIMMED);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(e[i].id, 9 - i);
	}
	/* f is never more than the readings can bear. */
	for (size_t i = 0; i < 5; i++) {
		e[i].reason = REASON_NONE;
	}
	assert_true(ensemble_average(e, 5, 100, &r));
	assert_int_equal(r.f, 2);
	assert_int_equal(r.n_used, 1);
	assert_int_equal(r.average_ns, 50);
}

static void ensemble_breaks_ties_by_id(void **state)
{
	struct ensemble_entry a[3] = {entry(3, 7, 9, 1), entry(1, 7, 9, 1), entry(2, 7, 9, 1)};
	struct ensemble_entry b[3] = {a[1], a[2], a[0]};
	struct ensemble_result r;

	(void)state;
	assert_true(ensemble_average(a, 3, 1, &r));
	assert_true(ensemble_average(b, 3, 1, &r));
	assert_int_equal(a[2].reason, REASON_NONE); /* id 2 is in the middle */
	assert_int_equal(b[1].reason, REASON_NONE);
	assert_int_equal(a[0].reason, REASON_TRIMMED);
	assert_int_equal(a[1].reason, REASON_TRIMMED);
}

static void ensemble_without_agreement_takes_the_median(void **state)
{
	struct ensemble_entry e[5] = {entry(1, 0, 1, 1), entry(2, 1000, 1, 100),
				      entry(3, 2000, 1, 1), entry(4, 3000, 1, 100),
				      entry(5, 99000, 1, 1)};
	struct ensemble_result r;

	(void)state;
	assert_true(ensemble_average(e, 5, 1, &r));
	assert_false(r.agreed);
	assert_int_equal(r.average_ns, 2000);
	assert_int_equal(r.n_used, 1);
}

/* Two regions that two of three share: from the first to the last of them, and nobody lies. */
static void ensemble_agrees_from_the_first_to_the_last_region_that_tie(void **state)
{
	struct ensemble_entry e[3] = {entry(1, 0, 100, 1), entry(2, -90, 20, 1),
				      entry(3, 80, 30, 1)};
	struct ensemble_result r;

	(void)state;
	assert_true(ensemble_average(e, 3, 0, &r));
	assert_true(r.agreed);
	assert_int_equal(r.lo_ns, -100);
	assert_int_equal(r.hi_ns, 100);
	assert_int_equal(r.n_used, 3);
}

static void ensemble_takes_a_negative_bound_for_none(void **state)
{
	struct ensemble_entry e[2] = {entry(1, 7, -5, 1), entry(2, 7, -90, 1)};
	struct ensemble_result r;

	(void)state;
	assert_true(ensemble_average(e, 2, 0, &r));
	assert_true(r.agreed);
	assert_int_equal(r.lo_ns, 7);
	assert_int_equal(r.hi_ns, 7);
}

/* 2^53 + 3 is no double: the nearest one is beyond both readings. */
static void ensemble_is_not_rounded_out_of_its_readings(void **state)
{
	int64_t far_ns = (INT64_C(1) << 53) + 3;
	struct ensemble_entry e[2] = {entry(1, 0, INT64_MAX, 1e-30),
				      entry(2, far_ns, INT64_MAX, 1)};
	struct ensemble_result r;

	(void)state;
	assert_true(ensemble_average(e, 2, 0, &r));
	assert_int_equal(r.average_ns, far_ns);
}

static void ensemble_caps_each_share(void **state)
{
	struct ensemble_entry e[8];
	struct ensemble_result r;

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		e[i] = entry(i + 1, (int64_t)i * 100, 10000, i == 3 ? 1e9 : i == 4 ? 1e8 : 1);
	}
	assert_true(ensemble_average(e, 8, 0, &r));
	for (size_t i = 0; i < 8; i++) {
		assert_true(e[i].weight_used <= 1.0 / 3 + 1e-12);
	}
	assert_true(e[3].weight_used > 0.333 && e[4].weight_used > 0.333);
	assert_true(e[0].weight_used > 0.05); /* what was cut goes to the others */
	shares_sum_to_one(e, 8);
}

static void ensemble_takes_weights_that_are_no_numbers(void **state)
{
	struct ensemble_entry e[4] = {entry(1, 10, 100, __builtin_nan("")), entry(2, 20, 100, -1),
				      entry(3, 30, 100, __builtin_inf()), entry(4, 40, 100, 0)};
	struct ensemble_result r;

	(void)state;
	assert_true(ensemble_average(e, 4, 0, &r));
	assert_in_range(r.average_ns, 10, 40);
	shares_sum_to_one(e, 4);
}

/* n = 2f+1: whatever f liars say, value, bound and weight, the average stays between good clocks.
 * The good ones' intervals hold the truth, 0. */
static void ensemble_is_moved_beyond_the_good_by_no_f_liars(void **state)
{
	uint32_t seed = 20261123;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct ensemble_entry e[15];
		struct ensemble_result r;
		unsigned f = next(&seed) % 8, n = 2 * f + 1;
		int64_t lo = INT64_MAX, hi = INT64_MIN;
		int64_t reach = 1 + next(&seed) % 3000;

		for (unsigned i = 0; i < n; i++) {
			bool liar = i < f;
			int64_t v = (int64_t)(next(&seed) % 2001) - 1000;
			int64_t slack = next(&seed) % 200;

			e[i] = entry(next(&seed), v, ns_abs(v) + slack, 1 + next(&seed) % 9);
			if (liar) {
				e[i].value_ns = (int64_t)(next(&seed) % (2 * reach)) - reach;
				e[i].bound_ns = next(&seed) % (next(&seed) % 2 ? 5000 : 20);
				e[i].weight = 1e6;
			} else {
				lo = ns_min(lo, v);
				hi = ns_max(hi, v);
			}
		}
		assert_true(ensemble_average(e, n, f, &r));
		assert_true(r.average_ns >= lo && r.average_ns <= hi);
		shares_sum_to_one(e, n);
	}
}

static void ensemble_holds_its_largest_size_and_the_ends_of_numbers(void **state)
{
	struct ensemble_entry *e = calloc(ENSEMBLE_MAX, sizeof(*e));
	struct ensemble_result r;
	uint32_t seed = 7;

	(void)state;
	assert_non_null(e);
	for (size_t i = 0; i < ENSEMBLE_MAX; i++) {
		e[i] = entry(i + 1, (int64_t)(next(&seed) % 1000), 2000, 1);
	}
	assert_true(ensemble_average(e, ENSEMBLE_MAX, 100, &r));
	assert_int_equal(r.n_used, ENSEMBLE_MAX - 200);
	assert_in_range(r.average_ns, 450, 550);
	for (size_t i = 0; i < ENSEMBLE_MAX; i++) {
		e[i] = entry(i + 1, i % 2 ? INT64_MAX : INT64_MIN, INT64_MAX, 1);
	}
	assert_true(ensemble_average(e, ENSEMBLE_MAX, 1, &r));
	struct ensemble_entry ends[3] = {entry(1, INT64_MIN, 0, 1), entry(2, INT64_MAX, 0, 1),
					 entry(3, 5, INT64_MAX, 1)};
	assert_true(ensemble_average(ends, 3, 1, &r));
	assert_int_equal(ends[0].reason, REASON_FALSETICKER); /* 5 - INT64_MAX is above it */
	assert_int_equal(r.average_ns, INT64_MAX / 2 + 6);
	struct ensemble_entry same[2] = {entry(1, INT64_MIN, -5, 1), entry(2, INT64_MIN, 0, 1)};
	assert_true(ensemble_average(same, 2, 0, &r));
	assert_int_equal(r.average_ns, INT64_MIN);
	free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ensemble_of_nobody_is_no_average),
		cmocka_unit_test(ensemble_of_one_is_its_reading),
		cmocka_unit_test(ensemble_of_two_is_weighted_and_says_when_they_contradict),
		cmocka_unit_test(ensemble_leaves_out_who_came_with_a_reason),
		cmocka_unit_test(ensemble_excludes_a_falseticker_by_name),
		cmocka_unit_test(ensemble_trims_extremes_and_keeps_the_order),
		cmocka_unit_test(ensemble_breaks_ties_by_id),
		cmocka_unit_test(ensemble_without_agreement_takes_the_median),
		cmocka_unit_test(ensemble_agrees_from_the_first_to_the_last_region_that_tie),
		cmocka_unit_test(ensemble_takes_a_negative_bound_for_none),
		cmocka_unit_test(ensemble_is_not_rounded_out_of_its_readings),
		cmocka_unit_test(ensemble_caps_each_share),
		cmocka_unit_test(ensemble_takes_weights_that_are_no_numbers),
		cmocka_unit_test(ensemble_is_moved_beyond_the_good_by_no_f_liars),
		cmocka_unit_test(ensemble_holds_its_largest_size_and_the_ends_of_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
