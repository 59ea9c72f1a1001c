/* test_when.c - the time that an operator orders, as he writes it and as the board's clock shows
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "berk/time.h"
#include "berkctl/when.h"

#define NOON	 INT64_C(1795780800) /* 2026-11-27 12:00:00 UTC */
#define NOON_NS	 (NOON * NS_PER_S)
#define LOCAL_NS (3600 * NS_PER_S) /* in the zone of the test, noon is an hour earlier */

static void time_is_read_as_people_write_it(void **state)
{
	static const struct {
		const char *text;
		bool relative;
		int64_t ns;
	} cases[] = {
		{"2026-11-27 12:00:00Z", false, NOON_NS},
		{"2026-11-27T12:00:00 UTC", false, NOON_NS},
		{"2026-11-27 12:00:00.25Z", false, NOON_NS + NS_PER_S / 4},
		{"2026-11-27 12:00:00", false, NOON_NS - LOCAL_NS},
		{"2026-11-27 12:00", false, NOON_NS - LOCAL_NS},
		{"@1795780800", false, NOON_NS},
		{"@1795780800.5", false, NOON_NS + NS_PER_S / 2},
		{"+1.5s", true, NS_PER_S * 3 / 2},
		{"-2min", true, -120 * NS_PER_S},
		{"+1d", true, 86400 * NS_PER_S},
	};
	struct when w;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(when_parse(cases[i].text, &w));
		assert_int_equal(w.relative, cases[i].relative);
		assert_int_equal(w.ns, cases[i].ns);
	}
}

static void what_is_no_time_is_refused(void **state)
{
	static const char *const cases[] = {"",		  "noon",
					    "12:00",	  "2026-02-31 12:00",
					    "2026-11-27", "2026-11-27 12:00:00 CET",
					    "@",	  "@-1",
					    "@1x",	  "@99999999999999",
					    "+",	  "-",
					    "+-1",	  "+1 fathom"};
	struct when w;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_false(when_parse(cases[i], &w));
	}
}

static char path[] = "/tmp/test_when.XXXXXX";

/* At once, as the kernel does. */
static void show(long long s)
{
	char new[sizeof(path) + 4];

	snprintf(new, sizeof(new), "%s.new", path);
	FILE *f = fopen(new, "we");

	assert_non_null(f);
	fprintf(f, "%lld\n", s);
	fclose(f);
	assert_int_equal(rename(new, path), 0);
}

static void *tick(void *arg)
{
	(void)arg;
	usleep(50000);
	show(NOON);
	return NULL;
}

/* The second that begins is what it shows, and not one that began before. */
static void board_clock_is_read_at_the_turn_of_a_second(void **state)
{
	pthread_t thread;
	int64_t ns;

	(void)state;
	for (unsigned local = 0; local < 2; local++) {
		show(NOON - 1);
		assert_int_equal(pthread_create(&thread, NULL, tick, NULL), 0);
		int r = when_read_rtc(path, local, &ns);

		pthread_join(thread, NULL);
		assert_int_equal(r, 0);
		assert_int_equal(ns, NOON_NS - (local ? LOCAL_NS : 0));
	}
}

static void board_clock_that_is_not_there_or_stands_still_is_told(void **state)
{
	int64_t ns;

	(void)state;
	assert_int_equal(when_read_rtc("/nonexistent", false, &ns), -ENOENT);
	assert_int_equal(when_read_rtc(path, false, &ns), -ETIME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_is_read_as_people_write_it),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(board_clock_is_read_at_the_turn_of_a_second),
		cmocka_unit_test(board_clock_that_is_not_there_or_stands_still_is_told),
	};

	setenv("TZ", "CET-1", 1);
	tzset();
	close(mkstemp(path));
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	unlink(path);
	return r;
}
