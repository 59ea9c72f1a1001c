/* test_clock_kernel.c - the kernel driver: timex's units, stamps of the recent past, and what
 * the kernel says of the clock.  The host's clock is not touched: clock_adjtime() here is a
 * fake; tests/kernel does the rest in guests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkd/clock/clock.h"
#include "berkd/clock/timescale.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/timex.h>

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

/* Which frequency was in force then is not remembered. */
static void stamp_before_two_changes_is_refused(void **state)
{
	struct clock_pair now;
	struct rate_history h = bent(&now);
	raw_t at;

	(void)state;
	assert_int_equal(rate_history_to_raw(&h, now, (wall_t){100100000000}, &at), 0);
	rate_history_set(&h, 0, raw_add(start, 1900 * NS_PER_MS));
	now.raw = raw_add(start, 2 * NS_PER_S);
	now.wall = wall_add((wall_t){100000000000}, 1100000000 + 810000000 + 100000000);
	assert_int_equal(rate_history_to_raw(&h, now, (wall_t){101200000000}, &at), 0);
	assert_int_equal(rate_history_to_raw(&h, now, (wall_t){101000000000}, &at), -ESTALE);
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

/* A leap second between two readings, an instant apart or polls apart. */
static void tracker_takes_a_leap_second_for_a_step_however_rarely_it_looks(void **state)
{
	static const int64_t apart_ns[] = {NS_PER_MS, 300 * NS_PER_MS, 64 * NS_PER_S};

	(void)state;
	for (unsigned i = 0; i < sizeof(apart_ns) / sizeof(apart_ns[0]); i++) {
		for (int64_t leap_ns = -NS_PER_S; leap_ns <= NS_PER_S; leap_ns += 2 * NS_PER_S) {
			struct clock_pair p = {{100 * NS_PER_S}, {5000 * NS_PER_S}};
			struct rate_tracker t;
			raw_t at;

			rate_tracker_init(&t, p);
			wall_t stamp = wall_add(p.wall, apart_ns[i] - 100 * NS_PER_US);

			p = (struct clock_pair){raw_add(p.raw, apart_ns[i]),
						wall_add(p.wall, apart_ns[i] + leap_ns)};
			rate_tracker_update(&t, p);
			assert_true(t.history.rate[0] == 0);
			assert_int_equal(rate_history_to_raw(&t.history, p, stamp, &at), -ESTALE);
		}
	}
}

static void tracker_takes_two_readings_for_no_step(void **state)
{
	struct clock_pair p = {{100 * NS_PER_S}, {5000 * NS_PER_S}};
	struct rate_tracker t;

	(void)state;
	rate_tracker_init(&t, p);
	p = (struct clock_pair){raw_add(p.raw, NS_PER_MS), wall_add(p.wall, 1900000)};
	rate_tracker_update(&t, p);
	assert_int_equal(t.history.stepped.ns, INT64_MIN);
}

/* --- What the kernel says of the clock --- */

#define LIMIT_US 16000000 /* NTP_PHASE_LIMIT: the kernel itself gives up there */

/* The part of ntp.c that counts here.  It stands in for the C library's. */
static struct timex fake;
static int fake_state; /* TIME_OK and so on */
static unsigned n_calls;
static int fake_error;	    /* what comes of setting a frequency ... */
static bool does_it;	    /* ... though it is set */
static bool was_true_first; /* the first thing that was set took back what the kernel said */

int clock_adjtime(clockid_t id, struct timex *tx)
{
	assert_int_equal(id, CLOCK_REALTIME);
	if ((tx->modes & ADJ_OFFSET_SINGLESHOT) != ADJ_OFFSET_SINGLESHOT) {
		fake.status = tx->modes & ADJ_STATUS ? tx->status : fake.status;
		fake.maxerror = tx->modes & ADJ_MAXERROR ? tx->maxerror : fake.maxerror;
		fake.esterror = tx->modes & ADJ_ESTERROR ? tx->esterror : fake.esterror;
	}
	if (n_calls++ == 0) {
		was_true_first = fake.status & STA_UNSYNC && fake.maxerror == LIMIT_US;
	}
	if (tx->modes & ADJ_FREQUENCY && (fake_error == 0 || does_it)) {
		fake.tick = tx->tick;
		fake.freq = tx->freq;
	}
	if (tx->modes & ADJ_FREQUENCY && fake_error != 0) {
		errno = fake_error;
		return -1;
	}
	*tx = fake;
	return fake_state;
}

/* A second of WALL ends. */
static void kernel_second(void)
{
	fake.maxerror += 500;
	if (fake.maxerror > LIMIT_US) {
		fake.maxerror = LIMIT_US;
		fake.status |= STA_UNSYNC;
	}
}

static struct clock *open_fake(void)
{
	struct clock *c = NULL;

	/* As another daemon left it. */
	fake = (struct timex){.status = STA_PLL, .maxerror = 7, .esterror = 3, .tick = 10000};
	n_calls = 0;
	assert_int_equal(clock_kernel_new(NULL, &c), 0);
	assert_true(n_calls > 0); /* never the kernel's own */
	return c;
}

static void clock_is_unsynchronised_from_the_first_moment(void **state)
{
	struct clock *c = open_fake();

	(void)state;
	assert_true(was_true_first);
	assert_int_equal(fake.status, STA_UNSYNC | (fake.status & STA_NANO));
	assert_int_equal(fake.maxerror, LIMIT_US);
	assert_int_equal(fake.esterror, LIMIT_US);
	c->ops->free(c);
}

/* @seconds after @s was told, @phase_ms before the end of a second of WALL, is maxerror never
 * below E? */
static void assert_true_for(const struct wall_status *s, int64_t phase_ms, int64_t seconds)
{
	struct clock *c = open_fake();

	assert_int_equal(clock_set_status(c, s), 0);
	assert_int_equal(fake.status & STA_UNSYNC, 0);
	for (int64_t ms = 0; ms < seconds * 1000; ms++) {
		int64_t e_ns = s->max_error_ns + s->growth_ppb * ms / 1000;

		if (ms % 1000 == phase_ms) {
			kernel_second();
		}
		if (fake.maxerror * NS_PER_US < e_ns) {
			fail_msg("after %d ms maxerror is %ld us, and the bound %d ns", (int)ms,
				 fake.maxerror, (int)e_ns);
		}
	}
	c->ops->free(c);
}

static void maxerror_is_never_below_the_bound(void **state)
{
	static const int64_t growths_ppb[] = {0, 200000, 499999, 500001, 700000, 4000000};

	(void)state;
	for (size_t i = 0; i < sizeof(growths_ppb) / sizeof(growths_ppb[0]); i++) {
		const struct wall_status s = {.synced = true,
					      .max_error_ns = 20001,
					      .growth_ppb = growths_ppb[i],
					      .holds_ns = 30 * NS_PER_S};

		for (int64_t phase_ms = 0; phase_ms < 1000; phase_ms += 111) {
			assert_true_for(&s, phase_ms, 30);
		}
		assert_true_for(&s, 999, 30);
	}
}

static void what_is_left_for_ever_is_true_for_ever_or_unsynchronised(void **state)
{
	struct wall_status s = {.synced = true,
				.max_error_ns = NS_PER_MS,
				.growth_ppb = 500000,
				.holds_ns = INT64_MAX};
	struct clock *c = open_fake();

	(void)state;
	assert_true_for(&s, 999, 3600);
	s.growth_ppb += 1000;
	assert_int_equal(clock_set_status(c, &s), 0);
	assert_int_equal(fake.status & STA_UNSYNC, STA_UNSYNC);
	assert_int_equal(fake.maxerror, LIMIT_US);
	c->ops->free(c);
}

static enum clock_touched touched(struct clock *c)
{
	enum clock_touched what = CLOCK_UNTOUCHED;
	int64_t value;

	assert_int_equal(clock_check(c, &what, &value), 0);
	return what;
}

static void what_was_set_without_an_answer_is_ours(void **state)
{
	struct clock *c = open_fake();

	(void)state;
	assert_int_equal(clock_adj_freq(c, 5000), 0);
	fake_error = ETIMEDOUT;
	assert_int_equal(clock_adj_freq(c, 7000), -ETIMEDOUT);
	assert_int_equal(touched(c), CLOCK_UNTOUCHED);
	assert_int_equal(c->ops->freq_ppb(c), 5000); /* it was not */
	does_it = true;
	assert_int_equal(clock_adj_freq(c, 7000), -ETIMEDOUT);
	assert_int_equal(touched(c), CLOCK_UNTOUCHED);
	assert_int_equal(c->ops->freq_ppb(c), 7000);
	does_it = false;
	assert_int_equal(clock_adj_freq(c, 9000), -ETIMEDOUT);
	fake_error = 0;
	fake.freq += 65536; /* that is neither */
	assert_int_equal(touched(c), CLOCK_TOUCHED_FREQ);
	assert_int_equal(clock_adj_freq(c, 9000), 0);
	fake.freq += 65536;
	assert_int_equal(touched(c), CLOCK_TOUCHED_FREQ);
	assert_int_equal(touched(c), CLOCK_UNTOUCHED);
	c->ops->free(c);
}

static void unknown_bound_is_unsynchronised(void **state)
{
	struct clock *c = open_fake();

	(void)state;
	assert_int_equal(clock_set_status(c, &(struct wall_status){.synced = false,
								   .est_error_ns = INT64_MAX,
								   .max_error_ns = INT64_MAX}),
			 0);
	assert_int_equal(fake.status & STA_UNSYNC, STA_UNSYNC);
	assert_int_equal(fake.maxerror, LIMIT_US);
	c->ops->free(c);
}

/* The flags stand until somebody takes them away, the state goes on. */
static void a_leap_second_is_announced_by_the_state(void **state)
{
	static const struct {
		int state;
		enum leap leap;
	} cases[] = {{TIME_OK, LEAP_NONE},  {TIME_INS, LEAP_INSERT}, {TIME_DEL, LEAP_DELETE},
		     {TIME_OOP, LEAP_NONE}, {TIME_WAIT, LEAP_NONE},  {TIME_ERROR, LEAP_NONE},
		     {-1, LEAP_NONE}};

	(void)state;
	fake.status = STA_INS;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fake_state = cases[i].state;
		assert_int_equal(kernel_leap(), cases[i].leap);
	}
	assert_int_equal(fake.status, STA_INS);
	fake_state = TIME_OK;
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
		cmocka_unit_test(stamp_before_two_changes_is_refused),
		cmocka_unit_test(stamp_across_a_step_is_refused),
		cmocka_unit_test(stamp_just_after_a_step_is_refused),
		cmocka_unit_test(stamp_of_the_future_or_long_ago_is_refused),
		cmocka_unit_test(tracker_learns_a_rate_but_not_a_step),
		cmocka_unit_test(tracker_takes_a_leap_second_for_a_step_however_rarely_it_looks),
		cmocka_unit_test(tracker_takes_two_readings_for_no_step),
		cmocka_unit_test(clock_is_unsynchronised_from_the_first_moment),
		cmocka_unit_test(maxerror_is_never_below_the_bound),
		cmocka_unit_test(what_is_left_for_ever_is_true_for_ever_or_unsynchronised),
		cmocka_unit_test(what_was_set_without_an_answer_is_ours),
		cmocka_unit_test(unknown_bound_is_unsynchronised),
		cmocka_unit_test(a_leap_second_is_announced_by_the_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
