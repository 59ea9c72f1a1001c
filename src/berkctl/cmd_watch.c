/* cmd_watch.c - the rounds, the monitor, and the wait for synchronisation. */
#include "berkctl/berkctl.h"
#include "berkctl/client.h"
#include "berkctl/table.h"
#include "berkctl/view.h"

#include "berk/notice.h"
#include "berk/time.h"
#include "common/words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

static void print_state(const struct ctl *ctl, const json_t *s)
{
	char a[VIEW_MAX], b[FORMAT_MAX], c[FORMAT_MAX], d[FORMAT_MAX];
	bool synced = view_true(s, "synced");
	int64_t alive, table;

	view_int(s, "n_alive", &alive);
	view_int(s, "n_table", &table);
	print_now();
	printf("%s%-9s %s%s  master %s, %" PRId64 "/%" PRId64 " hosts%s  offset %s, bound %s, %s\n",
	       colour_begin(ctl->colour, synced ? COLOUR_GOOD : COLOUR_WARN), view_raw(s, "role"),
	       synced ? "synced  " : "unsynced", colour_end(ctl->colour, COLOUR_GOOD),
	       view_text(s, "master_name", view_raw(s, "master")[0] ? "unnamed" : "none", a), alive,
	       table, view_true(s, "island") ? " (island)" : "", view_offset(s, "offset_ns", b),
	       view_interval(s, "bound_ns", c), view_ppm(s, "freq_ppb", d));
}

/* The next answer of a stream.  A daemon that says nothing may have nothing to say: then it
 * answers other questions. */
static int next_of_stream(const struct ctl *ctl, struct client *c, int silent_ms,
			  struct answer *ret)
{
	int r = client_next(c, silent_ms, ret);

	while (r == -ETIMEDOUT && silent_ms == CTL_SILENT_MS && ctl_is_alive(ctl)) {
		r = client_next(c, silent_ms, ret);
	}
	return r;
}

/* When the time is up the daemon says so; how long to wait if it says nothing at all. */
static int silent_ms(const struct ctl *ctl)
{
	bool soon = ctl->timeout_ns >= 0 && ctl->timeout_ns < CTL_SILENT_MS * NS_PER_MS - NS_PER_S;

	return soon ? (int)(ctl->timeout_ns / NS_PER_MS) + 1000 : CTL_SILENT_MS;
}

/* Hand each answer of a stream to @each until it ends. */
static int follow_stream(const struct ctl *ctl, const char *method, json_t *parameters,
			 void (*each)(const struct ctl *, const json_t *, void *), void *userdata)
{
	struct client *c = ctl_connect(ctl, false);
	bool going = true;
	int status = CTL_OK;

	if (!c) {
		json_decref(parameters);
		return CTL_UNREACHABLE;
	}
	int r = client_send(c, method, parameters, true);

	while (r == 0 && going) {
		struct answer a;

		r = next_of_stream(ctl, c, silent_ms(ctl), &a);
		if (r < 0) {
			break;
		}
		if (a.error) {
			status = ctl_complain(a.error, a.parameters);
		} else {
			each(ctl, a.parameters, userdata);
			(void)fflush(stdout);
		}
		going = a.continues && !a.error && !ferror(stdout);
		answer_fini(&a);
	}
	client_free(c);
	return r < 0 ? ctl_lost(r) : status;
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

	return follow_stream(ctl, "Monitor", p, each_event, NULL);
}

/* --- waitsync --- */

struct waiting {
	bool terminal;
	char shown[VIEW_MAX]; /* what it lacked when that was last said */
};

/* A terminal sees the state each second, and all others, such as the journal, when what it lacks is
 * another thing. */
static void each_wait(const struct ctl *ctl, const json_t *p, void *userdata)
{
	struct waiting *w = userdata;
	const json_t *s = json_object_get(p, "status");
	bool synced = view_true(s, "synced");
	const char *lack = synced ? "bound" : view_raw(s, "lack");
	bool changed = strcmp(lack, w->shown) != 0;
	char text[VIEW_MAX];

	if (ctl->json) {
		ctl_print_json(s, true);
		return;
	}
	if (synced || w->terminal || changed) {
		print_state(ctl, s);
	}
	if (!synced && changed) {
		printf("  waits, because %s\n", view_text(s, "lack_text", "unknown", text));
	}
	(void)snprintf(w->shown, sizeof(w->shown), "%s", lack);
}

int cmd_waitsync(const struct ctl *ctl)
{
	struct waiting waiting = {.terminal = isatty(STDOUT_FILENO) == 1};
	json_t *p = json_object();

	if (ctl->bound_ns >= 0) {
		(void)json_object_set_new(p, "max_bound_ns", json_integer(ctl->bound_ns));
	}
	if (ctl->timeout_ns >= 0) {
		(void)json_object_set_new(p, "timeout_ns", json_integer(ctl->timeout_ns));
	}
	return follow_stream(ctl, "WaitSync", p, each_wait, &waiting);
}
