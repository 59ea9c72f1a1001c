/* canvas.h - text on a grid of cells, as a terminal has them: what stands where, without one. */
#pragma once

#include "berkctl/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

#define CANVAS_MARKS 2 /* that a character may carry; further ones are left out */

struct cell {
	/* A character and its marks, ended by 0; empty: the right half of the character before. */
	wchar_t text[CANVAS_MARKS + 2];
	enum colour colour;
	bool reverse;
};

/* Begin with {0}; whoever owns it calls canvas_fini(). */
struct canvas {
	size_t columns, rows;
	struct cell *cell; /* row by row */
};

/* Make it so large, and blank.  False when memory is out: it has no cells then. */
bool canvas_clear(struct canvas *, size_t columns, size_t rows);
void canvas_fini(struct canvas *);
/* NULL: there is no such cell. */
struct cell *canvas_at(const struct canvas *, size_t row, size_t column);
/* The columns that @text takes. */
size_t canvas_width(const char *text);
/* Write @text, which is escaped already, from there on, in at most @width columns and as far as the
 * row goes.  What is wider is cut, and ends with "~" to say so.  Returns the columns that it
 * took. */
size_t canvas_put(struct canvas *, size_t row, size_t column, size_t width, enum colour,
		  const char *text);
/* The same, aligned to the right of these @width columns. */
void canvas_put_right(struct canvas *, size_t row, size_t column, size_t width, enum colour,
		      const char *text);
/* One character of one column. */
void canvas_glyph(struct canvas *, size_t row, size_t column, enum colour, wchar_t glyph);
/* Show a whole row in reverse, as the one that is chosen. */
void canvas_reverse(struct canvas *, size_t row);
