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
#include <unistd.h>

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
	struct rival all[4];

	process("77", "berkd");
	process("78", "berkctl");
	assert_int_equal(rival_list(dir, all, 4), 2);
	assert_int_equal(all[0].pid + all[1].pid, 312 + 77);
	assert_int_equal(rival_list(dir, all, 1), 1);
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	assert_false(rival_find(dir, &r)); /* no /proc: nothing to find */
}

static char said[1024];

static void hear(void *userdata, const char *message)
{
	(void)userdata;
	(void)snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s\n", message);
}

/* O10: of two that are enabled, one is stopped at each boot. */
static void units_that_are_enabled_beside_ours_are_told(void **state)
{
	char units[] = "/tmp/berkd-units-XXXXXX", path[128];

	(void)state;
	assert_non_null(mkdtemp(units));
	(void)snprintf(path, sizeof(path), "%s/multi-user.target.wants", units);
	assert_int_equal(mkdir(path, 0700), 0);
	strcat(path, "/cron.service");
	assert_int_equal(symlink("/nowhere", path), 0);
	rival_report_enabled(units, true, hear, NULL);
	assert_string_equal(said, "");
	(void)snprintf(path, sizeof(path), "%s/multi-user.target.wants/chrony.service", units);
	assert_int_equal(symlink("/nowhere", path), 0);
	rival_report_enabled(units, true, hear, NULL);
	assert_non_null(
		strstr(said,
		       "warning: chrony.service is enabled too: berkd stops it at each boot"));
	assert_non_null(strstr(said, "systemctl disable chrony.service"));
	said[0] = '\0';
	rival_report_enabled(units, false, hear, NULL); /* a reference: it needs that one */
	assert_non_null(strstr(said, "nobody keeps this clock; take chrony.service out of"));
	(void)snprintf(path, sizeof(path), "rm -r %s", units);
	assert_int_equal(system(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(daemons_are_found_and_others_are_not),
		cmocka_unit_test(units_that_are_enabled_beside_ours_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
