/* cmd_status.c - this host: for people, for monitoring, for Prometheus.
 *
 * For people: is its clock right, with whom, how far off can it be, what is wrong, and what to do.
 */
#include "berkctl/berkctl.h"
#include "berkctl/check.h"
#include "berkctl/legend.h"
#include "berkctl/metrics.h"
#include "berkctl/standing.h"
#include "berkctl/table.h"
#include "berkctl/view.h"

#include "berk/status.h"
#include "berk/time.h"
#include "common/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define INDENT	     15
#define PROBLEMS_MAX 3
#define KEY_REMEDY   "make one for all hosts: `berkctl keygen /etc/berkd/group.key`"
#define NAMED_MAX    16
#define NAMES_MAX    (NAMED_MAX * (VIEW_MAX + 16) + 32)

/* What the daemon says of this host, and of the others. */
struct answers {
	json_t *status, *members, *knocks;
	const json_t *s; /* in @status */
};

static int ask_status(const struct ctl *ctl, json_t **ret_answer, const json_t **ret_status)
{
	int status = ctl_ask(ctl, false, "Status", NULL, ret_answer);

	*ret_status = json_object_get(*ret_answer, "status");
	return status;
}

static int ask_all(const struct ctl *ctl, struct answers *ret)
{
	int status = ask_status(ctl, &ret->status, &ret->s);

	status = status ? status : ctl_ask(ctl, false, "Members", NULL, &ret->members);
	return status ? status : ctl_ask(ctl, false, "Knocks", NULL, &ret->knocks);
}

static const json_t *members_of(const struct answers *a)
{
	return json_object_get(a->members, "members");
}

static void answers_fini(struct answers *a)
{
	json_decref(a->status);
	json_decref(a->members);
	json_decref(a->knocks);
}

/* --- status --- */

static void print_headline(const struct ctl *ctl, const json_t *s)
{
	const char *warn = colour_begin(ctl->colour, COLOUR_WARN);
	const char *end = colour_end(ctl->colour, COLOUR_WARN);

	standing_print(ctl->colour, s);
	if (view_true(s, "tripped") || view_true(s, "open_spent") ||
	    view_raw(s, "clock_error")[0]) {
		printf(", %snot steered%s", warn, end);
	}
	if (view_true(s, "open_group")) {
		printf(", %sopen group%s", warn, end);
	}
	(void)putchar('\n');
	if (view_plain(s, "leap")[0]) {
		printf("  leap second  %s, at the end of the UTC day, as references announce\n",
		       view_plain(s, "leap"));
	}
}

/* What is wrong, and what to do about it, as `berkctl check` says.  Not more than leaves room for
 * the rest on a screen. */
static void print_problems(const struct ctl *ctl, const struct answers *a)
{
	json_t *findings = check_findings(a->s, members_of(a), a->knocks);
	size_t n = json_array_size(findings);

	for (size_t i = 0; i < n && i < PROBLEMS_MAX; i++) {
		printf("  %sPROBLEM%s     ", colour_begin(ctl->colour, COLOUR_BAD),
		       colour_end(ctl->colour, COLOUR_BAD));
		legend_tell(stdout, json_string_value(json_array_get(findings, i)), INDENT - 1,
			    INDENT);
	}
	if (n > PROBLEMS_MAX) {
		printf("%*sand %zu more: berkctl check\n", INDENT, "", n - PROBLEMS_MAX);
	} else if (n == 0) {
		printf("  %sno problem%s\n", colour_begin(ctl->colour, COLOUR_GOOD),
		       colour_end(ctl->colour, COLOUR_GOOD));
	}
	json_decref(findings);
}

static void print_open(const json_t *s)
{
	char text[256], moved[FORMAT_MAX], most[FORMAT_MAX];
	int64_t max_ns;

	if (view_int(s, "open_max_ns", &max_ns)) {
		(void)snprintf(text, sizeof(text),
			       "none, so others may move this clock by %s in all until the next "
			       "boot (%s so far); " KEY_REMEDY,
			       format_interval(max_ns, most),
			       view_offset(s, "open_moved_ns", moved));
	} else {
		(void)snprintf(text, sizeof(text),
			       "none, and insecure: whoever knows the group's name can move this "
			       "clock; " KEY_REMEDY);
	}
	printf("  group key   ");
	legend_tell(stdout, text, INDENT - 1, INDENT);
}

/* Is @m a host that others count on, and that is not here? */
static bool is_missing(const json_t *m)
{
	int state = view_word(m, "state", words_member_state);

	return state == MEMBER_SILENT || state == MEMBER_LEFT || state == MEMBER_UNSEEN;
}

/* Add the name of @m to the list in @text, unless it is full; why it is @missing is added, too. */
static void add_name(char text[static NAMES_MAX], const json_t *m, bool missing, size_t *n)
{
	char name[VIEW_MAX];
	size_t len = strlen(text);

	if ((*n)++ < NAMED_MAX) {
		(void)snprintf(text + len, NAMES_MAX - len, "%s%s%s%s%s", len > 0 ? ", " : "",
			       view_host(m, name), missing ? " (" : "",
			       missing ? view_plain(m, "state") : "", missing ? ")" : "");
	}
}

/* With whom this host is: the names of those who are here, or of those who are missing. */
static void print_names(const json_t *members, const char *label, bool missing)
{
	char text[NAMES_MAX] = "";
	size_t n = 0, i;
	const json_t *m;

	json_array_foreach(members, i, m)
	{
		bool here = view_is_here(m) && !view_true(m, "self");

		if (missing ? is_missing(m) : here) {
			add_name(text, m, missing, &n);
		}
	}
	if (n > NAMED_MAX) {
		size_t len = strlen(text);

		(void)snprintf(text + len, NAMES_MAX - len, " and %zu more", n - NAMED_MAX);
	}
	if (n > 0 || !missing) {
		printf("%-*s", INDENT - 1, label);
		legend_tell(stdout, n > 0 ? text : "nobody", INDENT - 1, INDENT);
	}
}

static void print_group(const struct ctl *ctl, const json_t *s)
{
	char a[VIEW_MAX];

	printf("  group        %s", standing_group(s, a));
	if (view_true(s, "island")) {
		printf("; %san island%s: no majority is in sight",
		       colour_begin(ctl->colour, COLOUR_WARN),
		       colour_end(ctl->colour, COLOUR_WARN));
	}
	(void)putchar('\n');
	if (view_true(s, "open_group")) {
		print_open(s);
	}
}

static void print_leader(const json_t *s)
{
	char a[VIEW_MAX], b[VIEW_MAX], f[FORMAT_MAX];
	int64_t count, round, v;

	view_int(s, "term", &count);
	view_int(s, "round", &round);
	printf("  master       %s, deputy %s; term %" PRId64 ", round %" PRId64 "\n",
	       standing_leader(s, "master", a), standing_leader(s, "deputy", b), count, round);
	if (view_int(s, "heard_ago_ns", &v)) {
		printf("  last word    %s ago", format_interval(v, f));
	} else if (view_int(s, "round_ago_ns", &v)) {
		printf("  last round   %s ago", format_interval(v, f));
	} else {
		return;
	}
	printf(", polls each %s\n", view_interval(s, "poll_ns", f));
	if (view_int(s, "spread_ns", &v)) {
		printf("  spread       %s between the clocks that count\n", format_interval(v, f));
	}
}

static void print_clock(const json_t *s)
{
	char a[FORMAT_MAX], b[FORMAT_MAX];
	int64_t v;

	printf("  clock       ");
	if (view_int(s, "offset_ns", &v)) {
		if (v != 0) {
			printf(" %s", format_interval(ns_abs(v), a));
		}
		printf(" %s group time, probably within %s (%s, %s)\n",
		       v == 0  ? "on"
		       : v < 0 ? "behind"
			       : "ahead of",
		       view_interval(s, "est_error_ns", b), view_plain(s, "clock"),
		       view_plain(s, "mode"));
		printf("  oscillator   %s, steered by %s\n", view_ppm(s, "oscillator_ppb", a),
		       view_ppm(s, "freq_ppb", b));
	} else {
		printf(" group time is not known yet (%s, %s)\n", view_plain(s, "clock"),
		       view_plain(s, "mode"));
	}
}

/* What made this host join anew, and when. */
static void print_interruption(const json_t *s)
{
	char ago[FORMAT_MAX], text[VIEW_MAX];

	if (view_raw(s, "interruption")[0]) {
		printf("  joined anew  %s ago: %s\n", view_interval(s, "interrupted_ago_ns", ago),
		       view_text(s, "interruption_text", "unknown", text));
	}
}

/* How far the slew is that an operator has ordered. */
static void print_slew(const json_t *order, int way)
{
	char left[FORMAT_MAX], takes[FORMAT_MAX];
	int64_t takes_ns;

	if (way == TIME_SLEW_ENDED) {
		printf("               it ended, %s short of that\n",
		       view_offset(order, "left_ns", left));
	} else if (view_int(order, "takes_ns", &takes_ns)) {
		printf("               %s left, done in %s\n", view_offset(order, "left_ns", left),
		       format_interval(takes_ns, takes));
	} else if (way == TIME_SLEWS) {
		printf("               %s left, waiting until all that are known have heard of "
		       "it\n",
		       view_offset(order, "left_ns", left));
	}
}

/* Who has set the group's time last, and when. */
static void print_time_order(const json_t *s)
{
	const json_t *o = json_object_get(s, "time_order");
	char shift[FORMAT_MAX], when[FORMAT_DATE_MAX], name[VIEW_MAX];
	int way = view_word(o, "way", words_time_way);
	int64_t wall_ns, uid;

	if (!o || !view_int(o, "wall_ns", &wall_ns) || !view_int(o, "uid", &uid)) {
		return;
	}
	printf("  time %s by %s, %s %s, as user %" PRId64 " on %s ordered\n",
	       way == TIME_STEPPED ? "set    " : "slewed ", view_offset(o, "shift_ns", shift),
	       way == TIME_STEPPED ? "at" : "from", format_date(wall_ns, when), uid,
	       view_text(o, "host_name", view_plain(o, "host"), name));
	print_slew(o, way);
}

static void print_counters(const json_t *s)
{
	int64_t corrections, refused, steps, rx, tx, bad, chat;
	char key[VIEW_MAX], uptime[FORMAT_MAX];

	view_int(s, "n_corrections", &corrections);
	view_int(s, "n_refused", &refused);
	view_int(s, "n_steps", &steps);
	view_int(s, "n_rx", &rx);
	view_int(s, "n_tx", &tx);
	view_int(s, "n_bad", &bad);
	view_int(s, "chat_stable", &chat);
	printf("  berkd        %s, running for %s\n", view_text(s, "version", "?", key),
	       view_interval(s, "uptime_ns", uptime));
	printf("  corrections  %" PRId64 " applied, %" PRId64 " refused; %" PRId64 " step%s\n",
	       corrections, refused, steps, steps == 1 ? "" : "s");
	printf("  packets      %" PRId64 " in, %" PRId64 " out, %" PRId64 " refused\n", rx, tx,
	       bad);
	printf("  chat         %" PRId64 " line%s\n", chat, chat == 1 ? "" : "s");
	printf("  public key   %s\n", view_text(s, "public_key", "unknown", key));
}

int cmd_status(const struct ctl *ctl)
{
	struct answers a = {0};
	int status = ctl->json ? ask_status(ctl, &a.status, &a.s) : ask_all(ctl, &a);

	if (status == CTL_OK && ctl->json) {
		ctl_print_json(a.s, false);
	} else if (status == CTL_OK) {
		print_headline(ctl, a.s);
		print_problems(ctl, &a);
		print_group(ctl, a.s);
		print_names(members_of(&a), "  with", false);
		print_names(members_of(&a), "  missing", true);
		print_leader(a.s);
		print_clock(a.s);
		print_interruption(a.s);
		print_time_order(a.s);
		print_counters(a.s);
	}
	answers_fini(&a);
	return status;
}

/* --- check --- */

int cmd_check(const struct ctl *ctl)
{
	struct answers a = {0};
	json_t *findings = NULL;
	char bound[FORMAT_MAX];
	size_t i;
	const json_t *f;
	int status = ask_all(ctl, &a);

	if (status == CTL_OK) {
		findings = check_findings(a.s, members_of(&a), a.knocks);
		status = json_array_size(findings) > 0 ? CTL_FAILED : CTL_OK;
		if (ctl->json) {
			json_t *j = json_pack("{s:b,s:O}", "healthy", status == CTL_OK, "findings",
					      findings);

			ctl_print_json(j, false);
			json_decref(j);
		} else if (status == CTL_OK) {
			printf("OK: synchronised, within %s of group time\n",
			       view_interval(a.s, "bound_ns", bound));
		}
	}
	json_array_foreach(findings, i, f)
	{
		if (!ctl->json) {
			printf("%sPROBLEM%s:", colour_begin(ctl->colour, COLOUR_BAD),
			       colour_end(ctl->colour, COLOUR_BAD));
			legend_tell(stdout, json_string_value(f), strlen("PROBLEM:"), 4);
		}
	}
	json_decref(findings);
	answers_fini(&a);
	return status;
}

/* --- metrics --- */

int cmd_metrics(const struct ctl *ctl)
{
	struct answers a = {0};
	int status = ask_all(ctl, &a);
	json_t *findings = status == CTL_OK ? check_findings(a.s, members_of(&a), a.knocks) : NULL;

	/* Who reads the metrics is told that there is no daemon; another fault tells nothing. */
	if (status == CTL_OK || status == CTL_UNREACHABLE || status == CTL_TIMED_OUT) {
		metrics_print(stdout, status == CTL_OK ? a.s : NULL, members_of(&a), findings,
			      METRICS_TEXT);
	}
	json_decref(findings);
	answers_fini(&a);
	return status == CTL_TIMED_OUT ? CTL_UNREACHABLE : status;
}
