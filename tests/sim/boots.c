/* boots.c - the first hour of a real site: sites are drawn (boots_site.c) and looked at
 * (boots_rules.c). */
#include "tests/sim/boots.h"
#include "tests/sim/command.h"
#include "tests/sim/jobs.h"
#include "tests/sim/options.h"
#include "tests/world/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define SHOWN 5 /* seeds of a rule that is broken */

struct order_of_run {
	unsigned nodes;
	uint64_t seed;
	unsigned count;
	unsigned verbose;
};

/* All zero, as of a run that did not come to its end: it did not hold. */
struct verdict {
	bool ended, held;
	uint16_t broken; /* bit r: rule r */
	uint16_t n_hosts, seconds;
	unsigned features;
};

static void print_replay(const struct order_of_run *o, uint64_t seed)
{
	printf("  replay: berksim boots --seed %" PRIu64, seed);
	if (o->nodes) {
		printf(" --nodes %u", o->nodes);
	}
	printf(" -v\n");
}

static void print_verdict(const struct order_of_run *o, uint64_t seed, const struct world *w)
{
	if (w->failed) {
		printf("seed %" PRIu64 ": BROKEN at %.9f s: %s\n", seed, (double)w->now / 1e9,
		       w->failure);
		print_replay(o, seed);
	} else if (o->count == 1) {
		printf("seed %" PRIu64 ": held, %" PRIu64 " events, hash %016" PRIx64 "\n", seed,
		       w->n_events, w->hash);
	}
	if (w->verbose) {
		world_describe(w);
	}
}

static void run_seed(void *user, unsigned k, void *result)
{
	const struct order_of_run *o = user;
	uint64_t seed = o->seed + k;
	struct boots b = {.features = 0};
	struct world *w = boots_site(seed, o->nodes, &b);
	struct verdict v = {.ended = true, .n_hosts = (uint16_t)w->n, .features = b.features};

	w->verbose = o->verbose;
	if (w->verbose) {
		boots_site_print(w);
	}
	world_run(w, b.end);
	boots_rules_end(w);
	v.held = !w->failed;
	if (!v.held || o->verbose || o->count == 1) {
		print_verdict(o, seed, w);
	}
	for (unsigned r = 0; r < N_RULES; r++) {
		v.broken |= (uint16_t)(b.failed[r] ? 1U << r : 0);
	}
	v.seconds = (uint16_t)(b.end / NS_PER_S);
	*(struct verdict *)result = v;
	check_fini(w);
	world_free(w);
}

/* --- The sum --- */

/* How much there is to think about at a site. */
static unsigned complexity(const struct verdict *v)
{
	return (unsigned)(8 * __builtin_popcount(v->features)) + v->n_hosts;
}

/* Of those that broke rule @r the simplest that is not simpler than number @last. */
static int next_simplest(const struct verdict *v, unsigned count, unsigned r, int last)
{
	int best = -1;

	for (unsigned i = 0; i < count; i++) {
		unsigned c = complexity(&v[i]);
		bool later = last < 0 || c > complexity(&v[last]) ||
			     (c == complexity(&v[last]) && (int)i > last);

		if (v[i].broken >> r & 1 && later && (best < 0 || c < complexity(&v[best]))) {
			best = (int)i;
		}
	}
	return best;
}

static void print_rule(const struct order_of_run *o, const struct verdict *v, unsigned r)
{
	const struct rule_info *rule = boots_rule((enum rule)r);
	unsigned n = 0;
	int k = -1;

	for (unsigned i = 0; i < o->count; i++) {
		n += v[i].broken >> r & 1;
	}
	if (n == 0) {
		return;
	}
	printf("broken: %s: %s; in %u of %u seeds\n", rule->name, rule->text, n, o->count);
	for (unsigned shown = 0; shown < SHOWN; shown++) {
		k = next_simplest(v, o->count, r, k);
		if (k < 0) {
			return;
		}
		printf("    --seed %-6" PRIu64 " %u hosts", o->seed + (unsigned)k, v[k].n_hosts);
		for (unsigned f = 0; f < N_FEATURES; f++) {
			if (v[k].features >> f & 1) {
				printf(" [%s]", boots_feature_name((enum feature)f));
			}
		}
		printf("\n");
	}
}

/* Did all hold? */
static bool sum_up(const struct order_of_run *o, const struct verdict *v, double took_s)
{
	unsigned held = 0;
	double seconds = 0;

	for (unsigned i = 0; i < o->count; i++) {
		held += v[i].held;
		seconds += v[i].seconds;
		if (!v[i].ended) {
			printf("seed %" PRIu64 ": NOT RUN to its end, its process died\n",
			       o->seed + i);
		}
	}
	for (unsigned r = 0; r < N_RULES; r++) {
		print_rule(o, v, r);
	}
	printf("%u of %u seeds held, %.0f s simulated in each; %.1f seeds per second of a core\n",
	       held, o->count, seconds / o->count, o->count / took_s);
	return held == o->count;
}

/* Of the processor, by the processes of jobs_run(). */
static double used_s(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_CHILDREN, &u);
	return (double)u.ru_utime.tv_sec + 1e-6 * (double)u.ru_utime.tv_usec;
}

int cmd_boots(int argc, char **argv)
{
	struct order_of_run o = {.seed = 1, .count = 1};
	unsigned jobs = 1;
	int status;
	const struct sim_option options[] = {
		{"nodes", "N", "hosts; 0: 2 to 9, drawn", 0, BOOTS_HOSTS_MAX, .number = &o.nodes},
		{"seed", "K", "of the first run", .seed = &o.seed},
		{"seeds", "COUNT", "runs, with seeds K, K + 1, ...", 1, 1000000,
		 .number = &o.count},
		{"jobs", "J", "processes", 1, 64, .number = &jobs},
		{"verbose", NULL, "or -v: tell what happens; -vv: debug notices too",
		 .count = &o.verbose},
	};

	if (!options_take("The first hour of a site: clocks without a battery, late links and "
			  "names, wrong keys, clones,\nlost disks; nobody may claim what it cannot "
			  "know.",
			  options, N_OPTIONS(options), argc, argv, &status)) {
		return status;
	}
	struct verdict *v = calloc(o.count, sizeof(*v));

	if (!v) {
		abort();
	}
	printf("seed %" PRIu64 "\n", o.seed);
	bool ended = jobs_run(jobs, o.count, run_seed, &o, v, sizeof(*v));
	bool held = sum_up(&o, v, used_s());

	free(v);
	return ended && held ? EXIT_HELD : EXIT_BROKE;
}
