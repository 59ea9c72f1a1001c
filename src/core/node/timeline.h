/* timeline.h - the one writer of the line that our clock follows. */
#pragma once

#include "core/node/state.h"

/* Is our line one with a bound?  A cold start within a minority of those known has none: the others
 * may have a time of their own. */
bool line_bounded(const struct node *);
/* From now on this is our line. */
void timeline_take(struct node *, const struct line *);
/* RAW stood still: there is no line any more. */
void timeline_lose(struct node *);
/* Move the line's origin to now; its error grows accordingly.  Call when there is a line. */
void timeline_rebase(struct node *);
/* As master: group time runs at @rate from the line's origin on. */
void timeline_steer(struct node *, double rate);
/* Its error now is at least, or is more by, or grows by ... */
void timeline_widen_to(struct node *, int64_t error_ns);
void timeline_widen_by(struct node *, int64_t error_ns);
void timeline_set_growth(struct node *, int64_t growth_ppb);
/* As master: all of the table follow this line, so nobody can be off it by an older one. */
void timeline_settle(struct node *);
