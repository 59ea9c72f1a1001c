/* bound.h - what the line is worth: what may have gone another way meanwhile. */
#pragma once

#include "core/node/state.h"

#define REFERENCE_SLEW 500e-6 /* how fast group time may follow references, beyond their rate */

/* As master: how far the group may have gone its own way since a majority was last heard to follow
 * us, ns; 0 for all others. */
int64_t bound_unconfirmed_ns(const struct node *, mono_t now);
/* As master: put that into the line's error; it stays there until all of the table follow. */
void bound_keep_unconfirmed(struct node *);
/* As master: look since when a majority follows us. */
void bound_confirm(struct node *);
/* We became master now. */
void bound_begin(struct node *);
/* As master: what all of the last known table follows needs no allowance for an older line. */
void bound_settle(struct node *);
/* As master: the correction of @p against the group's line, with its bound; false: not measured. */
bool bound_correction(const struct node *, const struct peer *, struct wire_correct *ret);
