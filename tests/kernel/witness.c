/* witness.c - what a guest's kernel says of its clock, each millisecond, for claims.c.
 *
 *	witness PERIOD_US >claims
 *
 * Each line has the TSC before and after one adjtimex(2), the clock (ns), 1 or 0 for STA_UNSYNC, and
 * maxerror (us): all of one moment, for the kernel reads them in one call.
 */
#include "oscillator.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/timex.h>
#include <time.h>

#define ROOM (1 << 18) /* of the buffer: a write to the host costs the guest more than a sample */

static volatile sig_atomic_t stopped;

static void on_term(int signal)
{
	(void)signal;
	stopped = 1;
}

int main(int argc, char **argv)
{
	static char buffer[ROOM];

	if (argc != 2) {
		fprintf(stderr, "usage: witness PERIOD_US\n");
		return 2;
	}
	const struct timespec pause = {0, strtol(argv[1], NULL, 10) * 1000};

	mlockall(MCL_CURRENT | MCL_FUTURE);
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	signal(SIGTERM, on_term);
	while (!stopped) {
		struct timex t = {.modes = 0};
		uint64_t before = tsc_now();
		int r = adjtimex(&t);
		uint64_t after = tsc_now();

		if (r < 0) {
			perror("witness: adjtimex");
			return 1;
		}
		printf("%" PRIu64 " %" PRIu64 " %lld%09ld %d %ld\n", before, after,
		       (long long)t.time.tv_sec,
		       (long)t.time.tv_usec * (t.status & STA_NANO ? 1 : 1000),
		       !!(t.status & STA_UNSYNC), t.maxerror);
		nanosleep(&pause, NULL);
	}
	return fflush(stdout) != 0;
}
