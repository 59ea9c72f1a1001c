/* leap.h - the leap second that references announce for the end of the UTC day. */
#pragma once

#include "core/node/state.h"

/* What the references announce: by themselves, if we are master, or by what it says.  Told when
 * it changes. */
void leap_set(struct node *, enum leap);
/* Another hand moved our clock by @step_ns.  True: that is the leap second which was announced,
 * and is told as that; false: it is something else.  Call before anything is made of the step. */
bool leap_note_step(struct node *, int64_t step_ns);
