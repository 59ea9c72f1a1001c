/* servo.c - makes the wall clock follow the line.  See ARCHITECTURE.md, "Two timescales".
 *
 * The line is the estimator's and as smooth as that; the loop does not filter it once more.  It
 * runs at the line's rate plus whatever works off the remainder within SETTLE of a poll, up to the
 * slew limit: a line that a correction moved by 100 ns is 0.4 ppm for a quarter of a second.  Each
 * command comes with the time it may stand, and that time ends before the remainder does: 7/8 of
 * the way while much is left, so that a timer that fires late, or counts a clock that is itself
 * being slewed (BOOTTIME follows adjtimex, RAW does not), cannot carry the wall clock across the
 * line.  What is left shrinks by eight per call; below FINE_NS a late timer no longer matters and
 * the last piece is done in one go.
 *
 * The frequency is never below -freq_ppb_max > -1e9, so the wall clock never runs backwards.
 */
#include "core/rules/servo.h"

#include <assert.h>

#define SETTLE_SHARE  4		       /* a remainder is gone within a quarter of the poll, */
#define SETTLE_NS_MIN (20 * NS_PER_MS) /* but not so fast that the timers cannot follow, */
#define SETTLE_NS_MAX NS_PER_S	       /* nor so slowly that a long poll leaves it standing */
#define COARSE_SHARE  0.875	       /* of the way at a time while much is left; */
#define FINE_NS	      200	       /* this little is done to the end in one go */
#define DEAD_NS	      8		       /* 1 ppb of rounding, over a poll: not worth a call */

void servo_init(struct servo *s, const struct servo_config *config, int64_t freq_ppb)
{
	assert(config->slew_ppb_max > 0);
	assert(config->freq_ppb_max > 0 && config->freq_ppb_max < NS_PER_S);

	*s = (struct servo){.config = *config, .freq_ppb = freq_ppb};
}

/* The rate (ppb) at which to work off the remainder: towards zero, so that it never crosses. */
static int64_t slew_ppb(const struct servo *s)
{
	int64_t settle_ns =
		ns_clamp(s->config.interval_ns / SETTLE_SHARE, SETTLE_NS_MIN, SETTLE_NS_MAX);
	double ppb = (double)s->remainder_ns * 1e9 / (double)settle_ns;
	double limit = (double)s->config.slew_ppb_max;

	if (ppb > limit) {
		return s->config.slew_ppb_max;
	}
	return ppb < -limit ? -s->config.slew_ppb_max : (int64_t)ppb;
}

/* How long the present frequency may stand: until the remainder is worked off at what was really
 * commanded, for the driver's limit may have cut it. */
static int64_t time_to_end_ns(const struct servo *s, const struct line *line)
{
	double closing_ppb = (double)s->freq_ppb - line->rate * 1e9;

	if (!s->slewing || closing_ppb == 0) {
		return INT64_MAX;
	}
	double end_ns = (double)s->remainder_ns * 1e9 / closing_ppb;

	if (!(end_ns > 0)) { /* it does not even keep up */
		return INT64_MAX;
	}
	if (ns_abs(s->remainder_ns) > FINE_NS) {
		end_ns *= COARSE_SHARE;
	}
	return ns_max(1, ns_from_double(end_ns));
}

int64_t servo_step(struct servo *s, const struct line *line, struct clock_pair pair,
		   int64_t *ret_hold_ns)
{
	int64_t line_ppb = ns_from_double(line->rate * 1e9);
	int64_t want_ppb = line_ppb;

	assert(s->config.slew_ppb_max > 0); /* after servo_init() */
	s->remainder_ns = wall_sub(line_at(line, pair.raw), pair.wall);
	s->slewing = ns_abs(s->remainder_ns) > DEAD_NS;
	if (s->slewing) {
		want_ppb = ns_add(line_ppb, slew_ppb(s));
	}
	s->freq_ppb = ns_clamp(want_ppb, -s->config.freq_ppb_max, s->config.freq_ppb_max);
	*ret_hold_ns = time_to_end_ns(s, line);
	return s->freq_ppb;
}
