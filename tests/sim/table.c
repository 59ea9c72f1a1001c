/* table.c - three nets and two wanders beside chrony and the ideal, and what else may
 * befall a group: other jitter, loss, more nodes, slow polls, a route that changes. */
#include "tests/sim/command.h"
#include "tests/sim/jobs.h"
#include "tests/sim/options.h"
#include "tests/sim/precision.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* One row: what differs from the defaults, and what others reach (p99, us; 0: not known). */
static const struct row {
	const char *net;
	double wander;
	const char *what;
	double chrony_us, tuned_us, ideal_us;
	const char *shape;
	double asym, loss;
	double poll_s;
	unsigned nodes;
	int64_t grain_ns, route_ns;
} rows[] = {
	{.net = "lan", .wander = 1e-9, .chrony_us = 5.04, .tuned_us = 3.43, .ideal_us = 1.02},
	{.net = "noisy", .wander = 1e-9, .chrony_us = 49.0, .tuned_us = 14.9, .ideal_us = 4.30},
	{.net = "wan", .wander = 1e-9, .chrony_us = 490, .tuned_us = 116, .ideal_us = 16.0},
	{.net = "lan", .wander = 1e-8, .chrony_us = 6.29, .tuned_us = 5.34, .ideal_us = 2.62},
	{.net = "noisy", .wander = 1e-8, .chrony_us = 49.3, .tuned_us = 34.2, .ideal_us = 10.2},
	{.net = "wan", .wander = 1e-8, .chrony_us = 488, .tuned_us = 124, .ideal_us = 43.0},
	{.net = "noisy",
	 .wander = 1e-9,
	 .what = "jitter of two exponentials",
	 .chrony_us = 48.1,
	 .tuned_us = 24.3,
	 .shape = "sumexp"},
	{.net = "noisy",
	 .wander = 1e-9,
	 .what = "nine tenths of the jitter one way",
	 .chrony_us = 36.5,
	 .tuned_us = 11.9,
	 .asym = 0.9},
	{.net = "noisy", .wander = 1e-9, .what = "Pareto tails", .shape = "pareto"},
	{.net = "noisy", .wander = 1e-9, .what = "10 % loss", .loss = 0.1},
	{.net = "lan", .wander = 1e-9, .what = "stamps of 1 us", .grain_ns = 1000},
	{.net = "noisy",
	 .wander = 1e-9,
	 .what = "one way 200 us longer from the middle on",
	 .route_ns = 200000},
	{.net = "lan", .wander = 1e-9, .what = "10 nodes", .chrony_us = 7.28, .nodes = 10},
	{.net = "noisy", .wander = 1e-9, .what = "10 nodes", .chrony_us = 68.4, .nodes = 10},
	{.net = "wan", .wander = 1e-9, .what = "10 nodes", .chrony_us = 708, .nodes = 10},
	{.net = "lan", .wander = 1e-9, .what = "a poll each 16 s", .poll_s = 16},
	{.net = "noisy", .wander = 1e-9, .what = "a poll each 16 s", .poll_s = 16},
};

#define N_CELLS 6 /* rows that are the baseline's */
#define N_ROWS	(sizeof(rows) / sizeof(rows[0]))

struct table {
	double seconds;
	unsigned seeds;
};

/* One run of row @i / seeds. */
static void table_run(void *user, unsigned i, void *result)
{
	const struct table *t = user;
	const struct row *row = &rows[i / t->seeds];
	struct setup s = PRECISION_DEFAULTS;

	(void)net_named(row->net, &s.net);
	s.wander = row->wander;
	s.seconds = t->seconds;
	s.seed = 1 + i % t->seeds;
	s.poll_s = row->poll_s > 0 ? row->poll_s : s.poll_s;
	s.nodes = row->nodes ? row->nodes : s.nodes;
	s.net.asym = row->asym > 0 ? row->asym : s.net.asym;
	s.net.loss = row->loss;
	s.net.grain_ns = row->grain_ns ? row->grain_ns : s.net.grain_ns;
	if (row->shape && !net_shape(&s.net, row->shape)) {
		abort();
	}
	if (row->route_ns) {
		s.net.route_at = (int64_t)(s.seconds * 0.55e9);
		s.net.route_end = INT64_MAX;
		s.net.route_extra_ns = row->route_ns;
	}
	precision_measure(&s, result);
}

/* What the runs of one row scatter over. */
struct range {
	double least, median, most;
};

/* The range of one figure of a row's runs; never (-1) is the largest. */
static struct range range_of(const struct figures *f, unsigned n, size_t offset)
{
	double v[1000];

	for (unsigned k = 0; k < n; k++) {
		v[k] = *(const double *)(const void *)((const char *)&f[k] + offset);
		v[k] = v[k] < 0 ? INFINITY : v[k];
	}
	qsort(v, n, sizeof(*v), precision_ascending);
	return (struct range){v[0], v[n / 2], v[n - 1]};
}

#define RANGE(f, n, member) range_of(f, n, offsetof(struct figures, member))

static void show_other(double us)
{
	if (us > 0) {
		printf(" %.3g |", us);
	} else {
		printf(" |");
	}
}

static void table_show(const struct table *t, const struct figures *f, size_t n_rows)
{
	printf("| net | W | | chrony, defaults | chrony, best of 9 | berkd | berkd, range | "
	       "particle filter (ideal) | berkd / ideal | below 1 ms, s | 100 us, s |\n"
	       "|---|---|---|---|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < n_rows; i++) {
		const struct row *row = &rows[i];
		const struct figures *runs = &f[i * t->seeds];
		struct range p99 = RANGE(runs, t->seeds, p99_us);

		printf("| %s | %.0e | %s |", row->net, row->wander, row->what ? row->what : "");
		show_other(row->chrony_us);
		show_other(row->tuned_us);
		printf(" **%.2f** | %.2f to %.2f |", p99.median, p99.least, p99.most);
		show_other(row->ideal_us);
		show_other(row->ideal_us > 0 ? p99.median / row->ideal_us : 0);
		printf(" %.0f | %.0f |\n", RANGE(runs, t->seeds, below_s[0]).median,
		       RANGE(runs, t->seeds, below_s[1]).median);
	}
}

int cmd_table(int argc, char **argv)
{
	struct table t = {.seconds = 20000, .seeds = 1};
	bool all = false;
	unsigned jobs = 2;
	int status;
	const struct sim_option options[] = {
		{"all", NULL, "other jitter, loss, more nodes, slow polls, a route change too",
		 .flag = &all},
		{"seconds", "S", "simulated", SECONDS_MIN, 1e8, .real = &t.seconds},
		{"seeds", "COUNT", "of each cell; the median and the range are shown", 1, 1000,
		 .number = &t.seeds},
		{"jobs", "J", "processes", 1, 64, .number = &jobs},
	};

	if (!options_take(
		    "Three nets, two wanders: p99 pair error in us, beside chrony and the ideal.",
		    options, N_OPTIONS(options), argc, argv, &status)) {
		return status;
	}
	size_t n_rows = all ? N_ROWS : N_CELLS;
	struct figures *f = calloc(n_rows * t.seeds, sizeof(*f));

	if (!f) {
		abort();
	}
	printf("seeds 1 .. %u\n", t.seeds);
	bool good = jobs_run(jobs, (unsigned)n_rows * t.seeds, table_run, &t, f, sizeof(*f));

	printf("p99 pair error in us, 5 nodes, an exchange a second, last half of %.0f s%s\n\n",
	       t.seconds, t.seeds > 1 ? ", median" : "");
	if (good) {
		table_show(&t, f, n_rows);
	}
	free(f);
	return good ? EXIT_HELD : EXIT_BROKE;
}
