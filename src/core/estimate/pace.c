/* pace.c - the interval between exchanges, from what the estimator says of itself.
 * See ARCHITECTURE.md, "Estimation".
 *
 * The estimate of an offset is worst just before the next exchange: its variance has grown by what
 * the rate is uncertain and wanders.  That growth is known, so the longest interval is known at
 * whose end the sigma is still small enough.  Where the best is wanted, polls are fast until behind
 * the jitter of a busy network no more is to be had in little time (with 128 exchanges instead of
 * 320, the pair error behind netem was a tenth larger after 100 to 200 s); then the interval grows
 * as the number of exchanges does.
 */
#include "core/estimate/pace.h"

#include <assert.h>

#define FAST_SAMPLES  320 /* at poll_min, */
#define STEP_SAMPLES  32  /* at intervals up to STEP, */
#define STEP	      (NS_PER_S / 2)
#define EACH_SAMPLES  128 /* and at any longer one, before there is one twice as long */
#define REST_SAMPLES  960
#define FIRST_SAMPLES 16       /* of a start: nobody waits for minutes for the first time, ... */
#define FIRST_NS_MAX  NS_PER_S /* ... however slow poll_min is */
#define PER_SIGMA     5 /* p99 of what two clocks differ by, in sigmas of one: 3.6, and more */
#define BURST	      4 /* exchanges at the end of each interval ... */
#define BURST_FROM    (4 * NS_PER_S) /* ... of so much at least */
#define LONGER_SHARE  0.8 /* of the wanted sigma, at twice the interval, before it is doubled */

void pace_start(struct pace *p)
{
	*p = (struct pace){.left = FAST_SAMPLES, .rest = REST_SAMPLES};
}

void pace_hurry(struct pace *p)
{
	if (p->rest == 0) {
		pace_start(p);
	}
}

/* One sigma of the offset after @ns without an exchange. */
static double predict_sd(const struct estimator *e, raw_t now, int64_t ns)
{
	struct estimate est;

	return estimator_at(e, raw_add(now, ns), &est) ? est.sd_ns : 1e18;
}

/* Is the sigma after @ns without an exchange below @share of the wanted one?  Always, where the
 * best is wanted. */
static bool is_sure_after(const struct pace_limits *l, const struct estimator *e, raw_t now,
			  int64_t ns, double share)
{
	double wanted = (double)l->precision_ns / PER_SIGMA;

	return l->precision_ns == 0 || predict_sd(e, now, ns) < share * wanted;
}

void pace_sampled(struct pace *p, const struct pace_limits *l, const struct estimator *e, raw_t now)
{
	assert(l->poll_ns_min > 0 && l->poll_ns > 0 && l->precision_ns >= 0);

	p->interval_ns = pace_interval(p, l);
	p->rest -= p->rest > 0;
	p->left -= p->left > 0;
	if (p->interval_ns > l->poll_ns_min && !is_sure_after(l, e, now, p->interval_ns, 1)) {
		p->interval_ns /= 2;
	} else if (p->left == 0 && p->interval_ns < l->poll_ns &&
		   is_sure_after(l, e, now, 2 * p->interval_ns, LONGER_SHARE)) {
		p->interval_ns *= 2;
		p->left = p->interval_ns <= STEP ? STEP_SAMPLES : EACH_SAMPLES;
	}
}

int64_t pace_interval(const struct pace *p, const struct pace_limits *l)
{
	bool first = p->rest > REST_SAMPLES - FIRST_SAMPLES;
	int64_t least = first ? ns_min(l->poll_ns_min, FIRST_NS_MAX) : l->poll_ns_min;

	return ns_clamp(p->interval_ns, least, l->poll_ns);
}

int64_t pace_next(struct pace *p, const struct pace_limits *l)
{
	int64_t interval = pace_interval(p, l), within = ns_min(l->poll_ns_min, NS_PER_S / 2);

	if (interval < BURST_FROM || p->burst >= BURST - 1) {
		bool burst = p->burst > 0;

		p->burst = 0;
		return burst ? interval - (BURST - 1) * within : interval;
	}
	p->burst++;
	return within;
}
