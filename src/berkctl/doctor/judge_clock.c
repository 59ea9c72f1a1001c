/* judge_clock.c - who else steers the clock, what it counts by, and whether berkd may set it. */
#include "berkctl/doctor/judge_parts.h"

#include "berk/time.h"
#include "berkctl/view.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>

#define AREA	    "clock"
#define READ_NS_MAX (2 * NS_PER_US) /* of one reading: beyond, user stamps suffer */

/* Slow to read, or coarse.  All else that Linux has is good. */
static const char *const poor[] = {"hpet", "acpi_pm", "jiffies", "refined-jiffies", "pit"};

static void judge_rivals(json_t *list, const struct doctor_facts *facts)
{
	const struct facts_clock *f = &facts->clock;

	for (size_t i = 0; i < f->n_rivals; i++) {
		const struct rival *r = &f->rival[i];
		char name[VIEW_MAX];

		if (facts->daemon.error == 0 && r->pid == facts->daemon.pid) {
			continue;
		}
		text_escape(r->name, strlen(r->name), name, sizeof(name));
		finding_add(list, facts->config.config.allow_rivals ? GRADE_WARNING : GRADE_FAILURE,
			    AREA, "rival",
			    "%s, process %d, steers this clock, too, and two programs that steer "
			    "one clock disturb each other.\nEnd it: %s",
			    name, (int)r->pid, r->remedy);
	}
}

/* "warning: WHAT: EFFECT; REMEDY", as rival_report_enabled() tells it. */
static void judge_enabled(json_t *list, const struct facts_clock *f)
{
	const json_t *line;
	size_t i;

	json_array_foreach(f->enabled, i, line)
	{
		const char *text = json_string_value(line), *cut = strstr(text, "; ");

		text += strncmp(text, "warning: ", 9) == 0 ? 9 : 0;
		finding_add(list, GRADE_WARNING, AREA, "rival-enabled",
			    "%.*s.\nDecide which daemon is to steer the clock: %s",
			    (int)(cut ? cut - text : (long)strlen(text)), text,
			    cut ? cut + 2 : "disable it.");
	}
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; (at = strstr(at, word)) != NULL; at += len) {
		if ((at == text || at[-1] == ' ') && (at[len] == '\0' || at[len] == ' ')) {
			return true;
		}
	}
	return false;
}

static void judge_source(json_t *list, const struct facts_clock *f)
{
	char read[FORMAT_MAX];
	bool is_poor = false;

	for (size_t i = 0; i < sizeof(poor) / sizeof(poor[0]); i++) {
		is_poor = is_poor || strcmp(f->source, poor[i]) == 0;
	}
	if (!f->source[0]) {
		finding_add(list, GRADE_UNKNOWN, AREA, "clocksource",
			    "The clocksource of this kernel cannot be seen: /sys is not there.\n"
			    "Run this outside of the container.");
	} else if (is_poor && has_word(f->available, "tsc")) {
		finding_add(
			list, GRADE_WARNING, AREA, "clocksource-left",
			"The kernel counts time by %s, though tsc is there: each reading is slow "
			"or coarse.\n"
			"Try it: echo tsc >/sys/devices/system/clocksource/clocksource0/"
			"current_clocksource; if dmesg calls tsc unstable, update the firmware.",
			f->source);
	} else if (is_poor) {
		finding_add(
			list, GRADE_WARNING, AREA, "clocksource",
			"The kernel counts time by %s, whose readings are slow or coarse, so "
			"bounds are wider.\n"
			"Look in dmesg why tsc is not used, or let the hypervisor offer "
			"kvm-clock, an invariant tsc or hyperv_clocksource_tsc_page; there are: "
			"%s",
			f->source, f->available);
	}
	if (f->read_ns > READ_NS_MAX) {
		finding_add(list, GRADE_WARNING, AREA, "slow-reading",
			    "One reading of the clock takes %s, where 0.1 us is usual: it goes "
			    "through the kernel.\n"
			    "Choose a clocksource that can be read without it: tsc, kvm-clock, "
			    "arch_sys_counter.",
			    format_interval(f->read_ns, read));
	}
}

/* What berkd can do without, and is better with. */
static void judge_kernel(json_t *list, const struct facts_clock *f)
{
	unsigned major = 0, minor = 0;

	if (f->vmclock && !f->vmclock_readable) {
		finding_add(list, GRADE_WARNING, AREA, "vmclock",
			    "The user of berkd may not read /dev/vmclock0, so berkd does not hear "
			    "of live migrations and restored snapshots.\nApply berkd's udev rule "
			    "for that device: udevadm control --reload && udevadm trigger, and "
			    "then systemctl restart berkd");
	}
	if (sscanf(f->release, "%u.%u", &major, &minor) != 2) {
		return;
	}
	if (major < 5 || (major == 5 && minor < 6)) {
		finding_add(list, GRADE_WARNING, AREA, "kernel",
			    "Linux %u.%u has no ethtool netlink, so berkd takes no time stamps of "
			    "NICs; that is from Linux 5.6 on.\n"
			    "Update the kernel.",
			    major, minor);
	}
}

void judge_clock(json_t *list, const struct doctor_facts *facts)
{
	const struct facts_clock *f = &facts->clock;
	const struct config *c = &facts->config.config;

	if (c->driver == CONFIG_CLOCK_VIRTUAL) {
		finding_add(
			list, GRADE_WARNING, AREA, "virtual",
			"The clock is virtual ([clock] driver), so the clock of this host is not "
			"steered.\n"
			"Where that is not meant: driver = kernel in [clock], and systemctl "
			"restart berkd");
		return;
	}
	if (c->mode == MODE_STEER) {
		judge_rivals(list, facts);
	}
	judge_enabled(list, f);
	if (c->mode == MODE_STEER && f->may_set == 0) {
		finding_add(list, GRADE_FAILURE, AREA, "may-not-set",
			    "Nobody in this container may set the clock: CAP_SYS_TIME is missing.\n"
			    "Run berkd on the host of the container, or give the container "
			    "CAP_SYS_TIME, or only observe: driver = observe in [clock]");
	}
	judge_source(list, f);
	judge_kernel(list, f);
	if (!findings_have(list, AREA)) {
		finding_add(list, GRADE_OK, AREA, "clock",
			    "No other daemon steers the clock; the kernel, Linux %s, counts it by "
			    "%s.",
			    f->release, f->source);
	}
}
