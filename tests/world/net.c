/* net.c - see net.h.  The model: base + jitter x Exp(1), drawn independently per packet and
 * direction; the rest is trouble added to it. */
#include "tests/world/net.h"

#include "tests/world/clock.h"

#include <math.h>
#include <string.h>

#define HELD_NS 20e6

bool net_named(const char *name, struct net *ret)
{
	static const struct {
		const char *name;
		int64_t base_ns, jitter_ns;
	} known[] = {
		{"lan", 100 * NS_PER_US, 10 * NS_PER_US},
		{"noisy", 100 * NS_PER_US, 100 * NS_PER_US},
		{"wan", 10 * NS_PER_MS, NS_PER_MS},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].name, name) == 0) {
			*ret = (struct net){.name = known[i].name,
					    .base_ns = known[i].base_ns,
					    .jitter_ns = known[i].jitter_ns,
					    .asym = 0.5,
					    .route_at = INT64_MAX,
					    .route_end = INT64_MAX};
			return true;
		}
	}
	return false;
}

bool net_shape(struct net *net, const char *name)
{
	static const struct {
		const char *name;
		enum shape shape;
		double k;
	} known[] = {{"exp", SHAPE_EXP, 0},	    {"gamma", SHAPE_GAMMA, 2},
		     {"pareto", SHAPE_PARETO, 2.5}, {"sumexp", SHAPE_SUMEXP, 0},
		     {"uniform", SHAPE_UNIFORM, 0}, {"netem", SHAPE_NETEM, 0},
		     {"rare", SHAPE_RARE, 0}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].name, name) == 0) {
			net->shape = known[i].shape;
			net->shape_k = known[i].k;
			return true;
		}
	}
	return false;
}

/* Gamma of shape @k >= 1: Marsaglia and Tsang 2000. */
static double rng_gamma(struct rng *r, double k)
{
	double d = k - 1.0 / 3, c = 1 / sqrt(9 * d);

	for (;;) {
		double x = rng_gauss(r), v = 1 + c * x;

		v = v * v * v;
		if (v > 0 && log(1 - rng_unit(r)) < 0.5 * x * x + d - d * v + d * log(v)) {
			return d * v;
		}
	}
}

/* Of mean 1 in each shape but the last; @up: to a higher number. */
static double draw_jitter(const struct net *net, bool up, struct rng *r)
{
	double k = net->shape_k;

	switch (net->shape) {
	case SHAPE_EXP:
		return rng_exp(r);
	case SHAPE_UNIFORM:
		return 2 * rng_unit(r);
	case SHAPE_NETEM: { /* what guests behind netem see: uniform, and their own delays */
		double own = rng_exp(r), more = rng_exp(r), stall = rng_unit(r) < 0.02 ? 40 : 1;

		return (1.6 * rng_unit(r) + 0.1 * (own + more) * stall) / (0.8 + 0.2 * 1.78);
	}
	case SHAPE_GAMMA:
		return rng_gamma(r, k) / k;
	case SHAPE_PARETO: /* Lomax: a Pareto that begins at 0 */
		return (pow(1 - rng_unit(r), -1 / k) - 1) * (k - 1);
	case SHAPE_SUMEXP:
		return (rng_exp(r) + rng_exp(r)) / 2;
	case SHAPE_RARE: /* few packets of one direction are fast, the others wait */
		return rng_exp(r) + (up && rng_unit(r) < 0.97 ? 30 : 0);
	}
	return 0;
}

static int64_t draw_delay(const struct net *net, unsigned from, unsigned to, int64_t now,
			  struct rng *r)
{
	double share = 2 * (to < from ? net->asym : 1 - net->asym);
	int64_t ns = net->base_ns +
		     llrint((double)net->jitter_ns * share * draw_jitter(net, to > from, r));

	if (from == 1 && now >= net->route_at && now < net->route_end) {
		ns += net->route_extra_ns;
	}
	if (net->reorder > 0 && rng_unit(r) < net->reorder) {
		ns += llrint(rng_exp(r) * HELD_NS);
	}
	return from < NET_LINKS_MAX && to < NET_LINKS_MAX ? ns + net->extra_ns[from][to] : ns;
}

bool net_is_cut(const struct net *net, unsigned from, unsigned to)
{
	return from < NET_LINKS_MAX && to < NET_LINKS_MAX && (net->cut[from] >> to & 1) != 0;
}

unsigned net_send(const struct net *net, unsigned from, unsigned to, int64_t now, struct rng *r,
		  int64_t ret_delay_ns[2])
{
	if (net_is_cut(net, from, to) || (net->loss > 0 && rng_unit(r) < net->loss)) {
		return 0;
	}
	ret_delay_ns[0] = draw_delay(net, from, to, now, r);
	if (net->dup <= 0 || rng_unit(r) >= net->dup) {
		return 1;
	}
	ret_delay_ns[1] = draw_delay(net, from, to, now, r);
	return 2;
}
