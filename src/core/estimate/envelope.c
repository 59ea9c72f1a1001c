/* envelope.c - the first exchanges with a peer, all at once.  See ARCHITECTURE.md, "Estimation".
 *
 * Over some seconds an oscillator's wander is nothing beside the jitter, and then the posterior of
 * exponential queueing delays is known in closed form.  With K exchanges and a rate r, every
 * exchange carried to now along r bounds the offset from above (the lowest of the up edges, U) and
 * from below (the highest of the dn edges, D); the floor f can be (U - D) / 2 at most, which is
 * g(r), and the likelihood is exp(2 K f / scale) within these bounds and nothing outside.  So
 *
 *	p(r)	  ~ exp(2 K g(r) / scale)	g is concave: one search finds its top
 *	g - f	  ~ Gamma(2, scale / 2 K)
 *	offset	  ~ uniform in [D + f, U - f]
 *
 * Delays are not always exponential, but the least of many tells only of their density at the
 * floor: it is above the floor by 1 / (K density) on average.  So 1 / scale stands above for the
 * density that is seen there.  Behind a soft floor it is a small part of an exponential's; without
 * that the posterior was two to three times too sure of itself (behind netem, 20 to 40 s from the
 * start: sigma 9 us, error 17).
 *
 * A stamp that came early would be an edge by itself, and the cloud never leave the wrong place
 * that it begins in.  So edges that lie apart from the many above them are dropped (drop_early()).
 *
 * A cloud of particles that has to find these few places by itself, in four dimensions, from
 * all that two oscillators may be, may lose the right ones at once and be wrong for a minute.
 */
#include "core/estimate/envelope.h"

#include <assert.h>

#define NATS	 14 /* less likely by e to this: not worth a place on the grid */
#define SEARCH	 30 /* halvings of the range of rates: to 1e-9 of it */
#define BISECT	 14
#define PRIOR_N	 2   /* the guess of the scale from one round trip counts as so many delays */
#define EDGE	 0.2 /* scales: so near to the edge is at the floor, */
#define EDGE_N	 2   /* where as many delays more are taken for exponential ones */
#define EDGE_MIN 0.1
#define EARLY	 12 /* one in so many may be early, each way, */
#define GAP	 18 /* and is when it lies so many mean distances below the next */
#define DROPPED	 1e18

/* ns/s per sqrt(s): a poor oscillator's.  The filter, which knows of wander, goes on when that may
 * have come to a tenth of what the edges are known to. */
#define WANDER	 10.0

double envelope_decay(double x)
{
	double y = x < 512 ? 1 - x / 1024 : 0.5;

	for (unsigned i = 0; i < 10; i++) {
		y *= y;
	}
	return y;
}

void envelope_clear(struct envelope *v, bool keeps_early)
{
	v->n = 0;
	v->keeps_early = keeps_early;
}

bool envelope_push(struct envelope *v, double at_s, double up, double dn)
{
	double age_s = v->n > 0 ? at_s - v->at_s[0] : 0;

	assert(v->n == 0 || at_s >= v->at_s[v->n - 1]);

	if (v->n == ENVELOPE_MAX ||
	    (v->n > 1 && WANDER * age_s * __builtin_sqrt(age_s) * v->n > v->scale)) {
		return false;
	}
	v->at_s[v->n] = at_s;
	v->up[v->n] = up;
	v->dn[v->n] = dn;
	v->n++;
	return true;
}

/* Over time, the corners of the convex hull of @edge, from below (@sign 1) or above (-1): whatever
 * the rate, one of these few bounds the offset.  Monotone chain (Andrew 1979). */
static unsigned corners_of(const struct envelope *v, const double *edge, int sign, uint8_t *ret)
{
	unsigned n = 0;

	for (unsigned k = 0; k < v->n; k++) {
		for (; n > 1; n--) {
			unsigned a = ret[n - 2], b = ret[n - 1];

			if (sign * (edge[b] - edge[a]) * (v->at_s[k] - v->at_s[a]) <
			    sign * (edge[k] - edge[a]) * (v->at_s[b] - v->at_s[a])) {
				break;
			}
		}
		ret[n++] = (uint8_t)k;
	}
	return n;
}

static void find_corners(struct envelope *v)
{
	v->n_corners[0] = corners_of(v, v->up, 1, v->corner[0]);
	v->n_corners[1] = corners_of(v, v->dn, -1, v->corner[1]);
}

/* The exchange that bounds the offset from above (@way 0) or below (1), when the rate is @rate;
 * returns where it does, now. */
static double edge_along(const struct envelope *v, unsigned way, double rate, unsigned *ret_k)
{
	const double *edge = way == 0 ? v->up : v->dn;
	double now_s = v->at_s[v->n - 1], bound = edge[v->n - 1];

	*ret_k = v->n - 1; /* the last corner */
	for (unsigned i = 0; i + 1 < v->n_corners[way]; i++) {
		unsigned k = v->corner[way][i];
		double at = edge[k] + rate * (now_s - v->at_s[k]);

		if (way == 0 ? at < bound : at > bound) {
			bound = at;
			*ret_k = k;
		}
	}
	return bound;
}

/* The edges along @rate, now; returns the highest floor. */
static double edges_along(const struct envelope *v, double rate, double *ret_up, double *ret_dn)
{
	unsigned k;
	double up = edge_along(v, 0, rate, &k), dn = edge_along(v, 1, rate, &k);

	*ret_up = up;
	*ret_dn = dn;
	return (up - dn) / 2;
}

static double floor_along(const struct envelope *v, double rate)
{
	double up, dn;

	return edges_along(v, rate, &up, &dn);
}

/* Does the floor still rise with the rate?  It does when the exchange that bounds the offset from
 * above is older than the one that does from below. */
static bool floor_rises(const struct envelope *v, double rate)
{
	unsigned at_up, at_dn;

	(void)edge_along(v, 0, rate, &at_up);
	(void)edge_along(v, 1, rate, &at_dn);
	return at_up < at_dn;
}

/* The rate between @lo and @hi with the highest floor. */
static double best_rate(const struct envelope *v, double lo, double hi)
{
	for (unsigned i = 0; i < SEARCH; i++) {
		double half = (lo + hi) / 2;

		if (floor_rises(v, half)) {
			lo = half;
		} else {
			hi = half;
		}
	}
	return (lo + hi) / 2;
}

/* Where between @in and @out the floor falls to @level. */
static double falls_to(const struct envelope *v, double in, double out, double level)
{
	if (floor_along(v, out) >= level) {
		return out;
	}
	for (unsigned i = 0; i < BISECT; i++) {
		double half = (in + out) / 2;

		if (floor_along(v, half) >= level) {
			in = half;
		} else {
			out = half;
		}
	}
	return out;
}

/* Mean delay above the floor: three of the 2 K delays went into finding offset, rate and floor. */
static double scale_above(const struct envelope *v, double top)
{
	double sum = 0;
	unsigned n = 0;

	for (unsigned k = 0; k < v->n; k++) {
		if (v->up[k] < DROPPED && v->dn[k] > -DROPPED) {
			sum += n > 0 ? 0 : PRIOR_N * (v->up[k] - v->dn[k]) / 6;
			sum += v->up[k] - v->dn[k] - 2 * top;
			n++;
		}
	}
	unsigned free = n > 1 ? 2 * n - 3 : 0;

	return sum / (PRIOR_N + free) > 1 ? sum / (PRIOR_N + free) : 1;
}

static double excess_of(const struct envelope *v, unsigned k, unsigned way, double rate,
			const double edge[2])
{
	double run = rate * (v->at_s[v->n - 1] - v->at_s[k]);

	return way == 0 ? v->up[k] + run - edge[0] : edge[1] - v->dn[k] - run;
}

/* Sort @x into the @n smallest of an ascending list that has @room for more. */
static void keep_least(double *least, unsigned n, unsigned room, double x)
{
	unsigned i = n;

	for (; i > 0 && least[i - 1] > x; i--) {
		if (i < room) {
			least[i] = least[i - 1];
		}
	}
	if (i < room) {
		least[i] = x;
	}
}

/* The largest excess over @edge along @rate, one way, that lies apart from the many above it;
 * negative: none does.  Those that were dropped before count among the one in EARLY. */
static double find_early(const struct envelope *v, unsigned way, double rate, const double edge[2])
{
	double least[ENVELOPE_MAX / EARLY + 1] = {0}, gap = GAP * v->scale / v->n, early = -1;
	unsigned room = v->n / EARLY + 1, gone = 0;

	for (unsigned k = 0; k < v->n; k++) {
		double x = excess_of(v, k, way, rate, edge);

		gone += x > DROPPED / 2;
		keep_least(least, k < room ? k : room, room, x);
	}
	for (unsigned i = 0; i + gone + 1 < room; i++) {
		early = least[i + 1] - least[i] > gap ? least[i] : early;
	}
	return early;
}

/* Drop edges that lie apart from the many above them along @rate, for good: their exchanges say
 * nothing that way.  Returns how many. */
static unsigned drop_early(struct envelope *v, double rate)
{
	double edge[2];
	unsigned n_dropped = 0;

	(void)edges_along(v, rate, &edge[0], &edge[1]);
	for (unsigned way = 0; way < 2; way++) {
		double early = find_early(v, way, rate, edge);

		for (unsigned k = 0; k < v->n; k++) {
			if (excess_of(v, k, way, rate, edge) <= early) {
				*(way == 0 ? &v->up[k] : &v->dn[k]) = way == 0 ? DROPPED : -DROPPED;
				n_dropped++;
			}
		}
	}
	return n_dropped;
}

unsigned envelope_excesses(const struct envelope *v, const struct envelope_posterior *p,
			   double ret[2 * ENVELOPE_MAX])
{
	double edge[2];
	unsigned n = 0;

	(void)edges_along(v, p->best, &edge[0], &edge[1]);
	for (unsigned i = 0; i < 2 * v->n; i++) {
		double x = excess_of(v, i / 2, i % 2, p->best, edge);

		if (x < DROPPED / 2) {
			ret[n++] = x + p->give;
		}
	}
	return n;
}

/* Density at the floor against that of an exponential; @above: the edges' own delays are 0. */
static double edge_density(const struct envelope *v, const struct envelope_posterior *above)
{
	double excess[2 * ENVELOPE_MAX], near = EDGE_N, all = EDGE_N;
	unsigned n = envelope_excesses(v, above, excess), fixed = v->n > 1 ? 3 : 2;

	for (unsigned i = 0; i < n; i++) {
		near += excess[i] < EDGE * above->scale;
	}
	/* Those that fixed offset, rate and floor are there in any case. */
	near -= fixed;
	all += (n - fixed) * (1 - envelope_decay(EDGE));
	if (near < EDGE_MIN * all) {
		return EDGE_MIN;
	}
	return near < all ? near / all : 1;
}

void envelope_solve(struct envelope *v, double limit, double rate, double rate_sd,
		    struct envelope_posterior *ret)
{
	double best, top, sum = 0;

	assert(v->n > 0 && limit > 0);
	do {
		find_corners(v);
		best = best_rate(v, -limit, limit);
		top = floor_along(v, best);
		v->scale = scale_above(v, top);
	} while (!v->keeps_early && v->n >= 2 * EARLY && drop_early(v, best) > 0);
	ret->best = best;
	ret->scale = v->scale;
	ret->give = 0;
	ret->give = ret->scale / (2 * v->n * edge_density(v, ret));

	double lo = falls_to(v, best, -limit, top - NATS * ret->give);
	double hi = falls_to(v, best, limit, top - NATS * ret->give);
	double near = rate - 5 * rate_sd > lo ? rate - 5 * rate_sd : lo;
	double far = rate + 5 * rate_sd < hi ? rate + 5 * rate_sd : hi;
	bool known = rate_sd > 0 && near < far;

	lo = known ? near : lo;
	hi = known ? far : hi;
	ret->from = lo;
	ret->step = (hi - lo) / (ENVELOPE_GRID - 1);
	for (unsigned i = 0; i < ENVELOPE_GRID; i++) {
		double r = lo + i * ret->step, z = known ? (r - rate) / rate_sd : 0;
		double below = top - edges_along(v, r, &ret->up[i], &ret->dn[i]);

		sum += envelope_decay((below > 0 ? below : 0) / ret->give + z * z / 2);
		ret->sum[i] = sum;
	}
}
