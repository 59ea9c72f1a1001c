/* addr.h - a UDP address as the core sees it: IPv6 bytes (IPv4 as ::ffff:a.b.c.d), port, scope. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct addr {
	uint8_t ip[16];
	uint32_t scope; /* interface index of a link-local address, else 0 */
	uint16_t port;	/* host byte order */
};

static inline bool addr_equal(const struct addr *a, const struct addr *b)
{
	return memcmp(a->ip, b->ip, 16) == 0 && a->port == b->port && a->scope == b->scope;
}
