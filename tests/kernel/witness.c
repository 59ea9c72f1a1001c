/* witness.c - what a guest says of its clock, each millisecond, for claims.c.
 *
 *	witness PERIOD_US [STATUS_SOCKET] >claims
 *
 * Each line has the TSC before and after a reading of the clock, the clock (ns), 1 or 0 for "not
 * synchronised", and how wrong it is at most (us).
 *
 * Without a socket these are of one adjtimex(2): STA_UNSYNC and maxerror are of the same moment as
 * the clock.  With that of berkd they are the bound that it publishes, or that it publishes none,
 * or is not there.  The clock is read as users do, before the question and after the answer; where
 * it was set between the two, the answer is of one of both, nobody knows which: there is no line.
 */
#include "oscillator.h"

#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define ROOM	 (1 << 18) /* of the buffer: a write to the host costs the guest more than a sample */
#define NS_PER_S INT64_C(1000000000)
#define SET_NS	 5000000 /* more than a preempted reading, less than what the tests set a clock by */

static volatile sig_atomic_t stopped;

static void on_term(int signal)
{
	(void)signal;
	stopped = 1;
}

static int64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* --- The kernel --- */

static int sample_kernel(void)
{
	struct timex t = {.modes = 0};
	uint64_t before = tsc_now();
	int r = adjtimex(&t);
	uint64_t after = tsc_now();

	if (r < 0) {
		perror("witness: adjtimex");
		return 1;
	}
	printf("%" PRIu64 " %" PRIu64 " %lld%09ld %d %ld\n", before, after,
	       (long long)t.time.tv_sec, (long)t.time.tv_usec * (t.status & STA_NANO ? 1 : 1000),
	       !!(t.status & STA_UNSYNC), t.maxerror);
	return 0;
}

/* --- berkd --- */

static int connect_to(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* A varlink call ends with its NUL, and so does the answer.  False: berkd went away. */
static bool ask(int fd, char *answer, size_t size)
{
	static const char call[] = "{\"method\":\"net.berkd.Status\"}";
	size_t len = 0;

	if (send(fd, call, sizeof(call), MSG_NOSIGNAL) != sizeof(call)) {
		return false;
	}
	while (len < size) {
		ssize_t n = read(fd, answer + len, size - len);

		if (n <= 0) {
			return false;
		}
		len += (size_t)n;
		if (answer[len - 1] == '\0') {
			return true;
		}
	}
	return false;
}

/* The bound that berkd publishes, us, rounded up; -1: none, or it is not there. */
static long published_us(const char *path)
{
	static const char key[] = "\"bound_ns\":";
	static char answer[1 << 16];
	static int fd = -1;

	fd = fd < 0 ? connect_to(path) : fd;
	if (fd < 0) {
		return -1;
	}
	if (!ask(fd, answer, sizeof(answer))) {
		close(fd);
		fd = -1;
		return -1;
	}
	const char *at = strstr(answer, key);

	return at ? (strtol(at + sizeof(key) - 1, NULL, 10) + 999) / 1000 : -1;
}

static int sample_berkd(const char *path)
{
	int64_t raw_ns = clock_ns(CLOCK_MONOTONIC_RAW), wall_ns = clock_ns(CLOCK_REALTIME);
	long max_us = published_us(path);

	raw_ns = clock_ns(CLOCK_MONOTONIC_RAW) - raw_ns;
	uint64_t before = tsc_now();
	int64_t now_ns = clock_ns(CLOCK_REALTIME);
	uint64_t after = tsc_now();

	if (llabs(now_ns - wall_ns - raw_ns) < SET_NS + raw_ns / 10) {
		printf("%" PRIu64 " %" PRIu64 " %" PRId64 " %d %ld\n", before, after, now_ns,
		       max_us < 0, max_us < 0 ? 0 : max_us);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static char buffer[ROOM];
	int r = 0;

	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: witness PERIOD_US [STATUS_SOCKET]\n");
		return 2;
	}
	const struct timespec pause = {0, strtol(argv[1], NULL, 10) * 1000};

	mlockall(MCL_CURRENT | MCL_FUTURE);
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	signal(SIGTERM, on_term);
	while (!stopped && r == 0) {
		r = argc == 3 ? sample_berkd(argv[2]) : sample_kernel();
		nanosleep(&pause, NULL);
	}
	return fflush(stdout) != 0 || r != 0;
}
