/* cmd_revoke.c - a key that is taken no more, on this host and on the others. */
#include "berkctl/berkctl.h"
#include "berkctl/view.h"

#include "berk/status.h"
#include "berk/time.h"
#include "common/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define WAIT_S	1.0
#define WHY_MAX 1024
#define LOOK_NS (50 * NS_PER_MS)

/* What is said of @id by now; NULL: it cannot be told. */
static json_t *look(const struct ctl *ctl, const char *id)
{
	json_t *answer = NULL, *found = NULL;
	const json_t *h;
	size_t i;

	if (ctl_ask(ctl, false, "Trust", NULL, &answer) == CTL_OK) {
		json_array_foreach(json_object_get(answer, "hosts"), i, h)
		{
			if (strcmp(view_raw(h, "id"), id) == 0) {
				found = json_incref(json_object_get(h, "revocation"));
			}
		}
	}
	json_decref(answer);
	return found;
}

/* The others answer within some round trips, and the disk at its pace: wait for them, and say what
 * came of it. */
static json_t *wait_for_all(const struct ctl *ctl, json_t *r)
{
	const struct timespec step = {.tv_nsec = LOOK_NS};
	unsigned left = (unsigned)(WAIT_S * NS_PER_S / LOOK_NS);

	while (left-- > 0 && (view_int_or_0(r, "n_agree") < view_int_or_0(r, "n_others") ||
			      !view_true(r, "saved"))) {
		(void)nanosleep(&step, NULL);
		json_t *now = look(ctl, view_raw(r, "id"));

		if (!now) {
			break;
		}
		json_decref(r);
		r = now;
	}
	return r;
}

static void print_others(const json_t *r, const char *host)
{
	int64_t n_others = view_int_or_0(r, "n_others"), n_agree = view_int_or_0(r, "n_agree");
	int64_t n_more = view_int_or_0(r, "n_more");
	int rule = view_word(r, "rule", words_revoke_rule);
	const char *undo = view_true(r, "revoked") ? "" : " --undo";

	if (n_others == 0) {
		(void)puts("No other host is here.");
		return;
	}
	printf("%" PRId64 " of %" PRId64 " other hosts do so too.\n", n_agree, n_others);
	if (n_more == 0) {
		if (n_agree < n_others) {
			(void)puts("The other hosts hear of it when they are back.");
		}
	} else if (rule == REVOKE_EACH) {
		printf("There is no list of members, so no host obeys another: give the order on "
		       "%" PRId64 " more\nhosts: berkctl revoke%s %s\n",
		       n_more, undo, host);
		if (view_true(r, "revoked")) {
			(void)puts("With the group key, a host can come back under another "
				   "identity: change the group key,\ntoo (key_file), or pin the "
				   "members first: berkctl trust pin --all");
		}
	} else if (!view_true(r, "heeded")) {
		printf("This host is not on the list masters, so no other host obeys it: give the "
		       "order on\n%" PRId64 " hosts of that list: berkctl revoke%s %s\n",
		       n_more, undo, host);
	} else {
		printf("The other hosts do so when the order is given on %" PRId64
		       " more hosts, because more than\nmax_liars hosts must say it.  Run there: "
		       "berkctl revoke%s %s\n",
		       n_more, undo, host);
	}
}

int cmd_revoke(const struct ctl *ctl)
{
	json_t *answer = NULL, *r;
	char name[VIEW_MAX], id[VIEW_MAX], why[WHY_MAX];
	int status =
		ctl_ask(ctl, true, "Revoke",
			json_pack("{s:s,s:b}", "host", ctl->argv[0], "undo", ctl->undo), &answer);

	if (status != CTL_OK) {
		return status;
	}
	r = wait_for_all(ctl, json_incref(json_object_get(answer, "revocation")));
	json_decref(answer);
	if (ctl->json) {
		ctl_print_json(r, false);
	} else {
		printf("%s (%s) %s.\n", view_text(r, "name", "A host without a name", name),
		       view_text(r, "id", "?", id),
		       view_true(r, "revoked") ? "is revoked: this host refuses everything from it"
					       : "is trusted again by this host");
		print_others(r, view_text(r, "id", "?", id));
		if (!view_true(r, "saved")) {
			printf("It is not on disk yet: %s.\n",
			       view_text_long(r, "unsaved_text", why, sizeof(why)));
		}
	}
	json_decref(r);
	return CTL_OK;
}
