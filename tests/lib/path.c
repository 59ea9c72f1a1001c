/* path.c - two oscillators and the network path between them.  Seeded: each run is the same. */
#include "tests/lib/path.h"

#include <math.h>

double path_uniform(struct path *p)
{
	uint64_t z = (p->seed += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return ((double)((z ^ (z >> 31)) >> 11) + 0.5) / 9007199254740992.0;
}

static double draw_queueing(struct path *p, int way)
{
	double e = -log(path_uniform(p));

	switch (p->shape) {
	case SOFT:
		return p->jitter_ns * (e - log(path_uniform(p))) / 2;
	case ONE_WAY:
		return p->jitter_ns * e * (way ? 0.2 : 1.8);
	case PARETO:
		return p->jitter_ns * 1.5 * (exp(e / 2.5) - 1);
	case EARLY: /* One in 33 of the stamps on the way out is early; the rest are near the floor. */
		if (way == 0 && path_uniform(p) < 0.03) {
			return -0.2 * p->jitter_ns * e;
		}
		return 0.1 * p->jitter_ns * (e - log(path_uniform(p)) / 2);
	case RARE: /* a tenth, and on the way out 97 % wait for three times the mean */
		return p->jitter_ns * (0.1 * e + (way == 0 && path_uniform(p) < 0.97 ? 3 : 0));
	default:
		return p->jitter_ns * e;
	}
}

void path_init(struct path *p, enum shape shape, uint64_t seed)
{
	*p = (struct path){.seed = seed,
			   .shape = shape,
			   .jitter_ns = 100 * US,
			   .rate = 37e-6,
			   .floor_ns = {FLOOR_NS, FLOOR_NS},
			   .offset_ns = -123456789012,
			   .now = 5 * NS_PER_S};
}

void path_wait(struct path *p, int64_t ns)
{
	double moved = p->part_ns + p->rate * (double)ns;
	int64_t whole = (int64_t)floor(moved);

	p->now += ns;
	p->offset_ns += whole;
	p->part_ns = moved - (double)whole;
	p->rate += p->wander * sqrt((double)ns * 1e-9) * (path_uniform(p) - 0.5) * 3.4641;
}

struct exchange path_exchange(struct path *p)
{
	int64_t out = (int64_t)(p->floor_ns[0] + draw_queueing(p, 0)), held = 200000;
	int64_t back = (int64_t)(p->floor_ns[1] + draw_queueing(p, 1));
	int64_t org = p->now, grain = p->shape == COARSE ? 1000 : 1;
	struct exchange x = {.org = {org}, .quality = STAMP_KERNEL};

	x.rec.ns = org + out + p->offset_ns + (int64_t)(p->rate * (double)out);
	x.xmt.ns = x.rec.ns + held;
	x.dst.ns = org + out + held + back;
	x.org.ns -= x.org.ns % grain;
	x.rec.ns -= x.rec.ns % grain;
	x.xmt.ns -= x.xmt.ns % grain;
	x.dst.ns -= x.dst.ns % grain;
	return x;
}
