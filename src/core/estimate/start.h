/* start.h - the first exchanges with a peer: solved together, until the cloud can take over.
 *
 * Offsets are peer's RAW - our RAW; edges are in ns above the base that start_begin() was given.
 */
#pragma once

#include "core/estimate/cloud.h"
#include "core/estimate/delay.h"
#include "core/estimate/envelope.h"
#include "core/estimate/sample.h"

struct start {
	struct envelope first; /* the exchanges, */
	int64_t at_ns;	       /* their times count from here, our RAW, */
	int64_t base_ns;       /* and their edges from here */
	bool has_prior;
	struct estimate prior; /* what is known from elsewhere */
};

/* Use @prior in the next start.  Call before start_begin(). */
void start_prime(struct start *, const struct estimate *prior);
/* Forget a prior.  Call when a clock jumped. */
void start_forget(struct start *);
/* The first exchange is here: at our RAW @at_ns, around the offset @base_ns, known to
 * +-@half_ns.  Forgets all exchanges, and a prior that contradicts this one; @keeps_early as in
 * envelope_clear().  start_push() has to follow. */
void start_begin(struct start *, int64_t at_ns, int64_t base_ns, double half_ns, bool keeps_early);
/* Add an exchange at our RAW @at_ns and draw shape and cloud from all of them.  False, and nothing
 * is drawn: it is the cloud's turn, see start_end().  @rate_max: largest rate in s/s, positive.
 * Call when the phase is starting. */
bool start_push(struct start *, int64_t at_ns, struct edges, double rate_max, struct delay_shape *,
		struct cloud *);
/* Stamps of another quality come from here on.  What is known of offset and rate stands, as the
 * prior of a new start; @at_ns is our RAW of the newest exchange.  Call when the phase is starting.
 */
void start_again(struct start *, int64_t at_ns, const struct cloud_moments *);
/* Call when start_push() was false: the cloud gets the shape of the delays that the first exchanges
 * showed, if they were enough.  To find it anew would take the cloud as many again. */
void start_end(struct start *, double rate_max, struct delay_shape *);
