/* test_doubt.c - a master's word against its word before, and against that of others: T1, T2 and
 * whoever sends one host astray. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berk/term.h"
#include "core/node/deputy.h"
#include "core/node/table.h"
#include "core/node/timeline.h"
#include "tests/world/master.h"
#include "tests/world/node.h"
#include "tests/world/quiet.h"

#define DEPUTY	 1U
#define MOVE_NS	 (400 * NS_PER_MS) /* below max_correction */
#define ERROR_NS (10 * NS_PER_US)

struct scene {
	struct stage s; /* first: the stage's callback gets this */
	struct master m;
	unsigned n_doubted, n_cleared, n_own_fault, n_unanswered;
};

static void note_effect(struct stage *s, const struct effect *e)
{
	struct scene *t = (struct scene *)s;

	t->n_doubted += e->type == FX_NOTICE && e->notice.kind == NOTICE_MASTER_DOUBTED;
	t->n_cleared += e->type == FX_NOTICE && e->notice.kind == NOTICE_MASTER_CLEARED;
	t->n_own_fault += e->type == FX_NOTICE && e->notice.kind == NOTICE_CLOCK_AT_FAULT;
	t->n_unanswered += e->type == FX_NOTICE && e->notice.kind == NOTICE_DOUBT_UNANSWERED;
}

/* The node is a settled member; puppet 0 of @n_puppets leads, and the second one is the deputy. */
static void begin(struct scene *t, unsigned n_puppets)
{
	const struct node_config c = node_config_default();

	*t = (struct scene){.s.effect = note_effect};
	stage_open(&t->s, &c, n_puppets, 2 * STAGE_PUPPETS_MAX);
	stage_meet_all(&t->s);
	t->m = master_begin(&t->s, 0);
	if (n_puppets > DEPUTY) {
		t->m.succession[0] = t->s.puppet[DEPUTY].trust.id;
		t->m.n_succession = 1;
	}
	master_lead(&t->s, &t->m, 30, &(struct master_word){.error_ns = ERROR_NS, .sd_ns = 100});
	assert_true(stage_status(&t->s).settled);
}

static int setup(void **state)
{
	static struct scene t;

	begin(&t, 3);
	*state = &t;
	return 0;
}

static int teardown(void **state)
{
	stage_close(*state);
	return 0;
}

/* How far group time is from where it was at the end of setup(). */
static int64_t moved_ns(const struct scene *t)
{
	const struct node *n = t->s.node;

	return ns_abs(line_remainder_ns(n, n->step.pair));
}

static struct wire_testimony asked(struct scene *t)
{
	const struct wire_msg m = {.type = WIRE_WITNESS, .term = t->m.term};

	stage_say(&t->s, 2, &m);
	return t->s.puppet[2].heard[WIRE_TESTIMONY].testimony;
}

static bool follows(struct scene *t)
{
	return asked(t).master == t->s.puppet[0].trust.id;
}

static void lie(struct scene *t, unsigned n_polls, int64_t error_ns)
{
	master_lead(&t->s, &t->m, n_polls,
		    &(struct master_word){.offset_ns = MOVE_NS,
					  .error_ns = error_ns,
					  .sd_ns = 100});
}

static void others_doubt(struct scene *t, unsigned n)
{
	for (unsigned k = 1; k <= n; k++) {
		t->s.puppet[k].word.doubts = true;
		t->s.puppet[k].grants = false;
	}
}

/* T1: it moved all at once. */
static void a_master_that_moves_all_is_left_and_named(void **state)
{
	struct scene *t = *state;

	others_doubt(t, 2);
	lie(t, 4, ERROR_NS);
	assert_false(follows(t));
	assert_int_equal(t->n_doubted, 1);
	assert_in_range(moved_ns(t), 0, NS_PER_MS);
	assert_null(master_poll(&t->s, &t->m)); /* not for 20 s, ... */
	stage_wait(&t->s, 10 * NS_PER_S);
	t->m.term = term_next(stage_status(&t->s).term, t->s.puppet[0].trust.id);
	assert_null(master_poll(&t->s, &t->m)); /* ... not even under a new term */
}

/* How long it is until the node follows puppet 0 again, which claims to lead in term after term. */
static int64_t away_s(struct scene *t)
{
	for (int64_t s = 1; s < 1000; s++) {
		stage_wait(&t->s, NS_PER_S);
		t->m.term = term_next(stage_status(&t->s).term, t->s.puppet[0].trust.id);
		if (master_poll(&t->s, &t->m)) {
			return s;
		}
	}
	return -1;
}

static int64_t away_after_lies_s(struct scene *t)
{
	const unsigned n_doubted = t->n_doubted;

	others_doubt(t, 2);
	for (unsigned k = 0; k < 20 && t->n_doubted == n_doubted; k++) {
		lie(t, 1, ERROR_NS);
	}
	assert_int_equal(t->n_doubted, n_doubted + 1);
	return away_s(t);
}

static void whoever_is_left_again_is_left_for_longer(void **state)
{
	struct scene *t = *state;

	for (int64_t s = 20; s <= 320; s *= 2) {
		assert_in_range(away_after_lies_s(t), s - 2, s + 2);
	}
	assert_in_range(away_after_lies_s(t), 318, 322);
	stage_wait(&t->s, 600 * NS_PER_S);
	assert_in_range(away_s(t), 1, 2);
	master_lead(&t->s, &t->m, 30, &(struct master_word){.error_ns = ERROR_NS, .sd_ns = 100});
	assert_in_range(away_after_lies_s(t), 18, 22);
}

/* What a liar had said before all left it, or it died, is no word against whoever leads next. */
static void the_next_master_is_believed(void **state)
{
	struct scene *t = *state;

	others_doubt(t, 2);
	lie(t, 4, ERROR_NS);
	assert_int_equal(t->n_doubted, 1);
	t->m = master_begin(&t->s, 2);
	lie(t, 1, ERROR_NS);
	assert_true(moved_ns(t) > MOVE_NS / 2);
	lie(t, 5, ERROR_NS);
	assert_int_equal(t->n_doubted, 1);
	assert_int_equal(asked(t).master, t->s.puppet[2].trust.id);
}

/* Two say the same against what one had said before: that was the liar.  It is as if the first of
 * them had never been left. */
static void whom_the_next_master_bears_out_may_lead_at_once(void **state)
{
	struct scene *t = *state;

	others_doubt(t, 2);
	lie(t, 4, ERROR_NS);
	assert_int_equal(t->n_doubted, 1);
	t->m = master_begin(&t->s, 2);
	lie(t, 1, ERROR_NS);
	master_lead(&t->s, &t->m, 5, &(struct master_word){.error_ns = ERROR_NS, .sd_ns = 100});
	assert_int_equal(t->n_cleared, 1);
	assert_int_equal(t->s.node->steering.doubt.accused.id, 0); /* once */
	stage_wait(&t->s, 1500 * NS_PER_MS);
	t->m = master_begin(&t->s, 0);
	assert_non_null(master_poll(&t->s, &t->m));
	assert_in_range(away_after_lies_s(t), 18, 22); /* and not twice as long */
}

/* A liar is none the better for an honest master after it, nor for one that knows little, or that
 * says a third thing. */
static void who_lied_is_not_cleared_by_any_next_master(void **state)
{
	const struct master_word words[] = {
		{.error_ns = ERROR_NS, .sd_ns = 100},
		{.error_ns = 2 * MOVE_NS, .sd_ns = 100},
		{.offset_ns = -MOVE_NS, .error_ns = ERROR_NS, .sd_ns = 100},
	};

	for (unsigned k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
		struct scene *t = *state;

		others_doubt(t, 2);
		lie(t, 4, ERROR_NS);
		assert_int_equal(t->n_doubted, 1);
		t->m = master_begin(&t->s, 2);
		assert_int_equal(t->s.node->steering.doubt.accused.id, t->s.puppet[0].trust.id);
		master_lead(&t->s, &t->m, 1, &words[k]);
		assert_int_equal(asked(t).master, t->s.puppet[2].trust.id);
		assert_int_equal(t->s.node->steering.doubt.accused.id, 0); /* its line was taken */
		assert_int_equal(t->n_cleared, 0);
		teardown(state);
		setup(state);
	}
}

static void measures(struct scene *t, unsigned k, int64_t off_ns)
{
	struct wire_testimony *w = &t->s.puppet[k].word;
	const struct clock_pair p = stage_pair(&t->s);

	w->raw = p.raw;
	w->time = wall_add(line_at(&t->s.node->steering.line, p.raw), off_ns);
	w->error_ns = 100 * NS_PER_MS;
}

/* It polls alone for longer than a doubt lasts. */
static void correct_nobody(struct scene *t, unsigned n_polls)
{
	for (unsigned k = 0; k < n_polls; k++) {
		(void)master_poll(&t->s, &t->m);
		stage_wait(&t->s, NS_PER_S);
	}
}

static void a_master_that_waits_for_doubt_to_pass_is_left(void **state)
{
	struct scene *t = *state;

	others_doubt(t, 2);
	for (unsigned i = 0; i < 3; i++) {
		lie(t, 1, ERROR_NS);
		correct_nobody(t, 8);
		assert_in_range(moved_ns(t), 0, NS_PER_MS);
		assert_true(i == 2 || asked(t).doubts); /* or others would not hear of it */
	}
	assert_int_equal(t->n_doubted, 1);
	assert_false(follows(t));
}

/* The deputy has measured where we are. */
static void so_is_one_that_moves_us_alone_and_waits(void **state)
{
	struct scene *t = *state;

	for (unsigned i = 0; i < 3; i++) {
		measures(t, DEPUTY, 0);
		lie(t, 1, ERROR_NS);
		correct_nobody(t, 8);
		assert_in_range(moved_ns(t), 0, NS_PER_MS);
	}
	assert_int_equal(t->n_doubted, 1);
}

/* The answer comes at the end of the six heartbeats: it is our own clock. */
static void a_clock_at_fault_is_found_late(void **state)
{
	struct scene *t = *state;

	measures(t, 2, MOVE_NS);
	lie(t, 1, ERROR_NS);
	correct_nobody(t, 4);
	lie(t, 1, ERROR_NS);
	assert_in_range(moved_ns(t), 0, NS_PER_MS);
	lie(t, 1, ERROR_NS);
	assert_true(moved_ns(t) > MOVE_NS / 2);
	assert_int_equal(t->n_own_fault, 1);
	assert_int_equal(t->n_unanswered, 0);
}

/* A term far above all has others asked: a correction that comes before their answers is refused as
 * those before it. */
static void nor_does_it_help_a_master_to_have_others_asked(void **state)
{
	struct scene *t = *state;
	const struct wire_msg far = {.type = WIRE_PREVOTE,
				     .term = t->m.term,
				     .vote = {.new_term = t->m.term + (UINT64_C(1) << 60)}};

	lie(t, 1, ERROR_NS);
	for (unsigned i = 0; i < 3; i++) {
		correct_nobody(t, 8);
		for (unsigned k = 1; k < t->s.n_puppets; k++) {
			t->s.puppet[k].is_silent = true;
		}
		stage_say(&t->s, 2, &far);
		lie(t, 1, ERROR_NS);
		assert_in_range(moved_ns(t), 0, NS_PER_MS);
	}
	assert_int_equal(t->n_unanswered, 0);
}

/* Nor is it voted for. */
static void who_was_left_gets_no_vote(void **state)
{
	struct scene *t = *state;
	struct wire_msg ask = {.type = WIRE_VOTE, .term = t->m.term};

	others_doubt(t, 2);
	lie(t, 4, ERROR_NS);
	stage_wait(&t->s, 3 * NS_PER_S);
	ask.vote.new_term = term_next(stage_status(&t->s).term, t->s.puppet[0].trust.id);
	ask.vote.settled = true;
	ask.vote.priority = 100;
	stage_say(&t->s, 0, &ask);
	assert_int_equal(t->s.puppet[0].heard[WIRE_VOTE_REPLY].vote_reply.refusal,
			 REFUSAL_NOT_ALLOWED);
}

/* Neither silence nor the word that others are well denies it: it lasts six heartbeats, ... */
static void doubt_that_nobody_denies_lasts_six_heartbeats(void **state)
{
	struct scene *t = *state;

	lie(t, 6, ERROR_NS);
	assert_in_range(moved_ns(t), 0, NS_PER_MS);
	assert_true(stage_status(&t->s).bound_ns > MOVE_NS); /* it may be right */
	assert_int_equal(stage_status(&t->s).refusal, CORRECT_DOUBTED);
	assert_int_equal(t->s.puppet[0].heard[WIRE_REPLY].reply.refusal, CORRECT_DOUBTED);
	assert_int_not_equal(stage_status(&t->s).lack, LACK_CONSENT);
	assert_int_equal(t->n_unanswered, 0);
	lie(t, 2, ERROR_NS); /* ... for our own RAW may have jumped unseen, and is told */
	assert_int_equal(t->n_unanswered, 1);
	assert_true(moved_ns(t) > MOVE_NS / 2);
	assert_true(follows(t));
	assert_int_equal(t->n_doubted, 0);
	assert_int_equal(t->n_own_fault, 0);
}

static void silence_denies_nothing(void **state)
{
	struct scene *t = *state;

	for (unsigned k = 0; k < t->s.n_puppets; k++) {
		t->s.puppet[k].is_silent = true;
	}
	lie(t, 6, ERROR_NS);
	assert_in_range(moved_ns(t), 0, NS_PER_MS);
	lie(t, 2, ERROR_NS);
	assert_true(moved_ns(t) > MOVE_NS / 2);
}

/* A word of before is no word on what all have been told since. */
static void others_are_asked_anew(void **state)
{
	struct scene *t = *state;
	const struct wire_msg far = {.type = WIRE_PREVOTE,
				     .term = t->m.term,
				     .vote = {.new_term = t->m.term + (UINT64_C(1) << 60)}};

	t->s.puppet[1].n_heard[WIRE_WITNESS] = 0;
	others_doubt(t, 2);
	lie(t, 2, ERROR_NS);
	assert_int_equal(t->s.puppet[1].n_heard[WIRE_WITNESS], 0);
	stage_say(&t->s, 2, &far); /* whereupon they are asked */
	assert_int_equal(t->s.puppet[1].n_heard[WIRE_WITNESS], 1);
	t->s.puppet[1].word.doubts = t->s.puppet[2].word.doubts = false;
	lie(t, 2, ERROR_NS);
	assert_true(t->s.puppet[1].n_heard[WIRE_WITNESS] > 1);
	assert_int_equal(t->n_doubted, 0);
}

/* Else it would say first that it knows little, and then anything. */
static void a_line_of_a_large_error_makes_none_before_it_void(void **state)
{
	struct scene *t = *state;

	others_doubt(t, 2);
	lie(t, 1, 2 * MOVE_NS);
	assert_int_equal(stage_status(&t->s).refusal, CORRECT_OK);
	lie(t, 4, ERROR_NS);
	assert_int_equal(t->n_doubted, 1);
	assert_false(follows(t));
}

/* The others doubt the one before. */
static void another_master_is_not_doubted_for_the_one_before(void **state)
{
	struct scene *t = *state;

	others_doubt(t, 2);
	t->s.puppet[0].word.doubts = true;
	lie(t, 2, ERROR_NS);
	stage_wait(&t->s, 1500 * NS_PER_MS); /* its lease is over */
	t->m = master_begin(&t->s, 2);
	master_lead(&t->s, &t->m, 6, &(struct master_word){.error_ns = ERROR_NS, .sd_ns = 100});
	assert_int_equal(t->n_doubted, 0);
	assert_int_equal(asked(t).master, t->s.puppet[2].trust.id);
}

/* What it says first is held against what the one before said. */
static void another_master_may_not_move_us_either(void **state)
{
	struct scene *t = *state;

	stage_wait(&t->s, 1500 * NS_PER_MS);
	t->m = master_begin(&t->s, 2);
	lie(t, 4, ERROR_NS);
	assert_in_range(moved_ns(t), 0, NS_PER_MS);
}

/* It could say that its group is another one now, in this term or in the next. */
static void another_founding_takes_nothing_back(void **state)
{
	for (unsigned i = 0; i < 2; i++) {
		struct scene *t = *state;

		t->m.era = t->m.term;
		master_lead(&t->s, &t->m, 1,
			    &(struct master_word){.error_ns = ERROR_NS, .sd_ns = 100});
		t->m.era += 7;
		t->m.term = i ? term_next(t->m.term, t->s.puppet[0].trust.id) : t->m.term;
		others_doubt(t, 2);
		lie(t, 4, ERROR_NS);
		assert_false(follows(t));
		assert_int_equal(t->n_doubted, 1);
		teardown(state);
		setup(state);
	}
}

/* It could say that it knows its line worse and worse, and then come with another one. */
static void a_line_that_grows_fast_is_not_void_soon(void **state)
{
	struct scene *t = *state;
	struct master_word word = {.error_ns = 0, .sd_ns = 100};

	(void)master_poll(&t->s, &t->m);
	struct wire_msg m = {.type = WIRE_CORRECT, .term = t->m.term};
	const struct wire_reply *r = &t->s.puppet[0].heard[WIRE_REPLY].reply;

	m.correct = (struct wire_correct){.round = t->m.round,
					  .seq = r->stamps.seq,
					  .clock_epoch = r->clock_epoch,
					  .sd_ns = word.sd_ns,
					  .growth_ppb = 1500000};
	stage_say(&t->s, 0, &m);
	for (unsigned i = 0; i < 300; i++) {
		(void)master_poll(&t->s, &t->m);
		stage_wait(&t->s, NS_PER_S);
	}
	others_doubt(t, 2);
	lie(t, 4, ERROR_NS);
	assert_false(follows(t));
	assert_int_equal(t->n_doubted, 1);
}

static void call_all_gone(struct scene *t)
{
	struct wire_msg gone = {.type = WIRE_ROSTER, .term = t->m.term};

	gone.roster.total = gone.roster.n = 2;
	for (unsigned k = 1; k <= 2; k++) {
		gone.roster.entry[k - 1] =
			(struct wire_roster_entry){.id = t->s.puppet[k].trust.id,
						   .name = "gone",
						   .state = MEMBER_LEFT,
						   .closure_ns = CLOSURE_UNKNOWN};
	}
	stage_say(&t->s, 0, &gone);
	for (unsigned k = 1; k <= 2; k++) {
		assert_true(peer_find(t->s.node, t->s.puppet[k].trust.id)->left);
	}
}

static void who_is_gone_by_its_master_s_word_is_asked(void **state)
{
	struct scene *t = *state;

	call_all_gone(t);
	others_doubt(t, 2);
	lie(t, 4, ERROR_NS);
	assert_int_equal(t->n_unanswered, 0);
	assert_false(follows(t));
}

static void and_has_a_vote(void **state)
{
	struct scene *t = *state;

	call_all_gone(t);
	t->s.puppet[1].grants = t->s.puppet[2].grants = false;
	stage_wait(&t->s, 10 * NS_PER_S);
	assert_true(t->s.puppet[1].n_heard[WIRE_PREVOTE] > 0);
	assert_true(t->s.puppet[2].n_heard[WIRE_PREVOTE] > 0);
}

static void who_has_nobody_to_ask_follows_and_says_so(void **state)
{
	struct scene *t = *state;

	stage_close(&t->s);
	begin(t, 1);
	assert_int_equal(t->n_unanswered, 0);
	lie(t, 1, ERROR_NS);
	assert_int_equal(t->n_unanswered, 1);
	assert_true(moved_ns(t) > MOVE_NS / 2);
}

/* It was of another life of RAW. */
static void who_slept_holds_nothing_against_its_master(void **state)
{
	struct scene *t = *state;
	struct node_event slept = {.type = EV_CLOCK_STEPPED, .stepped.suspend_ns = NS_PER_S};

	stage_event(&t->s, &slept);
	lie(t, 1, 100 * ERROR_NS);
	const uint64_t refused = stage_status(&t->s).n_refused;

	master_lead(&t->s, &t->m, 6,
		    &(struct master_word){.error_ns = 100 * ERROR_NS, .sd_ns = 100});
	assert_int_equal(stage_status(&t->s).n_refused, refused);
	assert_false(asked(t).doubts);
}

/* Whoever is left may go on to speak. */
static void who_was_left_corrects_nobody(void **state)
{
	struct scene *t = *state;

	others_doubt(t, 2);
	lie(t, 4, ERROR_NS);
	const struct node_status before = stage_status(&t->s);

	assert_int_equal(t->n_doubted, 1);
	for (unsigned i = 0; i < 2; i++) {
		t->m.round++;
		master_correct(&t->s, &t->m,
			       &(struct master_word){.offset_ns = i * 10 * MOVE_NS,
						     .error_ns = ERROR_NS,
						     .sd_ns = 100});
	}
	const struct node_status after = stage_status(&t->s);

	assert_int_equal(after.n_corrections, before.n_corrections);
	assert_int_equal(after.n_refused, before.n_refused + 2);
	assert_int_equal(after.refusal, CORRECT_DOUBTED);
	assert_int_equal(after.bound_ns, before.bound_ns);
	assert_int_equal(t->n_doubted, 1);
}

/* A master that is silent for a while, and then speaks to who has stopped to wait for it: an
 * assertion ended the node. */
static void a_candidate_takes_no_correction(void **state)
{
	struct scene *t = *state;

	others_doubt(t, 2);
	t->s.puppet[0].grants = false;
	lie(t, 3, ERROR_NS);
	assert_non_null(master_poll(&t->s, &t->m));
	for (unsigned k = 0; stage_status(&t->s).role != ROLE_CANDIDATE; k++) {
		stage_wait(&t->s, 10 * NS_PER_MS);
		assert_true(k < 1000);
	}
	const struct node_status before = stage_status(&t->s);

	assert_int_equal(before.term, t->m.term);
	master_correct(&t->s, &t->m,
		       &(struct master_word){.offset_ns = MOVE_NS,
					     .error_ns = ERROR_NS,
					     .sd_ns = 100});
	assert_int_equal(stage_status(&t->s).role, ROLE_CANDIDATE);
	assert_int_equal(stage_status(&t->s).n_corrections, before.n_corrections);
	assert_int_equal(stage_status(&t->s).n_refused, before.n_refused + 1);
	assert_int_equal(t->n_doubted, 0);
}

static void one_that_doubts_too_is_not_most(void **state)
{
	struct scene *t = *state;

	others_doubt(t, 1);
	lie(t, 6, ERROR_NS);
	assert_true(follows(t));
}

/* What others say of another master is no word on ours. */
static void whoever_follows_another_is_not_counted(void **state)
{
	struct scene *t = *state;

	others_doubt(t, 2);
	t->s.puppet[1].word.master = t->s.puppet[2].word.master = t->s.puppet[2].trust.id;
	lie(t, 6, ERROR_NS);
	assert_true(follows(t));
}

/* A line that knows little contradicts nothing. */
static void a_line_of_a_large_error_is_taken_at_once(void **state)
{
	struct scene *t = *state;

	lie(t, 1, 2 * MOVE_NS);
	assert_true(moved_ns(t) > MOVE_NS / 2);
}

/* Puppet @k has measured us: our clock is where group time was, and @off_ns. */
static void a_master_that_moves_us_alone_is_left_when_the_deputy_says_so(void **state)
{
	struct scene *t = *state;

	measures(t, DEPUTY, 0);
	lie(t, 4, ERROR_NS);
	assert_false(follows(t));
	assert_int_equal(t->n_doubted, 1);
	assert_in_range(moved_ns(t), 0, NS_PER_MS);
}

/* The master names the deputy, and may name whoever is silent. */
static void or_when_another_says_so(void **state)
{
	struct scene *t = *state;

	t->s.puppet[DEPUTY].is_silent = true;
	measures(t, 2, 0);
	lie(t, 4, ERROR_NS);
	assert_int_equal(t->n_doubted, 1);
}

static void of_two_that_say_otherwise_neither_makes_us_leave_it(void **state)
{
	struct scene *t = *state;

	measures(t, DEPUTY, 0);
	measures(t, 2, MOVE_NS);
	lie(t, 4, ERROR_NS);
	assert_int_equal(t->n_doubted, 0);
}

static void whose_clock_is_measured_where_the_master_says_is_at_fault_itself(void **state)
{
	struct scene *t = *state;

	measures(t, 2, MOVE_NS);
	lie(t, 2, ERROR_NS);
	assert_in_range(moved_ns(t), 0, NS_PER_MS); /* others are asked first, */
	lie(t, 2, ERROR_NS);
	assert_true(moved_ns(t) > MOVE_NS / 2);
	assert_true(follows(t));
	assert_int_equal(t->n_own_fault, 1); /* and people are told once */
	const uint64_t refused = stage_status(&t->s).n_refused;

	lie(t, 3, ERROR_NS); /* then it takes all that follow, without a wait */
	assert_int_equal(stage_status(&t->s).n_refused, refused);
	assert_int_equal(t->n_own_fault, 1);
	assert_int_equal(t->n_doubted, 0);
}

static void it_is_believed_when_the_deputy_contradicts_us_both(void **state)
{
	struct scene *t = *state;

	measures(t, DEPUTY, -MOVE_NS);
	lie(t, 6, ERROR_NS);
	assert_true(follows(t));
}

/* --- What we say ourselves --- */

static void we_say_whom_we_follow_and_what_we_doubt(void **state)
{
	struct scene *t = *state;

	assert_true(follows(t));
	assert_false(asked(t).doubts);
	assert_true(asked(t).error_ns == INT64_MAX); /* we are no deputy */
	lie(t, 1, ERROR_NS);
	assert_true(asked(t).doubts);
	t->s.puppet[1].grants = t->s.puppet[2].grants = false;
	stage_wait(&t->s, 1500 * NS_PER_MS); /* its lease is over */
	assert_int_equal(asked(t).master, 0);
}

/* In a group that runs well: what the deputy would say of a member is true, to what it says. */
static void a_deputy_says_where_a_clock_is(void **state)
{
	struct world *w = quiet_new(4);
	const struct node *deputy = w->host[1].node;

	(void)state;
	quiet_begin_under_0(w, 1200);
	for (unsigned k = 2; k < w->n; k++) {
		const struct node *of = w->host[k].node;
		struct wire_testimony t = {.error_ns = INT64_MAX};

		deputy_tell_clock(deputy, peer_find(deputy, of->self.id), &t);
		assert_true(t.error_ns < 50 * NS_PER_MS);
		assert_in_range(ns_abs(wall_sub(line_at(&of->steering.line, t.raw), t.time)), 0,
				t.error_ns + line_error(&of->steering.line, t.raw));
	}
	quiet_free(w);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_master_that_moves_all_is_left_and_named),
		T(whoever_is_left_again_is_left_for_longer),
		T(the_next_master_is_believed),
		T(whom_the_next_master_bears_out_may_lead_at_once),
		T(who_lied_is_not_cleared_by_any_next_master),
		T(a_master_that_waits_for_doubt_to_pass_is_left),
		T(so_is_one_that_moves_us_alone_and_waits),
		T(a_clock_at_fault_is_found_late),
		T(nor_does_it_help_a_master_to_have_others_asked),
		T(who_was_left_gets_no_vote),
		T(doubt_that_nobody_denies_lasts_six_heartbeats),
		T(silence_denies_nothing),
		T(others_are_asked_anew),
		T(a_line_of_a_large_error_makes_none_before_it_void),
		T(another_master_is_not_doubted_for_the_one_before),
		T(another_master_may_not_move_us_either),
		T(another_founding_takes_nothing_back),
		T(a_line_that_grows_fast_is_not_void_soon),
		T(who_is_gone_by_its_master_s_word_is_asked),
		T(and_has_a_vote),
		T(who_has_nobody_to_ask_follows_and_says_so),
		T(who_slept_holds_nothing_against_its_master),
		T(who_was_left_corrects_nobody),
		T(a_candidate_takes_no_correction),
		T(one_that_doubts_too_is_not_most),
		T(whoever_follows_another_is_not_counted),
		T(a_line_of_a_large_error_is_taken_at_once),
		T(a_master_that_moves_us_alone_is_left_when_the_deputy_says_so),
		T(or_when_another_says_so),
		T(of_two_that_say_otherwise_neither_makes_us_leave_it),
		T(whose_clock_is_measured_where_the_master_says_is_at_fault_itself),
		T(it_is_believed_when_the_deputy_contradicts_us_both),
		T(we_say_whom_we_follow_and_what_we_doubt),
		cmocka_unit_test(a_deputy_says_where_a_clock_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
