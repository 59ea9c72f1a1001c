/* cmd_members.c - the hosts of the group: all in a table, one of them in words, pairs of them. */
#include "berkctl/berkctl.h"
#include "berkctl/client.h"
#include "berkctl/knocks.h"
#include "berkctl/member.h"
#include "berkctl/table.h"
#include "berkctl/view.h"

#include "berk/time.h"

#include <stdio.h>
#include <stdlib.h>

#define FIGURES_MAX 24 /* of all parts */

/* --- members --- */

static void add_host(struct table *t, const json_t *m)
{
	char host[VIEW_MAX + 4], name[VIEW_MAX];

	(void)snprintf(host, sizeof(host), "%s%s", view_true(m, "self") ? "*" : " ",
		       view_host(m, name));
	table_cell(t, view_true(m, "self") ? COLOUR_BOLD : COLOUR_NONE, host);
}

/* A table of the parts from @from to before @to; each row begins with the host. */
static struct table *table_of(size_t from, size_t to, const json_t *members)
{
	const struct member_figure *figures[FIGURES_MAX];
	const char *heads[FIGURES_MAX + 1] = {" HOST"};
	char text[VIEW_MAX];
	size_t n = 0, i;
	const json_t *m;

	for (size_t part = from; part < to; part++) {
		for (size_t k = 0; n < FIGURES_MAX && member_parts[part][k].head; k++) {
			figures[n++] = &member_parts[part][k];
			heads[n] = figures[n - 1]->head;
		}
	}
	struct table *t = table_new(heads, n + 1);

	json_array_foreach(members, i, m)
	{
		add_host(t, m);
		for (size_t k = 0; k < n; k++) {
			table_cell(t, member_figure_colour(figures[k], m),
				   figures[k]->text(m, figures[k]->key, text));
		}
	}
	return t;
}

/* Each part is a table; where one is wider than the terminal, each host is a block of all. */
static void print_parts(const struct ctl *ctl, const json_t *members)
{
	struct table *part[MEMBER_PARTS];
	size_t n = ctl->verbose ? MEMBER_PARTS : 1;
	bool narrow = false;

	for (size_t k = 0; k < n; k++) {
		part[k] = table_of(k, k + 1, members);
		narrow = narrow || table_is_too_wide(part[k]);
	}
	for (size_t k = 0; k < n && !narrow; k++) {
		(void)fputs(k > 0 ? "\n" : "", stdout);
		table_print(part[k], ctl->colour);
	}
	if (narrow) {
		struct table *whole = table_of(0, n, members);

		table_print(whole, ctl->colour);
		table_free(whole);
	}
	for (size_t k = 0; k < n; k++) {
		table_free(part[k]);
	}
}

static void print_members(const struct ctl *ctl, const json_t *members)
{
	const json_t *m, *master = NULL;
	char name[VIEW_MAX];
	size_t i;

	print_parts(ctl, members);
	json_array_foreach(members, i, m)
	{
		master = view_true(m, "master") ? m : master;
	}
	if (master && !view_true(master, "self")) {
		printf("%sAs measured by the master, %s.%s\n",
		       colour_begin(ctl->colour, COLOUR_DIM), view_host(master, name),
		       colour_end(ctl->colour, COLOUR_DIM));
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

/* What the words on one host do not say: who leads, to order it there, and, of this host, what it
 * lacks. */
static int add_standing(const struct ctl *ctl, json_t *why)
{
	json_t *answer = NULL;
	int status = ctl_ask(ctl, false, "Status", NULL, &answer);
	const json_t *s = json_object_get(answer, "status");

	(void)json_object_set(why, "master_name", json_object_get(s, "master_name"));
	if (view_true(json_object_get(why, "member"), "self")) {
		(void)json_object_set(why, "lack_text", json_object_get(s, "lack_text"));
	}
	json_decref(answer);
	return status;
}

int cmd_why(const struct ctl *ctl)
{
	json_t *answer = NULL;
	int status = ctl_ask(ctl, false, "Why", json_pack("{s:s}", "host", ctl->argv[0]), &answer);

	if (status == CTL_OK && ctl->json) {
		ctl_print_json(answer, false);
	} else if (status == CTL_OK) {
		status = add_standing(ctl, answer);
		member_print_why(stdout, ctl->colour, answer);
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
