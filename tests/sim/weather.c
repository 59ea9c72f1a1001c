/* weather.c - see weather.h. */
#include "tests/sim/weather.h"

#define TABLE	32
#define BOOT_NS 3e9

struct world *weather_new(uint64_t seed, unsigned n)
{
	static const char *const nets[] = {"lan", "lan", "noisy", "wan"};
	struct net net;

	(void)net_named("lan", &net);
	struct world *w = world_new(seed, n, n, n, &net, TABLE);

	(void)net_named(nets[rng_below(&w->rng, 4)], &w->net);
	w->timer_late_ns = 50 * NS_PER_US;
	return w;
}

int64_t weather_draw_host(struct world *w, unsigned i, bool discovery)
{
	struct host *h = &w->host[i];

	world_draw_clock(w, i, NS_PER_S / 2, F_MAX);
	h->clock.wander = 1e-9;
	h->clock.limit = F_MAX;
	h->config.discovery = discovery;
	return (int64_t)(rng_unit(&w->rng) * BOOT_NS);
}
