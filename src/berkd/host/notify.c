/* notify.c - sd_notify(): state changes and a status line. */
#include "berkd/host/notify.h"

#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"
#include "common/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

void notify_watchdog(sd_event *event)
{
	int r = sd_event_set_watchdog(event, true);

	if (r < 0) {
		log_warning(CAUSE_WITHOUT, "No watchdog: %s, ignoring", strerror(-r));
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

/* The least of 1, 2 and 5 times a power of ten (in us) that is at least @bound_ns, so that the line
 * changes seldom; INT64_MAX from 1000 s on. */
static int64_t round_bound_up(int64_t bound_ns)
{
	static const int64_t steps[] = {1, 2, 5};

	for (int64_t unit_ns = NS_PER_US; unit_ns < 1000 * NS_PER_S; unit_ns *= 10) {
		for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			if (bound_ns <= steps[i] * unit_ns) {
				return steps[i] * unit_ns;
			}
		}
	}
	return INT64_MAX;
}

void notify_status(const struct node_status *s, const char *master_name, bool unsteered,
		   char last[static NOTIFY_STATUS_MAX])
{
	char text[NOTIFY_STATUS_MAX], bound[FORMAT_MAX];
	const char *open = s->open_group ? "open group; " : "";
	const char *still = unsteered || s->tripped || s->open_spent ? "not steered; " : "";

	if (s->role == ROLE_NONE || s->role == ROLE_CANDIDATE) {
		(void)snprintf(text, sizeof(text), "%s%slooking for a master", open, still);
	} else {
		(void)snprintf(text, sizeof(text), "%s%s%s%s%.40s, %u of %u hosts%s, bound %s",
			       open, still, role_name(s->role),
			       s->role == ROLE_MASTER ? "" : " of ",
			       s->role == ROLE_MASTER ? "" : master_name, s->n_alive, s->n_table,
			       s->island ? " (island)" : "",
			       format_interval(round_bound_up(s->bound_ns), bound));
	}
	if (strcmp(text, last) != 0) {
		memcpy(last, text, sizeof(text));
		(void)sd_notifyf(0, "STATUS=%s", text);
	}
}
