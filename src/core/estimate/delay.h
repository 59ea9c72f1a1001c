/* delay.h - the shape of network delay above its floor, learnt from what is seen.
 *
 * Delays are in ns, never negative; an excess is a delay less the floor; u is an excess in scales.
 */
#pragma once

#include <stdint.h>
#include <string.h>

#define DELAY_NODES 22

/* What both directions' delays look like above their floors. */
struct delay_shape {
	double scale[2]; /* mean excess over the floor, ns: outbound, return */
	double count[DELAY_NODES];
	double density[DELAY_NODES]; /* of u, at each node */
};

/* A delay below the floor: a stamp in error, or a floor that is softer than we know.  Were it much
 * less likely, each early sample would be a wall, and a cloud that is wrong could not get out:
 * with 1e-4, one of seven measured in guests behind netem was 50 us off and sure of 3; with 5e-2,
 * sharp floors would be used too little. */
#define DELAY_DENSITY_BELOW 0.02

/* Begin with an exponential of mean @scale_ns, positive (asserted), and the @n excesses that were
 * seen already, in ns.  Call when the delays are those of another path or other stamps. */
void delay_init(struct delay_shape *, double scale_ns, const double excess_ns[], unsigned n);
/* Add one exchange's evidence: @hat, its weight on each node; @mean, its u per direction; @n, the
 * exchanges before it.  Call when the cloud has weighed an exchange. */
void delay_learn(struct delay_shape *, const double hat[DELAY_NODES], const double mean[2],
		 unsigned n);
/* Mean excess of one way, ns. */
double delay_scale(const struct delay_shape *);
/* Probability that an excess is above @u scales, 0 to 1. */
double delay_survival(const struct delay_shape *, double u);

/* Node left of @u >= 0 and how far @u is towards the next.  Nodes: 0, then 2^-6 times 1, 1.5, 2, 3,
 * 4, 6, ... 16: the bits of a float are that logarithm, so the place is found without one. */
static inline unsigned delay_node(double u, double *ret_part)
{
	float f = (float)(u < 1e6 ? u : 1e6) * 64;
	uint32_t bits;

	if (f < 1) {
		*ret_part = (double)f;
		return 0;
	}
	memcpy(&bits, &f, sizeof(bits));
	*ret_part = (double)(bits & 0x3fffff) * (1.0 / 0x400000);
	return (bits >> 22) - (127U << 1) + 1;
}

/* Count an excess of @u scales in a histogram on the nodes. */
static inline void delay_count(double count[DELAY_NODES], double u, double weight)
{
	double part;
	unsigned i = delay_node(u, &part);

	if (i >= DELAY_NODES - 1) {
		count[DELAY_NODES - 1] += weight;
	} else {
		count[i] += weight * (1 - part);
		count[i + 1] += weight * part;
	}
}

/* Density of an excess of @u scales: linear between nodes, inverse square beyond the last. */
static inline double delay_density(const struct delay_shape *d, double u)
{
	double part;

	if (u < 0) {
		return DELAY_DENSITY_BELOW;
	}
	unsigned i = delay_node(u, &part);
	if (i >= DELAY_NODES - 1) {
		double far = 16 / (u < 1e6 ? u : 1e6);

		return d->density[DELAY_NODES - 1] * far * far;
	}
	return d->density[i] + (d->density[i + 1] - d->density[i]) * part;
}
