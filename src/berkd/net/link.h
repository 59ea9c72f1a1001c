/* link.h - notices interfaces and addresses that come, go or change (routing netlink). */
#pragma once

#include <systemd/sd-event.h>

struct link_watch;

/* Told once per burst of changes, a moment after its first. */
typedef void (*link_changed)(void *userdata);

int link_watch_new(sd_event *, link_changed, void *userdata, struct link_watch **ret);
struct link_watch *link_watch_free(struct link_watch *);
