/* test_pace.c - fast at first and after a route change, then as slow as is wanted. */
#include "core/estimate/pace.h"

#include "berk/node.h"
#include "core/estimate/estimator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct pace_limits plain = {.poll_ns_min = NS_PER_S / 4, .poll_ns = 16 * NS_PER_S};

struct path {
	struct estimator *e;
	raw_t now;
	uint64_t seed;
};

static int64_t queueing(struct path *p)
{
	p->seed = p->seed * 6364136223846793005 + 1442695040888963407;
	return (int64_t)(p->seed >> 33) % 20000;
}

/* An exchange over 100 us, each way longer by up to 20 us. */
static void sample(struct path *p, struct pace *pace, const struct pace_limits *l)
{
	int64_t rec = p->now.ns + 100000 + queueing(p), xmt = rec + 20000;
	struct exchange x = {p->now, {rec}, {xmt}, {xmt + 100000 + queueing(p)}, STAMP_KERNEL};

	assert_int_equal(estimator_push(p->e, &x), SAMPLE_OK);
	pace_sampled(pace, l, p->e, x.dst);
	p->now = raw_add(p->now, pace_interval(pace, l));
}

static int setup(void **state)
{
	struct path *p = calloc(1, sizeof(*p));
	const struct estimator_config config = {100000, NS_PER_S};

	p->e = malloc(estimator_size());
	estimator_init(p->e, &config);
	p->seed = 1;
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct path *p = *state;

	free(p->e);
	free(p);
	return 0;
}

static void a_start_is_fast_and_slows_down(void **state)
{
	struct pace pace;
	unsigned fast = 0, all = 0;
	int64_t before = plain.poll_ns_min, now;

	pace_start(&pace);
	while ((now = pace_interval(&pace, &plain)) < plain.poll_ns) {
		assert_true(now == before || now == 2 * before);
		assert_in_range(++all, 1, 2000);
		fast += now == plain.poll_ns_min;
		sample(*state, &pace, &plain);
		before = now;
	}
	assert_in_range(fast, 16, 400);
	assert_in_range(all, 2 * fast, 4 * fast); /* it took six doublings */
}

static void a_path_that_keeps_changing_is_not_flooded(void **state)
{
	struct pace pace;
	unsigned fast = 0;

	pace_start(&pace);
	for (unsigned i = 0; i < 3000; i++) {
		pace_hurry(&pace);
		fast += pace_interval(&pace, &plain) == plain.poll_ns_min;
		sample(*state, &pace, &plain);
	}
	assert_in_range(fast, 200, 1500); /* it does hurry again, but not most of the time */
}

/* The interval that a wish settles at. */
static int64_t settled(struct path *p, int64_t precision_ns)
{
	const struct pace_limits l = {plain.poll_ns_min, plain.poll_ns, precision_ns};
	struct pace pace;

	pace_start(&pace);
	for (unsigned i = 0; i < 2000; i++) {
		sample(p, &pace, &l);
		assert_in_range(pace_interval(&pace, &l), l.poll_ns_min, l.poll_ns);
	}
	return pace_interval(&pace, &l);
}

static void a_small_wish_needs_no_more_than_the_slowest_polls(void **state)
{
	assert_int_equal(settled(*state, NS_PER_S), plain.poll_ns);
}

static void a_wish_that_cannot_be_had_is_polled_at_the_fastest(void **state)
{
	assert_int_equal(settled(*state, 1), plain.poll_ns_min);
}

static void a_wish_in_between_is_met_at_the_end_of_the_interval(void **state)
{
	struct path *p = *state;
	const int64_t wish = 8000;
	int64_t every = settled(p, wish);
	struct estimate est;

	assert_in_range(every, plain.poll_ns_min + 1, plain.poll_ns - 1);
	assert_true(estimator_at(p->e, p->now, &est));
	assert_true(est.sd_ns < (double)wish / 3.6); /* p99 of a difference */
}

static void a_long_interval_ends_with_a_burst(void **state)
{
	struct pace pace = {.interval_ns = plain.poll_ns};
	int64_t round = 0, least = INT64_MAX;

	(void)state;
	for (unsigned i = 0; i < 12; i++) { /* three rounds of four */
		int64_t next = pace_next(&pace, &plain);

		round += next;
		least = next < least ? next : least;
	}
	assert_int_equal(round, 3 * plain.poll_ns);
	assert_int_equal(least, plain.poll_ns_min);
	pace.interval_ns = NS_PER_S;
	for (unsigned i = 0; i < 12; i++) {
		assert_int_equal(pace_next(&pace, &plain), NS_PER_S);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_start_is_fast_and_slows_down, setup, teardown),
		cmocka_unit_test_setup_teardown(a_path_that_keeps_changing_is_not_flooded, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_small_wish_needs_no_more_than_the_slowest_polls,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_wish_that_cannot_be_had_is_polled_at_the_fastest,
						setup, teardown),
		cmocka_unit_test(a_long_interval_ends_with_a_burst),
		cmocka_unit_test_setup_teardown(a_wish_in_between_is_met_at_the_end_of_the_interval,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
