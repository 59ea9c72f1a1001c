/* test_knock.c - who is refused: each one has a row with its reason, and people are told of it
 * once and then seldom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/wire/discover.h"
#include "tests/unit/knock_stage.h"
#include "tests/world/node.h"

#define KEPT 16 /* rows of the list of those refused */

/* --- Reasons --- */

static void another_key_is_told_with_its_address(void **state)
{
	struct stage *s = opened(state);

	configure(s, 0);
	give_other_key(s, 0);
	call(s, 0);
	struct knock_view v = assert_refused(s, 0, KNOCK_OTHER_KEY);

	assert_true(v.configured);
	assert_int_equal(state_of(s, 0), KNOCK_OTHER_KEY);
	assert_int_equal(n_told, 1);
	assert_int_equal(told.level, LEVEL_WARNING);
	assert_int_equal(told.peer_refused.why, KNOCK_OTHER_KEY);
	assert_true(addr_equal(&told.peer_refused.addr, &s->puppet[0].addr));
}

static void who_is_given_our_key_is_met(void **state)
{
	struct stage *s = opened(state);

	configure(s, 0);
	give_other_key(s, 0);
	call(s, 0);
	give_other_key(s, 0); /* and so ours */
	assert_true(stage_try_call(s, 0));
	assert_int_equal(state_of(s, 0), KNOCK_MET);
	assert_int_equal(n_refused(s), 0);
	stage_wait(s, 100 * NS_PER_S);
	assert_int_equal(state_of(s, 0), KNOCK_NO_ANSWER); /* what was before says nothing now */
}

static void who_calls_again_with_our_key_is_met(void **state)
{
	struct stage *s = opened(state);

	configure(s, 0);
	give_other_key(s, 0);
	give_other_key(s, 1);
	call(s, 1);
	call(s, 0);
	assert_int_equal(n_refused(s), 2);
	give_other_key(s, 0);
	stage_meet(s, 0);
	(void)assert_refused(s, 1, KNOCK_OTHER_KEY); /* the other one is still of another group */
	assert_int_equal(n_refused(s), 1);
	stage_wait(s, 100 * NS_PER_S);
	assert_int_equal(state_of(s, 0), KNOCK_NO_ANSWER);
}

static void a_stranger_is_told_although_nobody_configured_it(void **state)
{
	struct stage *s = opened(state);

	give_other_key(s, STRANGER);
	call(s, STRANGER);
	assert_false(assert_refused(s, STRANGER, KNOCK_OTHER_KEY).configured);
	assert_int_equal(n_told, 1);
}

static void another_group_on_the_network_is_no_warning(void **state)
{
	struct stage *s = opened(state);

	give_other_key(s, STRANGER);
	call_all(s, STRANGER);
	(void)assert_refused(s, STRANGER, KNOCK_OTHER_GROUP);
	assert_int_equal(n_told, 1);
	assert_int_equal(told.level, LEVEL_NOTICE);
	for (unsigned i = 0; i < 59; i++) {
		stage_wait(s, 60 * NS_PER_S);
		call_all(s, STRANGER);
	}
	assert_int_equal(n_told, 1);
	stage_wait(s, 60 * NS_PER_S);
	call_all(s, STRANGER);
	assert_int_equal(n_told, 2);
}

/* It cannot know of us by its own calls; and who is settled calls once a minute. */
static void a_lonely_host_of_another_group_hears_of_us(void **state)
{
	struct stage *s = opened(state);

	for (unsigned k = 0; k < 2; k++) {
		s->puppet[k].grants = s->puppet[k].answers_polls = s->puppet[k].applies = true;
		stage_meet(s, k);
	}
	stage_wait(s, 20 * NS_PER_S);
	n_calls = 0;
	for (unsigned i = 0; i < 80 && n_calls == 0; i++) {
		stage_wait(s, NS_PER_S);
	}
	stage_wait(s, 30 * NS_PER_S);
	assert_int_equal(n_calls, 1);
	give_other_key(s, STRANGER);
	call_all(s, STRANGER);
	stage_wait(s, 2 * NS_PER_S);
	assert_int_equal(n_calls, 1); /* it may be settled, and call once a minute too */
	call_all(s, STRANGER);
	stage_wait(s, NS_PER_S);
	assert_int_equal(n_calls, 2);
	for (unsigned i = 0; i < 4; i++) {
		call_all(s, STRANGER);
		stage_wait(s, 2 * NS_PER_S);
	}
	assert_int_equal(n_calls, 2);
	stage_wait(s, 30 * NS_PER_S); /* by now it has found its own */
	call_all(s, STRANGER);
	stage_wait(s, 2 * NS_PER_S);
	assert_int_equal(n_calls, 2);
}

static void a_configured_peer_of_another_group_has_another_key(void **state)
{
	struct stage *s = opened(state);

	configure(s, 0);
	give_other_key(s, 0);
	call_all(s, 0);
	(void)assert_refused(s, 0, KNOCK_OTHER_KEY);
	assert_int_equal(state_of(s, 0), KNOCK_OTHER_KEY);
}

static void our_own_group_is_not_refused(void **state)
{
	struct stage *s = opened(state);

	call_all(s, 0);
	call(s, 0);
	assert_int_equal(n_refused(s), 0);
	assert_int_equal(n_told, 0);
}

static void another_version_is_told(void **state)
{
	struct stage *s = opened(state);
	uint8_t packet[WIRE_PACKET_MAX];
	size_t len = stage_hello(s, 0, packet);

	configure(s, 0);
	packet[2]++;
	stage_send(s, 0, packet, len);
	(void)assert_refused(s, 0, KNOCK_OTHER_VERSION);
	assert_int_equal(state_of(s, 0), KNOCK_OTHER_VERSION);
}

static void who_is_not_pinned_is_told(void **state)
{
	static const uint8_t keys[1][KEY_LEN] = {{1}};
	struct node_config c = node_config_default();

	c.member_keys = keys;
	c.n_member_keys = 1;
	struct stage *s = opened_as(state, c);

	call(s, STRANGER);
	(void)assert_refused(s, STRANGER, KNOCK_NOT_PINNED);
	stage_wait(s, NS_PER_S);
	call_all(s, 0);
	(void)assert_refused(s, 0, KNOCK_NOT_PINNED);
	stage_wait(s, NS_PER_S);
	assert_false(stage_try_call(s, 1)); /* who answers is not taken either */
	(void)assert_refused(s, 1, KNOCK_NOT_PINNED);
	assert_int_equal(state_of(s, 1), KNOCK_NOT_PINNED);
	assert_int_equal(n_told, 3);
}

static void who_finds_the_table_full_is_told(void **state)
{
	struct stage *s = opened(state);

	for (unsigned k = 0; k < N_TABLE; k++) {
		stage_meet(s, k);
	}
	assert_false(stage_try_meet(s, STRANGER));
	(void)assert_refused(s, STRANGER, KNOCK_TABLE_FULL);
	assert_int_equal(n_refused(s), 1);
	assert_true(stage_try_call(s, STRANGER)); /* who is configured gets a place of theirs */
	assert_int_equal(n_refused(s), 0);
}

static void what_is_no_handshake_is_told(void **state)
{
	struct stage *s = opened(state);
	uint8_t packet[WIRE_PACKET_MAX];
	size_t len = stage_hello(s, 0, packet);

	stage_send(s, 0, packet, len - 1);
	(void)assert_refused(s, 0, KNOCK_MALFORMED);
}

/* --- The list --- */

static void packets_are_counted_and_told_once_a_minute(void **state)
{
	struct stage *s = opened(state);

	give_other_key(s, 0);
	for (unsigned i = 0; i < 60; i++) {
		call(s, 0);
		stage_wait(s, NS_PER_S);
	}
	assert_int_equal(n_told, 1);
	assert_int_equal(told.peer_refused.n_packets, 0);
	struct knock_view v = assert_refused(s, 0, KNOCK_OTHER_KEY);

	assert_int_equal(v.n_packets, 60);
	assert_int_equal(v.first_ago_ns, 60 * NS_PER_S);
	assert_int_equal(v.last_ago_ns, NS_PER_S);
	call(s, 0);
	assert_int_equal(n_told, 2);
	assert_int_equal(told.peer_refused.n_packets, 61);
	assert_int_equal(told.peer_refused.every_ns, 60 * NS_PER_S);
}

static void each_address_and_reason_is_told(void **state)
{
	struct stage *s = opened(state);
	uint8_t packet[WIRE_PACKET_MAX];

	give_other_key(s, 0);
	give_other_key(s, 1);
	call(s, 0);
	call(s, 1);
	stage_send(s, 1, packet, stage_hello(s, 1, packet) - 1);
	assert_int_equal(n_told, 3);
	assert_int_equal(n_refused(s), 3);
}

/* A packet of another group from address number @i, of which no puppet is. */
static void call_from(struct stage *s, unsigned i)
{
	uint8_t packet[WIRE_PACKET_MAX];
	struct node_event ev = {.type = EV_RX};

	ev.rx.len = stage_hello(s, STRANGER, packet);
	ev.rx.data = packet;
	ev.rx.from = (struct addr){.ip = {[14] = 1, [15] = (uint8_t)i}, .port = 1};
	stage_event(s, &ev);
}

static void who_knocked_longest_ago_makes_room(void **state)
{
	struct stage *s = opened(state);
	struct knock_view v;

	give_other_key(s, STRANGER);
	for (unsigned i = 0; i < KEPT; i++) {
		call_from(s, i);
		stage_wait(s, NS_PER_S);
	}
	assert_int_equal(n_refused(s), KEPT);
	call_from(s, 0);
	stage_wait(s, NS_PER_S);
	call_from(s, KEPT); /* in the place of number 1 */
	assert_int_equal(n_refused(s), KEPT);
	for (unsigned i = 0; i < KEPT; i++) {
		static const uint8_t wanted[KEPT] = {16, 0, 15, 14, 13, 12, 11, 10,
						     9,	 8, 7,	6,  5,	4,  3,	2};

		assert_true(node_knock(s->node, i, now_of(s), &v));
		assert_int_equal(v.addr.ip[15], wanted[i]);
		assert_int_equal(v.n_packets, wanted[i] == 0 ? 2 : 1);
	}
}

/* Nor who has the key of the group, and is refused all the same. */
static void a_crowd_without_the_key_does_not_hide_who_has_it(void **state)
{
	struct stage *s = opened(state);
	struct knock_view v;
	bool found = false;

	stage_event(s, &(struct node_event){.type = EV_ORDER,
					    .order = {.order = ORDER_REVOKE,
						      .peer = s->puppet[0].trust.id}});
	call(s, 0);
	(void)assert_refused(s, 0, KNOCK_REVOKED);
	give_other_key(s, STRANGER);
	for (unsigned i = 0; i < 2 * KEPT; i++) {
		stage_wait(s, NS_PER_S);
		call_from(s, i);
	}
	for (size_t i = 0; node_knock(s->node, i, now_of(s), &v); i++) {
		found = found || v.state == KNOCK_REVOKED;
	}
	assert_true(found);
	assert_int_equal(n_refused(s), KEPT + 1);
}

static void a_crowd_does_not_hide_what_is_known_of_a_peer(void **state)
{
	struct stage *s = opened(state);

	configure(s, 0);
	give_other_key(s, 0);
	give_other_key(s, STRANGER);
	call(s, 0);
	for (unsigned i = 0; i < 2 * KEPT; i++) {
		stage_wait(s, NS_PER_S);
		call_from(s, i);
	}
	assert_int_equal(state_of(s, 0), KNOCK_OTHER_KEY);
}

/* --- Both sides --- */

static unsigned calls_to(const struct stage *s, unsigned k)
{
	uint8_t packet[WIRE_PACKET_MAX];

	return stage_find_packet(s, k, WIRE_HELLO, packet) > 0;
}

/* Between two calls of its own it may wait for half a minute, in which the other side would not
 * know. */
static void a_configured_peer_that_is_refused_is_called_at_once(void **state)
{
	struct stage *s = opened(state);

	configure(s, 0);
	give_other_key(s, 0);
	give_other_key(s, STRANGER);
	stage_wait(s, 100 * NS_PER_S);
	call(s, 0);
	assert_int_equal(calls_to(s, 0), 1);
	call(s, 0);
	assert_int_equal(calls_to(s, 0), 0);
	stage_hold(s, 11 * NS_PER_S);
	call(s, 0);
	assert_int_equal(calls_to(s, 0), 1);
	call(s, STRANGER);
	assert_int_equal(calls_to(s, STRANGER), 0);
}

#define T(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(another_key_is_told_with_its_address),
		T(who_is_given_our_key_is_met),
		T(who_calls_again_with_our_key_is_met),
		T(a_stranger_is_told_although_nobody_configured_it),
		T(another_group_on_the_network_is_no_warning),
		T(a_lonely_host_of_another_group_hears_of_us),
		T(a_configured_peer_of_another_group_has_another_key),
		T(our_own_group_is_not_refused),
		T(another_version_is_told),
		T(who_is_not_pinned_is_told),
		T(who_finds_the_table_full_is_told),
		T(what_is_no_handshake_is_told),
		T(packets_are_counted_and_told_once_a_minute),
		T(each_address_and_reason_is_told),
		T(who_knocked_longest_ago_makes_room),
		T(a_crowd_without_the_key_does_not_hide_who_has_it),
		T(a_crowd_does_not_hide_what_is_known_of_a_peer),
		T(a_configured_peer_that_is_refused_is_called_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
