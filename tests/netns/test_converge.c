/* test_converge.c - five real daemons bring five clocks together and keep them there. */
#include "netns/lib/fixture.h"

static void five_clocks_come_together(struct group *g)
{
	wait_until(g, group_is_settled, NULL);
	print_message("below 1 ms after %.1f s\n", group_below(g, 0, NS_PER_MS, GROUP_ALL));
	size_t from = g->n_samples;

	wait_rounds(g, GROUP_ALL, 3);
	assert_together(g, from, GROUP_ALL);
}

/* How far apart the oscillators alone would have taken the clocks since sample @from. */
static int64_t drift_since(const struct group *g, size_t from)
{
	double lo = g->host[0].freq_ppm, hi = lo;

	for (unsigned i = 1; i < g->n; i++) {
		lo = g->host[i].freq_ppm < lo ? g->host[i].freq_ppm : lo;
		hi = g->host[i].freq_ppm > hi ? g->host[i].freq_ppm : hi;
	}
	double passed_s = g->sample[g->n_samples - 1].at_s - g->sample[from].at_s;
	return ns_from_double((hi - lo) * passed_s * (double)NS_PER_US);
}

static void settled_clocks_do_not_drift_apart_and_never_jump(struct group *g)
{
	unsigned jumps = g->n_jumps;
	size_t from = g->n_samples;

	wait_rounds(g, GROUP_ALL, 20);
	int64_t p50 = group_quantile(g, from, 0.5, GROUP_ALL), free_ns = drift_since(g, from);

	print_message("pair error p50 %.1f us, p99 %.1f us; without berkd %.0f us by now\n",
		      us_of(p50), us_of(group_quantile(g, from, 0.99, GROUP_ALL)), us_of(free_ns));
	assert_true(p50 < free_ns / 4);
	assert_int_equal(g->n_jumps, jumps);
}

static void published_bounds_hold_for_every_pair(struct group *g)
{
	for (unsigned i = 0; i < 5; i++) {
		wait_rounds(g, GROUP_ALL, 1);
		assert_bounds_hold(g, GROUP_ALL);
	}
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = 5, .start = true};
	static const struct test tests[] = {
		TEST(five_clocks_come_together),
		TEST(settled_clocks_do_not_drift_apart_and_never_jump),
		TEST(published_bounds_hold_for_every_pair),
	};

	return RUN_TESTS(&fixture, tests);
}
