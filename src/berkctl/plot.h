/* plot.h - the history, drawn: the offset of each host with its bound as a band, who led, and
 * events. */
#pragma once

#include "berkctl/past.h"

#include <stdio.h>

#define PLOT_COLUMNS_MIN 40
#define PLOT_COLUMNS_MAX 400

struct plot_style {
	size_t columns; /* PLOT_COLUMNS_MIN to PLOT_COLUMNS_MAX */
	bool braille;	/* else ASCII */
	bool colour;
};

/* How many dots there are from left to right. */
size_t plot_dots(const struct plot_style *);
/* How far the axis of @h reaches from zero, ns: to the largest of its offsets and bounds, or, where
 * few are far beyond the others, to eight times their median, and then @ret_clipped. */
int64_t plot_scale_ns(const struct past_host *h, bool *ret_clipped);
/* Is the interval between @h->point[i - 1] and [i] drawn?  Not over a restart of berkd, nor where
 * samples are missing. */
bool plot_is_joined(const struct past *, const struct past_host *h, size_t i);
/* Draw all hosts, and list the last events.  Call after past_sort(). */
void plot_text(const struct past *, const struct plot_style *, FILE *out);

/* plot_svg.c: have gnuplot draw it into @file, "-": standard output.  An exit status; errors were
 * printed, and then the file is as it was. */
int plot_svg(const struct past *, const char *file);
