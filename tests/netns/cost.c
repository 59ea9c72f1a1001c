/* cost.c - what it costs one host to keep time with others.  bench_cost.sh calls this program.
 *
 *	cost berkd|client|server PEERS SECONDS [CHRONYD]
 *
 * The program polls each of the PEERS 16 times a second and prints "exchanges CPU_S RSS_KIB" of
 * one process: berkd's master, or chronyd as a client that measures its servers, or chronyd as a
 * server that answers its clients.  A master does the work of both chronyds.  The chronyds run
 * with -x and without the right to set a clock (sandbox.h).  An exchange is counted by the
 * datagram that arrived for it.  A master also receives what its deputy measured; so that these
 * datagrams do not count, no more exchanges are counted than were due.
 */
#include "berk/time.h"
#include "netns/lib/ask.h"
#include "netns/lib/group.h"
#include "netns/lib/sandbox.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SETTLE_S 20.0
#define LOG2_HZ	 4 /* polls a second, as chrony's minpoll takes it */

struct cost {
	uint64_t exchanges;
	double cpu_s;
	long rss_kib;
};

static double read_cpu_s(pid_t pid)
{
	struct timespec t;
	clockid_t id;

	if (clock_getcpuclockid(pid, &id) != 0 || clock_gettime(id, &t) < 0) {
		sandbox_die("process %d has ended", (int)pid);
	}
	return (double)t.tv_sec + (double)t.tv_nsec / (double)NS_PER_S;
}

/* UDP datagrams that this process's namespace has received for a socket, IPv4 and IPv6. */
static uint64_t count_datagrams(pid_t pid)
{
	char path[64], line[1024];
	uint64_t v4 = 0, v6 = 0;

	snprintf(path, sizeof(path), "/proc/%d/net/snmp", (int)pid);
	FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "Udp: %" SCNu64, &v4); /* the line of names has no number */
	}
	if (f) {
		fclose(f);
	}
	snprintf(path, sizeof(path), "/proc/%d/net/snmp6", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "Udp6InDatagrams %" SCNu64, &v6);
	}
	if (f) {
		fclose(f);
	}
	return v4 + v6;
}

static long read_rss_kib(pid_t pid)
{
	char path[64], line[256];
	long kib = -1;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "VmRSS: %ld", &kib);
	}
	if (f) {
		fclose(f);
	}
	return kib;
}

static struct cost measure_process(pid_t pid, unsigned peers, double seconds)
{
	uint64_t before = count_datagrams(pid), due = (uint64_t)(peers * seconds) << LOG2_HZ;
	double cpu = read_cpu_s(pid);

	sleep((unsigned)seconds);
	uint64_t came = count_datagrams(pid) - before;
	return (struct cost){came < due ? came : due, read_cpu_s(pid) - cpu, read_rss_kib(pid)};
}

static struct cost measure_berkd(unsigned n, double seconds)
{
	struct group g;
	char text[128];

	group_init(&g, n);
	snprintf(text, sizeof(text), "[clock]\npoll = %dus\npoll_min = %dus\n", 1000000 >> LOG2_HZ,
		 1000000 >> LOG2_HZ);
	for (unsigned i = 0; i < n; i++) {
		host_config(&g.host[i], text);
	}
	group_start(&g);
	group_run(&g, SETTLE_S);

	int master = group_master(&g, GROUP_ALL);
	if (master < 0) {
		sandbox_die("no master after %.0f s", SETTLE_S);
	}
	struct cost cost = measure_process(g.host[master].pid, n - 1, seconds);
	group_fini(&g);
	return cost;
}

/* @server: else a client of all others, which are servers. */
static void start_chrony(const char *chronyd, struct host *h, const struct group *g, bool server)
{
	char config[128], log[128];
	const char *argv[] = {chronyd, "-x", "-d", "-u", "root", "-f", config, NULL};

	snprintf(config, sizeof(config), "%s/chrony.conf", h->dir);
	snprintf(log, sizeof(log), "%s/log", h->dir);
	FILE *f = fopen(config, "we");
	if (!f) {
		sandbox_die("%s: %s", config, strerror(errno));
	}
	fprintf(f, "cmdport 0\nbindcmdaddress /\npidfile %s/pid\n", h->dir);
	if (server) {
		fputs("local stratum 10\nallow\n", f);
	}
	for (unsigned i = 0; !server && i < g->n; i++) {
		if (&g->host[i] != h && (h == &g->host[0] || i == 0)) {
			fprintf(f, "server 10.82.75.%u iburst minpoll %d maxpoll %d\n",
				g->host[i].number, -LOG2_HZ, -LOG2_HZ);
		}
	}
	fclose(f);
	h->pid = host_spawn(h, log, argv);
}

/* Host 1 serves all others, or measures all others. */
static struct cost measure_chrony(const char *chronyd, unsigned n, bool serves, double seconds)
{
	struct group g;

	group_init(&g, n);
	for (unsigned i = 0; i < n; i++) {
		start_chrony(chronyd, &g.host[i], &g, (i == 0) == serves);
	}
	sleep((unsigned)SETTLE_S);
	struct cost cost = measure_process(g.host[0].pid, n - 1, seconds);
	group_fini(&g);
	return cost;
}

int main(int argc, char **argv)
{
	bool berkd = argc == 4 && strcmp(argv[1], "berkd") == 0;
	bool server = argc == 5 && strcmp(argv[1], "server") == 0;

	if (!berkd && !server && (argc != 5 || strcmp(argv[1], "client") != 0)) {
		fprintf(stderr, "usage: cost berkd|client|server PEERS SECONDS [CHRONYD]\n");
		return 2;
	}
	unsigned n = 1 + (unsigned)atoi(argv[2]);
	double seconds = atof(argv[3]);

	sandbox_enter((unsigned)(seconds + SETTLE_S) + 60);
	struct cost cost =
		berkd ? measure_berkd(n, seconds) : measure_chrony(argv[4], n, server, seconds);
	printf("%" PRIu64 " %.6f %ld\n", cost.exchanges, cost.cpu_s, cost.rss_kib);
	return 0;
}
