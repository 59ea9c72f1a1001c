/* session.h - who may talk to us, and the keys of each pair.  ARCHITECTURE.md, "Trust".
 *
 *   initiator                                   responder (stores nothing until RESPONSE is proved)
 *   HELLO     pub_i, nonce_i, MAC(group)  --->
 *             <---  CHALLENGE nonce_i, cookie, pub_r, MAC(group)      never longer than HELLO
 *   RESPONSE  pub_i, nonce_i, cookie, index_i, MAC(dh) --->           MAC(dh): keyed by group key
 * and DH
 *             <---  ACCEPT nonce_i, nonce_r, index_r, MAC(dh)         never longer than RESPONSE
 *   DATA  AEAD(key(group, dh, nonce_i, nonce_r, direction))  <--->    ChaCha20-Poly1305-IETF
 *
 * The cookie is a keyed hash of the initiator's address, pub and nonce under a secret that changes
 * every two minutes of mono_t.  nonce_r is fresh, so a replayed RESPONSE never revives a key; the
 * responder keeps the present keys until the new ones are proved by a DATA packet (two slots).  No
 * wall-clock time anywhere. All random bytes come in from the caller: the code is deterministic.
 */
#pragma once

#include "berk/addr.h"
#include "berk/id.h"
#include "berk/limits.h"
#include "berk/reason.h"
#include "berk/time.h"
#include "berk/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NONCE_LEN	 16
#define SESSION_RAND_LEN 32 /* random bytes a call below may need */
#define REPLAY_WINDOW	 64

/* What this node is and whom it trusts.  Set once at start; pinned lists may be replaced on reload.
 */
struct trust {
	uint8_t secret[KEY_LEN];
	uint8_t pub[KEY_LEN];
	uint8_t group_key[KEY_LEN];
	node_id id;			   /* id_from_key(pub) */
	uint8_t cookie_secret[2][KEY_LEN]; /* present, previous */
	mono_t cookie_since;
	const uint8_t (
		*member_keys)[KEY_LEN]; /* pinned members; NULL: whoever holds the group key */
	size_t n_member_keys;
};

/* One direction pair of keys. */
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

enum session_state {
	SESSION_IDLE,
	SESSION_HELLO_SENT,
	SESSION_RESPONSE_SENT,
	SESSION_OPEN,
};

/* With one peer.  Three slots: present keys, keys offered by us as responder and not yet proved,
 * keys just replaced (packets still in flight). */
struct session {
	enum session_state state; /* of our own handshake as initiator, or OPEN */
	uint32_t index_local; /* given by the caller; peers put it in the headers they send us */
	uint8_t peer_pub[KEY_LEN];
	uint8_t nonce[NONCE_LEN]; /* ours, of the handshake under way */
	uint8_t cookie[NONCE_LEN];
	mono_t sent_at; /* last handshake packet */
	struct session_keys now, next, before;
};

node_id id_from_key(const uint8_t pub[static KEY_LEN]);
/* Fill secret-derived fields of @t from t->secret and t->group_key; @rnd seeds the cookie secrets.
 */
void trust_init(struct trust *t, const uint8_t rnd[static 2 * KEY_LEN], mono_t now);
/* Rotate the cookie secret when it is due; @rnd is used only then. */
void trust_tick(struct trust *t, const uint8_t rnd[static KEY_LEN], mono_t now);

void session_init(struct session *, uint32_t index_local);

/* Initiator: begin (or begin again); writes a HELLO.  Returns its length. */
size_t session_hello(struct session *, const struct trust *,
		     const uint8_t rnd[static SESSION_RAND_LEN], mono_t now, uint8_t *out,
		     size_t size);
/* Responder, stateless: answer a HELLO from @from with a CHALLENGE in @out. @ret_pub: whose it
 * claims to be. */
enum session_verdict session_challenge(const struct trust *, const struct addr *from,
				       const uint8_t *in, size_t len, uint8_t *out, size_t size,
				       size_t *ret_len, uint8_t ret_pub[static KEY_LEN]);
/* Initiator: a CHALLENGE came for @s (found by the header's index); writes the RESPONSE, learns
 * peer_pub. */
enum session_verdict session_on_challenge(struct session *s, const struct trust *,
					  const uint8_t *in, size_t len, mono_t now, uint8_t *out,
					  size_t size, size_t *ret_len);
/* Responder: check a RESPONSE without any stored state; on OK @ret_pub is proved to be its
 * sender's. */
enum session_verdict session_check_response(const struct trust *, const struct addr *from,
					    const uint8_t *in, size_t len,
					    uint8_t ret_pub[static KEY_LEN]);
/* Responder: after check: put the new keys into s->next and write the ACCEPT. */
enum session_verdict session_accept(struct session *s, const struct trust *, const uint8_t *in,
				    size_t len, const uint8_t rnd[static SESSION_RAND_LEN],
				    mono_t now, uint8_t *out, size_t size, size_t *ret_len);
/* Initiator: an ACCEPT came for @s: the session is open (s->now). */
enum session_verdict session_on_accept(struct session *s, const struct trust *, const uint8_t *in,
				       size_t len, mono_t now);

/* Can session_seal() be called? */
bool session_can_send(const struct session *);
/* Seal @len plaintext bytes into a whole DATA packet in @out; returns its length, 0 when there are
 * no keys or no room. */
size_t session_seal(struct session *, const uint8_t *plain, size_t len, uint8_t *out, size_t size);
/* Open a DATA packet; moves next to now when it proves them.  @ret_plain holds WIRE_MESSAGE_MAX
 * bytes. */
enum session_verdict session_open(struct session *, const uint8_t *in, size_t len,
				  uint8_t *ret_plain, size_t *ret_len);

/* DISCOVER: a multicast call signed with the group key; carries the sender's public key. */
size_t discover_encode(const struct trust *, const uint8_t rnd[static NONCE_LEN], uint8_t *out,
		       size_t size);
enum session_verdict discover_decode(const struct trust *, const uint8_t *in, size_t len,
				     node_id *ret_id);
