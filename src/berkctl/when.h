/* when.h - the time that an operator orders. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Either a time, in ns since 1970, or by how much to move, in ns. */
struct when {
	bool relative;
	int64_t ns;
};

/* Read "2026-11-27 12:00:00" (local; seconds and their fraction may be left out, a T may stand
 * between, a Z behind it says UTC), "@1795780800.5" or "+1.5s", "-2min".  False when @text is
 * none of these. */
bool when_parse(const char *text, struct when *ret);
/* The time that the board's own clock shows, read from @epoch (as
 * /sys/class/rtc/rtc0/since_epoch: whole seconds, so it waits for the next one, up to 1.1 s).
 * @local: that clock keeps local time.  0 or negative errno. */
int when_read_rtc(const char *epoch, bool local, int64_t *ret_ns);
