/* phc_track.h - a NIC's clock (PHC) against RAW: a line through the last readings, and how far to
 * trust it.  It makes no system call, so tests drive it with readings of their own. */
#pragma once

#include "berk/time.h"

#include <stdbool.h>

#define PHC_READINGS	 8
#define PHC_ERROR_NS_MAX (20 * NS_PER_US) /* beyond, a software stamp is as good */

/* One bracketed reading: the PHC showed @phc_ns at @raw, give or take @error_ns (half the
 * bracket). */
struct phc_reading {
	int64_t phc_ns;
	raw_t raw;
	int64_t error_ns;
};

/* All zero: nothing is known. */
struct phc_track {
	struct phc_reading reading[PHC_READINGS]; /* oldest first */
	unsigned n;
	/* RAW = raw + (1 + rate) * (PHC - phc_ns) */
	int64_t phc_ns;
	raw_t raw;
	double rate;
};

/* Is it time for a reading?  Every second; more often while there are few.  Call for each stamp. */
bool phc_track_due(const struct phc_track *, raw_t now);
/* Take a reading, later than all before.  Call when one is due.  0: it fits; 1: the PHC has jumped,
 * all before is forgotten; -ERANGE: its bracket is too wide, -EINVAL: it is not later; then it is
 * not taken. */
int phc_track_add(struct phc_track *, const struct phc_reading *);
/* RAW at which the PHC showed @phc_ns; @ret_error_ns: give or take.  Call with a stamp of the last
 * seconds.  -EAGAIN: no reading yet;
 * -ESTALE: from before the oldest reading (the PHC may have jumped in between) or long after the
 * newest; -ERANGE: the error would be beyond PHC_ERROR_NS_MAX. */
int phc_track_to_raw(const struct phc_track *, int64_t phc_ns, raw_t *ret, int64_t *ret_error_ns);
