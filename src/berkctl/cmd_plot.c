/* cmd_plot.c - the history drawn: which interval is asked for, and where it is drawn. */
#include "berkctl/berkctl.h"
#include "berkctl/plot.h"
#include "berkctl/table.h"

#include "berk/time.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT	 8192 /* as much as the daemon gives */
#define SVG_DOTS 600  /* from left to right */

static struct plot_style choose_style(const struct ctl *ctl)
{
	const char *term = getenv("TERM");
	bool dumb = isatty(STDOUT_FILENO) && (!term || strcmp(term, "dumb") == 0);
	size_t columns = terminal_columns();

	columns = columns < PLOT_COLUMNS_MIN ? PLOT_COLUMNS_MIN : columns;
	columns = columns > PLOT_COLUMNS_MAX ? PLOT_COLUMNS_MAX : columns;
	return (struct plot_style){.columns = columns,
				   .braille = !dumb && strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
				   .colour = ctl->colour};
}

int cmd_plot(const struct ctl *ctl)
{
	struct plot_style style = choose_style(ctl);
	int64_t dots = ctl->svg ? SVG_DOTS : (int64_t)plot_dots(&style);
	struct past past;
	int status = past_ask(ctl, past_span_ns(ctl) / dots, LIMIT, &past);

	if (status == CTL_OK && ctl->json) {
		past_print_json(&past);
	} else if (status == CTL_OK && !past_sort(&past)) {
		(void)fputs("berkctl: no memory\n", stderr);
		status = CTL_FAILED;
	} else if (status == CTL_OK && past.n_host + past.n_event == 0) {
		(void)fputs("berkctl: nothing is in the history of that time\n", stderr);
		status = CTL_FAILED;
	} else if (status == CTL_OK) {
		past_tell_cut(&past);
		status = ctl->svg ? plot_svg(&past, ctl->svg) : CTL_OK;
		if (!ctl->svg) {
			plot_text(&past, &style, stdout);
		}
	}
	past_fini(&past);
	return status;
}
