/* test_estimator_route.c - a floor that moves: when it is noticed, and where it is put. */
#include "core/estimate/route.h"

#include "core/estimate/envelope.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define FLOOR	100e3
#define SCALE	10e3
#define SETTLED 1000 /* exchanges, so that floors are known */

/* A cloud that is sure of offset 0 and of FLOOR, and exponential delays. */
struct fixture {
	struct route route;
	struct cloud cloud;
	struct delay_shape shape;
	enum estimator_phase phase;
	uint64_t seed;
};

static double draw_delay(struct fixture *f)
{
	f->seed = f->seed * 6364136223846793005 + 1442695040888963407;
	return -SCALE * log(((double)(f->seed >> 11) + 0.5) / 9007199254740992.0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f) {
		return -1;
	}
	for (unsigned k = 0; k < CLOUD_SIZE; k++) {
		f->cloud.weight[k] = 1.0 / CLOUD_SIZE;
		f->cloud.offset[k] = k % 2 ? 100 : -100;
		f->cloud.floor[k] = FLOOR + (k % 4 < 2 ? 100 : -100);
	}
	cloud_measure(&f->cloud);
	delay_init(&f->shape, SCALE, NULL, 0);
	route_begin(&f->route);
	f->phase = PHASE_RUNNING;
	f->seed = 1;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

/* One exchange whose ways take @out and @back ns more than the floor and the queues. */
static void watch(struct fixture *f, double out, double back)
{
	const struct edges x = {FLOOR + draw_delay(f) + out - f->route.skew_ns[0],
				-FLOOR - draw_delay(f) - back + f->route.skew_ns[1]};

	f->phase = route_watch(&f->route, f->phase, x, &f->cloud.moments, &f->shape, SETTLED);
}

/* Exchanges until the phase is @phase again; no more than @most. */
static unsigned watch_until(struct fixture *f, enum estimator_phase phase, double out, double back,
			    unsigned most)
{
	unsigned n = 0;

	do {
		assert_true(n++ < most);
		watch(f, out, back);
	} while (f->phase != phase);
	return n;
}

static void a_path_that_stays_is_weighed(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 3000; i++) {
		watch(f, 0, 0);
		assert_int_equal(f->phase, PHASE_RUNNING);
	}
}

/* A floor of one way that rose by 100 us, as a two-way mean sees it, moves the offset by 50 us.  It
 * is the floor that moves: the edges of that way come down by what it takes longer. */
static void settle_one_way(struct fixture *f, double out, double back)
{
	watch_until(f, PHASE_COASTING, out, back, 60);
	watch_until(f, PHASE_RUNNING, out, back, ROUTE_RUN_LONG);
	route_settle(&f->route, &f->cloud, &f->shape);
	assert_true(fabs(f->route.skew_ns[0] - out) < SCALE / 4);
	assert_true(fabs(f->route.skew_ns[1] - back) < SCALE / 4);
	assert_true(fabs(f->cloud.moments.mean[0]) < 200);
	assert_true(fabs(f->cloud.moments.mean[2] - FLOOR) < 200);
	assert_int_equal(f->route.n_changes, 2);
	for (unsigned i = 0; i < 200; i++) { /* and all is as before */
		watch(f, out, back);
		assert_int_equal(f->phase, PHASE_RUNNING);
	}
}

static void a_longer_way_out_skews_the_edge_above(void **state)
{
	settle_one_way(*state, 100e3, 0);
}

static void a_longer_way_back_skews_the_edge_below(void **state)
{
	settle_one_way(*state, 0, 100e3);
}

static void a_path_that_is_longer_both_ways_lifts_the_floor(void **state)
{
	struct fixture *f = *state;

	watch_until(f, PHASE_COASTING, 60e3, 60e3, 60);
	watch_until(f, PHASE_RUNNING, 60e3, 60e3, ROUTE_RUN_LONG);
	route_settle(&f->route, &f->cloud, &f->shape);
	assert_true(f->route.skew_ns[0] == 0 && f->route.skew_ns[1] == 0);
	assert_true(fabs(f->cloud.moments.mean[2] - FLOOR - 60e3) < SCALE / 4);
}

static void one_early_exchange_alone_was_a_stamp_in_error(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 2 * ROUTE_RUN_LONG; i++) {
		watch(f, 0, 0);
	}
	watch(f, -60e3, -60e3);
	assert_int_equal(f->phase, PHASE_DOUBTING);
	assert_in_range(watch_until(f, PHASE_RUNNING, 0, 0, ROUTE_RUN_LONG), 10, 14);
	assert_int_equal(f->route.n_changes, 1);
}

/* By less than the jitter, so that a floor there would have made few of the others early. */
static void one_that_is_a_little_early_moves_nothing(void **state)
{
	const struct edges x = {FLOOR - 5e3, -FLOOR + 3e3};
	struct fixture *f = *state;

	f->phase = route_watch(&f->route, f->phase, x, &f->cloud.moments, &f->shape, SETTLED);
	assert_int_equal(f->phase, PHASE_DOUBTING);
	assert_in_range(watch_until(f, PHASE_RUNNING, 0, 0, ROUTE_RUN_LONG), 10, 14);
	assert_int_equal(f->route.n_changes, 1);
}

static void a_second_early_one_shows_a_shorter_path(void **state)
{
	struct fixture *f = *state;

	watch(f, -60e3, -60e3);
	assert_int_equal(f->phase, PHASE_DOUBTING);
	watch_until(f, PHASE_COASTING, -60e3, -60e3, 14);
	watch_until(f, PHASE_RUNNING, -60e3, -60e3, ROUTE_RUN_LONG);
	route_settle(&f->route, &f->cloud, &f->shape);
	assert_true(fabs(f->cloud.moments.mean[2] - FLOOR + 60e3) < SCALE / 4);
}

/* @n times an exchange that is early by @early ns out of the floor of @way, among 40 that are not;
 * false when the phase was none: all has to begin anew. */
static bool watch_alarms(struct fixture *f, unsigned n, unsigned way, double early)
{
	for (unsigned i = 0; i < n; i++) {
		watch(f, way == 0 ? -early : 0, way == 1 ? -early : 0);
		if (f->phase == PHASE_NONE) {
			return false;
		}
		assert_int_equal(f->phase, PHASE_DOUBTING);
		for (unsigned k = 0; k < 40; k++) {
			watch(f, 0, 0);
		}
		assert_int_equal(f->phase, PHASE_RUNNING);
	}
	return true;
}

static void early_ones_at_one_place_are_the_few_that_are_fast(void **state)
{
	for (unsigned way = 0; way < 2; way++) {
		struct fixture *f = *state;

		f->phase = PHASE_RUNNING;
		route_begin(&f->route);
		assert_true(watch_alarms(f, 5, way, 400e3));
		assert_false(watch_alarms(f, 1, way, 400e3));
	}
}

static void early_ones_that_scatter_are_stamps_in_error(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 100; i++) {
		assert_true(watch_alarms(f, 1, 0, 100e3 * (1 + i * 7 % 11)));
	}
	assert_int_equal(f->route.n_changes, 1);
	assert_true(f->route.skew_ns[0] == 0 && f->route.skew_ns[1] == 0);
}

/* The many tell the same offset, and tell it better. */
static void few_that_are_fast_both_ways_are_left_alone(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 50; i++) {
		assert_true(watch_alarms(f, 1, i % 2, 400e3));
	}
	assert_int_equal(f->route.n_changes, 1);
}

/* Two early ones of thirteen are too few for a floor that fell by forty times the jitter. */
static void two_early_ones_do_not_move_the_floor(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 30; i++) {
		watch(f, i % 5 == 0 ? -400e3 - 60e3 * i : 0, 0);
		assert_true(f->phase == PHASE_DOUBTING || f->phase == PHASE_RUNNING);
	}
	assert_int_equal(f->route.n_changes, 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_path_that_stays_is_weighed),
		T(a_longer_way_out_skews_the_edge_above),
		T(a_longer_way_back_skews_the_edge_below),
		T(a_path_that_is_longer_both_ways_lifts_the_floor),
		T(one_early_exchange_alone_was_a_stamp_in_error),
		T(one_that_is_a_little_early_moves_nothing),
		T(a_second_early_one_shows_a_shorter_path),
		T(early_ones_at_one_place_are_the_few_that_are_fast),
		T(early_ones_that_scatter_are_stamps_in_error),
		T(few_that_are_fast_both_ways_are_left_alone),
		T(two_early_ones_do_not_move_the_floor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
