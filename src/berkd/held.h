/* held.h - packets that promise a term which is not on disk yet. */
#pragma once

#include "berk/node.h"

struct held;
struct udp;

/* NULL: no memory. */
struct held *held_new(void);
/* NULL is allowed.  What is held is void. */
struct held *held_free(struct held *);
/* Keep a copy of the packet of an FX_SEND.  When there is no more room the oldest one is lost, as
 * packets are. */
void held_add(struct held *, const struct effect *);
/* Send what is held, in its order; @udp NULL: it is void.  So is what was held for more than a
 * second: what it answers, or asks for, was given up. */
void held_release(struct held *, struct udp *);
