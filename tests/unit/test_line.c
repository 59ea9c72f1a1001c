/* test_line.c - a line goes on for years without losing a nanosecond, and its bound only grows. */
#include "berk/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define YEAR (INT64_C(31557600) * NS_PER_S)

static void line_passes_through_its_origin_at_its_rate(void **state)
{
	struct line l = {.r0 = {1000}, .g0 = {500}, .rate = 25e-6};

	(void)state;
	assert_int_equal(line_at(&l, (raw_t){1000}).ns, 500);
	assert_int_equal(line_at(&l, (raw_t){1000 + NS_PER_S}).ns, 500 + NS_PER_S + 25000);
	assert_int_equal(line_at(&l, (raw_t){1000 - NS_PER_S}).ns, 500 - NS_PER_S - 25000);
}

static void line_is_exact_after_ten_years(void **state)
{
	struct line l = {.r0 = {0}, .g0 = {INT64_C(1700000000) * NS_PER_S}, .rate = 1e-4};

	(void)state;
	int64_t expected = l.g0.ns + 10 * YEAR + 10 * YEAR / 10000;
	assert_true(ns_abs(line_at(&l, (raw_t){10 * YEAR}).ns - expected) <= 64); /* of 3e13 */
}

static void line_is_held_at_the_ends_of_time(void **state)
{
	struct line l = {.r0 = {INT64_MIN}, .g0 = {INT64_MAX - 5}, .rate = 1e-4};

	(void)state;
	assert_int_equal(line_at(&l, (raw_t){INT64_MAX}).ns, INT64_MAX);
	l = (struct line){.r0 = {INT64_MAX}, .g0 = {INT64_MIN + 5}, .rate = 1e-4};
	assert_int_equal(line_at(&l, (raw_t){INT64_MIN}).ns, INT64_MIN);
}

static void line_error_grows_with_age_and_is_rounded_up(void **state)
{
	struct line l = {.r0 = {0}, .error_ns = 100, .growth_ppb = 200000};

	(void)state;
	assert_int_equal(line_error(&l, (raw_t){0}), 100);
	assert_int_equal(line_error(&l, (raw_t){NS_PER_S}), 100 + 200000);
	assert_int_equal(line_error(&l, (raw_t){1}), 101);
	assert_int_equal(line_error(&l, (raw_t){-NS_PER_S}), 100 + 200000);
	assert_int_equal(line_error(&l, (raw_t){YEAR}), 100 + YEAR / 5000);
}

static void line_error_saturates(void **state)
{
	struct line l = {.r0 = {INT64_MIN}, .error_ns = 1, .growth_ppb = 2000000000};

	(void)state;
	assert_int_equal(line_error(&l, (raw_t){INT64_MAX}), INT64_MAX);
	l.growth_ppb = INT64_MAX;
	assert_int_equal(line_error(&l, (raw_t){INT64_MAX}), INT64_MAX);
	l = (struct line){.error_ns = INT64_MAX, .growth_ppb = 1};
	assert_int_equal(line_error(&l, (raw_t){NS_PER_S}), INT64_MAX);
}

static void line_rebased_is_the_same_line(void **state)
{
	struct line l = {.r0 = {7}, .g0 = {9}, .rate = -42e-6, .error_ns = 50, .growth_ppb = 1000};
	struct line moved = l;
	raw_t later = {3600 * NS_PER_S};

	(void)state;
	for (int64_t s = 1; s <= 3600; s += 7) {
		line_rebase(&moved, (raw_t){s * NS_PER_S});
	}
	assert_in_range(line_at(&moved, later).ns - line_at(&l, later).ns + 600, 0, 1200);
	assert_true(line_error(&moved, later) >= line_error(&l, later));
	assert_true(line_error(&moved, later) <= line_error(&l, later) + 600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_passes_through_its_origin_at_its_rate),
		cmocka_unit_test(line_is_exact_after_ten_years),
		cmocka_unit_test(line_is_held_at_the_ends_of_time),
		cmocka_unit_test(line_error_grows_with_age_and_is_rounded_up),
		cmocka_unit_test(line_error_saturates),
		cmocka_unit_test(line_rebased_is_the_same_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
