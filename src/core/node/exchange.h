/* exchange.h - two-way exchanges with a peer, the master's and the deputy's alike. */
#pragma once

#include "core/node/state.h"

/* A request is about to go out at @org; its number, never 0. */
uint32_t exchange_open(struct peer *, raw_t org);
/* The transmit stamp of request @seq is here. */
void exchange_stamp(struct peer *, uint32_t seq, raw_t at, uint8_t quality);

enum exchange_verdict {
	EXCHANGE_UNASKED, /* or answered already */
	EXCHANGE_CLOSED,
	EXCHANGE_ODD, /* contradicts all before it: left out until the next one tells */
};
/* The reply to a request came at @at. */
enum exchange_verdict exchange_close(struct node *, struct peer *, const struct wire_stamps *,
				     raw_t at, uint8_t quality, const struct pace_limits *);
/* Nothing that is under way counts. */
void exchange_forget(struct peer *);
/* Begin with @p anew: it has an estimator that knows nothing, and fast exchanges. */
void exchange_begin(struct node *, struct peer *);
/* Go on with the estimator that @p has, and with fast exchanges. */
void exchange_resume(struct peer *);
/* Until the next exchange, ns.  Call once an exchange. */
int64_t exchange_interval_next(struct peer *, const struct pace_limits *);
