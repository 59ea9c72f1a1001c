/* estimator_private.h - inside of struct estimator, so that callers can give it storage.
 * Nothing here is for use outside estimator.c, cloud.c, delay.c and envelope.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifndef CLOUD_SIZE
#define CLOUD_SIZE 512 /* particles: half as many lose 2 to 26 %, more are beyond 32 KiB */
#endif
#define DELAY_NODES    22
#define ROUTE_RUN_LONG 48

/* What one direction's delays look like above their floor, learnt; see delay.c. */
struct delay_shape {
	double scale[2]; /* mean excess over the floor, ns: outbound, return */
	double count[DELAY_NODES];
	double density[DELAY_NODES]; /* of excess / scale, at each node */
};

/* Mean and covariance of the cloud.  Order: offset, rate, floor. */
struct cloud_moments {
	double mean[3], cov[3][3];
	double wander_var; /* mean square of the wander, ns^2/s^3 */
};

/* Weighted hypotheses of the state; see cloud.c. */
struct cloud {
	uint64_t random;
	double offset[CLOUD_SIZE]; /* ns, above estimator.base_ns */
	double rate[CLOUD_SIZE];   /* ns/s */
	double floor[CLOUD_SIZE];  /* smallest one-way delay, ns */
	double weight[CLOUD_SIZE]; /* sum 1 */
	uint8_t wander[CLOUD_SIZE];
	struct cloud_moments moments;
};

#define ENVELOPE_MAX 128

/* The first exchanges: when, and their edges; see envelope.c. */
struct envelope {
	unsigned n;
	double scale; /* mean queueing delay of one way, ns */
	double at_s[ENVELOPE_MAX], up[ENVELOPE_MAX], dn[ENVELOPE_MAX];
	unsigned n_corners[2];
	uint8_t corner[2][ENVELOPE_MAX]; /* those that bound the offset at some rate: up, dn */
};

/* A hard interval: the offset at @at is within [lo, hi]. */
struct hard_interval {
	int64_t at, lo, hi;
};

struct estimator {
	struct estimator_config config;
	struct cloud cloud;
	struct delay_shape shape;
	int64_t at;	 /* our RAW of the newest sample */
	int64_t base_ns; /* the cloud's offsets count from here: no precision is lost on years */
	unsigned n;	 /* exchanges since the start or the last jump */
	struct hard_interval hard;
	struct hard_interval other[2]; /* of an exchange that contradicts it: see hard_agrees() */
	bool odd[2];
	struct envelope start; /* until it is full */
	int64_t start_at;      /* its times count from here */
	bool starting;
	unsigned shape_from; /* the stamps have been of this quality since so many exchanges */
	double interval_s;   /* mean time between samples */
	double skew_ns[2];   /* of the floors, by one-way route changes: outbound, return */
	int64_t trip_ns[2];  /* smallest round trip of this epoch and of the last */
	unsigned trip_n;
	int64_t trip_least; /* smallest ever, and how many in a row were far below it */
	unsigned n_better;
	unsigned n_routes;	       /* times that the path changed, or all began anew */
	unsigned n_outliers;	       /* samples that contradict the cloud; leaks */
	double run[2][ROUTE_RUN_LONG]; /* latest excesses over the floor, ns */
	unsigned run_n;
	unsigned n_coast, n_fast; /* exchanges until a new floor is known; fast ones among them */
	bool slower;		  /* it is higher than the old one */
	uint8_t quality;
	unsigned n_worse; /* stamps of lower quality in a row */
	struct lesson lesson;
	struct {
		int64_t at;
		double shift[2], lost[3];
	} hint; /* since the newest sample */
	struct estimate prior;
	bool has_prior;
};
