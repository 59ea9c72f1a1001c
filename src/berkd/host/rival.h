/* rival.h - is another daemon steering this clock already? */
#pragma once

#include "berkd/config/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct rival {
	char name[16]; /* as in /proc/PID/comm */
	pid_t pid;
	const char *remedy; /* what to do about it */
};

/* Look through @proc (normally "/proc") for a time daemon; true and @ret filled when there is one.
 * What may not set this clock is none, whatever it is called: a berkd with a virtual clock, a
 * chronyd -x.  What runs in another pid namespace is not seen: a container's own daemon is its own
 * affair.  Call before the clock is touched. */
bool rival_find(const char *proc, struct rival *ret);
/* The same of all that there are, up to @max; how many.  A berkd that runs is one of them. */
size_t rival_list(const char *proc, struct rival *ret, size_t max);
/* Report, as warnings, each unit of another time daemon that is enabled in @units (normally
 * "/etc/systemd/system") and that berkd's own unit stops at each boot.  @steers: this host's clock
 * is berkd's to steer; else nobody is left to steer it.  Call at the start, where the clock is the
 * kernel's. */
void rival_report_enabled(const char *units, bool steers, config_report report, void *userdata);
/* Their units, with a space between two. */
void rival_units(char *ret, size_t size);
