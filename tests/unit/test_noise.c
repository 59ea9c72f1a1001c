/* test_noise.c - the handshake is that of the Noise framework: the vector of cacophony for
 * Noise_KKpsk2_25519_ChaChaPoly_BLAKE2b, and what each message needs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "core/wire/noise.h"

struct party {
	struct noise noise;
	uint8_t secret[KEY_LEN], pub[KEY_LEN], ephemeral[KEY_LEN], remote[KEY_LEN];
	uint8_t psk[KEY_LEN];
	struct noise_static own;
};

struct talk {
	struct party i, r;
};

static size_t unhex(const char *hex, uint8_t *ret)
{
	size_t len = 0;

	assert_int_equal(sodium_hex2bin(ret, 200, hex, strlen(hex), NULL, &len, NULL), 0);
	return len;
}

static void party_init(struct party *p, const char *secret, const char *ephemeral)
{
	(void)unhex(secret, p->secret);
	(void)unhex(ephemeral, p->ephemeral);
	(void)unhex("54686973206973206d7920417573747269616e20706572737065637469766521", p->psk);
	crypto_scalarmult_base(p->pub, p->secret);
	p->own = (struct noise_static){.secret = p->secret, .remote = p->remote};
}

static int setup(void **state)
{
	static struct talk t;
	uint8_t prologue[200];
	size_t len = unhex("4a6f686e2047616c74", prologue);

	party_init(&t.i, "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
		   "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a");
	party_init(&t.r, "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
		   "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b");
	memcpy(t.i.remote, t.r.pub, KEY_LEN);
	memcpy(t.r.remote, t.i.pub, KEY_LEN);
	noise_begin(&t.i.noise, t.i.pub, t.r.pub, prologue, len);
	noise_begin(&t.r.noise, t.i.pub, t.r.pub, prologue, len);
	*state = &t;
	return 0;
}

static void assert_hex(const uint8_t *data, size_t len, const char *hex)
{
	uint8_t want[200];

	assert_int_equal(unhex(hex, want), len);
	assert_memory_equal(data, want, len);
}

/* A packet of the vector after the handshake, the @n-th of its direction. */
static void assert_transport(const uint8_t key[KEY_LEN], uint8_t n, const char *payload,
			     const char *sealed)
{
	uint8_t plain[200], out[200],
		nonce[crypto_aead_chacha20poly1305_IETF_NPUBBYTES] = {[4] = n};
	size_t len = unhex(payload, plain);

	crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, plain, len, NULL, 0, NULL, nonce, key);
	assert_hex(out, len + NOISE_TAG_LEN, sealed);
}

static void the_vector_of_cacophony_holds(void **state)
{
	struct talk *t = *state;
	uint8_t plain[200], got[200], out[200], i_to_r[KEY_LEN], r_to_i[KEY_LEN], one[KEY_LEN],
		other[KEY_LEN];
	size_t len = unhex("4c756477696720766f6e204d69736573", plain);

	assert_true(noise_write_first(&t->i.noise, &t->i.own, t->i.ephemeral, plain, len, out));
	assert_hex(out, NOISE_LEN + len,
		   "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c79448efbe6f1e81b32"
		   "745bac25065b49764fe25a051f2eb2fa45e734098c9323832c");
	assert_true(noise_read_first(&t->r.noise, &t->r.own, out, len, got));
	assert_memory_equal(got, plain, len);
	len = unhex("4d757272617920526f746862617264", plain);
	assert_true(noise_write_second(&t->r.noise, &t->r.own, t->r.psk, t->r.ephemeral, plain, len,
				       out));
	assert_hex(out, NOISE_LEN + len,
		   "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843544bb469ea4910"
		   "ba32808608a5b369e9afc99b4c93192bf005a08596299cee");
	assert_true(noise_read_second(&t->i.noise, &t->i.own, t->i.psk, out, len, got));
	assert_memory_equal(got, plain, len);
	noise_split(&t->i.noise, i_to_r, r_to_i);
	noise_split(&t->r.noise, one, other);
	assert_memory_equal(i_to_r, one, KEY_LEN);
	assert_memory_equal(r_to_i, other, KEY_LEN);
	assert_hex(t->i.noise.hash, NOISE_HASH_LEN,
		   "6d8f22f6bc6b7029ef14b2698b0ecdf92f461ea81954a8956e1bd48927d0835db92c2553c8059c"
		   "e6cbdc520b7b7ea1896bff6c949235c071454d66361f4c934d");
	assert_transport(i_to_r, 0, "462e20412e20486179656b",
			 "d5962c22152dff4a40e026378d827b8c332d5b36b77c66589b30e6");
	assert_transport(r_to_i, 0, "4361726c204d656e676572",
			 "43d35b7f95112418e4acf90169a4925e3e789298638157cc2fb65a");
	assert_transport(i_to_r, 1, "4a65616e2d426170746973746520536179",
			 "89f05cc5beab155ac9c55ceabb5b80b0a04cf8dfbd89e5b22630db97c7fb533a26");
	assert_transport(
		r_to_i, 1, "457567656e2042f6686d20766f6e2042617765726b",
		"8fd6bc476d670388d589fda897dc7768214a0a3e5f5442fb429b4abed25101f65e4e3258ca");
}

/* Does @t come to one pair of keys?  What differs at its two ends is set before. */
static bool agree(struct talk *t)
{
	uint8_t out[200], got[200], key[4][KEY_LEN];

	if (!noise_write_first(&t->i.noise, &t->i.own, t->i.ephemeral, NULL, 0, out) ||
	    !noise_read_first(&t->r.noise, &t->r.own, out, 0, got) ||
	    !noise_write_second(&t->r.noise, &t->r.own, t->r.psk, t->r.ephemeral, NULL, 0, out) ||
	    !noise_read_second(&t->i.noise, &t->i.own, t->i.psk, out, 0, got)) {
		return false;
	}
	noise_split(&t->i.noise, key[0], key[1]);
	noise_split(&t->r.noise, key[2], key[3]);
	return memcmp(key[0], key[2], KEY_LEN) == 0 && memcmp(key[1], key[3], KEY_LEN) == 0;
}

static void both_agree(void **state)
{
	assert_true(agree(*state));
}

static void whoever_lacks_the_psk_is_not_believed(void **state)
{
	struct talk *t = *state;

	t->r.psk[0] ^= 1;
	assert_false(agree(t));
}

static void both_must_have_seen_the_same_before(void **state)
{
	struct talk *t = *state;

	t->r.noise.hash[0] ^= 1;
	assert_false(agree(t));
}

/* He holds the initiator's public key, and the responder's secret one, as a thief may. */
static void a_stolen_key_of_the_responder_makes_nobody_else_an_initiator(void **state)
{
	struct talk *t = *state;
	uint8_t out[200], got[200], forged[KEY_LEN];
	struct noise thief = t->i.noise;
	/* ss by the responder's secret and the initiator's public key: the same. */
	struct noise_static own = {.secret = t->r.secret, .remote = t->i.pub};

	crypto_scalarmult_base(out, t->i.ephemeral);
	assert_true(noise_write_first(&thief, &(struct noise_static){t->i.secret, t->r.pub},
				      t->i.ephemeral, NULL, 0, out));
	/* A first message can be forged with that secret; so it may be, and is read ... */
	assert_true(noise_read_first(&t->r.noise, &t->r.own, out, 0, got));
	assert_true(
		noise_write_second(&t->r.noise, &t->r.own, t->r.psk, t->r.ephemeral, NULL, 0, out));
	/* ... but without the initiator's secret the second cannot be. */
	memset(forged, 7, sizeof(forged));
	own.secret = forged;
	assert_false(noise_read_second(&thief, &own, t->i.psk, out, 0, got));
}

static void a_key_of_low_order_is_refused(void **state)
{
	struct talk *t = *state;
	uint8_t out[200] = {0}, got[200];

	assert_false(noise_read_first(&t->r.noise, &t->r.own, out, 0, got)); /* e is 0 */
	memset(t->i.remote, 0, KEY_LEN);
	assert_false(noise_write_first(&t->i.noise, &t->i.own, t->i.ephemeral, NULL, 0, out));
}

static void what_keys_were_made_of_is_erased(void **state)
{
	struct talk *t = *state;
	const uint8_t zero[sizeof(struct noise)] = {0};
	struct noise *s = &t->i.noise;

	assert_true(agree(t));
	assert_memory_equal(s->secret, zero, KEY_LEN);
	assert_memory_equal(s->chain, zero, NOISE_HASH_LEN);
	assert_memory_equal(s->key, zero, KEY_LEN);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_vector_of_cacophony_holds),
		T(both_agree),
		T(whoever_lacks_the_psk_is_not_believed),
		T(both_must_have_seen_the_same_before),
		T(a_stolen_key_of_the_responder_makes_nobody_else_an_initiator),
		T(a_key_of_low_order_is_refused),
		T(what_keys_were_made_of_is_erased),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
