/* test_disk.c - a host whose terms cannot be saved follows, answers, and promises nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "berk/term.h"
#include "tests/world/master.h"
#include "tests/world/node.h"

#define ALIVE 4 /* the node and its puppets but RIVAL */
#define RIVAL 3U

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

/* As the shell tells it; @term is the last one on disk. */
static void disk(struct stage *s, bool failed, uint64_t term)
{
	struct node_event ev = {.type = EV_DISK, .disk = {.failed = failed, .term = term}};

	stage_event(s, &ev);
}

/* The node is a settled member of puppet 0. */
static struct master follow(struct stage *s)
{
	struct master m = master_begin(s, 0);

	master_lead(s, &m, 8, &(struct master_word){.error_ns = NS_PER_MS});
	assert_int_equal(stage_status(s).role, ROLE_DEPUTY);
	return m;
}

/* The node leads; its term. */
static uint64_t lead(struct stage *s)
{
	struct master m = follow(s);

	m.n_table = m.n_alive = ALIVE;
	master_hand_over(s, &m);
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	return stage_status(s).term;
}

static void who_cannot_save_a_term_follows_it_and_answers(void **state)
{
	struct stage *s = *state;
	struct master m = follow(s);

	disk(s, true, m.term);
	assert_true(stage_status(s).disk_failed);
	m = master_begin(s, 1);
	stage_wait(s, 2 * NS_PER_S); /* the lease of the first is over */
	const struct wire_reply *r = master_poll(s, &m);

	assert_non_null(r);
	assert_int_equal(r->priority, 0); /* so that nobody makes it a deputy */
	assert_int_equal(stage_status(s).term, m.term);
	assert_int_equal(stage_status(s).master, s->puppet[1].trust.id);
	master_lead(s, &m, 30, &(struct master_word){.error_ns = NS_PER_MS});
	assert_true(stage_status(s).synced);
	assert_true(stage_status(s).bound_ns < 10 * NS_PER_MS);
}

/* What the node answers to a vote of puppet 1 for @term. */
static enum refusal vote(struct stage *s, uint64_t term)
{
	struct wire_msg m = {.type = WIRE_VOTE,
			     .term = stage_status(s).term,
			     .vote = {.new_term = term, .settled = true, .priority = 100}};

	stage_say(s, 1, &m);
	return (enum refusal)s->puppet[1].heard[WIRE_VOTE_REPLY].vote_reply.refusal;
}

static void who_cannot_save_a_vote_gives_none(void **state)
{
	struct stage *s = *state;
	struct master m = follow(s);
	uint64_t term = term_next(m.term, s->puppet[1].trust.id);

	stage_wait(s, 3 * NS_PER_S / 10); /* the lease is over, the timeout of the deputy not */
	disk(s, true, m.term);
	assert_int_equal(vote(s, term), REFUSAL_DISK);
	assert_int_equal(stage_status(s).term, m.term);
	disk(s, false, m.term);
	assert_int_equal(vote(s, term), REFUSAL_NONE);
	disk(s, true, m.term); /* that is how it failed: the grant was not sent, nor is it now */
	assert_int_equal(vote(s, term), REFUSAL_DISK);
}

static void who_cannot_save_a_term_stands_for_none_until_it_can(void **state)
{
	struct stage *s = *state;
	struct master m = follow(s);

	disk(s, true, m.term);
	stage_wait(s, 60 * NS_PER_S);
	assert_int_equal(s->puppet[1].n_heard[WIRE_PREVOTE], 0);
	assert_true(stage_status(s).role != ROLE_CANDIDATE);
	disk(s, false, m.term);
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
}

static void master_whose_term_is_on_disk_goes_on(void **state)
{
	struct stage *s = *state;
	uint64_t term = lead(s);

	disk(s, true, term);
	stage_wait(s, 60 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_int_equal(stage_status(s).term, term);
}

static void master_whose_term_is_not_on_disk_steps_down(void **state)
{
	struct stage *s = *state;
	uint64_t term = lead(s);

	disk(s, true, term - 1);
	assert_int_equal(stage_status(s).role, ROLE_NONE);
}

static void candidate_whose_term_cannot_be_saved_gives_up(void **state)
{
	struct stage *s = *state;
	struct master m = follow(s);

	for (unsigned k = 0; k < s->n_puppets; k++) {
		s->puppet[k].grants = false;
	}
	while (stage_status(s).role != ROLE_CANDIDATE) {
		stage_wait(s, 10 * NS_PER_MS);
	}
	disk(s, true, m.term);
	assert_int_equal(stage_status(s).role, ROLE_NONE);
}

static void master_that_cannot_save_a_term_yields_to_a_higher_one(void **state)
{
	struct stage *s = *state;
	uint64_t ours = lead(s);
	node_id rival = s->puppet[RIVAL].trust.id;
	struct wire_msg m = {.type = WIRE_VOTE_REPLY,
			     .term = term_next(term_next(ours, rival), rival)};

	disk(s, true, ours);
	m.vote_reply.new_term = ours;
	m.vote_reply.refusal = REFUSAL_TERM;
	stage_say(s, 1, &m);
	assert_int_equal(stage_status(s).role, ROLE_NONE);
	assert_int_equal(stage_status(s).term, ours);
}

/* How many messages of each type were promises, and how many were none. */
static struct {
	unsigned n_promise, n_other;
} said[WIRE_TYPE_MAX_];

static void count(struct stage *s, const struct effect *e)
{
	const struct stage_sent *sent = &s->sent[(s->n_sent - 1) % STAGE_SENT_MAX];

	if (e->type == FX_SEND && sent->to) {
		said[sent->msg.type].n_promise += e->send.promise;
		said[sent->msg.type].n_other += !e->send.promise;
	}
}

static void a_grant_waits_for_the_disk_and_an_answer_does_not(void **state)
{
	struct stage *s = *state;

	memset(said, 0, sizeof(said));
	s->effect = count;
	struct master m = follow(s);
	uint64_t term = term_next(m.term, s->puppet[1].trust.id);

	stage_wait(s, 3 * NS_PER_S / 10);
	assert_int_equal(vote(s, term), REFUSAL_NONE);
	assert_int_equal(vote(s, m.term), REFUSAL_NOT_ALLOWED);
	stage_say(s, 1, &(struct wire_msg){.type = WIRE_WITNESS, .term = term});
	assert_int_equal(said[WIRE_TESTIMONY].n_promise, 1); /* it says what we granted */
	assert_int_equal(said[WIRE_TESTIMONY].n_other, 0);
	assert_true(said[WIRE_REPLY].n_other > 4);
	assert_int_equal(said[WIRE_REPLY].n_promise, 0);
	assert_int_equal(said[WIRE_VOTE_REPLY].n_promise, 1);
	assert_int_equal(said[WIRE_VOTE_REPLY].n_other, 1);
}

static void who_stands_or_leads_waits_for_the_disk(void **state)
{
	struct stage *s = *state;

	memset(said, 0, sizeof(said));
	s->effect = count;
	(void)lead(s);
	stage_wait(s, 5 * NS_PER_S);
	assert_true(said[WIRE_VOTE].n_promise > 0);
	assert_int_equal(said[WIRE_VOTE].n_other, 0);
	assert_true(said[WIRE_POLL].n_promise > 4);
	assert_true(said[WIRE_CORRECT].n_promise > 4);
	assert_int_equal(said[WIRE_CORRECT].n_other, 0);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(who_cannot_save_a_term_follows_it_and_answers),
		T(who_cannot_save_a_vote_gives_none),
		T(who_cannot_save_a_term_stands_for_none_until_it_can),
		T(master_whose_term_is_on_disk_goes_on),
		T(master_whose_term_is_not_on_disk_steps_down),
		T(candidate_whose_term_cannot_be_saved_gives_up),
		T(master_that_cannot_save_a_term_yields_to_a_higher_one),
		T(a_grant_waits_for_the_disk_and_an_answer_does_not),
		T(who_stands_or_leads_waits_for_the_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
