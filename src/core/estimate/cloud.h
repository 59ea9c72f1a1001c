/* cloud.h - the filter's hypotheses of (offset, rate, floor, wander), moved, weighed, renewed.
 *
 * Offsets are peer's RAW - our RAW in ns above the base that the caller keeps; rates are in ns/s;
 * floors are the smallest one-way delay, in ns.  Every function but cloud_start() is called when
 * the cloud was drawn.  Weights add up to 1.
 */
#pragma once

#include "core/estimate/delay.h"

#include <stdint.h>

#ifndef CLOUD_SIZE
#define CLOUD_SIZE 512 /* particles: half as many lose 2 to 26 %, more are beyond 32 KiB */
#endif

/* Mean and covariance of the cloud.  Order: offset, rate, floor. */
struct cloud_moments {
	double mean[3], cov[3][3];
	double wander_var; /* mean square of the wander, ns^2/s^3 */
};

struct cloud {
	uint64_t random;
	double offset[CLOUD_SIZE];
	double rate[CLOUD_SIZE];
	double floor[CLOUD_SIZE];
	double weight[CLOUD_SIZE];
	uint8_t wander[CLOUD_SIZE];
	struct cloud_moments moments;
};

/* Edges that one exchange puts on the state, in ns above the base: the offset is at most
 * @up - floor and at least @dn + floor. */
struct edges {
	double up, dn;
};

/* What cloud_weigh() saw. */
struct evidence {
	double inside;	  /* weight of the hypotheses that the exchange does not contradict */
	double effective; /* number of hypotheses that share the weight */
	double hat[DELAY_NODES]; /* for delay_learn() */
	double mean[2];
};

struct envelope_posterior;

/* Draw the cloud from what the first exchanges say and what is known otherwise: @offset with
 * @offset_sd, in ns (0 or less: nothing is known).  Call while starting. */
void cloud_start(struct cloud *, const struct envelope_posterior *, double offset,
		 double offset_sd);
/* Let @dt_s pass, positive (asserted), and count offsets from @shift_ns higher.  No hypothesis
 * wanders less than @wander_min, in ppb per root of a second; floors step by @floor_step_ns.  Call
 * when an exchange is here, before it is weighed, and measure after it. */
void cloud_move(struct cloud *, double dt_s, double shift_ns, double wander_min,
		double floor_step_ns);
/* Put offsets, and what hangs on them, where the edges allow.  Call when the prediction was far
 * wider than the edges. */
void cloud_redraw(struct cloud *, struct edges);
/* Weigh each hypothesis by the delays that it makes of an exchange.  @phase, any number that grows
 * by one, chooses the quarter of the cloud that tells of the delays' shape.  Measure after it. */
void cloud_weigh(struct cloud *, const struct delay_shape *, struct edges, unsigned phase,
		 struct evidence *ret);
/* Find the moments.  Call when hypotheses or weights have changed. */
void cloud_measure(struct cloud *);
/* Make the weights equal again.  @kernel: share of the spread that is drawn anew, between 0 and 1
 * (asserted).  Call when few hypotheses share the weight, and the moments are measured. */
void cloud_resample(struct cloud *, double kernel);
/* Move the mean of (offset, rate) by @shift and take @lost off its covariance, as far as possible.
 * Call when other exchanges told of it. */
void cloud_regress(struct cloud *, const double shift[2], const double lost[3]);
/* Spread the cloud wider by the share @by, positive (asserted). */
void cloud_widen(struct cloud *, double by);
/* Twice the spread, and more wander.  Call when the exchanges contradict every hypothesis. */
void cloud_unsettle(struct cloud *);
/* Move all floors up by @by_ns (of either sign) less an exponential of mean @spread_ns each.  Call
 * when the path changed both ways. */
void cloud_shift_floors(struct cloud *, double by_ns, double spread_ns);
/* Put the floors that are above @top_ns below it, by an exponential of mean @spread_ns each.  Call
 * when no floor can be above. */
void cloud_cap_floors(struct cloud *, double top_ns, double spread_ns);
/* Draw all floors anew, anywhere between 0 and @top_ns.  Call when the stamps are of another
 * quality. */
void cloud_forget_floors(struct cloud *, double top_ns);
