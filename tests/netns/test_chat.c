/* test_chat.c - five people type two hundred lines each, at once, over a network that loses one
 * packet in ten, while the master is killed: each line is shown once, in one order, on each
 * host.  Then a master whose cable is pulled says more than others hear, and most hosts
 * are started again. */
#include "netns/lib/fixture.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The master only listens: a line that a killed host has not sent yet was never the group's. */
#define N_HOSTS	   6
#define LINES_EACH 200
#define LINES_ALL  ((N_HOSTS - 1) * LINES_EACH)
#define LINES_MAX  4096
#define LOSS	   0.1
#define GO_ON	   SANDBOX_DIR "/go-on" /* once it exists the talkers say their second half */

static int old_master;

struct shown {
	char *line[LINES_MAX]; /* "NAME: TEXT" */
	size_t n;
};

static const char *feed_path(const struct host *h, char buf[static 128])
{
	snprintf(buf, 128, "%s/chat", h->dir);
	return buf;
}

static pid_t start_follower(const struct host *h)
{
	char control[128], path[128];
	const char *argv[] = {BERKCTL_PATH, "--json",	 "--socket",   control, "chat",
			      "--follow",   "--history", "1000000000", NULL};

	snprintf(control, sizeof(control), "%s/control", h->dir);
	return host_spawn(h, feed_path(h, path), argv);
}

/* `berkctl chat` reads from a pipe: each line of its input is a line said. */
static pid_t start_talker(const struct host *h)
{
	char command[512], path[128];
	const char *argv[] = {"/bin/sh", "-c", command, NULL};

	snprintf(path, sizeof(path), "%s/talk", h->dir);
	snprintf(command, sizeof(command),
		 "n=0; while [ $n -lt %d ]; do n=$((n+1)); echo \"line $n of %s\"; "
		 "while [ $n = %d ] && [ ! -e " GO_ON " ]; do sleep 0.1; done; done |"
		 " %s --socket %s/control chat",
		 LINES_EACH, h->name, LINES_EACH / 2, BERKCTL_PATH, h->dir);
	return host_spawn(h, path, argv);
}

static void read_feed(const struct host *h, struct shown *ret)
{
	char path[128], text[1024];
	FILE *f = fopen(feed_path(h, path), "re");

	ret->n = 0;
	while (f && fgets(text, sizeof(text), f)) {
		json_t *line = json_loads(text, 0, NULL);
		const char *said = json_string_value(json_object_get(line, "text"));
		const char *name = json_string_value(json_object_get(line, "name"));

		if (said && name && ret->n < LINES_MAX) {
			snprintf(text, sizeof(text), "%s: %s", name, said);
			ret->line[ret->n++] = strdup(text);
		}
		json_decref(line);
	}
	if (f) {
		fclose(f);
	}
}

static void free_feed(struct shown *s)
{
	for (size_t k = 0; k < s->n; k++) {
		free(s->line[k]);
	}
	s->n = 0;
}

static size_t count_feed(const struct host *h)
{
	struct shown s;

	read_feed(h, &s);
	size_t n = s.n;
	free_feed(&s);
	return n;
}

/* Each running host has shown so many lines. */
static bool lines_are_shown(struct group *g, void *arg)
{
	size_t want = *(const size_t *)arg;

	for (unsigned i = 0; i < g->n; i++) {
		if (g->host[i].pid && count_feed(&g->host[i]) < want) {
			return false;
		}
	}
	return true;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void assert_each_once(struct shown *s)
{
	qsort(s->line, s->n, sizeof(s->line[0]), by_text);
	for (size_t k = 1; k < s->n; k++) {
		assert_string_not_equal(s->line[k - 1], s->line[k]);
	}
}

/* All feeds are the same; that of the killed host is the beginning of the others. */
static void assert_one_order(struct group *g)
{
	static struct shown first, other;

	read_feed(&g->host[old_master == 0], &first);
	assert_int_equal(first.n, LINES_ALL);
	for (unsigned i = 0; i < g->n; i++) {
		read_feed(&g->host[i], &other);
		if ((int)i != old_master) {
			assert_int_equal(other.n, LINES_ALL);
		}
		for (size_t k = 0; k < other.n; k++) {
			assert_string_equal(other.line[k], first.line[k]);
		}
		free_feed(&other);
	}
	assert_each_once(&first);
	free_feed(&first);
}

static void thousand_lines_are_shown_once_in_one_order_through_a_masters_death(struct group *g)
{
	size_t some = LINES_ALL / 5, all = LINES_ALL;
	pid_t child[2 * N_HOSTS];
	unsigned n_children = 0;

	old_master = group_master(g, GROUP_ALL);
	assert_true(old_master >= 0);
	for (unsigned i = 0; i < N_HOSTS; i++) {
		net_lose(&g->host[i].ns, "eth0", LOSS); /* until the program ends */
		child[n_children++] = start_follower(&g->host[i]);
		if ((int)i != old_master) {
			child[n_children++] = start_talker(&g->host[i]);
		}
	}
	wait_until(g, lines_are_shown, &some);
	print_message("master killed after %zu lines\n", count_feed(&g->host[old_master]));
	host_stop(&g->host[old_master], SIGKILL);
	FILE *f = fopen(GO_ON, "we");
	assert_non_null(f);
	fclose(f);
	wait_until(g, lines_are_shown, &all);
	wait_rounds(g, GROUP_ALL, 3); /* whatever might come twice */
	assert_one_order(g);
	for (unsigned i = 0; i < n_children; i++) {
		kill(child[i], SIGKILL);
		waitpid(child[i], NULL, 0);
	}
}

/* --- Islands --- */

#define SAID_APART 12

static unsigned cut_off;

static bool is_an_island(struct group *g, void *arg)
{
	json_t *s = host_ask(&g->host[cut_off], "status");
	bool island = json_is_true(json_object_get(s, "island"));

	(void)arg;
	json_decref(s);
	return island;
}

static bool are_all_one(struct group *g, void *arg)
{
	(void)arg;
	return group_master(g, GROUP_ALL) >= 0 && !is_an_island(g, NULL);
}

static void start_killed_host(struct group *g)
{
	host_start(&g->host[old_master]);
	wait_until(g, group_is_settled, NULL);
}

static void say(const struct host *h, const char *text)
{
	char out[256];

	assert_int_equal(host_berkctl(h, out, sizeof(out), "chat", text, NULL), 0);
}

/* Is @text in what `berkctl chat --history` says on each host, once? */
static bool is_said_on_all(struct group *g, void *arg)
{
	for (unsigned i = 0; i < g->n; i++) {
		struct shown s;
		unsigned n = 0;

		read_feed(&g->host[i], &s);
		for (size_t k = 0; k < s.n; k++) {
			n += strstr(s.line[k], arg) != NULL;
		}
		free_feed(&s);
		assert_true(n <= 1);
		if (n == 0) {
			return false;
		}
	}
	return true;
}

static void what_is_said_on_a_cut_off_master_reaches_all(struct group *g)
{
	pid_t child[N_HOSTS];
	char text[128], together[] = "together.";

	cut_off = (unsigned)group_master(g, GROUP_ALL);
	for (unsigned i = 0; i < g->n; i++) {
		(void)unlink(feed_path(&g->host[i], text));
		child[i] = start_follower(&g->host[i]);
	}
	net_up(&g->host[cut_off].ns, "eth0", false);
	wait_until(g, is_an_island, NULL);
	for (unsigned k = 0; k < SAID_APART; k++) {
		snprintf(text, sizeof(text), "apart %u.", k);
		say(&g->host[cut_off], text);
	}
	net_up(&g->host[cut_off].ns, "eth0", true);
	wait_until(g, are_all_one, NULL);
	say(&g->host[cut_off], together);
	wait_until(g, is_said_on_all, together);
	for (unsigned k = 0; k < SAID_APART; k++) {
		snprintf(text, sizeof(text), "apart %u.", k);
		wait_until(g, is_said_on_all, text);
	}
	for (unsigned i = 0; i < g->n; i++) {
		kill(child[i], SIGKILL);
		waitpid(child[i], NULL, 0);
	}
}

/* --- Restarts --- */

static bool masters_know_each_other(struct group *g, void *arg)
{
	(void)arg;
	return group_is_settled(g, NULL) && group_master(g, GROUP_ALL) >= 0;
}

/* All but two are killed at once, the master too, and come back; then all stop in good order. */
static void the_chat_goes_on_after_a_restart_of_most_hosts(struct group *g)
{
	char text[64], again[] = "after it.", last[] = "after all.";
	pid_t child[N_HOSTS];
	int64_t index = status_int(&g->host[0], "chat_last");
	unsigned stays = ((unsigned)group_master(g, GROUP_ALL) + 1) % g->n;

	group_run(g, 1); /* what was said is on disk a quarter of a second later */
	for (unsigned i = 0; i < g->n; i++) {
		if (i != stays) {
			host_stop(&g->host[i], SIGKILL);
		}
	}
	for (unsigned i = 0; i < g->n; i++) {
		if (i != stays) {
			host_start(&g->host[i]);
		}
	}
	wait_until(g, masters_know_each_other, NULL);
	say(&g->host[(stays + 1) % g->n], again);
	for (unsigned i = 0; i < g->n; i++) {
		char path[128];

		(void)unlink(feed_path(&g->host[i], path));
		child[i] = start_follower(&g->host[i]);
	}
	wait_until(g, is_said_on_all, again);
	for (unsigned k = 0; k < SAID_APART; k++) {
		snprintf(text, sizeof(text), "apart %u.", k);
		assert_true(is_said_on_all(g, text));
	}
	assert_int_equal(status_int(&g->host[0], "chat_last"), index + 1);
	for (unsigned i = 0; i < g->n; i++) {
		kill(child[i], SIGKILL);
		waitpid(child[i], NULL, 0);
		host_stop(&g->host[i], SIGTERM);
	}
	group_start(g);
	wait_until(g, masters_know_each_other, NULL);
	assert_int_equal(status_int(&g->host[0], "chat_last"), index + 1);
	say(&g->host[0], last);
	wait_rounds(g, GROUP_ALL, 3);
	assert_int_equal(status_int(&g->host[g->n - 1], "chat_last"), index + 2);
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = N_HOSTS,
					       .start = true,
					       .settled = GROUP_ALL};
	static const struct test tests[] = {
		TEST(thousand_lines_are_shown_once_in_one_order_through_a_masters_death),
		TEST(what_is_said_on_a_cut_off_master_reaches_all, .before = start_killed_host),
		TEST(the_chat_goes_on_after_a_restart_of_most_hosts),
	};

	return RUN_TESTS(&fixture, tests);
}
