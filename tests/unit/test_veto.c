/* test_veto.c - what a voter that refuses can keep a candidate from, and what it cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berk/term.h"
#include "tests/world/master.h"
#include "tests/world/node.h"

#define LIAR 1U

struct booth {
	struct stage s;		    /* first: the stage's callback gets this */
	unsigned n_lost, n_tripped; /* ballots; LIMIT_VOTES */
	node_id by;		    /* who was named */
};

static void note_effect(struct stage *s, const struct effect *e)
{
	struct booth *b = (struct booth *)s;

	if (e->type == FX_NOTICE && e->notice.kind == NOTICE_ELECTION && e->notice.peer != 0) {
		b->n_lost++;
		b->by = e->notice.peer;
	}
	b->n_tripped += e->type == FX_NOTICE && e->notice.kind == NOTICE_LIMIT_TRIPPED &&
			e->notice.limit_tripped.limit == LIMIT_VOTES;
}

static int setup_with(void **state, enum quorum quorum)
{
	static struct booth b;
	struct node_config c = node_config_default();

	c.quorum = quorum;
	b = (struct booth){.s.effect = note_effect};
	stage_open(&b.s, &c, 5, 8);
	*state = &b;
	return 0;
}

static int setup(void **state)
{
	return setup_with(state, QUORUM_ISLAND);
}

static int setup_majority(void **state)
{
	return setup_with(state, QUORUM_MAJORITY);
}

static int teardown(void **state)
{
	stage_close(*state);
	return 0;
}

/* The node is the deputy of a master that goes silent; one voter says @why, and all others would
 * have the node where they @grant. */
static void lose_master_for(struct booth *b, enum refusal why, bool grant, int64_t ns)
{
	struct master m;

	for (unsigned k = 0; k < b->s.n_puppets; k++) {
		stage_meet(&b->s, k);
	}
	m = master_begin(&b->s, 0);
	master_lead(&b->s, &m, 8, &(struct master_word){.error_ns = NS_PER_MS});
	assert_true(stage_status(&b->s).settled);
	b->s.puppet[LIAR].refuses = why;
	for (unsigned k = LIAR + 1; k < b->s.n_puppets; k++) {
		b->s.puppet[k].grants = grant;
	}
	stage_wait(&b->s, ns);
}

static void lose_master(struct booth *b, enum refusal why, bool grant)
{
	lose_master_for(b, why, grant, 10 * NS_PER_S);
}

static bool leads(const struct booth *b)
{
	return stage_status(&b->s).role == ROLE_MASTER;
}

/* Whatever it says, in each ballot. */
static void one_voter_keeps_no_majority_from_its_master(void **state)
{
	const enum refusal says[] = {REFUSAL_MASTER_ALIVE, REFUSAL_RANK, REFUSAL_UNSETTLED,
				     REFUSAL_NOT_ALLOWED, REFUSAL_DISK};

	for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++) {
		struct booth *b = *state;

		lose_master(b, says[i], true);
		assert_true(leads(b));
		teardown(state);
		setup(state);
	}
}

static void whoever_comes_before_has_three_ballots(void **state)
{
	struct booth *b = *state;

	lose_master(b, REFUSAL_RANK, true);
	assert_int_equal(b->n_lost, 3);
	assert_int_equal(b->s.puppet[LIAR].n_heard[WIRE_PREVOTE], 4);
	assert_true(b->by == b->s.puppet[LIAR].trust.id);
}

/* An island is made of those who answer: one that would not follow makes none. */
static void who_is_not_wanted_makes_no_island(void **state)
{
	struct booth *b = *state;

	lose_master(b, REFUSAL_NOT_ALLOWED, false);
	assert_false(leads(b));
	b->s.puppet[LIAR].refuses = REFUSAL_NONE; /* it is silent as the others are */
	stage_wait(&b->s, 10 * NS_PER_S);
	assert_true(leads(b));
}

/* Puppet LIAR asks for our vote, for a term above ours. */
static void ask_for_vote(struct booth *b)
{
	const struct wire_msg m = {.type = WIRE_VOTE,
				   .term = stage_status(&b->s).term,
				   .vote = {.new_term = term_next(stage_status(&b->s).term,
								  b->s.puppet[LIAR].trust.id),
					    .settled = true,
					    .dated = true,
					    .priority = 100}};

	stage_say(&b->s, LIAR, &m);
}

static bool has_vote(const struct booth *b)
{
	return b->s.puppet[LIAR].heard[WIRE_VOTE_REPLY].vote_reply.granted;
}

/* Each vote makes its voter wait: who never leads would keep all from standing. */
static void who_never_leads_gets_three_votes(void **state)
{
	struct booth *b = *state;
	unsigned n_granted = 0;

	lose_master_for(b, REFUSAL_NONE, true, NS_PER_S / 2);
	for (unsigned i = 0; i < 20 && !leads(b); i++) {
		ask_for_vote(b);
		n_granted += has_vote(b);
		stage_wait(&b->s, NS_PER_S);
	}
	assert_int_equal(n_granted, 3);
	assert_int_equal(b->n_tripped, 1);
	assert_true(leads(b));
}

/* And one more when another one could have stood; whoever leads has as many again. */
static void who_leads_at_last_has_used_its_vote(void **state)
{
	struct booth *b = *state;
	struct master m;

	lose_master_for(b, REFUSAL_MASTER_ALIVE, false, NS_PER_S);
	for (unsigned i = 0; i < 3; i++) {
		ask_for_vote(b);
		assert_true(has_vote(b));
	}
	ask_for_vote(b);
	assert_false(has_vote(b));
	stage_wait(&b->s, 20 * NS_PER_S);
	ask_for_vote(b);
	assert_true(has_vote(b));
	m = master_begin(&b->s, LIAR);
	m.term = stage_status(&b->s).term;
	assert_non_null(master_poll(&b->s, &m));
	stage_wait(&b->s, 20 * NS_PER_S);
	for (unsigned i = 0; i < 3; i++) {
		ask_for_vote(b);
		assert_true(has_vote(b));
	}
}

/* Others could have stood in the meantime. */
static void votes_of_long_ago_are_in_no_row(void **state)
{
	struct booth *b = *state;

	lose_master_for(b, REFUSAL_MASTER_ALIVE, false, NS_PER_S);
	for (unsigned i = 0; i < 3; i++) {
		if (i == 2) {
			stage_wait(&b->s, 30 * NS_PER_S);
		}
		ask_for_vote(b);
		assert_true(has_vote(b));
	}
	assert_int_equal(b->n_tripped, 0);
	for (unsigned i = 0; i < 2; i++) {
		ask_for_vote(b);
		assert_true(has_vote(b));
	}
	assert_int_equal(b->n_tripped, 1);
}

/* A master that leaves its place has lost no ballot since. */
static void a_ballot_that_was_won_ends_the_row(void **state)
{
	struct booth *b = *state;

	lose_master_for(b, REFUSAL_RANK, true, NS_PER_S);
	for (unsigned reign = 1; reign <= 2; reign++) { /* no puppet answers a poll */
		for (unsigned i = 0; i < 100 && !leads(b); i++) {
			stage_wait(&b->s, NS_PER_S / 10);
		}
		assert_true(leads(b));
		assert_int_equal(b->n_lost, 3 * reign);
		for (unsigned i = 0; i < 100 && leads(b); i++) {
			stage_wait(&b->s, NS_PER_S / 10);
		}
		assert_false(leads(b));
	}
}

/* Hosts that have just started know no time: a group's is not to be lost to them. */
static void hosts_without_a_time_found_none_beside_one_that_has_it(void **state)
{
	struct booth *b = *state;

	for (unsigned k = 0; k < b->s.n_puppets; k++) {
		stage_meet(&b->s, k);
		b->s.puppet[k].grants = k != LIAR;
	}
	b->s.puppet[LIAR].refuses = REFUSAL_UNSETTLED;
	stage_wait(&b->s, 60 * NS_PER_S);
	assert_false(leads(b));
	assert_true(b->by == b->s.puppet[LIAR].trust.id);
	b->s.puppet[LIAR].grants = true;
	stage_wait(&b->s, 10 * NS_PER_S);
	assert_true(leads(b));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(one_voter_keeps_no_majority_from_its_master),
		T(whoever_comes_before_has_three_ballots),
		T(who_is_not_wanted_makes_no_island),
		T(who_never_leads_gets_three_votes),
		T(who_leads_at_last_has_used_its_vote),
		T(votes_of_long_ago_are_in_no_row),
		cmocka_unit_test_setup_teardown(a_ballot_that_was_won_ends_the_row, setup_majority,
						teardown),
		T(hosts_without_a_time_found_none_beside_one_that_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
