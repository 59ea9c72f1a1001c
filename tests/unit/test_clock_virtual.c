/* test_clock_virtual.c - the virtual clock behaves as a kernel's would, and the host's clock is
 * never set: a seccomp filter kills this program at the first call that could. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkd/clock/clock.h"
#include "berkd/clock/timescale.h"
#include "berkd/config/config.h"
#include "berkd/host/host_clock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct config config;
static char truth_path[64];

static int setup(void **state)
{
	(void)state;
	memset(&config, 0, sizeof(config));
	config.driver = CONFIG_CLOCK_VIRTUAL;
	config.virtual_freq_ppm = 40;
	config.virtual_wander_ppm = 0.01;
	config.virtual_seed = 7;
	(void)snprintf(truth_path, sizeof(truth_path), "/tmp/berkd-test-truth.%d", (int)getpid());
	(void)unlink(truth_path);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)unlink(truth_path);
	return 0;
}

static struct clock *clock_made(void)
{
	struct clock *c;

	assert_int_equal(clock_virtual_new(&config, &c), 0);
	return c;
}

static struct clock_pair pair_of(struct clock *c)
{
	struct clock_pair p;
	int64_t width;

	assert_int_equal(c->ops->read(c, &p, &width), 0);
	return p;
}

static void same_seed_is_the_same_oscillator(void **state)
{
	struct clock *a = clock_made(), *b = clock_made();
	raw_t before = pair_of(a).raw, between = pair_of(b).raw, after = pair_of(a).raw;

	(void)state;
	assert_true(before.ns <= between.ns && between.ns <= after.ns);
	a->ops->free(a);
	b->ops->free(b);
}

static void another_frequency_is_another_oscillator(void **state)
{
	struct clock *a = clock_made();

	(void)state;
	config.virtual_freq_ppm = 60;
	struct clock *b = clock_made();
	int64_t host_s = host_clock_ns(CLOCK_MONOTONIC_RAW) / NS_PER_S;
	int64_t ahead = raw_sub(pair_of(b).raw, pair_of(a).raw);

	/* 20 ppm since the host's boot, less the time between the two readings */
	assert_true(ahead > (host_s - 1) * 20000 - 10 * NS_PER_MS);
	a->ops->free(a);
	b->ops->free(b);
}

static void step_moves_wall_and_not_raw(void **state)
{
	struct clock *c = clock_made();
	struct clock_pair before = pair_of(c);

	(void)state;
	assert_int_equal(c->ops->step(c, -3 * NS_PER_S), 0);
	struct clock_pair after = pair_of(c);
	int64_t elapsed = raw_sub(after.raw, before.raw);

	assert_true(elapsed >= 0);
	/* wall followed raw but for the step: rates are equal at frequency 0 */
	assert_true(ns_abs(wall_sub(after.wall, before.wall) + 3 * NS_PER_S - elapsed) <= 2);
	c->ops->free(c);
}

static void frequency_has_the_grain_of_timex_and_its_limits(void **state)
{
	struct clock *c = clock_made();

	(void)state;
	assert_int_equal(c->ops->adj_freq(c, 123456789 / 2), 0);
	assert_int_equal(c->ops->freq_ppb(c), 61728394);
	assert_int_equal(c->ops->adj_freq(c, CLOCK_FREQ_PPB_MAX + 1), -ERANGE);
	assert_int_equal(c->ops->adj_freq(c, -CLOCK_FREQ_PPB_MAX - 1), -ERANGE);
	assert_int_equal(c->ops->freq_ppb(c), 61728394);
	c->ops->free(c);
}

static void wall_runs_at_the_frequency_set_against_raw(void **state)
{
	struct clock *c = clock_made();

	(void)state;
	assert_int_equal(c->ops->adj_freq(c, 100000000), 0); /* +10 % */
	struct clock_pair a = pair_of(c), b = a;

	while (raw_sub(b.raw, a.raw) < 2 * NS_PER_MS) {
		b = pair_of(c);
	}
	int64_t raw = raw_sub(b.raw, a.raw);

	assert_true(ns_abs(wall_sub(b.wall, a.wall) - raw - raw / 10) <= 3);
	c->ops->free(c);
}

static void kernel_stamp_falls_between_the_readings_around_it(void **state)
{
	struct clock *c = clock_made();
	raw_t at, before = pair_of(c).raw;
	int64_t stamp = host_clock_ns(CLOCK_REALTIME);
	raw_t after = pair_of(c).raw;

	(void)state;
	assert_int_equal(c->ops->stamp_to_raw(c, stamp, &at), 0);
	assert_true(at.ns >= before.ns - 10000 && at.ns <= after.ns + 10000);
	assert_int_equal(c->ops->stamp_to_raw(c, stamp - 60 * NS_PER_S, &at), -ESTALE);
	c->ops->free(c);
}

static struct virtual_truth truth_read(void)
{
	struct virtual_truth t;
	int fd = open(truth_path, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(read(fd, &t, sizeof(t)), sizeof(t));
	close(fd);
	return t;
}

static void truth_foretells_what_is_read(void **state)
{
	(void)state;
	memcpy(config.virtual_truth, truth_path, sizeof(truth_path));
	config.virtual_offset_ns = 250 * NS_PER_MS;
	struct clock *c = clock_made();

	assert_int_equal(c->ops->adj_freq(c, -50000000), 0);
	int64_t h0 = host_clock_ns(CLOCK_MONOTONIC_RAW);
	struct clock_pair p = pair_of(c);
	int64_t h1 = host_clock_ns(CLOCK_MONOTONIC_RAW);
	struct virtual_truth t = truth_read();

	assert_true(t.magic == VIRTUAL_TRUTH_MAGIC);
	assert_int_equal(t.seq % 2, 0);
	assert_int_equal(t.freq_ppb, -50000000);
	double wall0 = (double)(h0 - t.host_raw_ns) * t.wall_rate;
	double wall1 = (double)(h1 - t.host_raw_ns) * t.wall_rate;
	double raw0 = (double)(h0 - t.host_raw_ns) * t.raw_rate;
	double raw1 = (double)(h1 - t.host_raw_ns) * t.raw_rate;

	assert_true((double)(p.wall.ns - t.wall_ns) >= wall0 - 2);
	assert_true((double)(p.wall.ns - t.wall_ns) <= wall1 + 2);
	assert_true((double)(p.raw.ns - t.raw_ns) >= raw0 - 2);
	assert_true((double)(p.raw.ns - t.raw_ns) <= raw1 + 2);
	c->ops->free(c);
}

static void restarted_daemon_finds_its_clock_running(void **state)
{
	(void)state;
	memcpy(config.virtual_truth, truth_path, sizeof(truth_path));
	config.virtual_offset_ns = -400 * NS_PER_MS;
	struct clock *c = clock_made();

	assert_int_equal(c->ops->adj_freq(c, 30000), 0);
	assert_int_equal(c->ops->step(c, 400 * NS_PER_MS), 0);
	struct clock_pair before = pair_of(c);

	c->ops->free(c); /* killed */
	c = clock_made();
	struct clock_pair after = pair_of(c);
	int64_t raw = raw_sub(after.raw, before.raw);

	assert_int_equal(c->ops->freq_ppb(c), 30000);
	assert_true(ns_abs(wall_sub(after.wall, before.wall) - raw) <= raw / 10000 + 10);
	assert_int_equal(truth_read().n_steps, 1);
	c->ops->free(c);
}

static void truth_of_another_boot_is_not_gone_on_with(void **state)
{
	(void)state;
	memcpy(config.virtual_truth, truth_path, sizeof(truth_path));
	struct clock *c = clock_made();

	assert_int_equal(c->ops->adj_freq(c, 30000), 0);
	c->ops->free(c);
	struct virtual_truth t = truth_read();

	t.host_raw_ns = INT64_MAX / 2; /* of a host that was up for longer */
	int fd = open(truth_path, O_WRONLY);

	assert_int_equal(write(fd, &t, sizeof(t)), sizeof(t));
	close(fd);
	c = clock_made();
	assert_int_equal(c->ops->freq_ppb(c), 0);
	c->ops->free(c);
}

static void observer_refuses_to_set(void **state)
{
	struct clock *c;
	raw_t at;

	(void)state;
	assert_int_equal(clock_observe_new(&config, &c), 0);
	assert_int_equal(clock_adj_freq(c, 1), -EPERM);
	assert_int_equal(clock_step_wall(c, 1), -EPERM);
	assert_int_equal(clock_set_status(c, &(struct wall_status){.synced = true}), 0);
	raw_t before = pair_of(c).raw;
	int64_t stamp = host_clock_ns(CLOCK_REALTIME);
	raw_t after = pair_of(c).raw;

	assert_int_equal(c->ops->stamp_to_raw(c, stamp, &at), 0);
	assert_true(at.ns >= before.ns - 10000 && at.ns <= after.ns + 10000);
	c->ops->free(c);
}

/* From here on nothing in this process can set the host's clock. */
static int forbid_setting(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_adjtimex, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_adjtime, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_settime, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_settimeofday, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(same_seed_is_the_same_oscillator, setup, teardown),
		cmocka_unit_test_setup_teardown(another_frequency_is_another_oscillator, setup,
						teardown),
		cmocka_unit_test_setup_teardown(step_moves_wall_and_not_raw, setup, teardown),
		cmocka_unit_test_setup_teardown(frequency_has_the_grain_of_timex_and_its_limits,
						setup, teardown),
		cmocka_unit_test_setup_teardown(wall_runs_at_the_frequency_set_against_raw, setup,
						teardown),
		cmocka_unit_test_setup_teardown(kernel_stamp_falls_between_the_readings_around_it,
						setup, teardown),
		cmocka_unit_test_setup_teardown(truth_foretells_what_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(restarted_daemon_finds_its_clock_running, setup,
						teardown),
		cmocka_unit_test_setup_teardown(truth_of_another_boot_is_not_gone_on_with, setup,
						teardown),
		cmocka_unit_test_setup_teardown(observer_refuses_to_set, setup, teardown),
	};

	if (forbid_setting()) {
		(void)fputs("seccomp is not to be had here: skipped\n", stderr);
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
