/* test_partition.c - two of five are cut off, the master among them; both sides go on, and become
 * one again without a step.  While they are apart the smaller side is well in no sample. */
#include "netns/lib/fixture.h"

#define OTHER_BRIDGE "br1"

static unsigned small_side, large_side;

static void plug_side(struct group *g, unsigned side, const char *bridge)
{
	char port[16];

	for (unsigned i = 0; i < g->n; i++) {
		if (side & 1U << i) {
			snprintf(port, sizeof(port), "h%u", i + 1);
			net_plug(&g->hub, port, NULL);
			net_plug(&g->hub, port, bridge);
		}
	}
}

/* Each side has one master of its own, whom its hosts follow. */
static bool both_go_on(struct group *g, void *arg)
{
	(void)arg;
	return group_master(g, small_side) >= 0 && group_master(g, large_side) >= 0;
}

static void each_side_of_a_partition_goes_on(struct group *g)
{
	unsigned jumps = g->n_jumps;
	int master = group_master(g, GROUP_ALL);

	assert_true(master >= 0);
	small_side = 1U << master | 1U << (master + 1) % 5;
	large_side = group_mask(g, small_side);
	net_bridge(&g->hub, OTHER_BRIDGE);
	plug_side(g, small_side, OTHER_BRIDGE);

	wait_until(g, both_go_on, NULL);
	size_t from = g->n_samples;
	wait_rounds(g, GROUP_ALL, 10);
	wait_until(g, group_none_is_well, &small_side);
	assert_never(g, 5, group_any_is_well, &small_side);
	assert_true(both_go_on(g, NULL));
	assert_int_equal(group_master(g, small_side), master);
	assert_bounds_hold(g, small_side);
	assert_bounds_hold(g, large_side);
	assert_together(g, from, small_side);
	assert_together(g, from, large_side);
	assert_int_equal(g->n_jumps, jumps);
}

static void healing_brings_one_group_without_a_step(struct group *g)
{
	unsigned jumps = g->n_jumps;

	plug_side(g, small_side, HUB_BRIDGE);
	net_delete(&g->hub, OTHER_BRIDGE);
	wait_until(g, group_is_settled, NULL);
	int master = group_master(g, GROUP_ALL);
	size_t from = g->n_samples;

	assert_true(large_side & 1U << master); /* the smaller side joins the larger */
	wait_rounds(g, GROUP_ALL, 10);
	assert_int_equal(group_master(g, GROUP_ALL), master);
	assert_bounds_hold(g, GROUP_ALL);
	assert_together(g, from, GROUP_ALL);
	assert_int_equal(g->n_jumps, jumps);
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = 5, .start = true, .settled = GROUP_ALL};
	static const struct test tests[] = {
		TEST(each_side_of_a_partition_goes_on),
		TEST(healing_brings_one_group_without_a_step),
	};

	return RUN_TESTS(&fixture, tests);
}
