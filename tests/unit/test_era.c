/* test_era.c - who has no line names no founding that it is of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/world/dates.h"
#include "tests/world/master.h"
#include "tests/world/node.h"

static void a_host_that_slept_has_no_line_and_names_no_founding(void **state)
{
	struct world *w = *state;

	quiet_begin(w, 30);
	unsigned m = (unsigned)world_master(w, 0);

	assert_true(world_status(w, m).era != 0);
	host_sleep(w, m);
	quiet_run(w, 2);
	host_wake(w, m, 2 * NS_PER_S);
	assert_false(world_status(w, m).has_line);
	assert_true(world_status(w, m).era == 0);
}

/* It heard of one, and was never corrected. */
static void a_master_without_a_line_names_no_founding(void **state)
{
	static struct stage s;
	struct node_config config = node_config_default();

	(void)state;
	stage_open(&s, &config, 3, 8);
	stage_meet_all(&s);
	struct master m = master_begin(&s, 0);

	m.era = m.term;
	assert_non_null(master_poll(&s, &m));
	assert_true(stage_status(&s).era == m.era);
	for (unsigned k = 0; stage_status(&s).role != ROLE_MASTER; k++) {
		stage_wait(&s, 10 * NS_PER_MS);
		assert_true(k < 2000);
	}
	assert_false(stage_status(&s).has_line);
	assert_true(stage_status(&s).era == 0);
	stage_close(&s);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, dates_setup, quiet_teardown)
	const struct CMUnitTest tests[] = {
		T(a_host_that_slept_has_no_line_and_names_no_founding),
		cmocka_unit_test(a_master_without_a_line_names_no_founding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
