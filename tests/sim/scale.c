/* scale.c - thousands of nodes in one process: groups as large as a table allows, side by side. */
#include "tests/sim/command.h"
#include "tests/sim/options.h"
#include "tests/world/check.h"
#include "tests/world/world.h"

#include <inttypes.h>
#include <stdio.h>

#define GROUP_MAX NODE_PEERS_MAX /* the master itself is not in its table */
#define TABLE_MIN 8

struct setup {
	unsigned n, group, electable;
	double seconds, boot_s;
	uint64_t seed;
};

static struct world *world_of_setup(const struct setup *s)
{
	struct net net;

	(void)net_named("lan", &net);
	struct world *w = world_new(s->seed, s->n, s->group, s->electable, &net,
				    s->group < TABLE_MIN ? TABLE_MIN : s->group);

	w->scenario.script = world_boot_script;
	check_init(w);
	for (unsigned i = 0; i < s->n; i++) {
		world_draw_clock(w, i, 50 * NS_PER_MS, 48e-6);
		w->host[i].clock.wander = 1e-9;
		w->host[i].clock.limit = 95e-6;
		world_at(w, (int64_t)(rng_unit(&w->rng) * s->boot_s * 1e9), i);
	}
	return w;
}

/* Does each group have one master, and is each host synced? */
static bool print_groups(const struct setup *s, const struct world *w)
{
	unsigned groups = (s->n + s->group - 1) / s->group, following = 0, masters = 0;

	for (unsigned i = 0; i < s->n; i++) {
		struct node_status st = world_status(w, i);

		following += st.synced;
		masters += st.role == ROLE_MASTER;
	}
	printf("%u nodes in %u groups, %.0f s: %u masters, %u synced, spread of the first group "
	       "%.1f us, %" PRIu64 " events, hash %016" PRIx64 "\n",
	       s->n, groups, s->seconds, masters, following, (double)world_spread(w) / 1e3,
	       w->n_events, w->hash);
	if (w->failed) {
		printf("BROKEN at %.9f s: %s\n  replay: berksim scale --nodes %u --group %u "
		       "--seconds %.0f --seed %" PRIu64 "\n",
		       (double)w->now / 1e9, w->failure, s->n, s->group, s->seconds, s->seed);
	}
	return !w->failed && masters == groups && following == s->n;
}

int cmd_scale(int argc, char **argv)
{
	struct setup s = {
		.n = 2000, .group = 500, .electable = 4, .seconds = 60, .boot_s = 5, .seed = 1};
	int status;
	const struct sim_option options[] = {
		{"nodes", "N", "in all", 2, 20000, .number = &s.n},
		{"group", "G", "in one group", 2, GROUP_MAX, .number = &s.group},
		{"electable", "E", "so many of each group may be master", 1, GROUP_MAX,
		 .number = &s.electable},
		{"boot", "S", "all come up within", 0, 1e6, .real = &s.boot_s},
		{"seconds", "S", "simulated", 10, 1e6, .real = &s.seconds},
		{"seed", "K", "of the run", .seed = &s.seed},
	};

	if (!options_take("Groups of many nodes; the first of each may be master and have large "
			  "tables.\nAll know the first 16 of their group and must find the others.",
			  options, N_OPTIONS(options), argc, argv, &status)) {
		return status;
	}
	printf("seed %" PRIu64 "\n", s.seed);
	struct world *w = world_of_setup(&s);

	world_run(w, (int64_t)(s.seconds * 1e9));
	bool good = print_groups(&s, w);

	check_fini(w);
	world_free(w);
	return good ? EXIT_HELD : EXIT_BROKE;
}
