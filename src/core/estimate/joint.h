/* joint.h - what the exchanges with one member say of all the others: our own oscillator's wander
 * is in each of them. */
#pragma once

#include "core/estimate/lesson.h"

#include <stddef.h>

/* Of the errors that all members' estimates have in common; see joint.c. */
struct joint {
	bool begun;	   /* there was a lesson, */
	raw_t at;	   /* and @cov is of this RAW of ours */
	double cov[3];	   /* of offset (ns), of both, of rate (ns/s) */
	double wander_var; /* our own oscillator's, ns^2/s^3 */
	bool marked;	   /* rates are compared, */
	raw_t marked_at;   /* since when, our RAW, */
	double span_s;	   /* and for how long */
	double sum, weight;
};

/* One member, as joint_learn() compares it with the others. */
struct joint_entry {
	double moved;	   /* of its rate since the last mark, ns/s */
	double wander_var; /* of its rate, that is its oscillator's and ours, ns^2/s^3 */
};

/* Call when a host becomes master: nothing is known of its own oscillator. */
void joint_init(struct joint *);
/* What @l, of one of @n members, says of each other one.  @ret_shift: add to its offset (ns) and
 * rate (ns/s); @ret_lost: take off its covariance.  False, and both are as they were: nothing.
 * Call with the lesson of each exchange of a settled member. */
bool joint_apply(struct joint *, const struct lesson *l, unsigned n, double ret_shift[2],
		 double ret_lost[3]);
/* Is it time to compare the members' rates with those at the last mark? */
bool joint_due(const struct joint *, raw_t now);
/* Compare from @now on.  @memory_s: how long an estimate remembers, in s.  Call when joint_due(),
 * after joint_learn(). */
void joint_mark(struct joint *, raw_t now, double memory_s);
/* How much do we wander, if the rates of @n members moved so since the mark?  Call when
 * joint_due(); each wander_var is positive (asserted). */
void joint_learn(struct joint *, const struct joint_entry *, size_t n, raw_t now);
