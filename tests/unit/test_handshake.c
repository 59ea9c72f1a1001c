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
	struct noise noise;
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
		v = v == SESSION_OK ? session_prove_response(&p->b.trust, t.response, &noise) : v;
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

	fresh(p, rnd, sizeof(rnd));
	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	/* The one that was answered already. */
	assert_int_equal(session_on_challenge(&p->a.session, &p->a.trust, t.challenge,
					      t.n_challenge, rnd, (mono_t){2}, out, sizeof(out),
					      &len),
			 SESSION_BAD_STATE);
	/* One to an earlier HELLO. */
	fresh(p, rnd, sizeof(rnd));
	assert_true(session_hello(&p->a.session, &p->a.trust, rnd, (mono_t){2}, hello,
				  sizeof(hello)) > 0);
	assert_int_equal(session_on_challenge(&p->a.session, &p->a.trust, t.challenge,
					      t.n_challenge, rnd, (mono_t){2}, out, sizeof(out),
					      &len),
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
	uint8_t rnd[SESSION_RAND_LEN] = {0xee};

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	assert_int_equal(say(&p->a, &p->b, "proof"), SESSION_OK);
	handshake(p, &p->a, &p->b, (mono_t){2}, &u); /* at once */
	/* These keys are on offer: for a second they give way to no others. */
	p->b.session.before.valid = false;
	p->b.session.now.valid = false;
	assert_int_equal(respond(&p->b, &t, rnd, (mono_t){3}), SESSION_REPLAYED);
	assert_int_equal(respond(&p->b, &t, rnd, (mono_t){2 + NS_PER_S}), SESSION_OK);
}

static void the_handshake_before_the_present_one_is_known_too(void **state)
{
	struct pair *p = *state;
	struct talk t, u;
	uint8_t rnd[SESSION_RAND_LEN] = {0xee};

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	assert_int_equal(say(&p->a, &p->b, "proof"), SESSION_OK);
	handshake(p, &p->a, &p->b, (mono_t){2}, &u);
	assert_int_equal(say(&p->a, &p->b, "proof"), SESSION_OK);
	assert_int_equal(respond(&p->b, &t, rnd, (mono_t){9 * NS_PER_S}), SESSION_REPLAYED);
}

static void a_replayed_handshake_revives_nothing(void **state)
{
	struct pair *p = *state;
	struct talk t;
	uint8_t rnd[SESSION_RAND_LEN] = {0xee};

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	assert_int_equal(say(&p->a, &p->b, "proof"), SESSION_OK);
	assert_int_equal(respond(&p->b, &t, rnd, (mono_t){2 * NS_PER_S}), SESSION_REPLAYED);
	assert_int_equal(session_on_accept(&p->a.session, &p->a.trust, t.accept, t.n_accept,
					   (mono_t){2}),
			 SESSION_BAD_STATE);
	assert_int_equal(say(&p->b, &p->a, "still here"), SESSION_OK);
}

static void a_response_is_answered_once(void **state)
{
	struct pair *p = *state;
	struct talk t;
	uint8_t rnd[SESSION_RAND_LEN] = {0xee};

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	/* Were its ACCEPT lost: the initiator begins anew. */
	assert_int_equal(respond(&p->b, &t, rnd, (mono_t){9 * NS_PER_S}), SESSION_REPLAYED);
	handshake(p, &p->a, &p->b, (mono_t){9 * NS_PER_S}, &t);
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
	const uint8_t rnd[SESSION_RAND_LEN] = {4};
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
					      t.n_challenge, rnd, (mono_t){2}, out, sizeof(out),
					      &len),
			 SESSION_NOT_PINNED);
}

/* All but the ephemeral secrets may be known to somebody who has kept the packets. */
static void keys_are_of_the_ephemeral_secrets(void **state)
{
	struct pair *p = *state;
	const struct session_keys *k = &p->a.session.now;
	struct session_keys first;
	struct talk t;

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	first = *k;
	assert_memory_equal(first.tx, p->b.session.next.rx, KEY_LEN);
	assert_memory_equal(first.rx, p->b.session.next.tx, KEY_LEN);
	assert_int_equal(first.name, p->b.session.next.name);
	for (uint8_t i = 2; i <= 3; i++) { /* the nonce is drawn first */
		(void)session_pair_setup(state);
		p->other_draw = i;
		handshake(p, &p->a, &p->b, (mono_t){1}, &t);
		assert_memory_not_equal(k->tx, first.tx, KEY_LEN);
		assert_memory_not_equal(k->rx, first.rx, KEY_LEN);
		assert_int_not_equal(k->name, first.name);
	}
}

static void what_keys_were_made_of_is_erased(void **state)
{
	const struct noise zero = {0};
	struct pair *p = *state;
	struct talk t;

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	assert_memory_equal(&p->a.session.noise, &zero, sizeof(zero));
	assert_int_equal(say(&p->a, &p->b, "proof"), SESSION_OK);
	assert_false(p->b.session.next.valid);
	assert_memory_equal(p->b.session.next.tx, &zero, KEY_LEN);
}

static void both_ends_use_the_group_key_of_whoever_began(void **state)
{
	struct pair *p = *state;
	struct talk t;
	struct noise noise;
	uint8_t pub[KEY_LEN];

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	p->b.trust.group_key[0] ^= 1;
	assert_int_equal(session_check_response(&p->b.trust, &p->a.addr, t.response, t.n_response,
						pub),
			 SESSION_BAD_MAC);
	/* Were it not for the MAC: the key is in the ACCEPT too. */
	mac_put(t.response, t.n_response, p->b.trust.group_key);
	assert_int_equal(session_prove_response(&p->b.trust, t.response, &noise), SESSION_OK);
	session_init(&p->b.session, 2);
	assert_int_equal(respond(&p->b, &t, t.hello + 20, (mono_t){1}), SESSION_OK);
	mac_put(t.accept, t.n_accept, p->a.trust.group_key);
	p->a.session.state = SESSION_RESPONSE_SENT;
	assert_int_equal(session_on_accept(&p->a.session, &p->a.trust, t.accept, t.n_accept,
					   (mono_t){1}),
			 SESSION_BAD_MAC);
}

static void nobody_makes_two_hosts_speak_a_lower_version(void **state)
{
	struct pair *p = *state;
	struct talk t;
	struct noise noise;
	uint8_t pub[KEY_LEN], *highest = t.response + 84;

	handshake(p, &p->a, &p->b, (mono_t){1}, &t);
	assert_int_equal(highest[0], WIRE_VERSION);
	assert_int_equal(highest[1], WIRE_VERSION);
	highest[1]--; /* as if our CHALLENGE had said so */
	mac_put(t.response, t.n_response, p->a.trust.group_key);
	assert_int_equal(session_check_response(&p->b.trust, &p->a.addr, t.response, t.n_response,
						pub),
			 SESSION_BAD_STATE);
	highest[1]++;
	highest[0]++; /* as if our HELLO had said less than it did */
	mac_put(t.response, t.n_response, p->a.trust.group_key);
	assert_int_equal(session_check_response(&p->b.trust, &p->a.addr, t.response, t.n_response,
						pub),
			 SESSION_OK);
	assert_int_equal(session_prove_response(&p->b.trust, t.response, &noise), SESSION_BAD_MAC);
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
	assert_int_equal(session_on_challenge(&p->a.session, &p->a.trust, challenge, len, rnd,
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
		T(keys_are_of_the_ephemeral_secrets),
		T(what_keys_were_made_of_is_erased),
		T(both_ends_use_the_group_key_of_whoever_began),
		T(nobody_makes_two_hosts_speak_a_lower_version),
		T(a_replayed_handshake_revives_nothing),
		T(a_response_is_answered_once),
		T(both_ends_may_begin_at_once),
		T(only_pinned_keys_get_in),
		T(whoever_calls_himself_finds_out),
		T(discover_is_signed_by_the_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
