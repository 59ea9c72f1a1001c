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
#define KEEP_S	  8.0

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

/* What the group's key is, and which one is to be it; they change places with each exchange. */
static const char *key = KEY_OLD, *key_next = KEY_NEW;

enum { IS_TAKEN, IS_SENT, IS_STRUCK, N_STEPS };
static const char *const steps[N_STEPS] = {"the new one is taken", "the new one is sent",
					   "the old one is struck"};

/* What nobody may notice of an exchange, beside the clocks: clocks that jumped, hosts that were
 * silent and packets that were refused, up to now; and who leads. */
struct trouble {
	unsigned n_jumps, n_silent, n_refused;
	int master;
	int64_t term;
};

static struct trouble trouble_now(const struct group *g)
{
	struct trouble t = {.n_jumps = g->n_jumps,
			    .master = group_master(g, GROUP_ALL),
			    .term = status_int(&g->host[0], "term")};

	for (unsigned i = 0; i < g->n; i++) {
		t.n_silent += host_count_logged(&g->host[i], "is silent");
		t.n_refused += trust_n_refused(&g->host[i]);
	}
	return t;
}

/* What the hosts were told, and how far apart the clocks were then, for 99 % of the time.  (A late
 * wake-up of anybody, and the machine has some, makes a maximum.) */
struct turn {
	int64_t p99_ns;
	bool trouble;
};

/* All get these keys, one after the other, and keep them for a while. */
static struct turn tell_all(struct group *g, const char *first, const char *second,
			    const char *what)
{
	char out[1024];
	struct trouble was = trouble_now(g);
	size_t from = g->n_samples;

	for (unsigned i = 0; i < g->n; i++) {
		write_keys(&g->host[i], first, second);
		assert_int_equal(host_berkctl(&g->host[i], out, sizeof(out), "reload", NULL), 0);
		assert_null(strstr(out, "restart"));
		group_run(g, BETWEEN_S);
		assert_bounds_hold(g, GROUP_ALL);
	}
	group_run(g, KEEP_S);
	assert_bounds_hold(g, GROUP_ALL);
	struct turn turn = {.p99_ns = group_quantile(g, from, 0.99, GROUP_ALL)};
	int64_t p50_ns = group_quantile(g, from, 0.5, GROUP_ALL),
		most_ns = group_quantile(g, from, 1, GROUP_ALL);
	struct trouble now = trouble_now(g);
	bool led = was.master >= 0 && now.master == was.master && now.term == was.term;

	print_message("%-24s p50 %.1f us, p99 %.1f us, at most %.1f us; %u jumps, %u silent, %u "
		      "refused, %s\n",
		      what, us_of(p50_ns), us_of(turn.p99_ns), us_of(most_ns),
		      now.n_jumps - was.n_jumps, now.n_silent - was.n_silent,
		      now.n_refused - was.n_refused, led ? "one master" : "ANOTHER TERM OR MASTER");
	turn.trouble = !led || now.n_jumps != was.n_jumps || now.n_silent != was.n_silent ||
		       now.n_refused != was.n_refused;
	return turn;
}

/* The pair errors of one exchange or several. */
struct exchange {
	/* Of turns without trouble: of those while the keys stayed as they were, the largest of an
	 * exchange, and of these the smallest; and the smallest of each step. */
	int64_t same_ns, other_ns[N_STEPS]; /* INT64_MAX: there was no such turn */
};

/* The key is exchanged, once.  Between two steps of it all are told the keys that they have: as long,
 * as many orders and questions, and the same machine, whose load moves the clocks by more than keys
 * do. */
static void exchange(struct group *g, struct exchange *ret)
{
	const char *const told[N_STEPS + 1][2] = {{key, ""},
						  {key, key_next},
						  {key_next, key},
						  {key_next, ""}};

	int64_t same_ns = 0;

	for (unsigned k = 0; k < N_STEPS; k++) {
		struct turn t = tell_all(g, told[k][0], told[k][1], "the keys as they were");

		same_ns = t.trouble ? same_ns : ns_max(same_ns, t.p99_ns);
		t = tell_all(g, told[k + 1][0], told[k + 1][1], steps[k]);
		if (!t.trouble) {
			ret->other_ns[k] = ns_min(ret->other_ns[k], t.p99_ns);
		}
	}
	ret->same_ns = same_ns > 0 ? ns_min(ret->same_ns, same_ns) : ret->same_ns;
	const char *was = key;

	key = key_next;
	key_next = was;
}

static bool is_noticed(const struct exchange *e)
{
	int64_t most = 0;

	for (unsigned k = 0; k < N_STEPS; k++) {
		most = ns_max(most, e->other_ns[k]);
	}
	return e->same_ns == INT64_MAX || most / 2 > e->same_ns;
}

/* Old to new; and new to old, and once more, where something was noticed: noise of the machine
 * passes, and what keys cause comes again. */
static void key_is_exchanged_in_a_running_group_and_no_clock_notices(struct group *g)
{
	struct exchange e = {.same_ns = INT64_MAX, .other_ns = {INT64_MAX, INT64_MAX, INT64_MAX}};

	group_run(g, 20.0);
	size_t from = g->n_samples;

	for (unsigned n = 0; n < ATTEMPTS && (n == 0 || is_noticed(&e)); n++) {
		exchange(g, &e);
	}
	assert_false(is_noticed(&e));
	assert_together(g, from, GROUP_ALL);
	for (unsigned i = 0; i < g->n; i++) {
		assert_int_equal(status_int(&g->host[i], "n_alive"), N_HOSTS);
	}
}

static bool old_is_gone(struct group *g, void *arg)
{
	const struct host *master = arg;

	return status_int(master, "n_alive") == (int)g->n - 1 &&
	       host_logged(master, "it has another group key");
}

static void who_comes_back_with_the_old_key_is_refused(struct group *g)
{
	int master = group_master(g, GROUP_ALL);
	unsigned old = master == 0 ? 1 : 0;
	char out[1024];

	assert_true(master >= 0);
	write_keys(&g->host[old], key_next, "");
	assert_int_equal(host_berkctl(&g->host[old], out, sizeof(out), "reload", NULL), 0);
	wait_until(g, old_is_gone, &g->host[master]);
	assert_int_equal(trust_n_refused(&g->host[master]), 1);
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
