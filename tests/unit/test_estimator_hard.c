/* test_estimator_hard.c - the hard interval: what one exchange says, how they are intersected, and
 * what becomes of one that contradicts all others. */
#include "core/estimate/hard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define DRIFT 200e-6 /* s/s */
#define T0    (1000 * NS_PER_S)

/* 100 us each way; the peer is @offset ns ahead. */
static struct exchange exchange_at(int64_t at, int64_t offset)
{
	return (struct exchange){.org = {at},
				 .rec = {at + 100000 + offset},
				 .xmt = {at + 150000 + offset},
				 .dst = {at + 250000}};
}

static enum sample_verdict push(struct hard *h, int64_t at, int64_t offset)
{
	const struct exchange x = exchange_at(at, offset);
	const struct hard_interval now = hard_of(&x, DRIFT);

	return hard_push(h, &now, DRIFT);
}

static enum sample_verdict check(struct hard *h, int64_t at, int64_t offset)
{
	const struct exchange x = exchange_at(at, offset);
	const struct hard_interval now = hard_of(&x, DRIFT);

	return hard_check(h, &now, DRIFT);
}

static void an_exchange_bounds_the_offset_by_its_one_way_delays(void **state)
{
	const struct exchange x = exchange_at(T0, 7000);
	const struct hard_interval h = hard_of(&x, DRIFT);

	(void)state;
	assert_int_equal(h.at_ns, T0 + 125000);
	/* Wider by what a stamp may be wrong, and by what the clocks drift within the exchange. */
	assert_in_range(h.hi_ns - (7000 + 100000), STAMP_GRAIN_NS + 50, STAMP_GRAIN_NS + 51);
	assert_in_range((7000 - 100000) - h.lo_ns, STAMP_GRAIN_NS + 50, STAMP_GRAIN_NS + 51);
}

/* Without slack an exchange over a path of no length would exclude the truth: a stamp has a
 * grain. */
static void stamps_may_be_wrong_by_their_grain(void **state)
{
	const struct exchange x = {.org = {T0}, .rec = {T0}, .xmt = {T0}, .dst = {T0}};
	const struct hard_interval h = hard_of(&x, DRIFT);

	(void)state;
	assert_in_range(h.hi_ns, STAMP_GRAIN_NS, STAMP_GRAIN_NS + 1);
	assert_in_range(-h.lo_ns, STAMP_GRAIN_NS, STAMP_GRAIN_NS + 1);
}

static void an_interval_grows_by_what_two_oscillators_may_drift(void **state)
{
	struct hard h = {0};

	(void)state;
	assert_int_equal(push(&h, T0, 0), SAMPLE_OK);
	struct hard_interval now = hard_at(&h, T0 + 125000, DRIFT);
	struct hard_interval later = hard_at(&h, T0 + 125000 + 10 * NS_PER_S, DRIFT);
	struct hard_interval earlier = hard_at(&h, T0 + 125000 - 10 * NS_PER_S, DRIFT);

	assert_in_range(later.hi_ns - now.hi_ns, 2000000, 2000001);
	assert_in_range(now.lo_ns - later.lo_ns, 2000000, 2000001);
	assert_int_equal(earlier.hi_ns, later.hi_ns);
}

/* The truth lies in both, so it is in what they have in common. */
static void exchanges_are_intersected(void **state)
{
	struct hard h = {0};

	(void)state;
	assert_int_equal(push(&h, T0, -60000), SAMPLE_OK);
	assert_int_equal(push(&h, T0 + NS_PER_MS, 60000), SAMPLE_OK);
	struct hard_interval both = hard_at(&h, T0 + NS_PER_MS + 125000, DRIFT);

	assert_in_range(both.hi_ns, 40000, 43000);
	assert_in_range(-both.lo_ns, 40000, 43000);
}

static void one_that_contradicts_is_held_beside_the_others(void **state)
{
	struct hard h = {0};

	(void)state;
	assert_int_equal(push(&h, T0, 0), SAMPLE_OK);
	struct hard_interval before = hard_at(&h, T0 + NS_PER_MS, DRIFT);
	assert_int_equal(push(&h, T0 + NS_PER_MS, 5000000), SAMPLE_ODD);
	struct hard_interval both = hard_at(&h, T0 + NS_PER_MS, DRIFT);
	assert_int_equal(both.lo_ns, before.lo_ns);
	assert_in_range(both.hi_ns, 5000000, 5200000);

	assert_int_equal(push(&h, T0 + 2 * NS_PER_MS, 0), SAMPLE_OK); /* so it was in error */
	assert_true(hard_at(&h, T0 + 2 * NS_PER_MS, DRIFT).hi_ns < 110000);
}

static void two_in_a_row_are_a_jump(void **state)
{
	struct hard h = {0};

	(void)state;
	assert_int_equal(push(&h, T0, 0), SAMPLE_OK);
	assert_int_equal(push(&h, T0 + NS_PER_MS, 5000000), SAMPLE_ODD);
	assert_int_equal(push(&h, T0 + 2 * NS_PER_MS, 5000000), SAMPLE_JUMP);
	struct hard_interval now = hard_at(&h, T0 + 2 * NS_PER_MS, DRIFT);
	assert_true(now.lo_ns > 4800000 && now.hi_ns < 5200000);
}

/* A reply is checked when it comes and pushed one exchange later: the same one is not two. */
static void what_is_checked_and_what_is_pushed_are_counted_apart(void **state)
{
	struct hard h = {0};

	(void)state;
	assert_int_equal(check(&h, T0, 9000000), SAMPLE_OK); /* nothing is known yet */
	assert_int_equal(push(&h, T0, 0), SAMPLE_OK);
	assert_int_equal(check(&h, T0 + NS_PER_MS, 5000000), SAMPLE_ODD);
	assert_int_equal(push(&h, T0 + NS_PER_MS, 5000000), SAMPLE_ODD);
	assert_int_equal(check(&h, T0 + 2 * NS_PER_MS, 5000000), SAMPLE_JUMP);
	assert_false(h.in_doubt[HARD_EARLY] || h.in_doubt[HARD_EXACT]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exchange_bounds_the_offset_by_its_one_way_delays),
		cmocka_unit_test(stamps_may_be_wrong_by_their_grain),
		cmocka_unit_test(an_interval_grows_by_what_two_oscillators_may_drift),
		cmocka_unit_test(exchanges_are_intersected),
		cmocka_unit_test(one_that_contradicts_is_held_beside_the_others),
		cmocka_unit_test(two_in_a_row_are_a_jump),
		cmocka_unit_test(what_is_checked_and_what_is_pushed_are_counted_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
