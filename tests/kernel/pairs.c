/* pairs.c - the true errors between the clocks of the guests of one run.
 *
 *	pairs [--from S] [--until S] [--step S] [--slow K] [--csv FILE] START_NS GUEST_DIR...
 *
 * GUEST_DIR/samples (sampler.c) has TSC brackets around reads of a guest's CLOCK_REALTIME, and
 * GUEST_DIR/reads (oscillator.c) the (TSC, host time, guest time) of every read that kernel made.
 * A bracket that holds exactly one of them tells which host instant a sample belongs to, to the
 * nanosecond; all guests' samples then meet on one grid of host time.  START_NS is the host's
 * CLOCK_MONOTONIC at second 0.
 *
 * Prints "key value" lines.  The pair error at an instant is the largest minus the smallest clock;
 * quantiles are over --from to --until (default: the last half), in us.  below_X_s is the first
 * second from which the pair error stays below X for HOLD_S, -1 when it never does.
 */
#include "oscillator.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define GUESTS_MAX 64
#define NS_PER_S   1e9
#define HOLD_S	   10.0
#define GAP_S	   1.0 /* samples further apart are not joined by a line */
#define QUANTUM_NS 256 /* a guest kernel sees host time in these steps (TIMER_MULTIPLIER) */

struct point {
	double at_s;	 /* host time since start, in guest seconds */
	double ahead_ns; /* clock minus at_s, from a common epoch */
};

struct guest {
	const char *dir;
	struct point *points;
	size_t n, n_lost;
};

struct run {
	double from_s, until_s, step_s, slow;
	int64_t start_ns;
	int64_t epoch_ns; /* first sample of the first guest: keeps the rest small */
	const char *csv;
	struct guest guests[GUESTS_MAX];
	size_t n_guests;
};

static void die_of(const char *what, const char *path)
{
	fprintf(stderr, "pairs: %s: %s: %s\n", path, what, strerror(errno));
	exit(1);
}

static void *must_have(void *p)
{
	if (!p) {
		die_of("memory", "-");
	}
	return p;
}

static FILE *open_in(const char *dir, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "re");
	if (!f) {
		die_of("cannot open", path);
	}
	return f;
}

/* The read log as an array; stays mapped. @ret_n: records in it. */
static const struct osc_read *map_reads(const char *dir, size_t *ret_n)
{
	FILE *f = open_in(dir, "reads");
	struct stat st;

	if (fstat(fileno(f), &st) < 0) {
		die_of("cannot stat reads", dir);
	}
	size_t n_max = (size_t)st.st_size / sizeof(struct osc_read);
	const struct osc_read *reads =
		mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fileno(f), 0);

	if (reads == MAP_FAILED) {
		die_of("cannot map reads", dir);
	}
	fclose(f);

	size_t lo = 0, hi = n_max; /* the log is filled from its start: find the first empty one */

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (reads[mid].tsc != 0) {
			lo = mid + 1;
		} else {
			hi = mid;
		}
	}
	*ret_n = lo;
	return reads;
}

static size_t first_at_or_after(const struct osc_read *reads, size_t n, uint64_t tsc)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (reads[mid].tsc < tsc) {
			lo = mid + 1;
		} else {
			hi = mid;
		}
	}
	return lo;
}

static void guest_load(struct run *run, struct guest *guest)
{
	size_t n_reads, n_max = 0;
	const struct osc_read *reads = map_reads(guest->dir, &n_reads);
	FILE *f = open_in(guest->dir, "samples");
	uint64_t before, after;
	int64_t wall_ns;

	while (fscanf(f, "%" SCNu64 " %" SCNu64 " %" SCNd64 "\n", &before, &after, &wall_ns) == 3) {
		size_t i = first_at_or_after(reads, n_reads, before);

		if (i == n_reads || reads[i].tsc > after ||
		    (i + 1 < n_reads && reads[i + 1].tsc <= after)) {
			guest->n_lost++;
			continue;
		}
		if (run->epoch_ns == 0) {
			run->epoch_ns = wall_ns;
		}
		if (guest->n == n_max) {
			n_max = n_max ? 2 * n_max : 1024;
			guest->points =
				must_have(realloc(guest->points, n_max * sizeof(*guest->points)));
		}

		double at_ns = (double)(reads[i].host_ns - run->start_ns) / run->slow;
		double wall = (double)(wall_ns - run->epoch_ns + reads[i].guest_ns % QUANTUM_NS);

		guest->points[guest->n++] =
			(struct point){.at_s = at_ns / NS_PER_S, .ahead_ns = wall - at_ns};
	}
	fclose(f);
	if (guest->n < 2) {
		fprintf(stderr, "pairs: %s: %zu samples, %zu lost: too few\n", guest->dir, guest->n,
			guest->n_lost);
		exit(1);
	}
}

/* The guest's clock at @at_s, between two samples.  @hint: where the last search ended. */
static bool guest_at(const struct guest *guest, double at_s, size_t *hint, double *ret_ns)
{
	while (*hint + 2 < guest->n && guest->points[*hint + 1].at_s < at_s) {
		++*hint;
	}

	const struct point *a = &guest->points[*hint], *b = a + 1;

	if (at_s < a->at_s || at_s > b->at_s || b->at_s - a->at_s > GAP_S) {
		return false;
	}
	*ret_ns =
		a->ahead_ns + (b->ahead_ns - a->ahead_ns) * (at_s - a->at_s) / (b->at_s - a->at_s);
	return true;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile_of(const double *sorted, size_t n, double q)
{
	size_t i = (size_t)(q * (double)n);

	return n == 0 ? NAN : sorted[i < n ? i : n - 1];
}

/* Pair error at each instant of the grid; NAN where a guest is missing. Writes the CSV. */
static double *errors_on_grid(const struct run *run, size_t n_grid)
{
	double *errors = must_have(calloc(n_grid ? n_grid : 1, sizeof(*errors)));
	size_t hint[GUESTS_MAX] = {0};
	FILE *csv = run->csv ? fopen(run->csv, "we") : NULL;

	if (run->csv && !csv) {
		die_of("cannot write", run->csv);
	}
	if (csv) {
		fputs("t_s,pair_error_ns", csv);
		for (size_t g = 0; g < run->n_guests; g++) {
			fprintf(csv, ",clock%zu_ns", g + 1);
		}
		fputc('\n', csv);
	}
	for (size_t i = 0; i < n_grid; i++) {
		double clock[GUESTS_MAX], lo = INFINITY, hi = -INFINITY;
		bool all = true;

		for (size_t g = 0; g < run->n_guests && all; g++) {
			all = guest_at(&run->guests[g], (double)i * run->step_s, &hint[g],
				       &clock[g]);
			lo = all ? fmin(lo, clock[g]) : lo;
			hi = all ? fmax(hi, clock[g]) : hi;
		}
		errors[i] = all ? hi - lo : NAN;
		if (csv && all) {
			fprintf(csv, "%.2f,%.0f", (double)i * run->step_s, errors[i]);
			for (size_t g = 0; g < run->n_guests; g++) {
				fprintf(csv, ",%.0f", clock[g]);
			}
			fputc('\n', csv);
		}
	}
	if (csv) {
		fclose(csv);
	}
	return errors;
}

static double below_from_s(const struct run *run, const double *errors, size_t n, double level_ns)
{
	double since_s = -1;

	for (size_t i = 0; i < n; i++) {
		double at_s = (double)i * run->step_s;

		if (!(errors[i] < level_ns)) { /* a gap breaks it too */
			since_s = -1;
		} else if (since_s < 0) {
			since_s = at_s;
		} else if (at_s - since_s >= HOLD_S) {
			return since_s;
		}
	}
	return -1;
}

static void print_quantiles(const struct run *run, const double *errors, size_t n_grid)
{
	double *chosen = must_have(calloc(n_grid ? n_grid : 1, sizeof(*chosen)));
	size_t n = 0;

	for (size_t i = 0; i < n_grid; i++) {
		double at_s = (double)i * run->step_s;

		if (at_s >= run->from_s && at_s <= run->until_s && !isnan(errors[i])) {
			chosen[n++] = errors[i] / 1000;
		}
	}
	qsort(chosen, n, sizeof(*chosen), by_value);
	printf("instants %zu\nfrom_s %.1f\nuntil_s %.1f\n", n, run->from_s, run->until_s);
	printf("p50_us %.3f\np95_us %.3f\np99_us %.3f\nmax_us %.3f\n", quantile_of(chosen, n, 0.5),
	       quantile_of(chosen, n, 0.95), quantile_of(chosen, n, 0.99), n ? chosen[n - 1] : NAN);
	free(chosen);
}

/* Per guest: its rate against the host over the window, from the window's first and last sample. */
static void print_guests(const struct run *run)
{
	for (size_t g = 0; g < run->n_guests; g++) {
		const struct guest *guest = &run->guests[g];
		const struct point *first = NULL, *last = NULL;

		for (size_t i = 0; i < guest->n; i++) {
			double at_s = guest->points[i].at_s;

			if (at_s >= run->from_s && at_s <= run->until_s) {
				first = first ? first : &guest->points[i];
				last = &guest->points[i];
			}
		}
		printf("guest%zu_samples %zu\nguest%zu_lost %zu\n", g + 1, guest->n, g + 1,
		       guest->n_lost);
		if (first && last->at_s > first->at_s) {
			printf("guest%zu_rate_ppm %.4f\n", g + 1,
			       (last->ahead_ns - first->ahead_ns) / (last->at_s - first->at_s) /
				       1000);
		}
	}
}

static void parse_options(struct run *run, int argc, char **argv)
{
	static const struct option options[] = {
		{"from", required_argument, NULL, 'f'}, {"until", required_argument, NULL, 'u'},
		{"step", required_argument, NULL, 's'}, {"slow", required_argument, NULL, 'k'},
		{"csv", required_argument, NULL, 'c'},	{0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'f':
			run->from_s = strtod(optarg, NULL);
			break;
		case 'u':
			run->until_s = strtod(optarg, NULL);
			break;
		case 's':
			run->step_s = strtod(optarg, NULL);
			break;
		case 'k':
			run->slow = strtod(optarg, NULL);
			break;
		case 'c':
			run->csv = optarg;
			break;
		default:
			exit(2);
		}
	}
	if (argc - optind < 2 || argc - optind - 1 > GUESTS_MAX || run->step_s <= 0) {
		fprintf(stderr, "usage: pairs [--from S] [--until S] [--step S] [--slow K] "
				"[--csv FILE] START_NS GUEST_DIR...\n");
		exit(2);
	}
	run->start_ns = strtoll(argv[optind++], NULL, 10);
	while (optind < argc) {
		run->guests[run->n_guests++].dir = argv[optind++];
	}
}

int main(int argc, char **argv)
{
	static struct run run = {.from_s = NAN, .until_s = NAN, .step_s = 0.1, .slow = 1};
	double end_s = INFINITY;

	parse_options(&run, argc, argv);
	for (size_t g = 0; g < run.n_guests; g++) {
		guest_load(&run, &run.guests[g]);
		end_s = fmin(end_s, run.guests[g].points[run.guests[g].n - 1].at_s);
	}
	run.until_s = isnan(run.until_s) ? end_s : run.until_s;
	run.from_s = isnan(run.from_s) ? run.until_s / 2 : run.from_s;

	size_t n_grid = end_s > 0 ? (size_t)(end_s / run.step_s) : 0;
	double *errors = errors_on_grid(&run, n_grid);

	printf("guests %zu\n", run.n_guests);
	print_quantiles(&run, errors, n_grid);
	printf("below_1ms_s %.1f\nbelow_100us_s %.1f\nbelow_10us_s %.1f\n",
	       below_from_s(&run, errors, n_grid, 1e6), below_from_s(&run, errors, n_grid, 1e5),
	       below_from_s(&run, errors, n_grid, 1e4));
	print_guests(&run);
	free(errors);
	for (size_t g = 0; g < run.n_guests; g++) {
		free(run.guests[g].points);
	}
	return 0;
}
