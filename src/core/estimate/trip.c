/* trip.c - the smallest round trips to a peer.  See ARCHITECTURE.md, "Estimation". */
#include "core/estimate/trip.h"

#include "berk/time.h"

#include <assert.h>

#define TRIP_EPOCH 256
#define SHORTER	   4 /* a far shorter round trip weighs as many that are not, */
#define SHORTER_N  9 /* and so much is no stamp in error: three of them, nearly in a row */

void trip_begin(struct trip *t, int64_t trip_ns)
{
	*t = (struct trip){.shortest_ns = trip_ns};
}

void trip_forget(struct trip *t, int64_t trip_ns)
{
	unsigned n = t->n;

	trip_begin(t, trip_ns);
	t->n = n;
}

void trip_add(struct trip *t, int64_t trip_ns)
{
	if (t->n % TRIP_EPOCH == 0) {
		t->least_ns[1] = t->least_ns[0];
		t->seen[1] = t->seen[0];
		t->seen[0] = false;
	}
	t->least_ns[0] = t->seen[0] ? ns_min(t->least_ns[0], trip_ns) : trip_ns;
	t->seen[0] = true;
	t->n++;
}

int64_t trip_least_ns(const struct trip *t)
{
	assert(t->seen[0]);

	return t->seen[1] ? ns_min(t->least_ns[0], t->least_ns[1]) : t->least_ns[0];
}

bool trip_watch(struct trip *t, int64_t trip_ns, double leap_ns)
{
	assert(leap_ns >= 0);

	if ((double)trip_ns > (double)t->shortest_ns - leap_ns ||
	    trip_ns + trip_ns / 16 > t->shortest_ns) {
		if (t->n_shorter == 0) {
			t->shortest_ns = ns_min(t->shortest_ns, trip_ns);
		} else {
			t->n_shorter--;
		}
		return false;
	}
	t->n_shorter += SHORTER;
	return t->n_shorter >= SHORTER_N;
}
