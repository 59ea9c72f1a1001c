/* keys.c - all that is computed from keys. */
#include "core/wire/keys.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

void mac_put(uint8_t *p, size_t len, const uint8_t key[static KEY_LEN])
{
	assert(len > MAC_LEN);
	crypto_generichash(p + len - MAC_LEN, MAC_LEN, p, len - MAC_LEN, key, KEY_LEN);
}

bool mac_is_good(const uint8_t *p, size_t len, const uint8_t key[static KEY_LEN])
{
	uint8_t mac[MAC_LEN];

	assert(len > MAC_LEN); /* the caller has compared @len with that of the packet's kind */
	crypto_generichash(mac, MAC_LEN, p, len - MAC_LEN, key, KEY_LEN);
	return sodium_memcmp(mac, p + len - MAC_LEN, MAC_LEN) == 0;
}

const uint8_t *mac_key(const struct trust *t, const uint8_t *p, size_t len)
{
	if (mac_is_good(p, len, t->group_key)) {
		return t->group_key;
	}
	for (unsigned i = 1; i < t->ring.n; i++) {
		if (mac_is_good(p, len, t->ring.key[i])) {
			return t->ring.key[i];
		}
	}
	return NULL;
}

struct part {
	const uint8_t *data;
	size_t len;
};

static void hash_parts(uint8_t *out, size_t out_len, const uint8_t key[KEY_LEN], const char *label,
		       const struct part *part, size_t n)
{
	crypto_generichash_state st;

	crypto_generichash_init(&st, key, KEY_LEN, out_len);
	crypto_generichash_update(&st, (const uint8_t *)label, strlen(label) + 1);
	for (size_t i = 0; i < n; i++) {
		crypto_generichash_update(&st, part[i].data, part[i].len);
	}
	crypto_generichash_final(&st, out, out_len);
	sodium_memzero(&st, sizeof(st));
}

void self_proof_make(const uint8_t secret[static KEY_LEN], const uint8_t nonce[static NONCE_LEN],
		     const uint8_t cookie[static NONCE_LEN], uint8_t ret[static NONCE_LEN])
{
	const struct part part[] = {{nonce, NONCE_LEN}, {cookie, NONCE_LEN}};

	hash_parts(ret, NONCE_LEN, secret, "berkd self", part, 2);
}

void cookie_make(const uint8_t secret[static KEY_LEN], const struct addr *from,
		 const uint8_t pub[static KEY_LEN], const uint8_t nonce[static NONCE_LEN],
		 uint8_t ret[static NONCE_LEN])
{
	uint8_t port[2] = {(uint8_t)(from->port >> 8), (uint8_t)from->port};
	const struct part part[] = {{from->ip, sizeof(from->ip)},
				    {port, 2},
				    {pub, KEY_LEN},
				    {nonce, NONCE_LEN}};

	hash_parts(ret, NONCE_LEN, secret, "berkd cookie", part, 4);
}

void session_keys_make(struct session_keys *ret, struct noise *noise, bool initiator,
		       const uint8_t nonce_i[static NONCE_LEN], uint32_t index_remote, mono_t now)
{
	memset(ret, 0, sizeof(*ret));
	noise_split(noise, initiator ? ret->tx : ret->rx, initiator ? ret->rx : ret->tx);
	for (unsigned i = 0; i < 8; i++) {
		ret->name = ret->name << 8 | noise->hash[i];
	}
	memcpy(ret->nonce_i, nonce_i, NONCE_LEN);
	ret->initiator = initiator;
	ret->index_remote = index_remote;
	ret->tx_counter = 1;
	ret->since = now;
	ret->valid = true;
}
