/* test_chat.c - five people type two hundred lines each, at once, over a network that loses one
 * packet in ten, while the master is killed: each line is shown once, in one order, on each host.
 */
#include "netns/lib/test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINES_EACH 200
#define N_HOSTS                                                                                    \
	6 /* the master listens only: what a killed host had not sent is not the group's           \
	   */
#define LINES_MAX 4096
#define LOSS	  0.1

static struct group group;
static int old_master;

struct shown {
	char *line[LINES_MAX]; /* "NAME: TEXT" */
	size_t n;
};

static const char *feed_path(unsigned i, char buf[static 128])
{
	snprintf(buf, 128, "%s/chat", group.host[i].dir);
	return buf;
}

static pid_t follow(unsigned i)
{
	char control[128], path[128];
	const char *argv[] = {BERKCTL_PATH, "--json",	"--socket", control,
			      "chat",	    "--follow", NULL};

	snprintf(control, sizeof(control), "%s/control", group.host[i].dir);
	return host_spawn(&group.host[i], feed_path(i, path), argv);
}

/* berkctl chat in a pipe: a line of input is a line said. */
static pid_t talk(unsigned i)
{
	char command[512], path[128];
	const char *argv[] = {"/bin/sh", "-c", command, NULL};

	snprintf(path, sizeof(path), "%s/talk", group.host[i].dir);
	snprintf(command, sizeof(command),
		 "n=0; while [ $n -lt %d ]; do n=$((n+1)); echo \"line $n of %s\"; done |"
		 " %s --socket %s/control chat",
		 LINES_EACH, group.host[i].name, BERKCTL_PATH, group.host[i].dir);
	return host_spawn(&group.host[i], path, argv);
}

static void read_feed(unsigned i, struct shown *ret)
{
	char path[128], text[1024];
	FILE *f = fopen(feed_path(i, path), "re");

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

static size_t count_feed(unsigned i)
{
	struct shown s;

	read_feed(i, &s);
	for (size_t k = 0; k < s.n; k++) {
		free(s.line[k]);
	}
	return s.n;
}

static bool all_said(struct group *g, void *arg)
{
	size_t want = *(const size_t *)arg;

	for (unsigned i = 0; i < g->n; i++) {
		if (g->host[i].pid && count_feed(i) < want) {
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

static void thousand_lines_are_shown_once_in_one_order_through_a_masters_death(void **state)
{
	static struct shown first, other;
	size_t some = 200, all = 5 * LINES_EACH;
	unsigned reference = old_master == 0 ? 1 : 0;
	pid_t follower[N_HOSTS], talker[N_HOSTS];

	(void)state;
	for (unsigned i = 0; i < N_HOSTS; i++) {
		follower[i] = follow(i);
	}
	group_run(&group, 1);
	for (unsigned i = 0; i < N_HOSTS; i++) {
		net_lose(&group.host[i].ns, "eth0", LOSS); /* until the program ends */
	}
	for (unsigned i = 0; i < N_HOSTS; i++) {
		talker[i] = (int)i == old_master ? 0 : talk(i);
	}
	assert_true(group_until(&group, 30, all_said, &some));
	assert_true(count_feed(reference) < all); /* else nothing is shown by the kill */
	print_message("master killed after %zu lines\n", count_feed(reference));
	host_stop(&group.host[old_master], SIGKILL);
	assert_true(group_until(&group, 60, all_said, &all));
	group_run(&group, 2); /* whatever might come twice */

	read_feed(reference, &first);
	assert_int_equal(first.n, all);
	for (unsigned i = 0; i < N_HOSTS; i++) {
		if ((int)i == old_master || i == reference) {
			continue;
		}
		read_feed(i, &other);
		assert_int_equal(other.n, all);
		for (size_t k = 0; k < all; k++) {
			assert_string_equal(other.line[k], first.line[k]);
			free(other.line[k]);
		}
	}
	read_feed((unsigned)old_master, &other); /* what it showed in its life is the beginning */
	for (size_t k = 0; k < other.n; k++) {
		assert_string_equal(other.line[k], first.line[k]);
		free(other.line[k]);
	}
	assert_each_once(&first);
	for (unsigned i = 0; i < N_HOSTS; i++) {
		kill(follower[i], SIGKILL);
		waitpid(follower[i], NULL, 0);
		if (talker[i]) {
			waitpid(talker[i], NULL, 0);
		}
	}
}

static int settle(void **state)
{
	(void)state;
	group_init(&group, N_HOSTS);
	group_start(&group);
	if (!group_until(&group, 40, group_is_settled, NULL)) {
		return -1;
	}
	old_master = group_master(&group, GROUP_ALL);
	return old_master < 0 ? -1 : 0;
}

static int take_down(void **state)
{
	(void)state;
	group_fini(&group);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			thousand_lines_are_shown_once_in_one_order_through_a_masters_death),
	};

	sandbox_enter(200);
	return cmocka_run_group_tests(tests, settle, take_down);
}
