/* hard.h - the hard interval of an offset: what is certain as long as oscillators keep max_drift.
 *
 * Offsets are peer's RAW - our RAW, in ns.  @drift is the largest rate of one oscillator against
 * the other, in s/s, positive: 2 D / (1 - D) with D = max_drift.
 */
#pragma once

#include "core/estimate/sample.h"

/* The offset at our RAW @at_ns is within [lo_ns, hi_ns]. */
struct hard_interval {
	int64_t at_ns, lo_ns, hi_ns;
};

/* Exchanges are looked at twice: when the reply is here, and once their transmit stamps are exact,
 * which is one exchange later.  Each of the two sequences has its own exchange in doubt. */
enum hard_sequence { HARD_EARLY, HARD_EXACT, HARD_N_ };

struct hard {
	bool known;			       /* @common holds at least one exchange */
	struct hard_interval common;	       /* of all exchanges that agree */
	bool in_doubt[HARD_N_];		       /* the last exchange contradicted @common, ... */
	struct hard_interval doubted[HARD_N_]; /* ... and said this */
};

/* Largest change of an offset within @age_ns of either sign, in ns, rounded up. */
int64_t hard_drift_ns(double drift, int64_t age_ns);
/* What one exchange says by itself.  Any stamps at all are taken: lo_ns is above hi_ns where they
 * contradict each other. */
struct hard_interval hard_of(const struct exchange *, double drift);
/* Does @now agree with all exchanges before it?  SAMPLE_OK, SAMPLE_ODD or SAMPLE_JUMP.  Call when a
 * reply is here, before its exact transmit stamp; the common interval stays as it is. */
enum sample_verdict hard_check(struct hard *, const struct hard_interval *now, double drift);
/* The same, and takes @now into the common interval: intersected with it, left out (SAMPLE_ODD), or
 * in its place (SAMPLE_JUMP).  Call when an exchange is complete and its stamps do not contradict
 * each other (asserted). */
enum sample_verdict hard_push(struct hard *, const struct hard_interval *now, double drift);
/* The interval at our RAW @at_ns, with all that may be true while an exchange is in doubt.  Call
 * when at least one exchange is known (asserted). */
struct hard_interval hard_at(const struct hard *, int64_t at_ns, double drift);
