/* test_delay.c - the shape of the queueing delay: its beginning, and what it says of the floor. */
#include "core/estimate/delay.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SCALE 5e4
#define N     4000

/* N delays of mean SCALE, evenly spread over the quantiles of each shape. */
static void exponential(double ret[N])
{
	for (unsigned k = 0; k < N; k++) {
		ret[k] = -SCALE * log((k + 0.5) / N);
	}
}

static void uniform(double ret[N])
{
	for (unsigned k = 0; k < N; k++) {
		ret[k] = 2 * SCALE * (k + 0.5) / N;
	}
}

static void soft(double ret[N])
{
	for (unsigned k = 0; k < N; k++) {
		ret[k] = 2 * SCALE * sqrt((k + 0.5) / N); /* density 0 at the floor */
	}
}

static double area(const struct delay_shape *d)
{
	double sum = 0;

	for (unsigned i = 0; i < 64000; i++) {
		sum += delay_density(d, (i + 0.5) / 1000) / 1000;
	}
	return sum + delay_density(d, 64) * 64; /* the inverse-square rest */
}

static void an_exponential_is_assumed(void **state)
{
	struct delay_shape d;

	(void)state;
	delay_init(&d, SCALE, NULL, 0);
	assert_true(fabs(delay_density(&d, 0.5) / exp(-0.5) - 1) < 0.1);
	assert_true(fabs(delay_density(&d, 3) / exp(-3) - 1) < 0.1);
	assert_true(fabs(delay_density(&d, 0.05) - 0.95) < 0.05);
	assert_true(fabs(area(&d) - 1) < 0.01);
}

static void what_was_seen_counts(void **state)
{
	static double seen[N];
	struct delay_shape d;

	(void)state;
	uniform(seen);
	delay_init(&d, SCALE, seen, N);
	assert_true(fabs(delay_density(&d, 1) - 0.5) < 0.05);
	assert_true(delay_density(&d, 4) < 0.01);
	assert_true(fabs(delay_survival(&d, 1) - 0.5) < 0.1);
	assert_true(fabs(area(&d) - 1) < 0.01);
}

static void a_soft_floor_is_seen(void **state)
{
	static double seen[N];
	struct delay_shape d;

	(void)state;
	exponential(seen);
	delay_init(&d, SCALE, seen, N);
	assert_true(delay_density(&d, 0.05) > 0.9);
	uniform(seen);
	delay_init(&d, SCALE, seen, N);
	assert_true(delay_density(&d, 0.05) > 0.4 && delay_density(&d, 0.05) < 0.6);
	soft(seen);
	delay_init(&d, SCALE, seen, N);
	assert_true(delay_density(&d, 0.05) < 0.1);
}

static void the_longest_are_counted_at_the_end(void **state)
{
	const double seen[] = {0, 1e300, INFINITY};
	struct delay_shape d;

	(void)state;
	delay_init(&d, SCALE, seen, 3);
	assert_true(fabs(area(&d) - 1) < 0.01);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exponential_is_assumed),
		cmocka_unit_test(what_was_seen_counts),
		cmocka_unit_test(a_soft_floor_is_seen),
		cmocka_unit_test(the_longest_are_counted_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
