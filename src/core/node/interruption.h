/* interruption.h - what breaks the time of this host: another hand, a sleep, another machine. */
#pragma once

#include "core/node/state.h"

/* Another hand stepped WALL, or RAW did not go on as it was: we join anew.  Call at
 * EV_CLOCK_STEPPED. */
void interruption_begin(struct node *, const struct node_event *);
/* Another hand changed how WALL is steered: it is put back.  Call at EV_CLOCK_TOUCHED. */
void interruption_undo(struct node *, const struct node_event *);
