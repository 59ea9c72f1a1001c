/* daemon.h - the whole daemon: opened, run, closed. */
#pragma once

#include "berkd/config/config.h"

struct daemon;

/* Everything opened, nothing said to anybody yet.  0 or negative errno; -EINVAL, -EPERM and -EBUSY
 * (a rival daemon) are matters of configuration, which a restart does not mend.  Call once the log
 * is open; the configuration is copied. */
int daemon_new(const struct config *, struct daemon **ret);
/* Give up all that is needed no more: root, capabilities, system calls.  0 or negative errno.  Call
 * once, before daemon_run(). */
int daemon_confine(struct daemon *);
/* NULL is allowed.  Call outside of the loop. */
struct daemon *daemon_free(struct daemon *);
/* Until SIGTERM or SIGINT: 0; else negative errno.  Call once. */
int daemon_run(struct daemon *);
