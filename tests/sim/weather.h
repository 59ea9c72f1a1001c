/* weather.h - a group whose network and clocks are drawn. */
#pragma once

#include "tests/world/world.h"

#define F_MAX 95e-6 /* oscillators, wander included; max_drift is 100 ppm */

/* @n hosts that are not up yet, on a network of some kind; give their scenario, and check_init(). */
struct world *weather_new(uint64_t seed, unsigned n);
/* The clock of host @i, which boots within three seconds from now; returns when, ns. */
int64_t weather_draw_host(struct world *, unsigned i, bool discovery);
