/* expel.h - who is trusted no more is gone at once, and does not wait for a new handshake. */
#pragma once

#include "core/node/state.h"

/* May @p, whose session is open, go on?  If not it is expelled.  Call with each packet of it. */
bool expel_unless_trusted(struct node *, struct peer *p);
/* The lists of members, masters or revoked hosts are others: expel who is not trusted, leave a
 * master that may not lead, and lead no more if we may not.  Call in each step; it does nothing
 * while they are the same. */
void expel_tick(struct node *);
