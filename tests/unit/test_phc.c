/* test_phc.c - the line from PHC to RAW with clocks of our own, and the set's doubts about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkd/clock/phc.h"
#include "berkd/clock/phc_private.h"

#include "berkd/host/host_clock.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define PHC_ORIGIN (INT64_C(1800000000) * NS_PER_S) /* TAI, far from RAW's zero */

/* A PHC: what it shows at a RAW instant, exactly; and what a bracket makes of it. */
struct fake {
	int64_t offset_ns;
	double rate;
	unsigned long noise;
};

static int64_t fake_phc(const struct fake *f, int64_t raw_ns)
{
	return PHC_ORIGIN + f->offset_ns + raw_ns + ns_from_double((double)raw_ns * f->rate);
}

/* The true instant lies anywhere in the bracket. */
static struct phc_reading fake_reading(struct fake *f, int64_t raw_ns, int64_t error_ns)
{
	f->noise = f->noise * 6364136223846793005UL + 1442695040888963407UL;
	int64_t off = (int64_t)(f->noise >> 33) % (2 * error_ns + 1) - error_ns;

	return (struct phc_reading){fake_phc(f, raw_ns), {raw_ns + off}, error_ns};
}

static void follow(struct phc_track *t, struct fake *f, int64_t from_ns, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct phc_reading r = fake_reading(f, from_ns + i * NS_PER_S, 500);

		assert_int_equal(phc_track_add(t, &r), 0);
	}
}

static void stamps_of_a_fast_phc_become_raw_within_the_error_told(void **state)
{
	static const double rates[] = {0, 3e-6, -80e-6, 300e-6};

	(void)state;
	for (size_t k = 0; k < sizeof(rates) / sizeof(rates[0]); k++) {
		struct fake f = {.rate = rates[k], .noise = k};
		struct phc_track t = {0};

		follow(&t, &f, NS_PER_S, 12);
		for (int64_t at = 8 * NS_PER_S; at < 13 * NS_PER_S; at += 70 * NS_PER_MS) {
			int64_t error;
			raw_t raw;

			assert_int_equal(phc_track_to_raw(&t, fake_phc(&f, at), &raw, &error), 0);
			assert_true(ns_abs(raw.ns - at) <= error);
			assert_true(error < 20 * NS_PER_US);
			/* The line is better than the readings it is made of. */
			assert_true(ns_abs(raw.ns - at) <= 600);
		}
	}
}

static void first_stamp_and_those_before_the_first_reading_are_refused(void **state)
{
	struct fake f = {0};
	struct phc_track t = {0};
	int64_t error;
	raw_t raw;

	(void)state;
	assert_int_equal(phc_track_to_raw(&t, fake_phc(&f, 5), &raw, &error), -EAGAIN);
	follow(&t, &f, NS_PER_S, 1);
	assert_int_equal(phc_track_to_raw(&t, fake_phc(&f, NS_PER_S - 1), &raw, &error), -ESTALE);
	assert_int_equal(phc_track_to_raw(&t, fake_phc(&f, NS_PER_S + 1), &raw, &error), 0);
}

static void one_reading_serves_for_some_ms_and_not_for_a_second(void **state)
{
	struct fake f = {.rate = 100e-6};
	struct phc_track t = {0};
	int64_t error;
	raw_t raw;

	(void)state;
	follow(&t, &f, NS_PER_S, 1);
	int64_t at = NS_PER_S + 10 * NS_PER_MS;

	assert_int_equal(phc_track_to_raw(&t, fake_phc(&f, at), &raw, &error), 0);
	assert_true(ns_abs(raw.ns - at) <= error);
	assert_int_equal(phc_track_to_raw(&t, fake_phc(&f, 2 * NS_PER_S), &raw, &error), -ERANGE);
}

static void jump_of_the_phc_starts_a_new_line(void **state)
{
	static const int64_t jumps[] = {20 * NS_PER_US, -20 * NS_PER_US, 37 * NS_PER_S, -NS_PER_S};

	(void)state;
	for (size_t k = 0; k < sizeof(jumps) / sizeof(jumps[0]); k++) {
		struct fake f = {.rate = 5e-6};
		struct phc_track t = {0};
		int64_t error, at = 9 * NS_PER_S;
		raw_t raw;

		follow(&t, &f, NS_PER_S, 8);
		f.offset_ns += jumps[k];
		struct phc_reading r = fake_reading(&f, at, 500);

		assert_int_equal(phc_track_add(&t, &r), 1);
		assert_int_equal(phc_track_to_raw(&t, fake_phc(&f, at - 1), &raw, &error), -ESTALE);
		assert_int_equal(phc_track_to_raw(&t, fake_phc(&f, at + 1000), &raw, &error), 0);
		assert_true(ns_abs(raw.ns - at - 1000) <= error);
	}
}

static void steering_by_another_hand_is_no_jump(void **state)
{
	struct fake f = {.rate = 5e-6};
	struct phc_track t = {0};

	(void)state;
	follow(&t, &f, NS_PER_S, 8);
	/* Half a ppm more from second 8 on. */
	f.rate += 5e-7;
	f.offset_ns -= 8 * NS_PER_S / 2000000;
	follow(&t, &f, 9 * NS_PER_S, 8);
}

static void wide_brackets_and_readings_out_of_order_are_not_taken(void **state)
{
	struct fake f = {0};
	struct phc_track t = {0};
	struct phc_reading r = fake_reading(&f, NS_PER_S, PHC_ERROR_NS_MAX + 1);

	(void)state;
	assert_int_equal(phc_track_add(&t, &r), -ERANGE);
	assert_int_equal(t.n, 0);
	follow(&t, &f, 2 * NS_PER_S, 2);
	r = fake_reading(&f, 2 * NS_PER_S, 500);
	assert_int_equal(phc_track_add(&t, &r), -EINVAL);
	assert_int_equal(t.n, 2);
}

static void stale_line_is_refused_and_begun_anew(void **state)
{
	struct fake f = {0};
	struct phc_track t = {0};
	int64_t error;
	raw_t raw;

	(void)state;
	follow(&t, &f, NS_PER_S, 8);
	assert_int_equal(phc_track_to_raw(&t, fake_phc(&f, 20 * NS_PER_S), &raw, &error), -ESTALE);
	struct phc_reading r = fake_reading(&f, 60 * NS_PER_S, 500);

	assert_int_equal(phc_track_add(&t, &r), 0);
	assert_int_equal(t.n, 1);
}

static void readings_are_due_often_at_first_and_then_each_second(void **state)
{
	struct fake f = {0};
	struct phc_track t = {0};

	(void)state;
	assert_true(phc_track_due(&t, (raw_t){0}));
	follow(&t, &f, NS_PER_S, 1);
	assert_false(phc_track_due(&t, (raw_t){NS_PER_S + 10 * NS_PER_MS}));
	assert_true(phc_track_due(&t, (raw_t){NS_PER_S + 30 * NS_PER_MS}));
	follow(&t, &f, 2 * NS_PER_S, 4);
	assert_false(phc_track_due(&t, (raw_t){5 * NS_PER_S + 900 * NS_PER_MS}));
	assert_true(phc_track_due(&t, (raw_t){6 * NS_PER_S + 10 * NS_PER_US}));
}

/* --- The set: a PHC 37 s off that runs with this host's RAW --- */

static struct {
	int64_t offset_ns;
	int open_error, read_error;
	unsigned n_opened, n_read;
} nic;

static int nic_open(int index)
{
	(void)index;
	nic.n_opened++;
	return nic.open_error ? nic.open_error : 1000000; /* no file: closing it does nothing */
}

static int nic_read(int fd, enum phc_method *method, struct clock *clock, struct phc_reading *ret)
{
	(void)method;
	(void)clock;
	assert_int_equal(fd, 1000000);
	nic.n_read++;
	int64_t now = host_clock_ns(CLOCK_MONOTONIC_RAW);

	*ret = (struct phc_reading){now + nic.offset_ns, {now}, 500};
	return nic.read_error;
}

static int setup(void **state)
{
	struct phc_set *s = calloc(1, sizeof(*s));

	nic = (__typeof__(nic)){.offset_ns = 37 * NS_PER_S};
	s->open = nic_open;
	s->read = nic_read;
	s->phc[0] = (struct phc_clock){.index = 3, .fd = 1000000};
	s->n_phc = 1;
	s->interface[0] = (struct phc_interface){.ifindex = 7, .index = 3};
	s->interface[1] = (struct phc_interface){.ifindex = 8, .index = PHC_NONE};
	s->n_interface = 2;
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

/* A stamp of a packet that came (or went) @ns before (after) its software stamp. */
static int convert(struct phc_set *s, unsigned ifindex, enum phc_way way, int64_t ns, raw_t *ret)
{
	raw_t software = {host_clock_ns(CLOCK_MONOTONIC_RAW)};
	int64_t at = software.ns + (way == PHC_RECEIVED ? -ns : ns);
	int r = phc_set_to_raw(s, ifindex, at + nic.offset_ns, software, way, ret);

	if (r == 0) {
		assert_true(ns_abs(ret->ns - at) <= 600); /* RAW's own rate, a bracket of 500 */
	}
	return r;
}

/* Until the line reaches back behind any stamp used here. */
static void warm(struct phc_set *s)
{
	raw_t raw;
	struct timespec pause = {.tv_nsec = 25 * NS_PER_MS};

	assert_int_equal(convert(s, 7, PHC_RECEIVED, 0, &raw), -ESTALE);
	(void)nanosleep(&pause, NULL);
	assert_int_equal(convert(s, 7, PHC_RECEIVED, 1000, &raw), 0);
	assert_int_equal(nic.n_read, 2);
}

static void hardware_stamps_are_taken_both_ways_with_few_readings(void **state)
{
	struct phc_set *s = *state;
	raw_t raw;

	warm(s);
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(convert(s, 7, PHC_RECEIVED, 50 * NS_PER_US, &raw), 0);
		assert_int_equal(convert(s, 7, PHC_SENT, 50 * NS_PER_US, &raw), 0);
		assert_int_equal(convert(s, 0, PHC_SENT, 50 * NS_PER_US, &raw), 0);
	}
	assert_true(nic.n_read <= 5); /* 4 at first, at most one per second then */
	assert_true(s->interface[0].announced);
}

static void stamp_that_contradicts_the_software_stamp_is_refused(void **state)
{
	struct phc_set *s = *state;
	raw_t raw;

	warm(s);
	assert_int_equal(convert(s, 7, PHC_RECEIVED, -NS_PER_MS, &raw), -ERANGE);
	assert_int_equal(convert(s, 7, PHC_SENT, -NS_PER_MS, &raw), -ERANGE);
	assert_int_equal(convert(s, 7, PHC_SENT, 11 * NS_PER_MS, &raw), -ERANGE);
	nic.offset_ns += NS_PER_S; /* the PHC was set, and no reading since */
	assert_int_equal(convert(s, 7, PHC_RECEIVED, 1000, &raw), -ERANGE);
}

static void stamp_of_an_unknown_clock_is_refused(void **state)
{
	struct phc_set *s = *state;
	raw_t raw;

	warm(s);
	assert_int_equal(convert(s, 8, PHC_RECEIVED, 1000, &raw), -ENODEV);
	s->phc[1] = (struct phc_clock){.index = 4, .fd = 1000000};
	s->n_phc = 2;
	assert_int_equal(convert(s, 0, PHC_SENT, 1000, &raw), -ENODEV); /* which of the two? */
	assert_int_equal(convert(s, 7, PHC_SENT, 1000, &raw), 0);
}

static void clock_that_fails_is_left_alone_and_tried_again_later(void **state)
{
	struct phc_set *s = *state;
	raw_t raw;

	nic.read_error = -ENODEV;
	assert_int_equal(convert(s, 7, PHC_RECEIVED, 1000, &raw), -ENODEV);
	assert_int_equal(s->phc[0].fd, -1);
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(convert(s, 7, PHC_RECEIVED, 1000, &raw), -EAGAIN);
	}
	assert_int_equal(nic.n_read, 1);
	assert_int_equal(nic.n_opened, 0);
	s->phc[0].retry.ns -= 60 * NS_PER_S;
	nic.open_error = -EACCES;
	assert_int_equal(convert(s, 7, PHC_RECEIVED, 1000, &raw), -EACCES);
	s->phc[0].retry.ns -= 60 * NS_PER_S;
	nic.open_error = nic.read_error = 0;
	nic.n_read = 0;
	warm(s);
}

static void reading_that_fails_in_passing_costs_nothing(void **state)
{
	struct phc_set *s = *state;
	raw_t raw;

	warm(s);
	nic.read_error = -EBUSY;
	assert_int_equal(convert(s, 7, PHC_RECEIVED, 1000, &raw), 0);
	assert_int_equal(s->phc[0].fd, 1000000);
}

#define SET_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stamps_of_a_fast_phc_become_raw_within_the_error_told),
		cmocka_unit_test(first_stamp_and_those_before_the_first_reading_are_refused),
		cmocka_unit_test(one_reading_serves_for_some_ms_and_not_for_a_second),
		cmocka_unit_test(jump_of_the_phc_starts_a_new_line),
		cmocka_unit_test(steering_by_another_hand_is_no_jump),
		cmocka_unit_test(wide_brackets_and_readings_out_of_order_are_not_taken),
		cmocka_unit_test(stale_line_is_refused_and_begun_anew),
		cmocka_unit_test(readings_are_due_often_at_first_and_then_each_second),
		SET_TEST(hardware_stamps_are_taken_both_ways_with_few_readings),
		SET_TEST(stamp_that_contradicts_the_software_stamp_is_refused),
		SET_TEST(stamp_of_an_unknown_clock_is_refused),
		SET_TEST(clock_that_fails_is_left_alone_and_tried_again_later),
		SET_TEST(reading_that_fails_in_passing_costs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
