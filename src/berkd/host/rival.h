/* rival.h - is another daemon steering this clock already? */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct rival {
	char name[16]; /* as in /proc/PID/comm */
	pid_t pid;
	const char *remedy; /* what to do about it */
};

/* Look through @proc (normally "/proc") for a time daemon; true and @ret filled when there is one.
 * What runs in another pid namespace is not seen: a container's own daemon is its own affair.  Call
 * before the clock is touched. */
bool rival_find(const char *proc, struct rival *ret);
