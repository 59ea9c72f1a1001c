/* timex.c - shows the kernel's clock as adjtimex(2) does, and changes it as a stranger would.
 *
 *	timex               print frequency, tick, status and errors
 *	timex node          print what the node exporter of Prometheus makes of them
 *	timex frequencies   print the frequency (ppb) each millisecond, until it is killed
 *	timex freq PPB      set the frequency, as a second time daemon would
 *	timex offset NS     move the clock, discontinuously
 *	timex leap insert | delete | none
 *	                    ask for a leap second at the next UTC midnight, as a time daemon does
 *	timex host          print CLOCK_MONOTONIC, CLOCK_REALTIME (ns) and the TSC
 *	timex pace          as process 1 of a guest: print the cycles that a system call takes, and end the guest
 *	timex set TSC NS NS_PER_CYCLE
 *	                    set the clock so that it showed NS when the TSC stood at TSC
 *
 * It sets the clock of a User Mode Linux guest only: never that of a real machine.
 */
#include "oscillator.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S    INT64_C(1000000000)
#define TICK_US	    10000 /* USER_HZ is 100 */
#define PACE_CALLS  5000
#define TICK_US_PPB 100000 /* one us more per tick */

static int64_t now_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* The frequency is in units of 2^-16 ppm. */
static double freq_ppb(const struct timex *t)
{
	return (double)t->freq * 1000 / 65536 + (double)(t->tick - TICK_US) * TICK_US_PPB;
}

static int show_frequencies(void)
{
	struct timex t = {.modes = 0};

	while (adjtimex(&t) >= 0 && printf("%.3f\n", freq_ppb(&t)) > 0 && fflush(stdout) == 0) {
		usleep(1000);
	}
	return 1;
}

static int show_clock(void)
{
	struct timex t = {.modes = 0};
	int state = adjtimex(&t);

	if (state < 0) {
		perror("adjtimex");
		return 1;
	}
	printf("freq_ppb %.3f\n", freq_ppb(&t));
	printf("tick_us %ld\nstatus 0x%x\nunsync %d\npll %d\nstate %d\n", t.tick,
	       (unsigned)t.status, !!(t.status & STA_UNSYNC), !!(t.status & STA_PLL), state);
	printf("maxerror_us %ld\nesterror_us %ld\n", t.maxerror, t.esterror);
	return 0;
}

/* As collector/timex.go does: synchronised is what is no TIME_ERROR. */
static int show_node(void)
{
	struct timex t = {.modes = 0};
	int state = adjtimex(&t);

	if (state < 0) {
		perror("adjtimex");
		return 1;
	}
	printf("node_timex_sync_status %d\n", state != TIME_ERROR);
	printf("node_timex_maxerror_seconds %f\n", (double)t.maxerror / 1e6);
	printf("node_timex_estimated_error_seconds %f\n", (double)t.esterror / 1e6);
	printf("node_timex_offset_seconds %.9f\n",
	       (double)t.offset / (t.status & STA_NANO ? 1e9 : 1e6));
	return 0;
}

static bool is_guest(void)
{
	char line[256];
	bool found = false;
	FILE *f = fopen("/proc/cpuinfo", "re");

	while (f && !found && fgets(line, sizeof(line), f)) {
		found = strstr(line, "User Mode Linux") != NULL;
	}
	if (f) {
		fclose(f);
	}
	return found;
}

static int set_clock(struct timex *t)
{
	if (!is_guest()) {
		fprintf(stderr,
			"timex: this is no User Mode Linux guest; its clock is left alone\n");
		return 1;
	}
	if (adjtimex(t) < 0) {
		perror("adjtimex");
		return 1;
	}
	return 0;
}

static int set_freq(int64_t ppb)
{
	struct timex t = {.modes = ADJ_FREQUENCY, .freq = (long)(ppb * 65536 / 1000)};

	return set_clock(&t);
}

static int set_offset(int64_t ns)
{
	struct timex t = {.modes = ADJ_SETOFFSET | ADJ_NANO};
	int64_t part_ns = ns % NS_PER_S;

	/* The kernel wants 0 <= fraction < 1 s. */
	t.time.tv_sec = ns / NS_PER_S - (part_ns < 0);
	t.time.tv_usec = part_ns < 0 ? part_ns + NS_PER_S : part_ns;
	return set_clock(&t);
}

/* A leap second at the end of the UTC day of a clock that is in order, or no more. */
static int set_leap(const char *what)
{
	int flag = strcmp(what, "insert") == 0	 ? STA_INS
		   : strcmp(what, "delete") == 0 ? STA_DEL
						 : 0;
	struct timex t = {.modes = ADJ_STATUS | ADJ_MAXERROR, .status = flag, .maxerror = 100};

	if (flag == 0 && strcmp(what, "none") != 0) {
		fprintf(stderr, "timex: %s is no leap: insert, delete, none\n", what);
		return 2;
	}
	return set_clock(&t);
}

static int set_at_tsc(uint64_t tsc, int64_t wall_ns, double ns_per_cycle)
{
	int64_t since_ns = (int64_t)((double)(tsc_now() - tsc) * ns_per_cycle);

	return set_offset(wall_ns + since_ns - now_ns(CLOCK_REALTIME));
}

/* For each system call of a guest the machine switches between two tasks, and back. */
static int show_pace(void)
{
	uint64_t began = tsc_now();

	for (int i = 0; i < PACE_CALLS; i++) {
		syscall(SYS_getppid);
	}
	printf("pace %" PRIu64 "\n", (tsc_now() - began) / PACE_CALLS);
	fflush(stdout);
	if (getpid() == 1) {
		reboot(RB_POWER_OFF);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 1) {
		return show_clock();
	}
	if (argc == 2 && strcmp(argv[1], "host") == 0) {
		printf("%" PRId64 " %" PRId64 " %" PRIu64 "\n", now_ns(CLOCK_MONOTONIC),
		       now_ns(CLOCK_REALTIME), tsc_now());
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "node") == 0) {
		return show_node();
	}
	if (argc == 2 && strcmp(argv[1], "frequencies") == 0) {
		return show_frequencies();
	}
	if (argc == 2 && strcmp(argv[1], "pace") == 0) {
		return show_pace();
	}
	if (argc == 3 && strcmp(argv[1], "freq") == 0) {
		return set_freq(strtoll(argv[2], NULL, 10));
	}
	if (argc == 3 && strcmp(argv[1], "offset") == 0) {
		return set_offset(strtoll(argv[2], NULL, 10));
	}
	if (argc == 3 && strcmp(argv[1], "leap") == 0) {
		return set_leap(argv[2]);
	}
	if (argc == 5 && strcmp(argv[1], "set") == 0) {
		return set_at_tsc(strtoull(argv[2], NULL, 10), strtoll(argv[3], NULL, 10),
				  strtod(argv[4], NULL));
	}
	fprintf(stderr, "usage: timex [frequencies | freq PPB | offset NS | leap "
			"insert|delete|none | host | pace | "
			"set TSC NS NS_PER_CYCLE]\n");
	return 2;
}
