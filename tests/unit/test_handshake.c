/* test_handshake.c - who holds the keys gets in, and nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/wire/discover.h"
#include "core/wire/handshake.h"
#include "tests/unit/session_pair.h"

static void handshake_gives_both_ends_keys(void **state)
{
	struct pair *p = *state;
	struct talk t;

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	assert_true(session_can_send(&p->a.session));
	assert_false(session_can_send(&p->b.session)); /* until a has proved them */
	assert_int_equal(p->a.session.state, SESSION_OPEN);
	assert_int_equal(say(&p->a, &p->b, "first"), SESSION_OK);
	assert_true(session_can_send(&p->b.session));
	assert_int_equal(p->b.session.state, SESSION_OPEN);
	assert_int_equal(say(&p->b, &p->a, "back"), SESSION_OK);
}

static void another_groups_key_opens_nothing(void **state)
{
	struct pair *p = *state;
	uint8_t rnd[SESSION_RAND_LEN] = {1}, hello[WIRE_PACKET_MAX], pub[KEY_LEN];

	memset(p->a.trust.group_key, 8, KEY_LEN);
	size_t n =
		session_hello(&p->a.session, &p->a.trust, rnd, (mono_t){0}, hello, sizeof(hello));

	assert_int_equal(session_check_hello(&p->b.trust, hello, n, pub), SESSION_BAD_MAC);
}

static void every_flipped_bit_is_refused(void **state)
{
	struct pair *p = *state;
	struct talk t;
	uint8_t pub[KEY_LEN];
	size_t len;

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	for (size_t i = 16; i < t.n_hello; i++) {
		t.hello[i] ^= 1;
		assert_int_equal(session_check_hello(&p->b.trust, t.hello, t.n_hello, pub),
				 SESSION_BAD_MAC);
		t.hello[i] ^= 1;
	}
	for (size_t i = 16; i < t.n_response; i++) {
		t.response[i] ^= 1;
		assert_int_equal(session_check_response(&p->b.trust, &p->a.addr, t.response,
							t.n_response, pub),
				 SESSION_BAD_MAC);
		t.response[i] ^= 1;
	}
	for (size_t i = 16; i < t.n_response - MAC_LEN; i++) { /* by one who has the group key */
		enum session_verdict v;

		t.response[i] ^= 1;
		mac_put(t.response, t.n_response, p->a.trust.group_key);
		v = session_check_response(&p->b.trust, &p->a.addr, t.response, t.n_response, pub);
		v = v == SESSION_OK ? session_prove_response(&p->b.trust, t.response, t.n_response)
				    : v;
		assert_int_not_equal(v, SESSION_OK);
		t.response[i] ^= 1;
	}
	p->a.session.state = SESSION_RESPONSE_SENT;
	for (size_t i = 16; i < t.n_accept; i++) {
		t.accept[i] ^= 1;
		assert_int_not_equal(session_on_accept(&p->a.session, &p->a.trust, t.accept,
						       t.n_accept, (mono_t){1}),
				     SESSION_OK);
		t.accept[i] ^= 1;
	}
	uint8_t packet[WIRE_PACKET_MAX], plain[WIRE_MESSAGE_MAX];
	size_t n = session_seal(&p->a.session, (const uint8_t *)"x", 1, packet, sizeof(packet));

	for (size_t i = 0; i < n; i++) {
		packet[i] ^= 1;
		assert_int_not_equal(session_open(&p->b.session, packet, n, plain, &len),
				     SESSION_OK);
		packet[i] ^= 1;
	}
	assert_int_equal(session_open(&p->b.session, packet, n, plain, &len), SESSION_OK);
}

static void a_cookie_is_of_its_address_and_time(void **state)
{
	struct pair *p = *state;
	struct talk t;
	uint8_t pub[KEY_LEN], rnd[KEY_LEN] = {9};
	struct addr other = p->a.addr;

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	other.ip[15]++;
	assert_int_equal(session_check_response(&p->b.trust, &other, t.response, t.n_response, pub),
			 SESSION_BAD_COOKIE);
	other = p->a.addr;
	other.port++;
	assert_int_equal(session_check_response(&p->b.trust, &other, t.response, t.n_response, pub),
			 SESSION_BAD_COOKIE);
	for (int k = 1; k <= 3; k++) { /* the secret stays for two minutes */
		trust_tick(&p->b.trust, rnd, (mono_t){k * 30 * NS_PER_S});
	}
	for (int k = 1; k <= 2; k++) {
		trust_tick(&p->b.trust, rnd, (mono_t){k * 121 * NS_PER_S});
		rnd[0]++;
		assert_int_equal(session_check_response(&p->b.trust, &p->a.addr, t.response,
							t.n_response, pub),
				 k == 1 ? SESSION_OK : SESSION_BAD_COOKIE);
	}
}

static void a_challenge_is_for_the_hello_under_way(void **state)
{
	struct pair *p = *state;
	struct talk t;
	uint8_t rnd[SESSION_RAND_LEN], hello[WIRE_PACKET_MAX], out[WIRE_PACKET_MAX];
	size_t len;

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	/* The one that was answered already. */
	assert_int_equal(session_on_challenge(&p->a.session, &p->a.trust, t.challenge,
					      t.n_challenge, (mono_t){2}, out, sizeof(out), &len),
			 SESSION_BAD_STATE);
	/* One to an earlier HELLO. */
	fresh(p, rnd, sizeof(rnd));
	assert_true(session_hello(&p->a.session, &p->a.trust, rnd, (mono_t){2}, hello,
				  sizeof(hello)) > 0);
	assert_int_equal(session_on_challenge(&p->a.session, &p->a.trust, t.challenge,
					      t.n_challenge, (mono_t){2}, out, sizeof(out), &len),
			 SESSION_BAD_STATE);
}

static void an_accept_is_for_the_response_under_way(void **state)
{
	struct pair *p = *state;
	struct talk t;

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	p->a.session.state = SESSION_RESPONSE_SENT;
	p->a.session.nonce[0] ^= 1; /* of another HELLO */
	assert_int_equal(session_on_accept(&p->a.session, &p->a.trust, t.accept, t.n_accept,
					   (mono_t){2}),
			 SESSION_BAD_STATE);
}

static void a_handshake_may_follow_one_that_was_proved_and_not_one_that_was_not(void **state)
{
	struct pair *p = *state;
	struct talk t, u;
	uint8_t rnd[SESSION_RAND_LEN] = {0xee}, out[WIRE_PACKET_MAX];
	size_t len;

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	assert_int_equal(say(&p->a, &p->b, "proof"), SESSION_OK);
	handshake(p, &p->a, &p->b, (mono_t){2}, &u); /* at once */
	/* These keys are on offer: for a second they give way to no others. */
	p->b.session.before.valid = false;
	p->b.session.now.valid = false;
	assert_int_equal(session_accept(&p->b.session, &p->b.trust, t.response, t.n_response, rnd,
					(mono_t){3}, out, sizeof(out), &len),
			 SESSION_REPLAYED);
	assert_int_equal(session_accept(&p->b.session, &p->b.trust, t.response, t.n_response, rnd,
					(mono_t){2 + NS_PER_S}, out, sizeof(out), &len),
			 SESSION_OK);
}

static void the_handshake_before_the_present_one_is_known_too(void **state)
{
	struct pair *p = *state;
	struct talk t, u;
	uint8_t rnd[SESSION_RAND_LEN] = {0xee}, out[WIRE_PACKET_MAX];
	size_t len;

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	assert_int_equal(say(&p->a, &p->b, "proof"), SESSION_OK);
	handshake(p, &p->a, &p->b, (mono_t){2}, &u);
	assert_int_equal(say(&p->a, &p->b, "proof"), SESSION_OK);
	assert_int_equal(session_accept(&p->b.session, &p->b.trust, t.response, t.n_response, rnd,
					(mono_t){9 * NS_PER_S}, out, sizeof(out), &len),
			 SESSION_REPLAYED);
}

static void a_replayed_handshake_revives_nothing(void **state)
{
	struct pair *p = *state;
	struct talk t;
	uint8_t rnd[SESSION_RAND_LEN] = {0xee}, out[WIRE_PACKET_MAX];
	size_t len;

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	assert_int_equal(say(&p->a, &p->b, "proof"), SESSION_OK);
	assert_int_equal(session_accept(&p->b.session, &p->b.trust, t.response, t.n_response, rnd,
					(mono_t){2 * NS_PER_S}, out, sizeof(out), &len),
			 SESSION_REPLAYED);
	assert_int_equal(session_on_accept(&p->a.session, &p->a.trust, t.accept, t.n_accept,
					   (mono_t){2}),
			 SESSION_BAD_STATE);
	assert_int_equal(say(&p->b, &p->a, "still here"), SESSION_OK);
}

static void a_lost_accept_is_sent_again_with_the_same_keys(void **state)
{
	struct pair *p = *state;
	struct talk t;
	uint8_t rnd[SESSION_RAND_LEN] = {0xee}, out[WIRE_PACKET_MAX];
	size_t len;

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	assert_int_equal(session_accept(&p->b.session, &p->b.trust, t.response, t.n_response, rnd,
					(mono_t){2}, out, sizeof(out), &len),
			 SESSION_OK);
	assert_memory_equal(out, t.accept, len);
}

static void both_ends_may_begin_at_once(void **state)
{
	struct pair *p = *state;
	struct talk t, u;

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	handshake(p, &p->b, &p->a, (mono_t){2}, &u);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(say(&p->a, &p->b, "a"), SESSION_OK);
		assert_int_equal(say(&p->b, &p->a, "b"), SESSION_OK);
	}
}

static void only_pinned_keys_get_in(void **state)
{
	struct pair *p = *state;
	uint8_t list[1][KEY_LEN] = {{0}}, rnd[SESSION_RAND_LEN] = {3}, hello[WIRE_PACKET_MAX],
		pub[KEY_LEN];
	size_t n =
		session_hello(&p->a.session, &p->a.trust, rnd, (mono_t){0}, hello, sizeof(hello));

	p->b.trust.member_keys = (const uint8_t(*)[KEY_LEN])list;
	p->b.trust.n_member_keys = 1;
	assert_int_equal(session_check_hello(&p->b.trust, hello, n, pub), SESSION_NOT_PINNED);
	memcpy(list[0], p->a.trust.pub, KEY_LEN);
	assert_int_equal(session_check_hello(&p->b.trust, hello, n, pub), SESSION_OK);
}

/* The list may change between the two packets of an initiator, and an initiator has one as well. */
static void each_step_of_a_handshake_asks_for_the_pins(void **state)
{
	struct pair *p = *state;
	struct talk t;
	uint8_t list[1][KEY_LEN] = {{0}}, out[WIRE_PACKET_MAX], pub[KEY_LEN];
	size_t len;

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	p->b.trust.member_keys = (const uint8_t(*)[KEY_LEN])list;
	p->b.trust.n_member_keys = 1;
	assert_int_equal(session_check_response(&p->b.trust, &p->a.addr, t.response, t.n_response,
						pub),
			 SESSION_NOT_PINNED);
	p->a.trust.member_keys = (const uint8_t(*)[KEY_LEN])list;
	p->a.trust.n_member_keys = 1;
	p->a.session.state = SESSION_HELLO_SENT;
	assert_int_equal(session_on_challenge(&p->a.session, &p->a.trust, t.challenge,
					      t.n_challenge, (mono_t){2}, out, sizeof(out), &len),
			 SESSION_NOT_PINNED);
}

static void keys_are_of_the_pair_its_group_and_both_nonces(void **state)
{
	struct pair *p = *state;
	uint8_t key[KEY_LEN], same[KEY_LEN], other[KEY_LEN], low_order[KEY_LEN] = {0};
	uint8_t nonce_i[NONCE_LEN] = {1}, nonce_r[NONCE_LEN] = {2}, later[NONCE_LEN] = {3};
	struct session_keys a, b, c, d;

	assert_true(pair_key_make(&p->a.trust, p->b.trust.pub, true, key));
	assert_true(pair_key_make(&p->b.trust, p->a.trust.pub, false, same));
	assert_memory_equal(key, same, KEY_LEN);
	p->a.trust.group_key[0] ^= 1;
	assert_true(pair_key_make(&p->a.trust, p->b.trust.pub, true, other));
	assert_memory_not_equal(key, other, KEY_LEN);
	assert_false(pair_key_make(&p->a.trust, low_order, true, other));
	session_keys_make(&a, key, true, nonce_i, nonce_r, 1, (mono_t){0});
	session_keys_make(&b, key, false, nonce_i, nonce_r, 1, (mono_t){0});
	session_keys_make(&c, key, true, nonce_i, later, 1, (mono_t){0});
	session_keys_make(&d, key, true, later, nonce_r, 1, (mono_t){0});
	assert_memory_equal(a.tx, b.rx, KEY_LEN);
	assert_memory_equal(a.rx, b.tx, KEY_LEN);
	assert_memory_not_equal(a.tx, c.tx, KEY_LEN);
	assert_memory_not_equal(a.tx, d.tx, KEY_LEN);
}

static void whoever_calls_himself_finds_out(void **state)
{
	struct pair *p = *state;
	uint8_t rnd[SESSION_RAND_LEN] = {3}, hello[WIRE_PACKET_MAX], challenge[WIRE_PACKET_MAX],
		out[WIRE_PACKET_MAX], pub[KEY_LEN];
	size_t len;
	size_t n =
		session_hello(&p->a.session, &p->a.trust, rnd, (mono_t){0}, hello, sizeof(hello));

	assert_int_equal(session_check_hello(&p->a.trust, hello, n, pub), SESSION_OK);
	len = session_challenge(&p->a.trust, &p->a.addr, hello, challenge, sizeof(challenge));
	assert_int_equal(session_on_challenge(&p->a.session, &p->a.trust, challenge, len,
					      (mono_t){0}, out, sizeof(out), &len),
			 SESSION_SELF);
}

static void discover_is_signed_by_the_group(void **state)
{
	struct pair *p = *state;
	uint8_t rnd[NONCE_LEN] = {3}, out[WIRE_PACKET_MAX];
	size_t n = discover_encode(&p->a.trust, rnd, out, sizeof(out));
	const uint8_t *nonce;
	node_id id;

	assert_int_equal(discover_decode(&p->b.trust, out, n, &id, &nonce), SESSION_OK);
	assert_int_equal(id, p->a.trust.id);
	assert_memory_equal(nonce, rnd, NONCE_LEN);
	assert_int_not_equal(id, p->b.trust.id);
	assert_int_equal(discover_decode(&p->a.trust, out, n, &id, &nonce),
			 SESSION_OK); /* our own */
	uint8_t list[1][KEY_LEN] = {{0}};

	p->b.trust.member_keys = (const uint8_t(*)[KEY_LEN])list;
	p->b.trust.n_member_keys = 1;
	assert_int_equal(discover_decode(&p->b.trust, out, n, &id, &nonce), SESSION_NOT_PINNED);
	out[20] ^= 1;
	assert_int_equal(discover_decode(&p->b.trust, out, n, &id, &nonce), SESSION_BAD_MAC);
	assert_int_equal(discover_decode(&p->b.trust, out, n - 1, &id, &nonce), SESSION_BAD_LENGTH);
}

#define T(f) cmocka_unit_test_setup(f, session_pair_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(handshake_gives_both_ends_keys),
		T(another_groups_key_opens_nothing),
		T(every_flipped_bit_is_refused),
		T(a_cookie_is_of_its_address_and_time),
		T(a_challenge_is_for_the_hello_under_way),
		T(an_accept_is_for_the_response_under_way),
		T(a_handshake_may_follow_one_that_was_proved_and_not_one_that_was_not),
		T(the_handshake_before_the_present_one_is_known_too),
		T(each_step_of_a_handshake_asks_for_the_pins),
		T(keys_are_of_the_pair_its_group_and_both_nonces),
		T(a_replayed_handshake_revives_nothing),
		T(a_lost_accept_is_sent_again_with_the_same_keys),
		T(both_ends_may_begin_at_once),
		T(only_pinned_keys_get_in),
		T(whoever_calls_himself_finds_out),
		T(discover_is_signed_by_the_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
