/* session.c - packets sealed and opened under the keys of one pair. */
#include "core/wire/session.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define NUMBER_BITS	56
#define RENEW_NS	(1800 * NS_PER_S)
#define RENEW_SPREAD_NS (300 * NS_PER_S)
#define RENEW_APART_NS	(600 * NS_PER_S)
#define EXPIRE_NS	(3600 * NS_PER_S)
#define RENEW_PACKETS	(UINT64_C(1) << 20)

void session_init(struct session *s, uint32_t index_local)
{
	memset(s, 0, sizeof(*s));
	s->index_local = index_local;
}

void session_end(struct session *s, uint32_t index_local)
{
	uint8_t pub[KEY_LEN];

	memcpy(pub, s->peer_pub, KEY_LEN);
	session_init(s, index_local);
	memcpy(s->peer_pub, pub, KEY_LEN);
}

bool session_can_send(const struct session *s)
{
	return s->now.valid;
}

static uint64_t header_counter(const struct session_keys *k, uint64_t number)
{
	return k->name << NUMBER_BITS | number;
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

	assert(k->valid);
	assert(len <= WIRE_MESSAGE_MAX);
	assert(k->tx_counter > 0 && k->tx_counter >> NUMBER_BITS == 0); /* nobody sends so many */
	if (size < WIRE_HEADER_LEN + len + WIRE_TAG_LEN) {
		return 0;
	}
	struct wire_header h = {.type = WIRE_DATA,
				.session = k->index_remote,
				.counter = header_counter(k, k->tx_counter)};

	wire_header_put(&h, out);
	data_nonce(k->tx_counter++, nonce);
	crypto_aead_chacha20poly1305_ietf_encrypt(out + WIRE_HEADER_LEN, NULL, plain, len, out,
						  WIRE_HEADER_LEN, NULL, nonce, k->tx);
	return WIRE_HEADER_LEN + len + WIRE_TAG_LEN;
}

static bool is_replayed(const struct session_keys *k, uint64_t counter)
{
	if (counter > k->rx_max) {
		return false;
	}
	uint64_t back = k->rx_max - counter;

	return back >= REPLAY_WINDOW || (k->rx_window >> back & 1);
}

static void mark_seen(struct session_keys *k, uint64_t counter)
{
	if (counter > k->rx_max) {
		uint64_t ahead = counter - k->rx_max;

		k->rx_window = ahead >= REPLAY_WINDOW ? 0 : k->rx_window << ahead;
		k->rx_max = counter;
	}
	k->rx_window |= UINT64_C(1) << (k->rx_max - counter);
}

static uint64_t number_of(uint64_t counter)
{
	return counter & ((UINT64_C(1) << NUMBER_BITS) - 1);
}

void session_expire(struct session *s, mono_t now)
{
	struct session_keys *slot[] = {&s->now, &s->next, &s->before};

	for (unsigned i = 0; i < 3; i++) {
		if (slot[i]->valid && mono_sub(now, slot[i]->since) >= EXPIRE_NS) {
			sodium_memzero(slot[i], sizeof(*slot[i]));
		}
	}
}

bool session_is_old(const struct session *s, mono_t now)
{
	const struct session_keys *k = &s->now;
	int64_t age_ns = mono_sub(now, k->since) - (k->initiator ? 0 : RENEW_APART_NS);
	/* Not all peers of one start at once. */
	int64_t spread_ns = (int64_t)(k->name % (RENEW_SPREAD_NS / NS_PER_S)) * NS_PER_S;

	return k->valid && (age_ns >= RENEW_NS + spread_ns || k->tx_counter >= RENEW_PACKETS ||
			    k->rx_max >= RENEW_PACKETS);
}

/* Is it a packet under these keys, and no copy?  Only if it may be one, that costs a MAC.  @plain:
 * where to decrypt it to, or NULL. */
static enum session_verdict keys_open(const struct session_keys *k, const uint8_t *in, size_t len,
				      uint64_t counter, uint8_t *plain)
{
	uint8_t nonce[crypto_aead_chacha20poly1305_IETF_NPUBBYTES];
	uint64_t number = number_of(counter);

	if (!k->valid) {
		return SESSION_NO_KEYS;
	}
	if (counter != header_counter(k, number)) {
		return SESSION_BAD_TAG;
	}
	if (is_replayed(k, number)) {
		return SESSION_REPLAYED;
	}
	data_nonce(number, nonce);
	if (crypto_aead_chacha20poly1305_ietf_decrypt(plain, NULL, NULL, in + WIRE_HEADER_LEN,
						      len - WIRE_HEADER_LEN, in, WIRE_HEADER_LEN,
						      nonce, k->rx) != 0) {
		return SESSION_BAD_TAG;
	}
	return SESSION_OK;
}

static bool is_data(const uint8_t *in, size_t len, struct wire_header *ret)
{
	return wire_header_get(in, len, ret) == WIRE_OK && ret->type == WIRE_DATA &&
	       len >= WIRE_HEADER_LEN + WIRE_TAG_LEN && len <= WIRE_PACKET_MAX;
}

bool session_may_open(const struct session *s, const uint8_t *in, size_t len)
{
	const struct session_keys *slot[] = {&s->now, &s->next, &s->before};
	struct wire_header h;
	bool may = false;

	if (!is_data(in, len, &h)) {
		return false;
	}
	for (unsigned i = 0; i < 3 && !may; i++) {
		may = keys_open(slot[i], in, len, h.counter, NULL) == SESSION_OK;
	}
	return may;
}

/* The offered keys are proved: from now on we send under them too. */
static void use_offered_keys(struct session *s)
{
	assert(s->next.valid);
	s->before = s->now;
	s->now = s->next;
	sodium_memzero(&s->next, sizeof(s->next));
	s->state = SESSION_OPEN;
}

enum session_verdict session_open(struct session *s, const uint8_t *in, size_t len,
				  uint8_t *ret_plain, size_t *ret_len)
{
	struct session_keys *slot[] = {&s->now, &s->next, &s->before};
	struct wire_header h;
	enum session_verdict worst = SESSION_NO_KEYS;

	if (!is_data(in, len, &h)) {
		return SESSION_BAD_LENGTH;
	}
	for (unsigned i = 0; i < 3; i++) {
		enum session_verdict v = keys_open(slot[i], in, len, h.counter, ret_plain);

		worst = worst == SESSION_REPLAYED || v == SESSION_NO_KEYS ? worst : v;
		if (v == SESSION_OK) {
			mark_seen(slot[i], number_of(h.counter));
			s->opened = slot[i]->name;
			if (slot[i] == &s->next) {
				use_offered_keys(s);
			}
			*ret_len = len - WIRE_HEADER_LEN - WIRE_TAG_LEN;
			return SESSION_OK;
		}
	}
	return worst;
}
