/* sockaddr.h - struct addr to and from the socket API. */
#pragma once

#include "berk/addr.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

union sockaddr_any {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* Is it an IPv4 address in IPv6 bytes (::ffff:a.b.c.d)? */
static inline bool addr_is_ipv4(const struct addr *a)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	return memcmp(a->ip, mapped, sizeof(mapped)) == 0;
}

/* Is it no address at all? */
static inline bool addr_is_any(const struct addr *a)
{
	static const uint8_t zero[16];

	return memcmp(a->ip, zero, sizeof(zero)) == 0;
}

/* Set the bytes; port and scope stay. */
static inline void addr_set_ipv4(struct addr *a, struct in_addr ip)
{
	memset(a->ip, 0, 10);
	memset(a->ip + 10, 0xff, 2);
	memcpy(a->ip + 12, &ip, 4);
}

/* Returns the length of what is in @ret. */
static inline socklen_t addr_to_sockaddr(const struct addr *a, union sockaddr_any *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (addr_is_ipv4(a)) {
		ret->in.sin_family = AF_INET;
		ret->in.sin_port = htons(a->port);
		memcpy(&ret->in.sin_addr, a->ip + 12, 4);
		return sizeof(ret->in);
	}
	ret->in6.sin6_family = AF_INET6;
	ret->in6.sin6_port = htons(a->port);
	ret->in6.sin6_scope_id = a->scope;
	memcpy(&ret->in6.sin6_addr, a->ip, 16);
	return sizeof(ret->in6);
}

/* False for a family that is neither. */
static inline bool addr_from_sockaddr(const union sockaddr_any *sa, struct addr *ret)
{
	*ret = (struct addr){0};
	if (sa->sa.sa_family == AF_INET) {
		addr_set_ipv4(ret, sa->in.sin_addr);
		ret->port = ntohs(sa->in.sin_port);
		return true;
	}
	if (sa->sa.sa_family == AF_INET6) {
		memcpy(ret->ip, &sa->in6.sin6_addr, 16);
		ret->port = ntohs(sa->in6.sin6_port);
		ret->scope = IN6_IS_ADDR_LINKLOCAL(&sa->in6.sin6_addr) ? sa->in6.sin6_scope_id : 0;
		return true;
	}
	return false;
}
