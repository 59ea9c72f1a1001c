/* precision.c - the model of the table in doc/benchmarks.md (net.h): the largest pair error at
 * each second, how small it is in the last half, and how fast it gets there. */
#include "tests/sim/precision.h"

#include "tests/sim/command.h"
#include "tests/sim/options.h"
#include "tests/world/world.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define F_MAX	   48e-6
#define OFFSET_MAX 0.49e9
#define LIMIT	   95e-6 /* max_drift is 100 ppm */
#define HOLD_S	   60
#define FAILOVER_S 120

static const double level_us[N_LEVELS] = {1000, 100, 10};

int precision_ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double below_since(const double *err_us, size_t n, double level)
{
	size_t since = n;

	for (size_t i = 0; i < n; i++) {
		if (err_us[i] >= level) {
			since = n;
		} else if (since == n) {
			since = i;
		}
		if (since < n && i - since >= HOLD_S) {
			return (double)(since + 1);
		}
	}
	return -1;
}

/* The largest error in the FAILOVER_S after the master was lost at @at; 0: it was not. */
static double worst_after(const double *err_us, size_t n, size_t at)
{
	double worst = 0;

	for (size_t i = at; at > 0 && i < n && i < at + FAILOVER_S; i++) {
		worst = fmax(worst, err_us[i]);
	}
	return worst;
}

static struct world *world_of_setup(const struct setup *s)
{
	unsigned n = s->nodes;
	struct world *w = world_new(s->seed, n, n, n, &s->net, n + 8);

	w->scenario.script = world_boot_script;
	for (unsigned i = 0; i < n; i++) {
		struct host *h = &w->host[i];
		double freq = 2.0 * i / (n - 1) - 1; /* -1 .. 1, all different */
		double offset = 2.0 * ((i * 3 + 1) % n) / (n - 1) - 1;

		h->config.poll_ns = (int64_t)(s->poll_s * 1e9);
		h->config.precision_ns = (int64_t)(s->precision_us * 1e3);
		h->config.poll_ns_min = (int64_t)(fmin(s->poll_min_s, s->poll_s) * 1e9);
		host_clock_init(&h->clock, 0, (int64_t)rng_below(&w->rng, 1000000) * NS_PER_S,
				WORLD_WALL + (int64_t)(offset * OFFSET_MAX), freq * F_MAX);
		h->clock.wander = s->wander;
		if (i == 0 && s->master_wander >= 0) {
			h->clock.wander = s->master_wander;
			h->config.priority = 200;
		}
		h->clock.limit = LIMIT;
		world_at(w, (int64_t)(rng_unit(&w->rng) * 0.2e9), i);
	}
	return w;
}

void precision_measure(const struct setup *s, struct figures *ret)
{
	struct world *w = world_of_setup(s);
	size_t n = (size_t)s->seconds, half = n / 2, last = n - half;
	double *err_us = calloc(n, sizeof(*err_us));

	if (!err_us) {
		abort();
	}
	for (size_t i = 0; i < n; i++) {
		world_run(w, (int64_t)(i + 1) * NS_PER_S);
		err_us[i] = (double)world_spread(w) / 1e3;
		if (s->failover_s > 0 && i + 1 == (size_t)s->failover_s) {
			host_crash(w, (unsigned)world_master(w, 0));
		}
	}
	ret->failover_us = worst_after(err_us, n, (size_t)s->failover_s);
	for (unsigned k = 0; k < N_LEVELS; k++) {
		ret->below_s[k] = below_since(err_us, n, level_us[k]);
	}
	qsort(err_us + half, last, sizeof(*err_us), precision_ascending);
	ret->p50_us = err_us[half + last / 2];
	ret->p95_us = err_us[half + (size_t)((double)last * 0.95)];
	ret->p99_us = err_us[half + (size_t)((double)last * 0.99)];
	ret->max_us = err_us[n - 1];
	ret->hash = w->hash;
	free(err_us);
	world_free(w);
}

static void show_json(const struct setup *s, const struct figures *f)
{
	printf("{\"net\":\"%s\",\"wander\":%g,\"nodes\":%u,\"seconds\":%.0f,\"poll_s\":%g,"
	       "\"seed\":%" PRIu64 ",\"p50_us\":%.3f,\"p95_us\":%.3f,\"p99_us\":%.3f,"
	       "\"max_us\":%.3f,\"below_1ms_s\":%.0f,\"below_100us_s\":%.0f,"
	       "\"below_10us_s\":%.0f,\"failover_us\":%.3f,\"hash\":\"%016" PRIx64 "\"}\n",
	       s->net.name, s->wander, s->nodes, s->seconds, s->poll_s, s->seed, f->p50_us,
	       f->p95_us, f->p99_us, f->max_us, f->below_s[0], f->below_s[1], f->below_s[2],
	       f->failover_us, f->hash);
}

static void show_text(const struct setup *s, const struct figures *f)
{
	static const char *const name[N_LEVELS] = {"1 ms", "100 us", "10 us"};

	printf("pair error of %u nodes, %s, wander %g, last half of %.0f s:\n"
	       "  p50 %.2f us   p95 %.2f us   p99 %.2f us   max %.2f us\n",
	       s->nodes, s->net.name, s->wander, s->seconds, f->p50_us, f->p95_us, f->p99_us,
	       f->max_us);
	for (unsigned k = 0; k < N_LEVELS; k++) {
		if (f->below_s[k] < 0) {
			printf("  never below %s for %d s\n", name[k], HOLD_S);
		} else {
			printf("  below %s from %.0f s on\n", name[k], f->below_s[k]);
		}
	}
	if (s->failover_s > 0) {
		printf("  at most %.2f us within %d s of the loss of the master\n", f->failover_us,
		       FAILOVER_S);
	}
	printf("hash %016" PRIx64 "\n", f->hash);
}

/* The net keeps what other options have made of it. */
static bool take_net(void *user, const char *text)
{
	struct net *net = user, named;

	if (!net_named(text, &named)) {
		return false;
	}
	net->name = named.name;
	net->base_ns = named.base_ns;
	net->jitter_ns = named.jitter_ns;
	return true;
}

static bool take_shape(void *net, const char *text)
{
	return net_shape(net, text);
}

static bool take_grain(void *user, const char *text)
{
	struct net *net = user;
	double ns = strtod(text, NULL);

	net->grain_ns = (int64_t)ns;
	return ns >= 1 && ns <= 1e9;
}

/* T:US or T:US:END */
static bool take_route(void *user, const char *text)
{
	struct net *net = user;
	double at = 0, us = 0, until = 0;
	int n = sscanf(text, "%lf:%lf:%lf", &at, &us, &until);

	if (n < 2 || !(at >= 0 && us >= -1e6 && us <= 1e6) || (n == 3 && !(until > at))) {
		return false;
	}
	net->route_at = (int64_t)(at * 1e9);
	net->route_extra_ns = (int64_t)(us * 1e3);
	net->route_end = n == 3 ? (int64_t)(until * 1e9) : INT64_MAX;
	return true;
}

int cmd_precision(int argc, char **argv)
{
	struct setup s = PRECISION_DEFAULTS;
	struct figures f;
	bool json = false;
	int status;
	const struct sim_option options[] = {
		{"net", "NET", "lan (100 us + 10 us), noisy (100 + 100), wan (10 ms + 1 ms) [lan]",
		 .take = take_net, .user = &s.net},
		{"wander", "W", "of each oscillator, s/s per root of a second", 0, 1e-4,
		 .real = &s.wander},
		{"master-wander", "W", "of the master's; -1: as the others", 0, 1e-4,
		 .real = &s.master_wander},
		{"nodes", "N", "hosts", 2, 500, .number = &s.nodes},
		{"seconds", "S", "simulated", SECONDS_MIN, 1e8, .real = &s.seconds},
		{"seed", "K", "of the run", .seed = &s.seed},
		{"poll", "S", "between exchanges", 0.01, 3600, .real = &s.poll_s},
		{"poll-min", "S", "at first, after a route change ..., at most poll", 0.01, 3600,
		 .real = &s.poll_min_s},
		{"precision", "US", "wanted: polls are as rare as it allows", 0, 1e6,
		 .real = &s.precision_us},
		{"shape", "SHAPE",
		 "of the jitter: exp, gamma, pareto, sumexp, uniform, netem, rare "
		 "(few are fast one way) [exp]",
		 .take = take_shape, .user = &s.net},
		{"asym", "SHARE", "of the jitter that is on the way to the lower number", 0, 1,
		 .real = &s.net.asym},
		{"loss", "P", "of each packet", 0, 0.99, .real = &s.net.loss},
		{"dup", "P", "of each packet: a second copy", 0, 1, .real = &s.net.dup},
		{"quantum", "NS", "grain of time stamps [1]", .take = take_grain, .user = &s.net},
		{"failover", "T", "the master is lost at T s; 0: never", 0, 1e8,
		 .real = &s.failover_s},
		{"route-change", "T:US[:END]",
		 "from T s on (to END) what host 1 sends takes US us more", .take = take_route,
		 .user = &s.net},
		{"json", NULL, "one object on one line, after the seed's line on stderr",
		 .flag = &json},
	};

	(void)net_named("lan", &s.net);
	if (!options_take(
		    "The largest pair error at each second.  Delays are base + jitter x Exp(1),\n"
		    "oscillators' rates walk at random.",
		    options, N_OPTIONS(options), argc, argv, &status)) {
		return status;
	}
	(void)fprintf(json ? stderr : stdout, "seed %" PRIu64 "\n", s.seed);
	precision_measure(&s, &f);
	(json ? show_json : show_text)(&s, &f);
	return EXIT_HELD;
}
