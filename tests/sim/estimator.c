/* estimator.c - what one estimator costs its master: CPU time per exchange and memory. */
#include "core/estimate/estimator.h"

#include "berk/node.h"
#include "tests/lib/path.h"
#include "tests/sim/command.h"
#include "tests/sim/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RUNS 100

/* Exchanges from this one on, up to the next. */
static const unsigned from[] = {0, 16, 64, 120, 136, 512, 1024};
#define N_PARTS (sizeof(from) / sizeof(from[0]) - 1)

static double cpu_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

/* Of @n exchanges, in all. */
static double cost_us(struct estimator *e, struct path *p, unsigned n)
{
	double sum = 0;

	for (unsigned i = 0; i < n; i++) {
		struct exchange x = path_exchange(p);
		double before = cpu_us();

		(void)estimator_push(e, &x);
		sum += cpu_us() - before;
		path_wait(p, NS_PER_S / 4);
	}
	return sum;
}

int cmd_estimator(int argc, char **argv)
{
	struct estimator_config config = {.max_drift_ppb = 100000, .delay_ns_max = NS_PER_S};
	double sum[N_PARTS] = {0};
	int status;

	if (!options_take(
		    "CPU time per exchange of one peer's estimator, and its memory: the first\n"
		    "exchanges, solved together, and the filter's.  They are 0.25 s apart, jitter "
		    "is 100 us.",
		    NULL, 0, argc, argv, &status)) {
		return status;
	}
	struct estimator *e = malloc(estimator_size());

	if (!e) {
		abort();
	}
	for (uint64_t seed = 1; seed <= RUNS; seed++) {
		struct path p;

		path_init(&p, EXPONENTIAL, seed);
		p.wander = 1e-9;
		estimator_init(e, &config);
		for (size_t i = 0; i < N_PARTS; i++) {
			sum[i] += cost_us(e, &p, from[i + 1] - from[i]);
		}
	}
	printf("seeds 1 .. %d\nmemory %.1f KiB\n\n", RUNS, (double)estimator_size() / 1024);
	puts("| exchanges | CPU us each |\n|---|---|");
	for (size_t i = 0; i < N_PARTS; i++) {
		printf("| %u .. %u | %.1f |\n", from[i] + 1, from[i + 1],
		       sum[i] / RUNS / (from[i + 1] - from[i]));
	}
	free(e);
	return EXIT_HELD;
}
