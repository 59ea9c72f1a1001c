/* start.c - the first exchanges with a peer.  See ARCHITECTURE.md, "Estimation".
 *
 * They are taken all together, each time one more is here (envelope.c), and the cloud is drawn anew
 * from that, as long as wander is nothing beside jitter.  All that is known otherwise is that the
 * oscillators are within max_drift, and perhaps what a predecessor told, or what was learnt on a
 * longer path or from other stamps.
 */
#include "core/estimate/start.h"

#include <assert.h>

#define START_SHAPE 20 /* so many exchanges tell of the shape of the delays */

void start_prime(struct start *s, const struct estimate *prior)
{
	s->prior = *prior;
	s->has_prior = true;
}

void start_forget(struct start *s)
{
	s->has_prior = false;
}

/* Where the prior puts the offset at @at_ns, in ns above the base, and how surely. */
static double prior_offset(const struct start *s, int64_t at_ns, double *ret_sd)
{
	const struct estimate *p = &s->prior;
	double age_s = (double)ns_sub(at_ns, p->at.ns) * 1e-9;

	*ret_sd = p->sd_ns + p->rate_sd * 1e9 * (age_s < 0 ? -age_s : age_s);
	return (double)ns_sub(p->offset_ns, s->base_ns) + p->rate * 1e9 * age_s;
}

void start_begin(struct start *s, int64_t at_ns, int64_t base_ns, double half_ns, bool keeps_early)
{
	envelope_clear(&s->first, keeps_early);
	s->at_ns = at_ns;
	s->base_ns = base_ns;
	if (s->has_prior) {
		double sd, offset = prior_offset(s, at_ns, &sd);

		s->has_prior = offset < half_ns + 4 * sd && offset > -half_ns - 4 * sd;
	}
}

bool start_push(struct start *s, int64_t at_ns, struct edges x, double rate_max,
		struct delay_shape *shape, struct cloud *cloud)
{
	struct envelope_posterior v;
	double sd, offset = prior_offset(s, at_ns, &sd);

	assert(rate_max > 0);
	if (!envelope_push(&s->first, (double)ns_sub(at_ns, s->at_ns) * 1e-9, x.up, x.dn)) {
		return false;
	}
	envelope_solve(&s->first, rate_max * 1e9, s->prior.rate * 1e9,
		       s->has_prior ? s->prior.rate_sd * 1e9 : 0, &v);
	delay_init(shape, v.scale, NULL, 0);
	cloud_start(cloud, &v, offset, s->has_prior ? sd : 0);
	return true;
}

void start_again(struct start *s, int64_t at_ns, const struct cloud_moments *m)
{
	if (s->first.n >= 2) { /* one says nothing of the rate */
		const struct estimate known = {.at.ns = at_ns,
					       .offset_ns = ns_add(s->base_ns,
								   ns_from_double(m->mean[0])),
					       .sd_ns = __builtin_sqrt(m->cov[0][0]),
					       .rate = m->mean[1] * 1e-9,
					       .rate_sd = __builtin_sqrt(m->cov[1][1]) * 1e-9};

		start_prime(s, &known);
	}
	envelope_clear(&s->first, false);
}

void start_end(struct start *s, double rate_max, struct delay_shape *shape)
{
	assert(rate_max > 0);

	if (s->first.n >= START_SHAPE) {
		struct envelope_posterior v;
		double excess[2 * ENVELOPE_MAX];

		envelope_solve(&s->first, rate_max * 1e9, 0, 0, &v);
		delay_init(shape, v.scale, excess, envelope_excesses(&s->first, &v, excess));
	}
	s->has_prior = false;
}
