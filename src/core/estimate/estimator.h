/* estimator.h - how far and how fast a peer's RAW clock runs from ours, from two-way exchanges.
 *
 * Only stamps of free oscillators come in, so nothing that is steered can bend the line.  Signs and
 * units stand in sample.h.  These functions feed an estimator; estimator_view.h asks it.
 */
#pragma once

#include "core/estimate/sample.h"

#include <stddef.h>

struct estimator_config {
	int64_t max_drift_ppb; /* of each oscillator against true time: 1 to 249 999 999 */
	int64_t delay_ns_max;  /* exchanges slower than this are refused; positive */
};

/* Its size is estimator_size() of berk/node.h, at most 32 KiB; its storage is the caller's. */
struct estimator;

/* The estimator number @i of an array of them. */
struct estimator *estimator_slot(struct estimator *array, size_t i);
/* Call when a peer gets this storage, or nothing that was learnt of it holds any more.  Asserts the
 * ranges of the configuration. */
void estimator_init(struct estimator *, const struct estimator_config *);
/* Use other limits from now on; what was learnt stays.  Call when the configuration was read again;
 * asserts its ranges. */
void estimator_configure(struct estimator *, const struct estimator_config *);
/* Tell what a predecessor knew: it counts like data of that weight until real exchanges outweigh
 * it, and is not part of the hard interval.  Call before the first exchange (asserted). */
void estimator_prime(struct estimator *, const struct estimate *prior);
/* Does an exchange contradict all before it?  SAMPLE_OK, SAMPLE_ODD (leave it out), SAMPLE_JUMP
 * (begin anew).  Call when a reply is here, before its exact transmit stamps are: what there is
 * instead is earlier, never later. */
enum sample_verdict estimator_check(struct estimator *, const struct exchange *);
/* Learn from an exchange.  Call when it is complete; its stamps may be any numbers at all, and only
 * SAMPLE_OK and SAMPLE_JUMP change what is known. */
enum sample_verdict estimator_push(struct estimator *, const struct exchange *);
/* What others' exchanges say of this peer (joint.h), at our RAW @at: @shift of the mean of offset
 * (ns) and rate (ns/s), @lost of their covariance.  Call when another peer's exchange was taken;
 * ignored while the first exchanges are not over. */
void estimator_hint(struct estimator *, raw_t at, const double shift[2], const double lost[3]);
