/* sweep.h - a word to each peer, in as many steps as that takes. */
#pragma once

#include "core/node/state.h"

/* Begin with the first slot.  Call when there is something to say to all. */
void sweep_begin(struct sweep *);
/* The next peer to speak to, or NULL: this step has no room for another packet, or all have had
 * their turn, and the sweep is over.  Call until NULL, in each step. */
struct peer *sweep_next(const struct node *, struct sweep *);
/* When to go on: at once, or MONO_NEVER when no sweep is under way.  Call for the step's
 * deadline. */
mono_t sweep_deadline(const struct node *, const struct sweep *);
