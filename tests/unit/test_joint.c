/* test_joint.c - what all members' clocks do together is ours, and only that is told. */
#include "core/estimate/joint.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define N 6

static double gauss(uint64_t *seed)
{
	double sum = -6;

	for (unsigned i = 0; i < 12; i++) {
		*seed = *seed * 6364136223846793005 + 1442695040888963407;
		sum += (double)(*seed >> 11) / 9007199254740992.0;
	}
	return sum;
}

static raw_t at(double s)
{
	return (raw_t){(int64_t)(s * 1e9) + 1};
}

/* An exchange that moved an offset known to 1000 ns by @by, and made it known to 800. */
static struct lesson lesson(double s, double by)
{
	return (struct lesson){.valid = true,
			       .at = at(s),
			       .shift = {by, by / 50},
			       .before = {1e6, 1e4, 400},
			       .after = {0.64e6, 0.64e4, 300}};
}

/* Half a minute of our wander, of which no exchange has told. */
static struct joint wandered(double wander)
{
	struct lesson none = {.at = at(0)};
	struct joint j;
	double shift[2], lost[3];

	joint_init(&j);
	j.wander_var = wander * wander;
	assert_false(joint_apply(&j, &none, N, shift, lost));
	none.at = at(30);
	assert_false(joint_apply(&j, &none, N, shift, lost));
	return j;
}

static void a_change_is_told_in_part(void **state)
{
	struct joint j = wandered(1);
	struct lesson l = lesson(30, 500);
	double before = j.cov[2], shift[2], lost[3];

	(void)state;
	assert_true(joint_apply(&j, &l, N, shift, lost));
	assert_true(shift[0] > 0 && shift[0] < 250);
	assert_true(shift[1] > 0 && shift[1] < 5);
	assert_true(lost[0] > 0 && lost[0] < 0.2e6);
	assert_true(lost[0] * lost[2] >= lost[1] * lost[1]);
	assert_true(j.cov[2] < before); /* told once, it is common no more */
}

static void without_wander_of_ours_nothing_is_told(void **state)
{
	struct joint j = wandered(0);
	struct lesson l = lesson(30, 500);
	double shift[2], lost[3];

	(void)state;
	assert_true(joint_apply(&j, &l, N, shift, lost));
	assert_true(shift[0] == 0 && shift[1] == 0 && lost[0] == 0 && lost[2] == 0);
}

static void a_leap_is_the_members_own(void **state)
{
	struct joint j = wandered(1);
	struct lesson l = lesson(30, 5000);
	double shift[2], lost[3];

	(void)state;
	assert_false(joint_apply(&j, &l, N, shift, lost));
}

static void no_more_is_common_than_a_member_knows(void **state)
{
	struct joint j = wandered(100);
	struct lesson l = lesson(30, 500);
	double shift[2], lost[3];

	(void)state;
	assert_true(joint_apply(&j, &l, N, shift, lost));
	assert_true(shift[0] <= 500);
	assert_true(lost[0] < l.before[0] - l.after[0]);
}

/* What is learnt of our wander where the oscillators have @own, and we @ours. */
static double learnt(double ours, const double own[N], uint64_t seed)
{
	struct joint j;
	raw_t now = at(0);

	joint_init(&j);
	assert_true(joint_due(&j, now));
	joint_mark(&j, now, 50);
	for (unsigned round = 1; round < 100; round++) {
		struct joint_entry e[N];
		double span = 200, common = ours * sqrt(span) * gauss(&seed);

		assert_false(joint_due(&j, raw_add(now, 199 * NS_PER_S)));
		now = raw_add(now, 200 * NS_PER_S);
		assert_true(joint_due(&j, now));
		for (unsigned i = 0; i < N; i++) {
			e[i].moved = own[i] * sqrt(span) * gauss(&seed) - common;
			e[i].wander_var = own[i] * own[i] + ours * ours;
		}
		joint_learn(&j, e, N, now);
		joint_mark(&j, now, 50);
	}
	return sqrt(j.wander_var);
}

static void our_wander_shows_in_what_the_members_do_together(void **state)
{
	const double equal[N] = {1, 1, 1, 1, 1, 1}, one_wild[N] = {100, 1, 1, 1, 1, 1};

	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		double among_equals = learnt(1, equal, seed), quiet = learnt(0, equal, seed);
		double worst = learnt(10, equal, seed), wild = learnt(1, one_wild, seed);

		assert_true(among_equals > 0.7 && among_equals < 1.35);
		assert_true(quiet < 0.6);
		assert_true(worst > 7 && worst < 10);
		assert_true(wild > 0.6 && wild < 1.35); /* counts for little */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_is_told_in_part),
		cmocka_unit_test(without_wander_of_ours_nothing_is_told),
		cmocka_unit_test(a_leap_is_the_members_own),
		cmocka_unit_test(no_more_is_common_than_a_member_knows),
		cmocka_unit_test(our_wander_shows_in_what_the_members_do_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
