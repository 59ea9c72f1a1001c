/* test_estimator_phase.c - an estimator's phases: those that exist follow each other as the
 * table at the head of phase.c says, and a transition that it does not have is stopped. */
#include "core/estimate/phase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Does the transition trip an assertion? */
static bool stops(enum estimator_phase from, enum estimator_phase to)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		const struct rlimit no_core = {0, 0};

		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)close(STDERR_FILENO);
		phase_enter(&from, to);
		_exit(from == to ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status);
}

static void nothing_is_known_before_the_first_exchanges(void **state)
{
	(void)state;
	for (enum estimator_phase to = PHASE_RUNNING; to < PHASE_N_; to++) {
		assert_true(stops(PHASE_NONE, to));
		assert_true(to == PHASE_RUNNING || stops(PHASE_STARTING, to));
	}
	assert_false(stops(PHASE_NONE, PHASE_STARTING));
	assert_false(stops(PHASE_STARTING, PHASE_RUNNING));
}

static void a_doubt_becomes_certain_and_not_the_other_way_round(void **state)
{
	(void)state;
	assert_false(stops(PHASE_RUNNING, PHASE_DOUBTING));
	assert_false(stops(PHASE_DOUBTING, PHASE_COASTING));
	assert_false(stops(PHASE_RUNNING, PHASE_COASTING));
	assert_true(stops(PHASE_COASTING, PHASE_DOUBTING));
	assert_false(stops(PHASE_DOUBTING, PHASE_RUNNING));
	assert_false(stops(PHASE_COASTING, PHASE_RUNNING));
}

/* What was learnt is dropped as a whole: only then is there another start. */
static void all_begins_anew_by_way_of_none(void **state)
{
	(void)state;
	for (enum estimator_phase from = PHASE_STARTING; from < PHASE_N_; from++) {
		assert_false(stops(from, PHASE_NONE));
		assert_false(stops(from, from));
		assert_true(from == PHASE_STARTING || stops(from, PHASE_STARTING));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known_before_the_first_exchanges),
		cmocka_unit_test(a_doubt_becomes_certain_and_not_the_other_way_round),
		cmocka_unit_test(all_begins_anew_by_way_of_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
