/* table.h - colours and tables on a terminal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum colour { COLOUR_NONE, COLOUR_GOOD, COLOUR_WARN, COLOUR_BAD, COLOUR_DIM, COLOUR_BOLD };
/* The escape sequence that begins @c, and "" when @on is false. */
const char *colour_begin(bool on, enum colour c);
const char *colour_end(bool on, enum colour c);

/* How wide the terminal on standard output is; 80 where it does not say. */
size_t terminal_columns(void);
#define CELL_MAX 2048 /* bytes of a text that is shown by its bytes: the rest is cut */
/* @text, or where this locale cannot read it, its bytes as \xNN.  Call for what others wrote, once
 * it is escaped. */
const char *terminal_text(const char *text, char buf[static CELL_MAX]);
/* How many columns @text takes there. */
size_t text_columns(const char *text);

/* --- Tables: a column is as wide as its widest cell --- */

struct table;
/* A table of @n columns with these heads.  A head that begins with '>' aligns its column to the
 * right.  NULL when memory is out; the other functions take NULL too. */
struct table *table_new(const char *const *heads, size_t n);
struct table *table_free(struct table *);
/* Add a cell to the row; after the last column the next row begins.  @text is copied. */
void table_cell(struct table *, enum colour, const char *text);
/* Is it wider than the terminal that it goes to?  A program that reads it gets a table. */
bool table_is_too_wide(const struct table *);
/* As a table; on a terminal that is narrower, as a block for each row. */
void table_print(const struct table *, bool colour);
