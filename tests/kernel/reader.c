/* reader.c - a program that trusts its clock: polls CLOCK_REALTIME until SIGTERM and tells
 * whether time ever went backward, or was set.
 *
 *	reader PERIOD_US
 *
 * prints "reads N", "backward N" (reads below the one before), "largest_backward_ns N" and
 * "sets N" (times the kernel reported a discontinuous change: ADJ_SETOFFSET, clock_settime()).
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;

static void on_term(int sig)
{
	(void)sig;
	stopped = 1;
}

static int64_t wall_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* A timer that never expires, but whose read() fails with ECANCELED once the clock was set. */
static int watch_arm(int fd)
{
	struct itimerspec far = {.it_value.tv_sec = INT32_MAX * INT64_C(4)};

	return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, NULL);
}

int main(int argc, char **argv)
{
	uint64_t n_reads = 0, n_backward = 0, n_sets = 0;
	int64_t largest_ns = 0, last_ns;
	int watch = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);

	if (argc != 2 || watch < 0 || watch_arm(watch) < 0) {
		fprintf(stderr, "usage: reader PERIOD_US (and a kernel with timerfd)\n");
		return 2;
	}
	signal(SIGTERM, on_term);
	last_ns = wall_ns();
	while (!stopped) {
		uint64_t expired;
		int64_t now_ns = wall_ns();

		if (now_ns < last_ns) {
			n_backward++;
			largest_ns = last_ns - now_ns > largest_ns ? last_ns - now_ns : largest_ns;
		}
		last_ns = now_ns;
		n_reads++;
		if (read(watch, &expired, sizeof(expired)) < 0 && errno == ECANCELED) {
			n_sets++;
			watch_arm(watch);
		}
		usleep((useconds_t)strtoul(argv[1], NULL, 10));
	}
	printf("reads %" PRIu64 "\nbackward %" PRIu64 "\nlargest_backward_ns %" PRId64
	       "\nsets %" PRIu64 "\n",
	       n_reads, n_backward, largest_ns, n_sets);
	return 0;
}
