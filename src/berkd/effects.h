/* effects.h - what the core wants done. */
#pragma once

#include "berkd/daemon_private.h"

/* Carry out d->fx, in its order.  Call once after each node_step(). */
void effects_apply(struct daemon *);
/* Tell @n, which is no effect: in the journal, in the history, and to who follows the notices. */
void effects_tell(struct daemon *, const struct notice *n);
