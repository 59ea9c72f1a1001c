/* exchange.h - two-way exchanges with a peer, the master's and the deputy's alike. */
#pragma once

#include "core/node/state.h"

/* Begin with the peer anew: it has an estimator that knows nothing, and fast exchanges.  Call as
 * master or deputy, when its clock is to be measured from now on. */
void exchange_begin(struct node *, struct peer *);
/* A new exchange; its number, never 0.  Call when a request goes out in this step. */
uint32_t exchange_open(const struct node *, struct peer *);
/* When request @seq went out; MONO_LONG_AGO: it is not open.  Call before exchange_close(). */
mono_t exchange_asked(const struct peer *, uint32_t seq);
/* Call when the transmit stamp of request @seq came, be it before or after the reply. */
void exchange_stamp(struct peer *, uint32_t seq, raw_t at, uint8_t quality);

enum exchange_verdict {
	EXCHANGE_UNASKED, /* or answered already */
	EXCHANGE_CLOSED,
	EXCHANGE_ANEW, /* closed, and the first of another RAW: all before it is void */
	EXCHANGE_ODD,  /* contradicts all before it: left out until the next one tells */
};
/* Call when the reply to a request came at @at; its stamps may be anything. */
enum exchange_verdict exchange_close(struct node *, struct peer *, const struct wire_stamps *,
				     raw_t at, uint8_t quality, const struct pace_limits *);
/* Nothing that is under way counts.  Call when RAW stood still. */
void exchange_forget(struct peer *);
/* Go on with the estimator that the peer has, and with fast exchanges.  Call as master, new in
 * office. */
void exchange_resume(struct peer *);
/* From this exchange to the next, ns, more than 0.  Call once an exchange: it goes on with the
 * pace. */
int64_t exchange_interval_next(struct peer *, const struct pace_limits *);
