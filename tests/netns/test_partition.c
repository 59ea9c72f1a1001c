/* test_partition.c - two of five are cut off, the master among them; both sides go on, and become
 * one again without a step. */
#include "netns/lib/test.h"

#define OTHER_BRIDGE "br1"

static struct group group;
static unsigned small_side, large_side;

static void plug(unsigned side, const char *bridge)
{
	char port[16];

	for (unsigned i = 0; i < group.n; i++) {
		if (side & 1U << i) {
			snprintf(port, sizeof(port), "h%u", i + 1);
			net_plug(&group.hub, port, NULL);
			net_plug(&group.hub, port, bridge);
		}
	}
}

/* Each side has one master of its own, whom its hosts follow. */
static bool both_go_on(struct group *g, void *arg)
{
	(void)arg;
	return group_master(g, small_side) >= 0 && group_master(g, large_side) >= 0;
}

static void each_side_of_a_partition_goes_on(void **state)
{
	unsigned jumps = group.n_jumps;

	(void)state;
	int master = group_master(&group, GROUP_ALL);
	assert_true(master >= 0);
	small_side = 1U << master | 1U << (master + 1) % 5;
	large_side = group_mask(&group, small_side);
	net_bridge(&group.hub, OTHER_BRIDGE);
	plug(small_side, OTHER_BRIDGE);

	assert_true(group_until(&group, 20, both_go_on, NULL));
	size_t from = group.n_samples;
	group_run(&group, 10);
	assert_true(both_go_on(&group, NULL));
	assert_int_equal(group_master(&group, small_side), master);
	print_message("apart: small side %.1f us, large side %.1f us, both %.1f us\n",
		      test_us(group_quantile(&group, from, 0.5, small_side)),
		      test_us(group_quantile(&group, from, 0.5, large_side)),
		      test_us(group_quantile(&group, from, 0.5, GROUP_ALL)));
	assert_true(group_quantile(&group, from, 0.9, small_side) < NS_PER_MS);
	assert_true(group_quantile(&group, from, 0.9, large_side) < NS_PER_MS);
	assert_int_equal(group.n_jumps, jumps);
}

static void healing_brings_one_group_without_a_step(void **state)
{
	unsigned jumps = group.n_jumps;
	uint64_t steps[GROUP_MAX] = {0};

	(void)state;
	for (unsigned i = 0; i < group.n; i++) {
		steps[i] = host_steps(&group.host[i]);
	}
	plug(small_side, HUB_BRIDGE);
	net_delete(&group.hub, OTHER_BRIDGE);
	assert_true(group_until(&group, 40, group_is_settled, NULL));
	int master = group_master(&group, GROUP_ALL);
	assert_true(large_side & 1U << master); /* the smaller side joins the larger */
	size_t from = group.n_samples;
	group_run(&group, 10);
	assert_int_equal(group_master(&group, GROUP_ALL), master);
	assert_true(group_quantile(&group, from, 0.9, GROUP_ALL) < NS_PER_MS);
	assert_int_equal(group.n_jumps, jumps);
	for (unsigned i = 0; i < group.n; i++) {
		assert_int_equal(host_steps(&group.host[i]), steps[i]);
	}
}

static int settle(void **state)
{
	(void)state;
	group_init(&group, 5);
	group_start(&group);
	if (!group_until(&group, 40, group_is_settled, NULL)) {
		return -1;
	}
	group_run(&group, 3);
	return 0;
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
		cmocka_unit_test(each_side_of_a_partition_goes_on),
		cmocka_unit_test(healing_brings_one_group_without_a_step),
	};

	sandbox_enter(160);
	return cmocka_run_group_tests(tests, settle, take_down);
}
