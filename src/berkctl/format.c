/* format.c - units, signs, columns.  See format.h. */
#include "berkctl/format.h"

#include "berk/time.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

/* Three digits that matter: 1.23, 12.3, 123. */
static void three_digits(double v, const char *unit, char buf[static FORMAT_MAX])
{
	int decimals = v < 9.995 ? 2 : v < 99.95 ? 1 : 0;

	(void)snprintf(buf, FORMAT_MAX, "%.*f %s", decimals, v, unit);
}

static void two_units(int64_t s, int64_t large, const char *large_name, int64_t small,
		      const char *small_name, char buf[static FORMAT_MAX])
{
	(void)snprintf(buf, FORMAT_MAX, "%" PRId64 " %s %" PRId64 " %s", s / large, large_name,
		       s % large / small, small_name);
}

const char *format_interval(int64_t ns, char buf[static FORMAT_MAX])
{
	if (ns_abs(ns) == INT64_MAX) {
		(void)snprintf(buf, FORMAT_MAX, "unknown");
		return buf;
	}
	if (ns < 0) {
		buf[0] = '-';
		char rest[FORMAT_MAX];

		format_interval(ns_abs(ns), rest);
		memmove(buf + 1, rest, FORMAT_MAX - 1);
		buf[FORMAT_MAX - 1] = '\0';
		return buf;
	}
	double v = (double)ns;
	int64_t s = ns / NS_PER_S;

	if (ns < NS_PER_US) {
		(void)snprintf(buf, FORMAT_MAX, ns ? "%" PRId64 " ns" : "%" PRId64, ns);
	} else if (v < 999.5e3) {
		three_digits(v / 1e3, "us", buf);
	} else if (v < 999.5e6) {
		three_digits(v / 1e6, "ms", buf);
	} else if (v < 99.5e9) {
		three_digits(v / 1e9, "s", buf);
	} else if (s < 3600) {
		two_units(s, 60, "min", 1, "s", buf);
	} else if (s < 86400) {
		two_units(s, 3600, "h", 60, "min", buf);
	} else {
		two_units(s, 86400, "d", 3600, "h", buf);
	}
	return buf;
}

const char *format_offset(int64_t ns, char buf[static FORMAT_MAX])
{
	char plain[FORMAT_MAX];

	format_interval(ns, plain);
	(void)snprintf(buf, FORMAT_MAX, "%s%.*s", ns > 0 && ns != INT64_MAX ? "+" : "",
		       FORMAT_MAX - 2, plain);
	return buf;
}

const char *format_ppm(int64_t ppb, char buf[static FORMAT_MAX])
{
	(void)snprintf(buf, FORMAT_MAX, "%+.3f ppm", (double)ppb / 1e3);
	return buf;
}

const char *format_clock(int64_t wall_ns, char buf[static FORMAT_MAX])
{
	time_t t = (time_t)(wall_ns / NS_PER_S);
	struct tm tm;

	if (!localtime_r(&t, &tm) || strftime(buf, FORMAT_MAX, "%H:%M:%S", &tm) == 0) {
		(void)snprintf(buf, FORMAT_MAX, "--:--:--");
	}
	return buf;
}

const char *format_reach(int64_t reach, char buf[static FORMAT_MAX])
{
	for (unsigned i = 0; i < 8; i++) {
		buf[i] = reach & (0x80 >> i) ? '1' : '0';
	}
	buf[8] = '\0';
	return buf;
}

int64_t parse_interval(const char *text)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {{"ns", 1}, {"us", 1e3},   {"ms", 1e6},   {"s", 1e9},
		     {"", 1e9}, {"min", 60e9}, {"h", 3600e9}, {"d", 86400e9}};
	char *end;

	if (!isdigit((unsigned char)text[0]) && text[0] != '.') {
		return -1; /* strtod() takes more than we want */
	}
	double v = strtod(text, &end);

	while (*end == ' ') {
		end++;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].name) == 0) {
			return v * units[i].ns < 9e18 ? ns_from_double(v * units[i].ns) : -1;
		}
	}
	return -1;
}

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

/* --- Tables --- */

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
