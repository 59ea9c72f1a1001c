/* test_reload.c - the configuration is read again beside the loop, which takes over what is new. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkctl/berkctl.h"
#include "berkd/config/load.h"
#include "berkd/daemon.h"
#include "berkd/daemon_private.h"
#include "berkd/daemon_reload.h"
#include "berkd/feed.h"
#include "berkd/host/log.h"
#include "tests/unit/command.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEY "5dc21a0f1ba1ac0e8b6f3ab2f8c6a4e19d3c70fb42b1a0d6c9e85f1743d20b66"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static bool stands;	 /* whoever opens the configuration, or the key file, waits */
static unsigned n_loop;	 /* how often the loop's thread has opened one of them */
static unsigned n_other; /* others */

static char dir[] = "/tmp/test_reload.XXXXXX", conf[64], key[64], control[64], status[64];
static struct daemon *the_daemon;

/* Instead of the C library's. */
int openat(int at, const char *name, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	if (strcmp(name, conf) == 0 || strcmp(name, key) == 0) {
		(void)pthread_mutex_lock(&lock);
		*(gettid() == getpid() ? &n_loop : &n_other) += 1;
		(void)pthread_cond_broadcast(&moved);
		while (stands && gettid() != getpid()) {
			(void)pthread_cond_wait(&moved, &lock);
		}
		(void)pthread_mutex_unlock(&lock);
	}
	return (int)syscall(SYS_openat, at, name, flags, mode);
}

static void let(bool stand)
{
	(void)pthread_mutex_lock(&lock);
	stands = stand;
	(void)pthread_cond_broadcast(&moved);
	(void)pthread_mutex_unlock(&lock);
}

static void wait_for_others(unsigned n)
{
	(void)pthread_mutex_lock(&lock);
	while (n_other < n) {
		(void)pthread_cond_wait(&moved, &lock);
	}
	(void)pthread_mutex_unlock(&lock);
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static void write_conf(const char *poll)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
		       "[group]\nkey_file = %s\n"
		       "[clock]\ndriver = virtual\npoll = %s\n"
		       "[network]\nipv6 = no\ndiscovery = no\nport = %d\n"
		       "[control]\nsocket = %s\nstatus_socket = %s\ngroup =\n"
		       "[state]\nenable = no\n[log]\nlevel = error\n",
		       key, poll, 20000 + (int)(getpid() % 20000), control, status);
	write_file(conf, text);
}

static int64_t poll_ns(void)
{
	return the_daemon->config.poll_ns;
}

static void run_until_polls_at(int64_t ns)
{
	for (unsigned i = 0; poll_ns() != ns; i++) {
		assert_true(i < 1000); /* 100 s: a busy machine is not the fault */
		assert_true(sd_event_run(the_daemon->event, UINT64_C(100) * 1000) >= 0);
	}
}

static void run_idle(unsigned turns)
{
	for (unsigned i = 0; i < turns; i++) {
		assert_true(sd_event_run(the_daemon->event, UINT64_C(10) * 1000) >= 0);
	}
}

static int start(void **state)
{
	static struct config c;
	struct node_event ev = {.type = EV_START};

	(void)state;
	let(false);
	write_file(key, KEY "\n");
	write_conf("1s");
	assert_int_equal(config_load(conf, &c, log_complaint, NULL), 0);
	assert_int_equal(daemon_new(&c, &the_daemon), 0);
	assert_int_equal(feed_stamp(the_daemon, &ev), 0);
	assert_int_equal(feed_event(the_daemon, &ev), ORDER_OK);
	n_loop = n_other = 0;
	return 0;
}

static int stop(void **state)
{
	(void)state;
	let(false);
	the_daemon = daemon_free(the_daemon);
	return 0;
}

static void the_loop_opens_nothing_and_goes_on(void **state)
{
	(void)state;
	write_conf("2s");
	let(true);
	(void)reload_ask(the_daemon->reload);
	wait_for_others(1);
	run_idle(20);
	assert_int_equal(poll_ns(), NS_PER_S);
	let(false);
	run_until_polls_at(2 * NS_PER_S);
	assert_int_equal(n_loop, 0);
	assert_int_equal(n_other, 2); /* the configuration, and its key file, once */
}

static void one_that_comes_meanwhile_sees_what_has_changed_since(void **state)
{
	(void)state;
	write_conf("2s");
	let(true);
	unsigned first = reload_ask(the_daemon->reload);

	wait_for_others(1);
	unsigned second = reload_ask(the_daemon->reload);

	assert_int_equal(second, first + 1);
	assert_int_equal(reload_ask(the_daemon->reload), second); /* one is enough */
	let(false);
	wait_for_others(2); /* the key file: the configuration is read */
	write_conf("4s");
	run_until_polls_at(4 * NS_PER_S);
	run_idle(5);
	assert_int_equal(n_other, 4);
}

static void one_that_is_refused_changes_nothing(void **state)
{
	(void)state;
	write_conf("2s\nmax_slew = fast");
	(void)reload_ask(the_daemon->reload);
	wait_for_others(1);
	run_idle(20);
	assert_int_equal(poll_ns(), NS_PER_S);
	write_conf("2s");
	write_file(key, "0000\n");
	(void)reload_ask(the_daemon->reload);
	wait_for_others(3);
	run_idle(20);
	assert_int_equal(poll_ns(), NS_PER_S);
}

/* `berkctl reload`, in a process of its own: what it prints is in @shown.  Its exit status. */
static char shown[4096];

static int berkctl_reload(void)
{
	const struct ctl ctl = {.socket = control};

	/* 100 s: a busy machine is not the fault */
	return command_run(the_daemon->event, cmd_reload, &ctl, 10000, NULL, NULL, shown,
			   sizeof(shown));
}

static void berkctl_names_what_is_in_force_and_what_needs_a_restart(void **state)
{
	(void)state;
	assert_int_equal(berkctl_reload(), CTL_OK);
	assert_string_equal(shown, "The configuration was taken over; no value has changed.\n");
	write_conf("2s\nmax_slew = 300ppm\nallow_rivals = yes");
	assert_int_equal(berkctl_reload(), CTL_OK);
	assert_string_equal(
		shown,
		"The configuration was taken over:\n"
		"  warning: [clock] allow_rivals: the change takes effect only at a restart\n"
		"  [clock] poll: the change is in force\n"
		"  [clock] max_slew: the change is in force\n");
	assert_int_equal(poll_ns(), 2 * NS_PER_S);
	write_conf("soon");
	assert_int_equal(berkctl_reload(), CTL_FAILED);
	assert_non_null(strstr(shown, "the configuration was not taken over:\n  "));
	assert_non_null(strstr(shown, "[clock] poll"));
}

static void one_that_takes_long_is_answered_before_it_is_read(void **state)
{
	(void)state;
	write_conf("2s");
	let(true);
	for (unsigned i = 0; i < 2; i++) { /* also one that waits for another */
		assert_int_equal(berkctl_reload(), CTL_TIMED_OUT);
		assert_non_null(strstr(shown, "the configuration is not taken over yet:\n  "));
		assert_non_null(strstr(shown, "is still being read after 5 s: a slow disk"));
		assert_int_equal(poll_ns(), NS_PER_S);
	}
	let(false);
	run_until_polls_at(2 * NS_PER_S);
	run_idle(20);
	assert_int_equal(berkctl_reload(), CTL_OK);
}

static void the_end_waits_for_what_is_being_read(void **state)
{
	(void)state;
	(void)reload_ask(the_daemon->reload);
	the_daemon = daemon_free(the_daemon);
}

#define T(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_loop_opens_nothing_and_goes_on),
		T(one_that_comes_meanwhile_sees_what_has_changed_since),
		T(one_that_is_refused_changes_nothing),
		T(berkctl_names_what_is_in_force_and_what_needs_a_restart),
		T(one_that_takes_long_is_answered_before_it_is_read),
		T(the_end_waits_for_what_is_being_read),
	};

	if (!mkdtemp(dir)) {
		return 1;
	}
	(void)snprintf(conf, sizeof(conf), "%s/berkd.conf", dir);
	(void)snprintf(key, sizeof(key), "%s/group.key", dir);
	(void)snprintf(control, sizeof(control), "%s/control", dir);
	(void)snprintf(status, sizeof(status), "%s/status", dir);
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	(void)unlink(conf);
	(void)unlink(key);
	(void)rmdir(dir);
	return r;
}
