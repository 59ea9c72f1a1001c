/* clock.h - our wall clock: it follows the line, and says how well it does. */
#pragma once

#include "core/node/state.h"

/* E: how far WALL may be from group time at @now, when the clocks read @pair; BOUND_UNKNOWN. */
int64_t clock_bound_ns(const struct node *, mono_t now, struct clock_pair pair);
bool clock_synced(const struct node *, mono_t now, struct clock_pair pair);
/* Follow the line: step at the first join if it may, then the servo; publish the status. */
void clock_follow(struct node *, bool may_step);
/* Step WALL by @step_ns.  Pairs from before are of another epoch. */
void clock_step(struct node *, int64_t step_ns, enum step_cause);
/* We are on group time once (@joined): no further step.  Or not any more: we are new to this group. */
void clock_set_joined(struct node *, bool joined);
/* Another hand stepped WALL, or we slept (@raw_lost): we are a newcomer again. */
void clock_newcomer(struct node *, bool raw_lost);
void clock_init(struct node *, const struct node_saved *);
void clock_reconfigure(struct node *);
void clock_tick(struct node *);
