/* servo.h - makes the wall clock follow the line, by frequency alone. */
#pragma once

#include "berk/line.h"
#include "berk/time.h"

#include <stdbool.h>

struct servo_config {
	int64_t slew_ppb_max; /* largest departure from the line's rate */
	int64_t freq_ppb_max; /* largest total frequency the driver takes */
	int64_t interval_ns;  /* nominal time until the next call (the poll) */
};

struct servo {
	struct servo_config config;
	int64_t freq_ppb;     /* last command: wall runs at (1 + freq) against RAW */
	int64_t remainder_ns; /* group - wall at the last call */
	bool slewing;	      /* a remainder is being worked off: call again at the deadline */
};

/* Start at @freq_ppb, which the driver runs at now.  slew_ppb_max must be positive, freq_ppb_max
 * between 1 and 1e9 - 1.  Call before the first step. */
void servo_init(struct servo *, const struct servo_config *, int64_t freq_ppb);
/* Compare @pair with @line; set and return the frequency (ppb of RAW, positive is faster) to use
 * from now on.  @ret_hold_ns: how long this frequency may stand before servo_step() must be
 * called again, so that a silent master never lets a correction run past its end; INT64_MAX when
 * nothing is being worked off.  Call when a line is new, at each poll, and when the hold ends. */
int64_t servo_step(struct servo *, const struct line *line, struct clock_pair pair,
		   int64_t *ret_hold_ns);
