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

/* How many of those that count show the same as clock @k, to @agree_ns. */
static size_t n_agreeing(const struct dated *c, size_t n, size_t k, bool any, int64_t agree_ns)
{
	size_t agreeing = 0;

	for (size_t i = 0; i < n; i++) {
		agreeing += (c[i].plausible || any) &&
			    ns_abs(ns_sub(c[i].offset_ns, c[k].offset_ns)) <= agree_ns;
	}
	return agreeing;
}

int64_t date_choose(const struct dated *clocks, size_t n, unsigned max_liars, int64_t agree_ns)
{
	unsigned f = date_liars(n, max_liars);
	size_t counted = 0, best = n;

	assert(n > 0);
	for (size_t i = 0; i < n; i++) {
		counted += clocks[i].plausible;
	}
	bool any = counted == 0;

	counted = any ? n : counted;
	size_t wanted = f < counted ? f : counted - 1;

	for (size_t k = 0; k < n; k++) {
		if (!clocks[k].plausible && !any) {
			continue;
		}
		if (2 * n_agreeing(clocks, n, k, any, agree_ns) > counted) {
			return clocks[k].offset_ns;
		}
		best = n_later(clocks, n, k, any) == wanted ? k : best;
	}
	assert(best < n); /* one of those that count has each place */
	return clocks[best].offset_ns;
}
