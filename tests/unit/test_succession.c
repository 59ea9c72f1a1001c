/* test_succession.c - the order in which hosts stand when the master is lost: how the master makes
 * it, how long each place waits, and whom a voter lets go first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berk/term.h"
#include "tests/world/master.h"
#include "tests/world/node.h"

#define HEARTBEAT_NS NS_PER_S
#define TIMEOUT_NS   (1600 * NS_PER_MS) /* of the deputy */
#define PLACE_NS     (500 * NS_PER_MS)	/* each further place waits so much longer */

static int setup(void **state)
{
	static struct stage s;
	struct node_config config = node_config_default();

	stage_open(&s, &config, 5, 8);
	for (unsigned k = 0; k < s.n_puppets; k++) {
		stage_meet(&s, k);
	}
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	stage_close(*state);
	return 0;
}

/* Puppet 0 leads the node for a while, and names it as successor number @place (0: the deputy; 4:
 * none) among puppets 1 to 4. */
static struct master follow_at(struct stage *s, unsigned place)
{
	struct master m = master_begin(s, 0);
	unsigned k = 1;

	m.n_succession = WIRE_SUCCESSION_MAX;
	for (unsigned i = 0; i < m.n_succession; i++) {
		m.succession[i] = i == place ? stage_status(s).id : s->puppet[k++].trust.id;
	}
	master_lead(s, &m, 8, &(struct master_word){.error_ns = NS_PER_MS});
	assert_true(stage_status(s).settled);
	return m;
}

/* --- How long each place waits --- */

/* After the master's last poll, until the node asks for votes. */
static int64_t wait_for_ballot(struct stage *s)
{
	int64_t polled = stage_status(s).heard.ns;

	for (unsigned ms = 0; ms < 10000 && s->puppet[1].n_heard[WIRE_PREVOTE] == 0; ms++) {
		stage_wait(s, NS_PER_MS);
	}
	assert_true(s->puppet[1].n_heard[WIRE_PREVOTE] > 0);
	return host_clock_boot(&s->clock, s->now).ns - polled;
}

static void each_place_in_the_succession_waits_half_a_poll_longer(void **state)
{
	for (unsigned place = 0; place <= WIRE_SUCCESSION_MAX; place++) {
		(void)follow_at(*state, place);
		int64_t expected = TIMEOUT_NS + place * PLACE_NS;

		assert_in_range(wait_for_ballot(*state), expected, expected + 2 * NS_PER_MS);
		teardown(state);
		setup(state);
	}
}

/* --- Whom a voter lets go first --- */

/* Its lease is over: puppet @k asks whether the node would vote for it. */
static const struct wire_vote_reply *ask(struct stage *s, unsigned k, uint64_t term)
{
	struct puppet *p = &s->puppet[k];
	struct wire_msg m = {.type = WIRE_PREVOTE, .term = term};

	stage_wait(s, HEARTBEAT_NS * 2 / 5);
	m.vote.new_term = term_next(term, p->trust.id);
	m.vote.settled = true;
	m.vote.priority = 100;
	stage_say(s, k, &m);
	assert_int_equal(p->heard[WIRE_PREVOTE_REPLY].vote_reply.new_term, m.vote.new_term);
	return &p->heard[WIRE_PREVOTE_REPLY].vote_reply;
}

/* P18: a poll that waited in the socket of a host that did not run proves that there was a
 * master. */
static void a_poll_renews_the_lease_from_when_it_came_in(void **state)
{
	struct stage *s = *state;
	struct master m = follow_at(s, 2);

	assert_non_null(master_poll(s, &m));
	assert_int_equal(ask(s, 1, m.term)->refusal, REFUSAL_MASTER_ALIVE);
	stage_hold(s, 100 * NS_PER_S);
	s->waited_ns = 100 * NS_PER_S;
	(void)master_poll(s, &m);
	s->waited_ns = 0;
	assert_true(ask(s, 1, m.term)->granted);
}

static void a_voter_lets_those_before_it_go_first(void **state)
{
	struct master m = follow_at(*state, 2); /* puppets 1 and 2 come before it */

	assert_true(ask(*state, 1, m.term)->granted);
	assert_true(ask(*state, 2, m.term)->granted);
}

static void a_voter_lets_nobody_after_it_go_first(void **state)
{
	struct master m = follow_at(*state, 2);

	assert_false(ask(*state, 3, m.term)->granted);
	assert_int_equal(ask(*state, 3, m.term)->refusal, REFUSAL_RANK);
}

static void a_voter_that_is_no_successor_lets_anyone_go(void **state)
{
	struct master m = follow_at(*state, WIRE_SUCCESSION_MAX);

	assert_true(ask(*state, 3, m.term)->granted);
}

/* --- What a grant and a refusal mean --- */

static void a_voter_that_granted_a_term_grants_no_earlier_one(void **state)
{
	struct stage *s = *state;
	struct master m = follow_at(s, WIRE_SUCCESSION_MAX);
	struct wire_msg vote = {.type = WIRE_VOTE, .term = m.term};
	uint64_t early = term_next(m.term, s->puppet[1].trust.id);
	uint64_t late = term_next(early, s->puppet[2].trust.id);

	stage_wait(s, HEARTBEAT_NS * 2 / 5);
	vote.vote = (struct wire_vote){.new_term = late, .settled = true, .priority = 100};
	stage_say(s, 2, &vote);
	assert_true(s->puppet[2].heard[WIRE_VOTE_REPLY].vote_reply.granted);
	assert_int_equal(stage_status(s).term, late);
	vote.vote.new_term = early;
	stage_say(s, 1, &vote);
	assert_false(s->puppet[1].heard[WIRE_VOTE_REPLY].vote_reply.granted);
	assert_int_equal(s->puppet[1].heard[WIRE_VOTE_REPLY].vote_reply.refusal, REFUSAL_TERM);
}

/* The others are silent, so that it could be an island. */
static void nobody_takes_over_from_a_master_that_one_voter_hears(void **state)
{
	struct stage *s = *state;
	struct master m = follow_at(s, 0);
	struct wire_msg refusal = {.type = WIRE_PREVOTE_REPLY, .term = m.term};

	(void)wait_for_ballot(s);
	refusal.vote_reply.new_term = s->puppet[1].heard[WIRE_PREVOTE].vote.new_term;
	refusal.vote_reply.refusal = REFUSAL_MASTER_ALIVE;
	stage_say(s, 1, &refusal);
	stage_wait(s, HEARTBEAT_NS * 6 / 10); /* the time to answer is over */
	assert_int_equal(stage_status(s).term, m.term);
	assert_int_equal(stage_status(s).role, ROLE_MEMBER);
}

/* --- The order that the master makes --- */

static void a_master_names_its_successors_by_rank(void **state)
{
	struct stage *s = *state;
	const struct wire_poll *q = &s->puppet[0].heard[WIRE_POLL].poll;

	for (unsigned k = 0; k < s->n_puppets; k++) {
		s->puppet[k].grants = s->puppet[k].answers_polls = s->puppet[k].applies = true;
	}
	stage_wait(s, 30 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_int_equal(q->n_succession, WIRE_SUCCESSION_MAX);
	for (unsigned i = 2; i < q->n_succession;
	     i++) { /* all of one priority; who is deputy stays */
		assert_true(q->succession[i] > q->succession[i - 1]);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_place_in_the_succession_waits_half_a_poll_longer),
		T(a_voter_lets_those_before_it_go_first),
		T(a_poll_renews_the_lease_from_when_it_came_in),
		T(a_voter_lets_nobody_after_it_go_first),
		T(a_voter_that_is_no_successor_lets_anyone_go),
		T(a_voter_that_granted_a_term_grants_no_earlier_one),
		T(nobody_takes_over_from_a_master_that_one_voter_hears),
		T(a_master_names_its_successors_by_rank),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
