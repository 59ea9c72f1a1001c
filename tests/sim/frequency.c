/* frequency.c - how steady group time is against true time, by group size: the Allan deviation of
 * the group's line beside that of the oscillators it is made of.
 *
 * Oscillators whose frequency walks at random by W per root of a second have an Allan deviation of
 * W sqrt(tau / 3); the average of n of them, by 1 / sqrt(n), less.
 */
#include "tests/sim/command.h"
#include "tests/sim/jobs.h"
#include "tests/sim/options.h"
#include "tests/world/world.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define F_MAX	    48e-6
#define LIMIT	    95e-6
#define OFFSET_NS   (50 * NS_PER_MS)
#define SECONDS_MIN 1000
#define N_TAUS	    4
#define N_SIZES	    3

static const unsigned tau_s[N_TAUS] = {10, 30, 100, 300};
static const unsigned sizes[N_SIZES] = {4, 16, 64};

struct setup {
	struct net net;
	double wander, seconds;
	unsigned nodes, n_seeds;
	uint64_t seed;
	double noisy_share, noisy_wander; /* this part of the hosts wanders so much instead */
};

struct figures {
	double group[N_TAUS], best[N_TAUS], one[N_TAUS]; /* Allan deviations */
	double used;					 /* hosts in the average, mean */
};

/* Of the phases @x (s, one a second) at @tau, overlapping. */
static double allan_deviation(const double *x, size_t n, unsigned tau)
{
	double sum = 0;
	size_t count = 0;

	for (size_t i = 0; i + 2 * (size_t)tau < n; i++, count++) {
		double d = x[i + 2 * (size_t)tau] - 2 * x[i + tau] + x[i];

		sum += d * d;
	}
	return sqrt(sum / (2.0 * (double)count)) / tau;
}

static struct world *world_of_setup(const struct setup *s)
{
	unsigned n = s->nodes;
	struct world *w = world_new(s->seed, n, n, n, &s->net, n + 8);

	w->scenario.script = world_boot_script;
	for (unsigned i = 0; i < n; i++) {
		struct host *h = &w->host[i];

		world_draw_clock(w, i, OFFSET_NS, F_MAX);
		h->clock.wander = i < s->noisy_share * n ? s->noisy_wander : s->wander;
		h->clock.limit = LIMIT;
		world_at(w, (int64_t)(rng_unit(&w->rng) * 0.2e9), i);
	}
	return w;
}

static void measure_group(const struct setup *s, struct figures *ret)
{
	struct world *w = world_of_setup(s);
	unsigned n = s->nodes;
	size_t seconds = (size_t)s->seconds, first = seconds / 4, kept = seconds - first;
	double *x = calloc((n + 1) * kept, sizeof(*x)); /* group, then each oscillator */

	if (!x) {
		abort();
	}
	*ret = (struct figures){0};
	for (size_t t = 0; t < seconds; t++) {
		world_run(w, (int64_t)(t + 1) * NS_PER_S);
		if (t < first) {
			continue;
		}
		int m = world_master(w, 0);

		if (m < 0) { /* an election: the gap shows, as it should */
			continue;
		}
		struct node_status st = world_status(w, (unsigned)m);
		raw_t now = host_clock_raw(&w->host[m].clock, w->now);

		x[t - first] = (double)(line_at(&st.line, now).ns - WORLD_WALL - w->now) / 1e9;
		ret->used += st.n_used / (double)kept;
		for (unsigned i = 0; i < n; i++) {
			raw_t raw = host_clock_raw(&w->host[i].clock, w->now);

			x[(i + 1) * kept + t - first] = (double)(raw.ns - w->now) / 1e9;
		}
	}
	for (unsigned k = 0; k < N_TAUS; k++) {
		ret->group[k] = allan_deviation(x, kept, tau_s[k]);
		ret->best[k] = INFINITY;
		for (unsigned i = 0; i < n; i++) {
			double a = allan_deviation(x + (i + 1) * kept, kept, tau_s[k]);

			ret->one[k] += a * a / n;
			ret->best[k] = fmin(ret->best[k], a);
		}
		ret->one[k] = sqrt(ret->one[k]);
	}
	free(x);
	world_free(w);
}

static void run_seed(void *user, unsigned i, void *result)
{
	struct setup s = *(const struct setup *)user;

	s.nodes = s.nodes ? s.nodes : sizes[i / s.n_seeds];
	s.seed += i % s.n_seeds;
	measure_group(&s, result);
}

/* Root mean square over the seeds, and the range of the ratio. */
static void show_row(const struct setup *s, unsigned nodes, const struct figures *f)
{
	for (unsigned k = 0; k < N_TAUS; k++) {
		double group = 0, one = 0, best = 0, used = 0, least = INFINITY, most = 0;

		for (unsigned i = 0; i < s->n_seeds; i++) {
			double ratio = f[i].group[k] / f[i].one[k];

			group += f[i].group[k] * f[i].group[k] / s->n_seeds;
			one += f[i].one[k] * f[i].one[k] / s->n_seeds;
			best += f[i].best[k] * f[i].best[k] / s->n_seeds;
			used += f[i].used / s->n_seeds;
			least = fmin(least, ratio);
			most = fmax(most, ratio);
		}
		printf("| %u | %.1f | %u | %.2e | %.2e | %.2e | **%.3f** | %.3f to %.3f | %.3f |\n",
		       nodes, used, tau_s[k], sqrt(one), sqrt(best), sqrt(group), sqrt(group / one),
		       least, most, 1 / sqrt(nodes));
	}
}

static bool take_net(void *net, const char *text)
{
	return net_named(text, net);
}

static bool take_noisy(void *user, const char *text)
{
	struct setup *s = user;

	return sscanf(text, "%lf:%lf", &s->noisy_share, &s->noisy_wander) == 2;
}

int cmd_frequency(int argc, char **argv)
{
	struct setup s = {.wander = 1e-8, .seconds = 4000, .seed = 1, .n_seeds = 3};
	unsigned jobs = 2;
	int status;
	const struct sim_option options[] = {
		{"nodes", "N", "hosts; 0: 4, 16 and 64 in turn", 0, 500, .number = &s.nodes},
		{"net", "NET", "lan, noisy, wan [lan]", .take = take_net, .user = &s.net},
		{"wander", "W", "of each oscillator, s/s per root of a second", 0, 1e-4,
		 .real = &s.wander},
		{"noisy", "SHARE:W", "this share of the hosts wanders by W instead [none]",
		 .take = take_noisy, .user = &s},
		{"seconds", "S", "simulated", SECONDS_MIN, 1e8, .real = &s.seconds},
		{"seed", "K", "the first", .seed = &s.seed},
		{"seeds", "COUNT", "root mean square and range over them", 1, 1000,
		 .number = &s.n_seeds},
		{"jobs", "J", "processes", 1, 64, .number = &jobs},
	};

	(void)net_named("lan", &s.net);
	if (!options_take(
		    "Allan deviation of group time, of one oscillator and of the best of them.",
		    options, N_OPTIONS(options), argc, argv, &status)) {
		return status;
	}
	unsigned n_sizes = s.nodes ? 1 : N_SIZES;
	struct figures *f = calloc((size_t)n_sizes * s.n_seeds, sizeof(*f));

	if (!f) {
		abort();
	}
	printf("seeds %" PRIu64 " .. %" PRIu64 "\n", s.seed, s.seed + s.n_seeds - 1);
	bool good = jobs_run(jobs, n_sizes * s.n_seeds, run_seed, &s, f, sizeof(*f));

	printf("Allan deviation, %s, wander %g, last three quarters of %.0f s\n\n"
	       "| n | used | tau, s | an oscillator | the best one | group time | group / "
	       "oscillator | range | 1 / sqrt(n) |\n|---|---|---|---|---|---|---|---|---|\n",
	       s.net.name, s.wander, s.seconds);
	for (unsigned i = 0; good && i < n_sizes; i++) {
		show_row(&s, s.nodes ? s.nodes : sizes[i], f + (size_t)i * s.n_seeds);
	}
	free(f);
	return good ? EXIT_HELD : EXIT_BROKE;
}
