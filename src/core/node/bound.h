/* bound.h - what the line is worth: what may have gone another way meanwhile. */
#pragma once

#include "core/node/state.h"

/* As master: how far (ns, 0 or more) the group may have gone its own way since a majority was last
 * heard to follow us; 0 for all others.  Call when a bound at @now is published. */
int64_t bound_unconfirmed_ns(const struct node *, mono_t now);
/* What our E grows by at most (ppb, 1 or more) while we hear nobody, or after our end, when WALL
 * runs at the line's rate.  Call when there is a line. */
int64_t bound_holdover_ppb(const struct node *);
/* As master: put that into the line's error; it stays there until all of the table follow.  Call
 * when another line may have been followed meanwhile, and when we are about to lead no more. */
void bound_keep_unconfirmed(struct node *);
/* As master, at each count: since when does a majority follow us? */
void bound_confirm(struct node *);
/* As master, new in office: a majority has just elected us.  Group time goes on from our own
 * line; what that may be wrong by goes with it, and what we do not see of the group grows as
 * fast as it did.  Call after timeline_rebase(), when the line has the rate at which we lead. */
void bound_begin(struct node *);
/* As master, once a round: when all of the last known table follows, the line needs no allowance
 * for an older one. */
void bound_settle(struct node *);
/* As master: the correction of a member against the group's line, with its bound.  @ret_wanted:
 * the rate (s/s) that would keep it on that line, which is beyond ret->rate when it takes no
 * more than that.  False, and both undefined, when there is no line or the member is not
 * measured.  Call after its reply. */
bool bound_correction(const struct node *, const struct peer *, struct wire_correct *ret,
		      double *ret_wanted);
