/* keys.h - what is computed from keys besides the handshake itself (noise.h): MACs of its packets,
 * cookies, and the keys of a session.
 *
 * Every hash is BLAKE2b keyed with a secret; each use has a label of its own, so no output of one
 * is ever valid for another.
 */
#pragma once

#include "berk/addr.h"
#include "core/wire/noise.h"
#include "core/wire/trust.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NONCE_LEN 16
#define MAC_LEN	  16

/* The keys of one handshake, one per direction, and what was sent and seen under them. */
struct session_keys {
	bool valid;
	bool initiator;
	uint8_t tx[KEY_LEN];
	uint8_t rx[KEY_LEN];
	uint32_t group;	       /* serial of the group key of their handshake.  join.c */
	uint32_t index_remote; /* goes into the header of what we send */
	uint64_t tx_counter;   /* next to use */
	uint64_t rx_max;
	uint64_t rx_window; /* bit i: rx_max - i seen */
	mono_t since;
	uint64_t name;		    /* no other keys have it */
	uint8_t nonce_i[NONCE_LEN]; /* of the handshake they come from: a replayed one is known */
};

/* The last MAC_LEN of the @len bytes at @p authenticate all before them. */
void mac_put(uint8_t *p, size_t len, const uint8_t key[static KEY_LEN]);
bool mac_is_good(const uint8_t *p, size_t len, const uint8_t key[static KEY_LEN]);
/* The group key under which they do; NULL: none of ours. */
const uint8_t *mac_key(const struct trust *, const uint8_t *p, size_t len);
/* What only who has the @secret of an identity can say to the HELLO with @nonce, in the CHALLENGE
 * with @cookie: that it is that identity itself. */
void self_proof_make(const uint8_t secret[static KEY_LEN], const uint8_t nonce[static NONCE_LEN],
		     const uint8_t cookie[static NONCE_LEN], uint8_t ret[static NONCE_LEN]);
/* What the responder asks back from an initiator at @from: proves that it hears at that address. */
void cookie_make(const uint8_t secret[static KEY_LEN], const struct addr *from,
		 const uint8_t pub[static KEY_LEN], const uint8_t nonce[static NONCE_LEN],
		 uint8_t ret[static NONCE_LEN]);
/* The keys that @noise has come to, whose last message was just written or read. */
void session_keys_make(struct session_keys *ret, struct noise *, bool initiator,
		       const uint8_t nonce_i[static NONCE_LEN], uint32_t index_remote, mono_t now);
