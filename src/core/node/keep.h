/* keep.h - the line on disk, which a later start of the daemon goes on from. */
#pragma once

#include "core/node/state.h"

/* Call once, from node_init(). */
void keep_init(struct node *, const struct node_saved *);
/* Make it what we have: a line that is lost, or has no bound, is taken from the disk at once;
 * another one, of another founding, ten minutes older, or further away than the bound of that on
 * disk, is saved.  Call at the end of each step, and in the midst of one when the line is lost,
 * before anybody is told. */
void keep_line(struct node *);
/* Save it as it is now.  Call at EV_STOP. */
void keep_last(struct node *);
