/* estimator.h - how far and how fast a member's RAW clock runs from ours, from two-way exchanges.
 *
 * Sign, here and everywhere: offset = peer's RAW - our RAW; rate = d(offset)/d(our RAW), in s/s.
 * Only stamps of free oscillators come in, so nothing that is steered can bend the line.
 */
#pragma once

#include "berk/time.h"
#include "berk/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One exchange: org, dst are ours (T1, T4); rec, xmt the peer's (T2, T3).  RFC 5905, section 8. */
struct exchange {
	raw_t org, rec, xmt, dst;
	uint8_t quality; /* the worst of the four stamps, enum stamp_quality */
};

enum sample_verdict {
	SAMPLE_OK = 0,
	SAMPLE_ORDER, /* dst before org, xmt before rec, or beyond what drift allows: negative delay
		       */
	SAMPLE_DELAY, /* round trip above delay_ns_max */
	SAMPLE_OLD,   /* not newer than the last one */
	SAMPLE_ODD,   /* contradicts the hard interval: left out, as a stamp may be in error; until
		       * the next is here the interval holds both */
	SAMPLE_JUMP,  /* the second in a row: peer's or our RAW jumped; history was dropped */
};

struct estimate {
	raw_t at; /* our RAW */
	int64_t offset_ns;
	double rate;
	double sd_ns; /* one sigma of offset_ns at @at */
	double rate_sd;
	int64_t lo_ns, hi_ns; /* hard interval of the offset at @at: Cristian, widened by 2 *
				 max_drift * age */
	int64_t delay_ns;     /* smallest round trip in the window */
	int64_t jitter_ns;    /* mean of the delays above it, per direction */
	double wander;	      /* of the rate: the peer's oscillator's and ours, s/s per sqrt(s) */
	unsigned n;	      /* exchanges in use */
};

#define ESTIMATOR_SAMPLES_MAX 512

struct estimator_config {
	int64_t max_drift_ppb; /* of each oscillator against true time */
	int64_t delay_ns_max;  /* exchanges slower than this are refused */
};

/* What the last exchange changed: mean and covariance of (offset, rate), in ns and ns/s. */
struct lesson {
	bool valid; /* it moved the estimate and did not begin it anew */
	raw_t at;
	double shift[2];
	double before[3], after[3]; /* {offset, both, rate} */
};

#include "core/estimate/estimator_private.h" /* struct estimator: caller's storage, at most 32 KiB */

void estimator_init(struct estimator *, const struct estimator_config *);
/* From now on; what was learnt stays. */
void estimator_configure(struct estimator *, const struct estimator_config *);
/* Tell what a predecessor knew (failover): counts like data of that weight until real samples
 * outweigh it. Not part of the hard interval. */
void estimator_prime(struct estimator *, const struct estimate *prior);
enum sample_verdict estimator_push(struct estimator *, const struct exchange *);
/* Before its exact transmit stamps are here (what there is instead is earlier, never later): does
 * it contradict all before it?  SAMPLE_OK, SAMPLE_ODD (leave it out), SAMPLE_JUMP (begin anew). */
enum sample_verdict estimator_check(struct estimator *, const struct exchange *);
/* Was the last one that was checked left out? */
bool estimator_odd(const struct estimator *);
/* The line at instant @at; false while there is no sample. */
bool estimator_at(const struct estimator *, raw_t at, struct estimate *ret);
const struct lesson *estimator_lesson(const struct estimator *);
/* What others' exchanges say of this peer (joint.h): @shift of the mean, @lost of the covariance,
 * at
 * @at.  No sample yet: ignored. */
void estimator_hint(struct estimator *, raw_t at, const double shift[2], const double lost[3]);
unsigned estimator_count(const struct estimator *);
/* How often the path was seen to change, or all began anew. */
unsigned estimator_routes(const struct estimator *);
/* The path seems to have changed; the next exchanges tell how. */
bool estimator_doubts(const struct estimator *);
