/* line.c - group time as a line over one host's RAW clock.  See ARCHITECTURE.md, "Group time".
 *
 * Instants are int64_t nanoseconds; only the part that the rate adds is a double, so nothing is
 * lost however far apart the clocks are: |rate| <= 1e-3 over ten years is exact to 0.04 ns.
 */
#include "berk/line.h"

#include <assert.h>

wall_t line_at(const struct line *l, raw_t r)
{
	int64_t age_ns = raw_sub(r, l->r0);

	return wall_add(wall_add(l->g0, age_ns), ns_from_double(l->rate * (double)age_ns));
}

/* @ppb of @age_ns, rounded up, held at INT64_MAX; both >= 0. */
static int64_t growth_ns(int64_t age_ns, int64_t ppb)
{
	int64_t whole, part;

	if (__builtin_mul_overflow(age_ns / NS_PER_S, ppb, &whole) ||
	    __builtin_mul_overflow(age_ns % NS_PER_S, ppb, &part)) {
		return INT64_MAX;
	}
	return ns_add(whole, part / NS_PER_S + (part % NS_PER_S != 0));
}

int64_t line_error(const struct line *l, raw_t r)
{
	assert(l->error_ns >= 0 && l->growth_ppb >= 0);
	/* Before r0 the line is extrapolated just as much as after it. */
	return ns_add(l->error_ns, growth_ns(ns_abs(raw_sub(r, l->r0)), l->growth_ppb));
}

void line_rebase(struct line *l, raw_t r)
{
	wall_t g = line_at(l, r);

	l->error_ns = line_error(l, r);
	l->g0 = g;
	l->r0 = r;
}
