/* lesson.c - what an exchange changed, and what the exchanges with other peers tell.  See joint.c.
 */
#include "core/estimate/lesson.h"

#include "core/estimate/cloud.h"

#include <assert.h>

void lesson_begin(struct lesson *l, int64_t at_ns, const struct cloud_moments *m)
{
	assert(!l->valid);

	*l = (struct lesson){.at = {at_ns},
			     .shift = {-m->mean[0], -m->mean[1]},
			     .before = {m->cov[0][0], m->cov[0][1], m->cov[1][1]}};
}

void lesson_end(struct lesson *l, const struct cloud_moments *m)
{
	assert(!l->valid);

	l->valid = true;
	l->shift[0] += m->mean[0];
	l->shift[1] += m->mean[1];
	l->after[0] = m->cov[0][0];
	l->after[1] = m->cov[0][1];
	l->after[2] = m->cov[1][1];
}

void hint_carry(struct hint *h, int64_t at_ns)
{
	double dt_s = (double)ns_sub(at_ns, h->at_ns) * 1e-9, *l = h->lost;

	assert(h->told);

	h->at_ns = at_ns;
	h->shift[0] += h->shift[1] * dt_s;
	l[0] += 2 * dt_s * l[1] + dt_s * dt_s * l[2];
	l[1] += dt_s * l[2];
}

void hint_add(struct hint *h, int64_t at_ns, const double shift[2], const double lost[3])
{
	if (h->told) {
		hint_carry(h, ns_max(at_ns, h->at_ns));
	} else {
		*h = (struct hint){.told = true, .at_ns = at_ns};
	}
	h->shift[0] += shift[0];
	h->shift[1] += shift[1];
	for (unsigned i = 0; i < 3; i++) {
		h->lost[i] += lost[i];
	}
}

void hint_clear(struct hint *h)
{
	*h = (struct hint){0};
}
