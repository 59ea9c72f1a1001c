/* owed.h - what the core wants of the clock, beside what the clock has of it.
 *
 * A setter may be silent, or gone.  What could not be set is owed then: it is tried again each
 * second, and people are told once, and once more when it is paid.  A newer wish takes the place
 * of an older one. */
#pragma once

#include "berkd/clock/clock.h"

#include <stdbool.h>

#define OWED_TEXT_MAX 192

struct owed {
	struct clock *clock;
	int64_t freq_ppb; /* wanted; to be put back, too, when another hand has changed it */
	bool freq;	  /* and the clock may have another one */
	int64_t step_ns;  /* 0: none */
	mono_t step_since;
	bool status; /* that nobody vouches for the clock: what does is stale by then */
	struct wall_status word;
	int error; /* of the last try that failed; 0: all is as it is wanted */
	mono_t since, tried;
	char text[OWED_TEXT_MAX]; /* what fails, for people */
};

void owed_init(struct owed *, struct clock *, int64_t freq_ppb);
/* Have the clock set, now or, where that fails, later.  True: it has been changed.  Call for each
 * wish of the core, with the BOOTTIME of now. */
bool owed_freq(struct owed *, int64_t freq_ppb, mono_t now);
bool owed_step(struct owed *, int64_t step_ns, mono_t now);
void owed_status(struct owed *, const struct wall_status *, mono_t now);
/* As clock_check(), before anything is set; what it cannot read is told likewise. */
void owed_look(struct owed *, enum clock_touched *ret, int64_t *ret_value, mono_t now);
/* The clock was stepped by another hand, so the core begins anew: no step is owed. */
void owed_drop_step(struct owed *);
/* When owed_retry() is due; MONO_NEVER: nothing is owed. */
mono_t owed_due(const struct owed *);
/* Try again what is owed.  True: the clock has been changed. */
bool owed_retry(struct owed *, mono_t now);
/* That the clock is not steered, why, and what to do; NULL: it is. */
const char *owed_error(const struct owed *);
