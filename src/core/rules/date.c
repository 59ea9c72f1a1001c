/* date.c - see date.h. */
#include "core/rules/date.h"

#include <assert.h>

unsigned date_liars(size_t n, unsigned max_liars)
{
	size_t f = n > 0 ? (n - 1) / 2 : 0;

	return f < max_liars ? (unsigned)f : max_liars;
}

/* How many of those that count are later than clock @k; of two alike the first one is the later. */
static size_t n_later(const struct dated *c, size_t n, size_t k, bool any)
{
	size_t later = 0;

	for (size_t i = 0; i < n; i++) {
		bool counts = c[i].plausible || any;

		later += counts && (c[i].offset_ns > c[k].offset_ns ||
				    (c[i].offset_ns == c[k].offset_ns && i < k));
	}
	return later;
}

int64_t date_choose(const struct dated *clocks, size_t n, unsigned max_liars)
{
	unsigned f = date_liars(n, max_liars);
	size_t n_plausible = 0;

	assert(n > 0);
	for (size_t i = 0; i < n; i++) {
		n_plausible += clocks[i].plausible;
	}
	bool any = n_plausible == 0;
	size_t counted = any ? n : n_plausible;
	size_t wanted = f < counted ? f : counted - 1;

	for (size_t k = 0; k < n; k++) {
		if ((clocks[k].plausible || any) && n_later(clocks, n, k, any) == wanted) {
			return clocks[k].offset_ns;
		}
	}
	return clocks[0].offset_ns; /* not reached: one of those that count has each place */
}
