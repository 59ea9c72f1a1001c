/* sample.h - what goes into an estimator and what comes out: an exchange, a verdict, an estimate.
 *
 * Sign, here and everywhere: offset = peer's RAW - our RAW, in ns; rate = d(offset)/d(our RAW), in
 * s/s.
 */
#pragma once

#include "berk/reason.h"
#include "berk/time.h"
#include "berk/wire.h"

#include <stdbool.h>
#include <stdint.h>

/* User-space stamps are as coarse, and a kernel stamp's RAW may be as wrong. */
#define STAMP_GRAIN_NS 1000

/* One exchange: org, dst are ours (T1, T4); rec, xmt the peer's (T2, T3).  RFC 5905, section 8. */
struct exchange {
	raw_t org, rec, xmt, dst;
	uint8_t quality; /* the worst of the four stamps, enum stamp_quality */
};

struct estimate {
	raw_t at; /* our RAW */
	int64_t offset_ns;
	double rate;
	double sd_ns; /* one sigma of offset_ns at that instant */
	double rate_sd;
	int64_t lo_ns,
		hi_ns;	   /* hard interval of the offset: Cristian's, widened by 2 max_drift age */
	int64_t delay_ns;  /* smallest round trip of the last few hundred */
	int64_t jitter_ns; /* mean of the delays above it, per direction */
	double wander;	   /* of the rate: the peer's oscillator's and ours, s/s per sqrt(s) */
	unsigned n;	   /* exchanges in use, at most ESTIMATOR_SAMPLES_MAX */
};

#define ESTIMATOR_SAMPLES_MAX 512
