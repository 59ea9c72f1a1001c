/* lesson.h - what the exchanges with one peer tell of the clocks of the others.
 *
 * A lesson is what the last exchange changed in one estimate; a hint is what the lessons of the
 * others say of this one (joint.c makes the one of the other).  Offsets are peer's RAW - our RAW,
 * in ns; rates are their change per our RAW, in ns/s.  A covariance is {offset, both, rate}.
 */
#pragma once

#include "berk/time.h"

#include <stdbool.h>
#include <stdint.h>

struct cloud_moments;

struct lesson {
	bool valid; /* the exchange moved the estimate and did not begin it anew */
	raw_t at;
	double shift[2];	    /* of the mean of offset and rate */
	double before[3], after[3]; /* covariance */
};

/* Call before the cloud weighs an exchange at our RAW @at_ns: keeps what is known until then. */
void lesson_begin(struct lesson *, int64_t at_ns, const struct cloud_moments *);
/* Call after it did: the lesson is valid now. */
void lesson_end(struct lesson *, const struct cloud_moments *);

/* All hints since the last exchange, added up. */
struct hint {
	bool told; /* there is one */
	int64_t at_ns;
	double shift[2]; /* add to the mean */
	double lost[3];	 /* take off the covariance */
};

/* Add what was told at our RAW @at_ns; a little earlier than the last hint does no harm. */
void hint_add(struct hint *, int64_t at_ns, const double shift[2], const double lost[3]);
/* Carry the hints to @at_ns.  Call when the cloud is about to take them; asserts that there are
 * any. */
void hint_carry(struct hint *, int64_t at_ns);
/* Call when the cloud has taken them, or begins anew. */
void hint_clear(struct hint *);
