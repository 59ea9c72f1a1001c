/* bound.c - how wrong a clock can be.  See ARCHITECTURE.md, "The bound".
 *
 * Two oscillators, each within D of true time, run against each other at a rate within
 * -2D/(1+D) .. +2D/(1-D).  A line of rate k between them can therefore be wrong by that range's
 * farther end, less k; nothing is assumed of how k was found.
 */
#include "core/rules/bound.h"

int64_t bound_growth_ppb(int64_t max_drift_ppb, double rate)
{
	double d = 1e-9 * (double)ns_clamp(max_drift_ppb, 0, NS_PER_S / 2);
	double above = 2 * d / (1 - d) - rate;
	double below = rate + 2 * d / (1 + d);
	double worst = above > below ? above : below;

	if (!(worst < 1)) { /* NaN too: a line that runs so fast bounds nothing */
		return NS_PER_S;
	}
	return (int64_t)(worst * 1e9) + 1; /* rounded up: above + below > 0, so worst >= 0 */
}

int64_t bound_grown_ns(int64_t growth_ppb, int64_t age_ns)
{
	return ns_from_double((double)ns_max(0, age_ns) * 1e-9 * (double)growth_ppb);
}

double rate_held(double rate, double limit)
{
	if (rate > limit) {
		return limit;
	}
	return rate < -limit ? -limit : rate;
}

double bound_line_rate_max(int64_t max_drift_ppb)
{
	return 2e-9 * (double)max_drift_ppb;
}

double bound_member_rate_max(int64_t max_drift_ppb)
{
	return 2 * bound_line_rate_max(max_drift_ppb);
}

double bound_pull_max(int64_t max_drift_ppb, int64_t max_slew_ppb)
{
	return 1e-9 * (double)ns_min(max_drift_ppb, max_slew_ppb);
}

int64_t bound_of(const struct line *l, struct clock_pair now, int64_t read_error_ns)
{
	int64_t remainder_ns = ns_abs(wall_sub(line_at(l, now.raw), now.wall));

	if (l->error_ns == BOUND_UNKNOWN) {
		return BOUND_UNKNOWN;
	}
	return ns_add(ns_add(line_error(l, now.raw), remainder_ns), read_error_ns);
}
