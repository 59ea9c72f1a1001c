/* doubt.h - a master's word against its word before, and against that of others. */
#pragma once

#include "core/node/state.h"

/* Call once, before any other. */
void doubt_init(struct node *);
/* As member, before @line of our master is taken: false, it contradicts the one that we have, and
 * others are asked first.  They had their time when it says the same a while later: then it is
 * taken, or our master is condemned. */
bool doubt_allows(struct node *, const struct line *);
/* Is our master to be left?  True once.  It is not followed again for a minute.  Call when a
 * correction came. */
bool doubt_condemns(struct node *);
