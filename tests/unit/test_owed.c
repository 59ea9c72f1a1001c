/* test_owed.c - what could not be set on the clock is tried again until it is, and told once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkd/clock/owed.h"
#include "berkd/clock/setter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A clock that refuses what it is told to. */
static struct {
	struct clock clock;
	int error;
	bool does_it; /* all the same, and does not say so */
	int64_t freq_ppb, wall_ns, raw_ns;
	struct wall_status word;
	unsigned n_freq, n_step, n_status;
} fake;

static int64_t now_ns;

static int fake_read(struct clock *c, struct clock_pair *ret, int64_t *ret_width_ns)
{
	(void)c;
	*ret = (struct clock_pair){{fake.raw_ns}, {fake.wall_ns}};
	*ret_width_ns = 0;
	return 0;
}

/* Each try takes half a second when it fails, and WALL runs on. */
static int result(void)
{
	if (fake.error) {
		fake.raw_ns += NS_PER_S / 2;
		fake.wall_ns += NS_PER_S / 2 + fake.freq_ppb / 2;
	}
	return fake.error;
}

static int fake_adj_freq(struct clock *c, int64_t freq_ppb)
{
	int r = result();

	(void)c;
	fake.n_freq++;
	fake.freq_ppb = r == 0 ? freq_ppb : fake.freq_ppb;
	return r;
}

static int fake_step(struct clock *c, int64_t step_ns)
{
	int r = result();

	(void)c;
	fake.n_step++;
	fake.wall_ns += r == 0 || fake.does_it ? step_ns : 0;
	return r;
}

static int fake_set_status(struct clock *c, const struct wall_status *s)
{
	(void)c;
	int r = result();

	fake.n_status++;
	fake.word = r == 0 ? *s : fake.word;
	return r;
}

static int fake_check(struct clock *c, enum clock_touched *ret, int64_t *ret_value)
{
	(void)c;
	(void)ret;
	(void)ret_value;
	return result();
}

static int64_t fake_freq_ppb(const struct clock *c)
{
	(void)c;
	return fake.freq_ppb;
}

static const struct clock_ops fake_ops = {.name = "fake",
					  .read = fake_read,
					  .adj_freq = fake_adj_freq,
					  .step = fake_step,
					  .set_status = fake_set_status,
					  .check = fake_check,
					  .freq_ppb = fake_freq_ppb};

static struct owed begin(int error)
{
	struct owed o;

	memset(&fake, 0, sizeof(fake));
	fake.clock.ops = &fake_ops;
	fake.error = error;
	now_ns = 5000 * NS_PER_S;
	owed_init(&o, &fake.clock, 0);
	return o;
}

static mono_t now(void)
{
	return (mono_t){now_ns};
}

/* What is told in @seconds of tries, each tenth of one. */
static unsigned n_lines(struct owed *o, unsigned seconds)
{
	FILE *f = tmpfile();
	int stderr_fd = dup(STDERR_FILENO);
	unsigned n = 0;
	char line[512];

	assert_non_null(f);
	(void)fflush(stderr);
	assert_true(dup2(fileno(f), STDERR_FILENO) >= 0);
	for (unsigned i = 0; i < 10 * seconds; i++) {
		now_ns += NS_PER_S / 10;
		(void)owed_retry(o, now());
	}
	(void)fflush(stderr);
	assert_true(dup2(stderr_fd, STDERR_FILENO) >= 0);
	(void)close(stderr_fd);
	rewind(f);
	while (fgets(line, sizeof(line), f)) {
		n++;
	}
	(void)fclose(f);
	return n;
}

static void what_can_be_set_is_not_owed(void **state)
{
	struct owed o = begin(0);

	(void)state;
	assert_true(owed_freq(&o, 700, now()));
	assert_true(owed_step(&o, NS_PER_S, now()));
	assert_true(mono_is_never(owed_due(&o)));
	assert_null(owed_error(&o));
	assert_int_equal(fake.freq_ppb, 700);
	assert_int_equal(fake.wall_ns, NS_PER_S);
}

static void a_frequency_is_tried_again_each_second(void **state)
{
	struct owed o = begin(-ETIMEDOUT);

	(void)state;
	assert_false(owed_freq(&o, 700, now()));
	assert_int_equal(o.freq_ppb, 700);
	assert_int_equal(n_lines(&o, 10), 0); /* it was told when it failed */
	assert_int_equal(fake.n_freq, 1 + 10);
	assert_non_null(owed_error(&o));
	fake.error = 0;
	assert_int_equal(n_lines(&o, 2), 1);
	assert_int_equal(fake.freq_ppb, 700);
	assert_int_equal(fake.n_freq, 1 + 10 + 1);
	assert_null(owed_error(&o));
	assert_true(mono_is_never(owed_due(&o)));
}

static void what_is_told_is_the_last_failure(void **state)
{
	struct owed o = begin(-ETIMEDOUT);

	(void)state;
	assert_false(owed_freq(&o, 700, now()));
	fake.error = -EPERM;
	(void)n_lines(&o, 2);
	assert_non_null(strstr(owed_error(&o), strerror(EPERM)));
}

static void a_step_that_is_dropped_is_no_failure(void **state)
{
	struct owed o = begin(-ETIMEDOUT);

	(void)state;
	assert_false(owed_step(&o, NS_PER_S, now()));
	owed_drop_step(&o);
	assert_null(owed_error(&o));
	assert_false(owed_freq(&o, 700, now()));
	owed_drop_step(&o); /* the frequency is owed all the same */
	assert_non_null(owed_error(&o));
}

static void the_last_one_wanted_is_set(void **state)
{
	struct owed o = begin(-ECONNREFUSED);

	(void)state;
	assert_false(owed_freq(&o, 700, now()));
	assert_false(owed_freq(&o, -300, now()));
	fake.error = 0;
	(void)n_lines(&o, 2);
	assert_int_equal(fake.freq_ppb, -300);
}

static void a_step_is_made_later_but_not_much(void **state)
{
	struct owed o = begin(-ETIMEDOUT);

	(void)state;
	assert_false(owed_step(&o, NS_PER_S, now()));
	(void)n_lines(&o, 5);
	int64_t before_ns = fake.wall_ns;

	fake.error = 0;
	(void)n_lines(&o, 2);
	assert_int_equal(fake.wall_ns - before_ns, NS_PER_S);
	assert_null(owed_error(&o));

	o = begin(-ETIMEDOUT);
	assert_false(owed_step(&o, NS_PER_S, now()));
	assert_int_equal(n_lines(&o, 60), 1); /* that it was not made, and what to do */
	before_ns = fake.wall_ns;
	fake.error = 0;
	(void)n_lines(&o, 60);
	assert_int_equal(fake.wall_ns, before_ns);
	assert_int_equal(o.step_ns, 0);
}

static void a_step_that_was_made_unsaid_is_not_made_again(void **state)
{
	static const int64_t steps_ns[] = {NS_PER_S, -3 * NS_PER_MS, 86400 * NS_PER_S};

	(void)state;
	for (size_t i = 0; i < sizeof(steps_ns) / sizeof(steps_ns[0]); i++) {
		struct owed o = begin(-ECONNRESET);

		fake.freq_ppb = 80000000; /* it slews by 40 ms meanwhile */
		fake.does_it = true;
		assert_true(owed_step(&o, steps_ns[i], now()));
		fake.error = 0;
		(void)n_lines(&o, 5);
		assert_int_equal(fake.n_step, 1);
	}
}

static void a_step_that_is_refused_is_given_up(void **state)
{
	struct owed o = begin(-ERANGE);

	(void)state;
	assert_false(owed_step(&o, NS_PER_S, now()));
	fake.error = 0;
	(void)n_lines(&o, 5);
	assert_int_equal(fake.n_step, 1);
}

static void a_step_by_another_hand_ends_ours(void **state)
{
	struct owed o = begin(-ETIMEDOUT);

	(void)state;
	assert_false(owed_step(&o, NS_PER_S, now()));
	owed_drop_step(&o);
	fake.error = 0;
	(void)n_lines(&o, 5);
	assert_int_equal(fake.n_step, 1);
}

static void the_kernel_is_told_that_nobody_vouches_and_nothing_stale(void **state)
{
	const struct wall_status good = {.synced = true, .max_error_ns = 5},
				 bad = {.synced = false};
	struct owed o = begin(-ETIMEDOUT);

	(void)state;
	owed_status(&o, &good, now());
	(void)n_lines(&o, 5);
	assert_int_equal(fake.n_status, 1);
	owed_status(&o, &bad, now());
	fake.error = 0;
	fake.word.synced = true;
	(void)n_lines(&o, 5);
	assert_int_equal(fake.n_status, 3);
	assert_false(fake.word.synced);
	assert_null(owed_error(&o));
}

static void it_says_what_to_do(void **state)
{
	struct owed o = begin(-ETIMEDOUT);

	(void)state;
	assert_int_equal(setenv(SETTER_ENV, "/nowhere", 1), 0);
	(void)owed_freq(&o, 1, now());
	assert_string_equal(owed_error(&o),
			    "its frequency cannot be set: berkd-clock does not answer; look at: "
			    "systemctl status berkd-clock");
	o = begin(-ERANGE);
	(void)owed_freq(&o, 1, now());
	assert_non_null(strstr(owed_error(&o), "journalctl -u berkd-clock"));
	assert_int_equal(unsetenv(SETTER_ENV), 0);
	o = begin(-EPERM);
	enum clock_touched touched;
	int64_t value;

	owed_look(&o, &touched, &value, now());
	assert_non_null(strstr(owed_error(&o), "CAP_SYS_TIME"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_can_be_set_is_not_owed),
		cmocka_unit_test(a_frequency_is_tried_again_each_second),
		cmocka_unit_test(what_is_told_is_the_last_failure),
		cmocka_unit_test(a_step_that_is_dropped_is_no_failure),
		cmocka_unit_test(the_last_one_wanted_is_set),
		cmocka_unit_test(a_step_is_made_later_but_not_much),
		cmocka_unit_test(a_step_that_was_made_unsaid_is_not_made_again),
		cmocka_unit_test(a_step_that_is_refused_is_given_up),
		cmocka_unit_test(a_step_by_another_hand_ends_ours),
		cmocka_unit_test(the_kernel_is_told_that_nobody_vouches_and_nothing_stale),
		cmocka_unit_test(it_says_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
