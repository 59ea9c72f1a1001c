/* test_chat_log.c - each rule of the log alone: places, origins and their lives, the disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/chat_alone.h"

/* --- Places --- */

static void a_place_is_further_on_by_term_then_by_index(void **state)
{
	struct chat_pos a = {2, 1}, b = {1, 5}, c = {2, 2};

	(void)state;
	assert_true(chat_pos_after(a, b));
	assert_false(chat_pos_after(b, a));
	assert_true(chat_pos_after(c, a));
	assert_false(chat_pos_after(a, a));
}

static void a_cut_tail_leaves_the_place_before_it(void **state)
{
	uint64_t pull = 0;

	(void)state;
	hear_next(10, 2, 1);
	hear_next(10, 2, 2);
	hear_next(11, 2, 3);
	hear_next(11, 2, 4);
	/* The master has another line at 3. */
	assert_int_equal(hear((struct chat_pos){12, 3}, 0, a_line(12, 4, 3, 1), &pull), CHAT_GAP);
	assert_int_equal(pull, 3);
	assert_int_equal(chat.last.index, 2);
	assert_int_equal(chat.last.term, 10);
	assert_false(chat_has(&chat, (struct chat_pos){11, 3}));
}

static void a_line_of_another_term_takes_the_place_and_all_behind_it_goes(void **state)
{
	uint64_t pull;

	(void)state;
	hear_next(10, 2, 1);
	hear_next(11, 2, 2);
	hear_next(11, 2, 3);
	assert_int_equal(hear((struct chat_pos){10, 1}, 0, a_line(12, 2, 3, 1), &pull), CHAT_OK);
	assert_int_equal(chat.last.index, 2);
	assert_int_equal(chat.last.term, 12);
	assert_int_equal(chat_origin_seq(&chat, 2), 1);
	assert_int_equal(chat_origin_seq(&chat, 3), 1);
}

static void a_line_that_is_there_already_changes_nothing(void **state)
{
	uint64_t pull;

	(void)state;
	hear_next(10, 2, 1);
	hear_next(10, 2, 2);
	assert_int_equal(hear((struct chat_pos){0, 0}, 0, a_line(10, 1, 2, 1), &pull), CHAT_OK);
	assert_int_equal(chat.last.index, 2);
}

static void lines_that_are_not_in_a_row_are_a_gap(void **state)
{
	uint64_t pull = 0;

	(void)state;
	hear_next(10, 2, 1);
	assert_int_equal(hear(chat.last, 0, a_line(10, 3, 2, 2), &pull), CHAT_GAP);
	assert_int_equal(pull, 2);
	assert_int_equal(hear((struct chat_pos){10, 5}, 0, a_line(10, 6, 2, 6), &pull), CHAT_GAP);
	assert_int_equal(pull, 2);
	assert_int_equal(chat.last.index, 1);
}

/* --- Stable --- */

static void stable_is_what_we_hold_of_what_the_master_says(void **state)
{
	uint64_t pull;

	(void)state;
	hear_next(10, 2, 1);
	hear_next(10, 2, 2);
	/* Its word is of its own log; only as far as this message joins ours is it ours, too. */
	assert_int_equal(hear((struct chat_pos){0, 0}, 9, a_line(10, 1, 2, 1), &pull), CHAT_OK);
	assert_int_equal(chat.stable, 1);
	assert_false(chat_on_poll(&chat, 2, (struct chat_pos){10, 2}, &pull));
	assert_int_equal(chat.stable, 2);
	assert_false(chat_on_poll(&chat, 1, (struct chat_pos){10, 2}, &pull)); /* never down */
	assert_false(chat_on_poll(&chat, 9, (struct chat_pos){10, 2}, &pull)); /* nor beyond */
	assert_int_equal(chat.stable, 2);
}

static void a_poll_tells_what_to_pull(void **state)
{
	uint64_t pull = 0;

	(void)state;
	assert_false(chat_on_poll(&chat, 0, (struct chat_pos){0, 0}, &pull)); /* an empty log */
	assert_true(chat_on_poll(&chat, 0, (struct chat_pos){10, 3}, &pull));
	assert_int_equal(pull, 1);
	hear_next(10, 2, 1);
	hear_next(10, 2, 2);
	/* The same length under another term: our tail is not the master's. */
	assert_true(chat_on_poll(&chat, 2, (struct chat_pos){11, 2}, &pull));
	assert_int_equal(pull, 2);
	assert_int_equal(chat.stable, 0);
	/* A master with an empty log takes nothing from us, whatever it calls stable. */
	assert_false(chat_on_poll(&chat, 0, (struct chat_pos){0, 0}, &pull));
	assert_int_equal(chat.last.index, 2);
}

static void what_is_cut_is_no_longer_stable(void **state)
{
	uint64_t pull;

	(void)state;
	hear_next(10, 2, 1);
	hear_next(10, 2, 2);
	(void)chat_on_poll(&chat, 2, chat.last, &pull);
	assert_int_equal(chat.stable, 2);
	assert_int_equal(hear((struct chat_pos){10, 1}, 0, a_line(12, 2, 3, 1), &pull), CHAT_OK);
	assert_int_equal(chat.stable, 1);
}

/* Raft, section 5.4.2. */
static void a_line_of_an_earlier_term_is_not_stable_by_its_number_alone(void **state)
{
	(void)state;
	hear_next(10, 2, 1);
	chat_lead(&chat, 12);
	assert_int_equal(post(2, 2), 1);
	chat_follow(&chat);
	hear_next(13, 2, 3);
	chat_set_stable(&chat, 3); /* of term 13, which is not ours */
	assert_int_equal(chat.stable, 0);
	chat_set_stable(&chat, 2);
	assert_int_equal(chat.stable, 2);
	chat_set_stable(&chat, 9); /* beyond the log */
	assert_int_equal(chat.stable, 2);
}

static void a_new_master_proposes_the_tail_under_its_own_term(void **state)
{
	(void)state;
	hear_next(10, 2, 1);
	hear_next(10, 2, 2);
	chat_lead(&chat, 12);
	assert_int_equal(chat.last.term, 12);
	assert_true(chat_has(&chat, (struct chat_pos){12, 1}));
	assert_true(chat_has(&chat, (struct chat_pos){12, 2}));
}

static void a_line_is_given_out_when_it_is_stable(void **state)
{
	struct wire_chat_lines lines;

	(void)state;
	chat_lead(&chat, 10);
	assert_int_equal(post(2, 1), 1);
	assert_null(chat_get(&chat, 1));
	chat_set_stable(&chat, 1);
	assert_non_null(chat_get(&chat, 1));
	assert_null(chat_get(&chat, 0));
	assert_true(chat_lines_from(&chat, 1, &lines));
	assert_int_equal(lines.stable, 1);
}

/* Nobody looked for a while, and the ring went on: what is left is shown in its order. */
static void who_looks_late_is_shown_what_is_left_in_order(void **state)
{
	const struct wire_chat_line *line;
	uint64_t seq = 3 * LOG + 5 - LOG;

	(void)state;
	chat_lead(&chat, 10);
	for (uint64_t i = 1; i <= 3 * LOG + 5; i++) {
		assert_int_equal(post(2, i), 1);
		chat_set_stable(&chat, i);
	}
	while (chat_show(&chat, &line)) {
		seq++;
		assert_int_equal(line->origin_seq, seq);
	}
	assert_int_equal(seq, 3 * LOG + 5);
}

/* --- Origins --- */

static void a_post_is_taken_from_its_origin_alone_and_in_its_order(void **state)
{
	struct wire_chat_post foreign = {.n = 1, .line = {a_line(0, 0, 3, 1)}};

	(void)state;
	assert_int_equal(post(2, 1), 0); /* not yet leading */
	chat_lead(&chat, 10);
	assert_int_equal(chat_on_post(&chat, 2, &foreign), 0);
	assert_int_equal(post(2, 1), 1);
	assert_int_equal(post(2, 1), 0);
	assert_int_equal(post(2, 3), 0);
	assert_int_equal(post(2, 2), 1);
}

static void each_boot_of_a_host_has_its_own_row(void **state)
{
	uint64_t before = UINT64_C(7) << 20, after = UINT64_C(2) << 20;

	(void)state;
	chat_lead(&chat, 10);
	assert_int_equal(post(2, before + 1), 1);
	assert_int_equal(post(2, after + 1), 1);
	assert_int_equal(chat_origin_seq(&chat, 2), after + 1); /* the life heard last */
	assert_int_equal(post(2, before + 2), 1);
	assert_int_equal(chat_origin_seq(&chat, 2), before + 2);
	assert_int_equal(post(2, after + 2), 1);
}

static void a_cut_line_of_one_life_is_not_taken_for_one_of_another(void **state)
{
	uint64_t before = UINT64_C(7) << 20, after = UINT64_C(2) << 20, pull;

	(void)state;
	hear_next(10, 2, before + 1);
	hear_next(10, 2, after + 1);
	assert_int_equal(hear((struct chat_pos){10, 1}, 0, a_line(11, 2, 3, 1), &pull), CHAT_OK);
	assert_int_equal(chat_origin_seq(&chat, 2), before + 1);
	chat_lead(&chat, 12);
	assert_int_equal(post(2, after + 1), 1);
}

static void the_origin_that_was_silent_longest_is_forgotten(void **state)
{
	(void)state;
	chat_lead(&chat, 10);
	for (node_id id = 1; id <= CHAT_ORIGIN_MAX; id++) {
		assert_int_equal(post(100 + id, 1), 1);
		chat_set_stable(&chat, chat.last.index);
	}
	assert_int_equal(post(101, 2), 1); /* the first speaks again */
	chat_set_stable(&chat, chat.last.index);
	assert_int_equal(post(99, 1), 1);
	assert_int_equal(chat_origin_seq(&chat, 101), 2);
	assert_int_equal(chat_origin_seq(&chat, 102), 0);
	assert_int_equal(chat_origin_seq(&chat, 103), 1);
}

static void a_post_says_what_must_be_in_the_log_before_it(void **state)
{
	struct wire_chat_post m = {.after = 6, .n = 1, .line = {a_line(0, 0, 2, 7)}};

	(void)state;
	chat_lead(&chat, 10);
	assert_int_equal(chat_on_post(&chat, 2, &m), 0); /* nothing of it is known */
	m.after = 0;
	assert_int_equal(chat_on_post(&chat, 2, &m), 1); /* it keeps nothing older */
	m.line[0].origin_seq = 9;
	m.after = 8;
	assert_int_equal(chat_on_post(&chat, 2, &m), 0);
	m.after = 7;
	assert_int_equal(chat_on_post(&chat, 2, &m), 1);
	m.line[0].origin_seq = 8;
	assert_int_equal(chat_on_post(&chat, 2, &m), 0);
	/* The ring may keep nothing that was before what is cut: it was there all the same. */
	chat_truncate(&chat, 1);
	assert_int_equal(chat_origin_seq(&chat, 2), 6);
}

/* --- A member far behind --- */

/* Our log begins at 101, as that of a member that was away long. */
static void start_at_101(void)
{
	uint64_t pull;

	hear_next(10, 2, 1);
	/* Term 0 with an index: the master keeps nothing older than this. */
	assert_int_equal(hear((struct chat_pos){0, 100}, 0, a_line(12, 101, 2, 50), &pull),
			 CHAT_OK);
}

static void a_member_far_behind_starts_at_the_oldest_line_kept(void **state)
{
	const struct wire_chat_line *line;
	uint64_t pull;

	(void)state;
	start_at_101();
	assert_int_equal(chat.last.index, 101);
	assert_int_equal(chat.first, 101);
	assert_int_equal(chat.stable, 100);
	assert_int_equal(chat.shown, 100); /* what it missed is not shown, nor is a stale ring */
	assert_false(chat_show(&chat, &line));
	assert_false(chat_on_poll(&chat, 101, chat.last, &pull));
	assert_true(chat_show(&chat, &line));
	assert_int_equal(line->origin_seq, 50);
	/* The word alone, without a line, moves nothing. */
	struct wire_chat_lines m = {.prev = {0, 500}, .stable = 500};

	assert_int_equal(chat_on_lines(&chat, &m, &pull), CHAT_GAP);
	assert_int_equal(chat.last.index, 101);
}

static void lines_before_all_that_is_kept_change_nothing(void **state)
{
	uint64_t pull;

	(void)state;
	start_at_101();
	assert_int_equal(hear((struct chat_pos){12, 98}, 0, a_line(12, 99, 2, 48), &pull), CHAT_OK);
	assert_int_equal(chat.last.index, 101);
	assert_int_equal(chat.first, 101);
}

static void a_master_that_began_anew_is_followed_once_it_has_a_line(void **state)
{
	const struct wire_chat_line *line;
	uint64_t pull;

	(void)state;
	start_at_101();
	(void)chat_on_poll(&chat, 101, chat.last, &pull);
	assert_true(chat_show(&chat, &line));
	assert_false(chat_on_poll(&chat, 0, (struct chat_pos){0, 0}, &pull));
	assert_int_equal(chat.last.index, 101);
	assert_true(chat_on_poll(&chat, 0, (struct chat_pos){13, 1}, &pull));
	assert_int_equal(pull, 1);
	hear_next(13, 3, 1);
	assert_false(chat_on_poll(&chat, 1, (struct chat_pos){13, 1}, &pull));
	assert_true(chat_show(&chat, &line));
	assert_int_equal(line->origin, 3);
	assert_non_null(chat_get(&chat, 1));
}

static void lines_from_before_the_oldest_begin_with_the_oldest(void **state)
{
	struct wire_chat_lines lines;

	(void)state;
	assert_false(chat_lines_from(&chat, 1, &lines));
	chat_lead(&chat, 10);
	for (uint64_t i = 1; i <= LOG + 9; i++) {
		assert_int_equal(post(2, i), 1);
		chat_set_stable(&chat, i);
	}
	assert_true(chat_lines_from(&chat, 1, &lines));
	assert_int_equal(lines.line[0].pos.index, 10);
	assert_int_equal(lines.prev.index, 9);
	assert_int_equal(lines.prev.term, 0);
	assert_true(chat_lines_from(&chat, 20, &lines));
	assert_int_equal(lines.prev.term, 10);
	assert_true(chat_has(&chat, (struct chat_pos){3, 5})); /* before all that we keep */
}

/* --- The log on disk --- */

static void what_changes_is_to_be_saved_once(void **state)
{
	uint64_t from, pull;

	(void)state;
	assert_false(chat_take_unsaved(&chat, &from));
	hear_next(10, 2, 1);
	hear_next(10, 2, 2);
	assert_true(chat_take_unsaved(&chat, &from));
	assert_int_equal(from, 1);
	assert_false(chat_take_unsaved(&chat, &from));
	(void)chat_on_poll(&chat, 1, chat.last, &pull);
	assert_true(chat_take_unsaved(&chat, &from)); /* how far it is stable, and no line */
	assert_true(from == UINT64_MAX);
	chat_lead(&chat, 12); /* the line that is not stable has another term */
	assert_true(chat_take_unsaved(&chat, &from));
	assert_int_equal(from, 2);
	chat_truncate(&chat, 1);
	assert_true(chat_take_unsaved(&chat, &from));
	assert_int_equal(from, 1);
}

static void a_restored_log_goes_on_where_it_was(void **state)
{
	const struct wire_chat_line *line;
	uint64_t pull;

	(void)state;
	for (uint64_t k = 1; k <= LOG + 5; k++) {
		hear_next(10, k == LOG + 2 ? 9 : 2 + (k & 1), k);
	}
	(void)chat_on_poll(&chat, LOG + 3, chat.last, &pull);
	struct chat_pos last = chat.last;

	chat_init(&chat, &(struct chat_rings){ring, own, LOG, OWN}, SELF, BOOT);
	chat_restore(&chat, last, LOG + 3);
	assert_int_equal(chat.first, 6);
	assert_int_equal(chat.last.index, LOG + 5);
	assert_int_equal(chat.last.term, 10);
	assert_null(chat_get(&chat, 5));
	assert_non_null(chat_get(&chat, 6));
	assert_null(chat_get(&chat, LOG + 4));
	assert_false(chat_show(&chat, &line)); /* all that is stable was shown */
	assert_int_equal(chat_origin_seq(&chat, 3), LOG + 5);
	assert_int_equal(chat_origin_seq(&chat, 2), LOG + 4);
	(void)chat_on_poll(&chat, LOG + 5, chat.last, &pull);
	assert_true(chat_show(&chat, &line));
	assert_int_equal(line->pos.index, LOG + 4);
	/* What was shown in the life before is not shown from another place either. */
	assert_true(chat_show(&chat, &line));
	hear_next(11, 9, LOG + 2);
	(void)chat_on_poll(&chat, LOG + 6, chat.last, &pull);
	assert_false(chat_show(&chat, &line));
}

static void a_restored_log_begins_after_the_last_hole(void **state)
{
	(void)state;
	for (uint64_t k = 1; k <= 9; k++) {
		hear_next(10, 2, k);
	}
	chat_entry(&chat, 4)->pos.index = 0; /* it could not be read */
	chat_init(&chat, &(struct chat_rings){ring, own, LOG, OWN}, SELF, BOOT);
	chat_restore(&chat, (struct chat_pos){10, 9}, 20);
	assert_int_equal(chat.first, 5);
	assert_int_equal(chat.stable, 9);
	chat_init(&chat, &(struct chat_rings){ring, own, LOG, OWN}, SELF, BOOT);
	chat_restore(&chat, (struct chat_pos){10, 12}, 12); /* none of the last can be read */
	assert_int_equal(chat.first, 13);
	assert_int_equal(chat.last.index, 12); /* no index is given twice */
	assert_int_equal(chat.last.term, 10);
}

#define T(f) cmocka_unit_test_setup(f, chat_alone_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_place_is_further_on_by_term_then_by_index),
		T(a_cut_tail_leaves_the_place_before_it),
		T(a_line_of_another_term_takes_the_place_and_all_behind_it_goes),
		T(a_line_that_is_there_already_changes_nothing),
		T(lines_that_are_not_in_a_row_are_a_gap),
		T(stable_is_what_we_hold_of_what_the_master_says),
		T(a_poll_tells_what_to_pull),
		T(what_is_cut_is_no_longer_stable),
		T(a_line_of_an_earlier_term_is_not_stable_by_its_number_alone),
		T(a_new_master_proposes_the_tail_under_its_own_term),
		T(a_line_is_given_out_when_it_is_stable),
		T(who_looks_late_is_shown_what_is_left_in_order),
		T(a_post_is_taken_from_its_origin_alone_and_in_its_order),
		T(each_boot_of_a_host_has_its_own_row),
		T(a_cut_line_of_one_life_is_not_taken_for_one_of_another),
		T(the_origin_that_was_silent_longest_is_forgotten),
		T(a_post_says_what_must_be_in_the_log_before_it),
		T(a_member_far_behind_starts_at_the_oldest_line_kept),
		T(lines_before_all_that_is_kept_change_nothing),
		T(a_master_that_began_anew_is_followed_once_it_has_a_line),
		T(lines_from_before_the_oldest_begin_with_the_oldest),
		T(what_changes_is_to_be_saved_once),
		T(a_restored_log_goes_on_where_it_was),
		T(a_restored_log_begins_after_the_last_hole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
