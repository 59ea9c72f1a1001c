/* spark.h - samples drawn on a grid: a sparkline in one row, and a larger plot. */
#pragma once

#include "berkctl/grid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPARK_GAP INT64_MIN /* a sample that is not known: nothing is drawn for it */

struct spark_box {
	size_t row, column, rows, columns;
};

/* Can a terminal of this TERM, in a locale of this codeset, show block elements? */
bool spark_has_blocks(const char *codeset, const char *term);
/* The last samples of @v, the newest at the right, a column each: bars from 0 to the largest size
 * of those that are drawn.  @blocks: of block elements, else of ASCII. */
void spark_draw(struct grid *, const struct spark_box *, const int64_t *v, size_t n, bool blocks);
/* All samples of @v in the box, from @low at its bottom to @high at its top; each column has the
 * range of those that fall together there.  A line shows where 0 is, if it is between. */
void spark_range(struct grid *, const struct spark_box *, const int64_t *v, size_t n, int64_t low,
		 int64_t high, bool blocks);
