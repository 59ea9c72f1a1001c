/* doubt.h - a master's word against its word before, and against that of others. */
#pragma once

#include "core/node/state.h"

/* Call once, before any other. */
void doubt_init(struct node *);
/* Another master is followed: it is not doubted for what the one before said.  Call before our line
 * is its own, or lost. */
void doubt_begin(struct node *);
/* Nothing that was said of our clock holds any more.  Call when our line is lost, or ordered. */
void doubt_forget(struct node *);
/* As member, before @line of our master is taken: false, it contradicts the best that we took, and
 * others are asked first, or our master is condemned. */
bool doubt_allows(struct node *, const struct line *);
/* What our master says from now on is held against @line, if that is the best one.  Call when it
 * was taken. */
void doubt_keep(struct node *, const struct line *);
/* Is our master to be left?  True once.  It is not followed again for a minute.  Call when a
 * correction came. */
bool doubt_condemns(struct node *);
