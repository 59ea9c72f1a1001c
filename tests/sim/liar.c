/* liar.c - a host of a simulated group whose clocks lie to it, or do not obey. */
#include "tests/sim/faults.h"

void liar_init(struct world *w)
{
	struct faults *f = faults_of(w);

	if (rng_below(&w->rng, 2)) {
		return;
	}
	f->lie = LIE_DEAF + (enum lie_kind)rng_below(&w->rng, N_LIES - LIE_DEAF);
	f->liar = (unsigned)rng_below(&w->rng, w->n);
	struct host *h = &w->host[f->liar];

	h->liar = true;
	h->config.priority = 0;
	h->clock.deaf = f->lie == LIE_DEAF;
	if (f->lie == LIE_FAST) {
		double sign = rng_below(&w->rng, 2) ? 1 : -1;

		h->clock.freq += sign * (250e-6 + 1e-3 * rng_unit(&w->rng));
		h->clock.limit = 1;
	}
}

void liar_go_on(struct world *w)
{
	struct faults *f = faults_of(w);
	struct lie *l = &w->host[f->liar].lie;

	if (f->lie == LIE_RAW_JUMPS) {
		double mean_ns = rng_below(&w->rng, 2) ? 1e9 : 1e5;

		l->raw_ns += (int64_t)(rng_exp(&w->rng) * mean_ns);
	} else if (f->lie == LIE_WALL) {
		int64_t most = rng_below(&w->rng, 2) ? 2 * NS_PER_S : 5 * NS_PER_MS;

		l->wall_ns = (int64_t)((2 * rng_unit(&w->rng) - 1) * (double)most);
	}
}
