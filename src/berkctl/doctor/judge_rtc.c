/* judge_rtc.c - the clock that goes on while this host is off: with it the host starts. */
#include "berkctl/doctor/judge_parts.h"

#define AREA	"hardware clock"
#define AHEAD_S 5.0 /* it shows whole seconds, and drifts by some a week */

void judge_rtc(json_t *list, const struct doctor_facts *facts)
{
	const struct facts_rtc *f = &facts->rtc;

	if (facts->config.config.driver != CONFIG_CLOCK_KERNEL) {
		return;
	}
	if (!f->present) {
		finding_add(
			list, GRADE_WARNING, AREA, "no-rtc",
			"This host has no hardware clock, so after a power cut it starts with a "
			"date of the past.\n"
			"Do nothing if other hosts of the group have one; else add one, or set the "
			"date with berkctl settime after the group has started.");
	} else if (f->empty) {
		finding_add(list, GRADE_WARNING, AREA, "battery",
			    "The battery of the hardware clock is empty, so the date is lost when "
			    "the host is off.\n"
			    "Replace the battery, and set the clock: berkd --save-rtc");
	} else if (!f->readable) {
		finding_add(list, GRADE_UNKNOWN, AREA, "rtc",
			    "The hardware clock cannot be read.\n"
			    "Look at: hwclock --show --verbose");
	} else if (f->local) {
		finding_add(list, GRADE_WARNING, AREA, "local",
			    "The hardware clock keeps local time, so the date is wrong by hours "
			    "when the time zone changes while the host is off.\n"
			    "Let it keep UTC: timedatectl set-local-rtc 0");
	} else if (f->ahead_s > AHEAD_S || f->ahead_s < -AHEAD_S) {
		finding_add(list, GRADE_WARNING, AREA, "rtc-off",
			    "The hardware clock is %.0f s %s the clock of this host.\n"
			    "Once berkctl check says OK, set it: berkd --save-rtc; if it is off "
			    "again after some days, replace its battery.",
			    f->ahead_s < 0 ? -f->ahead_s : f->ahead_s,
			    f->ahead_s < 0 ? "behind" : "ahead of");
	} else {
		finding_add(
			list, GRADE_OK, AREA, "rtc",
			"The hardware clock keeps UTC, and is within some seconds of the clock.");
	}
}
