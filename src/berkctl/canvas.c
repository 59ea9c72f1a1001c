/* canvas.c - see canvas.h. */
#include "berkctl/canvas.h"

#include "berkctl/table.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct canvas {
	size_t columns, rows;
	uint8_t *dots[CANVAS_LAYERS];
};

struct canvas *canvas_new(size_t columns, size_t rows)
{
	struct canvas *c = calloc(1, sizeof(*c));
	bool built = c != NULL;

	for (size_t i = 0; built && i < CANVAS_LAYERS; i++) {
		c->dots[i] = calloc(columns, rows);
		built = c->dots[i] != NULL;
	}
	if (!built) {
		return canvas_free(c);
	}
	c->columns = columns;
	c->rows = rows;
	return c;
}

struct canvas *canvas_free(struct canvas *c)
{
	for (size_t i = 0; c && i < CANVAS_LAYERS; i++) {
		free(c->dots[i]);
	}
	free(c);
	return NULL;
}

void canvas_dot(struct canvas *c, enum canvas_layer layer, long x, long y)
{
	/* Unicode 15.0, Braille Patterns: the bits of U+2800 and what follows it. */
	static const uint8_t bit[CANVAS_DOWN][CANVAS_ACROSS] = {{0x01, 0x08},
								{0x02, 0x10},
								{0x04, 0x20},
								{0x40, 0x80}};

	if (!c || x < 0 || y < 0 || (size_t)x / CANVAS_ACROSS >= c->columns ||
	    (size_t)y / CANVAS_DOWN >= c->rows) {
		return;
	}
	c->dots[layer][(size_t)y / CANVAS_DOWN * c->columns + (size_t)x / CANVAS_ACROSS] |=
		bit[y % CANVAS_DOWN][x % CANVAS_ACROSS];
}

void canvas_bar(struct canvas *c, enum canvas_layer layer, long x, long y0, long y1)
{
	long from = y0 < y1 ? y0 : y1, to = y0 < y1 ? y1 : y0;
	long below = c ? (long)(c->rows * CANVAS_DOWN) - 1 : -1;

	for (long y = from < 0 ? 0 : from; y <= to && y <= below; y++) {
		canvas_dot(c, layer, x, y);
	}
}

unsigned canvas_dots(const struct canvas *c, enum canvas_layer layer, size_t column, size_t row)
{
	return c && column < c->columns && row < c->rows ? c->dots[layer][row * c->columns + column]
							 : 0;
}

/* One character into @out: braille of all its dots, or what its uppermost layer is. */
static void draw(const unsigned dots[static CANVAS_LAYERS], bool braille, char out[static 4])
{
	unsigned all = dots[CANVAS_LINE] | dots[CANVAS_BAND];

	/* The axis would only thicken what is drawn over it. */
	all = all ? all : dots[CANVAS_AXIS];
	if (all == 0) {
		(void)snprintf(out, 4, " ");
	} else if (braille) { /* U+2800 + all */
		out[0] = '\xe2';
		out[1] = (char)(0xa0 | all >> 6);
		out[2] = (char)(0x80 | (all & 0x3f));
		out[3] = '\0';
	} else {
		(void)snprintf(out, 4, "%c",
			       dots[CANVAS_LINE]   ? '*'
			       : dots[CANVAS_BAND] ? ':'
						   : '-');
	}
}

/* How many columns there are up to the last dot. */
static size_t used_of(const struct canvas *c, size_t row)
{
	for (size_t n = c ? c->columns : 0; n > 0; n--) {
		for (int i = 0; i < CANVAS_LAYERS; i++) {
			if (canvas_dots(c, (enum canvas_layer)i, n - 1, row)) {
				return n;
			}
		}
	}
	return 0;
}

const char *canvas_row(const struct canvas *c, size_t row, bool braille, bool colour, char *out,
		       size_t size)
{
	enum colour now = COLOUR_NONE;
	size_t len = 0, used = used_of(c, row);

	out[0] = '\0';
	for (size_t k = 0; k < used; k++) {
		unsigned dots[CANVAS_LAYERS];
		char text[4];

		for (int i = 0; i < CANVAS_LAYERS; i++) {
			dots[i] = canvas_dots(c, (enum canvas_layer)i, k, row);
		}
		draw(dots, braille, text);
		enum colour wanted = text[0] == ' '	 ? now
				     : dots[CANVAS_LINE] ? COLOUR_GOOD
							 : COLOUR_DIM;
		int n = snprintf(out + len, size - len, "%s%s%s",
				 wanted != now ? colour_end(colour, now) : "",
				 wanted != now ? colour_begin(colour, wanted) : "", text);

		if (n < 0 || (size_t)n >= size - len) {
			out[len] = '\0'; /* half a character is none */
			break;
		}
		len += (size_t)n;
		now = wanted;
	}
	(void)snprintf(out + len, size - len, "%s", colour_end(colour, now));
	return out;
}
