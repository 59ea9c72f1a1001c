/* clock.h - our wall clock: it follows the line, and says how well it does. */
#pragma once

#include "core/node/state.h"

#define SETTLED_LINES 4 /* that a member has followed before it may be settled */

/* The frequency that is on disk, if any, and nothing to follow.  Call once, from node_init(), when
 * the configuration is in place. */
void clock_init(struct node *, const struct node_saved *);
/* Call when the configuration has changed. */
void clock_reconfigure(struct node *);
/* Call in each step: the servo's next adjustment, the status, the drift file. */
void clock_tick(struct node *);
/* When that is to be called next.  MONO_NEVER without a line. */
mono_t clock_deadline(const struct node *);
/* Follow the line: step at the first join if it @may_step, then the servo; publish the status.
 * A first join that date.h forbids, or that is a second step, is refused and told.  Does nothing
 * without a line.  Call when the line is another one. */
void clock_follow(struct node *, bool may_step);
/* Step WALL by @step_ns (group minus wall).  Pairs from before are of another epoch.  Call when
 * there is a line, in mode steer. */
void clock_step(struct node *, int64_t step_ns, enum step_cause);
/* We are on group time once (@joined): no further step.  Or not any more: we are new to this
 * group.  Call with @joined when there is a line. */
void clock_set_joined(struct node *, bool joined);
/* We are a newcomer again, and people are shown why; INTERRUPTION_NONE: a leap second moved
 * WALL.  Call when another hand stepped WALL, or when RAW was interrupted. */
void clock_newcomer(struct node *, enum interruption why);
/* Our line is lost, of another founding or with RAW: we follow nothing, and say so.  Call after
 * timeline_lose(). */
void clock_leave(struct node *);
/* Nobody has vouched for WALL yet: the kernel must not either.  Call at EV_START. */
void clock_start(struct node *);
/* The frequency goes to the line's and is saved; what the kernel says of WALL from now on, it
 * says for ever.  Call at EV_STOP. */
void clock_stop(struct node *);
/* Our line is about to be given up for a date: it counts with the orders that others gave, unless
 * nothing was promised of it and this clock has not stepped yet.  Call before the line is lost. */
void clock_note_founding(struct node *);
/* If the one step of a newcomer is spent, another is allowed, and told with its cause:
 * STEP_FOUNDING, call when the group finds its date anew; STEP_NO_BOUND, call when we leave a
 * group that promised no bound yet: once a boot. */
void clock_allow_step(struct node *, enum step_cause);
/* E: how far (ns, 0 or more) WALL may be from group time at @now, when the clocks read @pair;
 * BOUND_UNKNOWN without a line.  Call when it is published. */
int64_t clock_bound_ns(const struct node *, mono_t now, struct clock_pair pair);
/* Is that bound small enough, on a clock that has joined, to be called synchronised?  Call when it
 * is published. */
bool clock_synced(const struct node *, mono_t now, struct clock_pair pair);
