/* noise.h - a handshake of the Noise framework (noiseprotocol.org, revision 34):
 * Noise_KKpsk2_25519_ChaChaPoly_BLAKE2b.
 *
 *   -> s                the initiator's static key is known: HELLO told it
 *   <- s                so is the responder's: CHALLENGE told it
 *   ...
 *   -> e, es, ss
 *   <- e, ee, se, psk
 *
 * Who reads the first message knows that a holder of the initiator's static key, or of the
 * reader's own, wrote it; it may be a replay.  Who reads the second knows that the responder
 * wrote it now, and holds the psk.  The first packet under the keys of noise_split() proves the
 * same of the initiator, whatever secrets have leaked but its own.  Keys of a handshake that is
 * over cannot be computed by one who learns all static keys and the psk later.
 *
 * It is tested with the vectors of cacophony.  Its ephemeral secrets come in from the caller.
 */
#pragma once

#include "berk/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOISE_HASH_LEN 64
#define NOISE_TAG_LEN  16
#define NOISE_LEN      (KEY_LEN + NOISE_TAG_LEN) /* of a message, besides its payload */

struct noise {
	uint8_t chain[NOISE_HASH_LEN], hash[NOISE_HASH_LEN];
	uint8_t key[KEY_LEN];
	uint64_t n_sealed;
	uint8_t secret[KEY_LEN]; /* ours, ephemeral */
	uint8_t remote[KEY_LEN]; /* theirs, ephemeral */
};

/* What each end has and knows for good. */
struct noise_static {
	const uint8_t *secret; /* ours */
	const uint8_t *remote; /* public, theirs */
};

/* Begin, at either end.  @prologue: what both must have seen alike. */
void noise_begin(struct noise *, const uint8_t pub_i[static KEY_LEN],
		 const uint8_t pub_r[static KEY_LEN], const uint8_t *prologue, size_t len);
/* The first message, NOISE_LEN + @len bytes, and back.  @secret: KEY_LEN fresh random bytes.
 * False: it is forged, or a key is of low order; the handshake is over. */
bool noise_write_first(struct noise *, const struct noise_static *,
		       const uint8_t secret[static KEY_LEN], const uint8_t *payload, size_t len,
		       uint8_t *out);
bool noise_read_first(struct noise *, const struct noise_static *, const uint8_t *in, size_t len,
		      uint8_t *ret_payload);
/* The same of the second. */
bool noise_write_second(struct noise *, const struct noise_static *,
			const uint8_t psk[static KEY_LEN], const uint8_t secret[static KEY_LEN],
			const uint8_t *payload, size_t len, uint8_t *out);
bool noise_read_second(struct noise *, const struct noise_static *,
		       const uint8_t psk[static KEY_LEN], const uint8_t *in, size_t len,
		       uint8_t *ret_payload);
/* The keys of either direction.  What they were made of is erased; ->hash stays, and names them. */
void noise_split(struct noise *, uint8_t ret_i_to_r[static KEY_LEN],
		 uint8_t ret_r_to_i[static KEY_LEN]);
/* Call when a handshake is given up. */
void noise_erase(struct noise *);
