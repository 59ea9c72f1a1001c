/* timescale.h - the arithmetic between RAW and WALL that the clock drivers share. */
#pragma once

#include "berk/time.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define CLOCK_FREQ_PPB_MAX INT64_C(100000000) /* what ADJ_TICK reaches: +-10 % */

/* How timex holds a frequency: ticks of 1/USER_HZ in us (10000 +- 1000), and ppm * 2^16. */
struct timex_freq {
	long tick;
	long freq;
};
/* The nearest setting to @freq_ppb.  Call with |freq_ppb| <= CLOCK_FREQ_PPB_MAX, which is asserted.
 * freq stays within half a tick step (50 ppm), far inside the kernel's 500 ppm. */
struct timex_freq timex_freq_from_ppb(int64_t freq_ppb);
/* What a setting means: departure from RAW's rate, s/s and rounded to ppb.  Call with any setting
 * that timex can hold. */
double timex_freq_rate(struct timex_freq);
int64_t timex_freq_to_ppb(struct timex_freq);

/* @ns as seconds and a remainder in [0, 1e9): what ADJ_SETOFFSET wants of a negative step.  Call
 * with any number. */
struct timespec timex_offset(int64_t ns);

/* The last two frequencies of WALL against RAW with the instants they began, and the last step:
 * enough to follow a stamp of the recent past back to RAW. */
struct rate_history {
	double rate[2]; /* [0] in force since @since, [1] before */
	raw_t since;
	raw_t before;  /* [1] was in force since then; what was before it is not known */
	raw_t stepped; /* last step of WALL; ns INT64_MIN: never */
};
/* Begin with @rate (s/s).  Call first. */
void rate_history_init(struct rate_history *, double rate, raw_t now);
/* Call after each change of frequency, with the rate from @now on. */
void rate_history_set(struct rate_history *, double rate, raw_t now);
/* Call after each step of WALL. */
void rate_history_stepped(struct rate_history *, raw_t now);
/* RAW at which WALL showed @stamp.  Call with a stamp from not long before @now: -ESTALE when a
 * step, two changes of the frequency, or more than a few seconds, lie between. */
int rate_history_to_raw(const struct rate_history *, struct clock_pair now, wall_t stamp,
			raw_t *ret);

/* Learns how fast a WALL that somebody else steers runs against RAW, from readings alone. */
struct rate_tracker {
	struct clock_pair base;
	struct rate_history history;
};
/* Begin with no rate.  Call first. */
void rate_tracker_init(struct rate_tracker *, struct clock_pair now);
/* Call with each reading, also before a stamp is made RAW: it notices a step at once.  A rate is
 * measured over a second, or more, so most readings change nothing else. */
void rate_tracker_update(struct rate_tracker *, struct clock_pair now);
