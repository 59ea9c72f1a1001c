/* top_view.c - the frame of each page: the head, the keys, the help.  See top_view.h. */
#include "berkctl/top_view.h"

#include "berkctl/standing.h"
#include "berkctl/top_host.h"
#include "berkctl/top_list.h"
#include "berkctl/view.h"

#include "berk/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX  1024
#define HEAD_ROWS 3  /* of the head, on a screen that is not low */
#define LOW	  8  /* rows: a screen that is lower has a head of one row */
#define WIDE	  60 /* columns: a screen that is narrower has less in that row */

static const char *const sorts[] = {"name", "offset", "bound", "state"};

/* --- The head --- */

/* Where the daemon is silent, or has not spoken yet: that alone.  False: it speaks. */
static bool draw_silence(const struct top *t, struct grid *c, int64_t now_ms)
{
	char age[FORMAT_MAX], text[TEXT_MAX] = "asking the daemon...";

	if (t->trouble[0]) {
		(void)snprintf(text, sizeof(text), "NO ANSWER: %s; figures of %s ago", t->trouble,
			       format_interval(ns_max(now_ms - t->news_ms, 0) * NS_PER_MS, age));
		(void)grid_put(c, 0, 0, c->columns, COLOUR_BAD, text);
	} else if (!t->status) {
		(void)grid_put(c, 0, 0, c->columns, COLOUR_DIM, text);
	}
	return t->trouble[0] || !t->status;
}

/* "2 PROBLEMS" and @behind, unless there is none.  How many columns that took. */
static size_t draw_count(const struct top *t, struct grid *c, size_t row, const char *behind)
{
	size_t n = json_array_size(t->findings);
	char text[TEXT_MAX];

	(void)snprintf(text, sizeof(text), "%zu PROBLEM%s%s", n, n == 1 ? "" : "S", behind);
	return n > 0 ? grid_put(c, row, 0, c->columns, COLOUR_BAD, text) : 0;
}

/* Is this host right, and how far off can it be?  A screen has its name if it is wide, and says
 * that there are problems if it is so low that nothing else does. */
static void draw_standing(const struct top *t, struct grid *c)
{
	char name[VIEW_MAX], bound[FORMAT_MAX], text[TEXT_MAX], own[CELL_MAX];
	bool wide = c->columns >= WIDE;
	size_t x = c->rows < LOW ? draw_count(t, c, 0, ", ") : 0;
	int64_t bound_ns;

	if (wide) {
		x += grid_put(c, 0, x, c->columns, COLOUR_BOLD,
			      terminal_text(view_host(t->status, name), own));
		(void)snprintf(text, sizeof(text), " is %s, ", standing_role(t->status));
		x += grid_put(c, 0, x, c->columns, COLOUR_NONE, text);
	}
	x += grid_put(c, 0, x, c->columns, standing_colour(t->status), standing_sync(t->status));
	if (view_int(t->status, "bound_ns", &bound_ns)) {
		(void)snprintf(text, sizeof(text), wide ? ": within %s of group time" : ": %s",
			       format_interval(bound_ns, bound));
		(void)grid_put(c, 0, x, c->columns, COLOUR_NONE, text);
	}
}

static void draw_group(const struct top *t, struct grid *c)
{
	char master[VIEW_MAX], deputy[VIEW_MAX], group[VIEW_MAX], text[TEXT_MAX], own[CELL_MAX];

	(void)snprintf(text, sizeof(text), "master %s, deputy %s; %s%s",
		       standing_leader(t->status, "master", master),
		       standing_leader(t->status, "deputy", deputy),
		       standing_group(t->status, group),
		       view_true(t->status, "island") ? "; an island" : "");
	(void)grid_put(c, 1, 0, c->columns, COLOUR_NONE, terminal_text(text, own));
}

/* What `berkctl check` says: how many findings there are, and the first one. */
static void draw_findings(const struct top *t, struct grid *c)
{
	const char *first = json_string_value(json_array_get(t->findings, 0));
	char own[CELL_MAX];
	size_t x = draw_count(t, c, 2, ": ");

	if (x > 0) {
		(void)grid_put(c, 2, x, c->columns, COLOUR_NONE,
			       terminal_text(first ? first : "", own));
	} else {
		(void)grid_put(c, 2, 0, c->columns, COLOUR_GOOD, "no problem");
	}
}

/* How many rows it took. */
static size_t draw_head(const struct top *t, struct grid *c, int64_t now_ms)
{
	bool silent = draw_silence(t, c, now_ms);

	if (!silent) {
		draw_standing(t, c);
	}
	if (c->rows < LOW) {
		return 1;
	}
	if (t->status) {
		draw_group(t, c);
		draw_findings(t, c);
	}
	return HEAD_ROWS;
}

/* --- The keys --- */

static void draw_keys(const struct top *t, struct grid *c, size_t row)
{
	char text[TEXT_MAX];
	size_t x = 0;

	if (t->frozen) {
		x = grid_put(c, row, 0, c->columns, COLOUR_WARN, "FROZEN (space goes on) ");
	}
	if (t->note[0]) {
		(void)snprintf(text, sizeof(text), "%s", t->note);
	} else if (t->page == TOP_HOST) {
		(void)snprintf(text, sizeof(text), "q back  h help  up/down scroll  space freeze");
	} else if (t->page == TOP_HELP) {
		(void)snprintf(text, sizeof(text), "any key: back");
	} else {
		(void)snprintf(text, sizeof(text),
			       "q quit  h help  enter open  s sort: %s%s  r reverse  space freeze",
			       sorts[t->sort], t->reversed ? ", reversed" : "");
	}
	(void)grid_put(c, row, x, c->columns, COLOUR_DIM, text);
}

/* --- The help --- */

static void draw_help(struct grid *c)
{
	static const char *const lines[] = {
		"up, down, k, j     choose a host; page up, page down, home, end: further",
		"enter              open it: why it counts or not, all figures, and plots",
		"s                  sort by name, offset, bound or state, the worst first",
		"r                  reverse the order",
		"space              freeze what is shown; samples are taken meanwhile",
		"q, escape          back; q quits, on the list",
		"",
		"*                  this host; M: the master; D: the deputy",
		"OFFSETS, BOUNDS    the last samples, the newest at the right: how far off",
		"                   the clock was, and could be; each from 0 to its largest",
	};

	(void)grid_put(c, 0, 0, c->columns, COLOUR_BOLD, "berkctl top");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]) && i + 2 < c->rows; i++) {
		(void)grid_put(c, i + 1, 0, c->columns, COLOUR_NONE, lines[i]);
	}
}

void top_draw(struct top *t, struct grid *c, int64_t now_ms)
{
	if (t->page == TOP_HELP) {
		draw_help(c);
	} else {
		size_t row = draw_head(t, c, now_ms);
		size_t n_rows = c->rows > row + 1 ? c->rows - row - 1 : 0;

		if (t->page == TOP_HOST) {
			top_draw_host(t, c, row, n_rows);
		} else {
			top_draw_list(t, c, row, n_rows);
		}
	}
	if (c->rows > 1) {
		draw_keys(t, c, c->rows - 1);
	}
}
