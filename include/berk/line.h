/* line.h - group time as a line over one host's RAW clock, with its hard bound. */
#pragma once

#include "berk/time.h"

#include <stdint.h>

#define BOUND_UNKNOWN INT64_MAX

struct line {
	raw_t r0;
	wall_t g0;	    /* group time at r0 */
	double rate;	    /* k: group time per second of RAW, minus 1 */
	double pull;	    /* of k: what works off the slew that an operator ordered */
	int64_t error_ns;   /* e: hard bound at r0 */
	int64_t growth_ppb; /* g: growth of it per second of age */
	int64_t sd_ns;	    /* one sigma at r0 */
};

/* Group time at RAW instant @r, before r0 as well as after it; held at the ends of int64_t. */
wall_t line_at(const struct line *, raw_t r);
/* Hard bound (ns, 0 or more) of line_at() at @r: it grows both ways from r0, and is held at
 * BOUND_UNKNOWN.  error_ns and growth_ppb must not be negative. */
int64_t line_error(const struct line *, raw_t r);
/* The same line with its origin moved to @r, and its error grown to what it is there.  Call before
 * error_ns or growth_ppb change from @r on. */
void line_rebase(struct line *, raw_t r);
