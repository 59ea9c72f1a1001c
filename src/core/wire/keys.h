/* keys.h - all that is computed from keys: MACs of handshake packets, cookies, the keys of a pair.
 *
 * Every hash is BLAKE2b keyed with a secret; each use has a label of its own, so no output of one
 * is ever valid for another.
 */
#pragma once

#include "berk/addr.h"
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
	uint32_t index_remote; /* goes into the header of what we send */
	uint64_t tx_counter;   /* next to use; rekey long before it could wrap */
	uint64_t rx_max;
	uint64_t rx_window; /* bit i: rx_max - i seen */
	mono_t since;
	uint8_t nonce_i[NONCE_LEN]; /* of the handshake they come from: a replayed one is known */
	uint8_t nonce_r[NONCE_LEN];
};

/* The last MAC_LEN of the @len bytes at @p authenticate all before them. */
void mac_put(uint8_t *p, size_t len, const uint8_t key[static KEY_LEN]);
bool mac_is_good(const uint8_t *p, size_t len, const uint8_t key[static KEY_LEN]);
/* What the responder asks back from an initiator at @from: proves that it hears at that address. */
void cookie_make(const uint8_t secret[static KEY_LEN], const struct addr *from,
		 const uint8_t pub[static KEY_LEN], const uint8_t nonce[static NONCE_LEN],
		 uint8_t ret[static NONCE_LEN]);
/* The long-term key of us and the holder of @peer_pub, from the Diffie-Hellman secret and the group
 * key; @initiator: are we?  False when @peer_pub is a point of low order. */
bool pair_key_make(const struct trust *, const uint8_t peer_pub[static KEY_LEN], bool initiator,
		   uint8_t ret[static KEY_LEN]);
/* The keys of one handshake.  Call when its nonces are proved fresh. */
void session_keys_make(struct session_keys *ret, const uint8_t pair_key[static KEY_LEN],
		       bool initiator, const uint8_t nonce_i[static NONCE_LEN],
		       const uint8_t nonce_r[static NONCE_LEN], uint32_t index_remote, mono_t now);
