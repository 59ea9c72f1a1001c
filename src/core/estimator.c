/* estimator.c - offset and rate of a member's RAW clock from two-way exchanges. */
#include "berk/estimator.h"

#include <assert.h>

_Static_assert(sizeof(struct estimator) <= 32 * 1024, "the caller's storage is bounded");

void estimator_init(struct estimator *e, const struct estimator_config *config)
{
	assert(config->max_drift_ppb > 0);
	*e = (struct estimator){.config = *config};
}

void estimator_prime(struct estimator *e, const struct estimate *prior)
{
	e->prior = *prior;
	e->has_prior = true;
}

unsigned estimator_count(const struct estimator *e)
{
	return e->n;
}

/* Largest change of the offset between two oscillators within @age_ns, rounded up. */
static int64_t drift_ns(const struct estimator *e, int64_t age_ns)
{
	/* 2D/(1-D), D <= 1/2: see bound.c. */
	double d = 1e-9 * (double)e->config.max_drift_ppb;

	return ns_add(ns_from_double(2 * d / (1 - d) * (double)ns_abs(age_ns)), 1);
}

static struct estimator_interval hard_at(const struct estimator *e, int64_t at)
{
	struct estimator_interval h = e->hard;
	int64_t grown = drift_ns(e, ns_sub(at, h.at));

	return (struct estimator_interval){at, ns_sub(h.lo, grown), ns_add(h.hi, grown)};
}

static const struct estimator_sample *sample(const struct estimator *e, unsigned age)
{
	return &e->ring[(e->next + ESTIMATOR_SAMPLES_MAX - 1 - age) % ESTIMATOR_SAMPLES_MAX];
}

/* Weighted line through the newest @n samples; weight by how far the delay is above the least. */
static double fit(struct estimator *e, unsigned n, double *ret_shift, double *ret_rate,
		  double *ret_var, double *ret_cov, double *ret_rate_var, double *ret_recent)
{
	const struct estimator_sample *last = sample(e, 0);
	int64_t least = INT64_MAX;
	double mean_excess = 0;

	for (unsigned i = 0; i < n; i++) {
		least = ns_min(least, ns_sub(sample(e, i)->up, sample(e, i)->dn));
	}
	for (unsigned i = 0; i < n; i++) {
		mean_excess += (double)(sample(e, i)->up - sample(e, i)->dn - least) / n;
	}
	double scale = mean_excess / 4 + 50 + (double)least / (4.0 * n); /* few: jitter unknown */
	double s0 = 0, s1 = 0, s2 = 0, y0 = 0, y1 = 0;
	for (unsigned i = 0; i < n; i++) {
		const struct estimator_sample *s = sample(e, i);
		double t = (double)(s->at - last->at);
		double half = (double)(s->up - s->dn - least) / 2 + scale;
		double w = 1 / (half * half);
		double y = 0.5 * ((double)(s->up - e->base_ns) + (double)(s->dn - e->base_ns));

		s0 += w;
		s1 += w * t;
		s2 += w * t * t;
		y0 += w * y;
		y1 += w * t * y;
	}
	/* No rate is known before the data tell: 0 +- max_drift. */
	double drift = 2e-9 * (double)e->config.max_drift_ppb;
	s2 += 1 / (drift * drift);
	double det = s0 * s2 - s1 * s1;
	*ret_shift = (s2 * y0 - s1 * y1) / det;
	*ret_rate = (s0 * y1 - s1 * y0) / det;
	*ret_var = s2 / det;
	*ret_cov = -s1 / det;
	*ret_rate_var = s0 / det;
	/* How the newest quarter agrees: sum of weighted squares, and mean deviation. */
	double m = 0, m0 = 0;
	for (unsigned i = 0; i < n / 4; i++) {
		const struct estimator_sample *s = sample(e, i);
		double t = (double)(s->at - last->at);
		double half = (double)(s->up - s->dn - least) / 2 + scale;
		double w = 1 / (half * half);
		double y = 0.5 * ((double)(s->up - e->base_ns) + (double)(s->dn - e->base_ns));

		m += w * (y - *ret_shift - *ret_rate * t);
		m0 += w;
	}
	*ret_recent = m0 > 0 ? m * m / m0 : 0;
	e->delay_ns = least;
	e->jitter_ns = (int64_t)(mean_excess / 2);
	return scale;
}

static void solve(struct estimator *e)
{
	double shift, rate, var, cov, rate_var, recent;
	unsigned n = e->n < 8 ? e->n : 8;

	e->base_ns = sample(e, 0)->dn / 2 + sample(e, 0)->up / 2;
	e->at = sample(e, 0)->at;
	for (;;) {
		fit(e, n, &shift, &rate, &var, &cov, &rate_var, &recent);
		if (n > 8 && recent > 4) {
			break;
		}
		e->shift_ns = shift;
		e->rate = rate;
		e->var = var;
		e->cov = cov;
		e->rate_var = rate_var;
		e->n_used = n;
		if (n >= e->n) {
			break;
		}
		n = n * 3 / 2 < e->n ? n * 3 / 2 : e->n;
	}
	double s = (double)e->n_used * 1e9;
	e->rate_wander = 1e-17 / s;
}

enum sample_verdict estimator_push(struct estimator *e, const struct exchange *x)
{
	int64_t trip_ns = ns_sub(raw_sub(x->dst, x->org), raw_sub(x->xmt, x->rec));
	struct estimator_sample s = {
		.at = x->org.ns + raw_sub(x->dst, x->org) / 2,
		.up = raw_sub(x->rec, x->org),
		.dn = raw_sub(x->xmt, x->dst),
	};

	if (x->dst.ns < x->org.ns || x->xmt.ns < x->rec.ns ||
	    trip_ns < -drift_ns(e, raw_sub(x->dst, x->org))) {
		return SAMPLE_ORDER;
	}
	if (trip_ns > e->config.delay_ns_max) {
		return SAMPLE_DELAY;
	}
	if (e->n > 0 && s.at <= sample(e, 0)->at) {
		return SAMPLE_OLD;
	}
	int64_t slack = drift_ns(e, raw_sub(x->dst, x->org));
	struct estimator_interval now = {s.at, ns_sub(s.dn, slack), ns_add(s.up, slack)};
	enum sample_verdict verdict = SAMPLE_OK;
	if (e->n > 0) {
		struct estimator_interval h = hard_at(e, s.at);

		if (now.lo > h.hi || now.hi < h.lo) {
			verdict = SAMPLE_JUMP;
			e->n = 0;
			e->has_prior = false;
		} else {
			now.lo = ns_max(now.lo, h.lo);
			now.hi = ns_min(now.hi, h.hi);
		}
	}
	e->hard = now;
	e->ring[e->next] = s;
	e->next = (e->next + 1) % ESTIMATOR_SAMPLES_MAX;
	e->n += e->n < ESTIMATOR_SAMPLES_MAX;
	e->quality = x->quality;
	solve(e);
	return verdict;
}

bool estimator_at(const struct estimator *e, raw_t at, struct estimate *ret)
{
	if (e->n == 0) {
		return false;
	}
	double age = (double)ns_sub(at.ns, e->at);
	double age_abs = age < 0 ? -age : age;
	double rate_var = e->rate_var + e->rate_wander * age_abs;
	double var = e->var + 2 * e->cov * age + rate_var * age * age;
	struct estimator_interval h = hard_at(e, at.ns);

	*ret = (struct estimate){
		.at = at,
		.offset_ns = ns_add(e->base_ns, ns_from_double(e->shift_ns + e->rate * age)),
		.rate = e->rate,
		.sd_ns = __builtin_sqrt(var > 0 ? var : 0),
		.rate_sd = __builtin_sqrt(rate_var),
		.lo_ns = h.lo,
		.hi_ns = h.hi,
		.delay_ns = e->delay_ns,
		.jitter_ns = e->jitter_ns,
		.n = e->n_used,
	};
	return true;
}
