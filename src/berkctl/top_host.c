/* top_host.c - see top_host.h. */
#include "berkctl/top_host.h"

#include "berkctl/member.h"

#include "berk/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_ROWS 9  /* of the text, before the plots have more */
#define PLOT_ROWS 8  /* that a plot has at most, its title aside */
#define ROWS_MIN  14 /* for both plots */
#define INDENT	  4

/* --- The plots --- */

static void draw_plot(const struct top *t, struct grid *c, const struct top_host *h,
		      const int64_t *ring, const char *what, const struct spark_box *box)
{
	size_t n = top_n_samples(t, h);
	int64_t v[TOP_SAMPLES], low = INT64_MAX, high = INT64_MIN;
	char past[FORMAT_MAX], from[FORMAT_MAX], to[FORMAT_MAX], title[VIEW_MAX];

	top_samples(t, h, ring, n, v);
	for (size_t i = 0; i < n; i++) {
		low = v[i] == SPARK_GAP ? low : ns_min(low, v[i]);
		high = v[i] == SPARK_GAP ? high : ns_max(high, v[i]);
	}
	format_interval((int64_t)n * t->interval_ms * NS_PER_MS, past);
	if (low > high) {
		(void)snprintf(title, sizeof(title), "%s in the last %s: not known", what, past);
	} else {
		const char *(*format)(int64_t, char *) = low < 0 ? format_offset : format_interval;

		(void)snprintf(title, sizeof(title), "%s in the last %s: from %s to %s", what, past,
			       format(low, from), format(high, to));
		spark_range(c, box, v, n, low, high, t->blocks);
	}
	(void)grid_put(c, box->row - 1, 0, c->columns, COLOUR_BOLD, title);
}

/* How many rows they took. */
static size_t draw_plots(const struct top *t, struct grid *c, const struct top_host *h, size_t row,
			 size_t n_rows)
{
	size_t rows = (n_rows - TEXT_ROWS) / 2 - 1;

	if (n_rows < ROWS_MIN) {
		return 0;
	}
	struct spark_box box = {.row = row + 1,
				.rows = rows < PLOT_ROWS ? rows : PLOT_ROWS,
				.columns = c->columns};

	draw_plot(t, c, h, h->offset_ns, "offset", &box);
	box.row += box.rows + 1;
	draw_plot(t, c, h, h->bound_ns, "bound", &box);
	return 2 * (box.rows + 1);
}

/* --- The text --- */

/* Where the next line of text comes; those above @first row of it are scrolled away. */
struct writer {
	struct grid *grid;
	size_t row, n_rows, scroll, line;
};

static void put_word(struct writer *w, size_t column, const char *word)
{
	if (w->line >= w->scroll && w->line - w->scroll < w->n_rows) {
		(void)grid_put(w->grid, w->row + w->line - w->scroll, column, w->grid->columns,
			       COLOUR_NONE, word);
	}
}

/* Write a line, broken between words where the screen is narrower. */
static void write_line(struct writer *w, char *text)
{
	size_t column = strspn(text, " "), indent = column > 0 ? INDENT : 0;
	char *word, *rest = NULL, *before = text + column;

	for (word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		size_t width = grid_width(word);

		column += (size_t)(word - before); /* the blanks that stood there */
		if (column > indent && column + width > w->grid->columns) {
			w->line++;
			column = indent;
		}
		put_word(w, column, word);
		column += width;
		before = word + strlen(word);
	}
	w->line++;
}

static void write_lines(struct writer *w, char *text)
{
	char own[CELL_MAX], line[CELL_MAX], *next;

	for (; text && *text; text = next) {
		next = strchr(text, '\n');
		if (next) {
			*next++ = '\0';
		}
		(void)snprintf(line, sizeof(line), "%s", terminal_text(text, own));
		write_line(w, line);
	}
}

/* "HEARD 120 ms, REACH 11111111, ...": a line for each part. */
static void print_figures(FILE *to, const json_t *m)
{
	for (size_t part = 0; part < MEMBER_PARTS; part++) {
		const struct member_figure *f = member_parts[part];

		for (size_t i = 0; f[i].head; i++) {
			char text[VIEW_MAX];
			const char *value = f[i].text(m, f[i].key, text);

			(void)fprintf(to, "%s%s %s", i > 0 ? "  " : "",
				      f[i].head + (f[i].head[0] == '>'), value[0] ? value : "-");
		}
		(void)fputc('\n', to);
	}
}

/* All that is known of it, as text; NULL when memory is out.  The caller frees it. */
static char *text_of(const struct top *t, const struct top_host *h)
{
	char *text = NULL, name[VIEW_MAX];
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to) {
		return NULL;
	}
	if (t->why) {
		member_print_why(to, false, t->why);
	} else {
		(void)fprintf(to, "%s\n", view_host(h->member, name));
	}
	print_figures(to, h->member);
	if (fclose(to) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

void top_draw_host(struct top *t, struct grid *c, size_t row, size_t n_rows)
{
	const struct top_host *h = top_chosen(t);

	if (!h || n_rows == 0) {
		return;
	}
	size_t plots = draw_plots(t, c, h, row, n_rows);
	struct writer w = {.grid = c, .row = row + plots, .n_rows = n_rows - plots};
	struct writer all = {.grid = c};
	char *text = text_of(t, h), *copy = text ? strdup(text) : NULL;

	if (copy) {
		/* How long it is shows how far it can be scrolled. */
		write_lines(&all, copy);
		size_t most = all.line > w.n_rows ? all.line - w.n_rows : 0;

		t->scroll = t->scroll < most ? t->scroll : most;
		w.scroll = t->scroll;
		write_lines(&w, text);
	}
	free(copy);
	free(text);
}
