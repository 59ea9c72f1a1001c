/* asymmetry.h - what an operator knows of a path that no two-way exchange can see. */
#pragma once

#include "berkd/config/config.h"

#define ASYMMETRY_LOCAL_MAX 16

struct asymmetry {
	/* The configured interfaces, as the kernel numbers them at the moment; 0: not there. */
	unsigned ifindex[CONFIG_ASYMMETRIES_MAX];
	/* Our own addresses, and over which interface packets to them came lately: what leaves from
	 * them goes the same way (a transmit stamp does not tell its interface). */
	struct {
		struct addr addr;
		unsigned ifindex;
	} local[ASYMMETRY_LOCAL_MAX];
	unsigned n_local;
};

/* Look the interfaces up anew.  Call at start and when they have changed. */
void asymmetry_refresh(struct asymmetry *, const struct config *);
/* Call for each packet: it came to @local over @ifindex. */
void asymmetry_note(struct asymmetry *, const struct config *, const struct addr *local,
		    unsigned ifindex);
/* The interface that packets from @local leave by; 0: not known.  Call before a send. */
unsigned asymmetry_interface(const struct asymmetry *, const struct addr *local);
/* What is to be added to each of our stamps, of packets to @peer and from it over @ifindex (0: not
 * known), in ns.  A peer's own constant goes before that of an interface.  Call for each stamp. */
int64_t asymmetry_shift(const struct asymmetry *, const struct config *, const struct addr *peer,
			unsigned ifindex);
