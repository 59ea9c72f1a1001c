/* phc_device.h - one /dev/ptpN: opening and reading it against RAW. */
#pragma once

#include "berkd/clock/clock.h"
#include "berkd/clock/phc_track.h"

/* How a PHC is read, best first. */
enum phc_method {
	PHC_PRECISE,	  /* cross time stamp by the hardware */
	PHC_EXTENDED_RAW, /* brackets of RAW (Linux 6.12) */
	PHC_EXTENDED,	  /* brackets of WALL */
	PHC_BASIC,	  /* brackets of WALL with the bus inside */
	PHC_METHODS
};

/* File descriptor of /dev/ptp@index, or negative errno.  Call once for each clock; close() ends
 * it. */
int phc_device_open(int index);
/* One reading, the tightest of a few.  @method: where to begin; advanced past what the kernel or
 * the NIC does not have, so call with the same variable each time, at first PHC_PRECISE.
 * -EOPNOTSUPP when no method is left; other negative errno. */
int phc_device_read(int fd, enum phc_method *method, struct clock *, struct phc_reading *ret);
