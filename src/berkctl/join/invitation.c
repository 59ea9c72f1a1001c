/* invitation.c - see invitation.h.  A stranger can hold a connection for a few seconds, and no more
 * of them than CALLS_MAX; each costs one buffer of fixed size. */
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
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CALLS_MAX 8
#define CALL_MS	  5000
/* A guess costs whoever waits behind it as much; a secret of 128 bits is not guessed. */
#define GUESS_MS  50

struct call {
	int fd; /* -1: none */
	int64_t ends_ms;
	size_t got, sent;
	bool answered;
	struct addr from;
	uint8_t ask[INTRODUCTION_ASK_LEN], answer[INTRODUCTION_LEN];
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
	r = r < 0 || listen(fd, CALLS_MAX) < 0 ? -errno : 0;
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
	c->fd = -1;
}

/* The newest goes in, in the place of the oldest if need be. */
static void take_call(struct call *calls, int listener)
{
	struct sockaddr_storage from = {0};
	socklen_t len = sizeof(from);
	int fd = accept4(listener, (struct sockaddr *)&from, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct call *c = &calls[0];

	if (fd < 0) {
		return;
	}
	for (int i = 1; i < CALLS_MAX && c->fd >= 0; i++) {
		c = calls[i].fd < 0 || calls[i].ends_ms < c->ends_ms ? &calls[i] : c;
	}
	if (c->fd >= 0) {
		end_call(c);
	}
	*c = (struct call){.fd = fd, .ends_ms = client_now_ms() + CALL_MS};
	(void)addr_of((const struct sockaddr *)&from, &c->from);
}

static void answer(const struct invitation *i, struct call *c,
		   void (*tell)(bool good, const char *sentence))
{
	char name[INTRODUCTION_NAME_LEN], shown[4 * INTRODUCTION_NAME_LEN], from[FORMAT_ADDR_MAX];
	char sentence[512];

	c->answered = introduction_answer(i->token.secret, c->ask, i->text, name, c->answer);
	format_addr(&c->from, from);
	if (c->answered) {
		text_escape(name, strlen(name), shown, sizeof(shown));
		(void)snprintf(sentence, sizeof(sentence),
			       "The host %s at %s was given the key of the group.", shown, from);
	} else {
		(void)snprintf(sentence, sizeof(sentence),
			       "Somebody at %s asked for the key of the group with a wrong token.",
			       from);
		(void)poll(NULL, 0, GUESS_MS);
	}
	tell(c->answered, sentence);
}

/* False: the call is over. */
static bool go_on(const struct invitation *i, struct call *c,
		  void (*tell)(bool good, const char *sentence))
{
	ssize_t n;

	if (!c->answered) {
		n = read(c->fd, c->ask + c->got, sizeof(c->ask) - c->got);
		c->got += n > 0 ? (size_t)n : 0;
		if (c->got == sizeof(c->ask)) {
			answer(i, c, tell);
			return c->answered;
		}
	} else {
		n = send(c->fd, c->answer + c->sent, sizeof(c->answer) - c->sent, MSG_NOSIGNAL);
		c->sent += n > 0 ? (size_t)n : 0;
	}
	return c->sent < sizeof(c->answer) && (n > 0 || (n < 0 && errno == EAGAIN));
}

void invitation_serve(const struct invitation *i, int64_t for_ns,
		      void (*tell)(bool good, const char *sentence))
{
	const int64_t ends_ms = client_now_ms() + for_ns / NS_PER_MS;
	struct call calls[CALLS_MAX];
	struct pollfd p[CALLS_MAX + 1];

	for (int k = 0; k < CALLS_MAX; k++) {
		calls[k] = (struct call){.fd = -1};
	}
	for (int64_t now; (now = client_now_ms()) < ends_ms;) {
		p[CALLS_MAX] = (struct pollfd){.fd = i->listener, .events = POLLIN};
		int64_t next_ms = ends_ms;

		for (int k = 0; k < CALLS_MAX; k++) {
			struct call *c = &calls[k];

			if (c->fd >= 0 && c->ends_ms <= now) {
				end_call(c);
			}
			p[k] = (struct pollfd){.fd = c->fd,
					       .events = c->answered ? POLLOUT : POLLIN};
			next_ms = c->fd >= 0 ? ns_min(next_ms, c->ends_ms) : next_ms;
		}
		int ready = poll(p, CALLS_MAX + 1, (int)ns_min(next_ms - now, 60000));

		for (int k = 0; k < CALLS_MAX && ready > 0; k++) {
			if (p[k].revents && !go_on(i, &calls[k], tell)) {
				end_call(&calls[k]);
			}
		}
		if (ready > 0 && p[CALLS_MAX].revents) {
			take_call(calls, i->listener);
		}
	}
	for (int k = 0; k < CALLS_MAX; k++) {
		if (calls[k].fd >= 0) {
			end_call(&calls[k]);
		}
	}
	sodium_memzero(calls, sizeof(calls));
}
