/* test_rtc.c - the RTC is set at the end: when, to what, and only from a clock that the kernel
 * calls synchronised.  Its device is a plain file, the ioctl and the kernel's word are fakes:
 * this machine's RTC is not touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkd/host/rtc.h"

#include <errno.h>
#include <linux/rtc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static int kernel_state;
static unsigned n_set;
static struct rtc_time was_set;
static struct timespec was_set_at;

/* Instead of the C library's. */
int ntp_gettimex(struct ntptimeval *t)
{
	memset(t, 0, sizeof(*t));
	return kernel_state;
}

static int note_set(int fd, const struct rtc_time *t)
{
	assert_true(fd >= 0);
	clock_gettime(CLOCK_REALTIME, &was_set_at);
	was_set = *t;
	n_set++;
	return 0;
}

/* A place in a folder of its own, with these files. */
static struct rtc_place place_with(const char *adjtime, const char *name)
{
	static char dir[64], device[96], adjtime_path[96], name_path[96];
	const struct {
		char *path;
		const char *file, *text;
	} files[] = {{device, "rtc", ""},
		     {adjtime_path, "adjtime", adjtime},
		     {name_path, "name", name}};

	snprintf(dir, sizeof(dir), "/tmp/berkd-rtc-XXXXXX");
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(files[i].path, sizeof(device), "%s/%s", dir, files[i].file);
		FILE *f = fopen(files[i].path, "we");

		assert_non_null(f);
		fputs(files[i].text, f);
		fclose(f);
	}
	n_set = 0;
	kernel_state = TIME_OK;
	return (struct rtc_place){.device = device,
				  .adjtime = adjtime_path,
				  .name = name_path,
				  .set = note_set};
}

static void remove_place(const struct rtc_place *p)
{
	char dir[96];

	unlink(p->device);
	unlink(p->adjtime);
	unlink(p->name);
	snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(p->name, '/') - p->name), p->name);
	assert_int_equal(rmdir(dir), 0);
}

static void second_of_the_rtc_begins_with_that_of_the_clock(void **state)
{
	static const struct {
		int64_t now_ns;
		bool pc;
		int64_t due_ns;
	} cases[] = {{5 * NS_PER_S, false, 5 * NS_PER_S},
		     {5 * NS_PER_S + 1, false, 6 * NS_PER_S},
		     {6 * NS_PER_S - 1, false, 6 * NS_PER_S},
		     {5 * NS_PER_S, true, 5500 * NS_PER_MS},
		     {5500 * NS_PER_MS, true, 5500 * NS_PER_MS},
		     {5500 * NS_PER_MS + 1, true, 6500 * NS_PER_MS},
		     {100 * NS_PER_MS, true, 500 * NS_PER_MS}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(rtc_due((wall_t){cases[i].now_ns}, cases[i].pc).ns,
				 cases[i].due_ns);
	}
}

/* What was set, as seconds since 1970 if it were UTC, less the second in which it was set. */
static int64_t ahead_s(void)
{
	struct tm tm = {.tm_sec = was_set.tm_sec,
			.tm_min = was_set.tm_min,
			.tm_hour = was_set.tm_hour,
			.tm_mday = was_set.tm_mday,
			.tm_mon = was_set.tm_mon,
			.tm_year = was_set.tm_year};

	return (int64_t)timegm(&tm) - was_set_at.tv_sec;
}

/* On a busy machine no try may wake in time. */
static int save(const struct rtc_place *p)
{
	int r = rtc_save(p);

	for (unsigned i = 0; i < 20 && r == -EAGAIN; i++) {
		r = rtc_save(p);
	}
	return r;
}

static void rtc_is_set_to_utc_or_local_time(void **state)
{
	static const struct {
		const char *adjtime;
		int64_t ahead_s;
	} cases[] = {{"", 0},
		     {"0.0 0 0.0\n0\nUTC\n", 0},
		     {"0.0 0 0.0\n0\nLOCAL\n", 5 * 3600},
		     {"LOCAL\n", 0}};

	(void)state;
	setenv("TZ", "XYZ-5", 1);
	tzset();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rtc_place p = place_with(cases[i].adjtime, "rtc_cmos rtc_cmos\n");

		assert_int_equal(save(&p), 0);
		assert_int_equal(n_set, 1);
		assert_int_equal(ahead_s(), cases[i].ahead_s);
		assert_true(was_set_at.tv_nsec >=
			    500000000); /* half a second before its next one */
		remove_place(&p);
	}
}

static void rtc_that_is_no_pcs_is_set_at_the_second(void **state)
{
	struct rtc_place p = place_with("", "rtc-ds1307 1-0068\n");

	(void)state;
	assert_int_equal(save(&p), 0);
	assert_int_equal(ahead_s(), 0);
	assert_true(was_set_at.tv_nsec < 500000000);
	remove_place(&p);
}

static void clock_that_is_not_synchronised_sets_no_rtc(void **state)
{
	struct rtc_place p = place_with("", "");

	(void)state;
	kernel_state = TIME_ERROR;
	assert_int_equal(rtc_save(&p), -EAGAIN);
	assert_int_equal(n_set, 0);
	remove_place(&p);
}

static void host_without_an_rtc_sets_none(void **state)
{
	struct rtc_place p = place_with("", "");

	(void)state;
	unlink(p.device);
	assert_int_equal(rtc_save(&p), -ENOENT);
	remove_place(&p);
}

/* T14: whoever puts a FIFO there does not hold up the end. */
static void fifos_are_no_clock_and_hold_up_nobody(void **state)
{
	struct rtc_place place = place_with("", "rtc_cmos\n");

	(void)state;
	kernel_state = TIME_OK;
	(void)alarm(10);
	assert_int_equal(unlink(place.adjtime), 0);
	assert_int_equal(mkfifo(place.adjtime, 0600), 0);
	n_set = 0;
	assert_int_equal(rtc_save(&place), 0); /* as without that file: UTC */
	assert_int_equal(n_set, 1);
	assert_int_equal(unlink(place.device), 0);
	assert_int_equal(mkfifo(place.device, 0600), 0);
	assert_int_equal(rtc_save(&place), -ENODEV);
	assert_int_equal(n_set, 1);
	(void)alarm(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fifos_are_no_clock_and_hold_up_nobody),
		cmocka_unit_test(second_of_the_rtc_begins_with_that_of_the_clock),
		cmocka_unit_test(rtc_is_set_to_utc_or_local_time),
		cmocka_unit_test(rtc_that_is_no_pcs_is_set_at_the_second),
		cmocka_unit_test(clock_that_is_not_synchronised_sets_no_rtc),
		cmocka_unit_test(host_without_an_rtc_sets_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
