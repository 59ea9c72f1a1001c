/* rng.h - one small deterministic generator per node or simulator object (xoshiro256**, Blackman
 * and Vigna 2018, seeded by splitmix64).  Not for keys: key material and nonces come in with
 * events.
 */
#pragma once

#include <stdint.h>

struct rng {
	uint64_t s[4];
};

/* 64 random bits from a state of 64 bits, which moves on: SplitMix64 (Steele, Lea and Flood 2014).
 * Good enough to seed the generator below, or for draws whose quality is of no account. */
static inline uint64_t rng_splitmix(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Any seed will do.  Call before the first draw. */
void rng_seed(struct rng *, uint64_t seed);
/* 64 random bits. */
uint64_t rng_u64(struct rng *);
/* Uniform in [0, @n); 0 when @n is 0. */
uint64_t rng_below(struct rng *, uint64_t n);
/* Uniform in [0, 1). */
double rng_unit(struct rng *);
