/* test_servo.c - the wall clock reaches the line, never crosses it, never runs backwards. */
#include "core/rules/servo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define SLEW_PPB 50000000
#define FREQ_PPB 100000000

/* A wall clock whose driver knows steps of 2^-16 ppm. */
struct plant {
	struct servo servo;
	struct line line;
	struct clock_pair pair;
	double part_ns;
	int64_t freq_ppb, hold_ns;
};

static void plant_init(struct plant *p, int64_t behind_ns, double rate, int64_t interval_ns)
{
	struct servo_config config = {SLEW_PPB, FREQ_PPB, interval_ns};

	*p = (struct plant){.line = {.g0 = {behind_ns}, .rate = rate}, .hold_ns = INT64_MAX};
	servo_init(&p->servo, &config, 0);
}

static void plant_step(struct plant *p)
{
	p->freq_ppb = servo_step(&p->servo, &p->line, p->pair, &p->hold_ns);
	assert_true(p->hold_ns > 0);
	assert_in_range(p->freq_ppb + FREQ_PPB, 0, 2 * FREQ_PPB);
}

/* @ns of RAW pass; the wall clock must not go back. */
static void plant_run(struct plant *p, int64_t ns)
{
	double quantum = 1000 / 65536.0;
	double ppb = (double)(int64_t)((double)p->freq_ppb / quantum) * quantum;
	double moved = p->part_ns + ppb * 1e-9 * (double)ns;
	int64_t whole = (int64_t)moved;

	p->part_ns = moved - (double)whole;
	assert_true(ns + whole >= 0);
	p->pair.raw.ns += ns;
	p->pair.wall.ns += ns + whole;
}

static int64_t remainder_of(const struct plant *p)
{
	return wall_sub(line_at(&p->line, p->pair.raw), p->pair.wall);
}

/* Run for @ns, stepping at polls of @every and where a hold ends, @late ns late (of a timer that
 * counts @skew_ppm more or less than RAW).  The remainder keeps its sign, but for @slop_ns. */
static void plant_follow(struct plant *p, int64_t ns, int64_t every, int64_t late, int64_t skew_ppm,
			 int64_t slop_ns)
{
	int64_t end = p->pair.raw.ns + ns, next_poll = p->pair.raw.ns;
	bool behind = remainder_of(p) > 0;

	while (p->pair.raw.ns < end) {
		plant_step(p);
		if (p->pair.raw.ns >= next_poll) {
			next_poll = p->pair.raw.ns + every;
		}
		int64_t hold = p->hold_ns == INT64_MAX
				       ? INT64_MAX
				       : p->hold_ns + p->hold_ns / 1000000 * skew_ppm + late;
		plant_run(p,
			  ns_min(ns_min(hold, next_poll - p->pair.raw.ns), end - p->pair.raw.ns));
		int64_t left = remainder_of(p);
		assert_true(behind ? left >= -slop_ns : left <= slop_ns);
	}
}

static void servo_runs_at_the_lines_rate_when_there_is_nothing_to_do(void **state)
{
	struct plant p;

	(void)state;
	plant_init(&p, 0, 31.4e-6, NS_PER_S);
	plant_step(&p);
	assert_int_equal(p.freq_ppb, 31400);
	assert_false(p.servo.slewing);
	assert_int_equal(p.hold_ns, INT64_MAX);
}

/* The gain: 100 us are gone in a quarter of the poll, but not below 20 ms, nor above a second. */
static void servo_works_a_remainder_off_in_a_quarter_of_the_poll(void **state)
{
	static const struct {
		int64_t interval_ns, freq_ppb;
	} cases[] = {{NS_PER_S, 400000},
		     {2 * NS_PER_S, 200000},
		     {50 * NS_PER_MS, 5000000},
		     {16 * NS_PER_S, 100000}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct plant p;

		plant_init(&p, 100 * NS_PER_US, 0, cases[i].interval_ns);
		plant_step(&p);
		assert_int_equal(p.freq_ppb, cases[i].freq_ppb);
	}
}

/* A few ns and a rate between two ppb: nothing is worked off, so nobody need call again. */
static void servo_needs_no_call_when_it_stands_on_the_line(void **state)
{
	(void)state;
	for (int64_t behind_ns = -5; behind_ns <= 5; behind_ns += 10) {
		struct plant p;

		plant_init(&p, behind_ns, 31.4004e-6, NS_PER_S);
		plant_step(&p);
		assert_int_equal(p.freq_ppb, 31400);
		assert_int_equal(p.hold_ns, INT64_MAX);
	}
}

static void servo_reaches_the_line_without_crossing_it(void **state)
{
	static const int64_t start[] = {50, 1000, 80000, 3 * NS_PER_MS, NS_PER_S / 2};
	static const int64_t every[] = {50 * NS_PER_MS, NS_PER_S, 16 * NS_PER_S};

	(void)state;
	for (size_t i = 0; i < sizeof(start) / sizeof(start[0]); i++) {
		for (size_t k = 0; k < sizeof(every) / sizeof(every[0]); k++) {
			for (int sign = -1; sign <= 1; sign += 2) {
				struct plant p;

				plant_init(&p, sign * start[i], sign * 48e-6, every[k]);
				plant_follow(&p, 20 * NS_PER_S, every[k], 0, 0, 3);
				assert_true(ns_abs(remainder_of(&p)) <= 40);
			}
		}
	}
}

/* BOOTTIME is slewed with the wall clock, by up to 5 %, and a busy host fires timers late. */
static void servo_does_not_cross_when_its_timer_is_off(void **state)
{
	(void)state;
	for (int sign = -1; sign <= 1; sign += 2) {
		for (int64_t skew_ppm = -50000; skew_ppm <= 50000; skew_ppm += 50000) {
			struct plant p;

			plant_init(&p, sign * NS_PER_S / 2, 10e-6, NS_PER_S);
			plant_follow(&p, 20 * NS_PER_S, NS_PER_S, 500000, skew_ppm, 100);
			assert_true(ns_abs(remainder_of(&p)) <= 40);
		}
	}
}

/* No poll ever comes again: only the holds are kept. */
static void servo_ends_a_correction_though_the_master_is_silent(void **state)
{
	struct plant p;

	(void)state;
	plant_init(&p, -300 * NS_PER_MS, -20e-6, NS_PER_S);
	plant_follow(&p, 60 * NS_PER_S, INT64_MAX / 2, 0, 0, 3);
	assert_false(p.servo.slewing);
	assert_int_equal(p.hold_ns, INT64_MAX);
	assert_int_equal(p.freq_ppb, -20000);
	plant_run(&p, 3600 * NS_PER_S);
	assert_true(ns_abs(remainder_of(&p)) < 100000); /* an hour of quantisation */
}

static void servo_slews_large_remainders_at_the_limit(void **state)
{
	struct plant p;

	(void)state;
	plant_init(&p, NS_PER_S, 5e-6, NS_PER_S);
	plant_step(&p);
	assert_int_equal(p.freq_ppb, SLEW_PPB + 5000);
	assert_true(p.servo.slewing);
	plant_init(&p, -NS_PER_S, 5e-6, NS_PER_S);
	plant_step(&p);
	assert_int_equal(p.freq_ppb, -SLEW_PPB + 5000);
}

static void servo_takes_no_longer_than_the_limit_needs(void **state)
{
	struct plant p;

	(void)state;
	plant_init(&p, NS_PER_S / 2, 0, NS_PER_S); /* 10 s at 5 % */
	plant_follow(&p, 11 * NS_PER_S, NS_PER_S, 0, 0, 3);
	assert_true(ns_abs(remainder_of(&p)) < 10 * NS_PER_US);
}

static void servo_never_exceeds_what_the_driver_takes(void **state)
{
	struct plant p;
	struct servo_config config = {SLEW_PPB, 500000, NS_PER_S};

	(void)state;
	plant_init(&p, NS_PER_S, 400e-6, NS_PER_S);
	servo_init(&p.servo, &config, 0);
	plant_step(&p);
	assert_int_equal(p.freq_ppb, 500000);
	/* 100 ppm are left to work off a second: the hold follows what was commanded. */
	assert_true(p.hold_ns > 8000 * NS_PER_S && p.hold_ns < 10000 * NS_PER_S);
	p.line.rate = 700e-6; /* cannot even keep up: nothing to wait for */
	plant_step(&p);
	assert_int_equal(p.freq_ppb, 500000);
	assert_int_equal(p.hold_ns, INT64_MAX);
}

static void servo_survives_lines_at_the_ends_of_time(void **state)
{
	struct plant p;

	(void)state;
	plant_init(&p, 0, 0, NS_PER_S);
	p.line.g0.ns = INT64_MAX;
	p.pair.wall.ns = INT64_MIN;
	plant_step(&p);
	assert_int_equal(p.freq_ppb, SLEW_PPB);
	p.line.g0.ns = INT64_MIN;
	p.pair.wall.ns = INT64_MAX;
	p.line.rate = -1e300;
	plant_step(&p);
	assert_int_equal(p.freq_ppb, -FREQ_PPB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(servo_runs_at_the_lines_rate_when_there_is_nothing_to_do),
		cmocka_unit_test(servo_works_a_remainder_off_in_a_quarter_of_the_poll),
		cmocka_unit_test(servo_needs_no_call_when_it_stands_on_the_line),
		cmocka_unit_test(servo_reaches_the_line_without_crossing_it),
		cmocka_unit_test(servo_does_not_cross_when_its_timer_is_off),
		cmocka_unit_test(servo_ends_a_correction_though_the_master_is_silent),
		cmocka_unit_test(servo_slews_large_remainders_at_the_limit),
		cmocka_unit_test(servo_takes_no_longer_than_the_limit_needs),
		cmocka_unit_test(servo_never_exceeds_what_the_driver_takes),
		cmocka_unit_test(servo_survives_lines_at_the_ends_of_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
