/* invitation.c - see invitation.h.  A stranger can hold a connection for a few seconds; all of them
 * have CALLS_MAX places of fixed size, and who has most of them makes room. */
#include "berkctl/join/invitation.h"

#include "berk/time.h"
#include "berkctl/client.h"
#include "berkctl/join/introduction.h"
#include "common/format.h"
#include "common/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CALLS_MAX 32
#define BACKLOG	  256
#define CALL_MS	  5000
#define SEEN_MAX  256 /* questions of which a second one is a recording */
#define TELL_MS	  10000

struct call {
	int fd; /* -1: none */
	int64_t ends_ms;
	size_t got, sent;
	bool answered;
	struct addr from;
	uint8_t ask[INTRODUCTION_ASK_LEN], answer[INTRODUCTION_LEN];
};

struct desk {
	const struct invitation *invitation;
	void (*tell)(bool good, const char *sentence);
	struct call call[CALLS_MAX];
	uint8_t seen[SEEN_MAX][INTRODUCTION_FRESH_LEN];
	unsigned n_seen, n_wrong; /* the latter since that was told */
	int64_t told_ms;
};

/* --- Addresses --- */

static bool addr_of(const struct sockaddr *sa, struct addr *ret)
{
	*ret = (struct addr){0};
	if (sa && sa->sa_family == AF_INET) {
		ret->ip[10] = ret->ip[11] = 0xff;
		memcpy(ret->ip + 12, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
		ret->port = ntohs(((const struct sockaddr_in *)(const void *)sa)->sin_port);
		return true;
	}
	if (sa && sa->sa_family == AF_INET6) {
		memcpy(ret->ip, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, 16);
		ret->port = ntohs(((const struct sockaddr_in6 *)(const void *)sa)->sin6_port);
		return true;
	}
	return false;
}

/* An address of one link says nothing to who is on another, nor does that of a loopback. */
static bool is_reachable(const struct addr *a)
{
	struct in6_addr in;

	memcpy(&in, a->ip, sizeof(in));
	return !IN6_IS_ADDR_LINKLOCAL(&in) && !IN6_IS_ADDR_LOOPBACK(&in) &&
	       !IN6_IS_ADDR_UNSPECIFIED(&in) &&
	       !(IN6_IS_ADDR_V4MAPPED(&in) &&
		 (a->ip[12] == 127 || (a->ip[12] == 169 && a->ip[13] == 254)));
}

/* IPv4 first: that is what fits a short token. */
static void list_addrs(struct token *t, uint16_t port)
{
	struct ifaddrs *all = NULL;
	struct addr a;

	t->n_addr = 0;
	if (getifaddrs(&all) < 0) {
		return;
	}
	for (int family = 0; family < 2; family++) {
		for (const struct ifaddrs *i = all; i && t->n_addr < TOKEN_ADDRS_MAX;
		     i = i->ifa_next) {
			if (i->ifa_flags & IFF_UP && addr_of(i->ifa_addr, &a) && is_reachable(&a) &&
			    i->ifa_addr->sa_family == (family ? AF_INET6 : AF_INET)) {
				a.port = port;
				t->addr[t->n_addr++] = a;
			}
		}
	}
	freeifaddrs(all);
}

/* --- Handing out --- */

/* On all addresses; where there is no IPv6, on those of IPv4. */
static int listen_on(uint16_t port)
{
	const struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	const struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	const int type = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, on = 1, off = 0;
	int fd = socket(AF_INET6, type, 0), r;

	if (fd >= 0) {
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		r = bind(fd, (const struct sockaddr *)&any6, sizeof(any6));
	} else {
		fd = socket(AF_INET, type, 0);
		if (fd < 0) {
			return -errno;
		}
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		r = bind(fd, (const struct sockaddr *)&any4, sizeof(any4));
	}
	r = r < 0 || listen(fd, BACKLOG) < 0 ? -errno : 0;
	if (r < 0) {
		close(fd);
	}
	return r < 0 ? r : fd;
}

int invitation_open(struct invitation *i, uint16_t port, const char *text)
{
	*i = (struct invitation){.listener = -1, .text = text};
	list_addrs(&i->token, port);
	if (i->token.n_addr == 0) {
		return -EADDRNOTAVAIL;
	}
	randombytes_buf(i->token.secret, sizeof(i->token.secret));
	i->listener = listen_on(port);
	return i->listener < 0 ? i->listener : 0;
}

void invitation_close(struct invitation *i)
{
	if (i->listener >= 0) {
		close(i->listener);
	}
	sodium_memzero(&i->token, sizeof(i->token));
	i->listener = -1;
}

static void end_call(struct call *c)
{
	close(c->fd);
	sodium_memzero(c, sizeof(*c));
	c->fd = -1;
}

static unsigned n_from(const struct desk *d, const struct addr *from)
{
	unsigned n = 0;

	for (int i = 0; i < CALLS_MAX; i++) {
		n += d->call[i].fd >= 0 &&
		     memcmp(d->call[i].from.ip, from->ip, sizeof(from->ip)) == 0;
	}
	return n;
}

/* A free place, or the oldest of the address that has most. */
static struct call *find_place(struct desk *d)
{
	struct call *best = NULL;
	unsigned most = 0;

	for (int i = 0; i < CALLS_MAX; i++) {
		struct call *c = &d->call[i];
		unsigned n = c->fd < 0 ? CALLS_MAX + 1 : n_from(d, &c->from);

		if (!best || n > most || (n == most && c->ends_ms < best->ends_ms)) {
			best = c;
			most = n;
		}
	}
	return best;
}

static void take_call(struct desk *d)
{
	struct sockaddr_storage from = {0};
	socklen_t len = sizeof(from);
	int fd = accept4(d->invitation->listener, (struct sockaddr *)&from, &len,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct call *c = fd < 0 ? NULL : find_place(d);

	if (!c) {
		return;
	}
	if (c->fd >= 0) {
		end_call(c);
	}
	*c = (struct call){.fd = fd, .ends_ms = client_now_ms() + CALL_MS};
	(void)addr_of((const struct sockaddr *)&from, &c->from);
}

/* Is it a recording?  If not, it is remembered. */
static bool is_seen(struct desk *d, const uint8_t *ask)
{
	unsigned kept = d->n_seen < SEEN_MAX ? d->n_seen : SEEN_MAX;

	for (unsigned i = 0; i < kept; i++) {
		if (memcmp(d->seen[i], ask, INTRODUCTION_FRESH_LEN) == 0) {
			return true;
		}
	}
	memcpy(d->seen[d->n_seen++ % SEEN_MAX], ask, INTRODUCTION_FRESH_LEN);
	return false;
}

static void tell_wrong(struct desk *d, const char *from)
{
	char sentence[256];

	d->n_wrong++;
	if (d->n_wrong > 1 && client_now_ms() - d->told_ms < TELL_MS) {
		return;
	}
	(void)snprintf(sentence, sizeof(sentence),
		       "A host, last at %s, asked for the key of the group with a wrong token, %u "
		       "times since the last such message.",
		       from, d->n_wrong);
	d->tell(false, sentence);
	d->told_ms = client_now_ms();
	d->n_wrong = 1;
}

static void answer(struct desk *d, struct call *c)
{
	char name[INTRODUCTION_NAME_LEN], shown[4 * INTRODUCTION_NAME_LEN], from[FORMAT_ADDR_MAX];
	char sentence[512];

	c->answered = introduction_answer(d->invitation->token.secret, c->ask, d->invitation->text,
					  name, c->answer) &&
		      !is_seen(d, c->ask);
	format_addr(&c->from, from);
	if (!c->answered) {
		tell_wrong(d, from);
		return;
	}
	text_escape(name, strlen(name), shown, sizeof(shown));
	(void)snprintf(sentence, sizeof(sentence),
		       "The host %s at %s was given the key of the group.", shown, from);
	d->tell(true, sentence);
}

/* False: the call is over. */
static bool go_on(struct desk *d, struct call *c)
{
	ssize_t n;

	if (!c->answered) {
		n = read(c->fd, c->ask + c->got, sizeof(c->ask) - c->got);
		c->got += n > 0 ? (size_t)n : 0;
		if (c->got == sizeof(c->ask)) {
			answer(d, c);
			return c->answered;
		}
	} else {
		n = send(c->fd, c->answer + c->sent, sizeof(c->answer) - c->sent, MSG_NOSIGNAL);
		c->sent += n > 0 ? (size_t)n : 0;
	}
	return c->sent < sizeof(c->answer) && (n > 0 || (n < 0 && errno == EAGAIN));
}

/* Wait for something to do, until @ends_ms at most, and do it. */
static void turn(struct desk *d, int64_t now_ms, int64_t ends_ms)
{
	struct pollfd p[CALLS_MAX + 1] = {
		[CALLS_MAX] = {.fd = d->invitation->listener, .events = POLLIN}};

	for (int k = 0; k < CALLS_MAX; k++) {
		struct call *c = &d->call[k];

		if (c->fd >= 0 && c->ends_ms <= now_ms) {
			end_call(c);
		}
		p[k].fd = c->fd;
		p[k].events = c->answered ? POLLOUT : POLLIN;
		ends_ms = c->fd >= 0 ? ns_min(ends_ms, c->ends_ms) : ends_ms;
	}
	if (poll(p, CALLS_MAX + 1, (int)ns_min(ends_ms - now_ms, 60000)) <= 0) {
		return;
	}
	for (int k = 0; k < CALLS_MAX; k++) {
		if (p[k].revents && !go_on(d, &d->call[k])) {
			end_call(&d->call[k]);
		}
	}
	if (p[CALLS_MAX].revents) {
		take_call(d);
	}
}

void invitation_serve(const struct invitation *i, int64_t for_ns,
		      void (*tell)(bool good, const char *sentence))
{
	const int64_t ends_ms = client_now_ms() + for_ns / NS_PER_MS;
	struct desk *d = calloc(1, sizeof(*d));

	if (!d) {
		return;
	}
	d->invitation = i;
	d->tell = tell;
	for (int k = 0; k < CALLS_MAX; k++) {
		d->call[k].fd = -1;
	}
	for (int64_t now; (now = client_now_ms()) < ends_ms;) {
		turn(d, now, ends_ms);
	}
	for (int k = 0; k < CALLS_MAX; k++) {
		if (d->call[k].fd >= 0) {
			end_call(&d->call[k]);
		}
	}
	free(d);
}
