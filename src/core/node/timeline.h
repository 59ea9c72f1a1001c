/* timeline.h - the one writer of the line that our clock follows. */
#pragma once

#include "core/node/state.h"

/* Is our line one with a bound?  A founding within a minority of those known has none: the others
 * may have a time of their own.  Call before others are asked to follow it. */
bool line_bounded(const struct node *);
/* Group time less WALL, ns, when the clocks read @pair: what the servo has still to work off.  0
 * when there is no line. */
int64_t line_remainder_ns(const struct node *, struct clock_pair pair);
/* From now on this is our line; its error and its growth are 0 or more.  Call when a correction is
 * taken, and as master at a founding. */
void timeline_take(struct node *, const struct line *);
/* Call once, from node_init(). */
void timeline_init(struct node *, const struct node_saved *);
/* The line of the daemon before us, over the same RAW, goes on; what it may be wrong by grows as
 * that daemon knew, and no more slowly than for a member without a master.  Call when we start,
 * if there was one. */
void timeline_restore(struct node *);
/* There is no line any more.  Call when RAW stood still. */
void timeline_lose(struct node *);
/* Move the line's origin to now; its error grows accordingly.  Call when there is a line. */
void timeline_rebase(struct node *);
/* As master: group time runs at @rate (s/s, over RAW) from the line's origin on.  Call when there
 * is a line, after timeline_rebase(). */
void timeline_steer(struct node *, double rate);
/* As member: from now on the line runs at @rate, which our own oscillator says.  Call when there is
 * a line. */
void timeline_run_free(struct node *, double rate);
/* As master: from the line's origin on its rate is @pull (s/s) more than without an ordered
 * slew, instead of what it was more before; it is held within @limit either way.  Call when
 * there is a line, after timeline_rebase(). */
void timeline_pull(struct node *, double pull, double limit);
/* The line's error is at least @error_ns (0 or more).  Call when there is a line, after
 * timeline_rebase(). */
void timeline_widen_to(struct node *, int64_t error_ns);
/* The line's error is more by @error_ns (0 or more).  As master. */
void timeline_widen_by(struct node *, int64_t error_ns);
/* The line's error grows by @growth_ppb (0 or more) from its origin on.  Call when there is a
 * line, after timeline_rebase(). */
void timeline_set_growth(struct node *, int64_t growth_ppb);
/* As master: all of the table follow this line, so nobody can be off it by an older one. */
void timeline_settle(struct node *);
