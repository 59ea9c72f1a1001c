/* look_clock.c - who steers the clock, what the kernel counts it by, and the hardware clock. */
#include "berkctl/doctor/look_parts.h"

#include "berk/time.h"
#include "common/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#define READINGS	1000
#define CAP_SYS_TIME_AT 25 /* its bit, by capability.h */
#define SOURCES		"/sys/devices/system/clocksource/clocksource0/"
#define VMCLOCK		"/dev/vmclock0"
#define RTC		"/sys/class/rtc/rtc0/since_epoch"

/* A line without its end. */
static void look_at_line(const struct look_at *at, const char *path, char ret[FACTS_TEXT_MAX])
{
	(void)look_text(at, path, ret, FACTS_TEXT_MAX);
	ret[strcspn(ret, "\n")] = '\0';
	for (size_t len = strlen(ret); len > 0 && ret[len - 1] == ' '; len--) {
		ret[len - 1] = '\0';
	}
}

/* The fastest of some rounds: what the machine does besides does not count. */
static int64_t measure_reading(void)
{
	int64_t best = INT64_MAX;

	for (int round = 0; round < 5; round++) {
		struct timespec a, b, t;

		(void)clock_gettime(CLOCK_MONOTONIC_RAW, &a);
		for (int i = 0; i < READINGS; i++) {
			(void)clock_gettime(CLOCK_REALTIME, &t);
		}
		(void)clock_gettime(CLOCK_MONOTONIC_RAW, &b);
		best = ns_min(best, ((b.tv_sec - a.tv_sec) * NS_PER_S + b.tv_nsec - a.tv_nsec) /
					    READINGS);
	}
	return best;
}

/* What process 1 may ever hold, nobody here can exceed. */
static int may_set(const struct look_at *at)
{
	char text[8192];
	const char *line = look_text(at, "/proc/1/status", text, sizeof(text))
				   ? strstr(text, "CapBnd:")
				   : NULL;

	return line ? (int)(strtoull(line + strlen("CapBnd:"), NULL, 16) >> CAP_SYS_TIME_AT & 1)
		    : FACTS_UNKNOWN;
}

void look_at_clock(const struct look_at *at, const struct config *c, struct facts_clock *ret)
{
	char path[LOOK_PATH_MAX];
	struct utsname name;

	ret->enabled = json_array();
	ret->n_rivals = rival_list(look_path(at, "/proc", path), ret->rival, FACTS_RIVALS_MAX);
	rival_report_enabled(look_path(at, "/etc/systemd/system", path), c->mode == MODE_STEER,
			     look_note, ret->enabled);
	look_at_line(at, SOURCES "current_clocksource", ret->source);
	look_at_line(at, SOURCES "available_clocksource", ret->available);
	ret->read_ns = measure_reading();
	ret->may_set = may_set(at);
	ret->vmclock = look_exists(at, VMCLOCK);
	ret->vmclock_readable = look_is_readable(at, VMCLOCK, c->user);
	if (uname(&name) == 0) {
		(void)snprintf(ret->release, sizeof(ret->release), "%.*s", FACTS_TEXT_MAX - 1,
			       name.release);
	}
}

void look_at_rtc(const struct look_at *at, struct facts_rtc *ret)
{
	char text[4096], path[LOOK_PATH_MAX];
	int64_t epoch;

	ret->present = look_exists(at, RTC);
	ret->readable =
		look_text(at, RTC, text, sizeof(text)) && sscanf(text, "%" SCNd64, &epoch) == 1;
	if (ret->readable) {
		ret->ahead_s = difftime((time_t)epoch, time(NULL));
	}
	ret->local = file_has_word(look_path(at, "/etc/adjtime", path), 3, "LOCAL") == 1;
	if (look_text(at, "/proc/driver/rtc", text, sizeof(text))) {
		const char *battery = strstr(text, "batt_status");

		ret->empty = battery && strcspn(battery, "\n") > strlen("batt_status") &&
			     memmem(battery, strcspn(battery, "\n"), "dead", 4) != NULL;
	}
}
