/* bench.c - how close five real daemons keep five clocks (`make bench-netns`).  It prints one
 * line of figures and the load of the machine, because a busy machine makes the figures worse. */
#include "berk/time.h"
#include "netns/lib/group.h"
#include "netns/lib/sandbox.h"

#include <stdio.h>
#include <stdlib.h>

#define N_HOSTS	   5
#define CONVERGE_S 30.0

int main(int argc, char **argv)
{
	double measure_s = argc > 1 ? atof(argv[1]) : 300, load[2] = {-1, -1};
	struct group g;

	sandbox_enter((unsigned)measure_s + 120);
	getloadavg(&load[0], 1);
	group_init(&g, N_HOSTS);
	group_start(&g);
	group_run(&g, CONVERGE_S);
	double below_1ms_s = group_below(&g, 0, NS_PER_MS, GROUP_ALL);
	size_t from = g.n_samples;
	group_run(&g, measure_s);
	getloadavg(&load[1], 1);

	printf("netns: %u hosts, +-0.5 s, +-50 ppm, poll 1 s: below 1 ms after %.1f s; over %.0f s "
	       "pair error p50 %.1f us, p99 %.1f us, max %.1f us; load %.2f before, %.2f after\n",
	       g.n, below_1ms_s, measure_s, us_of(group_quantile(&g, from, 0.5, GROUP_ALL)),
	       us_of(group_quantile(&g, from, 0.99, GROUP_ALL)),
	       us_of(group_quantile(&g, from, 1, GROUP_ALL)), load[0], load[1]);
	group_fini(&g);
	return below_1ms_s < 0;
}
