/* canvas.h - dots in two layers, as text: two by four dots of each character in braille, or one
 * character for all of them in ASCII. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define CANVAS_ACROSS 2 /* dots of a character */
#define CANVAS_DOWN   4

/* What a dot is of: a line, the band around it, or the axis, which the others hide. */
enum canvas_layer { CANVAS_AXIS, CANVAS_BAND, CANVAS_LINE, CANVAS_LAYERS };

struct canvas;

/* @columns by @rows characters, at least 1 each.  NULL when memory is out; the other functions take
 * NULL too. */
struct canvas *canvas_new(size_t columns, size_t rows);
struct canvas *canvas_free(struct canvas *);
/* Set a dot, counted from the left and from the top.  One that is outside is left out. */
void canvas_dot(struct canvas *, enum canvas_layer, long x, long y);
/* ...and all dots from @y0 to @y1, in any order, that are inside. */
void canvas_bar(struct canvas *, enum canvas_layer, long x, long y0, long y1);

/* The dots of a layer in that character, as braille has them: bits 0 to 7; 0 outside. */
unsigned canvas_dots(const struct canvas *, enum canvas_layer, size_t column, size_t row);
/* The text of a row into @out of @size bytes, cut where it is full, and nothing behind the last
 * dot: braille in UTF-8, a blank where there is no dot, or ASCII: * a line, : a band, - the axis.
 * @colour: the line in a colour, the rest dim.  Returns @out. */
const char *canvas_row(const struct canvas *, size_t row, bool braille, bool colour, char *out,
		       size_t size);
