/* cmd_settime.c - the time of the group, set by an operator for all hosts. */
#include "berkctl/berkctl.h"
#include "berkctl/view.h"
#include "berkctl/when.h"

#include "berk/time.h"
#include "common/file.h"

#include <stdio.h>
#include <string.h>

#define RTC "/sys/class/rtc/rtc0/since_epoch"
#define ADJTIME                                                                                    \
	"/etc/adjtime" /* hwclock(8): its third line is LOCAL where the RTC keeps local time */

static bool is_rtc_local(void)
{
	return file_has_word(ADJTIME, 3, "LOCAL") > 0;
}

/* What the command line asks for; CTL_OK or an exit status. */
static int read_when(const struct ctl *ctl, struct when *ret)
{
	if (ctl->from_rtc == (ctl->argc > 0)) {
		(void)fputs("berkctl: either TIME or --from-rtc; see: berkctl settime --help\n",
			    stderr);
		return CTL_USAGE;
	}
	if (ctl->from_rtc) {
		int r = when_read_rtc(RTC, is_rtc_local(), &ret->ns);

		ret->relative = false;
		if (r < 0) {
			(void)fprintf(stderr, "berkctl: " RTC " cannot be read: %s\n",
				      strerror(-r));
			return CTL_FAILED;
		}
	} else if (!when_parse(ctl->argv[0], ret)) {
		(void)fprintf(
			stderr,
			"berkctl: TIME: read \"%s\": allowed is \"2026-11-27 12:00\", with a Z "
			"behind it in UTC, seconds since 1970 as @N, or +1.5s or -1.5s to move "
			"group time\n",
			ctl->argv[0]);
		return CTL_USAGE;
	}
	return CTL_OK;
}

int cmd_settime(const struct ctl *ctl)
{
	struct when when;
	json_t *answer = NULL;
	char shift[FORMAT_MAX], takes[FORMAT_MAX];
	int status = read_when(ctl, &when);

	if (status != CTL_OK) {
		return status;
	}
	status = ctl_ask(ctl, true, "SetTime",
			 json_pack("{s:I,s:b,s:b}", when.relative ? "shift_ns" : "wall_ns",
				   (json_int_t)when.ns, "step", ctl->step, "dry_run", ctl->dry_run),
			 &answer);
	if (status == CTL_OK && ctl->json) {
		ctl_print_json(answer, false);
	} else if (status == CTL_OK) {
		printf("Group time %s %s by %s: all hosts %s.\nThat takes %s at most; %s\n",
		       ctl->dry_run ? "would be" : "is being", ctl->step ? "set" : "slewed",
		       view_offset(answer, "shift_ns", shift),
		       ctl->step ? "give the old time up, and each steps its clock once"
				 : "run a little faster or slower until then, and none steps",
		       view_interval(answer, "takes_ns", takes),
		       ctl->dry_run ? "nothing was done." : "see: berkctl status");
	}
	json_decref(answer);
	return status;
}
