/* rtc.h - the clock that goes on while the host is off is set from the system's at the end. */
#pragma once

#include "berk/time.h"
#include "berkd/config/config.h"

#include <stdbool.h>

struct rtc_time;

/* Where that clock is; tests have others. */
struct rtc_place {
	const char *device;
	const char *adjtime; /* its third line says UTC or LOCAL; UTC without it */
	const char *name;    /* of the driver; a PC's writes its next second half a second later */
	int (*set)(int fd, const struct rtc_time *);
};
extern const struct rtc_place rtc_host;

/* When, at or after @now, is the clock to be set, so that its next second begins with WALL's?
 * What it is to be set to is the second that this instant lies in. */
wall_t rtc_due(wall_t now, bool pc);
/* Set it, if the kernel says that WALL is synchronised; takes up to a second.  0, or -EAGAIN:
 * WALL is not, or the host is too slow; -EACCES, -ENOENT and so on: it cannot be opened. */
int rtc_save(const struct rtc_place *);
/* The same, as @config wants it: where berkd steers the kernel's clock.  Says what came of it.
 * Call at the end, after the kernel's status is set. */
void rtc_keep(const struct config *config);
