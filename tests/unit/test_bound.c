/* test_bound.c - what is published as certain is certain, rounding and extremes included. */
#include "core/rules/bound.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Any two oscillators within the limit, against any line: the difference never exceeds the bound.
 */
static void bound_growth_covers_every_pair_of_oscillators(void **state)
{
	static const double rates[] = {0, 1e-6, -1e-6, 1e-4, -1e-4, 2e-4, -2e-4, 1e-3, -1e-3};

	(void)state;
	for (int64_t drift = 1; drift <= 1000000; drift *= 10) {
		for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
			int64_t g = bound_growth_ppb(drift, rates[i]);

			for (int a = -1; a <= 1; a++) {
				for (int b = -1; b <= 1; b++) {
					double d = 1e-9 * (double)drift;
					double rate = (1 + a * d) / (1 + b * d) - 1;
					double off = (rate - rates[i]) * 1e9;

					assert_true((off < 0 ? -off : off) <= (double)g + 1e-3);
				}
			}
		}
	}
}

static void bound_growth_is_no_larger_than_it_must_be(void **state)
{
	(void)state;
	assert_in_range(bound_growth_ppb(100000, 0), 200000, 200050);
	assert_in_range(bound_growth_ppb(100000, 50e-6), 249950, 250050);
	assert_in_range(bound_growth_ppb(100000, -50e-6), 249950, 250050);
}

static void bound_growth_of_a_wild_rate_is_large_and_finite(void **state)
{
	(void)state;
	assert_int_equal(bound_growth_ppb(100000, 1e300), NS_PER_S);
	assert_int_equal(bound_growth_ppb(100000, -1e300), NS_PER_S);
	assert_int_equal(bound_growth_ppb(100000, __builtin_nan("")), NS_PER_S);
	assert_int_equal(bound_growth_ppb(INT64_MAX, 0), NS_PER_S);
}

static void bound_sums_line_remainder_and_reading(void **state)
{
	struct line l = {.r0 = {0}, .g0 = {1000}, .error_ns = 300, .growth_ppb = 1000};
	struct clock_pair now = {.raw = {NS_PER_S}, .wall = {NS_PER_S + 900}};

	(void)state;
	assert_int_equal(bound_of(&l, now, 40), 300 + 1000 + 100 + 40);
	now.wall.ns = NS_PER_S + 1100; /* ahead as well as behind */
	assert_int_equal(bound_of(&l, now, 40), 300 + 1000 + 100 + 40);
}

static void bound_unknown_stays_unknown_and_nothing_overflows(void **state)
{
	struct line l = {.error_ns = BOUND_UNKNOWN};
	struct clock_pair now = {.raw = {INT64_MAX}, .wall = {INT64_MIN}};

	(void)state;
	assert_int_equal(bound_of(&l, now, INT64_MAX), BOUND_UNKNOWN);
	l = (struct line){.error_ns = 1, .growth_ppb = 1};
	assert_int_equal(bound_of(&l, now, 1), BOUND_UNKNOWN);
	now = (struct clock_pair){{0}, {0}};
	assert_int_equal(bound_of(&l, now, INT64_MAX), BOUND_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bound_growth_covers_every_pair_of_oscillators),
		cmocka_unit_test(bound_growth_is_no_larger_than_it_must_be),
		cmocka_unit_test(bound_growth_of_a_wild_rate_is_large_and_finite),
		cmocka_unit_test(bound_sums_line_remainder_and_reading),
		cmocka_unit_test(bound_unknown_stays_unknown_and_nothing_overflows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
