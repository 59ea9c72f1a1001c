/* member.c - see member.h. */
#include "berkctl/member.h"

#include "berkctl/legend.h"

#include "berk/reason.h"
#include "berk/status.h"
#include "common/words.h"

#include <inttypes.h>
#include <string.h>

#define WHY_MAX 1024 /* bytes of a reason with its remedy */

/* Why it does not count; "" when it does, and when its state says all. */
static const char *why_not(const json_t *m)
{
	int state = view_word(m, "state", words_member_state);
	bool judged = state == MEMBER_NEW || state == MEMBER_SETTLED;

	return !judged || view_word(m, "reason", words_reason) == REASON_NONE
		       ? ""
		       : view_plain(m, "reason");
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

static enum colour colour_of_why(const json_t *m)
{
	(void)m;
	return COLOUR_WARN;
}

static enum colour colour_of_key(const json_t *m)
{
	(void)m;
	return COLOUR_DIM;
}

static const char *format_weight(const json_t *m, char buf[static FORMAT_MAX])
{
	int64_t ppm;

	view_int(m, "weight_ppm", &ppm);
	if (ppm == 0) {
		return view_true(m, "trimmed") ? "0 %" : "-";
	}
	(void)snprintf(buf, FORMAT_MAX, ppm < 99500 ? "%.1f %%" : "%.0f %%", (double)ppm / 1e4);
	return buf;
}

/* --- The figures, each as text --- */

static const char *role_text(const json_t *m, const char *key, char buf[static VIEW_MAX])
{
	(void)key;
	(void)buf;
	if (view_word(m, "state", words_member_state) == MEMBER_CONTACT) {
		return "-";
	}
	if (view_true(m, "master")) {
		return words_name(words_role, ROLE_MASTER);
	}
	return words_name(words_role, view_true(m, "deputy") ? ROLE_DEPUTY : ROLE_MEMBER);
}

static const char *why_not_text(const json_t *m, const char *key, char buf[static VIEW_MAX])
{
	return why_not(m)[0] ? view_text(m, key, "", buf) : "";
}

static const char *weight_text(const json_t *m, const char *key, char buf[static VIEW_MAX])
{
	(void)key;
	return format_weight(m, buf);
}

static const char *reach_text(const json_t *m, const char *key, char buf[static VIEW_MAX])
{
	int64_t v;

	return view_int(m, key, &v) ? format_reach(v, buf) : "-";
}

static const char *count_text(const json_t *m, const char *key, char buf[static VIEW_MAX])
{
	int64_t v;

	if (!view_int(m, key, &v)) {
		return "-";
	}
	(void)snprintf(buf, VIEW_MAX, "%" PRId64, v);
	return buf;
}

static const char *plain_text(const json_t *m, const char *key, char buf[static VIEW_MAX])
{
	return view_text(m, key, "-", buf);
}

static const char *offset_text(const json_t *m, const char *key, char buf[static VIEW_MAX])
{
	return view_offset(m, key, buf);
}

static const char *interval_text(const json_t *m, const char *key, char buf[static VIEW_MAX])
{
	return view_interval(m, key, buf);
}

static const char *ppm_text(const json_t *m, const char *key, char buf[static VIEW_MAX])
{
	return view_ppm(m, key, buf);
}

static const struct member_figure basic[] = {{"ROLE", "", role_text, NULL},
					     {"STATE", "state", plain_text, colour_of_state},
					     {">OFFSET", "offset_ns", offset_text, NULL},
					     {">BOUND", "bound_ns", interval_text, NULL},
					     {">DELAY", "delay_ns", interval_text, NULL},
					     {">WEIGHT", "weight_ppm", weight_text, NULL},
					     {"WHY NOT", "reason", why_not_text, colour_of_why},
					     {0}};
static const struct member_figure measured[] = {{">OSCILLATOR", "oscillator_ppb", ppm_text, NULL},
						{">CLOSURE", "closure_ns", offset_text, NULL},
						{">JITTER", "jitter_ns", interval_text, NULL},
						{">SD", "sd_ns", interval_text, NULL},
						{0}};
static const struct member_figure polled[] = {{">HEARD", "heard_ago_ns", interval_text, NULL},
					      {"REACH", "reach", reach_text, NULL},
					      {">SAMPLES", "n_samples", count_text, NULL},
					      {"STAMPS", "stamps", plain_text, NULL},
					      {">PRIORITY", "priority", count_text, NULL},
					      {"MODE", "mode", plain_text, NULL},
					      {0}};
static const struct member_figure place[] = {{"ADDRESS", "address", plain_text, NULL},
					     {"ID", "id", plain_text, colour_of_key},
					     {0}};
static const struct member_figure public_key[] = {{"PUBLIC KEY", "public_key", plain_text,
						   colour_of_key},
						  {0}};

const struct member_figure *const member_parts[] = {[MEMBER_BASIC] = basic,
						    [MEMBER_MEASURED] = measured,
						    [MEMBER_POLLED] = polled,
						    [MEMBER_PLACE] = place,
						    [MEMBER_KEY] = public_key};

enum colour member_figure_colour(const struct member_figure *f, const json_t *m)
{
	return f->colour ? f->colour(m) : COLOUR_NONE;
}

/* --- Why --- */

/* "beta counts, with a weight of 20 %" or "beta does not count: falseticker". */
static void print_verdict(FILE *to, bool colour, const json_t *answer, const json_t *m)
{
	bool counts = view_true(answer, "counts");
	char name[VIEW_MAX], share[FORMAT_MAX];

	(void)fprintf(to, "%s %s%s%s", view_host(m, name),
		      colour_begin(colour, counts ? COLOUR_GOOD : COLOUR_WARN),
		      counts ? "counts" : "does not count", colour_end(colour, COLOUR_GOOD));
	if (view_true(m, "trimmed")) {
		(void)fprintf(to, ", but is trimmed this round");
	} else if (counts) {
		(void)fprintf(to, ", with a weight of %s", format_weight(m, share));
	} else {
		(void)fprintf(to, ": %s", why_not(m)[0] ? why_not(m) : view_plain(m, "state"));
	}
}

/* Put @by in the place of @word, where it stands for itself. */
static void put_in_place(char text[static WHY_MAX], const char *word, const char *by)
{
	char rest[WHY_MAX];
	char *at = text;

	while ((at = strstr(at, word))) {
		(void)snprintf(rest, sizeof(rest), "%s", at + strlen(word));
		(void)snprintf(at, WHY_MAX - (size_t)(at - text), "%s%s", by, rest);
		at += strlen(by) < strlen(at) ? strlen(by) : strlen(at);
	}
}

/* Why, and what to do: a command that can be typed, and where. */
static void print_remedy(FILE *to, const json_t *answer, const json_t *m)
{
	char why[WHY_MAX], name[VIEW_MAX], where[VIEW_MAX + 16];

	(void)view_text_long(answer, "text", why, sizeof(why));
	put_in_place(why, "HOST", view_text(m, "name", view_plain(m, "id"), name));
	if (view_raw(answer, "master_name")[0]) {
		(void)snprintf(where, sizeof(where), "on the master (%s)",
			       view_text(answer, "master_name", "", name));
		put_in_place(why, "on the master", where);
	}
	(void)fputc(' ', to);
	legend_tell(to, why, 1, 2);
}

/* What is known of its clock and its path; what is not known has no line. */
static void print_measured(FILE *to, const json_t *m)
{
	char text[VIEW_MAX], a[FORMAT_MAX], b[FORMAT_MAX];
	int64_t v;

	if (view_int(m, "offset_ns", &v)) {
		(void)fprintf(to, "  clock       %s from group time, within %s\n",
			      view_offset(m, "offset_ns", a), view_interval(m, "bound_ns", b));
	} else {
		(void)fprintf(to, "  clock       not measured\n");
	}
	if (view_int(m, "oscillator_ppb", &v)) {
		(void)fprintf(to, "  oscillator  %s\n", format_ppm(v, a));
	}
	if (view_int(m, "closure_ns", &v)) {
		(void)fprintf(to,
			      "  closure     %s around master, deputy and it: 0 but for asymmetric "
			      "paths\n",
			      format_offset(v, a));
	}
	if (view_raw(m, "address")[0]) {
		(void)fprintf(to, "  path        %s", view_text(m, "address", "-", text));
		if (view_int(m, "delay_ns", &v)) {
			(void)fprintf(to, ", round trip %s", format_interval(v, a));
		}
		if (view_int(m, "jitter_ns", &v)) {
			(void)fprintf(to, ", jitter %s", format_interval(v, a));
		}
		(void)fputc('\n', to);
	}
}

void member_print_why(FILE *to, bool colour, const json_t *answer)
{
	const json_t *m = json_object_get(answer, "member");
	char text[VIEW_MAX], a[FORMAT_MAX];

	print_verdict(to, colour, answer, m);
	(void)fputc('\n', to);
	print_remedy(to, answer, m);
	if (view_raw(answer, "lack_text")[0]) {
		(void)fputs("  this clock is not synchronised:", to);
		legend_tell(to, view_text(answer, "lack_text", "", text), 33, 2);
	}
	print_measured(to, m);
	if (view_true(m, "self")) {
		return;
	}
	(void)fprintf(to, "  state       %s", view_plain(m, "state"));
	if (view_int(m, "heard_ago_ns", &(int64_t){0})) {
		(void)fprintf(to, ", heard %s ago", view_interval(m, "heard_ago_ns", a));
	}
	(void)fprintf(to, "%s\n", view_true(m, "exact") ? "" : "; as the master told");
}
