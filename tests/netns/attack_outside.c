/* attack_outside.c - cases T8 to T12: whoever has no key reflects, replays and floods. */
#include "netns/attack.h"

#include "berk/wire.h"
#include "netns/lib/flood.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define JOIN_S 15.0 /* a newcomer is one of the group within ... */

/* --- T8: a mirror --- */

enum { MIRROR = 4, MIRROR_HOSTS };
#define MIRROR_S 15
#define MET_S	 60.0 /* who does not answer is called more and more rarely */

/* Whatever comes to @h goes back to its sender: its HELLO, and its own CHALLENGE to that.  @n counts. */
static pid_t mirror_start(const struct host *h, uint64_t *n_sent)
{
	struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)}, from;
	uint8_t packet[2048];
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0) {
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	netns_go(&h->ns);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		_exit(1);
	}
	for (;;) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &len);

		if (n > 0) {
			*n_sent += sendto(fd, packet, (size_t)n, 0, (struct sockaddr *)&from,
					  len) == n;
		}
	}
}

/* A contact that was a mirror is called again, and met.  It is the only way to anybody: there is no
 * discovery, and no host is told of another. */
static void a_mirror_is_not_oneself_for_good(struct group *g)
{
	uint64_t *n_sent = mmap(NULL, sizeof(*n_sent), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;

	assert_true(n_sent != MAP_FAILED);
	pid_t mirror = mirror_start(&g->host[MIRROR], n_sent);

	for (unsigned i = 0; i < MIRROR_HOSTS; i++) {
		host_config(&g->host[i], i == MIRROR ? "[network]\ndiscovery = no\n"
						     : "[network]\ndiscovery = no\n"
						       "peers = 10.82.75.5\n");
	}
	for (unsigned i = 0; i < MIRROR; i++) {
		host_start(&g->host[i]);
	}
	group_run(g, MIRROR_S);
	kill(mirror, SIGKILL);
	assert_int_equal(waitpid(mirror, &status, 0), mirror);
	assert_true(WIFSIGNALED(status));
	uint64_t n = *n_sent;

	munmap(n_sent, sizeof(*n_sent));
	assert_true(n >= MIRROR); /* each of them has met itself */
	for (unsigned i = 0; i < MIRROR; i++) {
		assert_int_equal(group_master(g, 1U << i | 1U << (i + 1) % MIRROR), -1);
	}
	host_start(&g->host[MIRROR]);
	int64_t began = truth_now();

	wait_until(g, group_is_settled, NULL);
	lane_figure(8, "who sent %u packets back in %u s is one of the group %.1f s later",
		    (unsigned)n, MIRROR_S, seconds_since(began));
	assert_true(seconds_since(began) < MET_S);
}

/* --- T9: a DISCOVER from many addresses --- */

enum { SPOOFER = 3, NEWCOMER, SPOOF_HOSTS };
#define N_SPOOFED 100
#define N_ROUNDS  20
#define LITTLE	  20 /* what comes back is less than one part of what was sent in so many */

static struct datagram heard[4096];

static bool is_back(struct group *g, void *h)
{
	char role[ASK_TEXT_MAX];

	(void)status_text(h, "role", role);
	return g && (strcmp(role, "deputy") == 0 || strcmp(role, "member") == 0);
}

/* Sockets of the spoofer, one to each of its addresses. */
static void open_spoofed(struct group *g, int fd[N_SPOOFED])
{
	struct netns *ns = &g->host[SPOOFER].ns;
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(PORT)};

	for (unsigned i = 0; i < N_SPOOFED; i++) {
		char address[32];

		(void)snprintf(address, sizeof(address), "10.82.75.%u/24", 100 + i);
		net_address(ns, "eth0", address, true);
		*strchr(address, '/') = '\0';
		assert_int_equal(inet_pton(AF_INET, address, &at.sin_addr), 1);
		netns_go(ns);
		fd[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		netns_go(&g->hub);
		assert_int_equal(bind(fd[i], (struct sockaddr *)&at, sizeof(at)), 0);
		assert_int_equal(setsockopt(fd[i], IPPROTO_IP, IP_MULTICAST_IF, &at.sin_addr,
					    sizeof(at.sin_addr)),
				 0);
	}
}

/* Send @d, as it was, from all of them; in bytes. */
static uint64_t send_spoofed(const int fd[N_SPOOFED], const struct datagram *d)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	uint64_t sent = 0;

	memcpy(&to.sin_addr, d->to, sizeof(d->to));
	for (unsigned i = 0; i < N_SPOOFED; i++) {
		ssize_t n = sendto(fd[i], d->data, d->len, 0, (struct sockaddr *)&to, sizeof(to));

		assert_int_equal(n, d->len);
		sent += d->len;
	}
	return sent;
}

/* What has come to them, in bytes. */
static uint64_t take_spoofed(const int fd[N_SPOOFED])
{
	uint8_t packet[2048];
	uint64_t got = 0;

	for (unsigned i = 0; i < N_SPOOFED; i++) {
		ssize_t n;

		while ((n = recv(fd[i], packet, sizeof(packet), 0)) >= 0) {
			got += (uint64_t)n;
		}
	}
	return got;
}

static const struct datagram *find(size_t n, uint8_t type)
{
	for (size_t i = 0; i < n; i++) {
		if (heard[i].len > WIRE_HEADER_LEN && heard[i].data[3] == type) {
			return &heard[i];
		}
	}
	return NULL;
}

/* Three hosts are a group; what one of them called to all is said again from other addresses. */
static void a_discover_from_many_addresses_brings_little(struct group *g)
{
	int fd[N_SPOOFED], tap;
	uint64_t sent = 0, got = 0;

	for (unsigned i = 0; i < g->n; i++) {
		host_config(&g->host[i], "[network]\nipv6 = no\n");
	}
	tap = flood_tap(&g->host[0], &g->hub);
	for (unsigned i = 0; i < SPOOFER; i++) {
		host_start(&g->host[i]);
	}
	wait_until(g, group_is_settled, NULL);
	const struct datagram *d =
		find(flood_heard(tap, heard, sizeof(heard) / sizeof(heard[0])), WIRE_DISCOVER);

	assert_non_null(d);
	open_spoofed(g, fd);
	for (unsigned k = 0; k < N_ROUNDS; k++) {
		sent += send_spoofed(fd, d);
		group_run(g, 0.1);
		got += take_spoofed(fd);
	}
	int64_t began = truth_now();

	host_start(&g->host[NEWCOMER]);

	while (!is_back(g, &g->host[NEWCOMER]) && seconds_since(began) < WAIT_S) {
		sent += send_spoofed(fd, d);
		group_run(g, 0.1);
		got += take_spoofed(fd);
	}
	lane_figure(9, "%.0f bytes came back for %.0f; a new host is in after %.1f s", (double)got,
		    (double)sent, seconds_since(began));
	assert_true(sent > 0 && LITTLE * got <= sent);
	assert_true(seconds_since(began) < SLOW * JOIN_S);
}

/* --- T10 to T12: floods --- */

enum { VICTIM = 0, RETURNING = 2, FLOODER, FLOOD_HOSTS };
#define FLOOD_S	       4.0
#define RATE_REPLAY    40000
#define RATE_RESPONSES 20000
#define RATE_JUNK      11000
#define JUNK_LEN       16

static double cpu_s(pid_t pid)
{
	struct timespec t;
	clockid_t id;

	assert_int_equal(clock_getcpuclockid(pid, &id), 0);
	assert_int_equal(clock_gettime(id, &t), 0);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The largest bound that a host publishes now. */
static int64_t largest_bound(const struct group *g)
{
	int64_t most = 0;

	for (unsigned i = 0; i < FLOODER; i++) {
		most = ns_max(most, status_int(&g->host[i], "bound_ns"));
	}
	return most;
}

/* The victim is flooded with @d, and remains master. */
static void stand(struct group *g, unsigned number, const struct datagram *d, size_t n,
		  unsigned rate)
{
	const struct host *h = &g->host[VICTIM];
	int64_t term = status_int(h, "term");
	struct flood f = flood_begin(&g->host[FLOODER], h, d, n, rate);
	double before = cpu_s(h->pid);

	group_run(g, FLOOD_S);
	double cpu = (cpu_s(h->pid) - before) / FLOOD_S;
	int64_t bound = largest_bound(g);
	double sent = (double)flood_end(&f) / FLOOD_S;

	lane_figure(number,
		    "%.0f/s: the master takes %.1f %% of a processor, keeps its lease; "
		    "bounds up to %.0f us",
		    sent, 100 * cpu, us_of(bound));
	assert_int_equal(group_master(g, GROUP_ALL), VICTIM);
	assert_int_equal(status_int(h, "term"), term);
	assert_bounds_hold(g, GROUP_ALL & ~(1U << FLOODER));
}

/* What was heard of @type, or of all for 0, and went to the victim; with its last byte @changed. */
static size_t choose(struct datagram *ret, size_t n, uint8_t type, bool changed)
{
	size_t chosen = 0;

	for (size_t i = 0; i < n; i++) {
		if (heard[i].to[3] == VICTIM + 1 && (!type || heard[i].data[3] == type)) {
			ret[chosen] = heard[i];
			ret[chosen].data[heard[i].len - 1] ^= changed;
			chosen++;
		}
	}
	return chosen;
}

static void floods_cost_no_lease_and_keep_nobody_out(struct group *g)
{
	static struct datagram chosen[4096];
	int tap = flood_tap(&g->host[FLOODER], &g->hub);
	struct host *back = &g->host[RETURNING];

	for (unsigned i = 0; i < FLOOD_HOSTS; i++) { /* all call the victim, who leads */
		host_config(&g->host[i], i == VICTIM ? "[network]\nipv6 = no\ndiscovery = no\n"
						       "[node]\npriority = 200\n"
						     : "[network]\nipv6 = no\ndiscovery = no\n"
						       "peers = 10.82.75.1\n");
	}
	group_start(g);
	wait_until(g, group_is_settled, NULL);
	assert_int_equal(group_master(g, GROUP_ALL), VICTIM);
	host_stop(&g->host[FLOODER], SIGKILL);
	size_t n = flood_heard(tap, heard, sizeof(heard) / sizeof(heard[0]));

	stand(g, 12, chosen, choose(chosen, n, 0, false), RATE_REPLAY);
	stand(g, 10, chosen, choose(chosen, n, WIRE_RESPONSE, true), RATE_RESPONSES);

	size_t n_junk = choose(chosen, n, WIRE_HELLO, false);

	chosen[0].len = JUNK_LEN;
	host_stop(back, SIGKILL);
	struct flood f =
		flood_begin(&g->host[FLOODER], &g->host[VICTIM], chosen, n_junk > 0, RATE_JUNK);

	int64_t began = truth_now();

	host_start(back);
	bool is = group_until(g, SLOW * JOIN_S, is_back, back);
	double sent = (double)flood_end(&f) / seconds_since(began);

	lane_figure(11, "%.0f/s of %u bytes: a member that is restarted is back after %.1f s", sent,
		    JUNK_LEN, seconds_since(began));
	assert_true(is);
	assert_int_equal(group_master(g, GROUP_ALL), VICTIM);
}

const struct lane lanes_outside[] = {
	LANE("T10-T12", FLOOD_HOSTS, TEST(floods_cost_no_lease_and_keep_nobody_out)),
	LANE("T8", MIRROR_HOSTS, TEST(a_mirror_is_not_oneself_for_good)),
	LANE("T9", SPOOF_HOSTS, TEST(a_discover_from_many_addresses_brings_little)),
};
const size_t n_lanes_outside = sizeof(lanes_outside) / sizeof(lanes_outside[0]);
