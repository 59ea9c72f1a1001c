/* path.h - two oscillators and the network path between them, for tests of the estimator. */
#pragma once

#include "core/estimate/sample.h"

#define FLOOR_NS 100000.0
#define US	 1000.0

enum shape { EXPONENTIAL, SOFT, ONE_WAY, PARETO, COARSE, LOSSY, N_SHAPES, EARLY, RARE };

/* Two oscillators and the path between them.  True time is our RAW; the peer runs at 1 + rate. */
struct path {
	uint64_t seed;
	enum shape shape;
	double jitter_ns, rate, wander, floor_ns[2];
	int64_t offset_ns; /* at @now */
	double part_ns;	   /* and its fraction */
	int64_t now;
};

double path_uniform(struct path *);
/* Jitter of 100 us and floors of FLOOR_NS, a steady oscillator 37 ppm fast. */
void path_init(struct path *, enum shape, uint64_t seed);
void path_wait(struct path *, int64_t ns);
struct exchange path_exchange(struct path *);
