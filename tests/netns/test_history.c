/* test_history.c - what happens in a group is in the history of its hosts, over a restart too, and
 * can be drawn.  With BERK_PLOT_S=N in the environment the group runs for N s more, before and
 * after it loses its master, and the last picture is printed: that of doc/history.md was made with 100. */
#include "netns/lib/fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUT_MAX (256 * 1024)

static char out[OUT_MAX];
static int old_master;

static void run_for_the_picture(struct group *g)
{
	const char *s = getenv("BERK_PLOT_S");

	if (s) {
		group_run(g, strtod(s, NULL));
	}
}

/* The history of host @h as JSON; the caller's. */
static json_t *history_of(const struct host *h)
{
	assert_int_equal(host_berkctl(h, out, sizeof(out), "--json", "history", NULL), 0);
	json_t *j = json_loads(out, 0, NULL);

	assert_non_null(j);
	return j;
}

/* How many entries of it are of that event; NULL: samples with a known offset and bound. */
static unsigned count(const struct host *h, const char *event)
{
	json_t *j = history_of(h), *e;
	unsigned n = 0;
	size_t i;

	json_array_foreach(json_object_get(j, "entries"), i, e)
	{
		const char *word = json_string_value(json_object_get(e, "event"));

		n += event ? word && strcmp(word, event) == 0
			   : json_is_integer(json_object_get(e, "offset_ns")) &&
				     json_is_integer(json_object_get(e, "bound_ns"));
	}
	json_decref(j);
	return n;
}

/* For wait_until(): host 0 has figures of all five. */
static bool all_have_figures(struct group *g, void *arg)
{
	(void)arg;
	return count(&g->host[0], NULL) >= g->n;
}

static void a_group_that_is_settled_has_a_history(struct group *g)
{
	wait_until(g, all_have_figures, NULL);
	run_for_the_picture(g);
	old_master = group_master(g, GROUP_ALL);
	assert_int_not_equal(old_master, -1);
	assert_true(count(&g->host[old_master], "became-master") >= 1);
	for (unsigned i = 0; i < g->n; i++) {
		assert_true(count(&g->host[i], "follows-master") >= 1 || (int)i == old_master);
	}
}

static void the_end_of_the_master_is_in_it(struct group *g)
{
	unsigned survivors = group_mask(g, 1U << old_master);

	host_stop(&g->host[old_master], SIGKILL);
	wait_until(g, group_is_settled, &survivors);
	int master = group_master(g, survivors);

	run_for_the_picture(g);
	assert_true(count(&g->host[master], "became-master") >= 1);
}

/* The events that were kept before kill -9 are there after it, and its new life is another. */
static void a_restart_keeps_it(struct group *g)
{
	struct host *h = &g->host[old_master];

	host_start(h);
	wait_until(g, group_is_settled, NULL);
	assert_true(count(h, "became-master") >= 1);
	json_t *j = history_of(h), *list = json_object_get(j, "entries");
	size_t n = json_array_size(list);

	assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "life")), 1);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(list, n - 1), "life")),
			 2);
	json_decref(j);
}

static void it_is_drawn_and_listed(struct group *g)
{
	const struct host *h = &g->host[group_master(g, GROUP_ALL)];
	char other[64];

	assert_int_equal(host_berkctl(h, out, sizeof(out), "history", NULL), 0);
	assert_non_null(strstr(out, "Became master"));
	assert_int_equal(host_berkctl(h, out, sizeof(out), "plot", "--since", "4min", NULL), 0);
	if (getenv("BERK_PLOT_S")) {
		(void)fputs(out, stdout); /* print_message() cuts it */
	}
	assert_non_null(strstr(out, "= master"));
	for (unsigned i = 0; i < g->n; i++) {
		assert_non_null(strstr(out, g->host[i].name));
	}
	(void)snprintf(other, sizeof(other), "%s", g->host[1].name);
	assert_int_equal(host_berkctl(h, out, sizeof(out), "plot", "--host", other, NULL), 0);
	assert_null(strstr(out, g->host[2].name));
	assert_int_equal(host_berkctl(h, out, sizeof(out), "plot", "--host", "nobody", NULL), 1);
	assert_non_null(strstr(out, "nothing is in the history"));
}

static void a_picture_is_made_where_gnuplot_is(struct group *g)
{
	const struct host *h = &g->host[0];
	char file[128];
	bool there = access("/usr/bin/gnuplot", X_OK) == 0;

	(void)snprintf(file, sizeof(file), "%s/plot.svg", h->dir);
	int status = host_berkctl(h, out, sizeof(out), "plot", "--svg", file, NULL);

	if (!there) {
		assert_int_equal(status, 1);
		assert_non_null(strstr(out, "apt-get install gnuplot-nox"));
		print_message("gnuplot is not installed: no picture was drawn\n");
		return;
	}
	if (status != 0) {
		fail_msg("%s", out);
	}
	FILE *f = fopen(file, "re");

	assert_non_null(f);
	out[fread(out, 1, sizeof(out) - 1, f)] = '\0';
	(void)fclose(f);
	assert_non_null(strstr(out, "<svg"));
	assert_non_null(strstr(out, "</svg>"));
	assert_non_null(strstr(out, h->name));
}

static bool has_another_size(struct group *g, void *host)
{
	(void)g;
	return host_logged(host, "has another size now");
}

static void a_damaged_file_is_put_aside_and_another_size_taken_over(struct group *g)
{
	struct host *h = &g->host[0];
	char file[128], aside[160];

	host_stop(h, SIGTERM);
	(void)snprintf(file, sizeof(file), "%s/state/history", h->dir);
	(void)snprintf(aside, sizeof(aside), "%s.damaged", file);
	FILE *f = fopen(file, "r+e");

	assert_non_null(f);
	(void)fputs("something else", f);
	(void)fclose(f);
	host_start(h);
	wait_until(g, group_is_settled, NULL);
	assert_int_equal(access(aside, F_OK), 0);
	assert_true(host_logged(h, "history is damaged"));
	assert_int_equal(count(h, "became-master"), 0);
	host_stop(h, SIGTERM);
	host_config(h, "[state]\nhistory = 1M\n");
	host_start(h);
	assert_true(group_until(g, WAIT_S, has_another_size, h));
	(void)snprintf(aside, sizeof(aside), "%s.old", file);
	assert_int_equal(access(aside, F_OK), -1);
}

/* ...and berkd runs without any. */
static void it_can_be_switched_off(struct group *g)
{
	struct host *h = &g->host[0];

	host_stop(h, SIGTERM);
	host_config(h, "[state]\nhistory = 0\n");
	host_start(h);
	wait_until(g, group_is_settled, NULL);
	assert_int_equal(host_berkctl(h, out, sizeof(out), "history", NULL), 1);
	assert_non_null(strstr(out, "keeps no history"));
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = 5, .start = true, .settled = GROUP_ALL};
	static const struct test tests[] = {
		TEST(a_group_that_is_settled_has_a_history),
		TEST(the_end_of_the_master_is_in_it),
		TEST(a_restart_keeps_it),
		TEST(it_is_drawn_and_listed),
		TEST(a_picture_is_made_where_gnuplot_is),
		TEST(a_damaged_file_is_put_aside_and_another_size_taken_over),
		TEST(it_can_be_switched_off),
	};

	return RUN_TESTS(&fixture, tests);
}
