/* lease.h - what everybody asks of the election: who is alive, who counts, who may stand. */
#pragma once

#include "core/node/state.h"

/* What leases and time-outs are counted in: the master's promised poll, at least 200 ms. */
int64_t heartbeat_ns(const struct node *);
/* Does our lease on the master still run?  True on the master itself. */
bool master_alive(const struct node *);
/* Since when our master has been silent until we stand for election: the deputy's is shortest, the
 * others' follow in the order of succession. */
int64_t election_timeout_ns(const struct node *);
/* As master: has @p replied lately? */
bool peer_alive(const struct node *, const struct peer *);
/* How many a majority is counted of. */
unsigned electorate(const struct node *);
/* May we be master? */
bool may_stand(const struct node *);
/* Do we know the group's time? */
bool knows_time(const struct node *);
/* Do we carry the group's time, so that a host without it may not lead us? */
bool carries_time(const struct node *);
