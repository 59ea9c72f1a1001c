/* precision.c - the model of the table in doc/benchmarks.md (net.h): the largest pair error at
 * each second, how small it is in the last half, and how fast it gets there. */
#include "tests/sim/precision.h"

#include "tests/sim/command.h"
#include "tests/world/world.h"

#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define F_MAX	    48e-6
#define OFFSET_MAX  0.49e9
#define LIMIT	    95e-6 /* max_drift is 100 ppm */
#define HOLD_S	    60
#define SECONDS_MIN 130

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

static struct world *prepare(const struct setup *s)
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
	struct world *w = prepare(s);
	size_t n = (size_t)s->seconds, half = n / 2, last = n - half;
	double *err_us = calloc(n, sizeof(*err_us));

	if (!err_us) {
		abort();
	}
	for (size_t i = 0; i < n; i++) {
		world_run(w, (int64_t)(i + 1) * NS_PER_S);
		err_us[i] = (double)world_spread(w) / 1e3;
	}
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
	       "\"below_10us_s\":%.0f,\"hash\":\"%016" PRIx64 "\"}\n",
	       s->net.name, s->wander, s->nodes, s->seconds, s->poll_s, s->seed, f->p50_us,
	       f->p95_us, f->p99_us, f->max_us, f->below_s[0], f->below_s[1], f->below_s[2],
	       f->hash);
}

static void show(const struct setup *s, const struct figures *f)
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
	printf("hash %016" PRIx64 "\n", f->hash);
}

static const char precision_usage[] =
	"Usage: berksim precision [OPTION]...\n"
	"The largest pair error at each second.  Delays are base + jitter x Exp(1), oscillators'\n"
	"rates walk at random.\n\n"
	"  --net NET          lan (100 us + 10 us), noisy (100 + 100), wan (10 ms + 1 ms) [lan]\n"
	"  --wander W         of each oscillator, s/s per root of a second [1e-9]\n"
	"  --master-wander W  of the master's [as the others]\n"
	"  --nodes N          2 .. 500 [5]\n"
	"  --seconds S        simulated, at least 130 [20000]\n"
	"  --seed K           [1]\n"
	"  --poll S           between exchanges [1]\n"
	"  --poll-min S       at first, after a route change ... [0.25, at most poll]\n"
	"  --precision US     wanted: polls between poll-min and poll, as rare as it allows [0]\n"
	"  --shape SHAPE      of the jitter: exp, gamma, pareto, sumexp, uniform, netem (uniform "
	"and "
	"a\n"
	"                     guest's own delays); the mean stays [exp]\n"
	"  --asym SHARE       of the jitter that is on the way to the lower number [0.5]\n"
	"  --loss P, --dup P  of each packet [0]\n"
	"  --quantum NS       grain of time stamps [1]\n"
	"  --route-change T:US[:END]  from T s on (to END) what host 1 sends takes US us more\n"
	"  --json             one object on one line, after the seed's line on stderr\n";

/* T:US or T:US:END */
static bool route_option(struct net *net, const char *text)
{
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

static bool precision_option(struct setup *s, int c, bool *json)
{
	double ns = 0;
	struct net named;

	switch (c) {
	case 'n':
		if (!net_named(optarg, &named)) {
			return false;
		}
		s->net.name = named.name;
		s->net.base_ns = named.base_ns;
		s->net.jitter_ns = named.jitter_ns;
		return true;
	case 'w':
		return arg_number("wander", optarg, 0, 1e-4, &s->wander);
	case 'M':
		return arg_number("master-wander", optarg, 0, 1e-4, &s->master_wander);
	case 'N':
		return arg_unsigned("nodes", optarg, 2, 500, &s->nodes);
	case 's':
		return arg_number("seconds", optarg, SECONDS_MIN, 1e8, &s->seconds);
	case 'k':
		return arg_seed("seed", optarg, &s->seed);
	case 'p':
		return arg_number("poll", optarg, 0.01, 3600, &s->poll_s);
	case 'm':
		return arg_number("poll-min", optarg, 0.01, 3600, &s->poll_min_s);
	case 'P':
		return arg_number("precision", optarg, 0, 1e6, &s->precision_us);
	case 'S':
		return net_shape(&s->net, optarg);
	case 'a':
		return arg_number("asym", optarg, 0, 1, &s->net.asym);
	case 'l':
		return arg_number("loss", optarg, 0, 0.99, &s->net.loss);
	case 'd':
		return arg_number("dup", optarg, 0, 1, &s->net.dup);
	case 'q':
		if (!arg_number("quantum", optarg, 1, 1e9, &ns)) {
			return false;
		}
		s->net.grain_ns = (int64_t)ns;
		return true;
	case 'r':
		return route_option(&s->net, optarg);
	case 'j':
		*json = true;
		return true;
	default:
		return false;
	}
}

int cmd_precision(int argc, char **argv)
{
	static const struct option opts[] = {
		{"net", 1, NULL, 'n'},		{"wander", 1, NULL, 'w'},
		{"nodes", 1, NULL, 'N'},	{"master-wander", 1, NULL, 'M'},
		{"seconds", 1, NULL, 's'},	{"seed", 1, NULL, 'k'},
		{"poll", 1, NULL, 'p'},		{"poll-min", 1, NULL, 'm'},
		{"precision", 1, NULL, 'P'},	{"shape", 1, NULL, 'S'},
		{"asym", 1, NULL, 'a'},		{"loss", 1, NULL, 'l'},
		{"dup", 1, NULL, 'd'},		{"quantum", 1, NULL, 'q'},
		{"route-change", 1, NULL, 'r'}, {"json", 0, NULL, 'j'},
		{"help", 0, NULL, 'h'},		{NULL, 0, NULL, 0}};
	struct setup s = PRECISION_DEFAULTS;
	struct figures f;
	bool json = false;
	int c;

	(void)net_named("lan", &s.net);
	while ((c = getopt_long(argc, argv, "h", opts, NULL)) != -1) {
		if (c == 'h') {
			return usage(precision_usage, true);
		}
		if (!precision_option(&s, c, &json)) {
			return usage(precision_usage, false);
		}
	}
	if (optind != argc) {
		return usage(precision_usage, false);
	}
	(void)fprintf(json ? stderr : stdout, "seed %" PRIu64 "\n", s.seed);
	precision_measure(&s, &f);
	if (json) {
		show_json(&s, &f);
	} else {
		show(&s, &f);
	}
	return EXIT_HELD;
}
