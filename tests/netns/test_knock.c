/* test_knock.c - two hosts that should be one group and are not: each tells the other's address,
 * the reason and what to do, within seconds. */
#include "netns/lib/fixture.h"

#include <signal.h>
#include <string.h>

static char said[16384]; /* by berkctl */

/* Does the check of @h fail, with a line about @other that says @reason? */
static bool check_names(const struct host *h, const struct host *other, const char *reason)
{
	char address[32];

	snprintf(address, sizeof(address), "10.82.75.%u:", other->number);
	if (host_berkctl(h, said, sizeof(said), "check", NULL) != 1) {
		return false;
	}
	for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n")) {
		if (strstr(line, address) && strstr(line, reason)) {
			print_message("%s: %s\n", h->name, line);
			return true;
		}
	}
	return false;
}

static bool each_names_the_other(struct group *g, void *arg)
{
	return check_names(&g->host[0], &g->host[1], arg) &&
	       check_names(&g->host[1], &g->host[0], arg);
}

/* Of another group by its name, which the key is made of where there is no key file. */
static void configure(struct host *h, const char *group, const char *network)
{
	char text[512];

	snprintf(text, sizeof(text), "[group]\nname = %s\n[network]\n%s\n", group, network);
	host_config(h, text);
}

static void stop_both(struct group *g)
{
	for (unsigned i = 0; i < 2; i++) {
		if (g->host[i].pid) {
			host_stop(&g->host[i], SIGTERM);
		}
	}
}

static void two_groups_that_meet_by_multicast_name_each_other(struct group *g)
{
	char reason[] = "other-group";

	configure(&g->host[0], "one", "");
	configure(&g->host[1], "other", "");
	group_start(g);
	assert_true(group_until(g, 5, each_names_the_other, reason));
	assert_true(
		host_logged(&g->host[0], "Refused 10.82.75.2:5252: it calls for another group"));
	assert_true(
		host_logged(&g->host[1], "Refused 10.82.75.1:5252: it calls for another group"));
}

static bool is_missed_here_and_refused_there(struct group *g, void *arg)
{
	(void)arg;
	return check_names(&g->host[0], &g->host[1], "never-met") &&
	       check_names(&g->host[1], &g->host[0], "other-key");
}

/* Who has no key learns nothing from us, so the one side can only say that it has no answer. */
static void who_calls_a_host_that_does_not_list_it_is_named_there(struct group *g)
{
	stop_both(g);
	configure(&g->host[0], "one", "discovery = no\npeers = 10.82.75.2");
	configure(&g->host[1], "other", "discovery = no");
	group_start(g);
	assert_true(group_until(g, 5, is_missed_here_and_refused_there, NULL));
}

static bool is_refused_here_and_told_there(struct group *g, void *arg)
{
	(void)arg;
	return check_names(&g->host[0], &g->host[1], "refuses") &&
	       check_names(&g->host[1], &g->host[0], "not-pinned");
}

static void who_is_not_pinned_can_tell(struct group *g)
{
	stop_both(g);
	configure(&g->host[0], "one", "discovery = no\npeers = 10.82.75.2");
	configure(&g->host[1], "one",
		  "discovery = no\npeers = 10.82.75.1\n[group]\nmembers = "
		  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
	group_start(g);
	assert_true(group_until(g, 5, is_refused_here_and_told_there, NULL));
}

static bool is_missed(struct group *g, void *arg)
{
	(void)arg;
	return check_names(&g->host[0], &g->host[1], "never-met");
}

static bool both_are_well(struct group *g, void *arg)
{
	(void)arg;
	return host_berkctl(&g->host[0], said, sizeof(said), "check", NULL) == 0 &&
	       host_berkctl(&g->host[1], said, sizeof(said), "check", NULL) == 0;
}

static void who_is_missing_is_a_problem_until_it_comes(struct group *g)
{
	stop_both(g);
	configure(&g->host[0], "one", "peers = 10.82.75.2 10.82.75.1");
	configure(&g->host[1], "one", "");
	host_start(&g->host[0]);
	assert_true(group_until(g, 5, is_missed, NULL));
	host_start(&g->host[1]);
	wait_until(g, both_are_well, NULL);
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = 2};
	static const struct test tests[] = {
		TEST(two_groups_that_meet_by_multicast_name_each_other),
		TEST(who_calls_a_host_that_does_not_list_it_is_named_there),
		TEST(who_is_not_pinned_can_tell),
		TEST(who_is_missing_is_a_problem_until_it_comes),
	};

	return RUN_TESTS(&fixture, tests);
}
