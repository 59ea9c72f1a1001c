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

static void put(const char *pid, const char *file, const char *text)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, pid);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/%s/%s", dir, pid, file);
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	(void)fprintf(f, "%s\n", text);
	(void)fclose(f);
}

/* One that a user with this number has started, that runs as @uid, and holds @caps. */
static void process_of(const char *pid, const char *comm, unsigned real, unsigned uid,
		       const char *caps)
{
	char status[256];

	(void)snprintf(status, sizeof(status),
		       "Name:\t%s\nUid:\t%u\t%u\t%u\t%u\nCapPrm:\t%s\nCapEff:\t%s", comm, real, uid,
		       uid, uid, caps, caps);
	put(pid, "comm", comm);
	put(pid, "status", status);
	put(pid, "uid_map", "         0          0 4294967295");
}

static void process(const char *pid, const char *comm)
{
	process_of(pid, comm, 0, 0, "000001ffffffffff");
}

static void remove_all(void)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
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
	remove_all();
	assert_false(rival_find(dir, &r)); /* no /proc: nothing to find */
}

/* Any user can call a process so, and would keep berkd from starting. */
static void who_may_not_set_the_clock_is_no_rival(void **state)
{
	static const char time_alone[] = "0000000002000000", all[] = "000001ffffffffff";
	struct rival r;

	(void)state;
	assert_non_null(mkdtemp(dir));
	process("self", "berkd");
	process_of("20", "chronyd", 1000, 1000, "0000000000000000");
	process_of("21", "ntpd", 1000, 0, all);	    /* a link to su, which asks for a password */
	process_of("23", "timed", 1000, 1000, all); /* in a user namespace of its own: */
	put("23", "uid_map", "         0       1000          1");
	put("24", "comm", "chronyd"); /* it has ended meanwhile */
	assert_false(rival_find(dir, &r));
	process_of("30", "chronyd", 106, 106, time_alone);
	assert_true(rival_find(dir, &r));
	assert_int_equal(r.pid, 30);
	remove_all();
}

/* As the daemons of ./demo, whose clocks are virtual, and a chronyd -x. */
static void a_berkd_without_the_capability_has_its_clock_set_by_berkd_clock(void **state)
{
	static const char none[] = "0000000000000000";
	static const char setter[] = "LANG=C\nBERKD_CLOCK_SOCKET=/run/berkd-clock/socket";
	struct rival all[4];

	(void)state;
	assert_non_null(mkdtemp(dir));
	process("self", "berkd");
	process_of("30", "berkd", 0, 0, none);
	put("30", "environ", "LANG=C\nHOME=/");
	process_of("31", "chronyd", 0, 0, none);
	put("31", "environ", setter); /* which is not for it */
	process_of("32", "berkd", 1000, 1000, none);
	put("32", "environ", setter); /* anybody can say so */
	assert_int_equal(rival_list(dir, all, 4), 0);
	process_of("33", "berkd", 998, 998, none);
	put("33", "environ", setter);
	process_of("34", "berkd", 998, 998, none); /* whose environment is not for us */
	assert_int_equal(rival_list(dir, all, 4), 2);
	remove_all();
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
		cmocka_unit_test(who_may_not_set_the_clock_is_no_rival),
		cmocka_unit_test(a_berkd_without_the_capability_has_its_clock_set_by_berkd_clock),
		cmocka_unit_test(units_that_are_enabled_beside_ours_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
