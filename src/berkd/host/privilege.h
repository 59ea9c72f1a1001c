/* privilege.h - what root gave us and we no longer need. */
#pragma once

#include "berkd/config/config.h"

/* Keep CAP_SYS_TIME (driver kernel) and CAP_NET_BIND_SERVICE (a port below 1024, to open it again),
 * of what we hold; drop every other capability for good.  0 or negative errno.  Call when all that
 * needs more is open. */
int privilege_drop(const struct config *);
/* What comes of @job (0 or a negative errno) when @user does it; -ESRCH when there is no such user.
 * Call as root, while there are no threads: a process of its own tries it. */
int privilege_try(const char *user, int (*job)(void *userdata), void *userdata);
