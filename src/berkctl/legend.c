/* legend.c - see legend.h. */
#include "berkctl/legend.h"

#include "berkctl/view.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 1024
#define INDENT	 4

void legend_wrap(const char *text, size_t column, int indent)
{
	while (*(text += strspn(text, " "))) {
		size_t len = strcspn(text, " ");

		if (column + 1 + len > LEGEND_WIDTH) {
			printf("\n%*s", indent - 1, "");
			column = (size_t)indent - 1;
		}
		printf(" %.*s", (int)len, text);
		column += 1 + len;
		text += len;
	}
	(void)putchar('\n');
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
