/* host_clock.c - clock_gettime(), and two clocks at one instant. */
#include "berkd/host/host_clock.h"

#include <assert.h>

#define PAIR_TRIES 5

int64_t host_clock_ns(clockid_t id)
{
	struct timespec ts;
	int r = clock_gettime(id, &ts);

	assert(r == 0); /* only clocks that every Linux has */
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

void host_clock_pair(struct clock_pair *ret, int64_t *ret_width_ns)
{
	int64_t best = INT64_MAX;

	for (unsigned i = 0; i < PAIR_TRIES; i++) {
		int64_t before = host_clock_ns(CLOCK_MONOTONIC_RAW);
		int64_t wall = host_clock_ns(CLOCK_REALTIME);
		int64_t after = host_clock_ns(CLOCK_MONOTONIC_RAW);
		int64_t half = (after - before + 1) / 2;

		if (half < best) {
			best = half;
			ret->raw = (raw_t){before + (after - before) / 2};
			ret->wall = (wall_t){wall};
		}
	}
	*ret_width_ns = best;
}
