/* test_terms.c - terms that a liar names: what a node takes of them, and that it can still lead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berk/term.h"
#include "core/node/state.h"
#include "core/node/table.h"
#include "core/node/vote.h"
#include "core/rules/window.h"
#include "tests/world/master.h"
#include "tests/world/node.h"

#define HOSTILE 2U

static unsigned n_told, n_sent;
static uint64_t saved; /* the term */

static void look_at_effect(struct stage *s, const struct effect *e)
{
	(void)s;
	n_told += e->type == FX_NOTICE && e->notice.kind == NOTICE_LIMIT_TRIPPED &&
		  e->notice.limit_tripped.limit == LIMIT_TERM;
	n_sent += e->type == FX_SEND;
	saved = e->type == FX_SAVE_TERM ? e->term : saved;
}

static struct stage *opened(void **state, const struct node_saved *disk)
{
	static struct stage s;
	struct node_config config = node_config_default();

	n_told = n_sent = 0;
	saved = 0;
	s.saved = disk;
	stage_open(&s, &config, 3, 8);
	s.effect = look_at_effect;
	stage_meet_all(&s);
	s.puppet[HOSTILE].grants = s.puppet[HOSTILE].answers_polls = s.puppet[HOSTILE].applies =
		false;
	*state = &s;
	return &s;
}

static int setup(void **state)
{
	(void)opened(state, NULL);
	return 0;
}

static int teardown(void **state)
{
	stage_close(*state);
	return 0;
}

static node_id hostile_id(const struct stage *s)
{
	return s->puppet[HOSTILE].trust.id;
}

/* The term of the hostile one with this counter. */
static uint64_t term_number(const struct stage *s, uint64_t counter)
{
	return term_next((counter - 1) << TERM_TAG_BITS, hostile_id(s));
}

/* The highest that a term's bits can say. */
static uint64_t highest(const struct stage *s)
{
	return term_number(s, UINT64_MAX >> TERM_TAG_BITS);
}

static uint64_t own_counter(const struct stage *s)
{
	return term_counter(stage_status(s).term);
}

static const struct master_word good = {.error_ns = NS_PER_MS};

static struct master follow(struct stage *s)
{
	struct master m = master_begin(s, 0);

	master_lead(s, &m, 8, &good);
	assert_int_equal(stage_status(s).master, s->puppet[0].trust.id);
	return m;
}

static void lead(struct stage *s)
{
	struct master m = follow(s);

	master_hand_over(s, &m);
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
}

static struct wire_msg poll_under(uint64_t term)
{
	return (struct wire_msg){.type = WIRE_POLL,
				 .term = term,
				 .poll = {.seq = 1, .poll_ms = 1000, .n_table = 4, .n_alive = 1}};
}

static struct wire_msg vote_for(uint64_t term, enum wire_type type)
{
	return (struct wire_msg){
		.type = type,
		.term = term,
		.vote = {.new_term = term, .settled = true, .dated = true, .priority = 255}};
}

static struct wire_msg refusal_under(uint64_t term, uint64_t of)
{
	return (struct wire_msg){.type = WIRE_VOTE_REPLY,
				 .term = term,
				 .vote_reply = {.new_term = of, .refusal = REFUSAL_TERM}};
}

/* A message of each type, valid but for its term. */
static void say_all_types_under(struct stage *s, uint64_t term)
{
	for (int t = 1; t < WIRE_TYPE_MAX_; t++) {
		enum wire_type type = (enum wire_type)t;
		struct wire_msg m = {.type = type, .term = term};

		if (type == WIRE_POLL) {
			m = poll_under(term);
		} else if (type == WIRE_VOTE || type == WIRE_PREVOTE) {
			m = vote_for(term, type);
		} else if (type == WIRE_VOTE_REPLY || type == WIRE_PREVOTE_REPLY) {
			m = refusal_under(term, stage_status(s).term);
			m.type = type;
		} else if (type == WIRE_REPLY || type == WIRE_PROBE_REPLY) {
			const struct wire_msg poll = {.term = term, .poll.seq = 1};

			m = stage_reply(s, HOSTILE, &poll);
			if (type == WIRE_PROBE_REPLY) {
				m = (struct wire_msg){.type = type,
						      .term = term,
						      .probe_reply = {.seq = 1, .raw_life = 1}};
			}
		} else if (type == WIRE_ROSTER) {
			m.roster.total = m.roster.n = 1;
			m.roster.entry[0].id = hostile_id(s);
			m.roster.entry[0].name[0] = 'x';
		} else if (type == WIRE_TRANSFER) {
			m.transfer.to = hostile_id(s);
		} else if (type == WIRE_CHAT_POST) {
			m.chat_post.n = 1;
			m.chat_post.line[0] = (struct wire_chat_line){.origin = hostile_id(s),
								      .origin_seq = 1,
								      .len = 1,
								      .text = "x",
								      .name = "x"};
		} else if (type == WIRE_CHAT_PULL) {
			m.chat_pull.from = 1;
		} else if (type == WIRE_PROBE) {
			m.probe.seq = 1;
		} else if (type == WIRE_CLOSURE) {
			m.closure.member = hostile_id(s);
		} else if (type == WIRE_ORDER || type == WIRE_ORDER_REPLY) {
			m.order.seq = 1;
		} else if (type == WIRE_REVOKED) {
			m.revoked = (struct wire_revoked){
				.list = 1,
				.n = 1,
				.entry = {{.id = hostile_id(s), .number = 1, .revoked = true}}};
		} else if (type == WIRE_REVOKED_REPLY) {
			m.revoked_reply.list = 1;
		} else if (type == WIRE_PRIVATE) {
			m.private_line = (struct wire_chat_line){.origin_seq = 1,
								 .len = 1,
								 .text = "x",
								 .name = "x"};
		} else if (type == WIRE_PRIVATE_REPLY) {
			m.private_reply.origin_seq = 1;
		} else if (type == WIRE_BYE) {
			continue; /* last */
		}
		stage_say(s, HOSTILE, &m);
	}
	stage_say(s, HOSTILE, &(struct wire_msg){.type = WIRE_BYE, .term = term});
}

/* --- One message --- */

/* T3: the master dies after it. */
static void a_member_that_heard_the_highest_term_can_still_lead(void **state)
{
	struct stage *s = *state;

	(void)follow(s);
	say_all_types_under(s, highest(s));
	say_all_types_under(s, UINT64_MAX);
	s->puppet[0].grants = s->puppet[0].answers_polls = false;
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_in_range(own_counter(s), 2, 9);
	assert_in_range(term_counter(saved), 2, 9);
}

/* Attack seed 1372: a host that a liar had led alone, far above the terms of the others, heard of its
 * term alone, took that for consent, led itself, and went further away each time. */
static void who_stands_far_above_is_told_that_there_is_a_master(void **state)
{
	struct stage *s = *state;
	const struct wire_msg *reply = &s->puppet[HOSTILE].heard[WIRE_PREVOTE_REPLY];
	struct wire_msg ask = vote_for(highest(s), WIRE_PREVOTE);

	stage_say(s, HOSTILE, &ask);
	assert_int_equal(reply->vote_reply.refusal, REFUSAL_TERM);
	(void)follow(s);
	stage_say(s, HOSTILE, &ask);
	assert_int_equal(reply->vote_reply.refusal, REFUSAL_MASTER_ALIVE);
	assert_int_equal(reply->vote_reply.master, s->puppet[0].trust.id);
}

static void a_host_that_never_had_a_master_can_still_lead(void **state)
{
	struct stage *s = *state;

	say_all_types_under(s, highest(s));
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_in_range(own_counter(s), 1, 9);
}

/* Only what says that another stands against us is learnt from: the others need no term. */
static void a_term_that_no_ballot_needs_is_not_learnt(void **state)
{
	struct stage *s = *state;

	(void)follow(s);
	for (int type = 1; type < WIRE_TYPE_MAX_; type++) {
		if (type == WIRE_PING || type == WIRE_CHAT_PULL) {
			struct wire_msg m = {
				.type = (enum wire_type)type,
				.term = term_number(s, TERM_BLOCK), /* within the window */
				.chat_pull.from = 1};

			m.chat_pull.from = type == WIRE_CHAT_PULL;
			stage_say(s, HOSTILE, &m);
		}
	}
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_in_range(own_counter(s), 2, 9);
}

static void a_master_that_heard_the_highest_term_goes_on(void **state)
{
	struct stage *s = *state;

	lead(s);
	uint64_t ours = stage_status(s).term;

	say_all_types_under(s, highest(s));
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_int_equal(stage_status(s).term, ours);
	assert_int_equal(n_told, 1); /* to people */
}

/* --- Terms within the window --- */

static void nobody_answers(struct stage *s)
{
	for (unsigned k = 0; k < s->n_puppets; k++) {
		s->puppet[k].is_silent = true;
	}
}

/* One host's word moves it by a block in a minute, whatever others say: the term of a host that a
 * liar has led far above theirs never falls, so they come to where it is. */
static void a_window_comes_to_who_is_above_it_block_by_block(void **state)
{
	struct stage *s = *state;
	struct wire_msg within = vote_for(term_number(s, 2 * TERM_BLOCK - 1), WIRE_VOTE);
	struct wire_msg next = vote_for(term_number(s, 3 * TERM_BLOCK - 1), WIRE_VOTE);
	struct wire_msg beyond = vote_for(term_number(s, 3 * TERM_BLOCK), WIRE_VOTE);

	stage_say(s, HOSTILE, &within);
	assert_int_equal(saved, within.vote.new_term);
	stage_say(s, HOSTILE, &next);
	assert_int_not_equal(saved, next.vote.new_term);
	stage_say(s, HOSTILE, &next); /* the others have said that they are not there */
	assert_int_equal(saved, next.vote.new_term);
	stage_say(s, HOSTILE, &beyond);
	stage_say(s, HOSTILE, &beyond);
	assert_false(window_has(&s->node->election.terms, beyond.vote.new_term));
}

/* The others have granted @term. */
static void others_reached(struct stage *s, unsigned n, uint64_t term)
{
	for (unsigned k = 0; k < n; k++) {
		s->puppet[k].term_granted = term;
	}
}

/* Is a term taken so many blocks further, that @n others have granted? */
static bool is_far_taken(struct stage *s, unsigned n, unsigned n_blocks)
{
	struct wire_msg far = vote_for(term_number(s, (2 + n_blocks) * TERM_BLOCK - 1), WIRE_VOTE);

	others_reached(s, n, far.vote.new_term);
	stage_say(s, HOSTILE, &far);
	assert_int_equal(n_told, 0); /* they are asked first */
	stage_say(s, HOSTILE, &far);
	return saved == far.vote.new_term;
}

/* Of the others one may lie. */
static void a_window_moves_as_far_as_two_others_are(void **state)
{
	assert_true(is_far_taken(*state, 2, TERM_SHOWN_BLOCKS));
	assert_int_equal(n_told, 0);
}

static void a_window_does_not_move_for_one_other(void **state)
{
	assert_false(is_far_taken(*state, 1, TERM_SHOWN_BLOCKS));
}

/* More may lie than we are told. */
static void a_window_moves_by_eight_blocks_in_five_seconds_at_most(void **state)
{
	struct stage *s = *state;
	const uint64_t begin = s->node->election.terms.end;
	struct wire_msg far = vote_for(highest(s), WIRE_VOTE);

	for (unsigned i = 0; i < 290; i++) {
		others_reached(s, 3, highest(s));
		stage_say(s, HOSTILE, &far);
		stage_wait(s, NS_PER_S / 10);
	}
	assert_int_equal(s->node->election.terms.end, begin + 6ULL * 8 * TERM_BLOCK);
	assert_int_not_equal(saved, far.vote.new_term);
}

static void who_is_still_being_asked_moves_no_window(void **state)
{
	struct stage *s = *state;
	const uint64_t begin = s->node->election.terms.end;
	struct wire_msg far = vote_for(highest(s), WIRE_VOTE);

	nobody_answers(s);
	for (unsigned i = 0; i < 9; i++) {
		stage_say(s, HOSTILE, &far);
		stage_wait(s, NS_PER_S / 100);
		assert_int_equal(s->node->election.terms.end, begin);
		assert_int_equal(n_told, 0);
	}
	stage_wait(s, NS_PER_S / 2);
	stage_say(s, HOSTILE, &far);
	assert_int_equal(s->node->election.terms.end, begin + TERM_BLOCK);
	assert_int_equal(n_told, 1);
}

/* Who names higher and higher terms takes a node that has nobody to ask a block further in a
 * minute, and a node at the end of its window is followed all the same. */
static void a_liar_that_climbs_gets_a_block_in_a_minute(void **state)
{
	struct stage *s = *state;
	uint64_t counter = 1;

	nobody_answers(s);

	for (unsigned i = 0; i < 600; i++) {
		for (counter = own_counter(s) + 1; counter < own_counter(s) + 999; counter++) {
			struct wire_msg m = vote_for(term_number(s, counter), WIRE_VOTE);

			/* As if it had led: there are few votes for who never does. */
			vote_note_used(peer_find(s->node, s->puppet[HOSTILE].trust.id));
			stage_say(s, HOSTILE, &m);
			if (saved != m.vote.new_term) {
				break;
			}
		}
		stage_wait(s, NS_PER_S / 2);
	}
	assert_in_range(own_counter(s), 3 * TERM_BLOCK, TERM_BLOCK * (2 + 7));
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_true(own_counter(s) < TERM_COUNTER_MAX / 1000);
}

static struct master away_for_many(struct stage *s)
{
	struct master m = master_begin(s, 0);

	m.term = term_next((UINT64_C(5) * TERM_BLOCK) << TERM_TAG_BITS, s->puppet[0].trust.id);
	return m;
}

static void who_was_away_for_many_elections_comes_after(void **state)
{
	struct stage *s = *state;
	struct master m = away_for_many(s);

	others_reached(s, 3, m.term);
	master_lead(s, &m, 1, &good);
	assert_int_equal(stage_status(s).master, s->puppet[0].trust.id);
}

static void without_others_it_comes_after_later(void **state)
{
	struct stage *s = *state;
	struct master m = away_for_many(s);

	nobody_answers(s);
	master_lead(s, &m, 120, &good);
	assert_int_not_equal(stage_status(s).master, s->puppet[0].trust.id);
	master_lead(s, &m, 120, &good);
	assert_int_equal(stage_status(s).master, s->puppet[0].trust.id);
}

/* A refusal makes a master outbid it, and outbidding makes it poll all. */
static void a_master_outbids_once_a_second_at_most(void **state)
{
	struct stage *s = *state;

	lead(s);
	uint64_t before = own_counter(s);
	unsigned sent = n_sent;

	for (unsigned i = 0; i < 1000; i++) {
		struct wire_msg m =
			refusal_under(term_number(s, own_counter(s) + 1), stage_status(s).term);

		stage_say(s, HOSTILE, &m);
		stage_wait(s, NS_PER_S / 100);
	}
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_in_range(own_counter(s), before + 10, before + 22); /* two counters each */
	assert_true(n_sent - sent < 400); /* without the limit: thousands */
}

/* --- Ballots --- */

/* Its word, before the others speak: it has granted @term (0: one above what the node asks for). */
static bool refuse_ballot(struct stage *s, uint64_t term)
{
	struct puppet *p = &s->puppet[HOSTILE];

	for (unsigned i = 0; i < 2; i++) {
		enum wire_type type = i ? WIRE_VOTE : WIRE_PREVOTE;
		uint64_t asked = p->heard[type].vote.new_term;
		struct wire_msg m =
			refusal_under(term ? term : term_number(s, term_counter(asked) + 1), asked);

		m.type = i ? WIRE_VOTE_REPLY : WIRE_PREVOTE_REPLY;
		if (p->n_heard[type] > 0) {
			p->n_heard[type] = 0;
			stage_say(s, HOSTILE, &m);
			return true;
		}
	}
	return false;
}

/* The others would all have the node. */
static void elect_against(struct stage *s, uint64_t term)
{
	struct master m = follow(s);

	s->puppet[0].grants = s->puppet[1].grants = false;
	master_hand_over(s, &m);
	for (unsigned i = 0; i < 1000 && stage_status(s).role != ROLE_MASTER; i++) {
		bool refused = refuse_ballot(s, term);

		s->puppet[0].grants = s->puppet[1].grants = refused;
		stage_wait(s, refused ? NS_PER_S / 5 : NS_PER_S / 100);
		s->puppet[0].grants = s->puppet[1].grants = false;
	}
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
}

/* Its word costs a ballot, and is no veto. */
static void who_always_knows_a_higher_term_stops_no_election(void **state)
{
	elect_against(*state, 0);
}

static void who_has_granted_the_highest_term_stops_no_election(void **state)
{
	elect_against(*state, highest(*state));
}

/* --- On disk --- */

static void a_node_with_a_high_term_on_disk_can_still_lead(void **state)
{
	static const struct node_saved disk = {.term = UINT64_C(1000000) << TERM_TAG_BITS | 1};

	teardown(state);
	struct stage *s = opened(state, &disk);

	say_all_types_under(s, highest(s));
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_in_range(own_counter(s), 100 * 100 * 100, 100 * 100 * 100 + 9);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_member_that_heard_the_highest_term_can_still_lead),
		T(who_stands_far_above_is_told_that_there_is_a_master),
		T(a_host_that_never_had_a_master_can_still_lead),
		T(a_term_that_no_ballot_needs_is_not_learnt),
		T(a_master_that_heard_the_highest_term_goes_on),
		T(a_window_comes_to_who_is_above_it_block_by_block),
		T(a_liar_that_climbs_gets_a_block_in_a_minute),
		T(who_was_away_for_many_elections_comes_after),
		T(without_others_it_comes_after_later),
		T(a_window_moves_as_far_as_two_others_are),
		T(a_window_does_not_move_for_one_other),
		T(a_window_moves_by_eight_blocks_in_five_seconds_at_most),
		T(who_is_still_being_asked_moves_no_window),
		T(a_master_outbids_once_a_second_at_most),
		T(who_always_knows_a_higher_term_stops_no_election),
		T(who_has_granted_the_highest_term_stops_no_election),
		T(a_node_with_a_high_term_on_disk_can_still_lead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
