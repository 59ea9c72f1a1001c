/* cmd_version.c - the versions of berkctl and of the daemon. */
#include "berkctl/berkctl.h"

#include <config.h>
#include <stdio.h>

int cmd_version(const struct ctl *ctl)
{
	json_t *answer = NULL;
	int status;

	if (!ctl->json) {
		(void)puts("berkctl " PACKAGE_VERSION);
		(void)fflush(stdout);
	}
	status = ctl_ask(ctl, false, "Status", NULL, &answer);
	if (status == CTL_OK) {
		const char *v = json_string_value(
			json_object_get(json_object_get(answer, "status"), "version"));

		if (ctl->json) {
			json_t *j = json_pack("{s:s,s:s}", "berkctl", PACKAGE_VERSION, "berkd",
					      v ? v : "");

			ctl_print_json(j, false);
			json_decref(j);
		} else {
			printf("berkd   %s\n", v ? v : "?");
		}
	}
	json_decref(answer);
	return status;
}
