/* multicast.h - which interfaces discovery uses, and membership of its groups on them. */
#pragma once

#include "berkd/config/config.h"

#include <net/if.h>
#include <stddef.h>

/* Indexes of the interfaces that @config chooses and that are up now, at most @max; all that can
 * do multicast, except loopback, when it chooses none.  Works without netlink.  Call at start and
 * when interfaces have changed. */
size_t multicast_interfaces(const struct config *, unsigned *ret_index, size_t max);
/* Make a socket of @family fit to send to the group: one hop, and not to ourselves.  0 or negative
 * errno.  Call on each new socket. */
int multicast_prepare(int fd, int family);
/* Join the group of @family on @ifindex; to be in it already is no error.  0 or negative errno.
 * Call for each socket and interface, again and again. */
int multicast_join(int fd, int family, unsigned ifindex);
/* The group's address and @port.  Call to send to it or to bind to it. */
void multicast_group(int family, uint16_t port, struct addr *ret);
