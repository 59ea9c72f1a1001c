/* test_estimator_change.c - what changes under an estimator: the quality of the stamps, the limits,
 * the path. */
#include "core/estimate/estimator.h"

#include "berk/node.h"
#include "core/estimate/estimator_view.h"
#include "tests/lib/path.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define DRIFT_PPB 100000

static int setup(void **state)
{
	struct estimator_config config = {DRIFT_PPB, NS_PER_S};

	*state = calloc(1, estimator_size());
	if (!*state) {
		return -1;
	}
	estimator_init(*state, &config);
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

/* An exchange with stamps of @quality, and its wait. */
static void push(struct estimator *e, struct path *p, uint8_t quality)
{
	struct exchange x = path_exchange(p);

	x.quality = quality;
	if (quality == STAMP_USER) {
		x.rec.ns += (int64_t)(40 * US * (1 + path_uniform(p)));
		x.dst.ns += (int64_t)(60 * US * (1 + path_uniform(p)));
	}
	assert_int_equal(estimator_push(e, &x), SAMPLE_OK);
	path_wait(p, NS_PER_S);
}

/* A user-space stamp arrives late by what the scheduler takes: another floor, another shape. */
static void estimator_prefers_the_better_stamps(void **state)
{
	struct estimator *e = *state;
	struct path p;
	double squares = 0;
	int n = 0;

	path_init(&p, EXPONENTIAL, 21);
	p.jitter_ns = 10 * US;
	for (int i = 0; i < 800; i++) {
		struct estimate z;

		push(e, &p, i < 30 || i % 10 == 0 ? STAMP_USER : STAMP_KERNEL);
		assert_true(estimator_at(e, (raw_t){p.now}, &z));
		if (i > 200) {
			squares += pow((double)(z.offset_ns - p.offset_ns), 2);
			n++;
		}
	}
	assert_true(sqrt(squares / n) < 2 * US);
}

/* The clocks are the same, so that what is known of them stands, while floors are found anew. */
static void better_stamps_lose_neither_offset_nor_rate(void **state)
{
	const struct estimator_config config = {DRIFT_PPB, NS_PER_S};

	for (int before = 2; before < 200; before = before * 3 / 2 + 1) {
		struct estimator *e = *state;
		struct estimate was, is;
		struct path p;

		estimator_init(e, &config);
		path_init(&p, EXPONENTIAL, (uint64_t)before);
		p.jitter_ns = 10 * US;
		for (int i = 0; i < before; i++) {
			push(e, &p, STAMP_USER);
		}
		assert_true(estimator_at(e, (raw_t){p.now}, &was));
		for (int i = 0; i < 40; i++) {
			push(e, &p, STAMP_KERNEL);
			assert_true(estimator_at(e, (raw_t){p.now}, &is));
			assert_true(is.rate_sd < 1.5 * was.rate_sd + 0.5e-6);
			assert_true(fabs(is.rate - p.rate) < 6 * was.rate_sd + 1e-8);
			assert_true(fabs((double)(is.offset_ns - p.offset_ns)) < 8 * is.sd_ns + US);
		}
	}
}

/* From 100 us of floor nothing is learnt of the jitter, which is 50 ns. */
static void the_shape_of_better_stamps_is_learnt_at_once(void **state)
{
	struct estimator *e = *state;
	struct path p;

	path_init(&p, EXPONENTIAL, 31);
	p.jitter_ns = 10 * US;
	for (int i = 0; i < 1000; i++) {
		p.jitter_ns = i < 500 ? 10 * US : 50;
		push(e, &p, i < 500 ? STAMP_KERNEL : STAMP_HARDWARE);
	}
	struct estimate z;

	assert_true(estimator_at(e, (raw_t){p.now}, &z));
	assert_true(z.jitter_ns < 500);
}

static void limits_change_at_once(void **state)
{
	struct estimator *e = *state;
	struct estimator_config far = {10 * DRIFT_PPB, NS_PER_S}, slow = {DRIFT_PPB, 1000};
	struct estimate was, is;
	struct path p;

	path_init(&p, EXPONENTIAL, 32);
	for (int i = 0; i < 20; i++) {
		push(e, &p, STAMP_KERNEL);
	}
	raw_t later = {p.now + 9 * NS_PER_S};
	assert_true(estimator_at(e, later, &was));
	estimator_configure(e, &far);
	assert_true(estimator_at(e, later, &is));
	assert_true(is.hi_ns - was.hi_ns >
		    9 * 1500 * (int64_t)US); /* 2 x (1000 - 100) ppm of 10 s */
	assert_true(was.lo_ns - is.lo_ns > 9 * 1500 * (int64_t)US);

	estimator_configure(e, &slow);
	struct exchange x = path_exchange(&p);
	assert_int_equal(estimator_push(e, &x), SAMPLE_DELAY);
}

/* Of either way.  Once the change is known, all is as before: with the wrong sign, the estimator
 * would doubt for ever and never learn again. */
static void a_slower_path_is_doubted_until_it_is_known(void **state)
{
	const struct estimator_config config = {DRIFT_PPB, NS_PER_S};
	struct estimator *e = *state;

	for (unsigned way = 0; way < 2; way++) {
		unsigned routes, after = 0;
		struct path p;

		estimator_init(e, &config);
		path_init(&p, EXPONENTIAL, 33);
		for (int i = 0; i < 600; i++) {
			push(e, &p, STAMP_KERNEL);
			assert_true(!estimator_doubts(e));
		}
		routes = estimator_routes(e);
		p.floor_ns[way] += 400 * US;
		for (; !estimator_doubts(e); after++) {
			assert_true(after < 30);
			push(e, &p, STAMP_KERNEL);
		}
		assert_int_equal(estimator_routes(e), routes);
		for (; estimator_doubts(e); after++) {
			assert_true(after < 100);
			push(e, &p, STAMP_KERNEL);
		}
		assert_int_equal(estimator_routes(e), routes + 1);
		for (int i = 0; i < 200; i++) {
			push(e, &p, STAMP_KERNEL);
			assert_false(estimator_doubts(e));
		}
	}
}

/* Whose asymmetry nobody could see moved the offset by 80 us; on the new path it is 0. */
static void a_far_shorter_path_ends_what_the_long_one_hid(void **state)
{
	struct path p;
	struct estimate z;

	path_init(&p, EXPONENTIAL, 4);
	p.jitter_ns = 10 * US;
	p.floor_ns[0] = 5080 * US;
	p.floor_ns[1] = 4920 * US;
	for (int i = 0; i < 600; i++) {
		p.floor_ns[0] = i < 400 ? p.floor_ns[0] : FLOOR_NS;
		p.floor_ns[1] = i < 400 ? p.floor_ns[1] : FLOOR_NS;
		push(*state, &p, STAMP_KERNEL);
	}
	assert_true(estimator_at(*state, (raw_t){p.now}, &z));
	assert_true(fabs((double)(z.offset_ns - p.offset_ns)) < 5 * US);
}

/* Taken for a path that changed, it left some of these wrong by about half a round trip. */
static void a_rate_that_jumps_is_learnt_anew(void **state)
{
	static const double jump[] = {10e-6, 50e-6, 100e-6};
	const struct estimator_config config = {DRIFT_PPB, NS_PER_S};
	struct estimator *e = *state;

	for (unsigned k = 0; k < 60; k++) {
		struct path p;
		struct estimate z;

		estimator_init(e, &config);
		path_init(&p, EXPONENTIAL, k + 1);
		p.jitter_ns = 10 * US;
		p.wander = 1e-9;
		for (int i = 0; i < 360; i++) {
			p.rate += i == 300 ? jump[k % 3] : 0;
			push(e, &p, STAMP_KERNEL);
		}
		assert_true(estimator_at(e, (raw_t){p.now}, &z));
		assert_true(fabs((double)(z.offset_ns - p.offset_ns)) < 5 * US);
		assert_true(fabs(z.rate - p.rate) < 1e-6);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(estimator_prefers_the_better_stamps),
		T(better_stamps_lose_neither_offset_nor_rate),
		T(the_shape_of_better_stamps_is_learnt_at_once),
		T(limits_change_at_once),
		T(a_far_shorter_path_ends_what_the_long_one_hid),
		T(a_rate_that_jumps_is_learnt_anew),
		T(a_slower_path_is_doubted_until_it_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
