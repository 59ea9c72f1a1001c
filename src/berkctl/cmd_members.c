/* cmd_members.c - the hosts of the group: all in a table, one of them in words, pairs of them. */
#include "berkctl/berkctl.h"
#include "berkctl/client.h"
#include "berkctl/knocks.h"
#include "berkctl/table.h"
#include "berkctl/view.h"

#include "berk/reason.h"
#include "berk/status.h"
#include "berk/time.h"
#include "common/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define WHY_MAX 1024 /* bytes of a reason with its remedy */

/* --- members --- */

static const char *role_of(const json_t *m)
{
	if (view_word(m, "state", words_member_state) == MEMBER_CONTACT) {
		return "-";
	}
	if (view_true(m, "master")) {
		return words_name(words_role, ROLE_MASTER);
	}
	return words_name(words_role, view_true(m, "deputy") ? ROLE_DEPUTY : ROLE_MEMBER);
}

/* Why it does not count; "" when it does, and when its state says all. */
static const char *why_not(const json_t *m)
{
	int state = view_word(m, "state", words_member_state);
	bool judged = state == MEMBER_NEW || state == MEMBER_SETTLED;

	return !judged || view_word(m, "reason", words_reason) == REASON_NONE
		       ? ""
		       : view_raw(m, "reason");
}

static enum colour colour_of_state(const json_t *m)
{
	int state = view_word(m, "state", words_member_state);

	if (state == MEMBER_SETTLED) {
		return why_not(m)[0] ? COLOUR_WARN : COLOUR_GOOD;
	}
	if (state == MEMBER_SILENT) {
		return COLOUR_BAD;
	}
	return member_state_is_here((enum member_state)state) ? COLOUR_WARN : COLOUR_DIM;
}

static const char *format_weight(const json_t *m, char buf[static FORMAT_MAX])
{
	int64_t ppm;

	view_int(m, "weight_ppm", &ppm);
	if (ppm == 0) {
		return "-";
	}
	(void)snprintf(buf, FORMAT_MAX, ppm < 99500 ? "%.1f %%" : "%.0f %%", (double)ppm / 1e4);
	return buf;
}

static const char *plain_int(const json_t *m, const char *key, char buf[static FORMAT_MAX])
{
	int64_t v;

	if (!view_int(m, key, &v)) {
		return "-";
	}
	(void)snprintf(buf, FORMAT_MAX, "%" PRId64, v);
	return buf;
}

static const char *reach_text(const json_t *m, char buf[static FORMAT_MAX])
{
	int64_t v;

	return view_int(m, "reach", &v) ? format_reach(v, buf) : "-";
}

static void add_host(struct table *t, const json_t *m)
{
	char host[VIEW_MAX + 4], name[VIEW_MAX];

	(void)snprintf(host, sizeof(host), "%s%s", view_true(m, "self") ? "*" : " ",
		       view_host(m, name));
	table_cell(t, view_true(m, "self") ? COLOUR_BOLD : COLOUR_NONE, host);
}

static void add_basic(struct table *t, const json_t *m)
{
	char f[FORMAT_MAX];

	table_cell(t, COLOUR_NONE, role_of(m));
	table_cell(t, colour_of_state(m), view_raw(m, "state"));
	table_cell(t, COLOUR_NONE, view_offset(m, "offset_ns", f));
	table_cell(t, COLOUR_NONE, view_interval(m, "bound_ns", f));
	table_cell(t, COLOUR_NONE, view_interval(m, "delay_ns", f));
	table_cell(t, COLOUR_NONE, format_weight(m, f));
	table_cell(t, COLOUR_WARN, why_not(m));
}

static void add_measured(struct table *t, const json_t *m)
{
	char f[FORMAT_MAX];

	table_cell(t, COLOUR_NONE, view_ppm(m, "oscillator_ppb", f));
	table_cell(t, COLOUR_NONE, view_offset(m, "closure_ns", f));
	table_cell(t, COLOUR_NONE, view_interval(m, "jitter_ns", f));
	table_cell(t, COLOUR_NONE, view_interval(m, "sd_ns", f));
}

static void add_polled(struct table *t, const json_t *m)
{
	char f[FORMAT_MAX], text[VIEW_MAX];

	table_cell(t, COLOUR_NONE, view_interval(m, "heard_ago_ns", f));
	table_cell(t, COLOUR_NONE, reach_text(m, f));
	table_cell(t, COLOUR_NONE, plain_int(m, "n_samples", f));
	table_cell(t, COLOUR_NONE, view_text(m, "stamps", "-", text));
	table_cell(t, COLOUR_NONE, plain_int(m, "priority", f));
	table_cell(t, COLOUR_NONE, view_raw(m, "mode"));
}

static void add_place(struct table *t, const json_t *m)
{
	char text[VIEW_MAX];

	table_cell(t, COLOUR_NONE, view_text(m, "address", "-", text));
	table_cell(t, COLOUR_DIM, view_raw(m, "id"));
}

static void add_key(struct table *t, const json_t *m)
{
	char text[VIEW_MAX];

	table_cell(t, COLOUR_DIM, view_text(m, "public_key", "-", text));
}

/* What is known of a host is wider than a terminal: each part is a table of its own. */
static const struct part {
	const char *heads[10]; /* NULL ends them */
	void (*add)(struct table *, const json_t *member);
} parts[] = {
	{{" HOST", "ROLE", "STATE", ">OFFSET", ">BOUND", ">DELAY", ">WEIGHT", "WHY NOT"},
	 add_basic},
	{{" HOST", ">OSCILLATOR", ">CLOSURE", ">JITTER", ">SD"}, add_measured},
	{{" HOST", ">HEARD", "REACH", ">SAMPLES", "STAMPS", ">PRIORITY", "MODE"}, add_polled},
	{{" HOST", "ADDRESS", "ID"}, add_place},
	{{" HOST", "PUBLIC KEY"}, add_key},
};
#define N_PARTS (sizeof(parts) / sizeof(parts[0]))

static void print_part(const struct ctl *ctl, const struct part *part, const json_t *members)
{
	size_t n = 0, i;
	const json_t *m;

	while (n < sizeof(part->heads) / sizeof(part->heads[0]) && part->heads[n]) {
		n++;
	}
	struct table *t = table_new(part->heads, n);

	json_array_foreach(members, i, m)
	{
		add_host(t, m);
		part->add(t, m);
	}
	table_print(t, ctl->colour);
	table_free(t);
}

static void print_members(const struct ctl *ctl, const json_t *members)
{
	bool exact = false;
	size_t i;
	const json_t *m;

	for (size_t k = 0; k < (ctl->verbose ? N_PARTS : 1); k++) {
		(void)fputs(k > 0 ? "\n" : "", stdout);
		print_part(ctl, &parts[k], members);
	}
	json_array_foreach(members, i, m)
	{
		exact |= view_true(m, "master") && view_true(m, "self");
	}
	if (!exact && json_array_size(members) > 1) {
		printf("%sAs the master told; it measures.%s\n",
		       colour_begin(ctl->colour, COLOUR_DIM), colour_end(ctl->colour, COLOUR_DIM));
	}
}

int cmd_members(const struct ctl *ctl)
{
	json_t *answer = NULL, *knocks = NULL;
	int status = ctl_ask(ctl, false, "Members", NULL, &answer);

	if (status == CTL_OK && ctl->all) {
		status = ctl_ask(ctl, false, "Knocks", NULL, &knocks);
	}
	if (status == CTL_OK && ctl->json) {
		(void)json_object_update(answer, knocks);
		ctl_print_json(answer, false);
	} else if (status == CTL_OK) {
		print_members(ctl, json_object_get(answer, "members"));
		if (ctl->all) {
			knocks_print(ctl, knocks);
		}
	}
	json_decref(answer);
	json_decref(knocks);
	return status;
}

/* --- why --- */

/* "beta counts, with a weight of 20 %" or "beta does not count: falseticker". */
static void print_verdict(const struct ctl *ctl, const json_t *answer, const json_t *m)
{
	bool counts = view_true(answer, "counts");
	char name[VIEW_MAX], share[FORMAT_MAX];

	printf("%s %s%s%s", view_host(m, name),
	       colour_begin(ctl->colour, counts ? COLOUR_GOOD : COLOUR_WARN),
	       counts ? "counts" : "does not count", colour_end(ctl->colour, COLOUR_GOOD));
	if (view_true(m, "trimmed")) {
		printf(", but is trimmed this round");
	} else if (counts) {
		printf(", with a weight of %s", format_weight(m, share));
	} else {
		printf(": %s", why_not(m)[0] ? why_not(m) : view_raw(m, "state"));
	}
}

static void print_why(const struct ctl *ctl, const json_t *answer)
{
	const json_t *m = json_object_get(answer, "member");
	char text[VIEW_MAX], why[WHY_MAX], a[FORMAT_MAX], b[FORMAT_MAX];

	print_verdict(ctl, answer, m);
	printf("\n  %s\n", view_text_long(answer, "text", why, sizeof(why)));
	printf("  clock       %s from group time, within %s\n", view_offset(m, "offset_ns", a),
	       view_interval(m, "bound_ns", b));
	printf("  oscillator  %s\n", view_ppm(m, "oscillator_ppb", a));
	if (view_int(m, "closure_ns", &(int64_t){0})) {
		printf("  closure     %s around master, deputy and it: 0 but for asymmetric "
		       "paths\n",
		       view_offset(m, "closure_ns", a));
	}
	if (view_true(m, "self")) {
		return;
	}
	printf("  path        %s, round trip %s, jitter %s\n", view_text(m, "address", "-", text),
	       view_interval(m, "delay_ns", a), view_interval(m, "jitter_ns", b));
	printf("  state       %s", view_raw(m, "state"));
	if (view_int(m, "heard_ago_ns", &(int64_t){0})) {
		printf(", heard %s ago", view_interval(m, "heard_ago_ns", a));
	}
	printf("%s\n", view_true(m, "exact") ? "" : "; as the master told");
}

int cmd_why(const struct ctl *ctl)
{
	json_t *answer = NULL;
	int status = ctl_ask(ctl, false, "Why", json_pack("{s:s}", "host", ctl->argv[0]), &answer);

	if (status == CTL_OK && ctl->json) {
		ctl_print_json(answer, false);
	} else if (status == CTL_OK) {
		print_why(ctl, answer);
	}
	json_decref(answer);
	return status;
}

/* --- diff --- */

/* How far the clock of @b is ahead of that of @a, in ns; @ret_bound is how far that can be off,
 * INT64_MAX when it is not known.  False: nothing is known. */
static bool pair_diff(const json_t *a, const json_t *b, int64_t *ret_diff, int64_t *ret_bound)
{
	int64_t offset_a, offset_b, bound_a, bound_b;

	if (!view_int(a, "offset_ns", &offset_a) || !view_int(b, "offset_ns", &offset_b)) {
		return false;
	}
	*ret_diff = ns_sub(offset_b, offset_a);
	*ret_bound = view_int(a, "bound_ns", &bound_a) && view_int(b, "bound_ns", &bound_b)
			     ? ns_add(bound_a, bound_b)
			     : INT64_MAX;
	return true;
}

static void print_pair(const struct ctl *ctl, const json_t *a, const json_t *b, json_t *list,
		       struct table *t)
{
	char name[VIEW_MAX], f[FORMAT_MAX];
	int64_t diff = 0, bound = INT64_MAX;
	bool known = pair_diff(a, b, &diff, &bound);

	if (ctl->json) {
		(void)json_array_append_new(
			list,
			json_pack("{s:s,s:s,s:s,s:s,s:o*,s:o*}", "a", view_raw(a, "name"), "a_id",
				  view_raw(a, "id"), "b", view_raw(b, "name"), "b_id",
				  view_raw(b, "id"), "offset_ns", known ? json_integer(diff) : NULL,
				  "bound_ns", bound != INT64_MAX ? json_integer(bound) : NULL));
		return;
	}
	table_cell(t, COLOUR_NONE, view_host(b, name));
	table_cell(t, COLOUR_NONE, known ? format_offset(diff, f) : "unknown");
	table_cell(t, COLOUR_NONE, view_host(a, name));
	table_cell(t, COLOUR_NONE, bound == INT64_MAX ? "unknown" : format_interval(bound, f));
}

/* The members that the command line names, after this host if it names one only.  @ret has room for
 * all of these. */
static int find_hosts(const struct ctl *ctl, json_t *answers, const json_t **ret, size_t *ret_n)
{
	*ret_n = 0;
	if (ctl->argc == 1) {
		json_t *answer = NULL;
		int status = ctl_ask(ctl, false, "Members", NULL, &answer);

		if (status != CTL_OK) {
			return status;
		}
		ret[(*ret_n)++] = json_array_get(json_object_get(answer, "members"), 0);
		(void)json_array_append_new(answers, answer);
	}
	for (int i = 0; i < ctl->argc; i++) {
		json_t *answer = NULL;
		int status = ctl_ask(ctl, false, "Why", json_pack("{s:s}", "host", ctl->argv[i]),
				     &answer);

		if (status != CTL_OK) {
			return status;
		}
		ret[(*ret_n)++] = json_object_get(answer, "member");
		(void)json_array_append_new(answers, answer);
	}
	return CTL_OK;
}

int cmd_diff(const struct ctl *ctl)
{
	static const char *const heads[] = {"CLOCK OF", ">AHEAD BY", "OF", ">AT MOST OFF BY"};
	const json_t **host = calloc((size_t)ctl->argc + 1, sizeof(const json_t *));
	json_t *answers = json_array(), *list = json_array();
	struct table *t = table_new(heads, 4);
	size_t n = 0;
	int status = host ? find_hosts(ctl, answers, host, &n) : CTL_FAILED;

	for (size_t i = 0; status == CTL_OK && i < n; i++) {
		for (size_t k = i + 1; k < n; k++) {
			print_pair(ctl, host[i], host[k], list, t);
		}
	}
	if (status == CTL_OK && ctl->json) {
		ctl_print_json(list, false);
	} else if (status == CTL_OK) {
		table_print(t, ctl->colour);
	}
	table_free(t);
	json_decref(list);
	json_decref(answers);
	free((void *)host);
	return status;
}
