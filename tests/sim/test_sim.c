/* test_sim.c - the simulator's own parts: a wrong model would prove nothing. */
#include "tests/world/clock.h"
#include "tests/world/net.h"
#include "tests/world/queue.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void queue_gives_by_time_then_by_sequence(void **state)
{
	struct queue q = {0};
	struct happening h, last = {.at = -1};
	struct rng r;
	unsigned n = 0;

	(void)state;
	rng_seed(&r, 1);
	for (unsigned i = 0; i < 2000; i++) {
		queue_push(&q, (struct happening){.at = (int64_t)rng_below(&r, 100)});
	}
	while (queue_pop(&q, 1000, &h)) {
		assert_true(h.at > last.at || (h.at == last.at && h.order > last.order));
		last = h;
		n++;
	}
	assert_int_equal(n, 2000);
	queue_fini(&q);
}

static void queue_keeps_what_is_later(void **state)
{
	struct queue q = {0};
	struct happening h;

	(void)state;
	queue_push(&q, (struct happening){.at = 11});
	assert_false(queue_pop(&q, 10, &h));
	assert_true(queue_pop(&q, 11, &h));
	queue_fini(&q);
}

static void clock_runs_at_its_frequency(void **state)
{
	struct host_clock c;

	(void)state;
	host_clock_init(&c, 0, 0, 5 * NS_PER_S, 50e-6);
	assert_int_equal(host_clock_raw(&c, 10 * NS_PER_S).ns, 10 * NS_PER_S + 500000);
	assert_int_equal(host_clock_wall(&c, 10 * NS_PER_S).ns, 15 * NS_PER_S + 500000);
}

static void clock_takes_frequency_on_the_grain_of_timex(void **state)
{
	struct host_clock c;

	(void)state;
	host_clock_init(&c, 0, 0, 0, 0);
	host_clock_freq(&c, 0, 1); /* 1 ppb is 65.5 of 2^-16 ppm: 66 */
	assert_true(fabs(c.steer - 66 / 65536e6) < 1e-18);
	host_clock_freq(&c, 0, 900000000); /* the kernel's limit */
	assert_true(c.steer < 0.1006 && c.steer > 0.1);
}

static void clock_loses_nothing_over_many_commands(void **state)
{
	struct host_clock c;
	int64_t last = 0;

	(void)state;
	host_clock_init(&c, 0, 0, 0, 30e-6);
	for (int64_t t = 0; t < 1000000000; t += 999) {
		host_clock_freq(&c, t, 0);
		assert_true(host_clock_wall(&c, t).ns >= last);
		last = host_clock_wall(&c, t).ns;
	}
	assert_int_equal(host_clock_raw(&c, NS_PER_S).ns, NS_PER_S + 30000);
	assert_int_equal(host_clock_wall(&c, NS_PER_S).ns, NS_PER_S + 30000);
}

static void clock_step_moves_wall_alone(void **state)
{
	struct host_clock c;

	(void)state;
	host_clock_init(&c, 0, 7, 8, 0);
	host_clock_step(&c, 100, -50);
	assert_int_equal(host_clock_wall(&c, 100).ns, 58);
	assert_int_equal(host_clock_raw(&c, 100).ns, 107);
	assert_int_equal(host_clock_boot(&c, 100).ns, 100);
}

static void clock_asleep_holds_raw_alone(void **state)
{
	struct host_clock c;

	(void)state;
	host_clock_init(&c, 0, 0, 0, 0);
	host_clock_sleep(&c, 1000);
	host_clock_wake(&c, 5000);
	assert_int_equal(host_clock_raw(&c, 6000).ns, 2000);
	assert_int_equal(host_clock_wall(&c, 6000).ns, 6000);
	assert_int_equal(host_clock_boot(&c, 6000).ns, 6000);
}

static void clock_when_is_the_first_instant(void **state)
{
	struct host_clock c;
	struct rng r;

	(void)state;
	rng_seed(&r, 2);
	host_clock_init(&c, 0, 0, 0, -47.3e-6);
	host_clock_freq(&c, 3, 50000000);
	for (unsigned i = 0; i < 1000; i++) {
		int64_t at = (int64_t)rng_below(&r, 1000000000) + 10;
		int64_t when = host_clock_when(&c, 3, (mono_t){at});

		assert_true(host_clock_boot(&c, when).ns >= at);
		assert_true(host_clock_boot(&c, when - 1).ns < at);
	}
}

static void clock_walk_stays_within_its_limit(void **state)
{
	struct host_clock c;
	struct rng r;

	(void)state;
	rng_seed(&r, 3);
	host_clock_init(&c, 0, 0, 0, 0);
	c.wander = 1e-5;
	c.limit = 95e-6;
	for (int64_t s = 1; s < 10000; s++) {
		host_clock_second(&c, s * NS_PER_S, &r);
		assert_true(fabs(c.freq) <= c.limit);
	}
}

static void jitter_has_the_stated_mean_in_each_shape(void **state)
{
	static const char *const shape[] = {"exp", "gamma", "pareto", "sumexp"};
	struct net net;
	struct rng r;
	int64_t delay[2];

	(void)state;
	rng_seed(&r, 4);
	for (unsigned k = 0; k < 4; k++) {
		double sum = 0;

		assert_true(net_named("noisy", &net));
		assert_true(net_shape(&net, shape[k]));
		for (unsigned i = 0; i < 200000; i++) {
			assert_int_equal(net_send(&net, 0, 1, 0, &r, delay), 1);
			assert_true(delay[0] >= net.base_ns);
			sum += (double)(delay[0] - net.base_ns);
		}
		assert_true(fabs(sum / 200000 / (double)net.jitter_ns - 1) < 0.05);
	}
}

static void asymmetry_keeps_the_round_trip(void **state)
{
	struct net net;
	struct rng r;
	double there = 0, back = 0;
	int64_t delay[2];

	(void)state;
	rng_seed(&r, 5);
	assert_true(net_named("noisy", &net));
	net.asym = 0.9;
	for (unsigned i = 0; i < 100000; i++) {
		(void)net_send(&net, 0, 1, 0, &r, delay);
		there += (double)(delay[0] - net.base_ns) / 1e5;
		(void)net_send(&net, 1, 0, 0, &r, delay);
		back += (double)(delay[0] - net.base_ns) / 1e5;
	}
	assert_true(fabs(there / 20e3 - 1) < 0.05);
	assert_true(fabs(back / 180e3 - 1) < 0.05);
}

static void cut_link_passes_nothing_one_way(void **state)
{
	struct net net;
	struct rng r;
	int64_t delay[2];

	(void)state;
	rng_seed(&r, 6);
	assert_true(net_named("lan", &net));
	net.cut[2] = 1U << 5;
	assert_int_equal(net_send(&net, 2, 5, 0, &r, delay), 0);
	assert_int_equal(net_send(&net, 5, 2, 0, &r, delay), 1);
}

static void loss_and_copies_come_as_often_as_stated(void **state)
{
	struct net net;
	struct rng r;
	int64_t delay[2];
	unsigned n[3] = {0};

	(void)state;
	rng_seed(&r, 7);
	assert_true(net_named("lan", &net));
	net.loss = 0.2;
	net.dup = 0.5;
	for (unsigned i = 0; i < 100000; i++) {
		n[net_send(&net, 0, 1, 0, &r, delay)]++;
	}
	assert_in_range(n[0], 19000, 21000);
	assert_in_range(n[1], 39000, 41000);
	assert_in_range(n[2], 39000, 41000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queue_gives_by_time_then_by_sequence),
		cmocka_unit_test(queue_keeps_what_is_later),
		cmocka_unit_test(clock_runs_at_its_frequency),
		cmocka_unit_test(clock_takes_frequency_on_the_grain_of_timex),
		cmocka_unit_test(clock_loses_nothing_over_many_commands),
		cmocka_unit_test(clock_step_moves_wall_alone),
		cmocka_unit_test(clock_asleep_holds_raw_alone),
		cmocka_unit_test(clock_when_is_the_first_instant),
		cmocka_unit_test(clock_walk_stays_within_its_limit),
		cmocka_unit_test(jitter_has_the_stated_mean_in_each_shape),
		cmocka_unit_test(asymmetry_keeps_the_round_trip),
		cmocka_unit_test(cut_link_passes_nothing_one_way),
		cmocka_unit_test(loss_and_copies_come_as_often_as_stated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
