/* faults.c - a group under random trouble, and calm at the end.
 *
 * Trouble comes at random, with short and long pauses; each kind draws its own particulars. CALM_NS
 * before the end all of it is taken back (a liar goes on lying): then the group has HEAL_NS to be
 * one again, and must stay so.  In half of the runs one host is a liar; it is of priority 0, for a
 * lying master is another matter: only the caps on corrections bound it.
 */
#include "tests/sim/faults.h"
#include "tests/sim/command.h"
#include "tests/sim/jobs.h"
#include "tests/sim/options.h"
#include "tests/sim/says.h"
#include "tests/world/check.h"
#include "tests/world/world.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define HEAL_NS	  (60 * NS_PER_S)
/* Spread of a group that is one, beyond half a round trip: that much of asymmetry nobody can
 * see, and a minute may not undo it. */
#define HEALED_NS (2 * NS_PER_MS)
#define QUIET_NS  (20 * NS_PER_S) /* the group meets before the first trouble */
#define CHECK_NS  NS_PER_S	  /* between two questions to berkctl check, of one host */
#define MISSED_NS (30 * NS_PER_S) /* surely more than it takes check to miss a host that is down */

/* --- What happens in a run --- */

static void begin_calm(struct world *w)
{
	if (w->verbose) {
		printf("%14.6f -- calm\n", (double)w->now / 1e9);
	}
	trouble_end_all(w);
	script_at(w, NS_PER_S, DO_LOOK, 0);
}

static void look_for_one_group(struct world *w)
{
	struct faults *f = faults_of(w);

	if (!check_one_group(w, HEALED_NS + w->net.base_ns, f->why, sizeof(f->why))) {
		f->healed = -1;
		if (w->verbose) {
			printf("%14.6f -- not one group: %s\n", (double)w->now / 1e9, f->why);
		}
		if (w->now > f->end - CALM_NS + HEAL_NS) {
			world_fail(w, "5 one group: %s", f->why);
		}
	} else if (f->healed < 0) {
		f->healed = w->now - (f->end - CALM_NS);
	}
	script_at(w, NS_PER_S, DO_LOOK, 0);
}

static void go_on_with_trouble(struct world *w)
{
	if (w->now >= faults_of(w)->end - CALM_NS) {
		return;
	}
	liar_go_on(w);
	trouble_begin(w);
	double mean_ns = rng_below(&w->rng, 8) ? 8e9 : 60e9;

	script_at(w, (int64_t)(rng_exp(&w->rng) * mean_ns), DO_TROUBLE, 0);
}

static void go_on_with_orders(struct world *w)
{
	if (w->now < faults_of(w)->end - CALM_NS) {
		trouble_order(w);
		script_at(w, (int64_t)(rng_exp(&w->rng) * 20e9), DO_ORDER, 0);
	}
}

static void run_script(struct world *w, uint64_t value)
{
	const struct faults *f = faults_of(w);
	unsigned i = (unsigned)value;

	switch ((enum script)(value >> 32)) {
	case DO_BOOT:
		host_boot(w, i);
		break;
	case DO_TROUBLE:
		go_on_with_trouble(w);
		break;
	case DO_ORDER:
		go_on_with_orders(w);
		break;
	case DO_CALM:
		begin_calm(w);
		break;
	case DO_LOOK:
		look_for_one_group(w);
		break;
	case DO_CONTINUE:
		if (w->host[i].boot == f->life_of_stop[i] && !w->host[i].asleep) {
			trouble_end(w, i);
		}
		break;
	case DO_WAKE:
		if (w->host[i].asleep) {
			trouble_end(w, i);
		}
		break;
	}
}

/* --- What check says --- */

/* Which hosts are down, and have been for so long that the others must miss them. */
static uint64_t find_missed(struct world *w)
{
	struct faults *f = faults_of(w);
	uint64_t missed = 0;

	for (unsigned k = 0; k < w->n; k++) {
		int64_t *since = &f->down_since[k];

		*since = w->host[k].up && !w->host[k].asleep ? 0 : *since ? *since : w->now;
		missed |= *since && w->now - *since > MISSED_NS ? UINT64_C(1) << k : 0;
	}
	return missed;
}

/* It asks one host after the other, and makes no event of it: the traces are as without. */
static void ask_check(struct world *w, unsigned host, const struct effect *e)
{
	struct faults *f = faults_of(w);

	(void)host;
	(void)e;
	if (w->now < f->next_check || w->failed) {
		return;
	}
	f->next_check = w->now + CHECK_NS;
	unsigned i = f->n_checks++ % w->n;
	uint64_t missed = find_missed(w) & w->host[i].contacts;

	if (missed && host_runs(&w->host[i]) && !w->host[i].stopped &&
	    says_ok(w, i, w->host[i].contacts)) {
		world_fail(w, "10 check: h%u says OK, and peers %" PRIx64 " are down", i, missed);
	}
}

/* --- A run --- */

static struct world *world_of_run(uint64_t seed, unsigned n, struct faults *f)
{
	struct world *w = weather_new(seed, n);

	w->scenario.script = run_script;
	w->scenario.effect = ask_check;
	w->scenario.user = f;
	check_init(w);
	bool discovery = rng_below(&w->rng, 2);

	for (unsigned i = 0; i < n; i++) {
		script_at(w, weather_draw_host(w, i, discovery), DO_BOOT, i);
	}
	liar_init(w);
	script_at(w, QUIET_NS, DO_TROUBLE, 0);
	if (f->orders) {
		for (unsigned i = 0; i < w->n; i++) {
			w->host[i].config.orders = ORDERS_OF_MEMBERS;
		}
		script_at(w, QUIET_NS, DO_ORDER, 0);
	}
	script_at(w, f->end - CALM_NS, DO_CALM, 0);
	return w;
}

struct order_of_run {
	unsigned nodes;
	double seconds;
	uint64_t seed;
	bool orders;
	unsigned verbose;
};

/* All zero, as of a run that did not come to its end: it did not hold. */
struct verdict {
	bool ended, held;
	double healed_s;
};

static void print_verdict(const struct order_of_run *o, uint64_t seed, const struct world *w,
			  double healed_s)
{
	if (!w->failed) {
		printf("seed %" PRIu64 ": held, one group %.0f s after the last fault, %" PRIu64
		       " events, hash %016" PRIx64 "\n",
		       seed, healed_s, w->n_events, w->hash);
		return;
	}
	printf("seed %" PRIu64 ": BROKEN at %.9f s: %s\n"
	       "  replay: berksim faults --nodes %u --seconds %.0f --seed %" PRIu64 "%s -v\n",
	       seed, (double)w->now / 1e9, w->failure, o->nodes, o->seconds, seed,
	       o->orders ? " --orders" : "");
	if (w->verbose) {
		world_describe(w);
	}
}

static void run_seed(void *user, unsigned k, void *result)
{
	const struct order_of_run *o = user;
	uint64_t seed = o->seed + k;
	struct faults f = {.end = (int64_t)(o->seconds * 1e9), .healed = -1, .orders = o->orders};
	struct world *w = world_of_run(seed, o->nodes, &f);

	w->verbose = o->verbose;
	world_run(w, f.end);
	if (!w->failed && f.healed < 0) {
		world_fail(w, "5 one group: %s", f.why);
	}
	check_all_said(w);
	struct verdict v = {.ended = true, .held = !w->failed, .healed_s = (double)f.healed / 1e9};

	print_verdict(o, seed, w, v.healed_s);
	*(struct verdict *)result = v;
	check_fini(w);
	world_free(w);
}

/* Did all hold? */
static bool sum_up(const struct verdict *v, unsigned count, uint64_t first_seed)
{
	unsigned held = 0;
	double slowest = 0;

	for (unsigned i = 0; i < count; i++) {
		held += v[i].held;
		slowest = fmax(slowest, v[i].healed_s);
		if (!v[i].ended) {
			printf("seed %" PRIu64 ": NOT RUN to its end, its process died\n",
			       first_seed + i);
		}
	}
	printf("%u of %u seeds held; one group again after at most %.0f s\n", held, count, slowest);
	return held == count;
}

int cmd_faults(int argc, char **argv)
{
	struct order_of_run o = {.nodes = 7, .seconds = 3600, .seed = 1};
	unsigned count = 1, jobs = 1;
	int status;
	const struct sim_option options[] = {
		{"nodes", "N", "hosts", 2, HOSTS_MAX, .number = &o.nodes},
		{"seconds", "S", "simulated; the last 180 are calm", 240, 1e6, .real = &o.seconds},
		{"seed", "K", "of the first run", .seed = &o.seed},
		{"seeds", "COUNT", "runs, with seeds K, K + 1, ...", 1, 1000000, .number = &count},
		{"jobs", "J", "processes", 1, 64, .number = &jobs},
		{"orders", NULL, "operators slew group time, too", .flag = &o.orders},
		{"verbose", NULL, "or -v: tell what happens; -vv: debug notices too",
		 .count = &o.verbose},
	};

	if (!options_take(
		    "Random faults; the invariants that ARCHITECTURE.md lists are checked after "
		    "every event.",
		    options, N_OPTIONS(options), argc, argv, &status)) {
		return status;
	}
	struct verdict *v = calloc(count, sizeof(*v));

	if (!v) {
		abort();
	}
	printf("seed %" PRIu64 "\n", o.seed);
	bool ended = jobs_run(jobs, count, run_seed, &o, v, sizeof(*v));
	bool held = sum_up(v, count, o.seed);

	free(v);
	return ended && held ? EXIT_HELD : EXIT_BROKE;
}
