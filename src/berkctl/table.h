/* table.h - colours and tables on a terminal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum colour { COLOUR_NONE, COLOUR_GOOD, COLOUR_WARN, COLOUR_BAD, COLOUR_DIM, COLOUR_BOLD };
/* The escape sequence that begins @c, and "" when @on is false. */
const char *colour_begin(bool on, enum colour c);
const char *colour_end(bool on, enum colour c);

/* --- Tables: cells are copied, columns as wide as their widest cell --- */

struct table;
/* @heads: names of @n columns; one that begins with '>' is aligned to the right.  NULL: no memory;
 * the other functions take that too. */
struct table *table_new(const char *const *heads, size_t n);
struct table *table_free(struct table *);
/* The next cell of the present row; the row ends by itself. */
void table_cell(struct table *, enum colour, const char *text);
void table_print(const struct table *, bool colour);
