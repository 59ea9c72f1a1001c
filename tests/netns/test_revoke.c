/* test_revoke.c - a host of a running group is revoked: the others refuse it within a second, and so
 * does who was off at the time; the clocks notice nothing. */
#include "netns/lib/fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define N_HOSTS	 5
#define KEY	 "5dc21a0f1ba1ac0e8b6f3ab2f8c6a4e19d3c70fb42b1a0d6c9e85f1743d20b66"
#define QUIET_S	 20.0
#define KEY_MAX	 65

/* What was asked for is true within a second; and within this on a machine that is loaded.  In
 * simulated time tests/unit/test_revoke.c has the second. */
#define LOADED_S 10.0

static char public_key[N_HOSTS][KEY_MAX];

static void configure(const struct host *h, const char *more)
{
	char path[128], text[512];

	snprintf(path, sizeof(path), "%s/group.key", h->dir);
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(chmod(path, 0600), 0);
	assert_true(fprintf(f, "%s\n", KEY) > 0);
	assert_int_equal(fclose(f), 0);
	snprintf(text, sizeof(text), "[group]\nkey_file = %s\n%s", path, more);
	host_config(h, text);
}

static void prepare(struct group *g)
{
	for (unsigned i = 0; i < g->n; i++) {
		configure(&g->host[i], "");
	}
}

static void learn_keys(const struct group *g)
{
	for (unsigned i = 0; i < g->n; i++) {
		json_t *j = host_ask(&g->host[i], "status");

		assert_non_null(j);
		snprintf(public_key[i], KEY_MAX, "%s",
			 json_string_value(json_object_get(j, "public_key")));
		json_decref(j);
	}
}

/* `berkctl trust` of host @by as JSON, its row on @of; NULL: none, or it does not run yet.  The
 * caller's. */
static json_t *trust_row(const struct group *g, unsigned by, unsigned of)
{
	json_t *j = host_ask(&g->host[by], "trust"), *found = NULL;
	json_t *h;
	size_t i;
	char id[ASK_TEXT_MAX];

	status_text(&g->host[of], "id", id);
	json_array_foreach(json_object_get(j, "hosts"), i, h)
	{
		const char *key = json_string_value(json_object_get(h, "public_key"));

		if ((key && strcmp(key, public_key[of]) == 0) ||
		    strcmp(json_string_value(json_object_get(h, "id")), id) == 0) {
			found = json_incref(h);
		}
	}
	json_decref(j);
	return found;
}

static bool trusts(const struct group *g, unsigned by, unsigned of, const char *how)
{
	json_t *row = trust_row(g, by, of);
	bool so = row && strcmp(json_string_value(json_object_get(row, "trust")), how) == 0;

	json_decref(row);
	return so;
}

static unsigned master_of(const struct group *g)
{
	int master = group_master(g, GROUP_ALL);

	assert_true(master >= 0);
	return (unsigned)master;
}

/* All hosts of a mask are members at the master. */
static bool are_members(struct group *g, void *mask)
{
	unsigned wanted = *(const unsigned *)mask;
	int master = group_master(g, wanted);

	return master >= 0 && status_int(&g->host[master], "n_alive") == __builtin_popcount(wanted);
}

static double now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int trust_command(const struct host *h, char *out, size_t size, const char *what,
			 const char *whom)
{
	char config[128];

	snprintf(config, sizeof(config), "%s/berkd.conf", h->dir);
	return host_berkctl(h, out, size, "trust", "--config", config, what, whom, NULL);
}

static void the_first_list_shuts_nobody_out_unawares(struct group *g)
{
	char out[1024];

	learn_keys(g);
	assert_true(trusts(g, 0, 1, "group-key"));
	assert_int_equal(trust_command(&g->host[0], out, sizeof(out), "pin", public_key[1]), 1);
	assert_non_null(strstr(out, "would shut out"));
	assert_true(trusts(g, 0, 1, "group-key"));
	for (unsigned i = 0; i < g->n; i++) {
		assert_int_equal(trust_command(&g->host[i], out, sizeof(out), "pin", "--all"), 0);
		assert_non_null(strstr(out, "5 hosts are pinned"));
	}
	group_run(g, 2.0);
	wait_until(g, are_members, (&(unsigned){(1U << N_HOSTS) - 1}));
	for (unsigned i = 0; i < g->n; i++) {
		assert_true(trusts(g, i, (i + 1) % N_HOSTS, "pinned"));
		assert_int_equal(trust_n_refused(&g->host[i]), 0);
	}
}

static void who_is_unpinned_is_out_until_it_is_pinned(struct group *g)
{
	unsigned master = master_of(g), other = master == 0 ? 1 : 0;
	char out[1024];

	assert_int_equal(trust_command(&g->host[master], out, sizeof(out), "unpin",
				       g->host[other].name),
			 0);
	double begun = now_s();

	wait_until(g, are_members, (&(unsigned){group_mask(g, 1U << other)}));
	assert_true(now_s() - begun < LOADED_S);
	assert_int_equal(trust_command(&g->host[master], out, sizeof(out), "pin",
				       public_key[other]),
			 0);
	wait_until(g, are_members, (&(unsigned){(1U << N_HOSTS) - 1}));
}

static int64_t int_of(const json_t *j, const char *key)
{
	return json_integer_value(json_object_get(j, key));
}

/* Order it on @by: the answer, after at most a second. */
static json_t *order(const struct group *g, unsigned by, unsigned whom)
{
	static char out[4096];

	assert_int_equal(host_berkctl(&g->host[by], out, sizeof(out), "--json", "revoke",
				      public_key[whom], NULL),
			 0);
	json_t *j = json_loads(out, 0, NULL);

	assert_non_null(j);
	return j;
}

/* Revoke it, and have @n other hosts, all that are here, refuse it too; how many more must say so for
 * the rest. */
static int64_t revoke_by(const struct group *g, unsigned by, unsigned whom, unsigned n)
{
	double begun = now_s();
	json_t *j = order(g, by, whom);

	while (int_of(j, "n_agree") != n) {
		json_t *row = trust_row(g, by, whom);

		assert_true(now_s() - begun < LOADED_S);
		json_decref(j);
		j = json_incref(json_object_get(row, "revocation"));
		json_decref(row);
	}
	print_message("  %s: %d of %d other hosts refuse it after %.0f ms\n", g->host[by].name,
		      (int)int_of(j, "n_agree"), (int)int_of(j, "n_others"),
		      1e3 * (now_s() - begun));
	int64_t n_more = int_of(j, "n_more"), n_others = int_of(j, "n_others");

	json_decref(j);
	assert_true(n_more > 0 || n_others == n);
	return n_more;
}

struct pair {
	unsigned by, whom;
};

static bool is_refused(struct group *g, void *arg)
{
	const struct pair *p = arg;

	return trusts(g, p->by, p->whom, "revoked");
}

static void two_of_five_revoke_one_and_clocks_notice_nothing(struct group *g)
{
	unsigned master = master_of(g);
	unsigned bad = (master + 1) % N_HOSTS, a = (master + 2) % N_HOSTS,
		 off = (master + 3) % N_HOSTS;
	unsigned jumps = g->n_jumps, rest = group_mask(g, 1U << bad);

	group_run(g, 20.0);
	size_t from = g->n_samples;

	group_run(g, QUIET_S);
	int64_t before = group_quantile(g, from, 1.0, GROUP_ALL);

	assert_int_equal(revoke_by(g, a, bad, 0), 1); /* one host alone may lie */
	assert_int_equal(host_stop(&g->host[off], SIGTERM), 0);
	group_run(g, 2.0);
	from = g->n_samples;
	assert_int_equal(revoke_by(g, master, bad, N_HOSTS - 3), 0);
	host_start(&g->host[off]); /* it was off when it was said */
	wait_until(g, is_refused, (&(struct pair){off, bad}));
	wait_until(g, are_members, &rest);
	group_run(g, QUIET_S);
	unsigned calm = rest & ~(1U << off);

	print_message("largest pair error: %.1f us in %.0f s before, %.1f us of the others after\n",
		      us_of(before), QUIET_S, us_of(group_quantile(g, from, 1.0, calm)));
	assert_together(g, from, calm);
	assert_bounds_hold(g, rest);
	assert_int_equal(g->n_jumps, jumps);
	assert_int_equal(status_int(&g->host[master], "n_table"), N_HOSTS - 1);
	assert_int_equal(status_int(&g->host[master], "n_alive"), N_HOSTS - 1);
}

static void it_lasts_and_is_taken_back(struct group *g)
{
	unsigned bad = 0, who[2], n = 0;
	char out[1024];

	for (unsigned i = 0; i < g->n; i++) {
		unsigned other = (i + 1) % N_HOSTS;

		bad = trusts(g, other, i, "revoked") ? i : bad;
	}
	for (unsigned i = 0; i < g->n; i++) {
		if (i != bad && n < 2) {
			who[n++] = i;
		}
	}
	assert_int_equal(host_stop(&g->host[who[0]], SIGKILL) & 0x7f, SIGKILL);
	host_start(&g->host[who[0]]);
	wait_until(g, is_refused, (&(struct pair){who[0], bad}));
	for (unsigned k = 0; k < 2; k++) {
		assert_int_equal(host_berkctl(&g->host[who[k]], out, sizeof(out), "revoke",
					      "--undo", public_key[bad], NULL),
				 0);
	}
	wait_until(g, are_members, (&(unsigned){(1U << N_HOSTS) - 1}));
}

static void one_of_the_masters_revokes_a_host_for_all(struct group *g)
{
	unsigned master = master_of(g);
	unsigned second = (master + 1) % N_HOSTS, bad = (master + 2) % N_HOSTS;
	char out[1024], more[256];

	snprintf(more, sizeof(more), "masters = %s %s\n", public_key[master], public_key[second]);
	for (unsigned i = 0; i < g->n; i++) {
		configure(&g->host[i], more);
		assert_int_equal(host_berkctl(&g->host[i], out, sizeof(out), "reload", NULL), 0);
	}
	group_run(g, 2.0);
	assert_int_equal(revoke_by(g, second, bad, N_HOSTS - 2), 0);
	wait_until(g, are_members, (&(unsigned){group_mask(g, 1U << bad)}));
	group_run(g, 5.0);
	assert_int_equal(status_int(&g->host[master], "n_alive"), N_HOSTS - 1);
	assert_true(host_logged(&g->host[master], "its key is revoked"));
	wait_until(g, group_all_are_well, (&(unsigned){group_mask(g, 1U << bad)}));
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = N_HOSTS,
					       .prepare = prepare,
					       .start = true,
					       .settled = GROUP_ALL};
	static const struct test tests[] = {
		TEST(the_first_list_shuts_nobody_out_unawares),
		TEST(who_is_unpinned_is_out_until_it_is_pinned),
		TEST(two_of_five_revoke_one_and_clocks_notice_nothing),
		TEST(it_lasts_and_is_taken_back),
		TEST(one_of_the_masters_revokes_a_host_for_all),
	};

	return RUN_TESTS(&fixture, tests);
}
