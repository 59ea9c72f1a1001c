/* link.h - notices interfaces and addresses that come, go or change (routing netlink). */
#pragma once

#include <systemd/sd-event.h>

struct link_watch;

/* Told once per burst of changes, a moment after its first. */
typedef void (*link_changed)(void *userdata);

/* Watch all interfaces of this network namespace.  0 or negative errno.  Call once. */
int link_watch_new(sd_event *, link_changed, void *userdata, struct link_watch **ret);
/* NULL is allowed. */
struct link_watch *link_watch_free(struct link_watch *);
