/* bound.h - how wrong a clock can be: ARCHITECTURE.md, "The bound". */
#pragma once

#include "berk/line.h"
#include "berk/time.h"

#include <stdint.h>

#define SYNCED_BOUND_NS                                                                            \
	(500 * NS_PER_MS) /* whose bound is as large says that it is not synchronised */

/* Growth (ppb, 1 to 1e9) of the error of a line that runs at @rate (s/s) between two oscillators
 * that may each be wrong by @max_drift_ppb: what the true relative rate can differ from the
 * line's. */
int64_t bound_growth_ppb(int64_t max_drift_ppb, double rate);
/* What an error grows by in @age_ns at @growth_ppb; 0 before it began. */
int64_t bound_grown_ns(int64_t growth_ppb, int64_t age_ns);
/* @rate, held within +-@limit, which is positive. */
double rate_held(double rate, double limit);
/* What group time may run at over the RAW of its master, either way (s/s, positive): two
 * oscillators within @max_drift_ppb are no further apart.  The master asks for no more, whatever
 * references pull. */
double bound_line_rate_max(int64_t max_drift_ppb);
/* What it may therefore run at over the RAW of a member: a member takes no more, and is asked
 * for no more. */
double bound_member_rate_max(int64_t max_drift_ppb);
/* What may be added to group time's rate, either way (s/s, positive), to move it to where
 * references or an operator want it: no more than an oscillator may be wrong by, so that a host
 * which hears nothing of it, and whose bound grows by twice that, stays within its bound. */
double bound_pull_max(int64_t max_drift_ppb, int64_t max_slew_ppb);
/* E of a host (ns, 0 or more): error of its line now, plus what the servo has not yet worked
 * off, plus @read_error_ns (0 or more) of the pair @now.  BOUND_UNKNOWN stays unknown.  Call
 * whenever E is published. */
int64_t bound_of(const struct line *, struct clock_pair now, int64_t read_error_ns);
