/* cmd_order.c - orders, which are done when the daemon says so. */
#include "berkctl/berkctl.h"
#include "berkctl/view.h"

#include "berk/time.h"
#include "common/text.h"
#include "common/words.h"

#include <inttypes.h>
#include <stdio.h>

#define HOLD_NS_MIN NS_PER_S /* as the daemon demands */
#define HOLD_NS_MAX (1800 * NS_PER_S)

/* Give an order, or ask what it would do.  @ret_say: it is, or would be, carried out, and that is
 * to be said in a sentence. */
static int give_order(const struct ctl *ctl, const char *method, json_t *parameters,
		      json_t **ret_answer, bool *ret_say)
{
	int status;

	if (ctl->dry_run) {
		(void)json_object_set_new(parameters, "dry_run", json_true());
	}
	status = ctl_ask(ctl, true, method, parameters, ret_answer);
	*ret_say = status == CTL_OK && !ctl->json;
	if (status == CTL_OK && ctl->json) {
		ctl_print_json(*ret_answer, false);
	}
	return status;
}

static json_t *host_argument(const struct ctl *ctl)
{
	return ctl->argc > 0 ? json_pack("{s:s}", "host", ctl->argv[0]) : json_object();
}

/* The end of a sentence about what was done, or would be. */
static void say_end(const struct ctl *ctl)
{
	(void)puts(ctl->dry_run ? ".\nNothing was done." : ".\nSee: berkctl status");
}

static int hand_over(const struct ctl *ctl, const char *method)
{
	json_t *answer = NULL;
	char to[VIEW_MAX], takes[FORMAT_MAX];
	bool say;
	int status = give_order(ctl, method, host_argument(ctl), &answer, &say);

	if (say) {
		printf("The master %s to %s, within %s at most; no clock is set by that",
		       ctl->dry_run ? "would hand over" : "hands over",
		       view_text(answer, "host", "?", to),
		       view_interval(answer, "takes_ns", takes));
		say_end(ctl);
	}
	json_decref(answer);
	return status;
}

int cmd_transfer(const struct ctl *ctl)
{
	return hand_over(ctl, "Transfer");
}

int cmd_stepdown(const struct ctl *ctl)
{
	return hand_over(ctl, "StepDown");
}

int cmd_step(const struct ctl *ctl)
{
	json_t *answer = NULL;
	char moved[FORMAT_MAX];
	bool say;
	int status = give_order(ctl, "Step", json_object(), &answer, &say);

	if (say) {
		printf("The clock of this host %s to group time, %s from where it %s",
		       ctl->dry_run ? "would be set" : "was set",
		       view_offset(answer, "moved_ns", moved), ctl->dry_run ? "is" : "was");
		say_end(ctl);
	}
	json_decref(answer);
	return status;
}

/* A master may lie, so whoever takes no orders from it looks for itself. */
static void say_who_counts_on(const json_t *answer, const char *whom)
{
	const json_t *names = json_object_get(answer, "still_count"), *name;
	char safe[VIEW_MAX];
	size_t i;

	if (json_array_size(names) == 0) {
		return;
	}
	printf("These hosts take no orders from here, and count on until they have had no answer "
	       "for\nas long as forget in berkd.conf says, or you run `berkctl forget %s` there:",
	       whom);
	json_array_foreach(names, i, name)
	{
		const char *text = json_is_string(name) ? json_string_value(name) : "?";

		printf(" %s", text_made_plain(text, safe, sizeof(safe)));
	}
	(void)putchar('\n');
}

static void say_forgotten(const struct ctl *ctl, const json_t *answer)
{
	char whom[VIEW_MAX];
	int64_t before, after;
	bool one = ctl->argc > 0;

	(void)view_text(answer, "host", "That peer", whom);
	printf("%s %s no more until %s back", one ? whom : "Whoever is out of sight",
	       ctl->dry_run ? "would count" : "counts", one ? "it comes" : "they are");
	if (view_int(answer, "n_before", &before) && view_int(answer, "n_after", &after)) {
		/* Configured hosts that were never met are no rows, and count in a majority. */
		printf("; hosts in the table: %" PRId64 " instead of %" PRId64, after, before);
	}
	say_end(ctl);
	say_who_counts_on(answer, one ? whom : "HOST");
}

int cmd_forget(const struct ctl *ctl)
{
	json_t *answer = NULL;
	bool say;
	int status = give_order(ctl, "Forget", host_argument(ctl), &answer, &say);

	if (say) {
		say_forgotten(ctl, answer);
	}
	json_decref(answer);
	return status;
}

/* Out of the average, or into it, in words. */
static int weigh(const struct ctl *ctl, const char *method, const char *would, const char *will,
		 const char *also)
{
	json_t *answer = NULL;
	char whom[VIEW_MAX];
	int64_t before = 0, after = 0;
	bool say;
	int status = give_order(ctl, method, host_argument(ctl), &answer, &say);

	if (say) {
		view_int(answer, "n_before", &before);
		view_int(answer, "n_after", &after);
		printf("%s %s, %s; clocks that make it: %" PRId64 " instead of %" PRId64,
		       view_text(answer, "host", "?", whom), ctl->dry_run ? would : will, also,
		       after, before);
		say_end(ctl);
	}
	json_decref(answer);
	return status;
}

int cmd_exclude(const struct ctl *ctl)
{
	return weigh(ctl, "Exclude", "would be left out of the average",
		     "is left out of the average", "and still corrected");
}

int cmd_include(const struct ctl *ctl)
{
	return weigh(ctl, "Include", "would count in the average again",
		     "counts in the average again", "once it is settled");
}

int cmd_hold(const struct ctl *ctl)
{
	int64_t for_ns = ctl->timeout_ns;
	char takes[FORMAT_MAX], grows[FORMAT_MAX];
	bool say;

	if (for_ns >= 0 && (for_ns < HOLD_NS_MIN || for_ns > HOLD_NS_MAX)) {
		(void)fputs("berkctl: --timeout of hold is 1s to 30min\n", stderr);
		return CTL_USAGE;
	}
	json_t *parameters = json_object(), *answer = NULL;

	if (for_ns >= 0) {
		(void)json_object_set_new(parameters, "for_ns", json_integer(for_ns));
	}
	int status = give_order(ctl, "Hold", parameters, &answer, &say);

	if (say) {
		printf("No clock of the group %s for %s, or until `berkctl resume`; each bound "
		       "grows by %s at most meanwhile",
		       ctl->dry_run ? "would be corrected" : "is corrected",
		       view_interval(answer, "takes_ns", takes),
		       view_interval(answer, "grows_ns", grows));
		say_end(ctl);
	}
	json_decref(answer);
	return status;
}

int cmd_resume(const struct ctl *ctl)
{
	json_t *answer = NULL;
	char left[FORMAT_MAX];
	bool say;
	int status = give_order(ctl, "Resume", json_object(), &answer, &say);

	if (say) {
		printf("The clocks of the group %s again, %s before the hold was to end",
		       ctl->dry_run ? "would be corrected" : "are corrected",
		       view_interval(answer, "left_ns", left));
		say_end(ctl);
	}
	json_decref(answer);
	return status;
}

int cmd_trace(const struct ctl *ctl)
{
	int level;

	if (!words_find(words_level, ctl->argv[0], &level)) {
		(void)fputs("berkctl: LEVEL is error, warning, notice, info or debug\n", stderr);
		return CTL_USAGE;
	}
	json_t *answer = NULL;
	bool say;
	int status = give_order(ctl, "SetTrace",
				json_pack("{s:s}", "level", words_name(words_level, level)),
				&answer, &say);

	json_decref(answer);
	return status;
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
