/* noise.c - a handshake of the Noise framework.  The names of its functions are in the comments. */
#include "core/wire/noise.h"

#include <sodium.h>
#include <string.h>

#define BLOCK_LEN 128 /* of BLAKE2b */

struct span {
	const uint8_t *data;
	size_t len;
};

static void hash_spans(uint8_t ret[NOISE_HASH_LEN], const struct span *part, size_t n)
{
	crypto_generichash_state st;

	crypto_generichash_init(&st, NULL, 0, NOISE_HASH_LEN);
	for (size_t i = 0; i < n; i++) {
		crypto_generichash_update(&st, part[i].data, part[i].len);
	}
	crypto_generichash_final(&st, ret, NOISE_HASH_LEN);
	sodium_memzero(&st, sizeof(st));
}

/* HMAC (RFC 2104) of two parts; BLAKE2b's own keyed mode is another function. */
static void hmac(uint8_t ret[NOISE_HASH_LEN], const uint8_t key[NOISE_HASH_LEN], struct span a,
		 struct span b)
{
	uint8_t inner[BLOCK_LEN], outer[BLOCK_LEN], h[NOISE_HASH_LEN];

	for (unsigned i = 0; i < BLOCK_LEN; i++) {
		inner[i] = (i < NOISE_HASH_LEN ? key[i] : 0) ^ 0x36;
		outer[i] = (i < NOISE_HASH_LEN ? key[i] : 0) ^ 0x5c;
	}
	hash_spans(h, (const struct span[]){{inner, sizeof(inner)}, a, b}, 3);
	hash_spans(ret, (const struct span[]){{outer, sizeof(outer)}, {h, sizeof(h)}}, 2);
	sodium_memzero(inner, sizeof(inner));
	sodium_memzero(outer, sizeof(outer));
	sodium_memzero(h, sizeof(h));
}

/* HKDF: @n outputs, 2 or 3, of the chain and @in.  The chain itself may be the first of them. */
static void hkdf(const uint8_t chain[NOISE_HASH_LEN], const uint8_t *in, size_t len,
		 uint8_t *ret[3], unsigned n)
{
	const struct span nothing = {NULL, 0};
	uint8_t key[NOISE_HASH_LEN];

	hmac(key, chain, (struct span){in, len}, nothing);
	for (unsigned i = 0; i < n; i++) {
		struct span before = {i > 0 ? ret[i - 1] : NULL, i > 0 ? NOISE_HASH_LEN : 0};
		const uint8_t number = (uint8_t)(i + 1);

		hmac(ret[i], key, before, (struct span){&number, 1});
	}
	sodium_memzero(key, sizeof(key));
}

/* MixHash */
static void mix_hash(struct noise *s, const uint8_t *data, size_t len)
{
	hash_spans(s->hash, (const struct span[]){{s->hash, sizeof(s->hash)}, {data, len}}, 2);
}

/* InitializeKey */
static void set_key(struct noise *s, const uint8_t key[NOISE_HASH_LEN])
{
	memcpy(s->key, key, KEY_LEN);
	s->n_sealed = 0;
}

/* MixKey */
static void mix_key(struct noise *s, const uint8_t in[KEY_LEN])
{
	uint8_t key[NOISE_HASH_LEN];

	hkdf(s->chain, in, KEY_LEN, (uint8_t *[3]){s->chain, key}, 2);
	set_key(s, key);
	sodium_memzero(key, sizeof(key));
}

/* MixKeyAndHash */
static void mix_psk(struct noise *s, const uint8_t psk[KEY_LEN])
{
	uint8_t hash[NOISE_HASH_LEN], key[NOISE_HASH_LEN];

	hkdf(s->chain, psk, KEY_LEN, (uint8_t *[3]){s->chain, hash, key}, 3);
	mix_hash(s, hash, sizeof(hash));
	set_key(s, key);
	sodium_memzero(hash, sizeof(hash));
	sodium_memzero(key, sizeof(key));
}

/* MixKey(DH()); false: @pub is of low order. */
static bool mix_dh(struct noise *s, const uint8_t secret[KEY_LEN], const uint8_t pub[KEY_LEN])
{
	uint8_t dh[KEY_LEN];

	if (crypto_scalarmult(dh, secret, pub) != 0) {
		return false; /* libsodium refuses an all-zero result */
	}
	mix_key(s, dh);
	sodium_memzero(dh, sizeof(dh));
	return true;
}

static void nonce_put(struct noise *s, uint8_t out[crypto_aead_chacha20poly1305_IETF_NPUBBYTES])
{
	memset(out, 0, crypto_aead_chacha20poly1305_IETF_NPUBBYTES);
	for (unsigned i = 0; i < 8; i++) {
		out[4 + i] = (uint8_t)(s->n_sealed >> (8 * i));
	}
	s->n_sealed++;
}

/* EncryptAndHash */
static void seal(struct noise *s, const uint8_t *payload, size_t len, uint8_t *out)
{
	uint8_t nonce[crypto_aead_chacha20poly1305_IETF_NPUBBYTES];

	nonce_put(s, nonce);
	crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, payload, len, s->hash, sizeof(s->hash),
						  NULL, nonce, s->key);
	mix_hash(s, out, len + NOISE_TAG_LEN);
}

/* DecryptAndHash; @len: of the payload. */
static bool open_sealed(struct noise *s, const uint8_t *in, size_t len, uint8_t *ret)
{
	uint8_t nonce[crypto_aead_chacha20poly1305_IETF_NPUBBYTES];

	nonce_put(s, nonce);
	if (crypto_aead_chacha20poly1305_ietf_decrypt(ret, NULL, NULL, in, len + NOISE_TAG_LEN,
						      s->hash, sizeof(s->hash), nonce,
						      s->key) != 0) {
		return false;
	}
	mix_hash(s, in, len + NOISE_TAG_LEN);
	return true;
}

/* The token e. */
static void put_ephemeral(struct noise *s, const uint8_t secret[KEY_LEN], uint8_t *out)
{
	memcpy(s->secret, secret, KEY_LEN);
	crypto_scalarmult_base(out, s->secret);
	mix_hash(s, out, KEY_LEN);
	mix_key(s, out); /* as there is a psk */
}

static void take_ephemeral(struct noise *s, const uint8_t *in)
{
	memcpy(s->remote, in, KEY_LEN);
	mix_hash(s, s->remote, KEY_LEN);
	mix_key(s, s->remote);
}

void noise_begin(struct noise *s, const uint8_t pub_i[static KEY_LEN],
		 const uint8_t pub_r[static KEY_LEN], const uint8_t *prologue, size_t len)
{
	static const char name[] = "Noise_KKpsk2_25519_ChaChaPoly_BLAKE2b";

	memset(s, 0, sizeof(*s));
	memcpy(s->hash, name, sizeof(name) - 1);
	memcpy(s->chain, s->hash, sizeof(s->chain));
	mix_hash(s, prologue, len);
	mix_hash(s, pub_i, KEY_LEN);
	mix_hash(s, pub_r, KEY_LEN);
}

bool noise_write_first(struct noise *s, const struct noise_static *own,
		       const uint8_t secret[static KEY_LEN], const uint8_t *payload, size_t len,
		       uint8_t *out)
{
	put_ephemeral(s, secret, out);
	if (!mix_dh(s, s->secret, own->remote) || !mix_dh(s, own->secret, own->remote)) {
		return false;
	}
	seal(s, payload, len, out + KEY_LEN);
	return true;
}

bool noise_read_first(struct noise *s, const struct noise_static *own, const uint8_t *in,
		      size_t len, uint8_t *ret_payload)
{
	take_ephemeral(s, in);
	return mix_dh(s, own->secret, s->remote) && mix_dh(s, own->secret, own->remote) &&
	       open_sealed(s, in + KEY_LEN, len, ret_payload);
}

bool noise_write_second(struct noise *s, const struct noise_static *own,
			const uint8_t psk[static KEY_LEN], const uint8_t secret[static KEY_LEN],
			const uint8_t *payload, size_t len, uint8_t *out)
{
	put_ephemeral(s, secret, out);
	if (!mix_dh(s, s->secret, s->remote) || !mix_dh(s, s->secret, own->remote)) {
		return false;
	}
	mix_psk(s, psk);
	seal(s, payload, len, out + KEY_LEN);
	return true;
}

bool noise_read_second(struct noise *s, const struct noise_static *own,
		       const uint8_t psk[static KEY_LEN], const uint8_t *in, size_t len,
		       uint8_t *ret_payload)
{
	take_ephemeral(s, in);
	if (!mix_dh(s, s->secret, s->remote) || !mix_dh(s, own->secret, s->remote)) {
		return false;
	}
	mix_psk(s, psk);
	return open_sealed(s, in + KEY_LEN, len, ret_payload);
}

void noise_split(struct noise *s, uint8_t ret_i_to_r[static KEY_LEN],
		 uint8_t ret_r_to_i[static KEY_LEN])
{
	uint8_t one[NOISE_HASH_LEN], other[NOISE_HASH_LEN], hash[NOISE_HASH_LEN];

	hkdf(s->chain, NULL, 0, (uint8_t *[3]){one, other}, 2);
	memcpy(ret_i_to_r, one, KEY_LEN);
	memcpy(ret_r_to_i, other, KEY_LEN);
	sodium_memzero(one, sizeof(one));
	sodium_memzero(other, sizeof(other));
	memcpy(hash, s->hash, sizeof(hash));
	noise_erase(s);
	memcpy(s->hash, hash, sizeof(hash));
}

void noise_erase(struct noise *s)
{
	sodium_memzero(s, sizeof(*s));
}
