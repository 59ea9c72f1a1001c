/* scale.c - thousands of nodes in one process: groups as large as a table allows, side by side. */
#include "tests/sim/command.h"
#include "tests/world/check.h"
#include "tests/world/world.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define GROUP_MAX NODE_PEERS_MAX /* the master itself is not in its table */
#define ELECTABLE 4		 /* unless told */
#define BOOT_S	  5.0		 /* all come up within, unless told */

static const char usage_text[] = "Usage: berksim scale [OPTION]...\n"
				 "Groups of many nodes; the first of each may be master and have "
				 "large tables.  All know the\n"
				 "first 16 of their group and must find the others.\n\n"
				 "  --nodes N    in all, 2 .. 20000 [2000]\n"
				 "  --group G    in one group, 2 .. 512 [500]\n"
				 "  --electable E  so many of each group may be master [4]\n"
				 "  --boot S     all come up within [5]\n"
				 "  --seconds S  simulated, at least 10 [60]\n"
				 "  --seed K     [1]\n";

int cmd_scale(int argc, char **argv)
{
	static const struct option opts[] = {{"nodes", 1, NULL, 'n'},	  {"group", 1, NULL, 'g'},
					     {"electable", 1, NULL, 'e'}, {"boot", 1, NULL, 'b'},
					     {"seconds", 1, NULL, 's'},	  {"seed", 1, NULL, 'k'},
					     {"help", 0, NULL, 'h'},	  {NULL, 0, NULL, 0}};
	unsigned n = 2000, group = 500, electable = ELECTABLE, following = 0, masters = 0;
	double seconds = 60, boot_s = BOOT_S;
	uint64_t seed = 1;
	bool good = true;
	struct net net;
	int c;

	while (good && (c = getopt_long(argc, argv, "h", opts, NULL)) != -1) {
		good = c == 'n'	  ? arg_unsigned("nodes", optarg, 2, 20000, &n)
		       : c == 'g' ? arg_unsigned("group", optarg, 2, GROUP_MAX, &group)
		       : c == 'e' ? arg_unsigned("electable", optarg, 1, GROUP_MAX, &electable)
		       : c == 'b' ? arg_number("boot", optarg, 0, 1e6, &boot_s)
		       : c == 's' ? arg_number("seconds", optarg, 10, 1e6, &seconds)
		       : c == 'k' ? arg_seed("seed", optarg, &seed)
				  : false;
		if (c == 'h') {
			return usage(usage_text, true);
		}
	}
	if (!good || optind != argc) {
		return usage(usage_text, false);
	}
	printf("seed %" PRIu64 "\n", seed);
	(void)net_named("lan", &net);
	struct world *w = world_new(seed, n, group, electable, &net, group < 8 ? 8 : group);

	w->scenario.script = world_boot_script;
	check_init(w);
	for (unsigned i = 0; i < n; i++) {
		world_draw_clock(w, i, 50 * NS_PER_MS, 48e-6);
		w->host[i].clock.wander = 1e-9;
		w->host[i].clock.limit = 95e-6;
		world_at(w, (int64_t)(rng_unit(&w->rng) * boot_s * 1e9), i);
	}
	world_run(w, (int64_t)(seconds * 1e9));
	for (unsigned i = 0; i < n; i++) {
		struct node_status st = world_status(w, i);

		following += st.synced;
		masters += st.role == ROLE_MASTER;
	}
	unsigned groups = (n + group - 1) / group;

	good = !w->failed && masters == groups && following == n;
	printf("%u nodes in %u groups, %.0f s: %u masters, %u synced, spread of the first group "
	       "%.1f "
	       "us, %" PRIu64 " events, hash %016" PRIx64 "\n",
	       n, groups, seconds, masters, following, (double)world_spread(w) / 1e3, w->n_events,
	       w->hash);
	if (w->failed) {
		printf("BROKEN at %.9f s: %s\n  replay: berksim scale --nodes %u --group %u "
		       "--seconds %.0f --seed %" PRIu64 "\n",
		       (double)w->now / 1e9, w->failure, n, group, seconds, seed);
	}
	check_fini(w);
	world_free(w);
	return good ? EXIT_HELD : EXIT_BROKE;
}
