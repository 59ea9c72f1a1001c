/* test_steer.c - a clock that cannot be set, or is held, in a whole daemon: it goes on, tries
 * again, and says so wherever people look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkctl/berkctl.h"
#include "berkctl/check.h"
#include "berkd/control/control_private.h"
#include "berkd/control/views.h"
#include "berkd/daemon.h"
#include "berkd/daemon_private.h"
#include "berkd/effects.h"
#include "berkd/feed.h"
#include "berkd/host/host_clock.h"
#include "berkd/host/saver.h"
#include "berkd/steer.h"
#include "common/words.h"
#include "core/node/state.h"
#include "tests/unit/command.h"
#include "tests/unit/state_dir.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct daemon *the_daemon;
static int error;
static struct clock_ops ops;
static int (*real_adj_freq)(struct clock *, int64_t);
static int (*real_check)(struct clock *, enum clock_touched *, int64_t *);
static bool looked; /* since the clock was last set */
static unsigned n_unlooked;
static const char *truth = ""; /* the virtual clock goes on as it stands in this file */

static int adj_freq(struct clock *c, int64_t freq_ppb)
{
	n_unlooked += !error && !looked;
	looked = looked && error;
	return error ? error : real_adj_freq(c, freq_ppb);
}

static int check_clock(struct clock *c, enum clock_touched *ret, int64_t *ret_value)
{
	looked = true;
	return real_check ? real_check(c, ret, ret_value) : 0;
}

static void open_daemon(enum config_clock driver)
{
	static struct config c;

	config_defaults(&c);
	memcpy(c.state_dir, config.state_dir, sizeof(c.state_dir));
	(void)snprintf(c.control_path, sizeof(c.control_path), "%s/control", dir);
	(void)snprintf(c.status_path, sizeof(c.status_path), "%s/status", dir);
	c.driver = driver;
	c.mode = driver == CONFIG_CLOCK_VIRTUAL ? MODE_STEER : MODE_OBSERVE;
	c.control_group[0] = '\0';
	(void)snprintf(c.user, sizeof(c.user), "root");
	c.discovery = c.netlink = c.ipv6 = false;
	c.port = 0;
	c.timestamping = CONFIG_STAMPS_USER;
	(void)snprintf(c.virtual_truth, sizeof(c.virtual_truth), "%s", truth);
	assert_int_equal(daemon_new(&c, &the_daemon), 0);
	error = 0;
	ops = *the_daemon->clock->ops;
	real_adj_freq = ops.adj_freq;
	ops.adj_freq = adj_freq;
	real_check = ops.check;
	ops.check = check_clock;
	the_daemon->clock->ops = &ops;
}

static void close_daemon(void)
{
	the_daemon = daemon_free(the_daemon);
	(void)unlink(in_dir("control"));
	(void)unlink(in_dir("status"));
}

/* As if a step of the core wanted that. */
static void want_freq(int64_t freq_ppb)
{
	struct node_effects *fx = &the_daemon->fx;

	the_daemon->feeding = true;
	fx->n = 1;
	fx->fx[0] = (struct effect){.type = FX_ADJ_FREQ, .freq_ppb = freq_ppb};
	effects_apply(the_daemon);
	the_daemon->feeding = false;
	feed_type(the_daemon, EV_TIMER); /* behind it the loop is told when to try again */
}

static int64_t freq_ppb(void)
{
	return ops.freq_ppb(the_daemon->clock);
}

static json_t *status_json(void)
{
	struct control_now now;

	assert_int_equal(control_read_clocks(the_daemon->control, &now), 0);
	return control_status_json(the_daemon->control, &now);
}

static bool check_says(const char *text)
{
	json_t *s = status_json(), *findings = check_findings(s, NULL, NULL);
	bool any = false;

	for (size_t i = 0; i < json_array_size(findings); i++) {
		any = any || strstr(json_string_value(json_array_get(findings, i)), text);
	}
	json_decref(findings);
	json_decref(s);
	return any;
}

/* `berkctl status`, in a process of its own. */
static bool status_says(const char *text)
{
	static char shown[16384];
	const struct ctl ctl = {.socket = the_daemon->config.control_path};

	/* 60 s: a busy machine is not the fault */
	(void)command_run(the_daemon->event, cmd_status, &ctl, 6000, NULL, NULL, shown,
			  sizeof(shown));
	return strstr(shown, text) != NULL;
}

static void a_frequency_that_could_not_be_set_is_set_later(void **state)
{
	(void)state;
	open_daemon(CONFIG_CLOCK_VIRTUAL);
	error = -ETIMEDOUT;
	want_freq(4000);
	assert_int_not_equal(freq_ppb(), 4000);
	assert_true(check_says("this clock is not steered: its frequency cannot be set"));
	assert_true(status_says("not steered: its frequency cannot be set"));
	assert_true(status_says(", not steered")); /* in the first line, too */
	error = 0;
	looked = false;
	n_unlooked = 0;
	for (unsigned i = 0; freq_ppb() != 4000; i++) {
		assert_true(i < 600);
		assert_true(sd_event_run(the_daemon->event, UINT64_C(100) * 1000) >= 0);
	}
	assert_int_equal(n_unlooked, 0); /* what another hand did meanwhile was seen first */
	assert_false(check_says("this clock is not steered"));
	assert_false(status_says("not steered"));
	close_daemon();
}

static void what_another_hand_changed_is_put_back_later_too(void **state)
{
	(void)state;
	open_daemon(CONFIG_CLOCK_VIRTUAL);
	want_freq(4000);
	assert_int_equal(real_adj_freq(the_daemon->clock, -9000), 0);
	error = -ETIMEDOUT;
	steer_put_back(the_daemon);
	error = 0;
	feed_type(the_daemon, EV_TIMER);
	for (unsigned i = 0; freq_ppb() != 4000; i++) {
		assert_true(i < 600);
		assert_true(sd_event_run(the_daemon->event, UINT64_C(100) * 1000) >= 0);
	}
	close_daemon();
}

/* What a start says on stderr.  With the host's RAW, which lasts from one life to the next. */
static void start(char *ret, size_t size)
{
	FILE *out = tmpfile();
	int fd = dup(STDERR_FILENO);

	assert_non_null(out);
	open_daemon(CONFIG_CLOCK_OBSERVE);
	(void)fflush(stderr);
	assert_true(dup2(fileno(out), STDERR_FILENO) >= 0);
	feed_type(the_daemon, EV_START);
	steer_tell_held(the_daemon);
	(void)fflush(stderr);
	assert_true(dup2(fd, STDERR_FILENO) >= 0);
	(void)close(fd);
	rewind(out);
	ret[fread(ret, 1, size - 1, out)] = '\0';
	fclose(out);
}

static void one_that_is_held_says_so_at_start_and_how_to_lift_it(void **state)
{
	struct saved_budget b = {.any = true, .held = true, .tripped = true};
	static char told[4096];
	struct clock_pair pair;
	int64_t width;

	(void)state;
	start(told, sizeof(told));
	assert_null(strstr(told, "steered no more"));
	assert_false(status_says("held "));
	assert_int_equal(ops.read(the_daemon->clock, &pair, &width), 0);
	b.at = (mono_t){host_clock_ns(CLOCK_BOOTTIME)};
	b.wall_less_raw_ns = pair.wall.ns - pair.raw.ns;
	b.sure = b.at;
	saver_save_budget(the_daemon->saver, &b);
	close_daemon();

	start(told, sizeof(told));
	assert_non_null(strstr(told, "As before this start, this clock is steered no more"));
	assert_non_null(strstr(told, "run `berkctl step` here"));
	assert_true(check_says(text_tripped));
	assert_true(status_says(text_tripped));
	close_daemon();
}

/* The rate of its oscillator is what a host charges all others with: a frequency that we find, be it
 * 0, was left by nobody knows whom. */
static void a_frequency_that_is_found_is_not_the_own_rate(void **state)
{
	static char file[128];

	(void)state;
	(void)snprintf(file, sizeof(file), "%s", in_dir("truth"));
	truth = file;
	open_daemon(CONFIG_CLOCK_VIRTUAL);
	assert_int_equal(freq_ppb(), 0);
	assert_false(the_daemon->node->steering.budget.rate_known);
	want_freq(40000);
	close_daemon();
	open_daemon(CONFIG_CLOCK_VIRTUAL); /* what another daemon has set */
	assert_true(ns_abs(freq_ppb() - 40000) < 100);
	assert_false(the_daemon->node->steering.budget.rate_known);
	close_daemon();
	(void)unlink(file);
	truth = "";
}

#define T(f) cmocka_unit_test_setup_teardown(f, state_dir_make, state_dir_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_frequency_that_could_not_be_set_is_set_later),
		T(what_another_hand_changed_is_put_back_later_too),
		T(one_that_is_held_says_so_at_start_and_how_to_lift_it),
		T(a_frequency_that_is_found_is_not_the_own_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
