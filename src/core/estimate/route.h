/* route.h - the path between two hosts as one estimator sees it: did its floors move?
 *
 * Way 0 is outbound (we to the peer), way 1 the return.  All delays are in ns, excesses are counted
 * from the known floor: negative when an exchange was earlier than the floor allows.
 */
#pragma once

#include "core/estimate/cloud.h"
#include "core/estimate/delay.h"
#include "core/estimate/phase.h"

#include <stdbool.h>

#define ROUTE_RUN_LONG 48
#define ROUTE_PLACE_N  4

/* An exchange that was too early, though the path did not change. */
struct route_alarm {
	unsigned way;	  /* that was early, or the earlier one */
	double excess_ns; /* negative */
};

struct route {
	double skew_ns[2];	       /* of the floors: what one way takes longer than before */
	double run[2][ROUTE_RUN_LONG]; /* latest excesses of both ways, a ring */
	unsigned n_run;		       /* excesses that went into it */
	unsigned n_left;	       /* exchanges until the run is over, in doubt or coasting */
	unsigned n_fast;	       /* those of them that were too early */
	bool began_early; /* the run began with @trigger, not with a run of late ones */
	struct route_alarm trigger;
	double alarm_ns[2][ROUTE_PLACE_N]; /* excesses of each way's latest alarms, rings */
	unsigned n_alarms[2];		   /* of each way, since the floors were found or moved */
	unsigned n_changes;		   /* times that the floors moved, or all began anew */
};

/* Call when all begins anew: no run, even floors; counts as a change. */
void route_begin(struct route *);
/* Call when the stamps are of another quality, which has floors of its own: no run, even floors. */
void route_forget(struct route *);
/* Watch for a floor that moved.  Returns the phase from this exchange on.  The exchange may only be
 * weighed when the phase was running and still is: otherwise it is not known where the floor is.
 * None: this exchange and others showed that few packets are fast, and that the floor is theirs, so
 * that all has to begin anew from this one.
 * Call with each exchange that the cloud could weigh: @phase is running, doubting or coasting
 * (asserted), @x its edges against the cloud's moments, @n the exchanges before it. */
enum estimator_phase route_watch(struct route *, enum estimator_phase phase, struct edges x,
				 const struct cloud_moments *, const struct delay_shape *,
				 unsigned n);
/* Move the floors to where the long run saw them: both alike, or one way against the other while
 * the offset is held.  They stay where they are if too few of the run were early.  Call when
 * route_watch() went from coasting to running; asserts that the run is long enough. */
void route_settle(struct route *, struct cloud *, const struct delay_shape *);
