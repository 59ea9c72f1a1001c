/* absent.c - see absent.h.  A card or an address may come later, so nothing of this is an error. */
#include "berkd/net/absent.h"

#include "berkd/host/log.h"
#include "berkd/net/sockaddr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <unistd.h>

/* Without netlink, which some containers forbid: only an address of this host can be bound. */
static bool has_address(const struct addr *a)
{
	struct addr any_port = *a;
	union sockaddr_any sa;

	any_port.port = 0;
	socklen_t len = addr_to_sockaddr(&any_port, &sa);
	int fd = socket(sa.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool has = fd < 0 || bind(fd, &sa.sa, len) == 0 || errno != EADDRNOTAVAIL;

	if (fd >= 0) {
		(void)close(fd);
	}
	return has;
}

static void note(uint64_t *absent, size_t i, bool has, const char *key, const char *kind,
		 const char *name, const char *effect)
{
	uint64_t bit = UINT64_C(1) << i;

	if (!has && !(*absent & bit)) {
		log_warning(CAUSE_CONFIG, "[network] %s: this host has no %s %s; until it has, %s",
			    key, kind, name, effect);
	} else if (has && *absent & bit) {
		log_info("[network] %s: the %s %s is here now", key, kind, name);
	}
	*absent = has ? *absent & ~bit : *absent | bit;
}

void absent_refresh(struct absent *a, const struct config *c)
{
	for (size_t i = 0; i < c->n_listen; i++) {
		union sockaddr_any sa;
		char text[INET6_ADDRSTRLEN] = "";
		bool ipv4 = addr_is_ipv4(&c->listen[i]);

		(void)addr_to_sockaddr(&c->listen[i], &sa);
		(void)inet_ntop(sa.sa.sa_family,
				ipv4 ? (void *)&sa.in.sin_addr : (void *)&sa.in6.sin6_addr, text,
				sizeof(text));
		note(&a->listen, i, has_address(&c->listen[i]), "listen", "address", text,
		     "nothing comes in there");
	}
	for (size_t i = 0; c->discovery && i < c->n_interfaces; i++) {
		note(&a->interfaces, i, if_nametoindex(c->interfaces[i]) != 0, "interfaces",
		     "interface", c->interfaces[i], "no host is looked for there");
	}
	for (size_t i = 0; i < c->n_asymmetries; i++) {
		const char *name = c->asymmetries[i].interface;

		if (name[0]) {
			note(&a->asymmetries, i, if_nametoindex(name) != 0, "asymmetry",
			     "interface", name, "no stamp is corrected for it");
		}
	}
}
