/* test_rival.c - other time daemons are found by name in a made-up /proc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "berkd/host/rival.h"

static char dir[] = "/tmp/berkd-proc-XXXXXX";

static void process(const char *pid, const char *comm)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, pid);
	assert_int_equal(mkdir(path, 0700), 0);
	strcat(path, "/comm");
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	(void)fprintf(f, "%s\n", comm);
	(void)fclose(f);
}

static void daemons_are_found_and_others_are_not(void **state)
{
	struct rival r;

	(void)state;
	assert_non_null(mkdtemp(dir));
	process("1", "systemd");
	process("20", "chronyc");
	process("self", "chronyd");
	assert_false(rival_find(dir, &r));
	process("312", "systemd-timesyn"); /* comm is cut at 15 bytes */
	assert_true(rival_find(dir, &r));
	assert_int_equal(r.pid, 312);
	assert_non_null(strstr(r.remedy, "systemd-timesyncd"));
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	assert_false(rival_find(dir, &r)); /* no /proc: nothing to find */
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(daemons_are_found_and_others_are_not)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
