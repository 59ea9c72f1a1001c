/* joint.c - the master's own wander, taken out of what it measures.  See
 * ARCHITECTURE.md, "Estimation".
 *
 * A member's rate against ours is its oscillator's less ours.  What ours does is in all of them, so
 * the errors of all estimates have a part in common.  Let C be the covariance of two members'
 * errors, P that of one, both of (offset, rate).  An exchange that moved one member's mean by d and
 * made P out of it P' says of each other member, by linear regression,
 *
 *	mean + G d	covariance - G (P - P') G'	with G = C / P
 *
 * which is what a Kalman filter of all clocks at once would do with it, but for one thing: it would
 * keep a C for each pair, and we keep the average pair's.  C grows by our oscillator's wander alone
 * and shrinks by each exchange.
 *
 * How much we wander shows in how much the members' rates moved together over some time, several
 * times as long as an estimate remembers: what they tell each other is forgotten by then.
 */
#include "core/estimate/joint.h"

#include <assert.h>
#include <string.h>

#define GAIN_MAX   0.9 /* of C / P: the same clock cannot be all that two pairs have in common */
#define GATE	   9.0 /* a change of more than three sigmas is the member's own affair */
#define PRIOR	   0.4 /* share of our wander in a member's, to begin with; among equals 0.5 */
#define PRIOR_N	   4   /* the prior counts as so many comparisons, */
#define COMPARE_N  32  /* and older ones than this are forgotten */
#define SPAN_S_MIN 100.0
#define SPAN_S_MAX 3000.0
#define SPAN	   4 /* memories */

void joint_init(struct joint *j)
{
	memset(j, 0, sizeof(*j));
}

/* @v, but at least @least and at most @most. */
static double hold_between(double v, double least, double most)
{
	if (v > most) {
		return most;
	}
	return v > least ? v : least;
}

/* Let our oscillator wander until @at. */
static void advance_cov(struct joint *j, raw_t at)
{
	double dt = (double)raw_sub(at, j->at) * 1e-9, q = j->wander_var;

	if (!j->begun) {
		dt = 0;
	} else if (dt <= 0) { /* members' exchanges come to an end in any order */
		return;
	}
	j->cov[0] += 2 * dt * j->cov[1] + dt * dt * j->cov[2] + q * dt * dt * dt / 3;
	j->cov[1] += dt * j->cov[2] + q * dt * dt / 2;
	j->cov[2] += q * dt;
	j->at = at;
	j->begun = true;
}

/* Symmetric matrices are {11, 12, 22}. */
static bool invert_symmetric(const double m[3], double ret[3])
{
	double det = m[0] * m[2] - m[1] * m[1];

	if (!(det > 1e-9 * m[0] * m[2])) {
		return false;
	}
	ret[0] = m[2] / det;
	ret[1] = -m[1] / det;
	ret[2] = m[0] / det;
	return true;
}

/* @a times @b, both symmetric; the product is not. */
static void multiply_symmetric(const double a[3], const double b[3], double ret[2][2])
{
	ret[0][0] = a[0] * b[0] + a[1] * b[1];
	ret[0][1] = a[0] * b[1] + a[1] * b[2];
	ret[1][0] = a[1] * b[0] + a[2] * b[1];
	ret[1][1] = a[1] * b[1] + a[2] * b[2];
}

/* g s g' */
static void transform_symmetric(const double g[2][2], const double s[3], double ret[3])
{
	double a = g[0][0] * s[0] + g[0][1] * s[1], b = g[0][0] * s[1] + g[0][1] * s[2];
	double c = g[1][0] * s[0] + g[1][1] * s[1], d = g[1][0] * s[1] + g[1][1] * s[2];

	ret[0] = a * g[0][0] + b * g[0][1];
	ret[1] = a * g[1][0] + b * g[1][1];
	ret[2] = c * g[1][0] + d * g[1][1];
}

static double largest_eigenvalue(const double g[2][2])
{
	double half = (g[0][0] + g[1][1]) / 2;
	double rest = half * half - (g[0][0] * g[1][1] - g[0][1] * g[1][0]);

	return half + __builtin_sqrt(rest > 0 ? rest : 0);
}

bool joint_apply(struct joint *j, const struct lesson *l, unsigned n, double ret_shift[2],
		 double ret_lost[3])
{
	double inverse[3], g[2][2], less[3], own[2][2];
	const double *d = l->shift;

	advance_cov(j, l->at);
	if (!l->valid || n < 2 || !invert_symmetric(l->before, inverse) ||
	    !(inverse[0] * d[0] * d[0] + 2 * inverse[1] * d[0] * d[1] + inverse[2] * d[1] * d[1] <
	      GATE)) {
		return false;
	}
	multiply_symmetric(j->cov, inverse, g);
	double top = largest_eigenvalue(g);

	if (top > GAIN_MAX) {
		for (unsigned i = 0; i < 3; i++) {
			j->cov[i] *= GAIN_MAX / top;
		}
		multiply_symmetric(j->cov, inverse, g);
	}
	for (unsigned i = 0; i < 3; i++) {
		less[i] = l->before[i] - l->after[i];
	}
	ret_shift[0] = g[0][0] * d[0] + g[0][1] * d[1];
	ret_shift[1] = g[1][0] * d[0] + g[1][1] * d[1];
	transform_symmetric(g, less, ret_lost);
	/* Of n (n - 1) / 2 pairs, n - 1 are of this member: those lose G (P - P'), the others what
	 * each member loses. */
	own[0][0] = g[0][0] * less[0] + g[0][1] * less[1];
	own[0][1] = g[0][0] * less[1] + g[0][1] * less[2];
	own[1][0] = g[1][0] * less[0] + g[1][1] * less[1];
	own[1][1] = g[1][0] * less[1] + g[1][1] * less[2];

	double share = 2.0 / n;
	double cov[3] = {j->cov[0] - share * own[0][0] - (1 - share) * ret_lost[0],
			 j->cov[1] - share * (own[0][1] + own[1][0]) / 2 -
				 (1 - share) * ret_lost[1],
			 j->cov[2] - share * own[1][1] - (1 - share) * ret_lost[2]};

	if (cov[0] > 0 && cov[2] > 0 && cov[0] * cov[2] > cov[1] * cov[1]) {
		memcpy(j->cov, cov, sizeof(cov));
	}
	return true;
}

bool joint_due(const struct joint *j, raw_t now)
{
	return !j->marked || (double)raw_sub(now, j->marked_at) >= j->span_s * 1e9;
}

void joint_mark(struct joint *j, raw_t now, double memory_s)
{
	assert(memory_s >= 0);

	j->marked = true;
	j->marked_at = now;
	j->span_s = hold_between(SPAN * memory_s, SPAN_S_MIN, SPAN_S_MAX);
}

void joint_learn(struct joint *j, const struct joint_entry *e, size_t n, raw_t now)
{
	double dt = (double)raw_sub(now, j->marked_at) * 1e-9;
	double d1 = 0, d2 = 0, w1 = 0, w2 = 0, least = 1e300;

	for (size_t i = 0; i < n; i++) {
		double w = 1 / e[i].wander_var, d = e[i].moved;
		double limit = 3 * __builtin_sqrt(e[i].wander_var * dt);

		assert(e[i].wander_var > 0);
		d = hold_between(d, -limit, limit);
		d1 += d * w;
		d2 += d * d * w * w;
		w1 += w;
		w2 += w * w;
		least = e[i].wander_var < least ? e[i].wander_var : least;
	}
	if (n < 2 || !(dt > 0)) {
		return;
	}
	/* The mean product of two different members' changes. */
	double forget = j->weight < COMPARE_N ? 1 : 1 - 1.0 / COMPARE_N;
	double prior = PRIOR * (double)n / w1;

	if (j->weight > 0 || dt >= SPAN_S_MIN) {
		j->sum = j->sum * forget + (d1 * d1 - d2) / (w1 * w1 - w2) / dt;
		j->weight = j->weight * forget + 1;
	}
	double q = (j->sum + PRIOR_N * prior) / (j->weight + PRIOR_N);

	j->wander_var = hold_between(q, 0, GAIN_MAX * least);
}
