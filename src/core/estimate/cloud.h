/* cloud.h - the filter's hypotheses of (offset, rate, floor, wander), moved, weighed, renewed. */
#pragma once

#include "core/estimate/estimator.h"

/* Edges that one exchange puts on the state, in ns above the base: the offset is at most
 * @up - floor and at least @dn + floor. */
struct edges {
	double up, dn;
};

/* What cloud_weigh() saw. */
struct evidence {
	double inside;		 /* weight of the hypotheses that the sample does not contradict */
	double effective;	 /* number of hypotheses that share the weight */
	double hat[DELAY_NODES]; /* for delay_learn() */
	double mean[2];
};

struct envelope_posterior;

/* Drawn anew from what the first exchanges say and what is known otherwise: @offset with @offset_sd
 * (0: nothing). */
void cloud_start(struct cloud *, const struct envelope_posterior *, double offset,
		 double offset_sd);
/* Let @dt_s pass and count offsets from @shift_ns higher; @wander_min: as small as is believed. */
void cloud_move(struct cloud *, double dt_s, double shift_ns, double wander_min,
		double floor_step_ns);
/* Put offsets, and what hangs on them, where the edges allow: the prediction was far wider. */
void cloud_redraw(struct cloud *, struct edges);
void cloud_weigh(struct cloud *, const struct delay_shape *, struct edges, unsigned phase,
		 struct evidence *ret);
void cloud_measure(struct cloud *);
/* Equal weights again.  @kernel: share of the spread that is drawn anew. */
void cloud_resample(struct cloud *, double kernel);
/* The mean moved by @shift and the covariance of (offset, rate) less by @lost, as far as possible.
 */
void cloud_regress(struct cloud *, const double shift[2], const double lost[3]);
/* Spread wider by the share @by. */
void cloud_widen(struct cloud *, double by);
/* Twice the spread, and more wander: the samples contradict every hypothesis. */
void cloud_unsettle(struct cloud *);
/* Floors: all by @by_ns, less an exponential of mean @spread_ns each; those above @top_ns to below
 * it likewise; or all anew, anywhere below @top_ns. */
void cloud_shift_floors(struct cloud *, double by_ns, double spread_ns);
void cloud_cap_floors(struct cloud *, double top_ns, double spread_ns);
void cloud_forget_floors(struct cloud *, double top_ns);
