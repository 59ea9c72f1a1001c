/* test_permit.c - what the setter does for the daemon, and that it says where the rest ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkd/clock/permit.h"
#include "berkd/clock/timescale.h"
#include "berkd/host/floor.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define NOW_S 1800000000LL

static char why[PERMIT_TEXT_MAX];

static int judge(struct timex tx)
{
	why[0] = '\0';
	return permit_judge(&tx, NOW_S, why);
}

static int judge_step_to(long long at_s)
{
	return judge((struct timex){.modes = ADJ_SETOFFSET | ADJ_NANO,
				    .time = {.tv_sec = at_s - NOW_S}});
}

static void any_frequency_of_the_driver_is_set(void **state)
{
	(void)state;
	for (int64_t ppb = -CLOCK_FREQ_PPB_MAX; ppb <= CLOCK_FREQ_PPB_MAX; ppb += 12345) {
		struct timex_freq f = timex_freq_from_ppb(ppb);

		assert_int_equal(judge((struct timex){.modes = ADJ_TICK | ADJ_FREQUENCY,
						      .tick = f.tick,
						      .freq = f.freq}),
				 0);
	}
}

static void what_timex_cannot_hold_is_refused_with_its_range(void **state)
{
	(void)state;
	assert_int_equal(judge((struct timex){.modes = ADJ_TICK, .tick = 11001}), -ERANGE);
	assert_string_equal(why, "a tick of 11001 us: 9000 to 11000");
	assert_int_equal(judge((struct timex){.modes = ADJ_TICK, .tick = 8999}), -ERANGE);
	assert_int_equal(judge((struct timex){.modes = ADJ_FREQUENCY, .freq = 32768001}), -ERANGE);
	assert_string_equal(why, "a frequency of 32768001 (2^-16 ppm): -32768000 to 32768000");
	assert_int_equal(judge((struct timex){.modes = ADJ_FREQUENCY, .freq = -32768001}), -ERANGE);
}

static void a_step_ends_within_thirty_years_of_the_build(void **state)
{
	const long long last_s = ceiling_of_time().ns / NS_PER_S;
	char want[PERMIT_TEXT_MAX];

	(void)state;
	assert_int_equal(judge_step_to(0), 0);
	assert_int_equal(judge_step_to(last_s), 0);
	assert_int_equal(judge_step_to(last_s + 1), -ERANGE);
	(void)snprintf(want, sizeof(want),
		       "a step by %lld s, at %lld s after 1970: it may end at 0 to %lld s after "
		       "1970",
		       last_s + 1 - NOW_S, NOW_S, last_s);
	assert_string_equal(why, want);
	assert_int_equal(judge_step_to(-1), -ERANGE);
	for (int i = 0; i < 2; i++) {
		struct timex tx = {.modes = ADJ_SETOFFSET | ADJ_NANO,
				   .time = {.tv_sec = i ? LONG_MIN : LONG_MAX}};

		assert_int_equal(judge(tx), -ERANGE);
	}
}

static void a_step_has_a_part_of_a_second(void **state)
{
	struct timex tx = {.modes = ADJ_SETOFFSET | ADJ_NANO};

	(void)state;
	tx.time.tv_usec = 999999999;
	assert_int_equal(judge(tx), 0);
	tx.time.tv_usec = 1000000000;
	assert_int_equal(judge(tx), -EPERM);
	tx.time.tv_usec = -1;
	assert_int_equal(judge(tx), -EPERM);
	assert_int_equal(judge((struct timex){.modes = ADJ_SETOFFSET}), -EPERM); /* us */
}

static void what_berkd_has_no_use_for_is_refused(void **state)
{
	static const struct {
		struct timex tx;
		const char *why;
	} cases[] = {
		{{.modes = ADJ_TAI}, "the modes 0x80"},
		{{.modes = ADJ_FREQUENCY | ADJ_TIMECONST}, "the modes 0x22"},
		{{.modes = ADJ_STATUS, .status = STA_INS}, "the status 0x10"},
		{{.modes = ADJ_STATUS, .status = STA_PPSTIME}, "the status 0x4"},
		{{.modes = ADJ_OFFSET, .offset = 1}, "a phase of the PLL of 1: it may be 0 to 0"},
		{{.modes = ADJ_OFFSET_SINGLESHOT, .offset = 1},
		 "a slew of the kernel's own, by 1 us: it may be 0 to 0"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(judge(cases[i].tx), -EPERM);
		assert_memory_equal(why, cases[i].why, strlen(cases[i].why));
	}
	assert_int_equal(judge((struct timex){.modes = 0}), 0);
	assert_int_equal(judge((struct timex){.modes = ADJ_OFFSET_SINGLESHOT}), 0);
	assert_int_equal(judge((struct timex){.modes = ADJ_STATUS | ADJ_NANO | ADJ_MAXERROR |
						       ADJ_ESTERROR,
					      .status = STA_UNSYNC}),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_frequency_of_the_driver_is_set),
		cmocka_unit_test(what_timex_cannot_hold_is_refused_with_its_range),
		cmocka_unit_test(a_step_ends_within_thirty_years_of_the_build),
		cmocka_unit_test(a_step_has_a_part_of_a_second),
		cmocka_unit_test(what_berkd_has_no_use_for_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
