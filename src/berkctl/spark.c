/* spark.c - see spark.h. */
#include "berkctl/spark.h"

#include "berk/time.h"

#include <string.h>

bool spark_has_blocks(const char *codeset, const char *term)
{
	/* Their fonts have few of the block elements, or none. */
	static const char *const without[] = {"linux", "vt", "ansi", "cons", "dumb"};

	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
		if (strncmp(term, without[i], strlen(without[i])) == 0) {
			return false;
		}
	}
	return strcmp(codeset, "UTF-8") == 0;
}

void spark_draw(struct grid *c, const struct spark_box *box, const int64_t *v, size_t n,
		bool blocks)
{
	static const wchar_t bars[] = L"\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588";
	static const wchar_t ascii[] = L"_.:-=+*#";
	size_t shown = n < box->columns ? n : box->columns;
	int64_t largest = 0;

	v += n - shown;
	for (size_t i = 0; i < shown; i++) {
		largest = v[i] == SPARK_GAP ? largest : ns_max(largest, ns_abs(v[i]));
	}
	for (size_t i = 0; i < shown; i++) {
		if (v[i] == SPARK_GAP) {
			continue;
		}
		double share = largest > 0 ? (double)ns_abs(v[i]) / (double)largest : 0;
		size_t level = (size_t)(share * 7 + 0.5);

		grid_glyph(c, box->row, box->column + box->columns - shown + i, COLOUR_NONE,
			   (blocks ? bars : ascii)[level]);
	}
}

/* A column's samples as half rows, counted from the bottom; false: none is known. */
struct span {
	size_t low, high;
};

static size_t half_row_of(int64_t v, const struct spark_box *box, int64_t low, int64_t high)
{
	double share = high > low ? ((double)v - (double)low) / ((double)high - (double)low) : 0;

	share = share < 0 ? 0 : share;
	return (size_t)((share > 1 ? 1 : share) * (double)(2 * box->rows - 1) + 0.5);
}

static bool span_of(const int64_t *v, size_t n, const struct spark_box *box, int64_t low,
		    int64_t high, struct span *ret)
{
	bool known = false;

	for (size_t i = 0; i < n; i++) {
		if (v[i] == SPARK_GAP) {
			continue;
		}
		size_t at = half_row_of(v[i], box, low, high);

		ret->low = !known || at < ret->low ? at : ret->low;
		ret->high = !known || at > ret->high ? at : ret->high;
		known = true;
	}
	return known;
}

static void draw_span(struct grid *c, const struct spark_box *box, size_t column,
		      const struct span *s, bool blocks)
{
	/* by halves: none, the lower one, the upper one, both */
	static const wchar_t bars[] = L" \u2584\u2580\u2588", ascii[] = L" .'|";

	for (size_t r = 0; r < box->rows; r++) {
		size_t lower = 2 * (box->rows - 1 - r);
		size_t halves = (s->low <= lower && lower <= s->high ? 1 : 0) +
				(s->low <= lower + 1 && lower + 1 <= s->high ? 2 : 0);

		if (halves > 0) {
			grid_glyph(c, box->row + r, column, COLOUR_NONE,
				   (blocks ? bars : ascii)[halves]);
		}
	}
}

void spark_range(struct grid *c, const struct spark_box *box, const int64_t *v, size_t n,
		 int64_t low, int64_t high, bool blocks)
{
	if (box->rows == 0 || box->columns == 0) {
		return;
	}
	size_t each = (n + box->columns - 1) / box->columns;
	size_t zero = box->rows - 1 - half_row_of(0, box, low, high) / 2;

	for (size_t k = 0; k < box->columns; k++) { /* from the right */
		size_t end = k * each < n ? n - k * each : 0, len = end < each ? end : each;
		size_t column = box->column + box->columns - 1 - k;
		struct span s = {0};

		if (low <= 0 && high >= 0) {
			grid_glyph(c, box->row + zero, column, COLOUR_DIM,
				   blocks ? L'\u2500' : L'-');
		}
		if (span_of(v + end - len, len, box, low, high, &s)) {
			draw_span(c, box, column, &s, blocks);
		}
	}
}
