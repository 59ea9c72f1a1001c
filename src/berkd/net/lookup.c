/* lookup.c - getaddrinfo() for the configured peers.
 *
 * glibc reads /etc/hosts anew for each call, and resolv.conf (since 2.26) and nsswitch.conf (since
 * 2.33) when they have changed; so a lookup needs no fresh process to see what is new.
 */
#include "berkd/net/lookup.h"

#include "berkd/net/sockaddr.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

/* HOST, HOST:PORT, [V6]:PORT, bare V6. */
static void split_peer(const char *text, uint16_t port, char *host, size_t size, char *service,
		       size_t service_size)
{
	const char *close = text[0] == '[' ? strchr(text, ']') : NULL;
	const char *from = close ? text + 1 : text;
	const char *colon = strchr(close ? close : text, ':');

	if (!close && colon && strchr(colon + 1, ':')) {
		colon = NULL; /* bare IPv6 */
	}
	const char *end = close ? close : colon;
	size_t len = end ? (size_t)(end - from) : strlen(from);

	(void)snprintf(host, size, "%.*s", (int)len, from);
	if (colon) {
		(void)snprintf(service, service_size, "%s", colon + 1);
	} else {
		(void)snprintf(service, service_size, "%u", port);
	}
}

/* No AI_ADDRCONFIG: what a name has does not depend on which addresses we have at the moment. */
static void look_up(struct lookup *l, int flags)
{
	struct addrinfo hints = {.ai_socktype = SOCK_DGRAM,
				 .ai_family = AF_UNSPEC,
				 .ai_flags = AI_NUMERICSERV | flags};
	struct addrinfo *list;
	char host[sizeof(l->text)], service[16];

	if (!l->ipv4 || !l->ipv6) {
		hints.ai_family = l->ipv4 ? AF_INET : AF_INET6;
	}
	split_peer(l->text, l->port, host, sizeof(host), service, sizeof(service));
	l->n_addr = 0;
	l->error = getaddrinfo(host, service, &hints, &list);
	if (l->error != 0) {
		return;
	}
	for (const struct addrinfo *a = list; a && l->n_addr < LOOKUP_ADDRS_MAX; a = a->ai_next) {
		union sockaddr_any sa;

		if (a->ai_addrlen > sizeof(sa)) {
			continue; /* of a family that we do not know */
		}
		memcpy(&sa, a->ai_addr, a->ai_addrlen);
		l->n_addr += addr_from_sockaddr(&sa, &l->addr[l->n_addr]);
	}
	freeaddrinfo(list);
	l->error = l->n_addr > 0 ? 0 : EAI_NONAME;
}

void lookup_ask(struct lookup *l, const struct config *c, const struct config_peer *p)
{
	memset(l, 0, sizeof(*l));
	memcpy(l->text, p->text, sizeof(l->text));
	l->port = c->port;
	l->ipv4 = c->ipv4;
	l->ipv6 = c->ipv6;
}

void lookup_run(struct lookup *l)
{
	look_up(l, 0);
}

void lookup_numeric(struct config *c)
{
	struct lookup l;

	for (size_t i = 0; i < c->n_peers; i++) {
		struct config_peer *p = &c->peers[i];

		if (p->n_addr > 0 || strchr(p->text, '%')) {
			continue; /* interfaces come and go, and with them their numbers */
		}
		lookup_ask(&l, c, p);
		look_up(&l, AI_NUMERICHOST);
		if (l.n_addr > 0) {
			p->numeric = true;
			p->addr[0] = l.addr[0];
			p->n_addr = 1;
		}
	}
}
