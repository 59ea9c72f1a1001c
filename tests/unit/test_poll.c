/* test_poll.c - a master's polls and rounds: when they are due, and when a poll that is not
 * answered is said again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/world/node.h"
#include "tests/world/stage.h"

#define RETRIES 2

/* The node leads two members, and polls them once a second by now. */
static int setup(void **state)
{
	static struct stage s;
	struct node_config config = node_config_default();

	stage_open(&s, &config, 2, 4);
	stage_meet_all(&s);
	stage_wait(&s, 300 * NS_PER_S);
	assert_int_equal(stage_status(&s).role, ROLE_MASTER);
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	stage_close(*state);
	return 0;
}

/* Until puppet 0 has heard @n polls more; how long that took. */
static int64_t wait_for_polls(struct stage *s, unsigned n)
{
	unsigned wanted = s->puppet[0].n_heard[WIRE_POLL] + n;
	int64_t before = s->now;

	while (s->puppet[0].n_heard[WIRE_POLL] < wanted) {
		assert_true(s->now - before < 10 * NS_PER_S);
		stage_wait(s, NS_PER_MS);
	}
	return s->now - before;
}

static void an_answered_poll_is_not_repeated(void **state)
{
	struct stage *s = *state;

	(void)wait_for_polls(s, 1);
	assert_in_range(wait_for_polls(s, 1), 990 * NS_PER_MS, 1010 * NS_PER_MS);
}

/* Before a lease of a poll and a quarter runs out. */
static void an_unanswered_poll_is_repeated_within_the_interval(void **state)
{
	struct stage *s = *state;

	s->puppet[0].answers_polls = false;
	(void)wait_for_polls(s, 1);
	for (unsigned i = 0; i < RETRIES; i++) {
		assert_in_range(wait_for_polls(s, 1), 240 * NS_PER_MS, 260 * NS_PER_MS);
	}
	assert_in_range(wait_for_polls(s, 1), 480 * NS_PER_MS, 520 * NS_PER_MS); /* the next one */
}

static void a_repeated_poll_that_is_answered_is_not_repeated_again(void **state)
{
	struct stage *s = *state;

	s->puppet[0].answers_polls = false;
	(void)wait_for_polls(s, 1);
	s->puppet[0].answers_polls = true;
	(void)wait_for_polls(s, 1);
	assert_in_range(wait_for_polls(s, 1), 740 * NS_PER_MS, 760 * NS_PER_MS);
}

static void a_master_does_a_round_in_each_interval(void **state)
{
	struct stage *s = *state;
	uint64_t before = stage_status(s).round;

	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).round, before + 10);
	assert_true(stage_status(s).last_round.ns >
		    host_clock_boot(&s->clock, s->now).ns - NS_PER_S);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_answered_poll_is_not_repeated),
		T(a_master_does_a_round_in_each_interval),
		T(an_unanswered_poll_is_repeated_within_the_interval),
		T(a_repeated_poll_that_is_answered_is_not_repeated_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
