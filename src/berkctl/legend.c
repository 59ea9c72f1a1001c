/* legend.c - see legend.h. */
#include "berkctl/legend.h"

#include "berkctl/view.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX 1024
#define INDENT	 4

/* Of the word there.  A command between ` and ` is one word: it is there to be copied. */
static size_t word_length(const char *text)
{
	bool in_command = false;
	size_t n = 0;

	for (; text[n] && (in_command || text[n] != ' '); n++) {
		in_command ^= text[n] == '`';
	}
	return n;
}

void legend_wrap(const char *text, size_t column, int indent)
{
	size_t terminal = terminal_columns();
	size_t width = terminal < LEGEND_WIDTH ? terminal : LEGEND_WIDTH;

	while (*(text += strspn(text, " "))) {
		size_t len = word_length(text);

		if (column + 1 + len > width && column >= (size_t)indent) {
			printf("\n%*s", indent - 1, "");
			column = (size_t)indent - 1;
		}
		printf(" %.*s", (int)len, text);
		column += 1 + len;
		text += len;
	}
	(void)putchar('\n');
}

void legend_tell(FILE *to, const char *text, size_t column, int indent)
{
	if (to == stdout && isatty(STDOUT_FILENO) == 1) {
		legend_wrap(text, column, indent);
	} else {
		(void)fprintf(to, " %s\n", text);
	}
}

void legend_line(const char *head, const char *text)
{
	printf("%s:", head);
	legend_wrap(text, strlen(head) + 1, INDENT);
}

static bool was_before(const json_t *rows, size_t n, const char *word, const char *value,
		       bool (*skip)(const json_t *))
{
	for (size_t i = 0; i < n; i++) {
		const json_t *row = json_array_get(rows, i);

		if (strcmp(view_raw(row, word), value) == 0 && !(skip && skip(row))) {
			return true;
		}
	}
	return false;
}

void legend_print(const json_t *rows, const char *word, bool (*skip)(const json_t *row))
{
	char head[VIEW_MAX], text[TEXT_MAX];
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		if ((!skip || !skip(row)) &&
		    !was_before(rows, i, word, view_raw(row, word), skip)) {
			legend_line(view_text(row, word, "?", head),
				    view_text_long(row, "text", text, sizeof(text)));
		}
	}
}
