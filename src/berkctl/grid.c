/* grid.c - see grid.h. */
#include "berkctl/grid.h"

#include <stdlib.h>
#include <string.h>

#define CUT '~'

void grid_fini(struct grid *c)
{
	free(c->cell);
	*c = (struct grid){0};
}

bool grid_clear(struct grid *c, size_t columns, size_t rows)
{
	struct cell *cell = calloc(columns * rows + 1, sizeof(*cell));

	grid_fini(c);
	if (!cell) {
		return false;
	}
	*c = (struct grid){.columns = columns, .rows = rows, .cell = cell};
	for (size_t i = 0; i < columns * rows; i++) {
		cell[i].text[0] = L' ';
	}
	return true;
}

struct cell *grid_at(const struct grid *c, size_t row, size_t column)
{
	return row < c->rows && column < c->columns ? &c->cell[row * c->columns + column] : NULL;
}

void grid_glyph(struct grid *c, size_t row, size_t column, enum colour colour, wchar_t glyph)
{
	struct cell *cell = grid_at(c, row, column);

	if (cell) {
		*cell = (struct cell){.text = {glyph}, .colour = colour, .reverse = cell->reverse};
	}
}

/* A mark that takes no column stands on the character before it. */
static void add_mark(struct cell *cell, wchar_t mark)
{
	size_t n = cell ? wcslen(cell->text) : 0;

	if (n > 0 && n <= GRID_MARKS) {
		cell->text[n] = mark;
	}
}

/* The character at *@text, which is moved behind it; what cannot be shown is "?". */
static wchar_t next_character(const char **text, mbstate_t *state, int *ret_width)
{
	wchar_t w = L'?';
	size_t n = mbrtowc(&w, *text, strlen(*text), state);

	if (n == (size_t)-1 || n == (size_t)-2 || n == 0) {
		*state = (mbstate_t){0};
		w = L'?';
		n = 1;
	}
	*text += n;
	*ret_width = wcwidth(w);
	if (*ret_width < 0) {
		*ret_width = 1;
		w = L'?';
	}
	return w;
}

size_t grid_width(const char *text)
{
	mbstate_t state = {0};
	size_t width = 0;

	while (*text) {
		int w;

		(void)next_character(&text, &state, &w);
		width += (size_t)w;
	}
	return width;
}

size_t grid_put(struct grid *c, size_t row, size_t column, size_t width, enum colour colour,
		const char *text)
{
	mbstate_t state = {0};
	size_t used = 0;
	int w;

	if (row >= c->rows || column >= c->columns) {
		return 0;
	}
	width = width < c->columns - column ? width : c->columns - column;
	bool cut = grid_width(text) > width;

	while (*text) {
		wchar_t character = next_character(&text, &state, &w);

		if (used + (size_t)w + cut > width) {
			break;
		}
		if (w == 0) {
			add_mark(used > 0 ? grid_at(c, row, column + used - 1) : NULL, character);
			continue;
		}
		grid_glyph(c, row, column + used, colour, character);
		if (w == 2) {
			grid_glyph(c, row, column + used + 1, colour, L'\0');
		}
		used += (size_t)w;
	}
	if (cut && width > 0) {
		grid_glyph(c, row, column + used++, colour, CUT);
	}
	return used;
}

void grid_put_right(struct grid *c, size_t row, size_t column, size_t width, enum colour colour,
		    const char *text)
{
	size_t needed = grid_width(text);
	size_t blank = needed < width ? width - needed : 0;

	(void)grid_put(c, row, column + blank, width - blank, colour, text);
}

void grid_reverse(struct grid *c, size_t row)
{
	for (size_t x = 0; row < c->rows && x < c->columns; x++) {
		c->cell[row * c->columns + x].reverse = true;
	}
}
