/* test_trust_node.c - whom a node lets in, whom it lets lead, and how much it does for
 * strangers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "berk/term.h"
#include "core/node/state.h"
#include "core/wire/discover.h"
#include "tests/world/node.h"
#include "tests/world/stage.h"

#define LISTED	 0 /* the puppet whose key is on the lists */
#define STRANGER 1

struct gate {
	struct stage stage; /* first: the stage's callback gets this */
	uint8_t keys[1][KEY_LEN];
	unsigned n_packet[WIRE_DATA + 1]; /* that the node sent, by type */
	unsigned n_notice[NOTICE_MAX_];
	struct addr sent_to; /* the last packet of a session */
};

static void note_effect(struct stage *s, const struct effect *e)
{
	struct gate *g = (struct gate *)s;

	if (e->type == FX_SEND) {
		g->n_packet[e->send.data[3]]++;
		g->sent_to = e->send.data[3] == WIRE_DATA ? e->send.to : g->sent_to;
	} else if (e->type == FX_NOTICE) {
		g->n_notice[e->notice.kind]++;
	}
}

static int setup(void **state)
{
	static struct gate g;

	g = (struct gate){.stage.effect = note_effect};
	*state = &g;
	return 0;
}

static int teardown(void **state)
{
	struct gate *g = *state;

	stage_close(&g->stage);
	return 0;
}

/* The node of @config starts, and nobody has met it.  The list of keys, where @config uses it,
 * is of one puppet. */
static struct gate *opened(void **state, const struct node_config *config)
{
	struct gate *g = *state;

	stage_open(&g->stage, config, 3, 8);
	memcpy(g->keys[0], g->stage.puppet[LISTED].trust.pub, KEY_LEN);
	return g;
}

/* --- members: who may come in --- */

static struct gate *opened_for_listed_members(void **state)
{
	struct gate *g = *state;
	struct node_config c = node_config_default();

	c.member_keys = (const uint8_t(*)[KEY_LEN])g->keys;
	c.n_member_keys = 1;
	return opened(state, &c);
}

static void a_packet_of_another_version_is_refused_and_told(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);
	uint8_t hello[WIRE_PACKET_MAX];
	size_t len = stage_hello(&g->stage, STRANGER, hello);

	hello[2] = WIRE_VERSION + 1;
	stage_send(&g->stage, STRANGER, hello, len);
	assert_int_equal(g->n_notice[NOTICE_PEER_REFUSED], 1);
	hello[0] = 'x'; /* no packet of ours: nobody is told of what else there is on a network */
	stage_send(&g->stage, STRANGER, hello, len);
	assert_int_equal(g->n_notice[NOTICE_PEER_REFUSED], 1);
	assert_int_equal(g->n_packet[WIRE_CHALLENGE], 0);
}

static void who_is_on_the_list_of_members_comes_in(void **state)
{
	struct gate *g = opened_for_listed_members(state);

	assert_true(stage_try_meet(&g->stage, LISTED));
}

static void who_is_not_on_the_list_of_members_gets_no_answer(void **state)
{
	struct gate *g = opened_for_listed_members(state);

	assert_false(stage_try_meet(&g->stage, STRANGER));
	assert_int_equal(g->n_packet[WIRE_CHALLENGE], 0);
	assert_int_equal(g->n_notice[NOTICE_PEER_REFUSED], 1);
}

static void a_node_leaves_whom_it_called_when_it_is_not_on_the_list(void **state)
{
	struct gate *g = opened_for_listed_members(state);

	assert_false(stage_try_call(&g->stage, STRANGER));
	assert_int_equal(g->n_packet[WIRE_RESPONSE], 0);
	assert_int_equal(g->n_notice[NOTICE_PEER_REFUSED], 1);
	assert_true(stage_try_call(&g->stage, LISTED));
}

static void a_list_that_is_set_amid_a_handshake_holds_for_it(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);
	struct puppet *p = &g->stage.puppet[STRANGER];
	struct node_config listed = g->stage.config;
	const uint8_t rnd[SESSION_RAND_LEN] = {8};
	uint8_t in[WIRE_PACKET_MAX], out[WIRE_PACKET_MAX];
	size_t len;

	stage_send(&g->stage, STRANGER, out, stage_hello(&g->stage, STRANGER, out));
	len = stage_find_packet(&g->stage, STRANGER, WIRE_CHALLENGE, in);
	assert_int_equal(session_on_challenge(&p->session, &p->trust, in, len, rnd,
					      (mono_t){g->stage.now}, out, sizeof(out), &len),
			 SESSION_OK);
	listed.member_keys = (const uint8_t(*)[KEY_LEN])g->keys;
	listed.n_member_keys = 1;
	node_reconfigure(g->stage.node, &listed);
	stage_send(&g->stage, STRANGER, out, len);
	assert_int_equal(g->n_packet[WIRE_ACCEPT], 0);
}

/* --- masters: who may lead --- */

/* Only the listed puppet may lead; it and the stranger have met the node. */
static struct gate *opened_for_listed_masters(void **state)
{
	struct gate *g = *state;
	struct node_config c = node_config_default();

	c.master_keys = (const uint8_t(*)[KEY_LEN])g->keys;
	c.n_master_keys = 1;
	(void)opened(state, &c);
	stage_meet(&g->stage, LISTED);
	stage_meet(&g->stage, STRANGER);
	return g;
}

static uint64_t next_term_of(const struct gate *g, unsigned k)
{
	return term_next(stage_status(&g->stage).term, g->stage.puppet[k].trust.id);
}

/* What the node answers to puppet @k, which asks for its vote, or only whether it would get it. */
static enum refusal answer_to(struct gate *g, unsigned k, enum wire_type type, uint8_t priority)
{
	bool vote = type == WIRE_VOTE;
	struct wire_msg m = {.type = type,
			     .vote = {.new_term = next_term_of(g, k), .priority = priority}};
	const struct wire_vote_reply *r =
		&g->stage.puppet[k].heard[vote ? WIRE_VOTE_REPLY : WIRE_PREVOTE_REPLY].vote_reply;

	stage_say(&g->stage, k, &m);
	assert_int_equal(r->new_term, m.vote.new_term);
	assert_int_equal(r->granted, r->refusal == REFUSAL_NONE);
	return r->refusal;
}

static void a_voter_grants_to_listed_masters_only(void **state)
{
	struct gate *g = opened_for_listed_masters(state);

	assert_int_equal(answer_to(g, STRANGER, WIRE_PREVOTE, 100), REFUSAL_NOT_ALLOWED);
	assert_int_equal(answer_to(g, STRANGER, WIRE_VOTE, 100), REFUSAL_NOT_ALLOWED);
	assert_int_equal(answer_to(g, LISTED, WIRE_VOTE, 0), REFUSAL_NOT_ALLOWED);
	assert_int_equal(answer_to(g, LISTED, WIRE_PREVOTE, 100), REFUSAL_NONE);
	assert_int_equal(answer_to(g, LISTED, WIRE_VOTE, 100), REFUSAL_NONE);
}

/* The reply comes a moment later. */
static void say_poll(struct gate *g, unsigned k)
{
	struct wire_msg m = {
		.type = WIRE_POLL,
		.term = next_term_of(g, k),
		.poll = {.seq = 1, .round = 1, .poll_ms = 1000, .n_table = 9, .n_alive = 9}};

	stage_say(&g->stage, k, &m);
}

static void poll_as_master(struct gate *g, unsigned k)
{
	say_poll(g, k);
	stage_wait(&g->stage, 5 * NS_PER_MS);
}

static void nobody_follows_a_master_that_is_not_listed(void **state)
{
	struct gate *g = opened_for_listed_masters(state);
	const struct puppet *p = g->stage.puppet;

	poll_as_master(g, STRANGER);
	assert_int_equal(stage_status(&g->stage).master, 0);
	assert_int_equal(p[STRANGER].n_heard[WIRE_REPLY], 0);
	assert_int_equal(p[STRANGER].n_heard[WIRE_VOTE_REPLY], 1);
	assert_false(p[STRANGER].heard[WIRE_VOTE_REPLY].vote_reply.granted);
	poll_as_master(g, LISTED);
	assert_int_equal(stage_status(&g->stage).master, p[LISTED].trust.id);
	assert_int_equal(p[LISTED].n_heard[WIRE_REPLY], 1);
}

static void who_is_not_listed_does_not_stand(void **state)
{
	struct gate *g = opened_for_listed_masters(state);

	stage_wait(&g->stage, 60 * NS_PER_S);
	assert_int_equal(stage_status(&g->stage).role, ROLE_NONE);
	assert_int_equal(g->stage.puppet[LISTED].n_heard[WIRE_PREVOTE], 0);
}

/* --- What strangers may ask for --- */

/* Scalar multiplications, which cost 50 times what a hash does.  The linker puts this before
 * libsodium's (--wrap). */
static unsigned n_multiplied;

int __real_crypto_scalarmult(unsigned char *q, const unsigned char *n, const unsigned char *p);
int __wrap_crypto_scalarmult(unsigned char *q, const unsigned char *n, const unsigned char *p);

int __wrap_crypto_scalarmult(unsigned char *q, const unsigned char *n, const unsigned char *p)
{
	n_multiplied++;
	return __real_crypto_scalarmult(q, n, p);
}

/* Of some hundred calls so many are taken for copies of others, and have the allowance of copies. */
#define ALIKE 8

/* How many of @n calls are answered that come at once from each of @n_hosts addresses. */
static unsigned challenges_for(struct gate *g, unsigned n_hosts, unsigned n)
{
	unsigned before = g->n_packet[WIRE_CHALLENGE];
	struct addr *addr = &g->stage.puppet[STRANGER].addr;
	const struct trust *trust = &g->stage.puppet[STRANGER].trust;
	uint8_t packet[WIRE_PACKET_MAX];
	size_t len = stage_hello(&g->stage, STRANGER, packet);

	for (unsigned i = 0; i < n * n_hosts; i++) {
		addr->ip[12] = (uint8_t)(i % n_hosts);
		memcpy(packet + 52, &i, sizeof(i)); /* another nonce */
		memcpy(packet + 56, &g->stage.now, sizeof(g->stage.now));
		mac_put(packet, len, trust->group_key);
		stage_send(&g->stage, STRANGER, packet, len);
	}
	addr->ip[12] = 0;
	return g->n_packet[WIRE_CHALLENGE] - before;
}

static void a_stranger_gets_20_answers_a_second_at_most_and_all_of_them_200(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);

	assert_int_equal(challenges_for(g, 1, 20), 20);
	assert_int_equal(g->n_notice[NOTICE_LIMIT_TRIPPED], 0);
	assert_in_range(challenges_for(g, 1, 280), 0, ALIKE);
	assert_int_equal(g->n_notice[NOTICE_LIMIT_TRIPPED], 1); /* and once a minute */
	stage_wait(&g->stage, 60 * NS_PER_S);
	assert_in_range(challenges_for(g, 100, 5), 200, 200 + ALIKE);
	assert_int_equal(g->n_notice[NOTICE_LIMIT_TRIPPED], 2);
	stage_wait(&g->stage, NS_PER_S / 2);
	assert_in_range(challenges_for(g, 100, 5), 100, 100 + ALIKE);
	stage_wait(&g->stage, 60 * NS_PER_S); /* and no more is saved up */
	assert_in_range(challenges_for(g, 1, 300), 20, 20 + ALIKE);
	assert_in_range(challenges_for(g, 100, 5), 180, 180 + ALIKE + 20); /* 20 were there */
}

static void a_configured_peer_is_answered_whatever_strangers_ask_for(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);

	assert_true(node_add_contact(g->stage.node, &g->stage.puppet[LISTED].addr, 0));
	assert_in_range(challenges_for(g, 100, 5), 200, 200 + ALIKE);
	assert_in_range(challenges_for(g, 100, 1), 0, 20); /* which are copies */
	assert_true(stage_try_meet(&g->stage, LISTED));
}

/* Whoever has recorded what others said can send it again, as if from there. */
static void calls_of_others_take_nothing_from_a_configured_peer(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);
	const struct addr own = g->stage.puppet[STRANGER].addr;

	assert_true(stage_try_call(&g->stage, LISTED));
	assert_true(node_add_contact(g->stage.node, &g->stage.puppet[LISTED].addr, 0));
	g->stage.puppet[STRANGER].addr = g->stage.puppet[LISTED].addr;
	assert_in_range(challenges_for(g, 1, 300), 20, 20 + ALIKE);
	g->stage.puppet[STRANGER].addr = own;
	/* Those were a stranger's, too, and are copies now. */
	assert_in_range(challenges_for(g, 100, 5), 180, 180 + ALIKE + 20);
	assert_true(stage_try_meet(&g->stage, LISTED));
}

/* A call proves no key: whoever makes them up is one source where nobody was met. */
static void keys_that_are_made_up_are_one_source(void **state)
{
	enum { AT_PUB = WIRE_HEADER_LEN + 4 };
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);
	const struct trust *trust = &g->stage.puppet[STRANGER].trust;
	uint8_t packet[WIRE_PACKET_MAX];
	size_t len = stage_hello(&g->stage, STRANGER, packet);

	assert_true(node_add_contact(g->stage.node, &g->stage.puppet[STRANGER].addr, 0));
	for (unsigned i = 0; i < 300; i++) {
		memcpy(packet + AT_PUB, &i, sizeof(i));
		mac_put(packet, len, trust->group_key);
		stage_send(&g->stage, STRANGER, packet, len);
	}
	assert_int_equal(g->n_packet[WIRE_CHALLENGE], 20);
	assert_true(stage_try_meet(&g->stage, LISTED));
}

static void junk_takes_nothing_from_who_has_the_key(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);
	uint8_t packet[WIRE_PACKET_MAX];
	size_t len = stage_hello(&g->stage, STRANGER, packet);

	for (unsigned i = 0; i < 1000; i++) {
		stage_send(&g->stage, STRANGER, packet, WIRE_HEADER_LEN);
		packet[30]++; /* its MAC is wrong */
		stage_send(&g->stage, STRANGER, packet, len);
		packet[30]--;
		packet[52]++;
	}
	assert_int_equal(g->n_packet[WIRE_CHALLENGE], 0);
	assert_true(stage_try_meet(&g->stage, STRANGER));
}

static void a_copy_of_a_call_is_not_answered(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);
	uint8_t packet[WIRE_PACKET_MAX];
	size_t len = stage_hello(&g->stage, STRANGER, packet);

	for (unsigned i = 0; i < 1000; i++) {
		stage_send(&g->stage, STRANGER, packet, len);
		stage_wait(&g->stage, 5 * NS_PER_MS);
	}
	assert_int_equal(g->n_packet[WIRE_CHALLENGE], 1);
}

/* Attack seed 5355: an outsider who sent each call as if from elsewhere, a moment before it came,
 * kept two hosts from each other. */
static void a_copy_as_if_from_elsewhere_takes_the_answer_from_nobody(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);
	uint8_t packet[WIRE_PACKET_MAX], in[WIRE_PACKET_MAX];
	size_t len = stage_hello(&g->stage, STRANGER, packet);

	stage_send(&g->stage, LISTED, packet, len);
	g->stage.puppet[STRANGER].addr.port++;
	stage_send(&g->stage, STRANGER, packet, len);
	g->stage.puppet[STRANGER].addr.port--;
	assert_int_equal(g->n_packet[WIRE_CHALLENGE], 2);
	stage_send(&g->stage, STRANGER, packet, len);
	assert_int_equal(g->n_packet[WIRE_CHALLENGE], 3);
	assert_true(stage_find_packet(&g->stage, STRANGER, WIRE_CHALLENGE, in) > 0);
}

static bool is_worth_a_step(struct gate *g, const uint8_t *packet, size_t len)
{
	struct node_event ev = {.type = EV_RX};

	ev.rx.data = packet;
	ev.rx.len = len;
	ev.rx.from = g->stage.puppet[STRANGER].addr;
	return node_glance(g->stage.node, &ev);
}

/* One call that was recorded once comes each 3 ms, from another port of LISTED or from another host
 * each time, while LISTED calls. */
static void call_amid_copies(struct gate *g, bool ports)
{
	struct addr *from = &g->stage.puppet[STRANGER].addr;
	uint8_t packet[WIRE_PACKET_MAX];
	size_t len = stage_hello(&g->stage, STRANGER, packet);
	unsigned n_answers = g->n_packet[WIRE_CHALLENGE], n_steps = 0;

	for (unsigned i = 0; i < 1000; i++) {
		*from = g->stage.puppet[LISTED].addr;
		from->port = (uint16_t)(from->port + (ports ? i + 1 : 0));
		from->ip[12] = (uint8_t)(ports ? from->ip[12] : 1 + i % 200);
		from->ip[13] = (uint8_t)(ports ? from->ip[13] : i / 200);
		if (is_worth_a_step(g, packet, len)) {
			n_steps++;
			stage_send(&g->stage, STRANGER, packet, len);
		}
		stage_wait(&g->stage, 3 * NS_PER_MS);
		if (i % 340 == 50) { /* its calls of one second are alike */
			assert_true(stage_try_meet(&g->stage, LISTED));
		}
	}
	assert_in_range(n_steps, 60, 600); /* those, and 100 a second of which people may be told */
	/* The first, 20 at once, 20 a second, and those of LISTED. */
	assert_in_range(g->n_packet[WIRE_CHALLENGE] - n_answers, 60, 1 + 20 + 3 * 20 + 3 + 3);
}

static void copies_take_nothing_from_other_callers(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);

	call_amid_copies(g, true);
	call_amid_copies(g, false);
	assert_int_equal(g->n_notice[NOTICE_LIMIT_TRIPPED], 1); /* and once a minute */
}

/* A RESPONSE of the stranger, whose address is proved and who knows the group key. */
static size_t response_of_stranger(struct gate *g, uint8_t ret[static WIRE_PACKET_MAX])
{
	struct puppet *p = &g->stage.puppet[STRANGER];
	const uint8_t rnd[SESSION_RAND_LEN] = {8};
	uint8_t in[WIRE_PACKET_MAX];
	size_t len = stage_hello(&g->stage, STRANGER, ret);

	stage_send(&g->stage, STRANGER, ret, len);
	len = stage_find_packet(&g->stage, STRANGER, WIRE_CHALLENGE, in);
	assert_int_equal(session_on_challenge(&p->session, &p->trust, in, len, rnd,
					      (mono_t){g->stage.now}, ret, WIRE_PACKET_MAX, &len),
			 SESSION_OK);
	return len;
}

static void a_response_of_whoever_lacks_the_key_costs_no_multiplication(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);
	uint8_t packet[WIRE_PACKET_MAX];
	size_t len = response_of_stranger(g, packet);
	unsigned before = n_multiplied;

	for (unsigned i = WIRE_HEADER_LEN; i < len; i++) { /* its cookie is good for two minutes */
		packet[i] ^= 1;
		stage_send(&g->stage, STRANGER, packet, len);
		packet[i] ^= 1;
	}
	assert_int_equal(n_multiplied, before);
	stage_send(&g->stage, STRANGER, packet, len);
	assert_int_equal(g->n_packet[WIRE_ACCEPT], 1);
	/* The other way round it is the same. */
	struct puppet *p = &g->stage.puppet[STRANGER];

	len = stage_find_packet(&g->stage, STRANGER, WIRE_ACCEPT, packet);
	packet[len - 1] ^= 1;
	before = n_multiplied;
	assert_int_equal(session_on_accept(&p->session, &p->trust, packet, len,
					   (mono_t){g->stage.now}),
			 SESSION_BAD_MAC);
	assert_int_equal(n_multiplied, before);
}

static void a_member_that_floods_has_20_responses_a_second_proved(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);
	const struct trust *trust = &g->stage.puppet[STRANGER].trust;
	uint8_t packet[WIRE_PACKET_MAX];
	size_t len = response_of_stranger(g, packet);
	unsigned before = n_multiplied;

	packet[len - MAC_LEN - 1] ^= 1;
	mac_put(packet, len, trust->group_key);
	for (unsigned i = 0; i < 1000; i++) {
		stage_send(&g->stage, STRANGER, packet, len);
	}
	assert_int_equal(n_multiplied - before, 2 * 20);
}

/* What is kept to know a copy by has room for what is served. */
static void nobody_is_taken_for_a_copy_because_of_a_flood(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);
	const struct trust *trust = &g->stage.puppet[STRANGER].trust;
	uint8_t packet[WIRE_PACKET_MAX];
	size_t len = response_of_stranger(g, packet);

	for (unsigned i = 0; i < 20000; i++) {
		memcpy(packet + len - MAC_LEN - sizeof(i), &i, sizeof(i));
		mac_put(packet, len, trust->group_key);
		stage_send(&g->stage, STRANGER, packet, len);
	}
	assert_true(stage_try_meet(&g->stage, LISTED));
	assert_true(stage_try_meet(&g->stage, 2));
}

/* --- What is worth a step --- */

/* How often is that packet worth a step, of 1000 times? */
static unsigned n_worth(struct gate *g, const uint8_t *packet, size_t len)
{
	unsigned n = 0;

	for (unsigned i = 0; i < 1000; i++) {
		n += is_worth_a_step(g, packet, len);
	}
	return n;
}

static void a_packet_of_a_session_is_worth_a_step_once(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);
	const struct wire_msg ping = {.type = WIRE_PING};
	uint8_t packet[WIRE_PACKET_MAX];

	stage_meet(&g->stage, STRANGER);
	size_t len = stage_seal(&g->stage, STRANGER, &ping, packet);
	uint64_t n_bad = stage_status(&g->stage).n_bad;

	assert_int_equal(n_worth(g, packet, len), 1000);
	stage_send(&g->stage, STRANGER, packet, len);
	assert_int_equal(n_worth(g, packet, len), 0);
	assert_int_equal(stage_status(&g->stage).n_bad, n_bad + 1000); /* counted all the same */
	packet[15]++;
	packet[4] ^= 1; /* of no session */
	assert_int_equal(n_worth(g, packet, len), 0);
	packet[4] ^= 1;
	packet[8] ^= 1; /* under no keys */
	assert_int_equal(n_worth(g, packet, len), 0);
	packet[8] ^=
		1; /* of the right session, under its keys, with a number that is new: forged */
	assert_int_equal(n_worth(g, packet, len), 0);
	len = stage_seal(&g->stage, STRANGER, &ping, packet);
	assert_int_equal(n_worth(g, packet, len), 1000);
	packet[0] = 'x';
	assert_int_equal(n_worth(g, packet, len), 0);
}

static void what_people_are_told_of_is_worth_a_step_now_and_then(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);
	uint8_t packet[WIRE_PACKET_MAX];
	size_t len = stage_hello(&g->stage, STRANGER, packet);

	assert_int_equal(n_worth(g, packet, len), 1000);
	packet[30] ^= 1; /* its MAC is wrong */
	assert_int_equal(n_worth(g, packet, len), 100);
	stage_wait(&g->stage, 3 * NS_PER_S);
	stage_event(&g->stage, &(struct node_event){.type = EV_LINK}); /* any step */
	packet[2]++;
	assert_int_equal(n_worth(g, packet, len), 100);
	packet[2]--;
	packet[30] ^= 1;
	stage_send(&g->stage, STRANGER, packet, len);
	assert_int_equal(n_worth(g, packet, len), 0); /* a copy */
}

static void a_response_is_worth_a_step_once(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);
	uint8_t packet[WIRE_PACKET_MAX];
	size_t len = response_of_stranger(g, packet);

	packet[3] = WIRE_ACCEPT; /* which nobody waits for */
	assert_int_equal(n_worth(g, packet, len), 0);
	packet[3] = WIRE_RESPONSE;
	assert_int_equal(n_worth(g, packet, len), 1000);
	packet[70] ^= 1; /* of its cookie */
	mac_put(packet, len, g->stage.puppet[STRANGER].trust.group_key);
	assert_int_equal(n_worth(g, packet, len), 100);
	packet[70] ^= 1;
	mac_put(packet, len, g->stage.puppet[STRANGER].trust.group_key);
	stage_wait(&g->stage, 3 * NS_PER_S); /* so that people may be told something again */
	stage_send(&g->stage, STRANGER, packet, len);
	assert_int_equal(n_worth(g, packet, len), 0);
}

/* The node calls; what answers it is worth a step once, though it has a good MAC. */
static void an_answer_to_a_call_is_worth_a_step_once(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);
	struct stage *s = &g->stage;
	struct puppet *p = &s->puppet[STRANGER];
	const uint8_t rnd[SESSION_RAND_LEN] = {8};
	uint8_t hello[WIRE_PACKET_MAX], packet[WIRE_PACKET_MAX], in[WIRE_PACKET_MAX];
	struct session answering;
	struct noise noise;
	size_t len;

	session_init(&answering, 7);
	assert_true(node_add_contact(s->node, &p->addr, 0));
	stage_event(s, &(struct node_event){.type = EV_LINK});
	assert_int_equal(stage_find_packet(s, STRANGER, WIRE_HELLO, hello), WIRE_HELLO_LEN);
	len = session_challenge(&p->trust, &p->addr, hello, packet, sizeof(packet));
	assert_int_equal(len, WIRE_CHALLENGE_LEN);
	packet[WIRE_HEADER_LEN] ^= 1; /* of another call */
	mac_put(packet, len, p->trust.group_key);
	assert_int_equal(n_worth(g, packet, len), 0);
	packet[WIRE_HEADER_LEN] ^= 1;
	mac_put(packet, len, p->trust.group_key);
	assert_int_equal(n_worth(g, packet, len), 1000);
	stage_send(s, STRANGER, packet, len);
	assert_int_equal(n_worth(g, packet, len), 0);

	assert_int_equal(stage_find_packet(s, STRANGER, WIRE_RESPONSE, in), WIRE_RESPONSE_LEN);
	assert_int_equal(session_prove_response(&p->trust, in, &noise), SESSION_OK);
	assert_int_equal(session_accept(&answering, &p->trust, &noise, in, rnd, (mono_t){s->now},
					packet, sizeof(packet), &len),
			 SESSION_OK);
	assert_int_equal(n_worth(g, packet, len), 1000);
	stage_send(s, STRANGER, packet, len);
	assert_int_equal(n_worth(g, packet, len), 0);
}

/* The stranger holds the group key, and its own is not taken. */
static void a_key_that_is_not_taken_is_worth_a_step_once(struct gate *g)
{
	struct puppet *p = &g->stage.puppet[STRANGER];
	uint8_t hello[WIRE_PACKET_MAX], packet[WIRE_PACKET_MAX];
	size_t len = stage_hello(&g->stage, STRANGER, hello);

	stage_send(&g->stage, STRANGER, hello, len);
	assert_int_equal(n_worth(g, hello, len), 0);
	assert_true(node_add_contact(g->stage.node, &p->addr, 0));
	stage_event(&g->stage, &(struct node_event){.type = EV_LINK});
	for (unsigned i = 0; i < 2; i++) { /* who was refused is called once more */
		assert_true(stage_find_packet(&g->stage, STRANGER, WIRE_HELLO, hello) > 0);
		len = session_challenge(&p->trust, &p->addr, hello, packet, sizeof(packet));
		stage_send(&g->stage, STRANGER, packet, len);
		assert_int_equal(n_worth(g, packet, len), 0);
	}
}

/* It was pinned when it called, and is not any more: that costs no multiplication. */
static void who_was_unpinned_amid_a_handshake_is_not_proved(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);
	uint8_t packet[WIRE_PACKET_MAX];
	size_t len = response_of_stranger(g, packet);
	unsigned before = n_multiplied;

	g->stage.config.member_keys = (const uint8_t(*)[KEY_LEN])g->keys;
	g->stage.config.n_member_keys = 1;
	node_reconfigure(g->stage.node, &g->stage.config);
	stage_send(&g->stage, STRANGER, packet, len);
	assert_int_equal(n_multiplied, before);
	assert_int_equal(g->n_packet[WIRE_ACCEPT], 0);
}

static void a_response_is_answered_once(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);
	uint8_t packet[WIRE_PACKET_MAX];
	size_t len = response_of_stranger(g, packet);

	for (unsigned i = 0; i < 3; i++) {
		stage_send(&g->stage, STRANGER, packet, len);
		stage_wait(&g->stage, 2 * NS_PER_S); /* longer than keys are on offer */
	}
	assert_int_equal(g->n_packet[WIRE_ACCEPT], 1);
	/* Its cookie is good for longer than copies are known. */
	memset(&g->stage.node->joining.strangers.responses_seen, 0, sizeof(struct seen));
	assert_int_equal(n_worth(g, packet, len), 100); /* as what people are told of */
}

static void who_is_not_pinned_is_worth_a_step_once(void **state)
{
	static const uint8_t nobody[1][KEY_LEN] = {{1}};
	struct node_config c = node_config_default();

	c.member_keys = nobody;
	c.n_member_keys = 1;
	a_key_that_is_not_taken_is_worth_a_step_once(opened(state, &c));
}

static void so_is_who_is_revoked(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);
	struct node_event ev = {.type = EV_ORDER, .order = {.order = ORDER_REVOKE}};

	ev.order.peer = g->stage.puppet[STRANGER].trust.id;
	stage_event(&g->stage, &ev);
	assert_int_equal(g->stage.fx.ordered.verdict, ORDER_OK);
	a_key_that_is_not_taken_is_worth_a_step_once(g);
}

/* Anybody may have kept calls, and send them as if from many. */
static void calls_beyond_what_is_served_are_worth_a_step_now_and_then(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);
	struct puppet *p = &g->stage.puppet[STRANGER];
	uint8_t packet[WIRE_PACKET_MAX], rnd[SESSION_RAND_LEN] = {3};
	unsigned n = 0;
	size_t len;

	for (unsigned i = 0; i < 1000; i++) {
		rnd[1] = (uint8_t)i;
		rnd[2] = (uint8_t)(i >> 8);
		len = session_hello(&p->session, &p->trust, rnd, (mono_t){g->stage.now}, packet,
				    sizeof(packet));
		n += is_worth_a_step(g, packet, len);
		stage_send(&g->stage, STRANGER, packet, len);
	}
	assert_int_equal(n, 20 + 100);
	stage_wait(&g->stage, 10 * NS_PER_S);
	len = discover_encode(&p->trust, rnd, packet, sizeof(packet));
	for (n = 0; n < 3000 && is_worth_a_step(g, packet, len); n++) {
	}
	assert_int_equal(n, 2000);
}

/* --- Where a peer is --- */

/* A poll of the listed puppet as master; does the node answer it at @at? */
static bool is_answered_at(struct gate *g, const struct addr *at)
{
	const struct puppet *p = &g->stage.puppet[LISTED];

	g->sent_to = (struct addr){0};
	poll_as_master(g, LISTED);
	assert_int_equal(g->sent_to.port, p->addr.port);
	return addr_equal(&g->sent_to, at);
}

static void a_peer_has_moved_when_it_answers_there(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);
	struct puppet *p = &g->stage.puppet[LISTED];
	const struct addr before = p->addr;
	const struct wire_msg ping = {.type = WIRE_PING};

	stage_meet(&g->stage, LISTED);
	assert_true(is_answered_at(g, &before));
	/* Somebody who saw a packet of it has it come from elsewhere, before the reply goes out. */
	p->is_moved = true;
	say_poll(g, LISTED);
	p->addr.ip[0] = 9;
	const struct addr elsewhere = p->addr;

	stage_say(&g->stage, LISTED, &ping);
	g->sent_to = (struct addr){0};
	stage_wait(&g->stage, 5 * NS_PER_MS);
	assert_true(addr_equal(&g->sent_to, &before));
	p->addr = before;
	assert_true(is_answered_at(g, &before));
	/* And now it is there. */
	p->is_moved = false;
	stage_wait(&g->stage, 2 * NS_PER_S);
	p->addr = elsewhere;
	stage_say(&g->stage, LISTED, &ping);
	assert_true(is_answered_at(g, &elsewhere));
	/* It restarts at another address, where a handshake asked it. */
	p->is_moved = true;
	p->addr.ip[0] = 10;
	stage_meet(&g->stage, LISTED);
	assert_true(is_answered_at(g, &p->addr));
}

/* --- Keys that were lost, or are old --- */

static void a_node_asks_for_new_keys_within_the_hour(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);
	uint8_t packet[WIRE_PACKET_MAX];

	stage_meet_all(&g->stage); /* they made the keys, and do not begin in time */
	stage_wait(&g->stage, 2390 * NS_PER_S);
	assert_int_equal(g->n_packet[WIRE_HELLO], 0);
	stage_wait(&g->stage, 370 * NS_PER_S);
	assert_true(g->n_packet[WIRE_HELLO] > 0);
	g->stage.puppet[STRANGER].answers_polls = false;
	stage_wait(&g->stage, 900 * NS_PER_S);
	uint64_t n_bad = stage_status(&g->stage).n_bad;

	/* A packet under the old ones. */
	size_t len = stage_seal(&g->stage, STRANGER, &(struct wire_msg){.type = WIRE_PING}, packet);

	stage_send(&g->stage, STRANGER, packet, len);
	assert_int_equal(stage_status(&g->stage).n_bad, n_bad + 1);
}

static void new_keys_are_asked_for_after_four_seconds_of_silence(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = opened(state, &c);
	unsigned polls;

	for (unsigned k = 0; k < 2; k++) {
		stage_meet(&g->stage, k);
		g->stage.puppet[k].grants = g->stage.puppet[k].answers_polls = true;
	}
	stage_wait(&g->stage, 30 * NS_PER_S);
	assert_int_equal(stage_status(&g->stage).role, ROLE_MASTER);
	assert_int_equal(stage_status(&g->stage).n_alive, 3);
	assert_int_equal(g->n_packet[WIRE_HELLO], 0);
	g->stage.puppet[1].answers_polls = false;
	polls = g->stage.puppet[1].n_heard[WIRE_POLL];
	stage_wait(&g->stage, 4 * NS_PER_S);
	assert_true(g->stage.puppet[1].n_heard[WIRE_POLL] > polls + 2);
	assert_int_equal(g->n_packet[WIRE_HELLO], 0);
	stage_wait(&g->stage, 4 * NS_PER_S);
	assert_in_range(g->n_packet[WIRE_HELLO], 1, 4);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_packet_of_another_version_is_refused_and_told),
		T(who_is_on_the_list_of_members_comes_in),
		T(who_is_not_on_the_list_of_members_gets_no_answer),
		T(a_node_leaves_whom_it_called_when_it_is_not_on_the_list),
		T(a_list_that_is_set_amid_a_handshake_holds_for_it),
		T(a_voter_grants_to_listed_masters_only),
		T(nobody_follows_a_master_that_is_not_listed),
		T(who_is_not_listed_does_not_stand),
		T(a_stranger_gets_20_answers_a_second_at_most_and_all_of_them_200),
		T(a_configured_peer_is_answered_whatever_strangers_ask_for),
		T(calls_of_others_take_nothing_from_a_configured_peer),
		T(keys_that_are_made_up_are_one_source),
		T(junk_takes_nothing_from_who_has_the_key),
		T(a_copy_of_a_call_is_not_answered),
		T(a_copy_as_if_from_elsewhere_takes_the_answer_from_nobody),
		T(copies_take_nothing_from_other_callers),
		T(a_response_of_whoever_lacks_the_key_costs_no_multiplication),
		T(a_member_that_floods_has_20_responses_a_second_proved),
		T(nobody_is_taken_for_a_copy_because_of_a_flood),
		T(a_packet_of_a_session_is_worth_a_step_once),
		T(an_answer_to_a_call_is_worth_a_step_once),
		T(who_was_unpinned_amid_a_handshake_is_not_proved),
		T(a_response_is_answered_once),
		T(who_is_not_pinned_is_worth_a_step_once),
		T(so_is_who_is_revoked),
		T(calls_beyond_what_is_served_are_worth_a_step_now_and_then),
		T(what_people_are_told_of_is_worth_a_step_now_and_then),
		T(a_response_is_worth_a_step_once),
		T(a_peer_has_moved_when_it_answers_there),
		T(a_node_asks_for_new_keys_within_the_hour),
		T(new_keys_are_asked_for_after_four_seconds_of_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
