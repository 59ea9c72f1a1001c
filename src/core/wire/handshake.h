/* handshake.h - how two nodes that hold the group key come to a session.  ARCHITECTURE.md, "Trust".
 *
 *   initiator                              responder (stores nothing until RESPONSE is proved)
 *   HELLO     pub_i, nonce_i, MAC(group)                     --->
 *             <---  CHALLENGE nonce_i, cookie, pub_r, MAC(group)   never longer than HELLO
 *   RESPONSE  pub_i, nonce_i, cookie, index_i, MAC(pair), MAC(group)   --->
 *             <---  ACCEPT nonce_i, nonce_r, index_r, MAC(pair)    never longer than RESPONSE
 *   DATA      under the keys of this handshake              <--->  (session.h)
 *
 * MAC(pair) is keyed with the pair's long-term key, which takes the group key and either secret key
 * to compute.  The cookie is a keyed hash of the initiator's address, pub and nonce under a secret
 * that changes every two minutes of mono_t.  nonce_r is fresh, so a replayed RESPONSE never revives
 * a key; the responder keeps its present keys until the new ones are proved by a DATA packet.  No
 * wall-clock time anywhere.  All random bytes come in from the caller: the code is deterministic.
 *
 * Each function that takes @in takes it from anybody: @in may be of any length and content.  Each
 * that writes a packet writes at most WIRE_PACKET_MAX bytes to @out.
 */
#pragma once

#include "core/wire/session.h"
#include "core/wire/trust.h"

#define SESSION_RAND_LEN 32 /* random bytes that a call below may need */

/* Initiator: begin, or begin again; writes a HELLO.  Returns its length, 0 when @size is too small.
 * Call when there is an address to try. */
size_t session_hello(struct session *, const struct trust *,
		     const uint8_t rnd[static SESSION_RAND_LEN], mono_t now, uint8_t *out,
		     size_t size);
/* Is it the HELLO that @s sent last and that no CHALLENGE has answered?  Call when a HELLO of
 * our own came, which session_challenge() has found good. */
bool session_is_own_hello(const struct session *s, const uint8_t *in, size_t len);
/* Responder: is it a HELLO of this group?  @ret_pub: whose it claims to be; it may be our own, for
 * who calls himself is told who we are, and then knows. */
enum session_verdict session_check_hello(const struct trust *, const uint8_t *in, size_t len,
					 uint8_t ret_pub[static KEY_LEN]);
/* Responder, stateless: answer a HELLO from @from with a CHALLENGE in @out; returns its length.
 * Call when session_check_hello() said SESSION_OK to the same @in. */
size_t session_challenge(const struct trust *, const struct addr *from, const uint8_t *in,
			 uint8_t *out, size_t size);
/* Initiator: a CHALLENGE came for @s, which the header's index named; writes the RESPONSE and
 * learns peer_pub.  SESSION_BAD_STATE when @s waits for none. */
enum session_verdict session_on_challenge(struct session *s, const struct trust *,
					  const uint8_t *in, size_t len, mono_t now, uint8_t *out,
					  size_t size, size_t *ret_len);
/* Responder: check a RESPONSE without any stored state, as far as hashes can tell.  SESSION_OK: it
 * is from a holder of the group key, who hears at @from and says to be @ret_pub. */
enum session_verdict session_check_response(const struct trust *, const struct addr *from,
					    const uint8_t *in, size_t len,
					    uint8_t ret_pub[static KEY_LEN]);
/* Is it from the holder of that key?  This costs a scalar multiplication.  Call when
 * session_check_response() said SESSION_OK to the same @in. */
enum session_verdict session_prove_response(const struct trust *, const uint8_t *in, size_t len);
/* Responder: offer new keys in s->next and write the ACCEPT.  Call when session_prove_response()
 * said SESSION_OK to the same @in, with the session of that peer.  SESSION_REPLAYED when @in made
 * keys before, or when other keys are on offer since less than a second. */
enum session_verdict session_accept(struct session *s, const struct trust *, const uint8_t *in,
				    size_t len, const uint8_t rnd[static SESSION_RAND_LEN],
				    mono_t now, uint8_t *out, size_t size, size_t *ret_len);
/* Initiator: an ACCEPT came for @s.  SESSION_OK: the session is open, its keys are in s->now. */
enum session_verdict session_on_accept(struct session *s, const struct trust *, const uint8_t *in,
				       size_t len, mono_t now);
