/* pace.h - how long the master waits between two exchanges with a member.
 *
 * Fast (poll_min) after a start, a join, a failover and a route change, until enough is known. Then
 * ever slower, until it is every poll; or, where a precision is wanted, as rarely as that precision
 * allows, between the two.
 * A long interval ends with a burst: the smallest of a few delays says much more than one, and an
 * exchange is known exactly only when the next one brings its transmit stamp.
 */
#pragma once

#include "core/estimate/estimator.h"

struct pace_limits {
	int64_t poll_ns_min, poll_ns;
	int64_t precision_ns; /* wanted p99 of the difference of two clocks; 0: the best at poll_ns
			       */
};

struct pace {
	unsigned left;	     /* so many exchanges more at this interval, at least */
	unsigned rest;	     /* so many before a route change counts again */
	unsigned burst;	     /* exchanges of this burst so far */
	int64_t interval_ns; /* 0: poll_ns_min, to begin with */
};

/* Fast from now on: all is new. */
void pace_start(struct pace *);
/* Fast from now on, unless it was so lately: a path that keeps changing must not be flooded. */
void pace_hurry(struct pace *);
/* An exchange has come in at @now (our RAW); choose the next interval. */
void pace_sampled(struct pace *, const struct pace_limits *, const struct estimator *, raw_t now);
/* The interval in force, in ns: within the limits. */
int64_t pace_interval(const struct pace *, const struct pace_limits *);
/* A poll goes out now: until the next one, in ns. */
int64_t pace_next(struct pace *, const struct pace_limits *);
