/* test_setter.c - a process that may set the clock does it for one that may not, and nothing else.
 * The host's clock is not touched: clock_adjtime() here is a fake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkd/clock/setter.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char dir[] = "/tmp/test_setter.XXXXXX", path[64];
static pid_t setter;

/* Instead of the C library's: says who it is. */
int clock_adjtime(clockid_t id, struct timex *tx)
{
	assert_int_equal(id, CLOCK_REALTIME);
	tx->tai = (int)getpid();
	return TIME_INS;
}

static void begin(void)
{
	(void)unlink(path);
	setter = fork();
	assert_true(setter >= 0);
	if (setter == 0) {
		_exit(setter_serve(path) < 0);
	}
	for (int i = 0; i < 5000 && access(path, F_OK) < 0; i++) {
		(void)usleep(1000);
	}
}

static void end(void)
{
	(void)kill(setter, SIGKILL);
	assert_int_equal(waitpid(setter, NULL, 0), setter);
}

/* It may not listen yet. */
static int adjtime_soon(struct timex *tx)
{
	int r = -ECONNREFUSED;

	for (int i = 0; i < 5000 && r == -ECONNREFUSED; i++) {
		r = setter_adjtime(tx);
		(void)usleep(r == -ECONNREFUSED ? 1000 : 0);
	}
	return r;
}

static void another_process_sets_the_clock(void **state)
{
	static const unsigned modes[] = {0, ADJ_TICK | ADJ_FREQUENCY, ADJ_SETOFFSET | ADJ_NANO,
					 ADJ_OFFSET_SINGLESHOT,
					 ADJ_STATUS | ADJ_NANO | ADJ_MAXERROR | ADJ_ESTERROR};

	(void)state;
	begin();
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct timex tx = {.modes = modes[i], .status = STA_UNSYNC, .freq = 77};

		assert_int_equal(adjtime_soon(&tx), TIME_INS);
		assert_int_equal(tx.tai, setter);
		assert_int_equal(tx.freq, 77);
	}
	end();
}

static void what_berkd_has_no_use_for_is_refused(void **state)
{
	struct timex refused[] = {{.modes = ADJ_TAI},
				  {.modes = ADJ_STATUS, .status = STA_INS},
				  {.modes = ADJ_STATUS, .status = STA_PPSTIME},
				  {.modes = ADJ_OFFSET, .offset = 1},
				  {.modes = ADJ_OFFSET_SINGLESHOT, .offset = 1},
				  {.modes = ADJ_FREQUENCY | ADJ_TIMECONST}};
	struct timex good = {.modes = 0};

	(void)state;
	begin();
	assert_int_equal(adjtime_soon(&good), TIME_INS);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_int_equal(setter_adjtime(&refused[i]), -EPERM);
		assert_int_equal(refused[i].tai, 0);
	}
	end();
}

static void one_that_was_started_anew_is_found(void **state)
{
	struct timex tx = {.modes = 0};

	(void)state;
	begin();
	assert_int_equal(adjtime_soon(&tx), TIME_INS);
	end();
	assert_true(setter_adjtime(&tx) < 0);
	begin();
	assert_int_equal(adjtime_soon(&tx), TIME_INS);
	assert_int_equal(tx.tai, setter);
	end();
}

static void one_that_hangs_is_waited_for_a_second(void **state)
{
	struct timex tx = {.modes = 0};
	struct timespec from, to;

	(void)state;
	begin();
	assert_int_equal(adjtime_soon(&tx), TIME_INS);
	assert_int_equal(kill(setter, SIGSTOP), 0);
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &from), 0);
	assert_int_equal(setter_adjtime(&tx), -ETIMEDOUT);
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &to), 0);
	assert_in_range(to.tv_sec - from.tv_sec, 1, 60);
	assert_int_equal(kill(setter, SIGCONT), 0);
	assert_int_equal(setter_adjtime(&tx), TIME_INS); /* not by the answer that came late */
	end();
}

static void without_one_it_is_done_here(void **state)
{
	struct timex tx = {.modes = ADJ_TAI};

	(void)state;
	assert_int_equal(unsetenv(SETTER_ENV), 0);
	assert_int_equal(setter_adjtime(&tx), TIME_INS);
	assert_int_equal(tx.tai, getpid());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_process_sets_the_clock),
		cmocka_unit_test(what_berkd_has_no_use_for_is_refused),
		cmocka_unit_test(one_that_was_started_anew_is_found),
		cmocka_unit_test(one_that_hangs_is_waited_for_a_second),
		cmocka_unit_test(without_one_it_is_done_here),
	};

	if (!mkdtemp(dir)) {
		return 1;
	}
	(void)snprintf(path, sizeof(path), "%s/socket", dir);
	(void)setenv(SETTER_ENV, path, 1);
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	(void)unlink(path);
	(void)rmdir(dir);
	return r;
}
