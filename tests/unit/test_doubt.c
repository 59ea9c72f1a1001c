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
	unsigned n_doubted;
};

static void note_effect(struct stage *s, const struct effect *e)
{
	struct scene *t = (struct scene *)s;

	t->n_doubted += e->type == FX_NOTICE && e->notice.kind == NOTICE_MASTER_DOUBTED;
}

/* The node is a settled member of four; puppet 0 leads, and puppet 1 is the deputy. */
static int setup(void **state)
{
	static struct scene t;
	const struct node_config c = node_config_default();

	t = (struct scene){.s.effect = note_effect};
	stage_open(&t.s, &c, 3, 2 * STAGE_PUPPETS_MAX);
	stage_meet_all(&t.s);
	t.m = master_begin(&t.s, 0);
	t.m.succession[0] = t.s.puppet[DEPUTY].trust.id;
	t.m.n_succession = 1;
	master_lead(&t.s, &t.m, 30, &(struct master_word){.error_ns = ERROR_NS, .sd_ns = 100});
	assert_true(stage_status(&t.s).settled);
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

static void who_was_left_corrects_nobody(void **state)
{
	struct scene *t = *state;
	const uint64_t taken = stage_status(&t->s).n_corrections;

	assert_non_null(master_poll(&t->s, &t->m));
	peer_find(t->s.node, t->s.puppet[0].trust.id)->distrusted = MONO_NEVER;
	master_correct(&t->s, &t->m, &(struct master_word){.error_ns = ERROR_NS, .sd_ns = 100});
	assert_int_equal(stage_status(&t->s).n_corrections, taken);
}

static void a_candidate_takes_no_correction(void **state)
{
	struct scene *t = *state;
	const uint64_t taken = stage_status(&t->s).n_corrections;

	for (unsigned k = 0; k < 3; k++) {
		t->s.puppet[k].grants = false;
	}
	assert_non_null(master_poll(&t->s, &t->m));
	master_hand_over(&t->s, &t->m);
	assert_int_equal(stage_status(&t->s).role, ROLE_CANDIDATE);
	master_correct(&t->s, &t->m, &(struct master_word){.error_ns = ERROR_NS, .sd_ns = 100});
	assert_int_equal(stage_status(&t->s).n_corrections, taken);
}

/* What a liar had said before all left it, or it died, is no word against whoever leads next. */
static void the_next_master_is_believed(void **state)
{
	struct scene *t = *state;

	others_doubt(t, 2);
	lie(t, 4, ERROR_NS);
	assert_int_equal(t->n_doubted, 1);
	t->m = master_begin(&t->s, 2);
	lie(t, 6, ERROR_NS);
	assert_int_equal(t->n_doubted, 1);
	assert_int_equal(asked(t).master, t->s.puppet[2].trust.id);
	assert_true(moved_ns(t) > MOVE_NS / 2);
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

/* Our own RAW may have jumped unseen: that is what it is when nobody else is contradicted. */
static void a_move_that_nobody_else_doubts_is_taken(void **state)
{
	struct scene *t = *state;

	lie(t, 2, ERROR_NS);
	assert_in_range(moved_ns(t), 0, NS_PER_MS);	     /* others are asked first, */
	assert_true(stage_status(&t->s).bound_ns > MOVE_NS); /* and it may be right */
	lie(t, 2, ERROR_NS);
	assert_true(moved_ns(t) > MOVE_NS / 2);
	assert_true(follows(t));
	assert_int_equal(t->n_doubted, 0);
	uint64_t refused = stage_status(&t->s).n_refused;

	lie(t, 3, ERROR_NS); /* then it takes all that follow, without a wait */
	assert_int_equal(stage_status(&t->s).n_refused, refused);
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

/* The deputy has measured us: our clock is where group time was, and @off_ns. */
static void deputy_says(struct scene *t, int64_t off_ns)
{
	struct wire_testimony *w = &t->s.puppet[DEPUTY].word;
	const struct clock_pair p = stage_pair(&t->s);

	w->raw = p.raw;
	w->time = wall_add(line_at(&t->s.node->steering.line, p.raw), off_ns);
	w->error_ns = 100 * NS_PER_MS;
}

static void a_master_that_moves_us_alone_is_left_when_the_deputy_says_so(void **state)
{
	struct scene *t = *state;

	deputy_says(t, 0);
	lie(t, 4, ERROR_NS);
	assert_false(follows(t));
	assert_int_equal(t->n_doubted, 1);
	assert_in_range(moved_ns(t), 0, NS_PER_MS);
}

static void it_is_believed_when_the_deputy_agrees_with_it(void **state)
{
	struct scene *t = *state;

	deputy_says(t, MOVE_NS);
	lie(t, 6, ERROR_NS);
	assert_true(follows(t));
}

static void it_is_believed_when_the_deputy_contradicts_us_both(void **state)
{
	struct scene *t = *state;

	deputy_says(t, -MOVE_NS);
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
		T(who_was_left_corrects_nobody),
		T(a_candidate_takes_no_correction),
		T(the_next_master_is_believed),
		T(who_was_left_gets_no_vote),
		T(a_move_that_nobody_else_doubts_is_taken),
		T(one_that_doubts_too_is_not_most),
		T(whoever_follows_another_is_not_counted),
		T(a_line_of_a_large_error_is_taken_at_once),
		T(a_master_that_moves_us_alone_is_left_when_the_deputy_says_so),
		T(it_is_believed_when_the_deputy_agrees_with_it),
		T(it_is_believed_when_the_deputy_contradicts_us_both),
		T(we_say_whom_we_follow_and_what_we_doubt),
		cmocka_unit_test(a_deputy_says_where_a_clock_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
