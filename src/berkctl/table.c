/* table.c - colours and columns.  See table.h.
 *
 * libsmartcols cuts only columns that allow it, and ours do not allow it: half a name may be
 * another host's.
 */
#include "berkctl/table.h"

#include <libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
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

size_t terminal_columns(void)
{
	struct winsize w;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : 80;
}

struct table {
	struct libscols_table *scols;
	struct libscols_line *row; /* being filled; NULL: the next cell begins a row */
	size_t column;		   /* of the next cell */
};

static bool add_column(struct libscols_table *scols, const char *head)
{
	bool right = head[0] == '>';
	struct libscols_column *c =
		scols_table_new_column(scols, head + right, 0, right ? SCOLS_FL_RIGHT : 0);

	return c && scols_cell_set_color(scols_column_get_header(c),
					 colour_begin(true, COLOUR_BOLD)) == 0;
}

struct table *table_new(const char *const *heads, size_t n)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t) {
		return NULL;
	}
	t->scols = scols_new_table();
	bool built = t->scols && scols_table_set_column_separator(t->scols, "  ") == 0;

	for (size_t i = 0; built && i < n; i++) {
		built = add_column(t->scols, heads[i]);
	}
	if (!built) {
		return table_free(t);
	}
	/* The text of the cells is escaped already. */
	(void)scols_table_enable_noencoding(t->scols, true);
	return t;
}

struct table *table_free(struct table *t)
{
	if (t) {
		scols_unref_table(t->scols);
		free(t);
	}
	return NULL;
}

/* libsmartcols would look for ever for the end of a character that this locale cannot read. */
const char *terminal_text(const char *text, char buf[static CELL_MAX])
{
	size_t n = 0;

	if (mbstowcs(NULL, text, 0) != (size_t)-1) {
		return text;
	}
	for (; *text && n + sizeof("\\xff") <= CELL_MAX; text++) {
		n += (size_t)snprintf(buf + n, CELL_MAX - n, (*text & 0x80) ? "\\x%02x" : "%c",
				      (unsigned char)*text);
	}
	return buf;
}

void table_cell(struct table *t, enum colour colour, const char *text)
{
	char buf[CELL_MAX];

	if (!t) {
		return;
	}
	if (!t->row) {
		t->row = scols_table_new_line(t->scols, NULL);
	}
	struct libscols_cell *cell = scols_line_get_cell(t->row, t->column);

	(void)scols_cell_set_data(cell, terminal_text(text, buf));
	if (colour != COLOUR_NONE) {
		(void)scols_cell_set_color(cell, colour_begin(true, colour));
	}
	if (++t->column == scols_table_get_ncols(t->scols)) {
		t->column = 0;
		t->row = NULL;
	}
}

size_t text_columns(const char *text)
{
	wchar_t wide[CELL_MAX];
	size_t n = mbstowcs(wide, text, CELL_MAX);
	int columns = n < CELL_MAX ? wcswidth(wide, n) : -1;

	return columns >= 0 ? (size_t)columns : strlen(text);
}

static const char *head_of(const struct table *t, size_t column)
{
	return scols_cell_get_data(
		scols_column_get_header(scols_table_get_column(t->scols, column)));
}

static const char *data_of(const struct table *t, size_t row, size_t column)
{
	const char *data = scols_cell_get_data(
		scols_line_get_cell(scols_table_get_line(t->scols, row), column));

	return data ? data : "";
}

bool table_is_too_wide(const struct table *t)
{
	size_t width = 0;

	if (!t || isatty(STDOUT_FILENO) != 1) {
		return false;
	}
	for (size_t k = 0; k < scols_table_get_ncols(t->scols); k++) {
		size_t widest = text_columns(head_of(t, k));

		for (size_t i = 0; i < scols_table_get_nlines(t->scols); i++) {
			size_t columns = text_columns(data_of(t, i, k));

			widest = columns > widest ? columns : widest;
		}
		width += widest + (k > 0 ? 2 : 0);
	}
	return width > terminal_columns();
}

/* A block for each row: what the first cell says, and below it what all the others do. */
static void print_blocks(const struct table *t, bool colour)
{
	size_t n = scols_table_get_ncols(t->scols), widest = 0;

	for (size_t k = 1; k < n; k++) {
		widest =
			text_columns(head_of(t, k)) > widest ? text_columns(head_of(t, k)) : widest;
	}
	for (size_t i = 0; i < scols_table_get_nlines(t->scols); i++) {
		printf("%s%s%s\n", colour_begin(colour, COLOUR_BOLD), data_of(t, i, 0),
		       colour_end(colour, COLOUR_BOLD));
		for (size_t k = 1; k < n; k++) {
			struct libscols_cell *c =
				scols_line_get_cell(scols_table_get_line(t->scols, i), k);
			const char *code = colour ? scols_cell_get_color(c) : NULL;

			if (data_of(t, i, k)[0]) {
				printf("  %-*s  %s%s%s\n", (int)widest, head_of(t, k),
				       code ? code : "", data_of(t, i, k),
				       code ? colour_end(true, COLOUR_BOLD) : "");
			}
		}
	}
}

void table_print(const struct table *t, bool colour)
{
	if (t && table_is_too_wide(t)) {
		print_blocks(t, colour);
	} else if (t) {
		(void)scols_table_enable_colors(t->scols, colour);
		(void)scols_print_table(t->scols);
	}
}
