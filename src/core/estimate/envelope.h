/* envelope.h - what a few exchanges say together of offset, rate and floor, without wander.
 *
 * Offsets and edges are in ns above a base that the caller keeps; rates are in ns/s; times are in
 * seconds.  An edge up bounds the offset from above, an edge dn from below, each less the floor.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define ENVELOPE_MAX  128
#define ENVELOPE_GRID 64

/* The first exchanges: when, and their edges. */
struct envelope {
	unsigned n;
	bool keeps_early; /* few packets are fast: an edge far below the others is no error */
	double scale;	  /* mean queueing delay of one way, ns */
	double at_s[ENVELOPE_MAX], up[ENVELOPE_MAX], dn[ENVELOPE_MAX];
	unsigned n_corners[2];
	uint8_t corner[2][ENVELOPE_MAX]; /* those that bound the offset at some rate: up, dn */
};

/* The posterior of a few exchanges: rates from @from on in steps of @step, and for each the edges
 * of the offset now, [dn, up], and its share, summed up. */
struct envelope_posterior {
	double from, step;
	double up[ENVELOPE_GRID], dn[ENVELOPE_GRID], sum[ENVELOPE_GRID];
	double best;  /* the likeliest rate of all, whatever was known of it */
	double scale; /* mean queueing delay of one way, ns, at least 1 */
	double give;  /* how far below its highest place the floor is, on average, per degree */
};

/* Forget all exchanges.  @keeps_early: it is known that few packets are fast, so that no edge is
 * dropped because it is alone.  Call before the first exchange. */
void envelope_clear(struct envelope *, bool keeps_early);
/* Add an exchange at @at_s, later than the one before it (asserted), with its edges; false, and it
 * is not added, when it is the filter's turn: there is no room, or wander may count by now.  Call
 * when an exchange was taken while starting. */
bool envelope_push(struct envelope *, double at_s, double up, double dn);
/* At the newest exchange's instant.  Rates within +-@limit, positive (asserted); where they
 * agree with the data, rates around @rate with @rate_sd (0: nothing is known).  Edges in error
 * are dropped for good.  Call when there is at least one exchange (asserted). */
void envelope_solve(struct envelope *, double limit, double rate, double rate_sd,
		    struct envelope_posterior *ret);
/* The queueing delays that a posterior makes of the exchanges, ns, out and back in turn: along the
 * likeliest rate, above the floor's mean place.  Returns how many.  Call after envelope_solve(). */
unsigned envelope_excesses(const struct envelope *, const struct envelope_posterior *,
			   double ret[2 * ENVELOPE_MAX]);
/* exp(-@x) for x >= 0, to some per cent. */
double envelope_decay(double x);
