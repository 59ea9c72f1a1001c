/* effects.h - what the core wants done. */
#pragma once

#include "berkd/daemon_private.h"

/* Carry out d->fx, in its order.  Call once after each node_step(). */
void effects_apply(struct daemon *);
