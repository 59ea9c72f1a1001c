/* test_clock_kernel.c - the kernel driver's arithmetic: timex's units, and stamps of the recent
 * past. The host's clock is not touched; tests/kernel does the rest in guests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkd/clock/timescale.h"

#include <errno.h>
#include <stdlib.h>

static const int64_t freqs_ppb[] = {0,	      1,	 -1,	    7,	       49999,
				    50000,    50001,	 -49999,    -50000,    -50001,
				    99999,    12345678,	 -12345678, 500000,    -500001,
				    99999999, -99999999, 100000000, -100000000};
#define N_FREQS (sizeof(freqs_ppb) / sizeof(freqs_ppb[0]))

static void frequency_survives_timex_to_the_ppb(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_FREQS; i++) {
		struct timex_freq f = timex_freq_from_ppb(freqs_ppb[i]);

		assert_int_equal(timex_freq_to_ppb(f), freqs_ppb[i]);
	}
}

static void frequency_stays_within_what_the_kernel_takes(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_FREQS; i++) {
		struct timex_freq f = timex_freq_from_ppb(freqs_ppb[i]);

		assert_in_range(f.tick, 9000, 11000);
		assert_true(labs(f.freq) <= 50L << 16); /* half a tick: 50 ppm */
	}
}

static void one_tick_is_a_hundred_ppm(void **state)
{
	struct timex_freq f = timex_freq_from_ppb(100000);

	(void)state;
	assert_int_equal(f.tick, 10001);
	assert_int_equal(f.freq, 0);
	f = timex_freq_from_ppb(-31250);
	assert_int_equal(f.tick, 10000);
	assert_int_equal(f.freq, -2048000); /* -31.25 * 65536 */
}

static void negative_step_has_a_positive_fraction(void **state)
{
	static const struct {
		int64_t ns, sec, nsec;
	} cases[] = {{0, 0, 0},
		     {1, 0, 1},
		     {-1, -1, 999999999},
		     {-1000000000, -1, 0},
		     {-1000000001, -2, 999999999},
		     {2500000000, 2, 500000000}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct timespec ts = timex_offset(cases[i].ns);

		assert_int_equal(ts.tv_sec, cases[i].sec);
		assert_int_equal(ts.tv_nsec, cases[i].nsec);
	}
}

static const raw_t start = {5 * NS_PER_S};

/* WALL showed 100 s at RAW 5 s and ran at +10 % for 1 s, then at -10 % for 1 s. */
static struct rate_history bent(struct clock_pair *ret_now)
{
	struct rate_history h;

	rate_history_init(&h, 0.1, start);
	rate_history_set(&h, -0.1, raw_add(start, NS_PER_S));
	*ret_now = (struct clock_pair){raw_add(start, 2 * NS_PER_S), {102 * NS_PER_S}};
	return h;
}

static void stamp_after_a_change_uses_the_new_frequency(void **state)
{
	struct clock_pair now;
	struct rate_history h = bent(&now);
	raw_t at;

	(void)state;
	assert_int_equal(rate_history_to_raw(&h, now, (wall_t){101550000000}, &at), 0);
	assert_int_equal(at.ns, now.raw.ns - NS_PER_S / 2);
}

static void stamp_before_a_change_uses_the_old_frequency(void **state)
{
	struct clock_pair now;
	struct rate_history h = bent(&now);
	raw_t at;

	(void)state;
	assert_int_equal(rate_history_to_raw(&h, now, (wall_t){100550000000}, &at), 0);
	assert_int_equal(at.ns, start.ns + NS_PER_S / 2);
}

static void stamp_across_a_step_is_refused(void **state)
{
	struct clock_pair now;
	struct rate_history h = bent(&now);
	raw_t at;

	(void)state;
	rate_history_stepped(&h, raw_add(start, 1500 * NS_PER_MS));
	assert_int_equal(rate_history_to_raw(&h, now, (wall_t){101100000000}, &at), -ESTALE);
	assert_int_equal(rate_history_to_raw(&h, now, (wall_t){101900000000}, &at), 0);
}

static void stamp_just_after_a_step_is_refused(void **state)
{
	struct clock_pair now;
	struct rate_history h = bent(&now);
	raw_t at;

	(void)state;
	rate_history_stepped(&h, raw_add(now.raw, -NS_PER_MS));
	assert_int_equal(rate_history_to_raw(&h, now, now.wall, &at), -ESTALE);
}

static void stamp_of_the_future_or_long_ago_is_refused(void **state)
{
	struct clock_pair now;
	struct rate_history h = bent(&now);
	raw_t at;

	(void)state;
	assert_int_equal(rate_history_to_raw(&h, now, wall_add(now.wall, NS_PER_MS), &at), -ESTALE);
	assert_int_equal(rate_history_to_raw(&h, now, wall_add(now.wall, -20 * NS_PER_S), &at),
			 -ESTALE);
	assert_int_equal(rate_history_to_raw(&h, now, (wall_t){0}, &at), -ESTALE);
}

static void tracker_learns_a_rate_but_not_a_step(void **state)
{
	struct rate_tracker t;
	struct clock_pair p = {{NS_PER_S}, {50 * NS_PER_S}};

	(void)state;
	rate_tracker_init(&t, p);
	p = (struct clock_pair){raw_add(p.raw, 2 * NS_PER_S), wall_add(p.wall, 2000100000)};
	rate_tracker_update(&t, p);
	assert_true(t.history.rate[0] > 49.9e-6 && t.history.rate[0] < 50.1e-6);
	p = (struct clock_pair){raw_add(p.raw, 2 * NS_PER_S), wall_add(p.wall, 9 * NS_PER_S)};
	rate_tracker_update(&t, p);
	assert_true(t.history.rate[0] > 49.9e-6 && t.history.rate[0] < 50.1e-6);
	assert_int_equal(t.history.stepped.ns, p.raw.ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frequency_survives_timex_to_the_ppb),
		cmocka_unit_test(frequency_stays_within_what_the_kernel_takes),
		cmocka_unit_test(one_tick_is_a_hundred_ppm),
		cmocka_unit_test(negative_step_has_a_positive_fraction),
		cmocka_unit_test(stamp_after_a_change_uses_the_new_frequency),
		cmocka_unit_test(stamp_before_a_change_uses_the_old_frequency),
		cmocka_unit_test(stamp_across_a_step_is_refused),
		cmocka_unit_test(stamp_just_after_a_step_is_refused),
		cmocka_unit_test(stamp_of_the_future_or_long_ago_is_refused),
		cmocka_unit_test(tracker_learns_a_rate_but_not_a_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
