/* test_failover.c - the master is killed; the deputy goes on at once and nobody's clock jumps. */
#include "netns/lib/test.h"

#include <string.h>

#define POLLS_MAX 3 /* of 1 s */

static struct group group;
static int old_master, new_master;
static int64_t old_term;

struct taken_over {
	unsigned survivors;
	int64_t n_corrections[GROUP_MAX]; /* at the kill */
};

/* Some member of the new term has applied a correction since the kill. */
static bool a_member_was_corrected(struct group *g, void *arg)
{
	const struct taken_over *t = arg;

	for (unsigned i = 0; i < g->n; i++) {
		const struct host *h = &g->host[i];
		char role[64];

		if (t->survivors & 1U << i && status_int(h, "term") > old_term &&
		    strcmp(status_text(h, "role", role), "master") != 0 &&
		    status_int(h, "n_corrections") > t->n_corrections[i]) {
			return true;
		}
	}
	return false;
}

static void deputy_corrects_within_three_polls_of_the_masters_death(void **state)
{
	struct taken_over t = {0};
	unsigned jumps = group.n_jumps;
	uint64_t steps[GROUP_MAX] = {0};

	(void)state;
	old_master = group_master(&group, GROUP_ALL);
	new_master = group_deputy(&group, GROUP_ALL);
	assert_true(old_master >= 0 && new_master >= 0);
	t.survivors = group_mask(&group, 1U << old_master);
	old_term = status_int(&group.host[old_master], "term");
	for (unsigned i = 0; i < group.n; i++) {
		t.n_corrections[i] = status_int(&group.host[i], "n_corrections");
		steps[i] = host_steps(&group.host[i]);
	}

	size_t killed = group.n_samples;
	host_stop(&group.host[old_master], SIGKILL);
	int64_t killed_at = truth_now();
	assert_true(group_until(&group, 20, a_member_was_corrected, &t));
	double took_s = (double)(truth_now() - killed_at) / (double)NS_PER_S;
	print_message("first correction of the new term %.1f s after the kill\n", took_s);
	assert_true(took_s <= POLLS_MAX + 1); /* we look every half second, twice */

	assert_true(group_until(&group, 10, group_is_settled, &t.survivors));
	assert_int_equal(group_master(&group, t.survivors), new_master);
	assert_true(status_int(&group.host[new_master], "term") > old_term);
	group_run(&group, 5);
	assert_int_equal(group.n_jumps, jumps);
	for (unsigned i = 0; i < group.n; i++) {
		assert_int_equal(host_steps(&group.host[i]), steps[i]);
	}
	print_message("worst pair error since the kill %.1f us\n",
		      test_us(group_quantile(&group, killed, 1, t.survivors)));
	assert_true(group_quantile(&group, killed, 1, t.survivors) < NS_PER_MS);
}

static void old_master_returns_as_a_member(void **state)
{
	struct host *h = &group.host[old_master];
	char role[64];

	(void)state;
	host_start(h);
	assert_true(group_until(&group, 30, group_is_settled, NULL));
	assert_int_equal(group_master(&group, GROUP_ALL), new_master);
	assert_string_not_equal(status_text(h, "role", role), "master");
	assert_true(status_int(h, "term") > old_term);
}

static void transfer_by_order_makes_the_deputy_master_without_a_jump(void **state)
{
	unsigned jumps = group.n_jumps;
	char out[512];

	(void)state;
	int deputy = group_deputy(&group, GROUP_ALL);
	assert_true(deputy >= 0);
	assert_int_equal(host_berkctl(&group.host[new_master], out, sizeof(out), "transfer", NULL),
			 0);
	assert_true(group_until(&group, 10, group_is_settled, NULL));
	assert_int_equal(group_master(&group, GROUP_ALL), deputy);
	assert_int_equal(group.n_jumps, jumps);
}

static int settle(void **state)
{
	(void)state;
	group_init(&group, 5);
	group_start(&group);
	if (!group_until(&group, 40, group_is_settled, NULL)) {
		return -1;
	}
	group_run(&group, 5);
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
		cmocka_unit_test(deputy_corrects_within_three_polls_of_the_masters_death),
		cmocka_unit_test(old_master_returns_as_a_member),
		cmocka_unit_test(transfer_by_order_makes_the_deputy_master_without_a_jump),
	};

	sandbox_enter(150);
	return cmocka_run_group_tests(tests, settle, take_down);
}
