/* invariants.h - what holds of a node after every step, whatever was said to it. */
#pragma once

#include "core/node/state.h"

/* Those invariants that cost nothing to look at, whatever the size of the table: NULL when all
 * hold, else a sentence about one that does not.  Call at the end of node_step(); all of them are
 * in node_broken_invariant() (berk/status.h). */
const char *node_broken_cheap_invariant(const struct node *);
