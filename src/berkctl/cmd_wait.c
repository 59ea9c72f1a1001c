/* cmd_wait.c - the wait for synchronisation, and how it gets on. */
#include "berkctl/berkctl.h"
#include "berkctl/client.h"
#include "berkctl/follow.h"
#include "berkctl/table.h"
#include "berkctl/view.h"

#include "berk/time.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BAR 20 /* columns */

struct waiting {
	bool line; /* is one line of a terminal, written again and again */
	int64_t since_ms;
	int64_t first_bound_ns; /* the first that was known; 0: none yet */
	char shown[VIEW_MAX];	/* what it lacked when that was last said */
};

/* How much of the way from the first bound to the wanted one is done, in orders of magnitude. */
static int bar_of(int64_t first_ns, int64_t now_ns, int64_t wanted_ns)
{
	if (now_ns <= wanted_ns) {
		return BAR;
	}
	if (first_ns <= now_ns || wanted_ns <= 0) {
		return 0;
	}
	double all = log((double)first_ns / (double)wanted_ns);

	return (int)(BAR * log((double)first_ns / (double)now_ns) / all);
}

/* The bound that is, the one that is wanted, and a bar from the first to the last. */
static void add_bound(struct waiting *w, const json_t *s, const json_t *wait, char *text,
		      size_t size)
{
	static const char full[] = "####################", none[] = "....................";
	char bound[FORMAT_MAX], wanted[FORMAT_MAX];
	int64_t bound_ns, wanted_ns;
	size_t len = strlen(text);

	if (!view_int(s, "bound_ns", &bound_ns)) {
		(void)snprintf(text + len, size - len, "no bound yet");
		return;
	}
	w->first_bound_ns = w->first_bound_ns ? w->first_bound_ns : bound_ns;
	(void)snprintf(text + len, size - len, "bound %s", format_interval(bound_ns, bound));
	if (view_int(wait, "max_bound_ns", &wanted_ns)) {
		int n = bar_of(w->first_bound_ns, bound_ns, wanted_ns);

		len = strlen(text);
		(void)snprintf(text + len, size - len, " of %s [%.*s%.*s]",
			       format_interval(wanted_ns, wanted), n, full, BAR - n, none);
	}
}

/* "12 s: member, 2 of 3 hosts, bound 1.20 ms of 1.00 ms [####......]": whatever fits. */
static void show_progress(struct waiting *w, const json_t *s, const json_t *wait)
{
	char text[256];
	int64_t hosts = view_int_or_0(wait, "hosts"), alive = view_int_or_0(s, "n_alive");
	size_t width = terminal_columns() - 1;

	(void)snprintf(text, sizeof(text), "%" PRId64 " s: %s, %" PRId64 " of %" PRId64 " hosts, ",
		       (client_now_ms() - w->since_ms) / 1000, view_raw(s, "role"), alive,
		       hosts > alive ? hosts : ns_max(alive, view_int_or_0(s, "n_table")));
	add_bound(w, s, wait, text, sizeof(text));
	printf("\r%-*.*s", (int)width, (int)width, text);
}

static void end_progress(const struct waiting *w)
{
	if (w->line && w->shown[0]) {
		(void)putchar('\n');
	}
}

/* What is missing is said when it is another thing; a terminal sees the rest each second. */
static void each_wait(const struct ctl *ctl, const json_t *p, void *userdata)
{
	struct waiting *w = userdata;
	const json_t *s = json_object_get(p, "status"), *wait = json_object_get(p, "wait");
	const char *lack = view_raw(wait, "lack");
	char text[VIEW_MAX];

	if (ctl->json) {
		ctl_print_json(s, true);
		return;
	}
	if (strcmp(lack, "nothing") == 0) {
		end_progress(w);
		ctl_print_state(ctl, s);
		w->shown[0] = '\0';
		return;
	}
	if (strcmp(lack, w->shown) != 0) {
		end_progress(w);
		if (!w->line) {
			ctl_print_state(ctl, s);
		}
		printf("  waits, because %s\n", view_text(wait, "lack_text", "unknown", text));
	}
	if (w->line) {
		show_progress(w, s, wait);
	}
	(void)snprintf(w->shown, sizeof(w->shown), "%s", lack);
}

/* A line can be written again on a terminal that knows what a carriage return is. */
static bool can_overwrite(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) == 1 && term && strcmp(term, "dumb") != 0;
}

int cmd_waitsync(const struct ctl *ctl)
{
	struct waiting waiting = {.line = !ctl->json && can_overwrite(),
				  .since_ms = client_now_ms()};
	json_t *p = json_pack("{s:b}", "configured", ctl->configured);

	if (ctl->bound_ns >= 0) {
		(void)json_object_set_new(p, "max_bound_ns", json_integer(ctl->bound_ns));
	}
	if (ctl->hosts > 0) {
		(void)json_object_set_new(p, "hosts", json_integer(ctl->hosts));
	}
	if (ctl->timeout_ns >= 0) {
		(void)json_object_set_new(p, "timeout_ns", json_integer(ctl->timeout_ns));
	}
	int status = ctl_follow(ctl, "WaitSync", p, each_wait, &waiting);

	end_progress(&waiting);
	return status;
}
