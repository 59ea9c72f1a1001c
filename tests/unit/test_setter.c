/* test_setter.c - a process that may set the clock does it for one that may not, and nothing else.
 * The host's clock is not touched: clock_adjtime() here is a fake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkd/clock/gate.h"
#include "berkd/clock/setter.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_NS (60 * NS_PER_S) /* of a machine that is busy */

static char dir[] = "/tmp/test_setter.XXXXXX", path[64];
static pid_t setter;

/* What the setter has done, as all processes see it. */
static struct {
	_Atomic unsigned n_freq;
	_Atomic long freq;
} * done;

/* Instead of the C library's: says who it is. */
int clock_adjtime(clockid_t id, struct timex *tx)
{
	assert_int_equal(id, CLOCK_REALTIME);
	tx->tai = (int)getpid();
	if (tx->modes & ADJ_FREQUENCY) {
		done->n_freq++;
		done->freq = tx->freq;
	}
	return TIME_INS;
}

/* What the setter tells goes to the file at @log, if not NULL. */
static void begin_with(const char *log)
{
	(void)unlink(path);
	setter = fork();
	assert_true(setter >= 0);
	if (setter == 0) {
		int fd = log ? open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : STDERR_FILENO;

		if (dup2(fd, STDERR_FILENO) < 0) {
			_exit(2);
		}
		_exit(setter_serve(path) < 0);
	}
	for (int i = 0; i < 5000 && access(path, F_OK) < 0; i++) {
		(void)usleep(1000);
	}
}

static void begin(void)
{
	begin_with(NULL);
}

static void end(void)
{
	(void)kill(setter, SIGKILL);
	assert_int_equal(waitpid(setter, NULL, 0), setter);
}

static int64_t now_ns(void)
{
	struct timespec t;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &t), 0);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* It may not listen yet, or a machine that is busy may not let it run for half a second: what was
 * given up is not carried out, and is asked for again. */
static int adjtime_soon(struct timex *tx)
{
	const struct timex asked = *tx;
	int r = -ECONNREFUSED;

	for (int64_t end_ns = now_ns() + PATIENCE_NS;
	     now_ns() < end_ns && (r == -ECONNREFUSED || r == -ETIMEDOUT);) {
		*tx = asked;
		r = setter_adjtime(tx);
		(void)usleep(r == -ECONNREFUSED || r == -ETIMEDOUT ? 1000 : 0);
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
		struct timex tx = {.modes = modes[i],
				   .status = STA_UNSYNC,
				   .tick = 10000,
				   .freq = 77};

		assert_int_equal(adjtime_soon(&tx), TIME_INS);
		assert_int_equal(tx.tai, setter);
		assert_int_equal(tx.freq, 77);
	}
	end();
}

/* The kind of each: test_permit. */
static void what_is_refused_is_told_once(void **state)
{
	struct timex good = {.modes = 0};
	char log[80], line[512], more[512];

	(void)state;
	(void)snprintf(log, sizeof(log), "%s.log", path);
	begin_with(log);
	assert_int_equal(adjtime_soon(&good), TIME_INS);
	for (int i = 0; i < 20; i++) {
		struct timex tx = {.modes = ADJ_SETOFFSET | ADJ_NANO,
				   .time = {.tv_sec = INT64_C(1) << 40}};

		assert_int_equal(adjtime_soon(&tx), -ERANGE);
		assert_int_equal(tx.tai, 0);
		tx.modes = ADJ_TAI;
		assert_int_equal(adjtime_soon(&tx), -EPERM);
		assert_int_equal(tx.tai, 0);
	}
	end();
	FILE *f = fopen(log, "re");

	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	assert_non_null(strstr(line, "set the clock: a step by 1099511627776 s"));
	assert_non_null(strstr(line, "it may end at 0 to "));
	assert_null(fgets(more, sizeof(more), f));
	(void)fclose(f);
	(void)unlink(log);
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

static int set_freq(long freq)
{
	struct timex tx = {.modes = ADJ_TICK | ADJ_FREQUENCY, .tick = 10000, .freq = freq};

	return setter_adjtime(&tx);
}

/* Once more, as adjtime_soon() does. */
static void set_freq_soon(long freq)
{
	struct timex tx = {.modes = ADJ_TICK | ADJ_FREQUENCY, .tick = 10000, .freq = freq};

	assert_int_equal(adjtime_soon(&tx), TIME_INS);
}

static void until_it_answers(void)
{
	struct timex tx = {.modes = 0};

	assert_int_equal(adjtime_soon(&tx), TIME_INS);
}

static void one_that_hangs_is_waited_for_once(void **state)
{
	struct timex tx = {.modes = 0};

	(void)state;
	begin();
	assert_int_equal(adjtime_soon(&tx), TIME_INS);
	assert_int_equal(kill(setter, SIGSTOP), 0);
	int64_t from_ns = now_ns();

	assert_int_equal(setter_adjtime(&tx), -ETIMEDOUT);
	int64_t once_ns = now_ns() - from_ns;

	assert_in_range(once_ns, GATE_PATIENCE_NS - NS_PER_MS, 60 * NS_PER_S);
	from_ns = now_ns();
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(setter_adjtime(&tx), -ETIMEDOUT);
	}
	assert_true(now_ns() - from_ns < 1000 * once_ns / 10);
	assert_int_equal(kill(setter, SIGCONT), 0);
	until_it_answers();
	assert_int_equal(adjtime_soon(&tx), TIME_INS);
	end();
}

static void what_was_given_up_is_not_carried_out_later(void **state)
{
	struct timex tx = {.modes = 0};

	(void)state;
	begin();
	assert_int_equal(adjtime_soon(&tx), TIME_INS);
	set_freq_soon(1);
	unsigned before = done->n_freq;

	assert_int_equal(kill(setter, SIGSTOP), 0);
	assert_int_equal(set_freq(2), -ETIMEDOUT);
	assert_int_equal(kill(setter, SIGCONT), 0);
	until_it_answers();
	assert_int_equal(done->n_freq, before);
	assert_int_equal(done->freq, 1);
	set_freq_soon(3);
	assert_int_equal(done->freq, 3);
	end();
}

static void one_that_ended_while_it_was_asked_is_gone_at_once(void **state)
{
	struct timex tx = {.modes = 0};

	(void)state;
	begin();
	assert_int_equal(adjtime_soon(&tx), TIME_INS);
	assert_int_equal(kill(setter, SIGSTOP), 0);
	assert_int_equal(setter_adjtime(&tx), -ETIMEDOUT);
	end();
	int r = setter_adjtime(&tx);

	assert_true(r < 0 && r != -ETIMEDOUT);
	begin();
	int64_t end_ns = now_ns() + PATIENCE_NS;

	do { /* another one owes nothing of that: it is asked, and waited for */
		int64_t from_ns = now_ns();

		r = setter_adjtime(&tx);
		assert_true(r != -ETIMEDOUT || now_ns() - from_ns > GATE_PATIENCE_NS - NS_PER_MS);
	} while (now_ns() < end_ns && (r == -ETIMEDOUT || r == -ECONNREFUSED));
	assert_int_equal(r, TIME_INS);
	end();
}

static void a_path_that_is_too_long_is_refused(void **state)
{
	char file[sizeof(((struct sockaddr_un *)0)->sun_path) + 1], other[sizeof(file)];
	struct timex tx = {.modes = 0};

	(void)state;
	begin();
	assert_int_equal(adjtime_soon(&tx), TIME_INS);
	end();
	assert_true(setter_adjtime(&tx) < 0); /* no connection is left */
	memset(file, 'x', sizeof(file) - 1);
	memcpy(file, path, strlen(path));
	file[sizeof(file) - 1] = '\0';
	memcpy(other, file, sizeof(file));
	other[sizeof(other) - 2] = '\0'; /* what is left when the last byte is cut */
	assert_int_equal(setenv(SETTER_ENV, file, 1), 0);
	assert_int_equal(setter_adjtime(&tx), -ENAMETOOLONG);
	assert_int_equal(setter_serve(file), -ENAMETOOLONG);
	assert_int_equal(access(other, F_OK), -1);
	assert_int_equal(setenv(SETTER_ENV, path, 1), 0);
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
		cmocka_unit_test(what_is_refused_is_told_once),
		cmocka_unit_test(one_that_was_started_anew_is_found),
		cmocka_unit_test(one_that_hangs_is_waited_for_once),
		cmocka_unit_test(what_was_given_up_is_not_carried_out_later),
		cmocka_unit_test(one_that_ended_while_it_was_asked_is_gone_at_once),
		cmocka_unit_test(a_path_that_is_too_long_is_refused),
		cmocka_unit_test(without_one_it_is_done_here),
	};

	done = mmap(NULL, sizeof(*done), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (done == MAP_FAILED || !mkdtemp(dir)) {
		return 1;
	}
	(void)snprintf(path, sizeof(path), "%s/socket", dir);
	(void)setenv(SETTER_ENV, path, 1);
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	(void)unlink(path);
	(void)rmdir(dir);
	return r;
}
