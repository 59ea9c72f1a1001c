/* carried.h - can a host that is not here carry a time of this group? */
#pragma once

#include "core/node/state.h"

/* What is on disk says whether we carried a time before.  Call once, from node_init(). */
void carried_init(struct node *, const struct node_saved *);
/* We carry one now.  Returns how many hosts carry it, ourselves among them, for the disk.  Call
 * with a line that has a bound, when group time is saved. */
unsigned carried_save(struct node *);
/* Are they more than the disk says? */
bool carried_by_more(const struct node *);
/* Did we carry a group's time, in this life or before, and do we miss hosts that had it with us?
 * Call at any time. */
enum carried carried_here(const struct node *);
/* Was it dropped from the table for its silence, so short a time ago that it may still say that
 * it is synchronised?  Its bound has grown by twice max_drift at least. */
bool carried_by(const struct node *, const struct peer *);
/* As master: how many are such?  No majority counts them, for a majority has dropped them.  But
 * who gives a line up must: they keep the old one. */
unsigned carried_elsewhere(const struct node *);
/* As master: of those who are here, or, if @applied, who are on the line: are they all that are
 * known, or a majority of hosts that never carried a time?  Only then may a line without a bound
 * promise one: nobody can carry a time of this group, for no line with a bound could be made
 * without such a majority.  That they are here is not enough for it: they may be cut off
 * already. */
bool carried_by_no_other(const struct node *, bool applied);
