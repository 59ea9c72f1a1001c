/* cmd_leave.c - a host leaves its group, and is as it was before. */
#include "berkctl/berkctl.h"
#include "berkctl/join/holder.h"
#include "berkctl/join/takeover.h"
#include "berkctl/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A master with a deputy hands over first.  Where berkd does not run there is nothing to do. */
static void hand_over(const struct ctl *ctl)
{
	json_t *answer = NULL;

	if (ctl_is_alive(ctl) && ctl_ask(ctl, false, "Status", NULL, &answer) == CTL_OK &&
	    strcmp(view_raw(json_object_get(answer, "status"), "role"), "master") == 0 &&
	    view_raw(json_object_get(answer, "status"), "deputy")[0]) {
		struct ctl quiet = *ctl;

		(void)cmd_stepdown(&quiet);
	}
	json_decref(answer);
}

static int leave(const struct ctl *ctl, const struct site *s)
{
	char before[SERVICE_UNITS_MAX];

	if (!site_before(s, before, sizeof(before))) {
		(void)fprintf(stderr,
			      "berkctl: %s is not there: this host was not brought into its group "
			      "by berkctl; switch berkd off with: systemctl disable --now berkd\n",
			      s->dropin);
		return CTL_FAILED;
	}
	takeover_say(ctl,
		     "* This host leaves the group %s, and hands over first if it is the master.\n"
		     "* %s%s goes, with the key of the group.\n"
		     "* The clock is then kept by %s.\n",
		     s->config.group_name,
		     service_is_managed() ? "berkd is switched off, and " : "", s->dropin,
		     before[0] ? before : "nobody, as before");
	if (ctl->dry_run) {
		takeover_say(ctl, "Nothing was done.\n");
		return CTL_OK;
	}
	if (!takeover_confirm(ctl)) {
		return CTL_FAILED;
	}
	hand_over(ctl);
	if (holder_withdraw() == HOLDER_STAYS) { /* it would go on handing out the key */
		return takeover_complain("the invitation cannot be withdrawn; nothing was changed");
	}
	if (!takeover_undo(s, before)) {
		return CTL_FAILED;
	}
	if (!service_is_managed() && ctl_is_alive(ctl)) {
		return takeover_complain(
			"the files are gone, but berkd still runs, and has the key "
			"in its memory: end it");
	}
	takeover_say(ctl, "This host has left the group %s.\n", s->config.group_name);
	return CTL_OK;
}

int cmd_leave(const struct ctl *ctl)
{
	struct site *s = takeover_look(ctl);
	int status = s ? leave(ctl, s) : CTL_FAILED;

	free(s);
	return status;
}
