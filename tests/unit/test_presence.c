/* test_presence.c - who is missing: each configured address has its state from the first second. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berk/term.h"
#include "core/node/contacts.h"
#include "core/node/lease.h"
#include "core/node/table.h"
#include "tests/unit/knock_stage.h"
#include "tests/world/node.h"

static void who_never_answered_is_never_met(void **state)
{
	struct stage *s = opened(state);

	configure(s, 0);
	assert_int_equal(state_of(s, 0), KNOCK_NEVER_MET);
	stage_wait(s, 300 * NS_PER_S);
	assert_int_equal(state_of(s, 0), KNOCK_NEVER_MET);
	assert_true(contact_of(s, 0).last_ago_ns == INT64_MAX);
	assert_true(contact_of(s, 0).id == 0);
}

static void who_answers_is_met_and_then_missed(void **state)
{
	struct stage *s = opened(state);

	assert_true(stage_try_call(s, 0));
	assert_int_equal(state_of(s, 0), KNOCK_MET);
	assert_true(contact_of(s, 0).id == s->puppet[0].trust.id);
	stage_wait(s, 100 * NS_PER_S);
	assert_int_equal(state_of(s, 0), KNOCK_NO_ANSWER);
	assert_true(contact_of(s, 0).last_ago_ns == 100 * NS_PER_S);
}

static void who_calls_and_is_let_in_is_met(void **state)
{
	struct stage *s = opened(state);

	configure(s, 0);
	stage_meet(s, 0);
	assert_int_equal(state_of(s, 0), KNOCK_MET);
}

static void who_says_goodbye_has_left(void **state)
{
	struct stage *s = opened(state);

	assert_true(stage_try_call(s, 0));
	stage_say(s, 0, &(struct wire_msg){.type = WIRE_BYE});
	assert_int_equal(state_of(s, 0), KNOCK_LEFT);
}

static void a_master_misses_whom_it_polls_in_vain(void **state)
{
	struct stage *s = opened(state);

	configure(s, 0);
	configure(s, 1);
	for (unsigned k = 0; k < N_TABLE; k++) {
		stage_meet(s, k);
		s->puppet[k].answers_polls = s->puppet[k].grants = true;
	}
	stage_wait(s, 30 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_int_equal(state_of(s, 0), KNOCK_MET);
	s->puppet[0].answers_polls = false;
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(state_of(s, 0), KNOCK_NO_ANSWER);
	assert_int_equal(state_of(s, 1), KNOCK_MET);
}

/* Puppet 0 polls as master and says that puppet 1 is in that state. */
static void list_as_master(struct stage *s, enum member_state listed)
{
	uint64_t term = term_next(0, s->puppet[0].trust.id);
	struct wire_msg poll = {
		.type = WIRE_POLL,
		.term = term,
		.poll = {.seq = 1, .round = 1, .poll_ms = 1000, .n_table = 3, .n_alive = 3}};
	struct wire_msg roster = {.type = WIRE_ROSTER,
				  .term = term,
				  .roster = {.total = 1, .n = 1}};
	struct wire_roster_entry *e = &roster.roster.entry[0];

	e->id = s->puppet[1].trust.id;
	e->addr = s->puppet[1].addr;
	e->name[0] = 'x';
	e->state = (uint8_t)listed;
	e->closure_ns = CLOSURE_UNKNOWN;
	poll.poll.seq = ++s->puppet[0].seq;
	stage_say(s, 0, &poll);
	stage_say(s, 0, &roster);
	assert_int_equal(stage_status(s).master, s->puppet[0].trust.id);
}

/* Members hear each other rarely: whom they have met is here while the master says so. */
static void a_member_misses_whom_the_master_misses(void **state)
{
	struct node_config c = node_config_default();

	c.priority = 0; /* it never leads */
	struct stage *s = opened_as(state, c);

	assert_true(stage_try_call(s, 0));
	assert_true(stage_try_call(s, 1));
	stage_wait(s, 10 * NS_PER_S);
	list_as_master(s, MEMBER_SETTLED);
	assert_int_equal(state_of(s, 0), KNOCK_MET);
	assert_int_equal(state_of(s, 1), KNOCK_MET);
	list_as_master(s, MEMBER_SILENT);
	assert_int_equal(state_of(s, 1), KNOCK_NO_ANSWER);
}

/* A handshake is good until the master could have named whom it was with; without a master
 * nobody would. */
static void a_member_misses_whom_the_master_never_named(void **state)
{
	struct node_config c = node_config_default();

	c.priority = 0; /* it never leads */
	struct stage *s = opened_as(state, c);

	assert_true(stage_try_call(s, 0));
	assert_true(stage_try_call(s, 1));
	assert_true(stage_try_call(s, 2));
	stage_wait(s, 59 * NS_PER_S);
	assert_int_equal(state_of(s, 2), KNOCK_MET);
	stage_wait(s, 2 * NS_PER_S);
	assert_int_equal(state_of(s, 2), KNOCK_NO_ANSWER);
	assert_true(stage_try_call(s, 2));
	list_as_master(s, MEMBER_SETTLED);
	stage_wait(s, 9 * NS_PER_S);
	assert_int_equal(state_of(s, 2), KNOCK_MET);
	stage_wait(s, 2 * NS_PER_S);
	assert_int_equal(state_of(s, 2), KNOCK_NO_ANSWER);
}

/* Puppets 0 and 1 change places, and puppet 0 speaks. */
static void change_places(struct stage *s)
{
	const struct addr was = s->puppet[0].addr;

	s->puppet[0].addr = s->puppet[1].addr;
	s->puppet[1].addr = was;
	stage_say(s, 0, &(struct wire_msg){.type = WIRE_PING});
	stage_wait(s, NS_PER_S);
	stage_say(s, 0, &(struct wire_msg){.type = WIRE_PING});
}

/* A member has an address for a while where a configured host was never met. */
static void who_only_came_by_is_not_who_is_configured_there(void **state)
{
	for (unsigned configured = 0; configured < 2; configured++) {
		struct stage *s = opened(state);

		configure(s, 1);
		if (configured) {
			assert_true(stage_try_call(s, 0));
		} else {
			stage_meet(s, 0);
		}
		unsigned all = electorate(s->node);

		change_places(s);
		assert_int_equal(state_of(s, 0), KNOCK_MET);
		assert_true(contact_of(s, 0).id == s->puppet[0].trust.id);
		change_places(s);
		assert_int_equal(state_of(s, 1), KNOCK_NEVER_MET);
		assert_int_equal(electorate(s->node), all);
		assert_true(stage_try_call(s, 1)); /* it is called */
		assert_int_equal(state_of(s, 1), KNOCK_MET);
		change_places(s); /* and who was met there is known to be configured there */
		change_places(s);
		assert_true(contact_of(s, 1).id == s->puppet[1].trust.id);
		assert_int_equal(electorate(s->node), all);
		teardown(state);
	}
}

/* Nor does it help to answer there when it is called. */
static void who_is_configured_elsewhere_was_met_there_alone(void **state)
{
	static const uint8_t other[KEY_LEN] = {1};
	struct stage *s = opened(state);

	assert_true(stage_try_call(s, 0));
	stage_give_secret(s, 1, s->puppet[0].trust.secret);
	assert_true(stage_try_call(s, 1));
	assert_int_equal(electorate(s->node), 2);
	s->puppet[0].session = s->puppet[1].session;
	stage_say(s, 0, &(struct wire_msg){.type = WIRE_PING}); /* it is back */
	assert_int_equal(electorate(s->node), 3);
	stage_wait(s, NS_PER_S);
	stage_say(s, 0, &(struct wire_msg){.type = WIRE_PING}); /* with the keys from there */
	assert_int_equal(contact_of(s, 0).last_ago_ns, 0);
	stage_give_secret(s, 1, other);
	assert_true(stage_try_call(s, 1));
	assert_true(contact_of(s, 1).id == s->puppet[1].trust.id);
	assert_int_equal(electorate(s->node), 3);
}

static void who_moves_to_where_nobody_is_configured_was_met(void **state)
{
	struct stage *s = opened(state);

	assert_true(stage_try_call(s, 0));
	assert_int_equal(electorate(s->node), 2);
	change_places(s);
	assert_int_equal(electorate(s->node), 2);
	assert_false(contact_find(s->node, &s->puppet[1].addr)->wanted);
}

/* The same for one that is called where it was before, and for another address of one host. */
static void who_answers_elsewhere_has_left_too(void **state)
{
	struct stage *s = opened(state);
	struct addr home, other;

	assert_true(stage_try_call(s, 0));
	configure(s, 1);
	home = s->puppet[0].addr;
	other = s->puppet[1].addr;
	change_places(s);
	assert_int_equal(electorate(s->node), 2);
	s->puppet[0].addr = home;
	s->puppet[1].addr = other;
	contact_call(s->node, contact_find(s->node, &home), now_of(s));
	assert_true(stage_try_call(s, 0));
	assert_int_equal(electorate(s->node), 3);
	s->puppet[0].addr = other;
	s->puppet[1].addr = home;
	assert_true(stage_try_call(s, 0)); /* it is configured to be there as well */
	change_places(s);
	assert_int_equal(electorate(s->node), 2);
	assert_true(contact_find(s->node, &other)->peer != NO_INDEX);
}

/* Host @gone of the two, who is configured there and who came by, makes room for others. */
static void who_is_known_no_more_is_nowhere(void **state)
{
	struct node_config c = node_config_default();

	c.priority = 0; /* it never leads: a master keeps its hosts for longer */
	for (unsigned gone = 0; gone < 2; gone++) {
		struct stage *s = opened_as(state, c);
		const struct addr at = s->puppet[1].addr;

		assert_true(stage_try_call(s, 1));
		stage_meet(s, 0);
		change_places(s);
		for (unsigned k = 2; k <= STRANGER; k++) {
			stage_wait(s, 3 * NS_PER_S);
			stage_say(s, !gone, &(struct wire_msg){.type = WIRE_PING});
			stage_meet(s, k);
		}
		assert_null(peer_find(s->node, s->puppet[gone].trust.id));
		if (gone == 1) {
			change_places(s);
		}
		uint16_t there = contact_find(s->node, &at)->peer;

		assert_true(gone == 1 ? there == NO_INDEX
				      : s->node->store.peers[there].id == s->puppet[1].trust.id);
		teardown(state);
	}
}

static void nobody_is_met_by_hearsay(void **state)
{
	struct stage *s = opened(state);

	assert_true(stage_try_call(s, 0));
	configure(s, 1);
	list_as_master(s, MEMBER_SETTLED);
	assert_int_equal(state_of(s, 1), KNOCK_NEVER_MET);
}

/* What the node sends to puppet 0 comes to an address of its own, from there. */
static void who_lists_itself_misses_nobody(void **state)
{
	struct stage *s = opened(state);
	struct node_event link = {.type = EV_LINK};
	uint8_t packet[WIRE_PACKET_MAX];

	configure(s, 0);
	stage_event(s, &link);
	s->to = s->puppet[0].addr;
	stage_send(s, 0, packet, stage_find_packet(s, 0, WIRE_HELLO, packet));
	assert_int_equal(state_of(s, 0), KNOCK_SELF);
	assert_int_equal(n_refused(s), 0);
	stage_wait(s, 300 * NS_PER_S);
	assert_int_equal(state_of(s, 0), KNOCK_SELF);
	stage_event(s, &link); /* it is asked again, and has not answered yet */
	assert_int_equal(state_of(s, 0), KNOCK_MET);
}

/* It holds the key and knows us, so it could answer our call. */
static void who_calls_and_does_not_answer_refuses_us(void **state)
{
	struct stage *s = opened(state);

	configure(s, 0);
	call(s, 0);
	assert_int_equal(state_of(s, 0), KNOCK_REFUSES);
	stage_wait(s, 300 * NS_PER_S); /* it calls no more */
	assert_int_equal(state_of(s, 0), KNOCK_NEVER_MET);
}

static void who_ends_a_handshake_in_its_midst_refuses_us(void **state)
{
	struct stage *s = opened(state);
	struct puppet *p = &s->puppet[0];
	struct node_event link = {.type = EV_LINK};
	uint8_t in[WIRE_PACKET_MAX], out[WIRE_PACKET_MAX], pub[KEY_LEN];
	size_t len;

	configure(s, 0);
	stage_event(s, &link);
	len = stage_find_packet(s, 0, WIRE_HELLO, in);
	assert_int_equal(session_check_hello(&p->trust, in, len, pub), SESSION_OK);
	len = session_challenge(&p->trust, &p->addr, in, out, sizeof(out));
	stage_send(s, 0, out, len);
	assert_true(stage_find_packet(s, 0, WIRE_RESPONSE, in) > 0);
	assert_int_equal(state_of(s, 0), KNOCK_REFUSES);
}

#define T(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(who_never_answered_is_never_met),
		T(who_answers_is_met_and_then_missed),
		T(who_calls_and_is_let_in_is_met),
		T(who_says_goodbye_has_left),
		T(a_master_misses_whom_it_polls_in_vain),
		T(a_member_misses_whom_the_master_misses),
		T(a_member_misses_whom_the_master_never_named),
		T(who_only_came_by_is_not_who_is_configured_there),
		T(who_is_configured_elsewhere_was_met_there_alone),
		T(who_moves_to_where_nobody_is_configured_was_met),
		T(who_answers_elsewhere_has_left_too),
		T(who_is_known_no_more_is_nowhere),
		T(nobody_is_met_by_hearsay),
		T(who_lists_itself_misses_nobody),
		T(who_calls_and_does_not_answer_refuses_us),
		T(who_ends_a_handshake_in_its_midst_refuses_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
