/* words_clock.c - words and texts for what happens to a clock. */
#include "common/words.h"

#include "berk/reason.h"

#include <stddef.h>

const char *const words_step_cause[] = {
	[STEP_FIRST_JOIN] = "first-join",
	[STEP_BY_ORDER] = "by-order",
	[STEP_FOUNDING] = "founding",
	[STEP_NO_BOUND] = "no-bound",
	[STEP_MAX_] = NULL,
};

const char *const texts_step_cause[] = {
	[STEP_FIRST_JOIN] = "first join",
	[STEP_BY_ORDER] = "by order",
	[STEP_FOUNDING] = "the group has found its date anew",
	[STEP_NO_BOUND] = "the group that this host had joined had no bound yet",
	[STEP_MAX_] = NULL,
};

const char *const words_interruption[] = {
	[INTERRUPTION_NONE] = "none",
	[INTERRUPTION_CLOCK_SET] = "clock-set",
	[INTERRUPTION_SUSPEND] = "suspend",
	[INTERRUPTION_MIGRATION] = "live-migration",
	[INTERRUPTION_RESTORE] = "snapshot-restored",
	[INTERRUPTION_MAX_] = NULL,
};

const char *const texts_interruption[] = {
	[INTERRUPTION_NONE] = "nothing happened to it",
	[INTERRUPTION_CLOCK_SET] = "another hand set its clock",
	[INTERRUPTION_SUSPEND] = "it was suspended",
	[INTERRUPTION_MIGRATION] =
		"live migration: its hypervisor says that its processor's counter was disrupted",
	[INTERRUPTION_RESTORE] =
		"snapshot restored: its hypervisor says that it goes on from an earlier state",
	[INTERRUPTION_MAX_] = NULL,
};

const char *const words_clock_touched[] = {
	[CLOCK_UNTOUCHED] = "nothing",	   [CLOCK_TOUCHED_FREQ] = "frequency",
	[CLOCK_TOUCHED_STATUS] = "status", [CLOCK_TOUCHED_OFFSET] = "offset",
	[CLOCK_TOUCHED_STEP] = "step",	   [CLOCK_TOUCHED_MAX_] = NULL,
};

const char *const texts_clock_touched[] = {
	[CLOCK_UNTOUCHED] = "left the clock alone",
	[CLOCK_TOUCHED_FREQ] = "set the clock's frequency",
	[CLOCK_TOUCHED_STATUS] = "changed the clock's status",
	[CLOCK_TOUCHED_OFFSET] = "began to slew the clock",
	[CLOCK_TOUCHED_STEP] = "stepped the clock",
	[CLOCK_TOUCHED_MAX_] = NULL,
};
