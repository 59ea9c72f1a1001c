/* test_session.c - a sealed packet is opened once, by whom it is for, and nothing that is
 * replayed does harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/session_pair.h"

static void seal_100(struct end *from, uint8_t packet[100][WIRE_PACKET_MAX], size_t n[100])
{
	for (int i = 0; i < 100; i++) {
		n[i] = session_seal(&from->session, (const uint8_t *)"y", 1, packet[i],
				    WIRE_PACKET_MAX);
	}
}

static void a_replayed_packet_is_refused_and_late_ones_are_not(void **state)
{
	struct pair *p = *state;
	struct talk t;
	static uint8_t packet[100][WIRE_PACKET_MAX];
	uint8_t plain[WIRE_MESSAGE_MAX];
	size_t n[100], len;

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	seal_100(&p->a, packet, n);
	assert_int_equal(session_open(&p->b.session, packet[99], n[99], plain, &len), SESSION_OK);
	for (int i = 98; i >= 36; i--) { /* out of order, within the window */
		assert_int_equal(session_open(&p->b.session, packet[i], n[i], plain, &len),
				 SESSION_OK);
	}
	assert_int_equal(session_open(&p->b.session, packet[35], n[35], plain, &len),
			 SESSION_REPLAYED);
	assert_int_equal(session_open(&p->b.session, packet[99], n[99], plain, &len),
			 SESSION_REPLAYED);
	assert_int_equal(session_open(&p->b.session, packet[50], n[50], plain, &len),
			 SESSION_REPLAYED);
}

static void what_is_older_than_the_window_is_refused_seen_or_not(void **state)
{
	struct pair *p = *state;
	struct talk t;
	static uint8_t packet[100][WIRE_PACKET_MAX];
	uint8_t plain[WIRE_MESSAGE_MAX];
	size_t n[100], len;

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	seal_100(&p->a, packet, n);
	assert_int_equal(session_open(&p->b.session, packet[0], n[0], plain, &len), SESSION_OK);
	/* 65 on: nothing of the window is left, and the one before was not seen. */
	assert_int_equal(session_open(&p->b.session, packet[65], n[65], plain, &len), SESSION_OK);
	assert_int_equal(session_open(&p->b.session, packet[64], n[64], plain, &len), SESSION_OK);
	assert_int_equal(session_open(&p->b.session, packet[99], n[99], plain, &len), SESSION_OK);
	/* 65 back. */
	assert_int_equal(session_open(&p->b.session, packet[34], n[34], plain, &len),
			 SESSION_REPLAYED);
}

static void a_packet_sent_back_to_its_sender_is_refused(void **state)
{
	struct pair *p = *state;
	struct talk t;

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	assert_int_equal(say(&p->a, &p->a, "mirror"), SESSION_BAD_TAG);
}

/* Decryptions.  The linker puts this before libsodium's (--wrap). */
static unsigned n_decrypted;

int __real_crypto_aead_chacha20poly1305_ietf_decrypt(
	unsigned char *m, unsigned long long *n_m, unsigned char *secret, const unsigned char *c,
	unsigned long long n_c, const unsigned char *ad, unsigned long long n_ad,
	const unsigned char *nonce, const unsigned char *key);
int __wrap_crypto_aead_chacha20poly1305_ietf_decrypt(
	unsigned char *m, unsigned long long *n_m, unsigned char *secret, const unsigned char *c,
	unsigned long long n_c, const unsigned char *ad, unsigned long long n_ad,
	const unsigned char *nonce, const unsigned char *key);

int __wrap_crypto_aead_chacha20poly1305_ietf_decrypt(
	unsigned char *m, unsigned long long *n_m, unsigned char *secret, const unsigned char *c,
	unsigned long long n_c, const unsigned char *ad, unsigned long long n_ad,
	const unsigned char *nonce, const unsigned char *key)
{
	n_decrypted++;
	return __real_crypto_aead_chacha20poly1305_ietf_decrypt(m, n_m, secret, c, n_c, ad, n_ad,
								nonce, key);
}

static void a_copy_of_a_packet_is_known_without_a_decryption(void **state)
{
	struct pair *p = *state;
	struct talk t;
	static uint8_t packet[100][WIRE_PACKET_MAX];
	uint8_t plain[WIRE_MESSAGE_MAX];
	size_t n[100], len;

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	seal_100(&p->a, packet, n);
	assert_int_equal(session_open(&p->b.session, packet[0], n[0], plain, &len), SESSION_OK);
	handshake(p, &p->a, &p->b, (mono_t){2 * NS_PER_S}, &t);
	assert_int_equal(say(&p->a, &p->b, "newer keys"), SESSION_OK);
	n_decrypted = 0;
	for (unsigned i = 0; i < 10; i++) { /* of the keys before */
		assert_int_equal(session_open(&p->b.session, packet[0], n[0], plain, &len),
				 SESSION_REPLAYED);
	}
	/* Of keys that are gone; one in 256 has the name of others. */
	packet[1][8] ^= 0x55;
	assert_int_equal(session_open(&p->b.session, packet[1], n[1], plain, &len),
			 SESSION_BAD_TAG);
	assert_int_equal(n_decrypted, 0);
	packet[1][8] ^= 0x55;
	assert_int_equal(session_open(&p->b.session, packet[1], n[1], plain, &len), SESSION_OK);
	assert_int_equal(n_decrypted, 1);
}

static void keys_are_made_anew_after_half_an_hour_or_a_million_packets(void **state)
{
	struct pair *p = *state;
	struct session *a = &p->a.session, *b = &p->b.session;
	const mono_t t0 = {NS_PER_S}, soon = {t0.ns + 1800 * NS_PER_S - 1},
		     then = {t0.ns + 2100 * NS_PER_S}, later = {t0.ns + 2700 * NS_PER_S};
	struct talk t;

	assert_false(session_is_old(a, later)); /* there are none */
	handshake(p, &p->a, &p->b, t0, &t);
	assert_int_equal(say(&p->a, &p->b, "proof"), SESSION_OK);
	assert_false(session_is_old(a, soon));
	assert_true(session_is_old(a, then));
	assert_false(session_is_old(b, then)); /* first it is up to who made them */
	assert_true(session_is_old(b, later));
	a->now.tx_counter = 1 << 20;
	assert_true(session_is_old(a, t0));
	assert_false(session_is_old(b, t0));
	assert_int_equal(say(&p->a, &p->b, "the last"), SESSION_OK);
	assert_true(session_is_old(b, t0));
}

static void keys_of_an_hour_ago_are_erased(void **state)
{
	struct pair *p = *state;
	struct session *b = &p->b.session;
	const mono_t t0 = {NS_PER_S}, soon = {t0.ns + 3600 * NS_PER_S - 1},
		     then = {t0.ns + 3600 * NS_PER_S};
	const struct session_keys none = {0};
	struct talk t;

	handshake(p, &p->a, &p->b, t0, &t);
	assert_int_equal(say(&p->a, &p->b, "proof"), SESSION_OK);
	handshake(p, &p->a, &p->b, (mono_t){2 * NS_PER_S}, &t);
	assert_int_equal(say(&p->a, &p->b, "proof"), SESSION_OK);
	session_expire(b, soon);
	assert_true(b->before.valid);
	session_expire(b, then);
	assert_memory_equal(&b->before, &none, sizeof(none));
	assert_true(session_can_send(b));
	session_expire(b, (mono_t){then.ns + NS_PER_S});
	assert_memory_equal(&b->now, &none, sizeof(none));
	assert_false(session_can_send(b));
	assert_int_equal(say(&p->a, &p->b, "too late"), SESSION_NO_KEYS);
}

static void packets_in_flight_survive_new_keys(void **state)
{
	struct pair *p = *state;
	struct talk t;
	uint8_t packet[WIRE_PACKET_MAX], plain[WIRE_MESSAGE_MAX];
	size_t len;

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	assert_int_equal(say(&p->a, &p->b, "proof"), SESSION_OK);
	size_t n = session_seal(&p->a.session, (const uint8_t *)"late", 4, packet, sizeof(packet));

	uint8_t back[WIRE_PACKET_MAX];
	size_t n_back = session_seal(&p->b.session, (const uint8_t *)"late", 4, back, sizeof(back));

	handshake(p, &p->a, &p->b, (mono_t){2 * NS_PER_S}, &t);
	assert_int_equal(say(&p->a, &p->b, "new"), SESSION_OK);
	assert_int_equal(session_open(&p->b.session, packet, n, plain, &len), SESSION_OK);
	assert_int_equal(session_open(&p->a.session, back, n_back, plain, &len), SESSION_OK);
}

#define T(f) cmocka_unit_test_setup(f, session_pair_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_replayed_packet_is_refused_and_late_ones_are_not),
		T(what_is_older_than_the_window_is_refused_seen_or_not),
		T(a_packet_sent_back_to_its_sender_is_refused),
		T(a_copy_of_a_packet_is_known_without_a_decryption),
		T(keys_are_made_anew_after_half_an_hour_or_a_million_packets),
		T(keys_of_an_hour_ago_are_erased),
		T(packets_in_flight_survive_new_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
