/* settime.h - the group's time as operators order it: the last order, and the slew that carries
 * it out. */
#pragma once

#include "core/node/state.h"

/* Call once, from node_init().  A slew that was under way goes on with the line that was saved;
 * without one, the others say what has become of it. */
void settime_init(struct node *, const struct node_saved *);
/* Is group time being slewed by order?  Then its rate may change by bound_pull_max() without
 * notice. */
bool settime_slews(const struct node *);
/* The last order, with what is left of its slew when our RAW reads @now. */
struct time_order settime_order(const struct node *, raw_t now);
/* The last order is @o now: our master says so, or we lead and have founded the group by it, or
 * without one.  People are told when a slew begins or ends with it. */
void settime_hear(struct node *, const struct time_order *o);

/* How long (ns) it takes to slew group time by @shift_ns; above SLEW_NS_MAX it is not done. */
#define SLEW_NS_MAX (24 * 3600 * NS_PER_S)
int64_t settime_takes_ns(const struct node *, int64_t shift_ns);
/* As master with a line: slew group time by order->shift_ns from where it is, instead of what
 * was ordered before.  Call when all that are known are here, and that takes SLEW_NS_MAX at
 * most. */
void settime_slew(struct node *, const struct time_order *order);
/* As master, new in office: go on with a slew that is under way, where orders of others are
 * taken.  Call before the line's rate is
 * looked at. */
void settime_begin(struct node *);
/* As master with a line, once a round, after timeline_rebase(): the line's rate is that without
 * the slew, until settime_resume(). */
void settime_pause(struct node *);
/* Slew on, or end it.  True: the line's rate is far from what members have heard of it. */
bool settime_resume(struct node *);
