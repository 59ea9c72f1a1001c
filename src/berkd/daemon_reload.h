/* daemon_reload.h - the configuration is read again. */
#pragma once

#include "berkd/daemon_private.h"

/* What the core is told of a configuration, by this daemon's secret and clock.  0 or negative
 * errno, as config_to_node().  Call, and wipe @ret when the core has it. */
int daemon_node_config(const struct daemon *, const struct config *, struct node_config *ret,
		       config_report report, void *userdata);
/* @report is told what was refused or needs a restart.  0, or negative errno; then the old
 * configuration stays in force as it was.  Call between two events. */
int daemon_reload(struct daemon *, config_report report, void *userdata);
