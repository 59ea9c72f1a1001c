/* test_meet.c - two masters meet: which of them stays, and under which term; a master meets a term
 * that is above its own, or a side that two hosts of one identity lead. */
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

static void open_with(struct stage *s, uint8_t priority)
{
	struct node_config config = node_config_default();

	config.priority = priority;
	stage_open(s, &config, 4, 128);
	stage_meet_all(s);
	s->puppet[RIVAL].grants = s->puppet[RIVAL].answers_polls = s->puppet[RIVAL].applies = false;
}

static int setup(void **state)
{
	static struct stage s;

	open_with(&s, node_config_default().priority);
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	stage_close(*state);
	return 0;
}

/* The node leads its side of a group of @n_table, which was founded in @era, with a line of
 * @error_ns; its term. */
static uint64_t lead_of(struct stage *s, uint64_t era, unsigned n_table, int64_t error_ns)
{
	struct master m = master_begin(s, 0);

	m.era = era;
	m.n_table = m.n_alive = n_table;
	master_lead(s, &m, 8, &(struct master_word){.error_ns = error_ns});
	master_hand_over(s, &m);
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_int_equal(stage_status(s).n_alive, ALIVE);
	return stage_status(s).term;
}

static uint64_t lead(struct stage *s, unsigned n_table, int64_t error_ns)
{
	return lead_of(s, 0, n_table, error_ns);
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

/* No majority of our table has elected the master of a group that was founded without us. */
static void of_another_founding_the_larger_count_stays(void **state)
{
	struct stage *s = *state;
	struct master rival = master_begin(s, RIVAL);

	rival.term = term_above(s, lead_of(s, 1, ALIVE, NS_PER_MS));
	rival.n_table = 3 * ALIVE;
	rival.n_alive = ALIVE - 1;
	rival.era = 2;
	(void)master_poll(s, &rival);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
}

/* What a rival says of its side counts no further than those whom it counts do not deny it. */
static void a_master_is_not_left_for_followers_who_deny_it(void **state)
{
	struct stage *s = *state;
	uint64_t ours = lead(s, 2 * ALIVE, NS_PER_MS);
	struct master rival = master_begin(s, RIVAL);

	for (unsigned k = 0; k < RIVAL; k++) {
		s->puppet[k].word.master = stage_status(s).id;
	}
	rival.term = term_above(s, ours);
	rival.n_table = rival.n_alive = 60000;
	assert_null(master_poll(s, &rival));
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_true(stage_status(s).term > rival.term);
}

/* Nor no further than there are hosts that have shown a key. */
static void made_up_hosts_are_on_no_side(void **state)
{
	struct stage *s = *state;
	uint64_t ours = lead(s, 2 * ALIVE, NS_PER_MS);
	struct master rival = master_begin(s, RIVAL);
	struct wire_msg roster = {.type = WIRE_ROSTER, .roster = {.total = 1, .n = 1}};

	for (unsigned k = 0; k < RIVAL; k++) {
		s->puppet[k].word.master = stage_status(s).id;
	}
	for (unsigned k = 0; k < 3 * ALIVE; k++) {
		roster.roster.entry[0] = (struct wire_roster_entry){.id = 1000 + k, .name = "x"};
		stage_say(s, RIVAL, &roster);
	}
	rival.term = term_above(s, ours);
	rival.n_table = rival.n_alive = 2 * ALIVE;
	assert_null(master_poll(s, &rival));
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
}

/* Seed 922 of berksim boots: two sides of whom neither knew the others' followers outbid each other
 * for ever.  Who is refused by a master hears of those who follow it. */
static void a_rival_that_is_refused_hears_of_our_followers(void **state)
{
	struct stage *s = *state;
	uint64_t ours = lead(s, 2 * ALIVE, NS_PER_MS);

	s->puppet[RIVAL].n_heard[WIRE_ROSTER] = 0;
	assert_int_equal(role_after_rival(s, term_above(s, ours), ALIVE - 1), ROLE_MASTER);
	assert_int_equal(s->puppet[RIVAL].n_heard[WIRE_ROSTER], 1);
	assert_int_equal(s->puppet[RIVAL].heard[WIRE_ROSTER].roster.n, RIVAL);
}

/* Each of its polls is refused, and one packet of ours is a poll's worth. */
static void a_rival_hears_of_our_followers_once_a_heartbeat(void **state)
{
	struct stage *s = *state;
	struct master rival = master_begin(s, RIVAL);

	rival.term = term_below(s, lead(s, 2 * ALIVE, NS_PER_MS));
	rival.n_alive = 1;
	s->puppet[RIVAL].n_heard[WIRE_ROSTER] = 0;
	for (unsigned k = 0; k < 20; k++) {
		assert_null(master_poll(s, &rival));
		stage_wait(s, NS_PER_S / 10);
	}
	assert_in_range(s->puppet[RIVAL].n_heard[WIRE_ROSTER], 2, 3);
}

/* The node follows puppet 0; puppets 1 and 2 say that they follow puppet @k; the rival claims all
 * and polls; whom does the node follow then? */
static node_id followed_after_claim(struct stage *s, unsigned k)
{
	struct master first = master_begin(s, 0);

	first.n_table = first.n_alive = ALIVE;
	master_lead(s, &first, 8, &(struct master_word){.error_ns = NS_PER_MS});
	assert_int_equal(stage_status(s).master, s->puppet[0].trust.id);
	struct master rival = master_begin(s, RIVAL);

	s->puppet[0].word.master = s->puppet[0].trust.id;
	s->puppet[1].word.master = s->puppet[2].word.master = s->puppet[k].trust.id;
	rival.n_table = rival.n_alive = ALIVE + 1;
	(void)master_poll(s, &rival);
	return stage_status(s).master;
}

static void a_member_does_not_leave_its_master_for_a_claim(void **state)
{
	struct stage *s = *state;

	assert_int_equal(followed_after_claim(s, 0), s->puppet[0].trust.id);
	assert_true(s->puppet[1].n_heard[WIRE_WITNESS] > 0);
}

/* As where most have elected another, and only we still hear the old one. */
static void a_member_leaves_its_master_for_whom_the_others_follow(void **state)
{
	struct stage *s = *state;

	assert_int_equal(followed_after_claim(s, RIVAL), s->puppet[RIVAL].trust.id);
}

/* Nor does a rival gain by keeping others from answering: they are waited for, and then silence is
 * on neither side. */
static void others_have_the_time_to_answer(void **state)
{
	struct stage *s = *state;
	uint64_t ours = lead(s, 2 * ALIVE, NS_PER_MS);
	struct master rival = master_begin(s, RIVAL);

	for (unsigned k = 0; k < s->n_puppets; k++) {
		s->puppet[k].is_silent = true;
	}
	rival.term = term_above(s, ours);
	rival.n_table = rival.n_alive = 2 * ALIVE;
	assert_null(master_poll(s, &rival));
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_int_equal(stage_status(s).term, ours); /* nothing is said yet */
	stage_wait(s, NS_PER_S / 2);
	assert_non_null(master_poll(s, &rival));
}

/* Two of our three are gone, and a side of three comes. */
static void who_is_silent_is_not_counted_for_us(void **state)
{
	struct stage *s = *state;
	uint64_t ours = lead(s, 2 * ALIVE, NS_PER_MS);

	s->puppet[1].answers_polls = s->puppet[2].answers_polls = false;
	s->puppet[1].is_silent = s->puppet[2].is_silent = true;
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).n_alive, 2);
	struct master rival = master_begin(s, RIVAL);

	s->puppet[0].word.master = stage_status(s).id;
	rival.term = term_below(s, ours);
	rival.n_table = 2 * ALIVE;
	rival.n_alive = ALIVE - 1;
	assert_null(master_poll(s, &rival));
	stage_wait(s, NS_PER_S / 2);
	(void)master_poll(s, &rival);
	assert_int_equal(stage_status(s).role, ROLE_NONE);
}

/* Else whoever polls more often than others can answer would never be judged. */
static void a_question_is_not_void_before_the_time_to_answer_is_over(void **state)
{
	struct stage *s = *state;
	uint64_t ours = lead(s, 2 * ALIVE, NS_PER_MS);
	struct master rival = master_begin(s, RIVAL);

	s->puppet[0].is_silent = true;
	rival.term = term_above(s, ours);
	rival.n_table = rival.n_alive = 2 * ALIVE;
	for (unsigned k = 0; k < 2; k++) {
		(void)master_poll(s, &rival);
		stage_wait(s, 250 * NS_PER_MS);
	}
	assert_int_equal(s->puppet[0].n_heard[WIRE_WITNESS], 1);
	stage_wait(s, 40 * NS_PER_MS);
	(void)master_poll(s, &rival);
	assert_int_equal(stage_status(s).master, s->puppet[RIVAL].trust.id);
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

/* All say that they follow @master, whatever they do. */
static void follow_all(struct stage *s, node_id master)
{
	for (unsigned k = 0; k < s->n_puppets; k++) {
		s->puppet[k].word.master = master;
	}
}

/* Once more when the others have been asked. */
static void insist(struct stage *s, const struct wire_msg *m)
{
	stage_say(s, 1, m);
	stage_say(s, 1, m);
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
	follow_all(s, stage_status(s).id);
	insist(s, &m); /* nobody says so himself */
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	stage_wait(s, 5 * NS_PER_S);
	follow_all(s, s->puppet[RIVAL].trust.id);
	m.vote_reply.new_term = m.term = stage_status(s).term;
	insist(s, &m);
	assert_int_equal(stage_status(s).role, ROLE_NONE);
}

/* One member may say anything of others.  While most hosts follow us, its word makes us call. */
static void the_word_of_one_ends_no_master_that_most_follow(void **state)
{
	struct stage *s = *state;
	uint64_t ours = lead(s, ALIVE, NS_PER_MS);
	struct wire_msg m = {.type = WIRE_VOTE_REPLY, .term = ours};

	m.vote_reply.new_term = ours;
	m.vote_reply.refusal = REFUSAL_MASTER_ALIVE;
	m.vote_reply.n_alive = UINT16_MAX;
	m.vote_reply.settled = true;
	for (unsigned made_up = 0; made_up < 2; made_up++) {
		m.vote_reply.master = made_up ? 1234 : s->puppet[RIVAL].trust.id;
		stage_say(s, 1, &m);
		assert_int_equal(stage_status(s).role, ROLE_MASTER);
		assert_int_equal(stage_status(s).term, ours);
	}
}

/* Seed 42434 of berksim boots: a host that was alone believed in its own majority of one, and went
 * on beside the group that it was told of. */
static void who_leads_nobody_yields_to_the_side_that_a_refusal_names(void **state)
{
	struct stage *s = *state;
	struct wire_msg m = {.type = WIRE_VOTE_REPLY};
	const struct node_config config = node_config_default();

	stage_close(s);
	stage_open(s, &config, 4, 8);
	stage_wait(s, 20 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_int_equal(stage_status(s).n_alive, 1);
	stage_meet(s, 1);
	m.term = term_above(s, stage_status(s).term);
	m.vote_reply.new_term = stage_status(s).term;
	m.vote_reply.refusal = REFUSAL_MASTER_ALIVE;
	m.vote_reply.master = s->puppet[RIVAL].trust.id;
	m.vote_reply.n_alive = 2;
	follow_all(s, m.vote_reply.master);
	insist(s, &m);
	assert_int_equal(stage_status(s).role, ROLE_NONE);
}

/* The better side may be gone before it polls. */
static void who_yielded_and_is_not_polled_stands_again(void **state)
{
	struct stage *s = *state;
	uint64_t ours = lead(s, 3 * ALIVE, NS_PER_MS);

	assert_int_equal(role_after_rival(s, term_below(s, ours), ALIVE + 1), ROLE_NONE);
	stage_wait(s, 2700 * NS_PER_MS); /* it leaves the rival time for that, and then some */
	assert_int_equal(stage_status(s).role, ROLE_NONE);
	stage_wait(s, 2300 * NS_PER_MS);
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
		for (size_t at = 0; node_member(s->node, &at, (mono_t){0}, stage_pair(s), &v);) {
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

/* --- A rival that is two hosts --- */

static void rival_has_a_twin(struct stage *s)
{
	struct wire_msg m = {.type = WIRE_ROSTER, .roster = {.total = 1, .n = 1}};
	struct wire_roster_entry *e = &m.roster.entry[0];

	e->id = s->puppet[RIVAL].trust.id;
	e->addr = s->puppet[RIVAL].addr;
	e->addr.ip[0] ^= 1;
	e->name[0] = 'a';
	e->reason = REASON_CLONE;
	stage_say(s, RIVAL, &m);
}

/* What is said to a pre-vote (or vote) of the rival: -1: nothing. */
static int answer_to(struct stage *s, enum wire_type type, bool settled)
{
	const struct puppet *rival = &s->puppet[RIVAL];
	enum wire_type reply = type == WIRE_VOTE ? WIRE_VOTE_REPLY : WIRE_PREVOTE_REPLY;
	unsigned n_heard = rival->n_heard[reply];
	struct wire_msg m = {.type = type, .term = stage_status(s).term};

	m.vote = (struct wire_vote){.new_term = term_above(s, m.term),
				    .settled = settled,
				    .priority = 100};
	stage_say(s, RIVAL, &m);
	return rival->n_heard[reply] > n_heard ? rival->heard[reply].vote_reply.refusal : -1;
}

/* Its pre-votes and its polls are answered by whom we follow: silence would be consent. */
static void a_twin_hears_of_the_master_that_we_have(void **state)
{
	struct stage *s = *state;
	struct master m = master_begin(s, 0), rival = master_begin(s, RIVAL);
	const struct wire_vote_reply *told = &s->puppet[RIVAL].heard[WIRE_VOTE_REPLY].vote_reply;

	master_lead(s, &m, 8, &(struct master_word){.error_ns = NS_PER_MS});
	rival_has_a_twin(s);
	assert_int_equal(answer_to(s, WIRE_PREVOTE, true), REFUSAL_MASTER_ALIVE);
	assert_int_equal(answer_to(s, WIRE_VOTE, true), REFUSAL_MASTER_ALIVE);
	s->puppet[RIVAL].heard[WIRE_VOTE_REPLY].vote_reply.refusal = REFUSAL_NONE;
	rival.n_alive = 1;
	assert_null(master_poll(s, &rival));
	assert_int_equal(told->refusal, REFUSAL_MASTER_ALIVE);
	assert_true(told->master == s->puppet[0].trust.id);
	assert_int_equal(told->n_alive, m.n_alive);
}

/* In the moment without a master too: who has the group's time lets nobody begin another. */
static void a_twin_without_a_time_hears_that_we_have_one(void **state)
{
	struct stage *s = *state;
	struct master m = master_begin(s, 0);

	master_lead(s, &m, 8, &(struct master_word){.error_ns = NS_PER_MS});
	for (unsigned k = 0; k < 4; k++) {
		s->puppet[k].grants = false;
	}
	rival_has_a_twin(s);
	for (unsigned k = 0; stage_status(s).role != ROLE_CANDIDATE; k++) {
		stage_wait(s, 10 * NS_PER_MS);
		assert_true(k < 1000);
	}
	assert_int_equal(answer_to(s, WIRE_PREVOTE, false), REFUSAL_UNSETTLED);
	assert_int_equal(answer_to(s, WIRE_PREVOTE, true), -1);
}

/* The node follows puppet 0 in a group of one founding, which is gone; the rival, which is two
 * hosts, leads one of @era, in a @later term than the node's or not.  True: the node had a bound, and has it still. */
static bool keeps_its_bound(struct stage *s, uint64_t era, bool later)
{
	struct master m = master_begin(s, 0);

	m.era = 1;
	master_lead(s, &m, 8, &(struct master_word){.error_ns = NS_PER_MS});
	assert_true(stage_status(s).bound_ns < 100 * NS_PER_MS);
	rival_has_a_twin(s);
	stage_wait(s, 10 * NS_PER_S); /* its lease is over */
	struct master rival = master_begin(s, RIVAL);

	uint64_t term = stage_status(s).term;

	rival.term = later ? term_above(s, term) : term_below(s, term);
	rival.era = era;
	rival.n_table = rival.n_alive = 2 * ALIVE;
	assert_null(master_poll(s, &rival));
	assert_int_not_equal(stage_status(s).master, s->puppet[RIVAL].trust.id);
	return stage_status(s).has_line;
}

/* Seed 86795 of berksim boots: it went on with the bound of a group that was no more, until it
 * followed the twin half a minute later. */
static void a_twin_of_another_founding_takes_the_bound_of_who_never_leads(void **state)
{
	struct stage *s = *state;

	stage_close(s);
	open_with(s, 0);
	assert_false(keeps_its_bound(s, 2, true));
}

static void a_twin_of_our_founding_takes_nothing(void **state)
{
	struct stage *s = *state;

	stage_close(s);
	open_with(s, 0);
	assert_true(keeps_its_bound(s, 1, true));
}

static void a_twin_with_a_larger_side_of_another_founding_ends_our_side(void **state)
{
	struct stage *s = *state;

	assert_false(keeps_its_bound(s, 2, false));
	assert_int_equal(stage_status(s).role, ROLE_NONE);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* Their goodbyes were lost: the master alone says that they left, and a liar that they follow it. */
static void hosts_that_were_shut_down_are_on_no_side(void **state)
{
	static struct stage s;
	const struct node_config c = node_config_default();
	const struct master_word word = {.error_ns = NS_PER_MS, .sd_ns = 100};

	(void)state;
	stage_open(&s, &c, 5, 8);
	stage_meet_all(&s);
	struct master m = master_begin(&s, 0), liar = m;

	master_lead(&s, &m, 6, &word);
	for (unsigned k = 2; k < 5; k++) {
		struct wire_msg r = {.type = WIRE_ROSTER, .term = m.term};

		s.puppet[k].is_silent = true;
		r.roster = (struct wire_roster){.total = 6, .first = (uint16_t)k, .n = 1};
		r.roster.entry[0] = (struct wire_roster_entry){.id = s.puppet[k].trust.id,
							       .state = MEMBER_LEFT,
							       .name = "off",
							       .closure_ns = CLOSURE_UNKNOWN};
		stage_say(&s, 0, &r);
	}
	m.n_table = m.n_alive = 3;
	master_lead(&s, &m, 10, &word);
	liar.k = 1;
	liar.term = term_next(m.term, s.puppet[1].trust.id);
	liar.n_alive = liar.n_table = 4;
	s.puppet[1].word.master = s.puppet[1].trust.id;
	for (unsigned i = 0; i < 4; i++) {
		(void)master_poll(&s, &m);
		(void)master_poll(&s, &liar);
		stage_wait(&s, NS_PER_S / 2);
	}
	assert_true(stage_status(&s).master == s.puppet[0].trust.id);
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(of_two_equal_sides_the_later_term_stays),
		T(the_larger_side_stays_whatever_its_term),
		T(a_later_term_of_a_majority_stays_against_a_larger_count),
		T(of_another_founding_the_larger_count_stays),
		T(a_master_is_not_left_for_followers_who_deny_it),
		T(made_up_hosts_are_on_no_side),
		T(a_rival_that_is_refused_hears_of_our_followers),
		T(a_rival_hears_of_our_followers_once_a_heartbeat),
		T(who_is_silent_is_not_counted_for_us),
		T(a_question_is_not_void_before_the_time_to_answer_is_over),
		T(a_member_does_not_leave_its_master_for_a_claim),
		T(a_member_leaves_its_master_for_whom_the_others_follow),
		T(others_have_the_time_to_answer),
		T(who_stays_with_the_lower_term_takes_one_above_both),
		T(a_master_goes_above_a_higher_term_of_nobody_who_leads),
		T(a_master_yields_to_the_better_side_that_a_refusal_names),
		T(the_word_of_one_ends_no_master_that_most_follow),
		T(who_leads_nobody_yields_to_the_side_that_a_refusal_names),
		T(who_yielded_and_is_not_polled_stands_again),
		T(a_refusal_of_an_earlier_term_raises_nothing),
		T(a_raised_term_keeps_what_was_unconfirmed),
		T(a_raised_term_accuses_nobody),
		T(a_twin_hears_of_the_master_that_we_have),
		T(a_twin_without_a_time_hears_that_we_have_one),
		T(a_twin_of_another_founding_takes_the_bound_of_who_never_leads),
		T(a_twin_of_our_founding_takes_nothing),
		T(a_twin_with_a_larger_side_of_another_founding_ends_our_side),
		cmocka_unit_test(hosts_that_were_shut_down_are_on_no_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
