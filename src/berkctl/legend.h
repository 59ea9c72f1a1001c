/* legend.h - what the words of a table mean and what to do, below it: so it fits a terminal. */
#pragma once

#include "berkctl/table.h"

#include <jansson.h>
#include <stdio.h>

#define LEGEND_WIDTH 80

/* Print @text from column @column on, broken between words, but not in a `command`, where a line
 * would be wider than LEGEND_WIDTH or the terminal; further lines begin after @indent columns, 1 or
 * more. */
void legend_wrap(const char *text, size_t column, int indent);
/* The same where @to is standard output, and a terminal; elsewhere in one line, for who searches
 * it. */
void legend_tell(FILE *to, const char *text, size_t column, int indent);
/* Print "@head: @text", broken between words where a line would be wider than LEGEND_WIDTH; what
 * follows is indented. */
void legend_line(const char *head, const char *text);
/* The same for each word that the rows have as @word, once, with the text that the first such row
 * has as "text"; no row that @skip, if it is not NULL, is true of. */
void legend_print(const json_t *rows, const char *word, bool (*skip)(const json_t *row));
