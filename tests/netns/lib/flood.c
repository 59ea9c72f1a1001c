/* flood.c - see flood.h. */
#include "netns/lib/flood.h"

#include "berk/time.h"
#include "netns/lib/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BURSTS_PER_S 1000

int flood_tap(const struct host *h, const struct netns *home)
{
	netns_go(&h->ns);
	/* A packet socket of type DGRAM begins at the IP header. */
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));

	netns_go(home);
	if (fd < 0) {
		sandbox_die("packet socket: %s", strerror(errno));
	}
	return fd;
}

/* Is it a datagram for berkd?  Then it is @ret. */
static bool take_apart(const uint8_t *packet, size_t len, struct datagram *ret)
{
	struct iphdr ip;
	struct udphdr udp;

	if (len < sizeof(ip) + sizeof(udp)) {
		return false;
	}
	memcpy(&ip, packet, sizeof(ip));
	memcpy(&udp, packet + sizeof(ip), sizeof(udp));
	len -= sizeof(ip) + sizeof(udp);
	if (ip.version != 4 || ip.ihl * 4 != sizeof(ip) || ip.protocol != IPPROTO_UDP ||
	    ntohs(udp.dest) != FLOOD_PORT || len > sizeof(ret->data)) {
		return false;
	}
	ret->len = (uint16_t)len;
	memcpy(ret->to, &ip.daddr, sizeof(ret->to));
	memcpy(ret->data, packet + sizeof(ip) + sizeof(udp), len);
	return true;
}

size_t flood_heard(int tap, struct datagram *ret, size_t max)
{
	uint8_t packet[2048];
	struct sockaddr_ll from;
	socklen_t size = sizeof(from);
	ssize_t len;
	size_t n = 0;

	while (n < max && (len = recvfrom(tap, packet, sizeof(packet), 0, (struct sockaddr *)&from,
					  &size)) >= 0) {
		n += from.sll_pkttype == PACKET_OUTGOING &&
		     take_apart(packet, (size_t)len, &ret[n]);
		size = sizeof(from);
	}
	close(tap);
	return n;
}

static int socket_of(const struct host *from, const struct host *to)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(FLOOD_PORT)};
	char address[32];

	netns_go(&from->ns);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool good = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0;

	(void)snprintf(address, sizeof(address), "10.82.75.%u", to->number);
	(void)inet_pton(AF_INET, address, &at.sin_addr);
	if (!good || connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		_exit(1);
	}
	return fd;
}

struct flood flood_begin(const struct host *from, const struct host *to, const struct datagram *d,
			 size_t n, unsigned rate)
{
	struct flood f = {.n_sent = mmap(NULL, sizeof(*f.n_sent), PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_ANONYMOUS, -1, 0)};
	struct timespec t;

	f.pid = f.n_sent != MAP_FAILED && n > 0 ? fork() : -1;
	if (f.pid < 0) {
		sandbox_die("no flood of %zu datagrams", n);
	}
	if (f.pid > 0) {
		return f;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int fd = socket_of(from, to);

	clock_gettime(CLOCK_MONOTONIC, &t);
	for (size_t i = 0;; i++) {
		*f.n_sent += send(fd, d[i % n].data, d[i % n].len, 0) >= 0;
		if (i % (rate / BURSTS_PER_S) == 0) {
			t.tv_nsec += NS_PER_S / BURSTS_PER_S;
			t.tv_sec += t.tv_nsec / NS_PER_S;
			t.tv_nsec %= NS_PER_S;
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		}
	}
}

uint64_t flood_end(struct flood *f)
{
	int status;

	kill(f->pid, SIGKILL);
	waitpid(f->pid, &status, 0);
	uint64_t n = *f->n_sent;

	munmap(f->n_sent, sizeof(*f->n_sent));
	if (!WIFSIGNALED(status)) {
		sandbox_die("the flood ended by itself");
	}
	return n;
}
