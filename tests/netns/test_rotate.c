/* test_rotate.c - the key of a running group is exchanged host by host, and its clocks notice
 * nothing. */
#include "netns/lib/fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define N_HOSTS	  5
#define KEY_OLD	  "5dc21a0f1ba1ac0e8b6f3ab2f8c6a4e19d3c70fb42b1a0d6c9e85f1743d20b66"
#define KEY_NEW	  "a90e6c1f84d35b27c0f1d8e97a6b4235109f8ed7cb6a5443322110fedcba9877"
#define BETWEEN_S 0.5

static void key_path(const struct host *h, char ret[static 128])
{
	snprintf(ret, 128, "%s/group.key", h->dir);
}

static void write_keys(const struct host *h, const char *first, const char *second)
{
	char path[128];

	key_path(h, path);
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(chmod(path, 0600), 0);
	assert_true(fprintf(f, "%s\n%s\n", first, second) > 0);
	assert_int_equal(fclose(f), 0);
}

static void prepare(struct group *g)
{
	for (unsigned i = 0; i < g->n; i++) {
		struct host *h = &g->host[i];
		char path[128], text[256];

		write_keys(h, KEY_OLD, "");
		key_path(h, path);
		snprintf(text, sizeof(text), "[group]\nkey_file = %s\n", path);
		host_config(h, text);
	}
}

/* All get these keys, one after the other, and keep them for a while; returns the largest pair error
 * of that time. */
static int64_t tell_all(struct group *g, const char *first, const char *second, const char *what)
{
	char out[1024];
	size_t from = g->n_samples;

	for (unsigned i = 0; i < g->n; i++) {
		write_keys(&g->host[i], first, second);
		assert_int_equal(host_berkctl(&g->host[i], out, sizeof(out), "reload", NULL), 0);
		assert_null(strstr(out, "restart"));
		group_run(g, BETWEEN_S);
		assert_bounds_hold(g, GROUP_ALL);
	}
	for (unsigned s = 0; s < 8; s++) {
		group_run(g, 1.0);
		assert_bounds_hold(g, GROUP_ALL);
	}
	int64_t most = group_quantile(g, from, 1.0, GROUP_ALL);

	print_message("%-24s half of the time below %.1f us, at most %.1f us\n", what,
		      us_of(group_quantile(g, from, 0.5, GROUP_ALL)), us_of(most));
	return most;
}

/* Between two steps of the exchange, all are told the keys that they have: as long, as many orders
 * and questions, and the same machine, whose load moves the clocks by more than keys do. */
static void key_is_exchanged_in_a_running_group_and_no_clock_notices(struct group *g)
{
	static const struct {
		const char *what, *first, *second;
	} step[] = {{"the new one is taken", KEY_OLD, KEY_NEW},
		    {"the new one is sent", KEY_NEW, KEY_OLD},
		    {"the old one is struck", KEY_NEW, ""}};
	const char *first = KEY_OLD, *second = "";
	unsigned jumps = g->n_jumps;
	int master = group_master(g, GROUP_ALL);
	int64_t term = status_int(&g->host[0], "term"), same = 0, other = 0;

	group_run(g, 20.0);
	size_t from = g->n_samples;

	for (size_t k = 0; k < sizeof(step) / sizeof(step[0]); k++) {
		same = ns_max(same, tell_all(g, first, second, "the keys as they were"));
		first = step[k].first;
		second = step[k].second;
		other = ns_max(other, tell_all(g, first, second, step[k].what));
	}
	print_message("largest pair error: %.1f us with the keys as they were, %.1f us while they "
		      "were exchanged\n",
		      us_of(same), us_of(other));
	assert_true(other <= 2 * same);
	assert_together(g, from, GROUP_ALL);
	assert_int_equal(g->n_jumps, jumps);
	assert_int_equal(group_master(g, GROUP_ALL), master);
	for (unsigned i = 0; i < g->n; i++) {
		assert_int_equal(status_int(&g->host[i], "term"), term);
		assert_int_equal(status_int(&g->host[i], "n_alive"), N_HOSTS);
		assert_false(host_logged(&g->host[i], "is silent"));
		assert_false(host_logged(&g->host[i], "Refused"));
	}
}

static void who_comes_back_with_the_old_key_is_refused(struct group *g)
{
	int master = group_master(g, GROUP_ALL);
	unsigned old = master == 0 ? 1 : 0;
	char out[1024];

	write_keys(&g->host[old], KEY_OLD, "");
	assert_int_equal(host_berkctl(&g->host[old], out, sizeof(out), "reload", NULL), 0);
	group_run(g, 12.0);
	assert_int_equal(status_int(&g->host[master], "n_alive"), N_HOSTS - 1);
	assert_true(host_logged(&g->host[master], "it has another group key"));
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = N_HOSTS,
					       .prepare = prepare,
					       .start = true,
					       .settled = GROUP_ALL};
	static const struct test tests[] = {
		TEST(key_is_exchanged_in_a_running_group_and_no_clock_notices),
		TEST(who_comes_back_with_the_old_key_is_refused),
	};

	return RUN_TESTS(&fixture, tests);
}
