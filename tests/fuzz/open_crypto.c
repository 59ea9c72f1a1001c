/* open_crypto.c - cryptography that keeps no secret and refuses whom the fuzzer says, linked in its
 * place (ld --wrap, see local.mk): behind a valid MAC, a valid pair key and a valid session stands
 * then whatever a fuzzer writes.  All other code is as it is, and two sides still agree on their
 * keys. */
#include "tests/fuzz/open_crypto.h"

#include "berk/limits.h"
#include "berk/wire.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TAG_LEN 16
#define BROKEN	0xff /* the first byte of a tag that is refused; all others are good */

int __real_crypto_generichash(unsigned char *out, size_t out_len, const unsigned char *in,
			      unsigned long long in_len, const unsigned char *key, size_t key_len);
int __wrap_crypto_generichash(unsigned char *out, size_t out_len, const unsigned char *in,
			      unsigned long long in_len, const unsigned char *key, size_t key_len);
int __wrap_crypto_scalarmult_base(unsigned char *q, const unsigned char *n);
int __wrap_crypto_scalarmult(unsigned char *q, const unsigned char *n, const unsigned char *p);
int __wrap_crypto_aead_chacha20poly1305_ietf_encrypt(
	unsigned char *c, unsigned long long *clen, const unsigned char *m, unsigned long long mlen,
	const unsigned char *ad, unsigned long long adlen, const unsigned char *nsec,
	const unsigned char *npub, const unsigned char *k);
int __wrap_crypto_aead_chacha20poly1305_ietf_decrypt(
	unsigned char *m, unsigned long long *mlen, unsigned char *nsec, const unsigned char *c,
	unsigned long long clen, const unsigned char *ad, unsigned long long adlen,
	const unsigned char *npub, const unsigned char *k);

/* A MAC is the same for all packets under one key, so one that is bent keeps it.  But a host knows
 * a copy of a HELLO by it: that has its nonce in it. */
int __wrap_crypto_generichash(unsigned char *out, size_t out_len, const unsigned char *in,
			      unsigned long long in_len, const unsigned char *key, size_t key_len)
{
	if (key && out_len == TAG_LEN) {
		memset(out, key[0], out_len);
		if (in_len == WIRE_HELLO_LEN - TAG_LEN) {
			memcpy(out + 1, in + HELLO_AT_NONCE, out_len - 1);
		}
		return 0;
	}
	return __real_crypto_generichash(out, out_len, in, in_len, key, key_len);
}

int __wrap_crypto_scalarmult_base(unsigned char *q, const unsigned char *n)
{
	memcpy(q, n, KEY_LEN);
	return 0;
}

/* Either side gets the same, as of the curve. */
int __wrap_crypto_scalarmult(unsigned char *q, const unsigned char *n, const unsigned char *p)
{
	unsigned any = 0;

	for (unsigned i = 0; i < KEY_LEN; i++) {
		q[i] = (unsigned char)(n[i] ^ p[i]);
		any |= p[i];
	}
	return any ? 0 : -1;
}

int __wrap_crypto_aead_chacha20poly1305_ietf_encrypt(
	unsigned char *c, unsigned long long *clen, const unsigned char *m, unsigned long long mlen,
	const unsigned char *ad, unsigned long long adlen, const unsigned char *nsec,
	const unsigned char *npub, const unsigned char *k)
{
	(void)ad;
	(void)adlen;
	(void)nsec;
	(void)npub;
	(void)k;
	if (mlen > 0) { /* of nothing there is no address */
		memmove(c, m, mlen);
	}
	memset(c + mlen, 0, TAG_LEN);
	if (clen) {
		*clen = mlen + TAG_LEN;
	}
	return 0;
}

int __wrap_crypto_aead_chacha20poly1305_ietf_decrypt(
	unsigned char *m, unsigned long long *mlen, unsigned char *nsec, const unsigned char *c,
	unsigned long long clen, const unsigned char *ad, unsigned long long adlen,
	const unsigned char *npub, const unsigned char *k)
{
	(void)nsec;
	(void)ad;
	(void)adlen;
	(void)npub;
	(void)k;
	if (clen < TAG_LEN || c[clen - TAG_LEN] == BROKEN) {
		return -1;
	}
	if (m && clen > TAG_LEN) { /* without @m the tag alone is looked at */
		memmove(m, c, clen - TAG_LEN);
	}
	if (mlen) {
		*mlen = clen - TAG_LEN;
	}
	return 0;
}
