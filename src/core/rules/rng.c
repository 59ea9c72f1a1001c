/* rng.c - xoshiro256** 1.0 by Blackman and Vigna (2018), seeded by splitmix64. */
#include "berk/rng.h"

#include <assert.h>

static uint64_t rotate_left(uint64_t x, unsigned k)
{
	return x << k | x >> (64 - k);
}

void rng_seed(struct rng *r, uint64_t seed)
{
	for (unsigned i = 0; i < 4; i++) {
		r->s[i] = rng_splitmix(&seed);
	}
}

uint64_t rng_u64(struct rng *r)
{
	uint64_t *s = r->s;

	assert(s[0] | s[1] | s[2] | s[3]); /* seeded: all zeros would stay so */
	uint64_t result = rotate_left(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate_left(s[3], 45);
	return result;
}

uint64_t rng_below(struct rng *r, uint64_t n)
{
	uint64_t v;

	if (n == 0) {
		return 0;
	}
	uint64_t limit = UINT64_MAX - UINT64_MAX % n;

	do { /* rejection keeps it uniform */
		v = rng_u64(r);
	} while (v >= limit);
	return v % n;
}

double rng_unit(struct rng *r)
{
	return (double)(rng_u64(r) >> 11) * 0x1p-53;
}
