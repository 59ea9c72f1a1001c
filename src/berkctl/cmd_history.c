/* cmd_history.c - the history as lines: the figures of each host, and events between them. */
#include "berkctl/berkctl.h"
#include "berkctl/past.h"
#include "berkctl/table.h"

#include "berk/notice.h"
#include "berk/status.h"
#include "berk/time.h"
#include "common/words.h"

#include <stdio.h>
#include <string.h>

#define LINES	      24 /* of a host, at least half of it */
#define LIMIT_DEFAULT 1024

/* One line for each of these, the first that makes no more than LINES of them. */
static int64_t choose_interval(int64_t span_ns)
{
	static const int64_t seconds[] = {10,	30,   60,    120,   300,   600,	  1200,
					  1800, 3600, 10800, 21600, 43200, 86400, 604800};
	size_t n = sizeof(seconds) / sizeof(seconds[0]), i = 0;

	while (i + 1 < n && span_ns / NS_PER_S > seconds[i] * LINES) {
		i++;
	}
	return seconds[i] * NS_PER_S;
}

static const char *role_of(const json_t *e)
{
	return view_true(e, "master")	? words_name(words_role, ROLE_MASTER)
	       : view_true(e, "deputy") ? words_name(words_role, ROLE_DEPUTY)
					: view_plain(e, "state");
}

static int widest_host(const struct past *past)
{
	char host[VIEW_MAX];
	int widest = 4;
	size_t i;
	const json_t *e;

	json_array_foreach(past->entries, i, e)
	{
		int n = (int)text_columns(view_host(e, host));

		widest = n > widest ? n : widest;
	}
	return widest;
}

static void print_event(const struct ctl *ctl, const json_t *e)
{
	int level = view_word(e, "level", words_level);
	enum colour c = level == LEVEL_ERR	 ? COLOUR_BAD
			: level == LEVEL_WARNING ? COLOUR_WARN
						 : COLOUR_BOLD;
	char text[VIEW_MAX];

	printf("%s%s%s\n", colour_begin(ctl->colour, c), view_text(e, "text", "?", text),
	       colour_end(ctl->colour, c));
}

static void print_sample(const json_t *e)
{
	char offset[FORMAT_MAX], bound[FORMAT_MAX], rate[FORMAT_MAX], delay[FORMAT_MAX];

	printf("%9s  %8s  %12s  %8s  %s\n", view_offset(e, "offset_ns", offset),
	       view_interval(e, "bound_ns", bound), view_ppm(e, "oscillator_ppb", rate),
	       view_interval(e, "delay_ns", delay), role_of(e));
}

static void print_past(const struct ctl *ctl, const struct past *past)
{
	char time[FORMAT_DATE_MAX], host[VIEW_MAX];
	int widest = widest_host(past), wide = 0;
	size_t i;
	const json_t *e;

	json_array_foreach(past->entries, i, e)
	{
		(void)past_time(past, view_int_or_0(e, "wall_ns"), time);
		if (i == 0) {
			wide = (int)strlen(time);
			printf("%s%-*s  %-*s  %9s  %8s  %12s  %8s  %s%s\n",
			       colour_begin(ctl->colour, COLOUR_BOLD), wide, "TIME", widest, "HOST",
			       "OFFSET", "BOUND", "OSCILLATOR", "DELAY", "STATE",
			       colour_end(ctl->colour, COLOUR_BOLD));
		}
		(void)view_host(e, host);
		printf("%-*s  %s%*s  ", wide, time, host, widest - (int)text_columns(host), "");
		if (view_raw(e, "event")[0]) {
			print_event(ctl, e);
		} else {
			print_sample(e);
		}
	}
	if (i == 0) {
		(void)puts("Nothing is in the history of that time.");
	}
}

int cmd_history(const struct ctl *ctl)
{
	struct past past;
	int64_t limit = ctl->limit > 0 ? ctl->limit : LIMIT_DEFAULT;
	int status = past_ask(ctl, choose_interval(past_span_ns(ctl)), limit, &past);

	if (status == CTL_OK && ctl->json) {
		past_print_json(&past);
	} else if (status == CTL_OK) {
		print_past(ctl, &past);
		if (ctl->limit < 0) {
			past_tell_cut(&past);
		}
	}
	past_fini(&past);
	return status;
}
