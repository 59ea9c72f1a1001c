/* lookup.c - getaddrinfo() for the configured peers. */
#include "berkd/net/lookup.h"

#include "berkd/host/host_clock.h"
#include "berkd/net/sockaddr.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#define LOOKUP_NS (5 * NS_PER_S) /* no lookup is begun later than so long after the call */

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

static int look_up(const struct config *c, struct config_peer *p, bool numeric)
{
	struct addrinfo hints = {.ai_socktype = SOCK_DGRAM,
				 .ai_family = AF_UNSPEC,
				 .ai_flags = AI_NUMERICSERV |
					     (numeric ? AI_NUMERICHOST : AI_ADDRCONFIG)};
	struct addrinfo *list;
	char host[128], service[16];

	if (!c->ipv4 || !c->ipv6) {
		hints.ai_family = c->ipv4 ? AF_INET : AF_INET6;
	}
	split_peer(p->text, c->port, host, sizeof(host), service, sizeof(service));
	int r = getaddrinfo(host, service, &hints, &list);

	if (r != 0) {
		return r;
	}
	for (const struct addrinfo *a = list; a && p->n_addr < 4; a = a->ai_next) {
		union sockaddr_any sa;

		if (a->ai_addrlen > sizeof(sa)) {
			continue; /* of a family that we do not know */
		}
		memcpy(&sa, a->ai_addr, a->ai_addrlen);
		p->n_addr += addr_from_sockaddr(&sa, &p->addr[p->n_addr]);
	}
	freeaddrinfo(list);
	return 0;
}

unsigned lookup_peers(struct config *c, config_report report, void *userdata)
{
	int64_t end = host_clock_ns(CLOCK_MONOTONIC) + LOOKUP_NS;
	unsigned missing = 0;

	for (size_t i = 0; i < c->n_peers; i++) {
		struct config_peer *p = &c->peers[i];
		int r = p->n_addr > 0 ? 0 : look_up(c, p, true);

		if (r != 0) {
			r = host_clock_ns(CLOCK_MONOTONIC) < end ? look_up(c, p, false) : EAI_AGAIN;
		}
		if (r != 0) {
			char message[256];

			(void)snprintf(message, sizeof(message), "warning: [network] peers: %s: %s",
				       p->text, gai_strerror(r));
			report(userdata, message);
			missing++;
		}
	}
	return missing;
}
