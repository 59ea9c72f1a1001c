/* rng.h - one small deterministic generator per node or simulator object (xoshiro256**, Blackman
 * and Vigna 2018, seeded by splitmix64).  Not for keys: key material and nonces come in with
 * events.
 */
#pragma once

#include <stdint.h>

struct rng {
	uint64_t s[4];
};

void rng_seed(struct rng *, uint64_t seed);
uint64_t rng_u64(struct rng *);
/* Uniform in [0, @n); 0 when @n is 0. */
uint64_t rng_below(struct rng *, uint64_t n);
/* Uniform in [0, 1). */
double rng_unit(struct rng *);
