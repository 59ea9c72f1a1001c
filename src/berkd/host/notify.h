/* notify.h - what the service manager is told: READY, RELOADING, STOPPING, STATUS, WATCHDOG.
 * Without a service manager none of it does anything. */
#pragma once

#include "berk/node.h"

#include <systemd/sd-event.h>

#define NOTIFY_STATUS_MAX 128 /* bytes of the status line with its NUL */

/* Feed the watchdog from @event, if the service manager asked for that.  Call before the loop
 * runs. */
void notify_watchdog(sd_event *event);
/* Call when the node has started, and when a reload is over. */
void notify_ready(void);
/* Call before a reload; notify_ready() must follow. */
void notify_reloading(void);
/* Call when the daemon is asked to end. */
void notify_stopping(void);
/* One line for `systemctl status`; @unsteered: the clock cannot be set.  It is sent only when it
 * reads differently from @last, which then takes it.  Call after each change of status. */
void notify_status(const struct node_status *, const char *master_name, bool unsteered,
		   char last[static NOTIFY_STATUS_MAX]);
