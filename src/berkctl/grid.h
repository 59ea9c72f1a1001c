/* grid.h - text on a grid of cells, as a terminal has them: what stands where, without one. */
#pragma once

#include "berkctl/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

#define GRID_MARKS 2 /* that a character may carry; further ones are left out */

struct cell {
	/* A character and its marks, ended by 0; empty: the right half of the character before. */
	wchar_t text[GRID_MARKS + 2];
	enum colour colour;
	bool reverse;
};

/* Begin with {0}; whoever owns it calls grid_fini(). */
struct grid {
	size_t columns, rows;
	struct cell *cell; /* row by row */
};

/* Make it so large, and blank.  False when memory is out: it has no cells then. */
bool grid_clear(struct grid *, size_t columns, size_t rows);
void grid_fini(struct grid *);
/* NULL: there is no such cell. */
struct cell *grid_at(const struct grid *, size_t row, size_t column);
/* The columns that @text takes. */
size_t grid_width(const char *text);
/* Write @text, which is escaped already, from there on, in at most @width columns and as far as the
 * row goes.  What is wider is cut, and ends with "~" to say so.  Returns the columns that it
 * took. */
size_t grid_put(struct grid *, size_t row, size_t column, size_t width, enum colour,
		const char *text);
/* The same, aligned to the right of these @width columns. */
void grid_put_right(struct grid *, size_t row, size_t column, size_t width, enum colour,
		    const char *text);
/* One character of one column. */
void grid_glyph(struct grid *, size_t row, size_t column, enum colour, wchar_t glyph);
/* Show a whole row in reverse, as the one that is chosen. */
void grid_reverse(struct grid *, size_t row);
