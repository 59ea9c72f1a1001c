/* asymmetry.c - a configured constant for a path that is longer one way than the other.
 *
 * Say that what comes in takes A longer than what goes out: one way base, the other base + A.  With
 * A / 2 taken off both of our stamps, the receive stamp makes the way in A / 2 shorter and the
 * transmit stamp the way out A / 2 longer: both are base + A / 2, the offset is right, and the
 * round trip, on which bound and filter rest, is what it was.  The same holds whichever of the
 * two hosts is master, so it is enough that one of them is told; both would count twice.
 */
#include "berkd/net/asymmetry.h"

#include <net/if.h>
#include <string.h>

void asymmetry_refresh(struct asymmetry *a, const struct config *c)
{
	for (size_t i = 0; i < c->n_asymmetries; i++) {
		const char *name = c->asymmetries[i].interface;

		a->ifindex[i] = name[0] ? if_nametoindex(name) : 0;
	}
}

static bool is_same_ip(const struct addr *a, const struct addr *b)
{
	return memcmp(a->ip, b->ip, sizeof(a->ip)) == 0 && a->scope == b->scope;
}

void asymmetry_note(struct asymmetry *a, const struct config *c, const struct addr *local,
		    unsigned ifindex)
{
	unsigned i = 0;

	if (c->n_asymmetries == 0) {
		return;
	}
	while (i < a->n_local && !is_same_ip(&a->local[i].addr, local)) {
		i++;
	}
	if (i == ASYMMETRY_LOCAL_MAX) {
		i = ifindex % ASYMMETRY_LOCAL_MAX;
	} else if (i == a->n_local) {
		a->n_local++;
	}
	a->local[i].addr = *local;
	a->local[i].ifindex = ifindex;
}

unsigned asymmetry_interface(const struct asymmetry *a, const struct addr *local)
{
	for (unsigned i = 0; i < a->n_local; i++) {
		if (is_same_ip(&a->local[i].addr, local)) {
			return a->local[i].ifindex;
		}
	}
	return 0;
}

int64_t asymmetry_shift(const struct asymmetry *a, const struct config *c, const struct addr *peer,
			unsigned ifindex)
{
	int64_t found = 0;

	for (size_t i = 0; i < c->n_asymmetries; i++) {
		const struct config_asymmetry *x = &c->asymmetries[i];

		if (!x->interface[0] && memcmp(x->addr.ip, peer->ip, sizeof(peer->ip)) == 0) {
			return -x->longer_ns / 2;
		}
		if (x->interface[0] && ifindex != 0 && a->ifindex[i] == ifindex) {
			found = -x->longer_ns / 2;
		}
	}
	return found;
}
