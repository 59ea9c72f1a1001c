/* table.c - colours and columns.  See table.h. */
#include "berkctl/table.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

const char *colour_begin(bool on, enum colour c)
{
	static const char *const codes[] = {"",		"\033[32m", "\033[33m",
					    "\033[31m", "\033[2m",  "\033[1m"};

	return on ? codes[c] : "";
}

const char *colour_end(bool on, enum colour c)
{
	return on && c != COLOUR_NONE ? "\033[0m" : "";
}

size_t text_width(const char *text)
{
	mbstate_t state = {0};
	size_t width = 0, len = strlen(text);

	while (len > 0) {
		wchar_t c;
		size_t n = mbrtowc(&c, text, len, &state);

		if (n == (size_t)-1 || n == (size_t)-2) {
			return width + len; /* not this locale's text: shown byte by byte */
		}
		int w = wcwidth(c);

		width += w > 0 ? (size_t)w : 0;
		text += n;
		len -= n;
	}
	return width;
}

#define CELL_MAX 328 /* a name of 64 bytes, each escaped */

struct cell {
	char text[CELL_MAX];
	enum colour colour;
};

struct table {
	const char *const *heads;
	size_t n_columns;
	struct cell *cells;
	size_t n, size;
};

struct table *table_new(const char *const *heads, size_t n)
{
	struct table *t = calloc(1, sizeof(*t));

	if (t) {
		t->heads = heads;
		t->n_columns = n;
	}
	return t;
}

struct table *table_free(struct table *t)
{
	if (t) {
		free(t->cells);
		free(t);
	}
	return NULL;
}

void table_cell(struct table *t, enum colour colour, const char *text)
{
	if (!t) {
		return;
	}
	if (t->n == t->size) {
		size_t size = t->size ? 2 * t->size : 64;
		struct cell *grown = realloc(t->cells, size * sizeof(*grown));

		if (!grown) {
			return;
		}
		t->cells = grown;
		t->size = size;
	}
	struct cell *c = &t->cells[t->n++];

	c->colour = colour;
	(void)snprintf(c->text, sizeof(c->text), "%s", text);
}

static bool is_right(const struct table *t, size_t column)
{
	return t->heads[column][0] == '>';
}

static const char *head_text(const struct table *t, size_t column)
{
	return t->heads[column] + is_right(t, column);
}

static size_t column_width(const struct table *t, size_t column)
{
	size_t width = text_width(head_text(t, column));

	for (size_t i = column; i < t->n; i += t->n_columns) {
		size_t w = text_width(t->cells[i].text);

		width = w > width ? w : width;
	}
	return width;
}

/* The last column is not padded: no line ends in blanks. */
static void print_cell(const struct table *t, size_t column, const char *text, bool on,
		       enum colour colour)
{
	bool last = column + 1 == t->n_columns;
	size_t pad = column_width(t, column) - text_width(text);
	int left = is_right(t, column) ? (int)pad : 0;
	int right = last || is_right(t, column) ? 0 : (int)pad;

	printf("%*s%s%s%s%*s%s", left, "", colour_begin(on, colour), text, colour_end(on, colour),
	       right, "", last ? "\n" : "  ");
}

void table_print(const struct table *t, bool colour)
{
	if (!t || t->n_columns == 0) {
		return;
	}
	for (size_t i = 0; i < t->n_columns; i++) {
		print_cell(t, i, head_text(t, i), colour, COLOUR_BOLD);
	}
	for (size_t i = 0; i < t->n; i++) {
		print_cell(t, i % t->n_columns, t->cells[i].text, colour, t->cells[i].colour);
	}
}
