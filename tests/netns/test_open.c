/* test_open.c - two hosts without a key, years apart: they stay so, and say which command helps. */
#include "netns/lib/fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define YEAR_NS (INT64_C(31557600) * NS_PER_S)
#define KEYGEN	"berkctl keygen /etc/berkd/group.key"

static char said[16384]; /* by berkctl */

static void assert_says(const struct host *h, const char *command, const char *text)
{
	(void)host_berkctl(h, said, sizeof(said), command, NULL);
	if (!strstr(said, text)) {
		fail_msg("%s lacks \"%s\":\n%s", command, text, said);
	}
}

static bool they_have_met(struct group *g, void *arg)
{
	(void)arg;
	return host_logged(&g->host[0], "they may in an open group");
}

static void hosts_that_are_years_apart_name_the_command_that_helps(struct group *g)
{
	unsigned jumps = g->n_jumps;

	wait_until(g, they_have_met, NULL);
	group_run(g, 5);
	assert_int_equal(g->n_jumps, jumps);
	for (unsigned i = 0; i < g->n; i++) {
		assert_says(&g->host[i], "status", "open group");
		assert_says(&g->host[i], "status", KEYGEN);
	}
	assert_says(&g->host[0], "status", "not synchronised");
	print_message("%s", said);
	assert_says(&g->host[0], "check",
		    "PROBLEM: this clock is not synchronised: its group is open");
	assert_says(&g->host[0], "check", KEYGEN);
	print_message("%s", said);
}

static bool all_are_synced(struct group *g, void *arg)
{
	(void)arg;
	return g->host[0].pid > 0 && status_int(&g->host[0], "n_steps") == 1 &&
	       host_berkctl(&g->host[0], said, sizeof(said), "check", NULL) == 0 &&
	       host_berkctl(&g->host[1], said, sizeof(said), "check", NULL) == 0;
}

static void a_key_for_both_brings_them_together(struct group *g)
{
	char path[128], text[256];

	(void)snprintf(path, sizeof(path), "%s/group.key", g->host[0].dir);
	(void)snprintf(text, sizeof(text), "[group]\ninsecure = no\nkey_file = %s\n", path);
	assert_int_equal(host_berkctl(&g->host[0], said, sizeof(said), "keygen", path, NULL), 0);
	for (unsigned i = 0; i < g->n; i++) {
		host_config(&g->host[i], text);
		assert_int_equal(host_berkctl(&g->host[i], said, sizeof(said), "reload", NULL), 0);
	}
	wait_until(g, all_are_synced, NULL);
	(void)host_berkctl(&g->host[0], said, sizeof(said), "status", NULL);
	assert_null(strstr(said, "open group"));
}

static void prepare(struct group *g)
{
	g->host[0].offset_ns = -20 * YEAR_NS;
	for (unsigned i = 0; i < g->n; i++) {
		host_write_config(&g->host[i]);
		host_config(&g->host[i], "[group]\ninsecure = no\n");
	}
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = 2, .prepare = prepare, .start = true};
	static const struct test tests[] = {
		TEST(hosts_that_are_years_apart_name_the_command_that_helps),
		TEST(a_key_for_both_brings_them_together),
	};

	return RUN_TESTS(&fixture, tests);
}
