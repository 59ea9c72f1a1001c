/* cmd_watch.c - the rounds, and the monitor. */
#include "berkctl/berkctl.h"
#include "berkctl/follow.h"
#include "berkctl/standing.h"
#include "berkctl/table.h"
#include "berkctl/view.h"

#include "berk/notice.h"
#include "berk/time.h"
#include "common/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* --- rounds --- */

static void add_round(struct table *t, const json_t *r)
{
	char f[FORMAT_MAX], text[64];
	int64_t round, term, known, used, liars;

	view_int(r, "round", &round);
	view_int(r, "term", &term);
	view_int(r, "n_known", &known);
	view_int(r, "n_used", &used);
	view_int(r, "f", &liars);
	(void)snprintf(text, sizeof(text), "%" PRId64, round);
	table_cell(t, COLOUR_NONE, text);
	table_cell(t, COLOUR_NONE, view_interval(r, "ago_ns", f));
	(void)snprintf(text, sizeof(text), "%" PRId64 " of %" PRId64, used, known);
	table_cell(t, used == known ? COLOUR_NONE : COLOUR_WARN, text);
	(void)snprintf(text, sizeof(text), "%" PRId64, liars);
	table_cell(t, COLOUR_NONE, text);
	table_cell(t, COLOUR_NONE, view_offset(r, "adjust_ns", f));
	table_cell(t, COLOUR_NONE, view_ppm(r, "rate_ppb", f));
	table_cell(t, COLOUR_NONE, view_interval(r, "spread_ns", f));
}

int cmd_rounds(const struct ctl *ctl)
{
	static const char *const heads[] = {">ROUND", ">AGO",  ">AVERAGED", ">LIARS BORNE",
					    ">MOVED", ">RATE", ">SPREAD"};
	json_t *answer = NULL;
	json_t *limit =
		ctl->limit >= 0 ? json_pack("{s:I}", "limit", (json_int_t)ctl->limit) : NULL;
	int status = ctl_ask(ctl, false, "Rounds", limit, &answer);
	const json_t *rounds = json_object_get(answer, "rounds"), *r;
	size_t i;

	if (status == CTL_OK && ctl->json) {
		ctl_print_json(answer, false);
	} else if (status == CTL_OK && json_array_size(rounds) == 0) {
		(void)puts("This host has led no rounds; ask the master.");
	} else if (status == CTL_OK) {
		struct table *t = table_new(heads, sizeof(heads) / sizeof(heads[0]));

		json_array_foreach(rounds, i, r)
		{
			add_round(t, r);
		}
		table_print(t, ctl->colour);
		table_free(t);
		if (!view_true(answer, "leading")) {
			(void)puts("This host leads no longer.");
		}
	}
	json_decref(answer);
	return status;
}

/* --- monitor --- */

static void print_now(void)
{
	struct timespec t;
	char f[FORMAT_MAX];

	(void)clock_gettime(CLOCK_REALTIME, &t);
	printf("%s  ", format_clock((int64_t)t.tv_sec * NS_PER_S, f));
}

static void print_notice(const struct ctl *ctl, const json_t *n)
{
	static const enum colour colours[] = {[LEVEL_ERR] = COLOUR_BAD,
					      [LEVEL_WARNING] = COLOUR_WARN,
					      [LEVEL_NOTICE] = COLOUR_NONE,
					      [LEVEL_INFO] = COLOUR_DIM,
					      [LEVEL_DEBUG] = COLOUR_DIM};
	int level = view_word(n, "level", words_level);
	enum colour c = level < 0 ? COLOUR_DIM : colours[level];
	char text[VIEW_MAX];

	print_now();
	printf("%s%s%s\n", colour_begin(ctl->colour, c), view_text(n, "text", "?", text),
	       colour_end(ctl->colour, c));
}

/* The time of day, and the status in one line. */
static void print_state(const struct ctl *ctl, const json_t *s)
{
	char a[VIEW_MAX], b[FORMAT_MAX], c[FORMAT_MAX], d[FORMAT_MAX];
	bool synced = view_true(s, "synced");
	int64_t alive, table;

	view_int(s, "n_alive", &alive);
	view_int(s, "n_table", &table);
	print_now();
	printf("%s%-9s %s%s  master %s, %" PRId64 "/%" PRId64 " hosts%s  offset %s, bound %s, %s\n",
	       colour_begin(ctl->colour, synced ? COLOUR_GOOD : COLOUR_WARN), view_plain(s, "role"),
	       synced ? "synced  " : "unsynced", colour_end(ctl->colour, COLOUR_GOOD),
	       standing_leader(s, "master", a), alive, table,
	       view_true(s, "island") ? " (island)" : "", view_offset(s, "offset_ns", b),
	       view_interval(s, "bound_ns", c), view_ppm(s, "freq_ppb", d));
}

static void each_event(const struct ctl *ctl, const json_t *p, void *userdata)
{
	const json_t *notice = json_object_get(p, "notice"), *status = json_object_get(p, "status");

	(void)userdata;
	if (!ctl->verbose && view_word(notice, "level", words_level) == LEVEL_DEBUG) {
		return; /* there is one for each sample of each member */
	}
	if (ctl->json) {
		ctl_print_json(p, true);
	} else if (notice) {
		print_notice(ctl, notice);
	} else if (status) {
		print_state(ctl, status);
	}
}

int cmd_monitor(const struct ctl *ctl)
{
	json_t *p = ctl->interval_ns >= 0
			    ? json_pack("{s:I}", "interval_ns", (json_int_t)ctl->interval_ns)
			    : NULL;

	return ctl_follow(ctl, "Monitor", p, each_event, NULL);
}
