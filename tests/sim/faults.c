/* faults.c - a group under random trouble, and calm at the end.
 *
 * Trouble comes at random, with short and long pauses; each kind draws its own particulars. CALM_NS
 * before the end all of it is taken back (a liar goes on lying): then the group has HEAL_NS to be
 * one again, and must stay so.  In half of the runs one host is a liar; it is of priority 0, for a
 * lying master is another matter: only the caps on corrections bound it.
 */
#include "tests/sim/command.h"
#include "tests/world/check.h"
#include "tests/world/world.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALM_NS (180 * NS_PER_S)
#define HEAL_NS (60 * NS_PER_S)
#define HEALED_NS                                                                                  \
	(2 * NS_PER_MS)		  /* spread of a group that is one, beyond half a round trip: that \
				   * much of asymmetry nobody can see, and a minute may not undo it */
#define QUIET_NS  (20 * NS_PER_S) /* the group meets before the first trouble */
#define TABLE	  32
#define HOSTS_MAX NET_LINKS_MAX
#define F_MAX	  95e-6 /* oscillators, wander included; max_drift is 100 ppm */

enum lie_kind { LIE_NONE, LIE_DEAF, LIE_FAST, LIE_RAW_JUMPS, LIE_WALL, N_LIES };

/* Values of AT_SCRIPT: a command in the high half, a host in the low. */
enum script { DO_BOOT, DO_TROUBLE, DO_CALM, DO_LOOK, DO_CONTINUE, DO_WAKE };

struct faults {
	int64_t end;
	int64_t healed; /* since then the group is one; -1: it is not */
	char why[128];	/* it is not */
	enum lie_kind lie;
	unsigned liar;
	int64_t slept_at[HOSTS_MAX];
	uint64_t life_of_stop[HOSTS_MAX];
	unsigned lines;
};

static struct faults *faults_of(struct world *w)
{
	return w->scenario.user;
}

static void script_at(struct world *w, int64_t in_ns, enum script what, unsigned host)
{
	world_at(w, w->now + in_ns, (uint64_t)what << 32 | host);
}

static double unit(struct world *w)
{
	return rng_unit(&w->rng);
}

static int64_t within(struct world *w, int64_t ns) /* -ns .. +ns */
{
	return (int64_t)((2 * unit(w) - 1) * (double)ns);
}

/* --- Kinds of trouble; @i runs --- */

static unsigned n_running(const struct world *w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->n; i++) {
		n += host_runs(&w->host[i]);
	}
	return n;
}

static void crash(struct world *w, unsigned i)
{
	host_crash(w, i);
	if (rng_below(&w->rng, 2)) {
		host_power_cycle(w, i, within(w, NS_PER_S / 2));
	}
}

static void crash_amid(struct world *w, unsigned i)
{
	w->host[i].dies_in = 1 + (unsigned)rng_below(&w->rng, 8);
}

static void restart(struct world *w, unsigned from)
{
	for (unsigned k = 0; k < w->n; k++) {
		unsigned i = (from + k) % w->n;

		if (!w->host[i].up && !w->host[i].asleep) {
			if (rng_below(&w->rng, 8) == 0) {
				host_new_disk(w, i);
			}
			host_boot(w, i);
			return;
		}
	}
}

static void partition(struct world *w, unsigned i)
{
	uint64_t side = rng_u64(&w->rng);
	bool one_way = rng_below(&w->rng, 6) == 0;

	(void)i;
	for (unsigned from = 0; from < w->n; from++) {
		bool here = side >> from & 1;

		w->net.cut[from] = one_way && here ? 0 : here ? ~side : side;
	}
}

static void heal(struct world *w, unsigned i)
{
	(void)i;
	memset(w->net.cut, 0, sizeof(w->net.cut));
}

static void cut_link(struct world *w, unsigned i)
{
	w->net.cut[i] ^= UINT64_C(1) << rng_below(&w->rng, w->n);
}

static void loss(struct world *w, unsigned i)
{
	(void)i;
	w->net.loss = 0.3 * unit(w);
}

static void disorder(struct world *w, unsigned i)
{
	(void)i;
	w->net.reorder = 0.2 * unit(w);
	w->net.dup = 0.1 * unit(w);
}

/* Of one link and direction, or of all that a host sends: asymmetric, up to beyond max_delay. */
static void delays(struct world *w, unsigned i)
{
	double mean_ns = rng_below(&w->rng, 2) ? 20e6 : 500e3;
	int64_t ns = (int64_t)(rng_exp(&w->rng) * mean_ns);
	bool all = rng_below(&w->rng, 2);
	unsigned to = (unsigned)rng_below(&w->rng, w->n);

	for (unsigned k = 0; k < w->n; k++) {
		w->net.extra_ns[i][k] = all || k == to ? ns : w->net.extra_ns[i][k];
	}
}

static void quiet(struct world *w, unsigned i)
{
	(void)i;
	w->net.loss = 0;
	w->net.reorder = 0;
	w->net.dup = 0;
	memset(w->net.extra_ns, 0, sizeof(w->net.extra_ns));
}

static void foreign_step(struct world *w, unsigned i)
{
	host_foreign_step(w, i, within(w, rng_below(&w->rng, 2) ? 2 * NS_PER_S : NS_PER_MS));
}

static void suspend(struct world *w, unsigned i)
{
	faults_of(w)->slept_at[i] = w->now;
	host_sleep(w, i);
	script_at(w, (int64_t)(rng_exp(&w->rng) * 10e9) + NS_PER_S / 5, DO_WAKE, i);
}

static void stop(struct world *w, unsigned i)
{
	faults_of(w)->life_of_stop[i] = w->host[i].boot;
	host_stop(w, i);
	script_at(w, (int64_t)(rng_exp(&w->rng) * 5e9), DO_CONTINUE, i);
}

static void transfer(struct world *w, unsigned i)
{
	int m = world_master(w, 0);

	if (m >= 0 && host_runs(&w->host[m])) {
		(void)host_order(w, (unsigned)m, ORDER_TRANSFER, world_status(w, i).id, NULL, 0);
	}
}

static void order_step(struct world *w, unsigned i)
{
	(void)host_order(w, i, ORDER_STEP, 0, NULL, 0);
}

static void chat(struct world *w, unsigned i)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "line %u", faults_of(w)->lines++);

	(void)host_order(w, i, ORDER_CHAT, 0, text, (size_t)len);
}

static const struct {
	const char *name;
	unsigned weight;
	void (*begin)(struct world *, unsigned i);
	bool silences; /* @i: somebody must be left */
} troubles[] = {
	{"crash", 3, crash, true},
	{"crash amid a step", 2, crash_amid, true},
	{"restart", 6, restart, false},
	{"partition", 2, partition, false},
	{"cut a link", 1, cut_link, false},
	{"heal", 5, heal, false},
	{"loss", 2, loss, false},
	{"disorder", 2, disorder, false},
	{"delay", 2, delays, false},
	{"quiet", 3, quiet, false},
	{"foreign step", 2, foreign_step, false},
	{"suspend", 2, suspend, true},
	{"stop", 2, stop, true},
	{"transfer", 2, transfer, false},
	{"step by order", 1, order_step, false},
	{"chat", 6, chat, false},
};

#define N_TROUBLES (sizeof(troubles) / sizeof(troubles[0]))

static void trouble(struct world *w)
{
	unsigned total = 0, k = 0, i = (unsigned)rng_below(&w->rng, w->n);

	for (size_t t = 0; t < N_TROUBLES; t++) {
		total += troubles[t].weight;
	}
	unsigned draw = (unsigned)rng_below(&w->rng, total);

	while (draw >= troubles[k].weight) {
		draw -= troubles[k++].weight;
	}
	for (unsigned j = 0; j < w->n && !host_runs(&w->host[i]); j++) {
		i = (i + 1) % w->n;
	}
	if (!host_runs(&w->host[i])) {
		return;
	}
	if (w->verbose) {
		printf("%14.6f -- %s h%u\n", (double)w->now / 1e9, troubles[k].name, i);
	}
	if (!troubles[k].silences || n_running(w) > 1) {
		troubles[k].begin(w, i);
	}
}

/* --- The end of trouble --- */

static void go_on(struct world *w, unsigned i)
{
	struct faults *f = faults_of(w);
	struct host *h = &w->host[i];

	if (h->asleep) {
		host_wake(w, i, w->now - f->slept_at[i]);
	} else if (h->up && h->stopped) {
		host_continue(w, i);
	}
}

static void calm(struct world *w)
{
	if (w->verbose) {
		printf("%14.6f -- calm\n", (double)w->now / 1e9);
	}
	heal(w, 0);
	quiet(w, 0);
	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].dies_in = 0;
		go_on(w, i);
		if (!w->host[i].up) {
			host_boot(w, i);
		}
	}
	script_at(w, NS_PER_S, DO_LOOK, 0);
}

static void look(struct world *w)
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

/* A liar's tale goes on; the honest have none. */
static void lie_on(struct world *w)
{
	struct faults *f = faults_of(w);
	struct lie *l = &w->host[f->liar].lie;

	if (f->lie == LIE_RAW_JUMPS) {
		double mean_ns = rng_below(&w->rng, 2) ? 1e9 : 1e5;

		l->raw_ns += (int64_t)(rng_exp(&w->rng) * mean_ns);
	} else if (f->lie == LIE_WALL) {
		l->wall_ns = within(w, rng_below(&w->rng, 2) ? 2 * NS_PER_S : 5 * NS_PER_MS);
	}
}

static void script(struct world *w, uint64_t value)
{
	struct faults *f = faults_of(w);
	unsigned i = (unsigned)value;

	switch ((enum script)(value >> 32)) {
	case DO_BOOT:
		host_boot(w, i);
		break;
	case DO_TROUBLE:
		if (w->now < f->end - CALM_NS) {
			lie_on(w);
			trouble(w);
			double mean_ns = rng_below(&w->rng, 8) ? 8e9 : 60e9;

			script_at(w, (int64_t)(rng_exp(&w->rng) * mean_ns), DO_TROUBLE, 0);
		}
		break;
	case DO_CALM:
		calm(w);
		break;
	case DO_LOOK:
		look(w);
		break;
	case DO_CONTINUE:
		if (w->host[i].boot == f->life_of_stop[i] && !w->host[i].asleep) {
			go_on(w, i);
		}
		break;
	case DO_WAKE:
		if (w->host[i].asleep) {
			go_on(w, i);
		}
		break;
	}
}

/* --- A run --- */

static void liar_init(struct world *w, struct faults *f)
{
	if (rng_below(&w->rng, 2)) {
		return;
	}
	f->lie = LIE_DEAF + (enum lie_kind)rng_below(&w->rng, N_LIES - LIE_DEAF);
	f->liar = (unsigned)rng_below(&w->rng, w->n);
	struct host *h = &w->host[f->liar];

	h->liar = true;
	h->config.priority = 0;
	h->clock.deaf = f->lie == LIE_DEAF;
	if (f->lie == LIE_FAST) {
		double sign = rng_below(&w->rng, 2) ? 1 : -1;

		h->clock.freq += sign * (250e-6 + 1e-3 * unit(w));
		h->clock.limit = 1;
	}
}

static struct world *prepare(uint64_t seed, unsigned n, struct faults *f)
{
	static const char *const nets[] = {"lan", "lan", "noisy", "wan"};
	struct net net;
	struct world *w;

	(void)net_named("lan", &net);
	w = world_new(seed, n, n, n, &net, TABLE);
	(void)net_named(nets[rng_below(&w->rng, 4)], &w->net);
	w->scenario.script = script;
	w->scenario.user = f;
	w->timer_late_ns = 50 * NS_PER_US;
	check_init(w);
	bool discovery = rng_below(&w->rng, 2);

	for (unsigned i = 0; i < n; i++) {
		struct host *h = &w->host[i];

		world_draw_clock(w, i, NS_PER_S / 2, F_MAX);
		h->clock.wander = 1e-9;
		h->clock.limit = F_MAX;
		h->config.discovery = discovery;
		script_at(w, (int64_t)(unit(w) * 3e9), DO_BOOT, i);
	}
	liar_init(w, f);
	script_at(w, QUIET_NS, DO_TROUBLE, 0);
	script_at(w, f->end - CALM_NS, DO_CALM, 0);
	return w;
}

struct order_of_run {
	unsigned nodes;
	double seconds;
	uint64_t seed;
	unsigned verbose;
};

struct verdict {
	bool broke;
	double healed_s;
};

static void run(void *user, unsigned k, void *result)
{
	const struct order_of_run *o = user;
	uint64_t seed = o->seed + k;
	struct faults f = {.end = (int64_t)(o->seconds * 1e9), .healed = -1};
	struct world *w = prepare(seed, o->nodes, &f);

	w->verbose = o->verbose;
	world_run(w, f.end);
	if (!w->failed && f.healed < 0) {
		world_fail(w, "5 one group: %s", f.why);
	}
	if (w->failed) {
		printf("seed %" PRIu64 ": BROKEN at %.9f s: %s\n"
		       "  replay: berksim faults --nodes %u --seconds %.0f --seed %" PRIu64 " -v\n",
		       seed, (double)w->now / 1e9, w->failure, o->nodes, o->seconds, seed);
		if (w->verbose) {
			world_describe(w);
		}
	} else {
		printf("seed %" PRIu64 ": held, one group %.0f s after the last fault, %" PRIu64
		       " events, hash %016" PRIx64 "\n",
		       seed, (double)f.healed / 1e9, w->n_events, w->hash);
	}
	*(struct verdict *)result = (struct verdict){w->failed, (double)f.healed / 1e9};
	check_fini(w);
	world_free(w);
}

static const char usage_text[] =
	"Usage: berksim faults [OPTION]...\n"
	"Random faults; the invariants of design section 8 are checked after every event.\n\n"
	"  --nodes N     2 .. 64 [7]\n"
	"  --seconds S   simulated, at least 240 [3600]; the last 180 are calm\n"
	"  --seed K      of the first run [1]\n"
	"  --seeds COUNT runs, with seeds K, K + 1, ... [1]\n"
	"  --jobs J      processes [1]\n"
	"  -v            tell what happens; -vv: debug notices too\n";

int cmd_faults(int argc, char **argv)
{
	static const struct option opts[] = {{"nodes", 1, NULL, 'n'}, {"seconds", 1, NULL, 's'},
					     {"seed", 1, NULL, 'k'},  {"seeds", 1, NULL, 'c'},
					     {"jobs", 1, NULL, 'j'},  {"verbose", 0, NULL, 'v'},
					     {"help", 0, NULL, 'h'},  {NULL, 0, NULL, 0}};
	struct order_of_run o = {.nodes = 7, .seconds = 3600, .seed = 1};
	unsigned count = 1, jobs = 1, broke = 0;
	bool good = true;
	double slowest = 0;
	int c;

	while (good && (c = getopt_long(argc, argv, "vh", opts, NULL)) != -1) {
		good = c == 'n'	  ? arg_unsigned("nodes", optarg, 2, HOSTS_MAX, &o.nodes)
		       : c == 's' ? arg_number("seconds", optarg, 240, 1e6, &o.seconds)
		       : c == 'k' ? arg_seed("seed", optarg, &o.seed)
		       : c == 'c' ? arg_unsigned("seeds", optarg, 1, 1000000, &count)
		       : c == 'j' ? arg_unsigned("jobs", optarg, 1, 64, &jobs)
				  : c == 'v';
		o.verbose += c == 'v';
		if (c == 'h') {
			return usage(usage_text, true);
		}
	}
	if (!good || optind != argc) {
		return usage(usage_text, false);
	}
	struct verdict *v = calloc(count, sizeof(*v));

	if (!v) {
		abort();
	}
	printf("seed %" PRIu64 "\n", o.seed);
	good = jobs_run(jobs, count, run, &o, v, sizeof(*v));
	for (unsigned i = 0; i < count; i++) {
		broke += v[i].broke;
		slowest = v[i].healed_s > slowest ? v[i].healed_s : slowest;
	}
	free(v);
	printf("%u of %u seeds held; one group again after at most %.0f s\n", count - broke, count,
	       slowest);
	return good && broke == 0 ? EXIT_HELD : EXIT_BROKE;
}
