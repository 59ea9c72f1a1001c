/* handshake.c - how two nodes come to a session.  The picture is in handshake.h.
 *
 * Layouts, 16 header bytes included; the session field of the header is the receiver's index where
 * it has one, else 0.  The AT_ constants below say where each field begins.
 *
 *   HELLO      index_i 4, pub_i 32, nonce_i 16, zero 12, mac 16                  = 96 bytes
 *   CHALLENGE  nonce_i 16, cookie 16, pub_r 32, mac 16                           = 96
 *   RESPONSE   index_i 4, pub_i 32, pub_r 32, nonce_i 16, cookie 16, mac 16, mac 16
 *                                                                                = 148
 *   ACCEPT     nonce_i 16, nonce_r 16, index_r 4, mac 16                         = 68
 *
 * Two hosts that begin at once make two sets of keys; each sends under the set proved last.
 */
#include "core/wire/handshake.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define OFFER_NS NS_PER_S /* keys on offer stay so long before another offer may replace them */

enum {
	HELLO_AT_INDEX = WIRE_HEADER_LEN,
	HELLO_AT_PUB = HELLO_AT_INDEX + 4,
	HELLO_AT_NONCE = HELLO_AT_PUB + KEY_LEN,
	HELLO_LEN = HELLO_AT_NONCE + NONCE_LEN + 12 + MAC_LEN,

	CHALLENGE_AT_NONCE = WIRE_HEADER_LEN,
	CHALLENGE_AT_COOKIE = CHALLENGE_AT_NONCE + NONCE_LEN,
	CHALLENGE_AT_PUB = CHALLENGE_AT_COOKIE + NONCE_LEN,
	CHALLENGE_LEN = CHALLENGE_AT_PUB + KEY_LEN + MAC_LEN,

	RESPONSE_AT_INDEX = WIRE_HEADER_LEN,
	RESPONSE_AT_PUB = RESPONSE_AT_INDEX + 4,
	RESPONSE_AT_OTHER_PUB = RESPONSE_AT_PUB + KEY_LEN,
	RESPONSE_AT_NONCE = RESPONSE_AT_OTHER_PUB + KEY_LEN,
	RESPONSE_AT_COOKIE = RESPONSE_AT_NONCE + NONCE_LEN,
	RESPONSE_AT_GROUP_MAC = RESPONSE_AT_COOKIE + NONCE_LEN + MAC_LEN, /* the pair's before it */
	RESPONSE_LEN = RESPONSE_AT_GROUP_MAC + MAC_LEN,

	ACCEPT_AT_NONCE = WIRE_HEADER_LEN,
	ACCEPT_AT_OTHER_NONCE = ACCEPT_AT_NONCE + NONCE_LEN,
	ACCEPT_AT_INDEX = ACCEPT_AT_OTHER_NONCE + NONCE_LEN,
	ACCEPT_LEN = ACCEPT_AT_INDEX + 4 + MAC_LEN,
};

static_assert(HELLO_LEN >= CHALLENGE_LEN, "a request is at least as long as its reply");
static_assert(RESPONSE_LEN >= ACCEPT_LEN, "a request is at least as long as its reply");

static void store32(uint8_t *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++) {
		p[i] = (uint8_t)(v >> (24 - 8 * i));
	}
}

static uint32_t load32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void packet_begin(uint8_t *out, enum wire_packet type, uint32_t session)
{
	struct wire_header h = {.type = (uint8_t)type, .session = session};

	wire_header_put(&h, out);
}

size_t session_hello(struct session *s, const struct trust *t,
		     const uint8_t rnd[static SESSION_RAND_LEN], mono_t now, uint8_t *out,
		     size_t size)
{
	if (size < HELLO_LEN) {
		return 0;
	}
	memcpy(s->nonce, rnd, NONCE_LEN);
	s->state = SESSION_HELLO_SENT;
	s->sent_at = now;
	memset(out, 0, HELLO_LEN);
	packet_begin(out, WIRE_HELLO, 0);
	store32(out + HELLO_AT_INDEX, s->index_local);
	memcpy(out + HELLO_AT_PUB, t->pub, KEY_LEN);
	memcpy(out + HELLO_AT_NONCE, s->nonce, NONCE_LEN);
	mac_put(out, HELLO_LEN, t->group_key);
	return HELLO_LEN;
}

bool session_is_own_hello(const struct session *s, const uint8_t *in, size_t len)
{
	return len == HELLO_LEN && s->state == SESSION_HELLO_SENT &&
	       sodium_memcmp(in + HELLO_AT_NONCE, s->nonce, NONCE_LEN) == 0;
}

enum session_verdict session_check_hello(const struct trust *t, const uint8_t *in, size_t len,
					 uint8_t ret_pub[static KEY_LEN])
{
	if (len != HELLO_LEN) {
		return SESSION_BAD_LENGTH;
	}
	if (!mac_is_good(in, len, t->group_key)) {
		return SESSION_BAD_MAC;
	}
	enum session_verdict v = trust_check(t, in + HELLO_AT_PUB);

	if (v != SESSION_OK && v != SESSION_SELF) {
		return v;
	}
	memcpy(ret_pub, in + HELLO_AT_PUB, KEY_LEN);
	return SESSION_OK;
}

size_t session_challenge(const struct trust *t, const struct addr *from, const uint8_t *in,
			 uint8_t *out, size_t size)
{
	const uint8_t *nonce = in + HELLO_AT_NONCE;

	assert(size >= CHALLENGE_LEN);
	packet_begin(out, WIRE_CHALLENGE, load32(in + HELLO_AT_INDEX));
	memcpy(out + CHALLENGE_AT_NONCE, nonce, NONCE_LEN);
	cookie_make(t->cookie_secret[0], from, in + HELLO_AT_PUB, nonce, out + CHALLENGE_AT_COOKIE);
	memcpy(out + CHALLENGE_AT_PUB, t->pub, KEY_LEN);
	mac_put(out, CHALLENGE_LEN, t->group_key);
	return CHALLENGE_LEN;
}

enum session_verdict session_on_challenge(struct session *s, const struct trust *t,
					  const uint8_t *in, size_t len, mono_t now, uint8_t *out,
					  size_t size, size_t *ret_len)
{
	uint8_t pair[KEY_LEN];

	assert(size >= RESPONSE_LEN);
	if (len != CHALLENGE_LEN) {
		return SESSION_BAD_LENGTH;
	}
	if (!mac_is_good(in, len, t->group_key)) {
		return SESSION_BAD_MAC;
	}
	if (s->state != SESSION_HELLO_SENT ||
	    sodium_memcmp(in + CHALLENGE_AT_NONCE, s->nonce, NONCE_LEN) != 0) {
		return SESSION_BAD_STATE;
	}
	enum session_verdict v = trust_check(t, in + CHALLENGE_AT_PUB);

	if (v != SESSION_OK) {
		return v;
	}
	if (!pair_key_make(t, in + CHALLENGE_AT_PUB, true, pair)) {
		return SESSION_BAD_MAC;
	}
	memcpy(s->peer_pub, in + CHALLENGE_AT_PUB, KEY_LEN);
	memcpy(s->cookie, in + CHALLENGE_AT_COOKIE, NONCE_LEN);
	s->state = SESSION_RESPONSE_SENT;
	s->sent_at = now;
	packet_begin(out, WIRE_RESPONSE, 0);
	store32(out + RESPONSE_AT_INDEX, s->index_local);
	memcpy(out + RESPONSE_AT_PUB, t->pub, KEY_LEN);
	memcpy(out + RESPONSE_AT_OTHER_PUB, s->peer_pub, KEY_LEN);
	memcpy(out + RESPONSE_AT_NONCE, s->nonce, NONCE_LEN);
	memcpy(out + RESPONSE_AT_COOKIE, s->cookie, NONCE_LEN);
	mac_put(out, RESPONSE_AT_GROUP_MAC, pair);
	mac_put(out, RESPONSE_LEN, t->group_key);
	sodium_memzero(pair, sizeof(pair));
	*ret_len = RESPONSE_LEN;
	return SESSION_OK;
}

enum session_verdict session_check_response(const struct trust *t, const struct addr *from,
					    const uint8_t *in, size_t len,
					    uint8_t ret_pub[static KEY_LEN])
{
	uint8_t cookie[NONCE_LEN];
	bool good = false;

	if (len != RESPONSE_LEN) {
		return SESSION_BAD_LENGTH;
	}
	if (!mac_is_good(in, len, t->group_key)) {
		return SESSION_BAD_MAC;
	}
	for (unsigned i = 0; i < 2; i++) {
		cookie_make(t->cookie_secret[i], from, in + RESPONSE_AT_PUB, in + RESPONSE_AT_NONCE,
			    cookie);
		good = good || sodium_memcmp(cookie, in + RESPONSE_AT_COOKIE, NONCE_LEN) == 0;
	}
	if (!good) {
		return SESSION_BAD_COOKIE;
	}
	enum session_verdict v = trust_check(t, in + RESPONSE_AT_PUB);

	if (v != SESSION_OK) {
		return v;
	}
	memcpy(ret_pub, in + RESPONSE_AT_PUB, KEY_LEN);
	return memcmp(in + RESPONSE_AT_OTHER_PUB, t->pub, KEY_LEN) == 0 ? SESSION_OK
									: SESSION_BAD_MAC;
}

enum session_verdict session_prove_response(const struct trust *t, const uint8_t *in, size_t len)
{
	uint8_t pair[KEY_LEN];

	assert(len == RESPONSE_LEN); /* after session_check_response() */
	if (!pair_key_make(t, in + RESPONSE_AT_PUB, false, pair)) {
		return SESSION_BAD_MAC;
	}
	bool good = mac_is_good(in, RESPONSE_AT_GROUP_MAC, pair);

	sodium_memzero(pair, sizeof(pair));
	return good ? SESSION_OK : SESSION_BAD_MAC;
}

static bool is_made_from(const struct session_keys *k, const uint8_t *nonce_i)
{
	return k->valid && !k->initiator && memcmp(k->nonce_i, nonce_i, NONCE_LEN) == 0;
}

enum session_verdict session_accept(struct session *s, const struct trust *t, const uint8_t *in,
				    size_t len, const uint8_t rnd[static SESSION_RAND_LEN],
				    mono_t now, uint8_t *out, size_t size, size_t *ret_len)
{
	uint8_t pair[KEY_LEN];
	const uint8_t *nonce_i = in + RESPONSE_AT_NONCE;

	assert(len == RESPONSE_LEN && size >= ACCEPT_LEN); /* after session_check_response() */
	if (is_made_from(&s->now, nonce_i) || is_made_from(&s->before, nonce_i)) {
		return SESSION_REPLAYED;
	}
	bool again = is_made_from(&s->next, nonce_i); /* our ACCEPT was lost: send the same */

	if (!again && s->next.valid && mono_sub(now, s->next.since) < OFFER_NS) {
		return SESSION_REPLAYED;
	}
	if (!pair_key_make(t, in + RESPONSE_AT_PUB, false, pair)) {
		return SESSION_BAD_MAC;
	}
	if (!again) {
		session_keys_make(&s->next, pair, false, nonce_i, rnd,
				  load32(in + RESPONSE_AT_INDEX), now);
	}
	memcpy(s->peer_pub, in + RESPONSE_AT_PUB, KEY_LEN);
	packet_begin(out, WIRE_ACCEPT, load32(in + RESPONSE_AT_INDEX));
	memcpy(out + ACCEPT_AT_NONCE, nonce_i, NONCE_LEN);
	memcpy(out + ACCEPT_AT_OTHER_NONCE, s->next.nonce_r, NONCE_LEN);
	store32(out + ACCEPT_AT_INDEX, s->index_local);
	mac_put(out, ACCEPT_LEN, pair);
	sodium_memzero(pair, sizeof(pair));
	*ret_len = ACCEPT_LEN;
	return SESSION_OK;
}

enum session_verdict session_on_accept(struct session *s, const struct trust *t, const uint8_t *in,
				       size_t len, mono_t now)
{
	uint8_t pair[KEY_LEN];

	if (len != ACCEPT_LEN) {
		return SESSION_BAD_LENGTH;
	}
	if (s->state != SESSION_RESPONSE_SENT ||
	    sodium_memcmp(in + ACCEPT_AT_NONCE, s->nonce, NONCE_LEN) != 0) {
		return SESSION_BAD_STATE;
	}
	if (!pair_key_make(t, s->peer_pub, true, pair)) {
		return SESSION_BAD_MAC;
	}
	bool good = mac_is_good(in, len, pair);

	if (good) {
		s->before = s->now;
		session_keys_make(&s->now, pair, true, s->nonce, in + ACCEPT_AT_OTHER_NONCE,
				  load32(in + ACCEPT_AT_INDEX), now);
		s->state = SESSION_OPEN;
	}
	sodium_memzero(pair, sizeof(pair));
	return good ? SESSION_OK : SESSION_BAD_MAC;
}
