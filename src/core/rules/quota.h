/* quota.h - how much a host does for whoever it does not know yet.  ARCHITECTURE.md, "Trust".
 *
 * Each source, which is an address or a peer that was met there, has its own allowance, so one that
 * asks for much takes nothing from the others, and all strangers together have one.  Whoever sends
 * under the address of a peer, in what he has recorded of others, takes nothing from that peer.
 * Sources share 64 places by a secret hash: nothing is stored for an address, and nobody can choose
 * with whom he shares.
 */
#pragma once

#include "berk/addr.h"
#include "berk/limits.h"
#include "berk/time.h"

#include <stdbool.h>
#include <stdint.h>

#define QUOTA_SOURCES 64
#define SEEN_BITS     16384 /* a power of two */

/* What is saved up of an allowance, in ns of refill. */
struct allowance {
	int64_t saved_ns;
	mono_t at;
};

struct quota {
	uint64_t salt;
	struct allowance all, source[QUOTA_SOURCES];
};

/* What came lately, so that a copy of it is known.  The salt is secret: else somebody could find an
 * address from which a copy sets the bits of another packet, and have that dropped. */
struct seen {
	uint64_t salt;
	uint64_t bit[2][SEEN_BITS / 64]; /* of the present turn, and of the one before */
	mono_t since;
};

/* What a node keeps of all strangers: of CHALLENGEs, of handshakes that are proved by
 * Diffie-Hellman, of refusals, and which HELLOs and RESPONSEs came. */
struct strangers {
	struct quota hellos, proofs;
	struct allowance told;	    /* refusals, of whomever, that people hear of */
	struct allowance discovers; /* DISCOVERs that are looked into */
	struct allowance copies;    /* HELLOs that came already, as if from elsewhere */
	struct seen hellos_seen;    /* HELLOs that were answered, to wherever */
	struct seen hellos_there;   /* the same, and to where */
	struct seen responses_seen; /* RESPONSEs that were looked into */
};

/* Take one of an allowance that gives one per @each_ns and saves up @burst; false: none is left. */
bool allowance_take(struct allowance *, int64_t each_ns, int64_t burst, mono_t now);
/* Call once, before any quota_take(). */
void quota_init(struct quota *, uint64_t salt, mono_t now);
/* May one more thing be done for whoever is at @from, and is @expected there or a stranger?  @pub:
 * its key, where it is a peer that was met there; else NULL, for anybody makes as many as he likes.
 * If so, it is taken: 20 a second for one source, 200 for all strangers.  Call when all that is
 * cheap was found good. */
bool quota_take(struct quota *, const struct addr *from, const uint8_t *pub, bool expected,
		mono_t now);
/* Call once, before the two others; @salt is a secret. */
void seen_init(struct seen *, uint64_t salt);
/* Was something with this MAC here within the last ten seconds?  @from: and did it come from there?
 * NULL: from anywhere.  It is noted.  (When 200 come in each second, one that was not here is taken
 * for one that was in 5 to 15 cases of 100: two bits of 16384 each, of 2000 to 4000 that are noted.
 * Its sender tries again with another MAC.) */
bool seen_before(struct seen *, const struct addr *from, const uint8_t mac[static 16], mono_t now);
/* The same, and it is not noted. */
bool seen_is_there(const struct seen *, const struct addr *from, const uint8_t mac[static 16]);
