/* keep.h - the line on disk, which a later start of the daemon goes on from. */
#pragma once

#include "core/node/state.h"

/* Call once, from node_init(). */
void keep_init(struct node *, const struct node_saved *);
/* Make it what we have.  A line that is lost, has no bound, or has outgrown the one on disk is
 * taken from there at once; one of another founding, or ten minutes older, is saved.  Nothing is
 * saved while what our master asks for is refused, and for a minute after that, or after a line was
 * taken off.  Call at the end of each step, and in the midst of one when the line is lost, before
 * anybody is told. */
void keep_line(struct node *);
/* The same at EV_STOP, without waiting until it is due. */
void keep_last(struct node *);
