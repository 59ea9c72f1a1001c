/* cmd_trust.c - who is trusted and why, and what others say of them; the list of those who may be
 * members is pinning.c's. */
#include "berkctl/berkctl.h"
#include "berkctl/knocks.h"
#include "berkctl/legend.h"
#include "berkctl/pinning.h"
#include "berkctl/table.h"
#include "berkctl/view.h"

#include "common/whom.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WHY_MAX	    1024
#define FIXED_WIDTH 39 /* of fingerprint, trust and leads, with the two blanks behind each */
#define NAME_CUT    (LEGEND_WIDTH - FIXED_WIDTH)

/* --- The table --- */

static bool is_self(const json_t *h)
{
	return strcmp(view_raw(h, "trust"), "self") == 0;
}

static enum colour colour_of(const char *trust)
{
	return strcmp(trust, "revoked") == 0 || strcmp(trust, "open-group") == 0    ? COLOUR_BAD
	       : strcmp(trust, "unproved") == 0 || strcmp(trust, "not-pinned") == 0 ? COLOUR_WARN
										    : COLOUR_NONE;
}

/* A name that is too long for a line is cut between two characters. */
static const char *short_name(const json_t *h, char buf[static VIEW_MAX])
{
	const char *name = view_text(h, "name", "-", buf);

	if (strlen(name) > NAME_CUT) {
		size_t at = NAME_CUT - 3;

		while (at > 0 && (buf[at] & 0xc0) == 0x80) {
			at--;
		}
		memcpy(buf + at, "...", 4);
	}
	return name;
}

/* Do names, addresses and all else fit one line? */
static bool is_narrow(const json_t *hosts)
{
	char text[VIEW_MAX];
	size_t names = strlen("NAME"), addresses = strlen("ADDRESS"), i, len;
	const json_t *h;

	json_array_foreach(hosts, i, h)
	{
		len = strlen(short_name(h, text));
		names = len > names ? len : names;
		len = strlen(view_text(h, "address", "-", text));
		addresses = len > addresses ? len : addresses;
	}
	return FIXED_WIDTH + names + 2 + addresses <= LEGEND_WIDTH;
}

static void print_hosts(const struct ctl *ctl, const json_t *hosts, bool narrow)
{
	static const char *const heads[] = {"NAME", "FINGERPRINT", "TRUST", "LEADS", "ADDRESS"};
	struct table *t = table_new(heads, narrow ? 5 : 4);
	char text[VIEW_MAX];
	const json_t *h;
	size_t i;

	json_array_foreach(hosts, i, h)
	{
		table_cell(t, is_self(h) ? COLOUR_BOLD : COLOUR_NONE, short_name(h, text));
		table_cell(t, COLOUR_NONE, view_text(h, "id", "-", text));
		table_cell(t, colour_of(view_raw(h, "trust")), view_text(h, "trust", "-", text));
		table_cell(t, COLOUR_NONE, view_true(h, "may_lead") ? "yes" : "no");
		if (narrow) {
			table_cell(t, COLOUR_NONE, view_text(h, "address", "-", text));
		}
	}
	table_print(t, ctl->colour);
	table_free(t);
}

/* A table of its own, where they are too long for the other one. */
static void print_addresses(const struct ctl *ctl, const json_t *hosts)
{
	static const char *const heads[] = {"FINGERPRINT", "ADDRESS"};
	struct table *t = table_new(heads, 2);
	char text[VIEW_MAX];
	const json_t *h;
	size_t i;

	json_array_foreach(hosts, i, h)
	{
		if (view_raw(h, "address")[0]) {
			table_cell(t, COLOUR_NONE, view_text(h, "id", "-", text));
			table_cell(t, COLOUR_NONE, view_text(h, "address", "-", text));
		}
	}
	(void)putchar('\n');
	table_print(t, ctl->colour);
	table_free(t);
}

/* --- Words on hosts --- */

/* What was ordered here, or heard, and does not hold everywhere, or not for long. */
static void print_revocation(const json_t *r)
{
	char name[VIEW_MAX], id[VIEW_MAX], why[WHY_MAX], text[WHY_MAX + 2 * VIEW_MAX];
	const char *so = view_true(r, "revoked") ? "refuse it" : "trust it again";
	const char *undo = view_true(r, "revoked") ? "" : " --undo";
	int64_t n_others = view_int_or_0(r, "n_others"), n_agree = view_int_or_0(r, "n_agree");

	(void)view_host(r, name);
	(void)view_text(r, "id", "?", id);
	if (n_agree < n_others) {
		int n = snprintf(text, sizeof(text),
				 "%" PRId64 " of %" PRId64 " other hosts have said that they %s",
				 n_agree, n_others, so);

		if (view_int_or_0(r, "n_more") > 0) {
			(void)snprintf(text + n, sizeof(text) - (size_t)n,
				       "; for all to do so, order it on %" PRId64
				       " more: berkctl revoke%s %.16s",
				       view_int_or_0(r, "n_more"), undo, id);
		}
		legend_line(name, text);
	}
	if (json_is_false(json_object_get(r, "saved"))) {
		(void)snprintf(text, sizeof(text), "the order is not on disk yet: %s",
			       view_text_long(r, "unsaved_text", why, sizeof(why)));
		legend_line(name, text);
	}
}

/* The names of those who said it, or their ids. */
static void list_sayers(const json_t *answer, const json_t *w, char *text, size_t size)
{
	const json_t *by, *h;
	char name[VIEW_MAX];
	size_t i, k, n = 0;

	text[0] = '\0';
	json_array_foreach(json_object_get(w, "by"), i, by)
	{
		const char *id = json_is_string(by) ? json_string_value(by) : "";

		(void)snprintf(name, sizeof(name), "%.8s...", whom_is_id(id) ? id : "?");
		json_array_foreach(json_object_get(answer, "hosts"), k, h)
		{
			if (strcmp(view_raw(h, "id"), id) == 0) {
				(void)view_host(h, name);
			}
		}
		if (n < size) {
			n += (size_t)snprintf(text + n, size - n, "%s%s", n > 0 ? ", " : "", name);
		}
	}
}

/* What hosts say, and not enough of them. */
static void print_waiting(const json_t *answer, const json_t *w)
{
	char name[VIEW_MAX], id[VIEW_MAX], by[VIEW_MAX], head[VIEW_MAX], text[4 * VIEW_MAX];
	bool revoked = view_true(w, "revoked");
	int64_t n_said = view_int_or_0(w, "n_said"), n_needed = view_int_or_0(w, "n_needed");

	(void)view_host(w, name);
	(void)view_text(w, "id", "?", id);
	list_sayers(answer, w, by, sizeof(by));
	int n = n_needed > 0
			? snprintf(text, sizeof(text),
				   "%" PRId64 " of %" PRId64 " hosts have said so, by now %s; it "
				   "waits",
				   n_said, n_needed, by)
			: snprintf(text, sizeof(text),
				   "%s %s so; as no host is pinned, no host obeys another", by,
				   n_said == 1 ? "says" : "say");

	(void)snprintf(text + n, sizeof(text) - (size_t)n,
		       ", and %s is %s here.  If it is right, give the order here, too: berkctl "
		       "revoke%s %.16s",
		       name, revoked ? "trusted" : "refused", revoked ? "" : " --undo", id);
	(void)snprintf(head, sizeof(head), "%.200s %s", name,
		       revoked ? "revoked" : "trusted again");
	legend_line(head, text);
}

static void print_words(const json_t *answer)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(answer, "hosts"), i, row)
	{
		const json_t *r = json_object_get(row, "revocation");

		if (r) {
			print_revocation(r);
		}
	}
	json_array_foreach(json_object_get(answer, "waiting"), i, row)
	{
		print_waiting(answer, row);
	}
}

static void print_trust(const struct ctl *ctl, const json_t *answer)
{
	const json_t *hosts = json_object_get(answer, "hosts");
	const json_t *refused = json_object_get(answer, "refused");
	bool narrow = is_narrow(hosts);

	print_hosts(ctl, hosts, narrow);
	legend_print(hosts, "trust", is_self);
	print_words(answer);
	if (!narrow) {
		print_addresses(ctl, hosts);
	}
	if (json_array_size(refused) > 0) {
		knocks_print_refused(ctl, refused);
	}
}

int cmd_trust(const struct ctl *ctl)
{
	const char *what = ctl->argc > 0 ? ctl->argv[0] : "list";
	bool pins = strcmp(what, "pin") == 0 || strcmp(what, "unpin") == 0;
	json_t *answer = NULL;

	if (!pins && (strcmp(what, "list") != 0 || ctl->argc > 1 || ctl->all || ctl->config ||
		      ctl->dry_run)) {
		(void)fputs("berkctl: allowed is trust, trust list, trust pin HOST... and trust "
			    "unpin HOST..., or --all for HOST...; see: berkctl trust --help\n",
			    stderr);
		return CTL_USAGE;
	}
	int status = ctl_ask(ctl, false, "Trust", NULL, &answer);

	if (status == CTL_OK && pins) {
		status = pinning_run(ctl, answer);
	} else if (status == CTL_OK && ctl->json) {
		ctl_print_json(answer, false);
	} else if (status == CTL_OK) {
		print_trust(ctl, answer);
	}
	json_decref(answer);
	return status;
}
