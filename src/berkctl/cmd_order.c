/* cmd_order.c - orders, which are done when the daemon says so. */
#include "berkctl/berkctl.h"
#include "berkctl/view.h"

#include "common/words.h"

#include <stdio.h>

/* Give an order, and print @done, if not NULL, when it is done. */
static int give_order(const struct ctl *ctl, const char *method, json_t *parameters,
		      const char *done)
{
	json_t *answer = NULL;
	int status = ctl_ask(ctl, true, method, parameters, &answer);

	if (status == CTL_OK && ctl->json) {
		ctl_print_json(answer, false);
	} else if (status == CTL_OK && done) {
		(void)puts(done);
	}
	json_decref(answer);
	return status;
}

static json_t *host_argument(const struct ctl *ctl)
{
	return ctl->argc > 0 ? json_pack("{s:s}", "host", ctl->argv[0]) : NULL;
}

int cmd_transfer(const struct ctl *ctl)
{
	return give_order(ctl, "Transfer", host_argument(ctl),
			  "Handed over; see: berkctl status, in a second.");
}

int cmd_stepdown(const struct ctl *ctl)
{
	return give_order(ctl, "StepDown", NULL, "Stepped down; see: berkctl status, in a second.");
}

int cmd_step(const struct ctl *ctl)
{
	json_t *answer = NULL;
	int status = ctl_ask(ctl, true, "Step", NULL, &answer);
	char moved[FORMAT_MAX];

	if (status == CTL_OK && ctl->json) {
		ctl_print_json(answer, false);
	} else if (status == CTL_OK) {
		printf("The clock was set to group time, %s from where it was.\n",
		       view_offset(answer, "moved_ns", moved));
	}
	json_decref(answer);
	return status;
}

int cmd_forget(const struct ctl *ctl)
{
	return give_order(
		ctl, "Forget", host_argument(ctl),
		ctl->argc > 0
			? "Forgotten until it comes back."
			: "The hosts that are out of sight count no more until they come back.");
}

int cmd_exclude(const struct ctl *ctl)
{
	return give_order(ctl, "Exclude", host_argument(ctl), "Excluded from the next round on.");
}

int cmd_include(const struct ctl *ctl)
{
	return give_order(ctl, "Include", host_argument(ctl),
			  "It counts again when it is settled.");
}

int cmd_trace(const struct ctl *ctl)
{
	int level;

	if (!words_find(words_level, ctl->argv[0], &level)) {
		(void)fputs("berkctl: LEVEL is error, warning, notice, info or debug\n", stderr);
		return CTL_USAGE;
	}
	return give_order(ctl, "SetTrace",
			  json_pack("{s:s}", "level", words_name(words_level, level)), NULL);
}

int cmd_reload(const struct ctl *ctl)
{
	json_t *answer = NULL;
	int status = ctl_ask(ctl, true, "Reload", NULL, &answer);
	const json_t *messages = json_object_get(answer, "messages"), *m;
	size_t i;

	if (status == CTL_OK && ctl->json) {
		ctl_print_json(answer, false);
	} else if (status == CTL_OK) {
		(void)puts(json_array_size(messages) == 0
				   ? "The configuration was taken over; no value has changed."
				   : "The configuration was taken over:");
		json_array_foreach(messages, i, m)
		{
			json_t *line = json_pack("{s:O}", "text", m);
			char text[VIEW_MAX];

			printf("  %s\n", view_text(line, "text", "?", text));
			json_decref(line);
		}
	}
	json_decref(answer);
	return status;
}
