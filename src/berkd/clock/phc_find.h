/* phc_find.h - which PTP hardware clock belongs to an interface (ethtool netlink), and whether the
 * interface stamps packets with it. */
#pragma once

#include <stdbool.h>

struct phc_finder;

/* A generic netlink socket of this network namespace.  -ENOENT: the kernel has no ethtool netlink
 * (before Linux 5.6); other negative errno. */
int phc_finder_new(struct phc_finder **ret);
struct phc_finder *phc_finder_free(struct phc_finder *);
/* N of /dev/ptpN; -1: the interface has none; below -1: negative errno (-ENODEV: no such
 * interface). */
#define PHC_NONE (-1)
int phc_find(struct phc_finder *, unsigned ifindex);
/* Let interface @name stamp every packet, both ways, unless another program has set it up already.
 * 0: it does, or did; -EBUSY: set up by another for less; -EACCES: needs CAP_NET_ADMIN; other
 * negative errno. */
int phc_switch_on(const char *name);
