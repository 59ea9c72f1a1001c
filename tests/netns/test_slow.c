/* test_slow.c - a member whose disk stands still answers all polls and berkctl, also while it keeps
 * a new term. */
#include "netns/lib/fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_HOSTS	  3
#define STANDS_S  5.0
#define ELECTED_S 20.0

static unsigned slow;

static void prepare(struct group *g)
{
	for (unsigned i = 0; i < g->n; i++) {
		g->host[i].program = BERKD_SLOW_PATH;
	}
}

static void set_slow(const struct host *h, bool on)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/slow", h->dir);
	if (!on) {
		assert_int_equal(unlink(path), 0);
		return;
	}
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fclose(f), 0);
}

/* The term in its file; 0: none. */
static unsigned long long term_on_disk(const struct host *h)
{
	unsigned long long term = 0;
	char path[128];

	snprintf(path, sizeof(path), "%s/state/term", h->dir);
	FILE *f = fopen(path, "re");

	if (f) {
		(void)!fscanf(f, "%llu", &term);
		(void)fclose(f);
	}
	return term;
}

static bool another_leads(struct group *g, void *arg)
{
	int master = group_master(g, GROUP_ALL);

	return master >= 0 && master != *(const int *)arg;
}

static bool all_are_alive(struct group *g, void *arg)
{
	int master = group_master(g, GROUP_ALL);

	return !arg && master >= 0 && status_int(&g->host[master], "n_alive") == (int)g->n;
}

static bool term_is_new(struct group *g, void *arg)
{
	return term_on_disk(&g->host[slow]) > *(const unsigned long long *)arg;
}

static void new_term_is_written_beside_the_loop(struct group *g)
{
	int master = group_master(g, GROUP_ALL), deputy = group_deputy(g, GROUP_ALL);
	char out[512], to[16];

	assert_true(master >= 0 && deputy >= 0);
	snprintf(to, sizeof(to), "host%d", deputy + 1);
	slow = (unsigned)(N_HOSTS - master - deputy);
	const struct host *h = &g->host[slow];
	unsigned long long before = term_on_disk(h);

	assert_true(before > 0);
	set_slow(h, true);
	/* On a machine that is loaded an election may go astray. */
	for (unsigned k = 0; k < ATTEMPTS && !another_leads(g, &master); k++) {
		(void)host_berkctl(&g->host[master], out, sizeof(out), "transfer", to, NULL);
		(void)group_until(g, ELECTED_S, another_leads, &master);
	}
	wait_until(g, another_leads, &master); /* the slow one follows it, too */
	wait_until(g, all_are_alive, NULL);    /* it has answered a poll of that one */
	int leads = group_master(g, GROUP_ALL);
	int64_t n_rx = status_int(h, "n_rx"), n_tx = status_int(h, "n_tx"), worst_ns = 0;
	unsigned answered = 0;

	for (double s = 0; s < STANDS_S; s += 0.2) {
		int64_t asked_ns = truth_now();

		assert_true(status_int(h, "poll_ns") > 0);
		worst_ns = ns_max(worst_ns, truth_now() - asked_ns);
		answered++;
		assert_int_equal(status_int(&g->host[leads], "n_alive"), N_HOSTS);
		group_run(g, 0.2);
	}
	n_rx = status_int(h, "n_rx") - n_rx;
	n_tx = status_int(h, "n_tx") - n_tx;
	assert_int_equal(term_on_disk(h), before);
	assert_true(n_tx > 1);
	assert_false(host_logged(&g->host[leads], "is silent"));
	assert_bounds_hold(g, GROUP_ALL);
	print_message("while its disk stood for %.0f s: %lld packets in, %lld out; berkctl was "
		      "answered %u times, at the latest within %.0f ms\n",
		      STANDS_S, (long long)n_rx, (long long)n_tx, answered, us_of(worst_ns) / 1000);
	set_slow(h, false);
	wait_until(g, term_is_new, &before);
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = N_HOSTS,
					       .prepare = prepare,
					       .start = true,
					       .settled = GROUP_ALL};
	static const struct test tests[] = {
		TEST(new_term_is_written_beside_the_loop),
	};

	return RUN_TESTS(&fixture, tests);
}
