/* sampler.c - samples of a guest's CLOCK_REALTIME against the TSC, for pairs.c.
 *
 *	sampler PERIOD_MS BURST >samples
 *
 * Each period it brackets BURST clock reads with the TSC and prints the tightest:
 * TSC before, TSC after, clock in ns.
 */
#include "oscillator.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define LINES_PER_WRITE 20 /* a write to the host costs the guest more than a sample */

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: sampler PERIOD_MS BURST\n");
		return 2;
	}
	long period_ms = strtol(argv[1], NULL, 10);
	long burst = strtol(argv[2], NULL, 10);
	struct timespec pause = {period_ms / 1000, period_ms % 1000 * 1000000};

	mlockall(MCL_CURRENT | MCL_FUTURE);
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	for (unsigned n = 1;; n++) {
		uint64_t best_before = 0, best_after = UINT64_MAX;
		struct timespec best = {0};

		for (long i = 0; i < burst; i++) {
			struct timespec ts;
			uint64_t before = tsc_now();
			clock_gettime(CLOCK_REALTIME, &ts);
			uint64_t after = tsc_now();

			if (after - before < best_after - best_before) {
				best_before = before;
				best_after = after;
				best = ts;
			}
		}
		printf("%" PRIu64 " %" PRIu64 " %lld%09ld\n", best_before, best_after,
		       (long long)best.tv_sec, best.tv_nsec);
		if (n % LINES_PER_WRITE == 0) {
			fflush(stdout);
		}
		nanosleep(&pause, NULL);
	}
}
