/* pace.h - how long the master waits between two exchanges with a member.
 *
 * Fast (poll_min; the first few at 1 s at most) after a start, a join, a failover and a route
 * change, until enough is known. Then ever slower, until it is every poll; or, where a precision
 * is wanted, as rarely as that precision allows, between the two.  A long interval ends with a
 * burst: the smallest of a few delays says much more than one, and an exchange is known exactly
 * only when the next one brings its transmit stamp. */
#pragma once

#include "core/estimate/estimator_view.h"

struct pace_limits {
	int64_t poll_ns_min, poll_ns;
	int64_t precision_ns; /* wanted p99 of two clocks' difference; 0: the best at poll_ns */
};

struct pace {
	unsigned left;	     /* so many exchanges more at this interval, at least */
	unsigned rest;	     /* so many before a route change counts again */
	unsigned burst;	     /* exchanges of this burst so far */
	int64_t interval_ns; /* 0: poll_ns_min, to begin with */
};

/* Fast from now on.  Call when all is new: a start, a join, a failover. */
void pace_start(struct pace *);
/* Fast from now on, unless it was so lately: a path that keeps changing must not be flooded.  Call
 * when the path seems to have changed. */
void pace_hurry(struct pace *);
/* Choose the next interval.  Call when the estimator took an exchange, at @now (our RAW); the
 * polls' limits are positive (asserted). */
void pace_sampled(struct pace *, const struct pace_limits *, const struct estimator *, raw_t now);
/* The interval in force, in ns: within the limits. */
int64_t pace_interval(const struct pace *, const struct pace_limits *);
/* Until the next poll, in ns, positive.  Call when a poll goes out. */
int64_t pace_next(struct pace *, const struct pace_limits *);
