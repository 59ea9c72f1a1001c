/* test_veto.c - what a voter that refuses can keep a candidate from, and what it cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/world/master.h"
#include "tests/world/node.h"

#define LIAR 1U

struct booth {
	struct stage s; /* first: the stage's callback gets this */
	unsigned n_lost;
	node_id by; /* who was named */
};

static void note_effect(struct stage *s, const struct effect *e)
{
	struct booth *b = (struct booth *)s;

	if (e->type == FX_NOTICE && e->notice.kind == NOTICE_ELECTION && e->notice.peer != 0) {
		b->n_lost++;
		b->by = e->notice.peer;
	}
}

static int setup(void **state)
{
	static struct booth b;
	const struct node_config c = node_config_default();

	b = (struct booth){.s.effect = note_effect};
	stage_open(&b.s, &c, 5, 8);
	*state = &b;
	return 0;
}

static int teardown(void **state)
{
	stage_close(*state);
	return 0;
}

/* The node is the deputy of a master that goes silent; one voter says @why, and all others would
 * have the node where they @grant. */
static void lose_master(struct booth *b, enum refusal why, bool grant)
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
	stage_wait(&b->s, 10 * NS_PER_S);
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
		T(hosts_without_a_time_found_none_beside_one_that_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
