/* test_failover.c - the master is killed; the deputy goes on and nobody's clock jumps.  How soon
 * the deputy goes on is asserted in simulated time, by tests/unit/test_node. */
#include "netns/lib/fixture.h"

#include <signal.h>
#include <string.h>

static int old_master, new_master;
static int64_t old_term;

/* The master is killed; the others go on without a jump.  Is it their deputy that leads? */
static bool deputy_takes_over(struct group *g)
{
	unsigned jumps = g->n_jumps;

	old_master = group_master(g, GROUP_ALL);
	new_master = group_deputy(g, GROUP_ALL);
	assert_true(old_master >= 0 && new_master >= 0);
	int deputy = new_master;

	old_term = status_int(&g->host[old_master], "term");
	unsigned survivors = group_mask(g, 1U << old_master);
	size_t killed = g->n_samples;

	host_stop(&g->host[old_master], SIGKILL);
	wait_until(g, group_is_settled, &survivors);
	new_master = group_master(g, survivors);
	assert_true(new_master >= 0);
	assert_true(status_int(&g->host[new_master], "term") > old_term);
	wait_rounds(g, survivors, 5); /* corrections of the new term are applied */
	assert_bounds_hold(g, survivors);
	assert_together(g, killed, survivors);
	assert_int_equal(g->n_jumps, jumps);
	return new_master == deputy;
}

/* A deputy whose disk stands still while it keeps the term is overtaken by the next one. */
static void deputy_takes_over_after_the_masters_death_without_a_jump(struct group *g)
{
	unsigned n = 1;

	while (!deputy_takes_over(g)) {
		assert_true(n++ < ATTEMPTS);
		host_start(&g->host[old_master]);
		wait_until(g, group_is_settled, NULL);
	}
}

static void old_master_returns_as_a_member(struct group *g)
{
	struct host *h = &g->host[old_master];
	char role[ASK_TEXT_MAX];

	host_start(h);
	wait_until(g, group_is_settled, NULL);
	assert_int_equal(group_master(g, GROUP_ALL), new_master);
	assert_string_not_equal(status_text(h, "role", role), "master");
	assert_true(status_int(h, "term") > old_term);
}

/* A transfer is over when another host is master. */
static bool another_leads(struct group *g, void *arg)
{
	int master = group_master(g, GROUP_ALL);

	return master >= 0 && master != *(const int *)arg;
}

static void transfer_by_order_makes_the_deputy_master_without_a_jump(struct group *g)
{
	unsigned jumps = g->n_jumps;
	int deputy = group_deputy(g, GROUP_ALL);
	char out[512];

	assert_true(deputy >= 0);
	assert_int_equal(host_berkctl(&g->host[new_master], out, sizeof(out), "transfer", NULL), 0);
	wait_until(g, another_leads, &new_master);
	wait_until(g, group_is_settled, NULL);
	assert_int_equal(group_master(g, GROUP_ALL), deputy);
	assert_int_equal(g->n_jumps, jumps);
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = 5, .start = true, .settled = GROUP_ALL};
	static const struct test tests[] = {
		TEST(deputy_takes_over_after_the_masters_death_without_a_jump),
		TEST(old_master_returns_as_a_member),
		TEST(transfer_by_order_makes_the_deputy_master_without_a_jump),
	};

	return RUN_TESTS(&fixture, tests);
}
