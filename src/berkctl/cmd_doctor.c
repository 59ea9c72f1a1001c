/* cmd_doctor.c - all that can be wrong with this host and its group, and what to do about it. */
#include "berkctl/berkctl.h"
#include "berkctl/doctor/judge.h"
#include "berkctl/doctor/look.h"
#include "berkctl/legend.h"
#include "berkctl/table.h"
#include "berkctl/view.h"

#include <stdio.h>
#include <string.h>

#define INDENT 9

static const enum colour colours[GRADES] = {COLOUR_GOOD, COLOUR_DIM, COLOUR_WARN, COLOUR_BAD};

/* A remedy stays in one line: its commands are there to be copied. */
static void print_finding(const struct ctl *ctl, const json_t *f)
{
	const char *grade = view_raw(f, "grade"), *area = view_raw(f, "area");
	const char *remedy = view_raw(f, "remedy");
	enum grade g = GRADE_OK;

	while (g < GRADE_FAILURE && strcmp(grade_words[g], grade) != 0) {
		g++;
	}
	printf("%s%-*s%s%s:", colour_begin(ctl->colour, colours[g]), INDENT, grade,
	       colour_end(ctl->colour, colours[g]), area);
	legend_wrap(view_raw(f, "text"), INDENT + strlen(area) + 1, INDENT);
	if (remedy[0]) {
		printf("%*sRemedy: %s\n", INDENT, "", remedy);
	}
}

static void print_count(size_t n, const char *what, const char *end)
{
	printf("%zu %s%s%s", n, what, n == 1 ? "" : "s", end);
}

static void print_findings(const struct ctl *ctl, const json_t *list)
{
	size_t i, n_unknown = findings_count(list, GRADE_UNKNOWN);
	const json_t *f;

	json_array_foreach(list, i, f)
	{
		print_finding(ctl, f);
	}
	(void)putchar('\n');
	print_count(findings_count(list, GRADE_FAILURE), "failure", ", ");
	print_count(findings_count(list, GRADE_WARNING), "warning", "");
	if (n_unknown > 0) {
		printf("; %zu could not be looked at", n_unknown);
	}
	(void)puts(".");
}

int cmd_doctor(const struct ctl *ctl)
{
	const struct look_at at = {.root = "",
				   .config = ctl->config ? ctl->config : BERKD_CONF,
				   .socket = ctl->socket};
	struct doctor_facts *facts = look_around(&at);

	if (!facts) {
		(void)fputs("berkctl: there is no memory left\n", stderr);
		return CTL_FAILED;
	}
	json_t *list = doctor_judge(facts);
	size_t n_failures = findings_count(list, GRADE_FAILURE);

	facts_free(facts);
	if (ctl->json) {
		json_t *j = json_pack("{s:b,s:i,s:i,s:i,s:O}", "healthy", n_failures == 0,
				      "failures", (int)n_failures, "warnings",
				      (int)findings_count(list, GRADE_WARNING), "unknown",
				      (int)findings_count(list, GRADE_UNKNOWN), "findings", list);

		ctl_print_json(j, false);
		json_decref(j);
	} else {
		print_findings(ctl, list);
	}
	json_decref(list);
	return n_failures > 0 ? CTL_FAILED : CTL_OK;
}
