/* daemon_reload.h - the configuration is read again. */
#pragma once

#include "berkd/daemon_private.h"

/* @report is told what was refused or needs a restart.  0, or negative errno; then the old
 * configuration stays in force as it was.  Call between two events. */
int daemon_reload(struct daemon *, config_report report, void *userdata);
