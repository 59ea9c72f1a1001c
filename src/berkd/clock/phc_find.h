/* phc_find.h - which PTP hardware clock belongs to an interface (ethtool netlink), and whether the
 * interface stamps packets with it. */
#pragma once

#include <stdbool.h>

struct phc_finder;

/* A generic netlink socket of this network namespace.  Call once.  -ENOENT: the kernel has no
 * ethtool netlink (before Linux 5.6); other negative errno. */
int phc_finder_new(struct phc_finder **ret);
/* NULL is allowed. */
struct phc_finder *phc_finder_free(struct phc_finder *);
#define PHC_NONE (-1)
/* N of /dev/ptpN; PHC_NONE: the interface has none; below that: negative errno (-ENODEV: no such
 * interface).  Call for an interface that has come; it waits for the kernel's answer. */
int phc_find(struct phc_finder *, unsigned ifindex);
/* Let interface @name stamp every packet, both ways, unless another program has set it up already.
 * 0: it does, or did; -EBUSY: set up by another for less; -EACCES: needs CAP_NET_ADMIN; other
 * negative errno.  Call when the operator wants that: it changes the interface for all programs. */
int phc_switch_on(const char *name);
