/* notify.c - sd_notify: state changes and a status line. Without a service manager all of it is
 * silently nothing. */
#include "berkd/host/notify.h"

#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

void notify_watchdog(sd_event *event)
{
	int r = sd_event_set_watchdog(event, true);

	if (r < 0) {
		log_warning("No watchdog: %s, ignoring", strerror(-r));
	}
}

void notify_ready(void)
{
	(void)sd_notify(0, "READY=1");
}

void notify_reloading(void)
{
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
			 host_clock_ns(CLOCK_MONOTONIC) / NS_PER_US);
}

void notify_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1");
}

/* The bound as 1, 2 or 5 times a power of ten above it: a line that changes seldom. */
static const char *bound_text(int64_t bound_ns, char *buf, size_t size)
{
	static const char *const units[] = {"us", "ms", "s"};
	int64_t unit_ns = NS_PER_US;
	unsigned u = 0;

	if (bound_ns >= 1000 * NS_PER_S) {
		return "unknown";
	}
	while (u < 2 && bound_ns > 500 * unit_ns) {
		unit_ns *= 1000;
		u++;
	}
	for (int64_t n = 1;; n *= 10) {
		for (int64_t m = 1; m <= 5; m += m == 1 ? 1 : 3) {
			if (bound_ns <= n * m * unit_ns) {
				(void)snprintf(buf, size, "%" PRId64 " %s", n * m, units[u]);
				return buf;
			}
		}
	}
}

void notify_status(const struct node_status *s, const char *master_name,
		   char last[static NOTIFY_STATUS_MAX])
{
	char text[NOTIFY_STATUS_MAX], bound[32];

	if (s->role == ROLE_NONE || s->role == ROLE_CANDIDATE) {
		(void)snprintf(text, sizeof(text), "Looking for a master");
	} else {
		(void)snprintf(text, sizeof(text), "%s%s%.40s, %u of %u hosts%s, bound %s",
			       role_name(s->role), s->role == ROLE_MASTER ? "" : " of ",
			       s->role == ROLE_MASTER ? "" : master_name, s->n_alive, s->n_table,
			       s->island ? " (island)" : "",
			       bound_text(s->bound_ns, bound, sizeof(bound)));
	}
	if (strcmp(text, last) != 0) {
		memcpy(last, text, sizeof(text));
		(void)sd_notifyf(0, "STATUS=%s", text);
	}
}
