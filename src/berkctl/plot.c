/* plot.c - see plot.h. */
#include "berkctl/plot.h"

#include "berk/time.h"
#include "berkctl/canvas.h"
#include "berkctl/table.h"

#include <stdlib.h>
#include <string.h>

#define GUTTER	   11 /* columns left of the drawing, for figures */
#define ROWS	   4  /* of a host */
#define ROWS_ALONE 12
#define CLIP	   8
#define AXIS_EACH  4		   /* dots: it must not look like a line */
#define GAP_NS	   (35 * NS_PER_S) /* three samples */
#define EVENTS_MAX 20		   /* that are listed: a letter each */
#define ROW_MAX	   (PLOT_COLUMNS_MAX * 16)

size_t plot_dots(const struct plot_style *s)
{
	return (s->columns - GUTTER) * CANVAS_ACROSS;
}

/* --- Scale --- */

static int64_t reach_of(const struct past_point *p)
{
	int64_t far = ns_max(ns_abs(p->lo_ns), ns_abs(p->hi_ns));

	return ns_add(far, ns_max(p->bound_ns, 0));
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The next 1, 2 or 5 with zeros behind it. */
static int64_t round_up(int64_t ns)
{
	int64_t unit = 1;

	while (unit <= INT64_MAX / 100 && 10 * unit < ns) {
		unit *= 10;
	}
	return ns <= unit	? unit
	       : ns <= 2 * unit ? 2 * unit
	       : ns <= 5 * unit ? 5 * unit
				: 10 * unit;
}

int64_t plot_scale_ns(const struct past_host *h, bool *ret_clipped)
{
	int64_t *reach = calloc(h->n + 1, sizeof(*reach));
	size_t n = 0;

	*ret_clipped = false;
	for (size_t i = 0; reach && i < h->n; i++) {
		if (h->point[i].known) {
			reach[n++] = reach_of(&h->point[i]);
		}
	}
	if (n == 0) {
		free(reach);
		return 0;
	}
	qsort(reach, n, sizeof(*reach), by_size);
	int64_t median = ns_max(reach[n / 2], 1), largest = ns_max(reach[n - 1], 1);

	free(reach);
	*ret_clipped = largest / CLIP > median;
	return round_up(*ret_clipped ? ns_mul(CLIP, median) : largest);
}

/* Where nothing is known for longer, something is missing. */
static int64_t gap_ns(const struct past *past)
{
	return ns_max(ns_mul(3, past->interval_ns), GAP_NS);
}

bool plot_is_joined(const struct past *past, const struct past_host *h, size_t i)
{
	const struct past_point *p = &h->point[i];

	if (i == 0 || !p->known || !p[-1].known || p->life != p[-1].life) {
		return false;
	}
	int64_t gap = ns_sub(p->at_ns, p[-1].at_ns);

	return gap >= 0 && gap <= gap_ns(past);
}

/* --- One host --- */

struct drawing {
	const struct past *past;
	const struct plot_style *style;
	FILE *out;
	size_t first_event; /* that is listed: letter a */
	struct canvas *canvas;
	size_t rows;
	int64_t scale_ns;
};

/* Dots from the left; -1 or less: before the beginning. */
static long x_of(const struct drawing *d, int64_t at_ns)
{
	double span = (double)ns_max(ns_sub(d->past->until_ns, d->past->since_ns), 1);
	double x =
		(double)ns_sub(at_ns, d->past->since_ns) / span * (double)(plot_dots(d->style) - 1);

	return x < 0				      ? -1
	       : x > PLOT_COLUMNS_MAX * CANVAS_ACROSS ? PLOT_COLUMNS_MAX * CANVAS_ACROSS
						      : (long)(x + 0.5);
}

/* Dots from the top.  What is beyond the scale is drawn at its end. */
static long y_of(const struct drawing *d, double ns)
{
	double half = (double)(d->rows * CANVAS_DOWN - 1) / 2, part = ns / (double)d->scale_ns;

	part = part > 1 ? 1 : part < -1 ? -1 : part;
	return (long)(half - part * half + 0.5);
}

static void draw_column(const struct drawing *d, long x, double lo, double hi, double bound)
{
	if (bound >= 0) {
		long top = y_of(d, hi + bound), below = y_of(d, lo - bound);

		for (long y = top; y <= below; y++) {
			/* Its edges, and few dots between them, so that the line is seen. */
			if ((y % 2 == 0 && (x + y) % 4 == 0) || y == top || y == below) {
				canvas_dot(d->canvas, CANVAS_BAND, x, y);
			}
		}
	}
	canvas_bar(d->canvas, CANVAS_LINE, x, y_of(d, hi), y_of(d, lo));
}

static double between(int64_t a, int64_t b, double part)
{
	return (double)a + part * ((double)b - (double)a);
}

static void draw_point(const struct drawing *d, const struct past_host *h, size_t i)
{
	const struct past_point *p = &h->point[i];
	bool joined = plot_is_joined(d->past, h, i);
	const struct past_point *from = joined ? p - 1 : p;
	long x1 = x_of(d, p->at_ns), x0 = joined ? x_of(d, from->at_ns) + 1 : x1;

	for (long x = x0; p->known && x <= x1; x++) {
		double part = x1 > x0 ? (double)(x - x0 + 1) / (double)(x1 - x0 + 1) : 1;
		bool bound = p->bound_ns >= 0 && from->bound_ns >= 0;

		draw_column(d, x, between(from->lo_ns, p->lo_ns, part),
			    between(from->hi_ns, p->hi_ns, part),
			    bound ? between(from->bound_ns, p->bound_ns, part) : -1);
	}
}

/* Below the drawing: when it led or was deputy, and letters of events. */
static void draw_lane(const struct drawing *d, size_t host, char lane[static PLOT_COLUMNS_MAX + 1])
{
	const struct past_host *h = &d->past->host[host];
	long columns = (long)(d->style->columns - GUTTER), from = 0;

	memset(lane, ' ', (size_t)columns);
	lane[columns] = '\0';
	for (size_t i = 0; i < h->n; i++) {
		const struct past_point *p = &h->point[i];
		long to = x_of(d, p->at_ns) / CANVAS_ACROSS;

		from = plot_is_joined(d->past, h, i) ? from : to;
		for (long k = from < 0 ? 0 : from; k <= to && k < columns; k++) {
			lane[k] = p->master ? '=' : p->deputy ? '-' : lane[k];
		}
		from = to + 1;
	}
	for (size_t i = d->first_event; i < d->past->n_event; i++) {
		long k = x_of(d, d->past->event[i].at_ns) / CANVAS_ACROSS;

		if (d->past->event[i].host == host && k >= 0 && k < columns) {
			lane[k] = (char)('a' + (int)(i - d->first_event));
		}
	}
	while (columns > 0 && lane[columns - 1] == ' ') {
		lane[--columns] = '\0';
	}
}

/* What was last known; and when that was, of a host that is not here any more. */
static void print_head(const struct drawing *d, const struct past_host *h, bool clipped)
{
	const struct past_point *p = &h->point[h->n - 1];
	char offset[FORMAT_MAX], bound[FORMAT_MAX], time[FORMAT_DATE_MAX];
	bool colour = d->style->colour;
	bool gone = ns_sub(d->past->until_ns, p->at_ns) > gap_ns(d->past);

	fprintf(d->out, "%s%s%s%s%s%s", colour_begin(colour, COLOUR_BOLD), h->name,
		colour_end(colour, COLOUR_BOLD), gone ? " until " : "",
		gone ? past_time(d->past, p->at_ns, time) : "",
		p->master   ? ", master"
		: p->deputy ? ", deputy"
			    : "");
	if (p->has_offset) {
		fprintf(d->out, ": %s", format_offset(p->offset_ns, offset));
	}
	if (p->has_offset && p->bound_ns >= 0) {
		fprintf(d->out, ", within %s", format_interval(p->bound_ns, bound));
	}
	fprintf(d->out, "%s\n", clipped ? "; what is beyond the scale is drawn at its end" : "");
}

static void print_host(struct drawing *d, size_t host)
{
	const struct past_host *h = &d->past->host[host];
	char row[ROW_MAX], lane[PLOT_COLUMNS_MAX + 1], label[FORMAT_MAX];
	size_t columns = d->style->columns - GUTTER;
	bool clipped;

	d->scale_ns = plot_scale_ns(h, &clipped);
	if (d->scale_ns == 0) {
		fprintf(d->out, "%s: no offset is known\n\n", h->name);
		return;
	}
	d->canvas = canvas_new(columns, d->rows);
	for (long x = 0; x < (long)plot_dots(d->style); x += AXIS_EACH) {
		canvas_dot(d->canvas, CANVAS_AXIS, x, y_of(d, 0));
	}
	for (size_t i = 0; i < h->n; i++) {
		draw_point(d, h, i);
	}
	print_head(d, h, clipped);
	for (size_t i = 0; i < d->rows; i++) {
		bool end = i == 0 || i == d->rows - 1;

		(void)format_offset(i == 0 ? d->scale_ns : -d->scale_ns, label);
		fprintf(d->out, "%*s %s\n", GUTTER - 1,
			end		   ? label
			: i == d->rows / 2 ? "0"
					   : "",
			canvas_row(d->canvas, i, d->style->braille, d->style->colour, row,
				   sizeof(row)));
	}
	d->canvas = canvas_free(d->canvas);
	draw_lane(d, host, lane);
	fprintf(d->out, "%*s%s\n", lane[0] ? GUTTER : 0, "", lane);
}

/* --- All of them --- */

static void print_times(const struct drawing *d)
{
	char from[FORMAT_DATE_MAX], to[FORMAT_DATE_MAX];
	int columns = (int)(d->style->columns - GUTTER);

	(void)past_time(d->past, d->past->since_ns, from);
	(void)past_time(d->past, d->past->until_ns, to);
	fprintf(d->out, "%*s%s%*s\n", GUTTER, "", from, columns - (int)strlen(from), to);
	fprintf(d->out, "%*s= master   - deputy   around the line: its bound   a: an event\n",
		GUTTER, "");
}

static void print_events(const struct drawing *d)
{
	char time[FORMAT_DATE_MAX], host[VIEW_MAX], text[VIEW_MAX];

	for (size_t i = d->first_event; i < d->past->n_event; i++) {
		const struct past_event *e = &d->past->event[i];

		fprintf(d->out, "%c %s  %s: %s\n", 'a' + (int)(i - d->first_event),
			past_time(d->past, e->at_ns, time), view_host(e->j, host),
			view_text(e->j, "text", "?", text));
	}
	if (d->first_event > 0) {
		fprintf(d->out, "%zu events before them are not marked: berkctl history\n",
			d->first_event);
	}
}

void plot_text(const struct past *past, const struct plot_style *style, FILE *out)
{
	struct drawing d = {.past = past,
			    .style = style,
			    .out = out,
			    .rows = past->n_host == 1 ? ROWS_ALONE : ROWS};

	d.first_event = past->n_event > EVENTS_MAX ? past->n_event - EVENTS_MAX : 0;
	for (size_t i = 0; i < past->n_host; i++) {
		print_host(&d, i);
	}
	print_times(&d);
	print_events(&d);
}
