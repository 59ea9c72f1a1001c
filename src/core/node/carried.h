/* carried.h - can a host that is not here carry a time of this group? */
#pragma once

#include "core/node/state.h"

/* Did we carry a group's time, in this life or before, and do we miss hosts that had it with us?  Call at any
 * time. */
enum carried carried_here(const struct node *);
/* As master: of those who are here, or, if @applied, who are on the line: are they all that are known, or a
 * majority of hosts that never carried a time?  Only then may a line without a bound promise one: nobody can
 * carry a time of this group, for no line with a bound could be made without such a majority.  That they
 * are here is not enough for it: they may be cut off already. */
bool carried_by_no_other(const struct node *, bool applied);
