/* cmd_wait.c - the wait for synchronisation, and how it gets on. */
#include "berkctl/berkctl.h"
#include "berkctl/client.h"
#include "berkctl/follow.h"
#include "berkctl/legend.h"
#include "berkctl/standing.h"
#include "berkctl/table.h"
#include "berkctl/view.h"

#include "berk/time.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
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

/* One line of a terminal, which takes whole parts as far as it has room: half a figure would be
 * another one. */
struct line {
	char text[256];
	size_t len, width;
	bool full;
};

__attribute__((format(printf, 2, 3))) static void add_part(struct line *l, const char *format, ...)
{
	char part[128];
	va_list args;

	va_start(args, format);
	int n = vsnprintf(part, sizeof(part), format, args);

	va_end(args);
	l->full = l->full || l->len + (size_t)n > l->width || l->len + (size_t)n >= sizeof(l->text);
	if (!l->full) {
		memcpy(l->text + l->len, part, (size_t)n + 1);
		l->len += (size_t)n;
	}
}

/* The bound that is, the one that is wanted, and a bar from the first to the last. */
static void add_bound(struct waiting *w, const json_t *s, const json_t *wait, struct line *l)
{
	static const char full[] = "####################", none[] = "....................";
	char bound[FORMAT_MAX], wanted[FORMAT_MAX];
	int64_t bound_ns, wanted_ns;

	if (!view_int(s, "bound_ns", &bound_ns)) {
		add_part(l, ", no bound yet");
		return;
	}
	w->first_bound_ns = w->first_bound_ns ? w->first_bound_ns : bound_ns;
	add_part(l, ", bound %s", format_interval(bound_ns, bound));
	if (view_int(wait, "max_bound_ns", &wanted_ns)) {
		int n = bar_of(w->first_bound_ns, bound_ns, wanted_ns);

		add_part(l, ", wanted %s", format_interval(wanted_ns, wanted));
		add_part(l, " [%.*s%.*s]", n, full, BAR - n, none);
	}
}

/* "12 s: member, 2 of 3 hosts, bound 1.20 ms, wanted 1.00 ms [####......]": whatever fits. */
static void show_progress(struct waiting *w, const json_t *s, const json_t *wait)
{
	struct line l = {.width = terminal_columns() - 1};
	int64_t hosts = view_int_or_0(wait, "hosts"), alive = view_int_or_0(s, "n_alive");

	add_part(&l, "%" PRId64 " s: %s", (client_now_ms() - w->since_ms) / 1000, standing_role(s));
	add_part(&l, ", %" PRId64 " of %" PRId64 " hosts", alive,
		 hosts > alive ? hosts : ns_max(alive, view_int_or_0(s, "n_table")));
	add_bound(w, s, wait, &l);
	printf("\r%-*s", (int)l.width, l.text);
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
		standing_print(ctl->colour, s);
		(void)putchar('\n');
		w->shown[0] = '\0';
		return;
	}
	if (strcmp(lack, w->shown) != 0) {
		end_progress(w);
		if (!w->line) {
			standing_print(ctl->colour, s);
			(void)putchar('\n');
		}
		printf("  waits, because");
		legend_tell(stdout, view_text(wait, "lack_text", "unknown", text), 16, 2);
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
