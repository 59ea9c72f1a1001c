/* test_rng.c - the generator is xoshiro256**, and its derived draws keep their range. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berk/rng.h"

static void first_numbers_are_those_of_the_reference(void **state)
{
	/* State 1, 2, 3, 4: from the authors' C code. */
	struct rng r = {.s = {1, 2, 3, 4}};

	(void)state;
	assert_int_equal(rng_u64(&r), 11520);
	assert_int_equal(rng_u64(&r), 0);
	assert_int_equal(rng_u64(&r), 1509978240);
	assert_int_equal(rng_u64(&r), 1215971899390074240);
}

static void seeding_is_splitmix64(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, 1234567);
	assert_int_equal(r.s[0], 6457827717110365317U);
	assert_int_equal(r.s[1], 3203168211198807973U);
}

static void draws_keep_their_range(void **state)
{
	struct rng r;
	unsigned hit[7] = {0};

	(void)state;
	rng_seed(&r, 1);
	assert_int_equal(rng_below(&r, 0), 0);
	for (int i = 0; i < 70000; i++) {
		double u = rng_unit(&r);

		assert_true(u >= 0 && u < 1);
		hit[rng_below(&r, 7)]++;
	}
	for (int i = 0; i < 7; i++) {
		assert_in_range(hit[i], 9500, 10500);
	}
}

/* Three quarters of all numbers: without rejection a third of them would come twice as often. */
static void draws_below_a_large_number_are_uniform(void **state)
{
	struct rng r;
	unsigned n_low = 0;

	(void)state;
	rng_seed(&r, 1);
	for (int i = 0; i < 30000; i++) {
		n_low += rng_below(&r, UINT64_C(3) << 62) < UINT64_C(1) << 62;
	}
	assert_in_range(n_low, 9500, 10500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_numbers_are_those_of_the_reference),
		cmocka_unit_test(seeding_is_splitmix64),
		cmocka_unit_test(draws_keep_their_range),
		cmocka_unit_test(draws_below_a_large_number_are_uniform),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
