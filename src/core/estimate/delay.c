/* delay.c - the shape of network delay above its floor.  See ARCHITECTURE.md, "Estimation".
 *
 * A histogram on nodes spaced by half octaves, fine near the floor, where the information is.  Each
 * direction has a scale of its own (queues are rarely alike both ways); the shape is shared, which
 * is what ties the two floors together when neither is sharp.  It starts as an exponential worth
 * PRIOR_SAMPLES, or half as much with what the first exchanges showed, and follows what is seen
 * over MEMORY samples.  The evidence comes from the filter's posterior (expectation maximisation,
 * on line): so the blur of our own uncertainty is not learnt as softness of the floor.
 */
#include "core/estimate/delay.h"

#include <assert.h>

#define PRIOR_SAMPLES 64.0
#define MEMORY	      2000.0
#define SCALE_MEMORY  400
#define TIE	      2.0 /* pull of the two scales towards each other, against one sample's */
#define LEARN_AFTER   20  /* samples: until then the floor is not known well enough */

_Static_assert(DELAY_NODES == 22, "the tables below");

static const double node[DELAY_NODES] = {0,	  0.015625, 0.0234375, 0.03125, 0.046875, 0.0625,
					 0.09375, 0.125,    0.1875,    0.25,	0.375,	  0.5,
					 0.75,	  1,	    1.5,       2,	3,	  4,
					 6,	  8,	    12,	       16};
/* exp(-node) */
static const double exponential[DELAY_NODES] = {1,	    0.98449644, 0.97683502, 0.96923323,
						0.95420666, 0.93941306, 0.91051034, 0.88249690,
						0.82902912, 0.77880078, 0.68728928, 0.60653066,
						0.47236655, 0.36787944, 0.22313016, 0.13533528,
						0.04978707, 0.01831564, 0.00247875, 0.00033546,
						6.144e-6,   1.125e-7};

/* Area under the hat of @i; the last one's right side is the inverse-square tail. */
static double hat_area(unsigned i)
{
	double left = i > 0 ? (node[i] - node[i - 1]) / 2 : 0;
	double right = i + 1 < DELAY_NODES ? (node[i + 1] - node[i]) / 2 : node[i];

	return left + right;
}

static void update_density(struct delay_shape *d)
{
	double sum = 0;

	for (unsigned i = 0; i < DELAY_NODES; i++) {
		sum += d->count[i];
	}
	for (unsigned i = 0; i < DELAY_NODES; i++) {
		d->density[i] = d->count[i] / (sum * hat_area(i)) + 1e-9;
	}
}

void delay_init(struct delay_shape *d, double scale_ns, const double excess_ns[], unsigned n)
{
	assert(scale_ns > 0);

	double prior = n > 0 ? PRIOR_SAMPLES / 2 : PRIOR_SAMPLES;

	d->scale[0] = d->scale[1] = scale_ns;
	for (unsigned i = 0; i < DELAY_NODES; i++) {
		d->count[i] = prior * exponential[i] * hat_area(i);
	}
	for (unsigned k = 0; k < n; k++) {
		delay_count(d->count, excess_ns[k] / scale_ns, 1);
	}
	update_density(d);
}

void delay_learn(struct delay_shape *d, const double hat[DELAY_NODES], const double mean[2],
		 unsigned n)
{
	assert(mean[0] >= 0 && mean[1] >= 0);

	double gain = 1.0 / (n + 2 < SCALE_MEMORY ? n + 2 : SCALE_MEMORY);

	for (unsigned way = 0; way < 2; way++) {
		d->scale[way] *= 1 + gain * (mean[way] - 1);
	}
	/* Where the floors are soft, a wrong offset would feed on a split of the scales. */
	double half_split = (d->scale[0] - d->scale[1]) / 2;
	d->scale[0] -= TIE * gain * half_split;
	d->scale[1] += TIE * gain * half_split;
	if (n <= LEARN_AFTER) {
		return;
	}
	for (unsigned i = 0; i < DELAY_NODES; i++) {
		d->count[i] += hat[i] - d->count[i] / MEMORY;
	}
	update_density(d);
}

double delay_scale(const struct delay_shape *d)
{
	return (d->scale[0] + d->scale[1]) / 2;
}

double delay_survival(const struct delay_shape *d, double u)
{
	double above = 0, sum = 0;

	for (unsigned i = 0; i < DELAY_NODES; i++) {
		above += node[i] >= u ? d->count[i] : 0;
		sum += d->count[i];
	}
	return above / sum;
}
