/* trip.h - the smallest round trips to a peer, and whether its path became far shorter. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Round trips are dst - org less xmt - rec, in ns; stamps may make one a little negative. */
struct trip {
	int64_t least_ns[2]; /* smallest of this epoch and of the last one, ... */
	bool seen[2];	     /* ... where there was one */
	unsigned n;	     /* round trips since trip_begin(); an epoch has TRIP_EPOCH of them */
	int64_t shortest_ns; /* smallest since the last beginning, but for a few */
	unsigned n_shorter;  /* weight of the latest ones that were far below it; it leaks */
};

/* Call when the exchanges with a peer begin, with the first round trip: all before is forgotten. */
void trip_begin(struct trip *, int64_t trip_ns);
/* Call when the stamps are of another quality from this round trip on: the smallest are forgotten,
 * the epoch goes on. */
void trip_forget(struct trip *, int64_t trip_ns);
/* Count a round trip.  Call when its exchange was taken. */
void trip_add(struct trip *, int64_t trip_ns);
/* The smallest round trip of the last one to two epochs, in ns.  Call when one was counted
 * (asserted). */
int64_t trip_least_ns(const struct trip *);
/* Watch for a path that is far shorter than before: true when so many of the latest round trips
 * were more than @leap_ns and a sixteenth below the shortest that it cannot be a stamp in error.
 * Call when an exchange is here that is not the first; after true, trip_begin(). */
bool trip_watch(struct trip *, int64_t trip_ns, double leap_ns);
