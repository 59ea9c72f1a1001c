/* host_clock.h - readings of the host's clocks. */
#pragma once

#include "berk/time.h"

#include <stdint.h>
#include <time.h>

/* The clock @id now, in ns.  Call with a clock that every Linux has; anything else is asserted. */
int64_t host_clock_ns(clockid_t id);
/* The host's RAW and WALL at one instant: the tightest of a few bracketed readings, RAW in its
 * middle.  @ret_width_ns: half the bracket, ns, 0 or more.  Call when both clocks are needed: two
 * single readings may have a scheduler's pause between them. */
void host_clock_pair(struct clock_pair *ret, int64_t *ret_width_ns);
