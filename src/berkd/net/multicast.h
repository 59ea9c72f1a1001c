/* multicast.h - which interfaces discovery uses, and membership of its groups on them. */
#pragma once

#include "berkd/config/config.h"

#include <net/if.h>
#include <stddef.h>

/* Indexes of the interfaces that @config chooses and that are up now, at most @max; all that can
 * multicast but loopback when it chooses none.  Works without netlink. */
size_t multicast_interfaces(const struct config *, unsigned *ret_index, size_t max);
/* Make a socket of @family fit to send to the group: one hop, and not to ourselves. */
int multicast_prepare(int fd, int family);
/* Join the group of @family on @ifindex; being in it already is no error. */
int multicast_join(int fd, int family, unsigned ifindex);
/* The group's address and @port. */
void multicast_group(int family, uint16_t port, struct addr *ret);
