/* test_flood.c - whoever has no key, and floods a host with what costs it most: the host keeps its
 * lease, serves its members, and lets in those who have the key.
 *
 * The flood comes over the host's own cable, from addresses of its peers.  What a packet costs is
 * printed, and not asserted. */
#include "netns/lib/fixture.h"

#include "berk/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FRAMES_MAX 4096
#define FRAME_MAX  1400
#define RATE	   40000 /* frames a second */
#define FLOOD_S	   6.0
#define AT_UDP	   (sizeof(struct ethhdr) + sizeof(struct iphdr))
#define AT_BERK	   (AT_UDP + sizeof(struct udphdr))

struct frame {
	size_t len;
	uint8_t data[FRAME_MAX];
};

static struct frame frame[FRAMES_MAX], flood[FRAMES_MAX];
static size_t n_frames, n_flood;
static uint64_t *n_sent; /* in the flood so far; its sender counts */

/* A socket on the hub's end of the cable to @h. */
static int cable_of(const struct host *h)
{
	char name[IF_NAMESIZE];
	struct sockaddr_ll sa = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));

	snprintf(name, sizeof(name), "h%u", h->number);
	sa.sll_ifindex = (int)if_nametoindex(name);
	assert_true(fd >= 0 && sa.sll_ifindex > 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

static bool is_of_berkd(const struct frame *f)
{
	uint16_t port;

	if (f->len < AT_BERK + WIRE_HEADER_LEN || f->data[12] != 8 || f->data[13] != 0 ||
	    f->data[sizeof(struct ethhdr) + 9] != IPPROTO_UDP) {
		return false; /* IPv4 without options */
	}
	memcpy(&port, f->data + AT_UDP + 2, sizeof(port));
	return ntohs(port) == 5252 && f->data[AT_BERK] == 'B';
}

/* What has come on @fd and went to the host is kept. */
static void take_frames(int fd)
{
	for (;;) {
		struct frame *f = &frame[n_frames];
		struct sockaddr_ll from;
		socklen_t len = sizeof(from);
		ssize_t n =
			recvfrom(fd, f->data, sizeof(f->data), 0, (struct sockaddr *)&from, &len);

		if (n < 0) {
			assert_int_equal(errno, EAGAIN);
			return;
		}
		f->len = (size_t)n;
		if (from.sll_pkttype == PACKET_OUTGOING && is_of_berkd(f) &&
		    n_frames < FRAMES_MAX - 1) {
			memset(f->data + AT_UDP + 6, 0, 2); /* no checksum */
			n_frames++;
		}
	}
}

/* Send them again and again, RATE in a second; the child of this program that does so. */
static pid_t flood_begin(const struct host *h)
{
	assert_true(n_flood > 0);
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0) {
		return pid;
	}
	int fd = cable_of(h);
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	for (size_t i = 0;; i++) {
		const struct frame *f = &flood[i % n_flood];

		*n_sent += send(fd, f->data, f->len, 0) > 0;
		if (i % (RATE / 1000) == 0) {
			t.tv_nsec += 1000000;
			t.tv_sec += t.tv_nsec / 1000000000;
			t.tv_nsec %= 1000000000;
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		}
	}
}

static void flood_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static double cpu_s(pid_t pid)
{
	struct timespec t;
	clockid_t id;

	assert_int_equal(clock_getcpuclockid(pid, &id), 0);
	assert_int_equal(clock_gettime(id, &t), 0);
	return (double)t.tv_sec + (double)t.tv_nsec / (double)NS_PER_S;
}

/* For a while @h is flooded, and remains who it is. */
static void assert_stands(struct group *g, const char *what)
{
	int master = group_master(g, GROUP_ALL);

	assert_true(master >= 0);
	const struct host *h = &g->host[master];
	int64_t term = status_int(h, "term");
	double before = cpu_s(h->pid), quiet;

	group_run(g, FLOOD_S);
	quiet = cpu_s(h->pid) - before;
	pid_t pid = flood_begin(h);

	*n_sent = 0;
	before = cpu_s(h->pid);
	group_run(g, FLOOD_S);
	double cost = cpu_s(h->pid) - before - quiet, n = (double)*n_sent;

	flood_end(pid);
	print_message("%s, %.0f/s: %.1f %% of a processor, %.2f us a packet\n", what, n / FLOOD_S,
		      100.0 * cost / FLOOD_S, 1e6 * cost / n);
	assert_int_equal(group_master(g, GROUP_ALL), master);
	assert_int_equal(status_int(h, "term"), term);
	assert_bounds_hold(g, GROUP_ALL);
}

static void a_session_that_is_replayed_right_after_a_start_costs_no_lease(struct group *g)
{
	n_sent = mmap(NULL, sizeof(*n_sent), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	assert_ptr_not_equal(n_sent, MAP_FAILED);
	group_start(g);
	int fd[GROUP_MAX];

	/* Who will be master is not known: all are heard, and one is kept. */
	for (unsigned i = 0; i < g->n; i++) {
		fd[i] = cable_of(&g->host[i]);
	}
	wait_until(g, group_is_settled, NULL);
	int master = group_master(g, GROUP_ALL);

	assert_true(master >= 0);
	take_frames(fd[master]);
	for (unsigned i = 0; i < g->n; i++) {
		close(fd[i]);
	}
	print_message("%zu packets of the handshakes and the first exchanges\n", n_frames);
	assert_true(n_frames > 20);
	memcpy(flood, frame, sizeof(flood));
	n_flood = n_frames;
	assert_stands(g, "a session replayed");
}

/* Those of @type alone, each with its last byte @changed: its MAC is wrong, its cookie is good. */
static void flood_with(uint8_t type, bool changed)
{
	n_flood = 0;
	for (size_t i = 0; i < n_frames; i++) {
		if (frame[i].data[AT_BERK + 3] == type) {
			flood[n_flood] = frame[i];
			flood[n_flood].data[frame[i].len - 1] ^= changed;
			n_flood++;
		}
	}
}

static void responses_with_a_good_cookie_and_a_bad_mac_are_cheap(struct group *g)
{
	flood_with(WIRE_RESPONSE, true);
	if (n_flood == 0) { /* the master was the one who called */
		flood_with(WIRE_HELLO, true);
	}
	if (n_flood == 0) {
		flood_with(WIRE_ACCEPT, true);
	}
	assert_stands(g, "RESPONSEs");
}

static void packets_of_a_session_that_are_forged_are_bearable(struct group *g)
{
	flood_with(WIRE_DATA, false);
	for (size_t i = 0; i < n_flood; i++) {
		flood[i].data[AT_BERK + 12] ^= 0x40; /* a number that was not there yet */
	}
	assert_stands(g, "forged packets of a session");
}

static bool is_back(struct group *g, void *h)
{
	char role[ASK_TEXT_MAX];

	(void)g;
	return strcmp(status_text(h, "role", role), "deputy") == 0 ||
	       strcmp(status_text(h, "role", role), "member") == 0;
}

static void a_member_comes_back_while_the_master_gets_junk(struct group *g)
{
	int master = group_master(g, GROUP_ALL);
	struct host *h = &g->host[(master + 1) % (int)g->n];

	flood_with(WIRE_DATA, false);
	for (size_t i = 0; i < n_flood; i++) {
		flood[i].len = AT_BERK + WIRE_HEADER_LEN;
		flood[i].data[AT_BERK + 3] = WIRE_HELLO;
		flood[i].data[sizeof(struct ethhdr) + 3] =
			(uint8_t)(flood[i].len - sizeof(struct ethhdr));
		flood[i].data[AT_UDP + 5] = (uint8_t)(flood[i].len - AT_UDP);
	}
	n_flood = n_flood > 0; /* one will do, though the IP checksum is to be mended */
	struct iphdr ip;

	memcpy(&ip, flood[0].data + sizeof(struct ethhdr), sizeof(ip));
	ip.tot_len = htons((uint16_t)(flood[0].len - sizeof(struct ethhdr)));
	ip.check = 0;
	uint32_t sum = 0;
	uint16_t word[sizeof(ip) / 2];

	memcpy(word, &ip, sizeof(ip));
	for (size_t i = 0; i < sizeof(ip) / 2; i++) {
		sum += word[i];
	}
	sum = (sum & 0xffff) + (sum >> 16);
	ip.check = (uint16_t) ~((sum & 0xffff) + (sum >> 16));
	memcpy(flood[0].data + sizeof(struct ethhdr), &ip, sizeof(ip));
	host_stop(h, SIGKILL);
	pid_t pid = flood_begin(&g->host[master]);

	host_start(h);
	bool back = group_until(g, 30.0, is_back, h);

	flood_end(pid);
	assert_true(back);
	assert_int_equal(group_master(g, GROUP_ALL), master);
}

static void use_ipv4(struct group *g)
{
	for (unsigned i = 0; i < g->n; i++) {
		host_config(&g->host[i], "[network]\nipv6 = no\n");
	}
}

int main(void)
{
	const struct fixture fixture = {.n_hosts = 3, .prepare = use_ipv4};
	const struct test tests[] = {
		TEST(a_session_that_is_replayed_right_after_a_start_costs_no_lease),
		TEST(responses_with_a_good_cookie_and_a_bad_mac_are_cheap),
		TEST(packets_of_a_session_that_are_forged_are_bearable),
		TEST(a_member_comes_back_while_the_master_gets_junk),
	};

	return RUN_TESTS(&fixture, tests);
}
