/* test_clock_watch.c - a step by another hand and a sleep are told, our own doings are not.  The
 * kernel's clocks are this program's own: it has its own clock_gettime(). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>

#include "berkd/clock/timescale.h"
#include "berkd/clock/watch.h"
#include "tests/lib/hypervisor.h"

static int64_t read_takes_ns; /* each reading of one clock */
static int64_t boot_ns, mono_ns, raw_ns, wall_ns, freq_ppb;

int clock_gettime(clockid_t id, struct timespec *ts)
{
	int64_t ns = id == CLOCK_BOOTTIME	 ? boot_ns
		     : id == CLOCK_MONOTONIC	 ? mono_ns
		     : id == CLOCK_MONOTONIC_RAW ? raw_ns
						 : wall_ns;

	*ts = timex_offset(ns);
	boot_ns += read_takes_ns;
	mono_ns += read_takes_ns;
	return 0;
}

static int fake_read(struct clock *c, struct clock_pair *ret, int64_t *ret_width_ns)
{
	(void)c;
	*ret = (struct clock_pair){{raw_ns}, {wall_ns}};
	*ret_width_ns = 1;
	return 0;
}

static int64_t fake_freq(const struct clock *c)
{
	(void)c;
	return freq_ppb;
}

static const struct clock_ops fake_ops = {.read = fake_read, .freq_ppb = fake_freq};
static struct clock fake = {&fake_ops};

static void pass(int64_t ns)
{
	boot_ns += ns;
	mono_ns += ns;
	raw_ns += ns;
	wall_ns += ns + ns_from_double((double)ns * (double)freq_ppb * 1e-9);
}

static void on_wake(void *userdata)
{
	(void)userdata;
}

static int setup(void **state)
{
	boot_ns = mono_ns = raw_ns = 100 * NS_PER_S;
	wall_ns = 1000 * NS_PER_S;
	freq_ppb = 0;
	read_takes_ns = 0;
	return clock_watch_new(NULL, &fake, false, on_wake, NULL, (struct clock_watch **)state);
}

static int teardown(void **state)
{
	return clock_watch_free(*state) != NULL;
}

static bool check(struct clock_watch *w, struct node_event *ret)
{
	struct clock_pair now = {{raw_ns}, {wall_ns}};

	return clock_watch_check(w, &now, ret);
}

static void quiet_clock_says_nothing(void **state)
{
	struct node_event ev;

	freq_ppb = 50000000;
	clock_watch_rebase(*state);
	for (unsigned i = 0; i < 100; i++) {
		pass(3 * NS_PER_S);
		assert_false(check(*state, &ev));
	}
}

static void foreign_step_is_told_once_with_its_size(void **state)
{
	struct node_event ev;

	pass(NS_PER_S);
	wall_ns -= 3 * NS_PER_MS;
	assert_true(check(*state, &ev));
	assert_int_equal(ev.type, EV_CLOCK_STEPPED);
	assert_int_equal(ev.stepped.step_ns, -3 * NS_PER_MS);
	assert_int_equal(ev.stepped.suspend_ns, 0);
	assert_false(check(*state, &ev));
}

static void own_step_and_frequency_are_not_told(void **state)
{
	struct node_event ev;

	pass(NS_PER_S);
	assert_false(check(*state, &ev));
	wall_ns += 40 * NS_PER_S;
	freq_ppb = -80000000;
	clock_watch_rebase(*state);
	pass(NS_PER_S);
	assert_false(check(*state, &ev));
}

static void sleep_is_told_with_its_length(void **state)
{
	struct node_event ev;

	pass(NS_PER_S);
	boot_ns += 60 * NS_PER_S; /* MONOTONIC and RAW stood still, WALL went on */
	wall_ns += 60 * NS_PER_S;
	pass(NS_PER_S);
	assert_true(check(*state, &ev));
	assert_int_equal(ev.stepped.suspend_ns, 60 * NS_PER_S);
	assert_int_equal(ev.stepped.step_ns, 0);
	assert_false(check(*state, &ev));
}

static void sleep_for(int64_t ns)
{
	boot_ns += ns;
	wall_ns += ns;
	pass(NS_PER_S);
}

/* P20: a sleep of 369 ms passed for a step. */
static void no_sleep_is_so_short_that_it_passes_for_a_step(void **state)
{
	struct node_event ev;

	read_takes_ns = 20 * NS_PER_US;
	assert_false(check(*state, &ev));
	for (int64_t ns = CLOCK_TOLD_NS; ns < NS_PER_S; ns = ns * 3 / 2) {
		sleep_for(ns);
		assert_true(check(*state, &ev));
		assert_in_range(ev.stepped.suspend_ns, ns / 2, ns);
		assert_false(check(*state, &ev));
	}
	sleep_for(369 * NS_PER_MS);
	assert_true(check(*state, &ev));
	assert_in_range(ev.stepped.suspend_ns, 368 * NS_PER_MS, 369 * NS_PER_MS);
}

/* No clock of ours shows it. */
static void what_a_hypervisor_says_is_told(void **state)
{
	char path[] = "/tmp/berk-watch.XXXXXX";
	struct hypervisor host;
	struct node_event ev;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	hypervisor_begin(&host, path);
	assert_int_equal(clock_watch_machine(*state, NULL, path), 0);
	pass(NS_PER_S);
	assert_false(check(*state, &ev));
	hypervisor_change(&host, VM_MARKER, 8);
	assert_true(check(*state, &ev));
	assert_int_equal(ev.type, EV_CLOCK_STEPPED);
	assert_int_equal(ev.stepped.machine, INTERRUPTION_MIGRATION);
	assert_int_equal(ev.stepped.suspend_ns, 0);
	assert_false(check(*state, &ev));
	hypervisor_end(&host);
	(void)unlink(path);
}

static void a_slow_reading_is_no_sleep(void **state)
{
	struct node_event ev;

	for (unsigned i = 0; i < 20; i++) {
		read_takes_ns = i % 2 ? NS_PER_S : 0;
		pass(NS_PER_S);
		assert_false(check(*state, &ev));
	}
}

static void steered_host_clock_is_no_step_until_the_kernel_says_so(void **state)
{
	struct clock_watch *w;
	struct node_event ev;
	sd_event *event;

	(void)state;
	assert_true(sd_event_new(&event) >= 0);
	assert_int_equal(clock_watch_new(event, &fake, true, on_wake, NULL, &w), 0);
	pass(NS_PER_S);
	wall_ns += 50 * NS_PER_MS; /* somebody slews it hard */
	assert_false(check(w, &ev));
	clock_watch_free(w);
	sd_event_unref(event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(quiet_clock_says_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(foreign_step_is_told_once_with_its_size, setup,
						teardown),
		cmocka_unit_test_setup_teardown(own_step_and_frequency_are_not_told, setup,
						teardown),
		cmocka_unit_test_setup_teardown(sleep_is_told_with_its_length, setup, teardown),
		cmocka_unit_test_setup_teardown(no_sleep_is_so_short_that_it_passes_for_a_step,
						setup, teardown),
		cmocka_unit_test_setup_teardown(what_a_hypervisor_says_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(a_slow_reading_is_no_sleep, setup, teardown),
		cmocka_unit_test_setup_teardown(
			steered_host_clock_is_no_step_until_the_kernel_says_so, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
