/* test_names.c - peers are given by name alone; names come late, have dead addresses, and move. */
#include "netns/lib/fixture.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

enum { HUB, ELSEWHERE = 101 }; /* host[HUB] is 10.82.75.1, and later 10.82.75.101 */
#define HOSTS	   SANDBOX_DIR "/hosts"
#define NSSWITCH   SANDBOX_DIR "/nsswitch.conf"
#define N_HOSTS	   5
#define FIRST_DEAD 200
#define LATE_S	   5.0

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* The names of all hosts, then @more; at the first address of each nobody is. */
static void name_all(unsigned hub, const char *more)
{
	char text[1024];
	size_t len = 0;

	for (unsigned i = 0; i < N_HOSTS; i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"10.82.75.%u host%u.site\n10.82.75.%u host%u.site\n",
					FIRST_DEAD + i, i + 1, i == HUB ? hub : i + 1, i + 1);
	}
	snprintf(text + len, sizeof(text) - len, "%s", more);
	write_text(HOSTS, text);
}

static bool host_is_alone(struct group *g, void *arg)
{
	char role[ASK_TEXT_MAX];

	(void)arg;
	for (unsigned i = 0; i < g->n; i++) {
		if (strcmp(status_text(&g->host[i], "role", role), "master") != 0) {
			return false;
		}
	}
	return true;
}

static unsigned log_count(const struct host *h, const char *text)
{
	char path[128], line[1024];
	unsigned n = 0;

	snprintf(path, sizeof(path), "%s/log", h->dir);
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		n += strstr(line, text) != NULL;
	}
	fclose(f);
	return n;
}

static void hosts_whose_names_come_late_come_together(struct group *g)
{
	unsigned all = GROUP_ALL;

	group_run(g, LATE_S);
	wait_until(g, host_is_alone, NULL);
	name_all(HUB + 1, "");
	wait_until(g, group_is_settled, &all);
	size_t from = g->n_samples;

	wait_rounds(g, GROUP_ALL, 5);
	assert_bounds_hold(g, GROUP_ALL);
	assert_together(g, from, GROUP_ALL);
	for (unsigned i = 0; i < g->n; i++) {
		/* Asked several times, told once. */
		assert_int_equal(log_count(&g->host[i], "Peer host1.site has no address"),
				 i == HUB ? 0 : 1);
		assert_int_equal(log_count(&g->host[i], "Peer host1.site is at "),
				 i == HUB ? 0 : 1);
	}
}

/* A host by its number, and words of its log. */
struct words {
	unsigned host;
	const char *text;
};

static bool host_has_said(struct group *g, void *arg)
{
	const struct words *w = arg;

	return host_logged(&g->host[w->host], w->text);
}

/* All peers answer, so that by itself nobody asks within ten minutes, which no wait here lasts. */
static void change_of_a_link_and_a_reload_look_names_up_again(struct group *g)
{
	struct words by_link = {1, "has more addresses"}, by_reload = {2, "has more addresses"};

	name_all(HUB + 1, "10.82.75.210 host1.site\n");
	net_address(&g->host[by_link.host].ns, "eth0", "10.82.75.102/24", true);
	wait_until(g, host_has_said, &by_link);
	assert_int_equal(kill(g->host[by_reload.host].pid, SIGHUP), 0);
	wait_until(g, host_has_said, &by_reload);
}

/* The hub is started again elsewhere, and calls nobody, not even from its table: the others have
 * only its name. */
static void hub_that_moves_is_found_by_its_name(struct group *g)
{
	struct host *hub = &g->host[HUB];
	char table[128];
	unsigned n_told = 0;
	int status;

	host_stop(hub, SIGKILL);
	snprintf(table, sizeof(table), "%s/state/table", hub->dir);
	assert_int_equal(unlink(table), 0);
	net_address(&hub->ns, "eth0", "10.82.75.1/24", false);
	net_address(&hub->ns, "eth0", "10.82.75.101/24", true);
	host_start(hub);
	group_run(g, LATE_S);
	name_all(ELSEWHERE, "");
	wait_until(g, group_is_settled, NULL);
	for (unsigned i = 0; i < g->n; i++) {
		assert_false(host_ended(&g->host[i], 0, &status));
		n_told += log_count(&g->host[i], "Peer host1.site has moved from 10.82.75.1:5252");
	}
	/* Whoever hears of it by the group first need not ask. */
	assert_in_range(n_told, 1, g->n - 1);
}

/* A file system of this program alone has these files. */
static void hide(const char *path, const char *by)
{
	if (mount(by, path, NULL, MS_BIND, NULL) < 0) {
		sandbox_die("%s: %s", path, strerror(errno));
	}
}

/* Everybody knows the hub, and the hub nobody. */
static void hide_names(struct group *g)
{
	write_text(HOSTS, "");
	write_text(NSSWITCH, "hosts: files\n");
	hide("/etc/hosts", HOSTS);
	hide("/etc/nsswitch.conf", NSSWITCH);
	for (unsigned i = 0; i < g->n; i++) {
		host_config(&g->host[i],
			    i == HUB ? "[network]\ndiscovery = no\n"
				     : "[network]\ndiscovery = no\npeers = host1.site\n");
	}
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = N_HOSTS,
					       .prepare = hide_names,
					       .start = true};
	static const struct test tests[] = {
		TEST(hosts_whose_names_come_late_come_together),
		TEST(change_of_a_link_and_a_reload_look_names_up_again),
		TEST(hub_that_moves_is_found_by_its_name),
	};

	return RUN_TESTS(&fixture, tests);
}
