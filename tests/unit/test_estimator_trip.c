/* test_estimator_trip.c - the smallest round trips, and a path that became far shorter. */
#include "core/estimate/trip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define TRIP 200000
#define LEAP 10000.0

static void the_least_is_that_of_the_last_few_hundred(void **state)
{
	struct trip t;

	(void)state;
	trip_begin(&t, TRIP);
	trip_add(&t, TRIP);
	trip_add(&t, TRIP - 500);
	trip_add(&t, TRIP + 500);
	assert_int_equal(trip_least_ns(&t), TRIP - 500);
	for (unsigned i = 0; i < 256; i++) {
		trip_add(&t, TRIP);
	}
	assert_int_equal(trip_least_ns(&t), TRIP - 500);
	for (unsigned i = 0; i < 256; i++) {
		trip_add(&t, TRIP);
	}
	assert_int_equal(trip_least_ns(&t), TRIP);
}

/* Stamps of another quality have other delays: only theirs count. */
static void the_least_of_other_stamps_is_forgotten(void **state)
{
	struct trip t;

	(void)state;
	trip_begin(&t, TRIP);
	trip_add(&t, TRIP);
	trip_forget(&t, 2 * TRIP);
	trip_add(&t, 2 * TRIP);
	assert_int_equal(trip_least_ns(&t), 2 * TRIP);
	assert_false(trip_watch(&t, 2 * TRIP, LEAP)); /* and is no measure of a shorter path */
}

static void three_far_shorter_ones_are_another_path(void **state)
{
	struct trip t;

	(void)state;
	trip_begin(&t, TRIP);
	assert_false(trip_watch(&t, TRIP / 2, LEAP));
	assert_false(trip_watch(&t, TRIP / 2, LEAP));
	assert_true(trip_watch(&t, TRIP / 2, LEAP));
}

/* One far shorter is a stamp in error, and is forgotten while others are not. */
static void a_few_far_apart_are_not(void **state)
{
	struct trip t;

	(void)state;
	trip_begin(&t, TRIP);
	for (unsigned i = 0; i < 100; i++) {
		assert_false(trip_watch(&t, i % 5 == 0 ? TRIP / 2 : TRIP, LEAP));
	}
}

/* A queue that is empty for once makes it shorter, not another path: by less than the leap, or by
 * less than a sixteenth. */
static void a_little_shorter_is_the_same_path(void **state)
{
	struct trip t;

	(void)state;
	trip_begin(&t, TRIP);
	for (int64_t trip = TRIP; trip > TRIP / 2; trip -= (int64_t)LEAP / 2) {
		assert_false(trip_watch(&t, trip, LEAP));
	}
	trip_begin(&t, 100 * TRIP);
	for (unsigned i = 0; i < 9; i++) {
		assert_false(trip_watch(&t, 100 * TRIP - 2 * (int64_t)LEAP, LEAP));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_least_is_that_of_the_last_few_hundred),
		cmocka_unit_test(the_least_of_other_stamps_is_forgotten),
		cmocka_unit_test(three_far_shorter_ones_are_another_path),
		cmocka_unit_test(a_few_far_apart_are_not),
		cmocka_unit_test(a_little_shorter_is_the_same_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
