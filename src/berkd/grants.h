/* grants.h - what control may see of the daemon, and do. */
#pragma once

#include "berkd/daemon_private.h"

/* Open control, with it.  0 or negative errno.  Call once, when all else is open. */
int grants_open(struct daemon *);
