/* session.c - handshake, keys and sealed packets of one pair.  The picture is in session.h.
 *
 * Layouts behind the 16 header bytes (session field: the receiver's index where it has one, else
 * 0): HELLO      index_i 4, pub_i 32, nonce_i 16, zero 12, mac 16              = 96 bytes in all
 *   CHALLENGE  nonce_i 16, cookie 16, pub_r 32, mac 16                       = 96
 *   RESPONSE   index_i 4, pub_i 32, pub_r 32, nonce_i 16, cookie 16, mac 16  = 132
 *   ACCEPT     nonce_i 16, nonce_r 16, index_r 4, mac 16                     = 68
 *   DISCOVER   pub 32, nonce 16, mac 16                                      = 80
 * Two hosts that begin at once make two sets of keys; each sends under the set proved last.
 */
#include "core/wire/session.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define MAC_LEN	      16
#define HELLO_LEN     96
#define CHALLENGE_LEN 96
#define RESPONSE_LEN  132
#define ACCEPT_LEN    68
#define DISCOVER_LEN  80
#define COOKIE_NS     (120 * NS_PER_S)
#define NEXT_NS	      NS_PER_S /* keys on offer stay so long before another offer may replace them */

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

/* The last MAC_LEN bytes of @p authenticate all before them. */
static void mac_put(uint8_t *p, size_t len, const uint8_t key[KEY_LEN])
{
	crypto_generichash(p + len - MAC_LEN, MAC_LEN, p, len - MAC_LEN, key, KEY_LEN);
}

static bool mac_good(const uint8_t *p, size_t len, const uint8_t key[KEY_LEN])
{
	uint8_t mac[MAC_LEN];

	crypto_generichash(mac, MAC_LEN, p, len - MAC_LEN, key, KEY_LEN);
	return sodium_memcmp(mac, p + len - MAC_LEN, MAC_LEN) == 0;
}

static void hash_parts(uint8_t *out, size_t out_len, const uint8_t key[KEY_LEN], const char *label,
		       const uint8_t *const *part, const size_t *len, size_t n)
{
	crypto_generichash_state st;

	crypto_generichash_init(&st, key, KEY_LEN, out_len);
	crypto_generichash_update(&st, (const uint8_t *)label, strlen(label) + 1);
	for (size_t i = 0; i < n; i++) {
		crypto_generichash_update(&st, part[i], len[i]);
	}
	crypto_generichash_final(&st, out, out_len);
	sodium_memzero(&st, sizeof(st));
}

node_id id_from_key(const uint8_t pub[static KEY_LEN])
{
	uint8_t h[16];
	node_id id = 0;

	crypto_generichash(h, sizeof(h), pub, KEY_LEN, NULL, 0);
	for (unsigned i = 0; i < 8; i++) {
		id = id << 8 | h[i];
	}
	return id ? id : 1; /* 0 means nobody */
}

void trust_init(struct trust *t, const uint8_t rnd[static 2 * KEY_LEN], mono_t now)
{
	crypto_scalarmult_base(t->pub, t->secret);
	t->id = id_from_key(t->pub);
	memcpy(t->cookie_secret[0], rnd, KEY_LEN);
	memcpy(t->cookie_secret[1], rnd + KEY_LEN, KEY_LEN);
	t->cookie_since = now;
}

void trust_tick(struct trust *t, const uint8_t rnd[static KEY_LEN], mono_t now)
{
	if (mono_sub(now, t->cookie_since) >= COOKIE_NS) {
		memcpy(t->cookie_secret[1], t->cookie_secret[0], KEY_LEN);
		memcpy(t->cookie_secret[0], rnd, KEY_LEN);
		t->cookie_since = now;
	}
}

static bool pinned(const struct trust *t, const uint8_t *pub)
{
	for (size_t i = 0; t->member_keys && i < t->n_member_keys; i++) {
		if (memcmp(t->member_keys[i], pub, KEY_LEN) == 0) {
			return true;
		}
	}
	return t->member_keys == NULL;
}

static enum session_verdict pub_check(const struct trust *t, const uint8_t *pub)
{
	if (memcmp(pub, t->pub, KEY_LEN) == 0) {
		return SESSION_SELF;
	}
	return pinned(t, pub) ? SESSION_OK : SESSION_NOT_PINNED;
}

static void cookie_make(const uint8_t secret[KEY_LEN], const struct addr *from, const uint8_t *pub,
			const uint8_t *nonce, uint8_t out[NONCE_LEN])
{
	uint8_t port[2] = {(uint8_t)(from->port >> 8), (uint8_t)from->port};
	const uint8_t *part[] = {from->ip, port, pub, nonce};
	const size_t len[] = {16, 2, KEY_LEN, NONCE_LEN};

	hash_parts(out, NONCE_LEN, secret, "berkd cookie", part, len, 4);
}

/* The pair's long-term key; false when the peer's point is of low order. */
static bool pair_key(const struct trust *t, const uint8_t *peer, bool initiator,
		     uint8_t out[KEY_LEN])
{
	uint8_t dh[KEY_LEN];
	const uint8_t *part[] = {dh, initiator ? t->pub : peer, initiator ? peer : t->pub};
	const size_t len[] = {KEY_LEN, KEY_LEN, KEY_LEN};

	if (crypto_scalarmult(dh, t->secret, peer) != 0) {
		return false; /* libsodium refuses an all-zero result */
	}
	hash_parts(out, KEY_LEN, t->group_key, "berkd pair", part, len, 3);
	sodium_memzero(dh, sizeof(dh));
	return true;
}

static void keys_make(struct session_keys *k, const uint8_t pair[KEY_LEN], bool initiator,
		      const uint8_t *nonce_i, const uint8_t *nonce_r, uint32_t index_remote,
		      mono_t now)
{
	const uint8_t *part[] = {nonce_i, nonce_r};
	const size_t len[] = {NONCE_LEN, NONCE_LEN};

	memset(k, 0, sizeof(*k));
	hash_parts(initiator ? k->tx : k->rx, KEY_LEN, pair, "berkd i to r", part, len, 2);
	hash_parts(initiator ? k->rx : k->tx, KEY_LEN, pair, "berkd r to i", part, len, 2);
	memcpy(k->nonce_i, nonce_i, NONCE_LEN);
	memcpy(k->nonce_r, nonce_r, NONCE_LEN);
	k->initiator = initiator;
	k->index_remote = index_remote;
	k->tx_counter = 1;
	k->since = now;
	k->valid = true;
}

void session_init(struct session *s, uint32_t index_local)
{
	memset(s, 0, sizeof(*s));
	s->index_local = index_local;
}

/* --- Handshake --- */

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
	store32(out + 16, s->index_local);
	memcpy(out + 20, t->pub, KEY_LEN);
	memcpy(out + 52, s->nonce, NONCE_LEN);
	mac_put(out, HELLO_LEN, t->group_key);
	return HELLO_LEN;
}

enum session_verdict session_challenge(const struct trust *t, const struct addr *from,
				       const uint8_t *in, size_t len, uint8_t *out, size_t size,
				       size_t *ret_len, uint8_t ret_pub[static KEY_LEN])
{
	if (len != HELLO_LEN || size < CHALLENGE_LEN) {
		return SESSION_BAD_LENGTH;
	}
	if (!mac_good(in, len, t->group_key)) {
		return SESSION_BAD_MAC;
	}
	const uint8_t *pub = in + 20, *nonce = in + 52;
	enum session_verdict v = pub_check(t, pub);

	/* Who calls himself is told who we are, and then knows. */
	if (v != SESSION_OK && v != SESSION_SELF) {
		return v;
	}
	packet_begin(out, WIRE_CHALLENGE, load32(in + 16));
	memcpy(out + 16, nonce, NONCE_LEN);
	cookie_make(t->cookie_secret[0], from, pub, nonce, out + 32);
	memcpy(out + 48, t->pub, KEY_LEN);
	mac_put(out, CHALLENGE_LEN, t->group_key);
	memcpy(ret_pub, pub, KEY_LEN);
	*ret_len = CHALLENGE_LEN;
	return SESSION_OK;
}

enum session_verdict session_on_challenge(struct session *s, const struct trust *t,
					  const uint8_t *in, size_t len, mono_t now, uint8_t *out,
					  size_t size, size_t *ret_len)
{
	uint8_t pair[KEY_LEN];

	if (len != CHALLENGE_LEN || size < RESPONSE_LEN) {
		return SESSION_BAD_LENGTH;
	}
	if (!mac_good(in, len, t->group_key)) {
		return SESSION_BAD_MAC;
	}
	if (s->state != SESSION_HELLO_SENT || sodium_memcmp(in + 16, s->nonce, NONCE_LEN) != 0) {
		return SESSION_BAD_STATE;
	}
	enum session_verdict v = pub_check(t, in + 48);

	if (v != SESSION_OK) {
		return v;
	}
	if (!pair_key(t, in + 48, true, pair)) {
		return SESSION_BAD_MAC;
	}
	memcpy(s->peer_pub, in + 48, KEY_LEN);
	memcpy(s->cookie, in + 32, NONCE_LEN);
	s->state = SESSION_RESPONSE_SENT;
	s->sent_at = now;
	packet_begin(out, WIRE_RESPONSE, 0);
	store32(out + 16, s->index_local);
	memcpy(out + 20, t->pub, KEY_LEN);
	memcpy(out + 52, s->peer_pub, KEY_LEN);
	memcpy(out + 84, s->nonce, NONCE_LEN);
	memcpy(out + 100, s->cookie, NONCE_LEN);
	mac_put(out, RESPONSE_LEN, pair);
	sodium_memzero(pair, sizeof(pair));
	*ret_len = RESPONSE_LEN;
	return SESSION_OK;
}

enum session_verdict session_check_response(const struct trust *t, const struct addr *from,
					    const uint8_t *in, size_t len,
					    uint8_t ret_pub[static KEY_LEN])
{
	uint8_t cookie[NONCE_LEN], pair[KEY_LEN];
	bool good = false;

	if (len != RESPONSE_LEN) {
		return SESSION_BAD_LENGTH;
	}
	/* The cookie first: it costs a hash, the rest a scalar multiplication. */
	for (unsigned i = 0; i < 2; i++) {
		cookie_make(t->cookie_secret[i], from, in + 20, in + 84, cookie);
		good = good || sodium_memcmp(cookie, in + 100, NONCE_LEN) == 0;
	}
	if (!good) {
		return SESSION_BAD_COOKIE;
	}
	enum session_verdict v = pub_check(t, in + 20);

	if (v != SESSION_OK) {
		return v;
	}
	if (memcmp(in + 52, t->pub, KEY_LEN) != 0 || !pair_key(t, in + 20, false, pair)) {
		return SESSION_BAD_MAC;
	}
	good = mac_good(in, len, pair);
	sodium_memzero(pair, sizeof(pair));
	if (!good) {
		return SESSION_BAD_MAC;
	}
	memcpy(ret_pub, in + 20, KEY_LEN);
	return SESSION_OK;
}

static bool made_from(const struct session_keys *k, const uint8_t *nonce_i)
{
	return k->valid && !k->initiator && memcmp(k->nonce_i, nonce_i, NONCE_LEN) == 0;
}

enum session_verdict session_accept(struct session *s, const struct trust *t, const uint8_t *in,
				    size_t len, const uint8_t rnd[static SESSION_RAND_LEN],
				    mono_t now, uint8_t *out, size_t size, size_t *ret_len)
{
	uint8_t pair[KEY_LEN];
	const uint8_t *nonce_i = in + 84;

	if (len != RESPONSE_LEN || size < ACCEPT_LEN) {
		return SESSION_BAD_LENGTH;
	}
	if (made_from(&s->now, nonce_i) || made_from(&s->before, nonce_i)) {
		return SESSION_REPLAYED;
	}
	bool again = made_from(&s->next, nonce_i); /* our ACCEPT was lost: send the same */

	if (!again && s->next.valid && mono_sub(now, s->next.since) < NEXT_NS) {
		return SESSION_REPLAYED;
	}
	if (!pair_key(t, in + 20, false, pair)) {
		return SESSION_BAD_MAC;
	}
	if (!again) {
		keys_make(&s->next, pair, false, nonce_i, rnd, load32(in + 16), now);
	}
	memcpy(s->peer_pub, in + 20, KEY_LEN);
	packet_begin(out, WIRE_ACCEPT, load32(in + 16));
	memcpy(out + 16, nonce_i, NONCE_LEN);
	memcpy(out + 32, s->next.nonce_r, NONCE_LEN);
	store32(out + 48, s->index_local);
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
	if (s->state != SESSION_RESPONSE_SENT || sodium_memcmp(in + 16, s->nonce, NONCE_LEN) != 0) {
		return SESSION_BAD_STATE;
	}
	if (!pair_key(t, s->peer_pub, true, pair)) {
		return SESSION_BAD_MAC;
	}
	bool good = mac_good(in, len, pair);

	if (good) {
		s->before = s->now;
		keys_make(&s->now, pair, true, s->nonce, in + 32, load32(in + 48), now);
		s->state = SESSION_OPEN;
	}
	sodium_memzero(pair, sizeof(pair));
	return good ? SESSION_OK : SESSION_BAD_MAC;
}

/* --- Data --- */

bool session_can_send(const struct session *s)
{
	return s->now.valid;
}

static void data_nonce(uint64_t counter, uint8_t out[crypto_aead_chacha20poly1305_IETF_NPUBBYTES])
{
	memset(out, 0, crypto_aead_chacha20poly1305_IETF_NPUBBYTES);
	for (unsigned i = 0; i < 8; i++) {
		out[4 + i] = (uint8_t)(counter >> (8 * i));
	}
}

size_t session_seal(struct session *s, const uint8_t *plain, size_t len, uint8_t *out, size_t size)
{
	uint8_t nonce[crypto_aead_chacha20poly1305_IETF_NPUBBYTES];
	struct session_keys *k = &s->now;

	/* Half the counters are never reached: 2^63 packets. */
	if (!k->valid || size < WIRE_HEADER_LEN + len + WIRE_TAG_LEN || k->tx_counter > INT64_MAX) {
		return 0;
	}
	struct wire_header h = {.type = WIRE_DATA,
				.session = k->index_remote,
				.counter = k->tx_counter};

	wire_header_put(&h, out);
	data_nonce(k->tx_counter++, nonce);
	crypto_aead_chacha20poly1305_ietf_encrypt(out + WIRE_HEADER_LEN, NULL, plain, len, out,
						  WIRE_HEADER_LEN, NULL, nonce, k->tx);
	return WIRE_HEADER_LEN + len + WIRE_TAG_LEN;
}

static bool replayed(const struct session_keys *k, uint64_t counter)
{
	if (counter > k->rx_max) {
		return false;
	}
	uint64_t back = k->rx_max - counter;

	return counter == 0 || back >= REPLAY_WINDOW || (k->rx_window >> back & 1);
}

static void seen(struct session_keys *k, uint64_t counter)
{
	if (counter > k->rx_max) {
		uint64_t ahead = counter - k->rx_max;

		k->rx_window = ahead >= REPLAY_WINDOW ? 0 : k->rx_window << ahead;
		k->rx_max = counter;
	}
	k->rx_window |= UINT64_C(1) << (k->rx_max - counter);
}

static enum session_verdict keys_open(struct session_keys *k, const uint8_t *in, size_t len,
				      uint64_t counter, uint8_t *plain)
{
	uint8_t nonce[crypto_aead_chacha20poly1305_IETF_NPUBBYTES];

	if (!k->valid) {
		return SESSION_NO_KEYS;
	}
	data_nonce(counter, nonce);
	if (crypto_aead_chacha20poly1305_ietf_decrypt(plain, NULL, NULL, in + WIRE_HEADER_LEN,
						      len - WIRE_HEADER_LEN, in, WIRE_HEADER_LEN,
						      nonce, k->rx) != 0) {
		return SESSION_BAD_TAG;
	}
	if (replayed(k, counter)) {
		return SESSION_REPLAYED;
	}
	seen(k, counter);
	return SESSION_OK;
}

enum session_verdict session_open(struct session *s, const uint8_t *in, size_t len,
				  uint8_t *ret_plain, size_t *ret_len)
{
	struct session_keys *slot[] = {&s->now, &s->next, &s->before};
	struct wire_header h;
	bool any = false;

	if (wire_header_get(in, len, &h) != WIRE_OK || h.type != WIRE_DATA ||
	    len < WIRE_HEADER_LEN + WIRE_TAG_LEN || len > WIRE_PACKET_MAX) {
		return SESSION_BAD_LENGTH;
	}
	for (unsigned i = 0; i < 3; i++) {
		enum session_verdict v = keys_open(slot[i], in, len, h.counter, ret_plain);

		any = any || v != SESSION_NO_KEYS;
		if (v == SESSION_REPLAYED) {
			return v;
		}
		if (v == SESSION_OK) {
			if (slot[i] == &s->next) { /* proved: from now on we send under them too */
				s->before = s->now;
				s->now = s->next;
				s->next.valid = false;
				s->state = SESSION_OPEN;
			}
			*ret_len = len - WIRE_HEADER_LEN - WIRE_TAG_LEN;
			return SESSION_OK;
		}
	}
	return any ? SESSION_BAD_TAG : SESSION_NO_KEYS;
}

const char *session_verdict_name(enum session_verdict v)
{
	static const char *const names[] = {"ok",	 "bad-length", "bad-mac", "bad-cookie",
					    "bad-state", "not-pinned", "self",	  "no-keys",
					    "bad-tag",	 "replayed"};

	return (size_t)v < sizeof(names) / sizeof(names[0]) ? names[v] : "unknown";
}

/* --- Discovery --- */

size_t discover_encode(const struct trust *t, const uint8_t rnd[static NONCE_LEN], uint8_t *out,
		       size_t size)
{
	if (size < DISCOVER_LEN) {
		return 0;
	}
	packet_begin(out, WIRE_DISCOVER, 0);
	memcpy(out + 16, t->pub, KEY_LEN);
	memcpy(out + 48, rnd, NONCE_LEN);
	mac_put(out, DISCOVER_LEN, t->group_key);
	return DISCOVER_LEN;
}

enum session_verdict discover_decode(const struct trust *t, const uint8_t *in, size_t len,
				     node_id *ret_id)
{
	if (len != DISCOVER_LEN) {
		return SESSION_BAD_LENGTH;
	}
	if (!mac_good(in, len, t->group_key)) {
		return SESSION_BAD_MAC;
	}
	if (!pinned(t, in + 16)) {
		return SESSION_NOT_PINNED;
	}
	*ret_id = id_from_key(in + 16);
	return SESSION_OK;
}
