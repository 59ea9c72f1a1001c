/* test_envelope.c - the first exchanges, all at once: the truth lies where the posterior says. */
#include "src/core/envelope.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define FLOOR 200e3
#define RATE  37e3 /* ns/s */

static double uniform(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005 + 1442695040888963407;
	return ((double)(*seed >> 11) + 0.5) / 9007199254740992.0;
}

/* @n exchanges, four a second, of a peer with offset 0 now; false where the filter's turn came. */
static bool fill(struct envelope *v, unsigned n, double jitter, uint64_t *seed,
		 struct envelope_posterior *ret)
{
	envelope_clear(v);
	for (unsigned k = 0; k < n; k++) {
		double at = 0.25 * k, offset = RATE * (at - 0.25 * (n - 1));

		if (!envelope_push(v, at, offset + FLOOR - jitter * log(uniform(seed)),
				   offset - FLOOR + jitter * log(uniform(seed)))) {
			return false;
		}
		envelope_solve(v, 2e5, 0, 0, ret);
	}
	return true;
}

/* The share of the posterior at rates below @rate. */
static double share_below(const struct envelope_posterior *p, double rate)
{
	double sum = 0;

	for (unsigned i = 0; i < ENVELOPE_GRID && p->from + i * p->step < rate; i++) {
		sum = p->sum[i];
	}
	return sum / p->sum[ENVELOPE_GRID - 1];
}

static void the_true_rate_is_anywhere_in_the_posterior_alike(void **state)
{
	struct envelope v;
	struct envelope_posterior p;
	unsigned quarter[4] = {0};
	const unsigned runs = 400;
	uint64_t seed = 1;

	(void)state;
	for (unsigned i = 0; i < runs; i++) {
		assert_true(fill(&v, 30, 1e6, &seed, &p));
		double share = share_below(&p, RATE);

		quarter[share < 0.25 ? 0 : share < 0.5 ? 1 : share < 0.75 ? 2 : 3]++;
	}
	for (unsigned i = 0; i < 4; i++) { /* 100 each, 8.7 sigma of chance */
		assert_in_range(quarter[i], 60, 140);
	}
}

static void the_scale_is_the_mean_delay_of_one_way(void **state)
{
	struct envelope v;
	struct envelope_posterior p;
	uint64_t seed = 2;
	double sum = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		assert_true(fill(&v, 30, 1e6, &seed, &p));
		sum += p.scale;
	}
	assert_true(fabs(sum / 100 / 1e6 - 1) < 0.05);
}

static void more_exchanges_say_more(void **state)
{
	struct envelope v;
	struct envelope_posterior few, many;
	uint64_t seed = 3;

	(void)state;
	assert_true(fill(&v, 8, 1e6, &seed, &few));
	assert_true(fill(&v, 64, 1e6, &seed, &many));
	assert_true(many.step < few.step / 4);
	assert_true(many.give < few.give / 4);
}

static void the_filter_takes_over_when_wander_may_count(void **state)
{
	struct envelope v;
	struct envelope_posterior p;
	uint64_t seed = 4;

	(void)state;
	assert_false(fill(&v, 100, 1e4, &seed, &p));
	assert_in_range(v.n, 10, 60);
	assert_true(fill(&v, ENVELOPE_MAX, 1e6, &seed, &p));
	assert_false(envelope_push(&v, 1000, 0, 0));
}

static void what_is_known_of_the_rate_narrows_it(void **state)
{
	struct envelope v;
	struct envelope_posterior p;
	uint64_t seed = 5;

	(void)state;
	assert_true(fill(&v, 4, 1e6, &seed, &p));
	envelope_solve(&v, 2e5, RATE, 100, &p);
	assert_true(p.from >= RATE - 500.1 && p.step * (ENVELOPE_GRID - 1) <= 1000.1);
	envelope_solve(&v, 2e5, 9e8, 100, &p); /* nonsense: the data alone */
	assert_true(share_below(&p, RATE) > 0.001 && share_below(&p, RATE) < 0.999);
}

static void decay_is_the_exponential(void **state)
{
	(void)state;
	for (double x = 0; x < 14; x += 0.1) {
		assert_true(fabs(envelope_decay(x) / exp(-x) - 1) < 0.1);
	}
	assert_true(envelope_decay(1e18) < 1e-200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_true_rate_is_anywhere_in_the_posterior_alike),
		cmocka_unit_test(the_scale_is_the_mean_delay_of_one_way),
		cmocka_unit_test(more_exchanges_say_more),
		cmocka_unit_test(the_filter_takes_over_when_wander_may_count),
		cmocka_unit_test(what_is_known_of_the_rate_narrows_it),
		cmocka_unit_test(decay_is_the_exponential),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
