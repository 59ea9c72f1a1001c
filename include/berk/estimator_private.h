/* estimator_private.h - inside of struct estimator, so that callers can give it storage.
 * Nothing here is for use outside estimator.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* One exchange, reduced: the offset at @at lies between @dn and @up, but for drift in transit. */
struct estimator_sample {
	int64_t at; /* our RAW, middle of org and dst */
	int64_t up; /* rec - org: offset + outbound delay */
	int64_t dn; /* xmt - dst: offset - return delay */
};

/* A hard interval: the offset at @at is within [lo, hi]. */
struct estimator_interval {
	int64_t at, lo, hi;
};

struct estimator {
	struct estimator_config config;
	struct estimator_sample ring[ESTIMATOR_SAMPLES_MAX];
	unsigned n, next; /* samples kept; slot of the next */
	struct estimator_interval hard;
	uint8_t quality;
	struct estimate prior;
	bool has_prior;
	/* The line, as of @at. */
	int64_t at, base_ns;	     /* offset = base_ns + shift_ns */
	double shift_ns, rate;	     /* ns, s/s */
	double var, cov, rate_var;   /* of (shift, rate): ns^2, ns, 1 */
	double rate_wander;	     /* growth of rate_var per ns of age */
	int64_t delay_ns, jitter_ns; /* of the window in use */
	unsigned n_used;
};
