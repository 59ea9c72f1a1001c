/* flood.h - datagrams of berkd that were heard on a cable, and a child that sends some of them, or
 * what was made of them, again and again. */
#pragma once

#include "netns/lib/host.h"

#include <stdint.h>

#define FLOOD_PORT 5252

struct datagram {
	uint16_t len;
	uint8_t to[4]; /* IPv4 address */
	uint8_t data[1400];
};

/* A socket that hears what host @h sends over IPv4; the caller's namespace is @home. */
int flood_tap(const struct host *h, const struct netns *home);
/* Up to @max datagrams that went to FLOOD_PORT since then; it is closed. */
size_t flood_heard(int tap, struct datagram *ret, size_t max);

/* A child that sends @d, which are @n, from FLOOD_PORT of host @from, whose daemon does not run,
 * to host @to, @rate of them in a second; flood_end() returns how many. */
struct flood {
	pid_t pid;
	uint64_t *n_sent;
};
struct flood flood_begin(const struct host *from, const struct host *to, const struct datagram *d,
			 size_t n, unsigned rate);
uint64_t flood_end(struct flood *);
