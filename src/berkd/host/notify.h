/* notify.h - the service manager's view of us: READY, STATUS, RELOADING, STOPPING. */
#pragma once

#include "berk/node.h"

#include <systemd/sd-event.h>

/* Feed the service manager's watchdog from @event, if it asked for that. */
void notify_watchdog(sd_event *event);
void notify_ready(void);
void notify_reloading(void);
void notify_stopping(void);
/* One line for `systemctl status`; sent only when it reads differently from @last. */
#define NOTIFY_STATUS_MAX 128
void notify_status(const struct node_status *, const char *master_name,
		   char last[static NOTIFY_STATUS_MAX]);
