/* handshake.c - how two nodes come to a session.  The picture is in handshake.h.
 *
 * Layouts, 16 header bytes included; the session field of the header is the receiver's index where
 * it has one, else 0.  The AT_ constants below say where each field begins.
 *
 *   HELLO      index_i 4, pub_i 32, nonce_i 16, highest_i 1, zero 65, mac 16     = 150 bytes
 *   CHALLENGE  nonce_i 16, cookie 16, pub_r 32, highest_r 1, self 16, zero 37, mac 16 = 150
 *   RESPONSE   index_i 4, pub_i 32, nonce_i 16, cookie 16, highest_i 1, highest_r 1,
 *              Noise 1 48, mac 16                                                = 150
 *   ACCEPT     nonce_i 16, Noise 2 48 + index_r 4, mac 16                        = 100
 *
 * Two hosts that begin at once make two sets of keys; each sends under the set proved last.
 */
#include "core/wire/handshake.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define OFFER_NS NS_PER_S /* keys on offer stay so long before another offer may replace them */

enum {
	INDEX_LEN = 4,

	HELLO_AT_INDEX = WIRE_HEADER_LEN,
	HELLO_AT_PUB = HELLO_AT_INDEX + INDEX_LEN,
	HELLO_AT_NONCE = HELLO_AT_PUB + KEY_LEN,
	HELLO_AT_HIGHEST = HELLO_AT_NONCE + NONCE_LEN,
	HELLO_LEN = HELLO_AT_HIGHEST + 1 + 65 + MAC_LEN,

	CHALLENGE_AT_NONCE = WIRE_HEADER_LEN,
	CHALLENGE_AT_COOKIE = CHALLENGE_AT_NONCE + NONCE_LEN,
	CHALLENGE_AT_PUB = CHALLENGE_AT_COOKIE + NONCE_LEN,
	CHALLENGE_AT_HIGHEST = CHALLENGE_AT_PUB + KEY_LEN,
	CHALLENGE_AT_SELF = CHALLENGE_AT_HIGHEST + 1, /* to whoever has the same identity */
	CHALLENGE_LEN = CHALLENGE_AT_SELF + NONCE_LEN + 37 + MAC_LEN,

	RESPONSE_AT_INDEX = WIRE_HEADER_LEN,
	RESPONSE_AT_PUB = RESPONSE_AT_INDEX + INDEX_LEN,
	RESPONSE_AT_NONCE = RESPONSE_AT_PUB + KEY_LEN,
	RESPONSE_AT_COOKIE = RESPONSE_AT_NONCE + NONCE_LEN,
	RESPONSE_AT_HIGHEST = RESPONSE_AT_COOKIE + NONCE_LEN, /* theirs, and ours */
	RESPONSE_AT_NOISE = RESPONSE_AT_HIGHEST + 2,
	RESPONSE_LEN = RESPONSE_AT_NOISE + NOISE_LEN + MAC_LEN,

	ACCEPT_AT_NONCE = WIRE_HEADER_LEN,
	ACCEPT_AT_NOISE = ACCEPT_AT_NONCE + NONCE_LEN,
	ACCEPT_LEN = ACCEPT_AT_NOISE + NOISE_LEN + INDEX_LEN + MAC_LEN,
};

static_assert(HELLO_LEN == WIRE_HELLO_LEN && CHALLENGE_LEN == WIRE_CHALLENGE_LEN &&
		      RESPONSE_LEN == WIRE_RESPONSE_LEN && ACCEPT_LEN == WIRE_ACCEPT_LEN,
	      "the socket's filter lets them pass");
static_assert(WIRE_DISCOVER_LEN >= HELLO_LEN && HELLO_LEN >= CHALLENGE_LEN &&
		      CHALLENGE_LEN >= RESPONSE_LEN && RESPONSE_LEN >= ACCEPT_LEN,
	      "a request is at least as long as its reply");

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
	noise_erase(&s->noise); /* of one that came to nothing */
	s->state = SESSION_HELLO_SENT;
	s->sent_at = now;
	memset(out, 0, HELLO_LEN);
	packet_begin(out, WIRE_HELLO, 0);
	store32(out + HELLO_AT_INDEX, s->index_local);
	memcpy(out + HELLO_AT_PUB, t->pub, KEY_LEN);
	memcpy(out + HELLO_AT_NONCE, s->nonce, NONCE_LEN);
	out[HELLO_AT_HIGHEST] = WIRE_VERSION;
	mac_put(out, HELLO_LEN, t->group_key);
	return HELLO_LEN;
}

bool session_is_own_hello(const struct session *s, const uint8_t *in, size_t len)
{
	return len == HELLO_LEN && s->state == SESSION_HELLO_SENT &&
	       sodium_memcmp(in + HELLO_AT_NONCE, s->nonce, NONCE_LEN) == 0;
}

const uint8_t *session_caller(const uint8_t *in)
{
	static_assert(HELLO_AT_PUB == RESPONSE_AT_PUB, "both have it after the index");
	return in + HELLO_AT_PUB;
}

enum session_verdict session_check_hello(const struct trust *t, const uint8_t *in, size_t len,
					 uint8_t ret_pub[static KEY_LEN])
{
	if (len != HELLO_LEN) {
		return SESSION_BAD_LENGTH;
	}
	if (!mac_key(t, in, len)) {
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
	const uint8_t *nonce = in + HELLO_AT_NONCE, *key = mac_key(t, in, HELLO_LEN);

	assert(key && size >= CHALLENGE_LEN);
	memset(out, 0, CHALLENGE_LEN);
	packet_begin(out, WIRE_CHALLENGE, load32(in + HELLO_AT_INDEX));
	memcpy(out + CHALLENGE_AT_NONCE, nonce, NONCE_LEN);
	cookie_make(t->cookie_secret[0], from, in + HELLO_AT_PUB, nonce, out + CHALLENGE_AT_COOKIE);
	memcpy(out + CHALLENGE_AT_PUB, t->pub, KEY_LEN);
	out[CHALLENGE_AT_HIGHEST] = WIRE_VERSION;
	if (memcmp(in + HELLO_AT_PUB, t->pub, KEY_LEN) ==
	    0) { /* else it could be passed on to us */
		self_proof_make(t->secret, nonce, out + CHALLENGE_AT_COOKIE,
				out + CHALLENGE_AT_SELF);
	}
	mac_put(out, CHALLENGE_LEN, key); /* the one that they have */
	return CHALLENGE_LEN;
}

/* The version that two hosts speak of which these are the highest. */
static uint8_t version_of(uint8_t highest_i, uint8_t highest_r)
{
	return highest_i < highest_r ? highest_i : highest_r;
}

bool session_awaits(const struct session *s, enum wire_packet type, const uint8_t *in, size_t len)
{
	static_assert(CHALLENGE_AT_NONCE == ACCEPT_AT_NONCE,
		      "both begin with the nonce of the HELLO");
	enum session_state waiting =
		type == WIRE_CHALLENGE ? SESSION_HELLO_SENT : SESSION_RESPONSE_SENT;

	return s->state == waiting && len >= ACCEPT_AT_NONCE + NONCE_LEN &&
	       sodium_memcmp(in + ACCEPT_AT_NONCE, s->nonce, NONCE_LEN) == 0;
}

/* A CHALLENGE with our own public key: is it from a host with our identity, or from one that has
 * only read it? */
static enum session_verdict check_self(const struct session *s, const struct trust *t,
				       const uint8_t *in)
{
	uint8_t proof[NONCE_LEN];

	self_proof_make(t->secret, s->nonce, in + CHALLENGE_AT_COOKIE, proof);
	return sodium_memcmp(proof, in + CHALLENGE_AT_SELF, NONCE_LEN) == 0 ? SESSION_SELF
									    : SESSION_BAD_COOKIE;
}

/* Is it the CHALLENGE that @s waits for, from whom it may come?  Then @ret_key is what it is
 * under. */
static enum session_verdict check_challenge(const struct session *s, const struct trust *t,
					    const uint8_t *in, size_t len, const uint8_t **ret_key)
{
	if (len != CHALLENGE_LEN) {
		return SESSION_BAD_LENGTH;
	}
	*ret_key = mac_key(t, in, len);
	if (!*ret_key) {
		return SESSION_BAD_MAC;
	}
	if (!session_awaits(s, WIRE_CHALLENGE, in, len) ||
	    version_of(WIRE_VERSION, in[CHALLENGE_AT_HIGHEST]) != WIRE_VERSION) {
		return SESSION_BAD_STATE;
	}
	enum session_verdict v = trust_check(t, in + CHALLENGE_AT_PUB);

	return v == SESSION_SELF ? check_self(s, t, in) : v;
}

enum session_verdict session_on_challenge(struct session *s, const struct trust *t,
					  const uint8_t *in, size_t len,
					  const uint8_t rnd[static SESSION_RAND_LEN], mono_t now,
					  uint8_t *out, size_t size, size_t *ret_len)
{
	const struct noise_static own = {.secret = t->secret, .remote = s->peer_pub};
	const uint8_t *key;
	enum session_verdict v = check_challenge(s, t, in, len, &key);

	assert(size >= RESPONSE_LEN);
	if (v == SESSION_NOT_PINNED || v == SESSION_REVOKED || v == SESSION_SELF) {
		s->state = SESSION_IDLE; /* it has answered, and no copy of it does */
	}
	if (v != SESSION_OK) {
		return v;
	}
	memcpy(s->peer_pub, in + CHALLENGE_AT_PUB, KEY_LEN);
	memcpy(s->group_key, key, KEY_LEN);
	packet_begin(out, WIRE_RESPONSE, 0);
	store32(out + RESPONSE_AT_INDEX, s->index_local);
	memcpy(out + RESPONSE_AT_PUB, t->pub, KEY_LEN);
	memcpy(out + RESPONSE_AT_NONCE, s->nonce, NONCE_LEN);
	memcpy(out + RESPONSE_AT_COOKIE, in + CHALLENGE_AT_COOKIE, NONCE_LEN);
	out[RESPONSE_AT_HIGHEST] = WIRE_VERSION;
	out[RESPONSE_AT_HIGHEST + 1] = in[CHALLENGE_AT_HIGHEST];
	noise_begin(&s->noise, t->pub, s->peer_pub, out, RESPONSE_AT_NOISE);
	if (!noise_write_first(&s->noise, &own, rnd, NULL, 0, out + RESPONSE_AT_NOISE)) {
		noise_erase(&s->noise);
		s->state = SESSION_IDLE; /* whoever has such a key is not asked again */
		return SESSION_BAD_MAC;
	}
	mac_put(out, RESPONSE_LEN, s->group_key);
	s->state = SESSION_RESPONSE_SENT;
	s->sent_at = now;
	*ret_len = RESPONSE_LEN;
	return SESSION_OK;
}

static bool is_good_cookie(const struct trust *t, const struct addr *from, const uint8_t *in)
{
	uint8_t cookie[NONCE_LEN];
	bool good = false;

	for (unsigned i = 0; i < 2; i++) {
		cookie_make(t->cookie_secret[i], from, in + RESPONSE_AT_PUB, in + RESPONSE_AT_NONCE,
			    cookie);
		good = good || sodium_memcmp(cookie, in + RESPONSE_AT_COOKIE, NONCE_LEN) == 0;
	}
	return good;
}

enum session_verdict session_check_response(const struct trust *t, const struct addr *from,
					    const uint8_t *in, size_t len,
					    uint8_t ret_pub[static KEY_LEN])
{
	if (len != RESPONSE_LEN) {
		return SESSION_BAD_LENGTH;
	}
	if (!mac_key(t, in, len)) {
		return SESSION_BAD_MAC;
	}
	if (!is_good_cookie(t, from, in)) {
		return SESSION_BAD_COOKIE;
	}
	enum session_verdict v = trust_check(t, in + RESPONSE_AT_PUB);

	if (v != SESSION_OK) {
		return v;
	}
	const uint8_t *highest = in + RESPONSE_AT_HIGHEST;

	if (highest[1] != WIRE_VERSION || version_of(highest[0], highest[1]) != WIRE_VERSION) {
		return SESSION_BAD_STATE; /* somebody has made us speak a lower version */
	}
	memcpy(ret_pub, in + RESPONSE_AT_PUB, KEY_LEN);
	return SESSION_OK;
}

static bool is_made_from(const struct session_keys *k, const uint8_t *nonce_i)
{
	return k->valid && !k->initiator && memcmp(k->nonce_i, nonce_i, NONCE_LEN) == 0;
}

enum session_verdict session_check_offer(const struct session *s, const uint8_t *in, mono_t now)
{
	const uint8_t *nonce_i = in + RESPONSE_AT_NONCE;
	bool replayed = is_made_from(&s->now, nonce_i) || is_made_from(&s->before, nonce_i) ||
			is_made_from(&s->next, nonce_i);
	bool soon = s->next.valid && mono_sub(now, s->next.since) < OFFER_NS;

	return replayed || soon ? SESSION_REPLAYED : SESSION_OK;
}

enum session_verdict session_prove_response(const struct trust *t, const uint8_t *in,
					    struct noise *ret)
{
	const struct noise_static own = {.secret = t->secret, .remote = in + RESPONSE_AT_PUB};
	uint8_t nothing[1];

	noise_begin(ret, own.remote, t->pub, in, RESPONSE_AT_NOISE);
	if (!noise_read_first(ret, &own, in + RESPONSE_AT_NOISE, 0, nothing)) {
		noise_erase(ret);
		return SESSION_BAD_MAC;
	}
	return SESSION_OK;
}

enum session_verdict session_accept(struct session *s, const struct trust *t, struct noise *noise,
				    const uint8_t *in, const uint8_t rnd[static SESSION_RAND_LEN],
				    mono_t now, uint8_t *out, size_t size, size_t *ret_len)
{
	const struct noise_static own = {.secret = t->secret, .remote = in + RESPONSE_AT_PUB};
	const uint8_t *nonce_i = in + RESPONSE_AT_NONCE, *key = mac_key(t, in, RESPONSE_LEN);
	uint32_t index_i = load32(in + RESPONSE_AT_INDEX);
	uint8_t index_r[INDEX_LEN];

	assert(key && size >= ACCEPT_LEN); /* after session_check_response() */
	store32(index_r, s->index_local);
	packet_begin(out, WIRE_ACCEPT, index_i);
	memcpy(out + ACCEPT_AT_NONCE, nonce_i, NONCE_LEN);
	if (!noise_write_second(noise, &own, key, rnd, index_r, INDEX_LEN, out + ACCEPT_AT_NOISE)) {
		noise_erase(noise);
		return SESSION_BAD_MAC;
	}
	mac_put(out, ACCEPT_LEN, key);
	session_keys_make(&s->next, noise, false, nonce_i, index_i, now);
	memcpy(s->peer_pub, own.remote, KEY_LEN);
	*ret_len = ACCEPT_LEN;
	return SESSION_OK;
}

enum session_verdict session_on_accept(struct session *s, const struct trust *t, const uint8_t *in,
				       size_t len, mono_t now)
{
	const struct noise_static own = {.secret = t->secret, .remote = s->peer_pub};
	struct noise noise;
	uint8_t index_r[INDEX_LEN];

	if (len != ACCEPT_LEN) {
		return SESSION_BAD_LENGTH;
	}
	if (!session_awaits(s, WIRE_ACCEPT, in, len)) {
		return SESSION_BAD_STATE;
	}
	if (!mac_is_good(in, len, s->group_key)) {
		return SESSION_BAD_MAC;
	}
	noise = s->noise; /* a forged one changes nothing */
	if (!noise_read_second(&noise, &own, s->group_key, in + ACCEPT_AT_NOISE, INDEX_LEN,
			       index_r)) {
		noise_erase(&noise);
		return SESSION_BAD_MAC;
	}
	s->before = s->now;
	session_keys_make(&s->now, &noise, true, s->nonce, load32(index_r), now);
	noise_erase(&s->noise);
	s->state = SESSION_OPEN;
	return SESSION_OK;
}
