/* handshake.h - how two nodes that hold the group key come to a session.  ARCHITECTURE.md, "Trust".
 *
 *   initiator                              responder (stores nothing until RESPONSE is proved)
 *   HELLO     pub_i, nonce_i                                 --->
 *                     <---  CHALLENGE nonce_i, cookie, pub_r      no longer than HELLO
 *   RESPONSE  pub_i, nonce_i, cookie, index_i, Noise 1       --->     no longer than CHALLENGE
 *                     <---  ACCEPT nonce_i, Noise 2 (index_r)     no longer than RESPONSE
 *   DATA      under the keys of this handshake              <--->  (session.h)
 *
 * Each of the four ends with a MAC under a group key, which is looked at first.  HELLO and
 * CHALLENGE tell each other's public key and the way back; Noise (noise.h) proves them, with
 * ephemeral keys at both ends and the group key mixed in.  All of RESPONSE before Noise's message
 * is its prologue.  The cookie is a keyed hash of the initiator's address, pub and nonce under a
 * secret that changes every two minutes of mono_t.  A replayed RESPONSE never revives a key; the
 * responder keeps its present keys until the new ones are proved by a DATA packet.
 *
 * HELLO and CHALLENGE are of the lowest version that their sender speaks, and name the highest.
 * What comes after is of the highest that both speak.  RESPONSE names both, so nobody makes two
 * hosts speak a lower one.  Today there is WIRE_VERSION alone.
 *
 * No wall-clock time anywhere.  All random bytes come in from the caller, who erases them: the code
 * is deterministic.
 *
 * Each function that takes @in takes it from anybody: @in may be of any length and content.  Each
 * that writes a packet writes at most WIRE_PACKET_MAX bytes to @out.
 */
#pragma once

#include "core/wire/session.h"
#include "core/wire/trust.h"

#define SESSION_RAND_LEN KEY_LEN /* random bytes that a call below needs: an ephemeral secret */

/* Initiator: begin, or begin again; writes a HELLO.  Returns its length, 0 when @size is too small.
 * Call when there is an address to try. */
size_t session_hello(struct session *, const struct trust *,
		     const uint8_t rnd[static SESSION_RAND_LEN], mono_t now, uint8_t *out,
		     size_t size);
/* Is it the HELLO that @s sent last and that no CHALLENGE has answered?  Call when a HELLO of
 * our own came, which session_challenge() has found good. */
bool session_is_own_hello(const struct session *s, const uint8_t *in, size_t len);
/* The public key (KEY_LEN bytes) of whoever sent the HELLO or RESPONSE @in, as it says itself.
 * Call when its MAC was found good. */
const uint8_t *session_caller(const uint8_t *in);
/* Responder: is it a HELLO of this group?  @ret_pub: whose it claims to be; it may be our own, for
 * who calls himself is told who we are, and then knows. */
enum session_verdict session_check_hello(const struct trust *, const uint8_t *in, size_t len,
					 uint8_t ret_pub[static KEY_LEN]);
/* Responder, stateless: answer a HELLO from @from with a CHALLENGE in @out; returns its length.
 * Call when session_check_hello() said SESSION_OK to the same @in. */
size_t session_challenge(const struct trust *, const struct addr *from, const uint8_t *in,
			 uint8_t *out, size_t size);
/* Initiator: does @s wait for a packet of @type, which is WIRE_CHALLENGE or WIRE_ACCEPT, that has
 * the nonce of this one?  Call before anything is computed. */
bool session_awaits(const struct session *, enum wire_packet type, const uint8_t *in, size_t len);
/* Initiator: a CHALLENGE came for @s, which the header's index named; writes the RESPONSE and
 * learns peer_pub.  SESSION_BAD_STATE when @s waits for none. */
enum session_verdict session_on_challenge(struct session *s, const struct trust *,
					  const uint8_t *in, size_t len,
					  const uint8_t rnd[static SESSION_RAND_LEN], mono_t now,
					  uint8_t *out, size_t size, size_t *ret_len);
/* Responder: check a RESPONSE without any stored state, as far as hashes can tell.  SESSION_OK: it
 * is from a holder of the group key, who hears at @from and says to be @ret_pub. */
enum session_verdict session_check_response(const struct trust *, const struct addr *from,
					    const uint8_t *in, size_t len,
					    uint8_t ret_pub[static KEY_LEN]);
/* Would it make keys in @s, the session of that peer?  SESSION_REPLAYED when it made keys before,
 * or when other keys are on offer since less than a second. */
enum session_verdict session_check_offer(const struct session *s, const uint8_t *in, mono_t now);
/* Is it from the holder of that key?  This costs two scalar multiplications.  Call when the checks
 * above said SESSION_OK to the same @in. */
enum session_verdict session_prove_response(const struct trust *, const uint8_t *in,
					    struct noise *ret);
/* Responder: offer new keys in s->next and write the ACCEPT, which costs three.  Call when
 * session_prove_response() said SESSION_OK to the same @in. */
enum session_verdict session_accept(struct session *s, const struct trust *, struct noise *,
				    const uint8_t *in, const uint8_t rnd[static SESSION_RAND_LEN],
				    mono_t now, uint8_t *out, size_t size, size_t *ret_len);
/* Initiator: an ACCEPT came for @s.  SESSION_OK: the session is open, its keys are in s->now. */
enum session_verdict session_on_accept(struct session *s, const struct trust *, const uint8_t *in,
				       size_t len, mono_t now);
