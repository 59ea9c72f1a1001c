/* test_meet.c - two masters meet: which of them stays, and under which term; a master meets a term
 * that is above its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berk/term.h"
#include "tests/world/master.h"
#include "tests/world/node.h"

#define RIVAL 3U /* this puppet leads another side; those before it follow the node */
#define ALIVE 4	 /* on the node's side, the node included */

static int setup(void **state)
{
	static struct stage s;
	struct node_config config = node_config_default();

	stage_open(&s, &config, 4, 8);
	stage_meet_all(&s);
	s.puppet[RIVAL].grants = s.puppet[RIVAL].answers_polls = s.puppet[RIVAL].applies = false;
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	stage_close(*state);
	return 0;
}

/* The node leads its side of a group of @n_table with a line of @error_ns; its term. */
static uint64_t lead(struct stage *s, unsigned n_table, int64_t error_ns)
{
	struct master m = master_begin(s, 0);

	m.n_table = m.n_alive = n_table;
	master_lead(s, &m, 8, &(struct master_word){.error_ns = error_ns});
	master_hand_over(s, &m);
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_int_equal(stage_status(s).n_alive, ALIVE);
	return stage_status(s).term;
}

/* The rival's second term from there on: more than the node's next one. */
static uint64_t term_above(const struct stage *s, uint64_t term)
{
	node_id id = s->puppet[RIVAL].trust.id;

	return term_next(term_next(term, id), id);
}

/* A term that the rival had before the node had its own. */
static uint64_t term_below(const struct stage *s, uint64_t term)
{
	uint64_t t = term_next(0, s->puppet[RIVAL].trust.id);

	assert_true(t < term);
	return t;
}

/* What comes of a poll of the rival, whose side counts @n_alive. */
static enum role role_after_rival(struct stage *s, uint64_t term, unsigned n_alive)
{
	struct master rival = master_begin(s, RIVAL);

	rival.term = term;
	rival.n_table = 3 * ALIVE;
	rival.n_alive = n_alive;
	(void)master_poll(s, &rival);
	return stage_status(s).role;
}

static void of_two_equal_sides_the_later_term_stays(void **state)
{
	struct stage *s = *state;
	uint64_t ours = lead(s, 2 * ALIVE, NS_PER_MS);

	assert_int_equal(role_after_rival(s, term_below(s, ours), ALIVE), ROLE_MASTER);
	assert_int_equal(stage_status(s).term, ours);
	assert_int_equal(role_after_rival(s, term_above(s, ours), ALIVE), ROLE_DEPUTY);
	assert_int_equal(stage_status(s).master, s->puppet[RIVAL].trust.id);
}

static void the_larger_side_stays_whatever_its_term(void **state)
{
	struct stage *s = *state;
	uint64_t ours = lead(s, 3 * ALIVE, NS_PER_MS), theirs = term_above(s, ours);

	assert_int_equal(role_after_rival(s, theirs, ALIVE - 1), ROLE_MASTER);
	assert_int_equal(role_after_rival(s, term_below(s, ours), ALIVE + 1), ROLE_NONE);
}

static void a_later_term_of_a_majority_stays_against_a_larger_count(void **state)
{
	struct stage *s = *state;
	uint64_t ours = lead(s, ALIVE, NS_PER_MS);

	assert_int_equal(role_after_rival(s, term_below(s, ours), ALIVE + 1), ROLE_MASTER);
	assert_int_equal(role_after_rival(s, term_above(s, ours), ALIVE - 1), ROLE_DEPUTY);
}

/* Whoever granted the rival's term would refuse our polls. */
static void who_stays_with_the_lower_term_takes_one_above_both(void **state)
{
	struct stage *s = *state;
	uint64_t ours = lead(s, 2 * ALIVE, NS_PER_MS), theirs = term_above(s, ours);

	assert_int_equal(role_after_rival(s, theirs, ALIVE - 1), ROLE_MASTER);
	assert_true(stage_status(s).term > theirs);
	assert_int_equal(s->puppet[1].heard[WIRE_POLL].term, stage_status(s).term);
}

static void refuse(struct stage *s, unsigned k, uint64_t ours, uint64_t term)
{
	struct wire_msg m = {.type = WIRE_VOTE_REPLY, .term = term};

	m.vote_reply.new_term = ours;
	m.vote_reply.refusal = REFUSAL_TERM;
	stage_say(s, k, &m);
}

static void a_master_goes_above_a_higher_term_of_nobody_who_leads(void **state)
{
	struct stage *s = *state;
	uint64_t ours = lead(s, ALIVE, NS_PER_MS), theirs = term_above(s, ours);

	refuse(s, 1, ours, theirs);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_true(stage_status(s).term > theirs);
	stage_wait(s, NS_PER_MS); /* all are told at once, before a lease runs out */
	for (unsigned k = 0; k < RIVAL; k++) {
		assert_int_equal(s->puppet[k].heard[WIRE_POLL].term, stage_status(s).term);
	}
}

/* It is told of the better side by a member of that side, before it meets the master. */
static void a_master_yields_to_the_better_side_that_a_refusal_names(void **state)
{
	struct stage *s = *state;
	uint64_t ours = lead(s, 2 * ALIVE, NS_PER_MS);
	struct wire_msg m = {.type = WIRE_VOTE_REPLY, .term = term_above(s, ours)};

	m.vote_reply.new_term = ours;
	m.vote_reply.refusal = REFUSAL_MASTER_ALIVE;
	m.vote_reply.master = s->puppet[RIVAL].trust.id;
	m.vote_reply.n_alive = ALIVE + 1;
	stage_say(s, 1, &m); /* a side that may have no time yet: we have one */
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	m.vote_reply.new_term = stage_status(s).term;
	m.term = m.vote_reply.new_term;
	m.vote_reply.settled = true;
	stage_say(s, 1, &m);
	assert_int_equal(stage_status(s).role, ROLE_NONE);
}

/* The better side may be gone before it polls. */
static void who_yielded_and_is_not_polled_stands_again(void **state)
{
	struct stage *s = *state;
	uint64_t ours = lead(s, 3 * ALIVE, NS_PER_MS);

	assert_int_equal(role_after_rival(s, term_below(s, ours), ALIVE + 1), ROLE_NONE);
	stage_wait(s, 2 * NS_PER_S); /* it leaves the rival time for that */
	assert_int_equal(stage_status(s).role, ROLE_NONE);
	stage_wait(s, 3 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
}

/* All rounds are of another term at once, and for a moment none of them was applied. */
static void a_raised_term_accuses_nobody(void **state)
{
	struct stage *s = *state;
	uint64_t ours = lead(s, ALIVE, NS_PER_MS);

	stage_wait(s, 30 * NS_PER_S); /* more corrections than may go without being applied */
	refuse(s, 1, ours, term_above(s, ours));
	assert_true(stage_status(s).term > ours);
	for (unsigned k = 0; k < RIVAL; k++) {
		s->puppet[k].applies = false; /* under this term they have not yet */
	}
	for (unsigned k = 0; k < 300; k++) {
		struct member_view v;

		stage_wait(s, 10 * NS_PER_MS);
		for (size_t i = 1; node_member(s->node, i, (mono_t){0}, stage_pair(s), &v); i++) {
			assert_int_not_equal(v.reason, REASON_DISOBEYS);
		}
	}
}

static void a_refusal_of_an_earlier_term_raises_nothing(void **state)
{
	struct stage *s = *state;
	uint64_t ours = lead(s, ALIVE, NS_PER_MS);

	refuse(s, 1, term_below(s, ours), term_above(s, ours));
	assert_int_equal(stage_status(s).term, ours);
}

/* Whoever granted that term may have followed another line while we heard of nobody. */
static void a_raised_term_keeps_what_was_unconfirmed(void **state)
{
	struct stage *s = *state;
	uint64_t ours = lead(s, ALIVE, NS_PER_MS);

	for (unsigned k = 0; k < RIVAL; k++) {
		s->puppet[k].answers_polls = false;
	}
	stage_wait(s, 3 * NS_PER_S);
	int64_t wide = stage_status(s).bound_ns;

	assert_false(stage_status(s).island);
	assert_true(wide > 500 * NS_PER_US);
	s->puppet[0].answers_polls = s->puppet[1].answers_polls = true; /* a majority */
	refuse(s, 2, ours, term_above(s, ours));
	stage_wait(s, 2 * NS_PER_S);
	assert_true(stage_status(s).bound_ns >= wide);
	s->puppet[2].answers_polls = true; /* all */
	stage_wait(s, 5 * NS_PER_S);
	assert_true(stage_status(s).bound_ns < 100 * NS_PER_US);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(of_two_equal_sides_the_later_term_stays),
		T(the_larger_side_stays_whatever_its_term),
		T(a_later_term_of_a_majority_stays_against_a_larger_count),
		T(who_stays_with_the_lower_term_takes_one_above_both),
		T(a_master_goes_above_a_higher_term_of_nobody_who_leads),
		T(a_master_yields_to_the_better_side_that_a_refusal_names),
		T(who_yielded_and_is_not_polled_stands_again),
		T(a_refusal_of_an_earlier_term_raises_nothing),
		T(a_raised_term_keeps_what_was_unconfirmed),
		T(a_raised_term_accuses_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
