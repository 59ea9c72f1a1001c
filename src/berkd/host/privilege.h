/* privilege.h - what root gave us and we no longer need. */
#pragma once

#include "berkd/config/config.h"

#include <sys/types.h>

/* Whom the daemon becomes. */
struct privilege_user {
	bool change; /* false: it stays who it is */
	uid_t uid;
	gid_t gid;
};

/* Whom the configuration names, if we are root and there is somebody to become: -ESRCH when this
 * host has no such user.  With the clock driver virtual a test host stays root, in whose
 * namespaces it lives. */
int privilege_find(const struct config *, struct privilege_user *ret);
/* Become that user; keep CAP_SYS_TIME (a kernel's clock that is steered, unless @other sets it) and
 * CAP_NET_BIND_SERVICE (a port below 1024, to open it again), of what we hold; drop every other
 * capability, and system calls that are of no use, for good.  0 or negative errno.  Call when all
 * that needs more is open. */
int privilege_drop(const struct config *, const struct privilege_user *, bool other);
/* Keep CAP_SYS_TIME, if we hold it, and the system calls of a setter of the clock; drop all else,
 * for good.  0 or negative errno.  Call when its socket is open. */
int privilege_keep_clock(void);
