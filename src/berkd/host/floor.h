/* floor.h - the earliest and the latest time that it can be, as this host can prove. */
#pragma once

#include "berk/time.h"

/* Files whose time of change is a time that is past, NULL at the end: systemd itself, its clock
 * epoch, and the clock that systemd-timesyncd keeps. */
extern const char *const floor_files[];

/* The latest of: the date of this build, @saved (group time when it was last on disk; INT64_MIN:
 * never) and the times of those of @files that there are.  What is beyond ceiling_of_time() is
 * no evidence and is told in the journal. */
wall_t floor_of_time(wall_t saved, const char *const files[]);
/* What systemd sets a clock to that is behind it at boot: the latest of @files.  0: none is
 * there. */
wall_t reset_of_time(const char *const files[]);
/* No order may set the clock to an earlier time, which would be wrong after a restart again: the
 * date of this build, or of one of floor_files. */
wall_t earliest_order(void);
/* Thirty years after the build: a clock beyond it is broken. */
wall_t ceiling_of_time(void);
