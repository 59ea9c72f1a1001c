/* envelope.h - what a few exchanges say together of offset, rate and floor, without wander. */
#pragma once

#include "core/estimate/estimator.h"

#define ENVELOPE_GRID 64

/* The posterior of a few exchanges: rates from @from on in steps of @step (ns/s), and for each the
 * edges of the offset now, [dn, up], and its share, summed up. */
struct envelope_posterior {
	double from, step;
	double up[ENVELOPE_GRID], dn[ENVELOPE_GRID], sum[ENVELOPE_GRID];
	double best;  /* the likeliest rate of all, whatever was known of it */
	double scale; /* mean queueing delay of one way, ns */
	double give;  /* how far below its highest place the floor is, on average, per degree */
};

void envelope_clear(struct envelope *);
/* An exchange at @at_s with its edges; false when it is the filter's turn. */
bool envelope_push(struct envelope *, double at_s, double up, double dn);
/* At the newest exchange's instant.  Rates within +-@limit; where they agree with the data, rates
 * around @rate with @rate_sd (ns/s; 0: nothing is known). */
void envelope_solve(struct envelope *, double limit, double rate, double rate_sd,
		    struct envelope_posterior *ret);
/* The queueing delays that a posterior makes of the exchanges, ns, out and back in turn: along the
 * likeliest rate, above the floor's mean place.  Returns how many. */
unsigned envelope_excesses(const struct envelope *, const struct envelope_posterior *,
			   double ret[2 * ENVELOPE_MAX]);
/* exp(-@x) for x >= 0, to some per cent. */
double envelope_decay(double x);
