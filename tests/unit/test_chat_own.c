/* test_chat_own.c - own lines in the log alone: each is sent until it is there for good, and
 * never twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/chat_alone.h"

static bool has_to_send(uint64_t seq)
{
	struct wire_chat_post m;

	if (!chat_outbox(&chat, &m)) {
		return false;
	}
	for (unsigned i = 0; i < m.n; i++) {
		if (m.line[i].origin_seq == seq) {
			return true;
		}
	}
	return false;
}

static void an_own_line_is_sent_until_the_master_has_it(void **state)
{
	(void)state;
	type();
	type();
	assert_true(has_to_send(BOOT + 1));
	chat_acked(&chat, BOOT + 1);
	assert_false(has_to_send(BOOT + 1));
	assert_true(has_to_send(BOOT + 2));
	hear_next(10, SELF, BOOT + 1); /* late: the word that it has more stands */
	chat_acked(&chat, BOOT + 2);
	assert_false(has_to_send(BOOT + 2));
}

static void an_own_line_in_the_log_needs_no_word_of_the_master(void **state)
{
	(void)state;
	type();
	type();
	hear_next(10, SELF, BOOT + 1);
	assert_false(has_to_send(BOOT + 1));
	chat_alone_setup(NULL);
	type();
	type();
	chat_acked(&chat, BOOT + 2);
	hear_next(10, SELF, BOOT + 1);
	assert_false(has_to_send(BOOT + 2));
}

static void lines_of_an_earlier_life_hold_up_no_new_ones(void **state)
{
	uint64_t before = UINT64_C(9) << 20;

	(void)state;
	hear_next(10, SELF, before + 7);
	chat_raise_stable(&chat, 1);
	chat_make_firm(&chat, 1);
	type();
	assert_true(has_to_send(BOOT + 1));
	assert_int_equal(chat_own_next(&chat), BOOT + 1);
	chat_acked(&chat, before + 7);
	assert_true(has_to_send(BOOT + 1));
}

static void an_own_line_that_was_cut_is_sent_again(void **state)
{
	uint64_t pull;

	(void)state;
	type();
	hear_next(10, 2, 1);
	hear_next(10, SELF, BOOT + 1);
	assert_false(has_to_send(BOOT + 1));
	assert_int_equal(hear((struct chat_pos){10, 1}, 0, a_line(11, 2, 3, 1), &pull), CHAT_OK);
	assert_true(has_to_send(BOOT + 1));
}

/* Own lines until there is no place for one more. */
static unsigned type_all(void)
{
	unsigned n = 0;

	while (chat_type(&chat, "x", 1, "h", 1) == CHAT_OK) {
		n++;
		assert_true(n <= OWN);
	}
	return n;
}

/* The log of a member of an island ends with @n own lines, after one of host 2. */
static void hear_own(unsigned n)
{
	uint64_t pull;

	hear_next(10, 2, 1);
	(void)chat_on_poll(&chat, 1, chat.last, &pull);
	chat_make_firm(&chat, UINT64_MAX);
	for (unsigned k = 1; k <= n; k++) {
		hear_next(10, SELF, BOOT + k);
	}
	(void)chat_on_poll(&chat, n + 1, chat.last, &pull);
	assert_int_equal(chat.stable, n + 1);
}

static void own_lines_give_way_to_new_ones_when_they_are_firm(void **state)
{
	(void)state;
	assert_int_equal(type_all(), OWN);
	hear_own(5);
	assert_int_equal(type_all(), 0); /* stable, but in an island */
	chat_make_firm(&chat, UINT64_MAX);
	assert_int_equal(type_all(), 5);
	chat_make_firm(&chat, UINT64_MAX); /* nothing new is stable */
	assert_int_equal(type_all(), 0);
	chat_alone_setup(NULL);
	assert_int_equal(type_all(), OWN);
	hear_own(5);
	chat_make_firm(&chat, 3); /* the master has no more of it */
	assert_int_equal(type_all(), 2);
}

/* All that an island showed is cut when the other side's log wins. */
static void what_was_stable_in_an_island_is_sent_again(void **state)
{
	struct wire_chat_post m;
	uint64_t pull;

	(void)state;
	type();
	type();
	type();
	hear_own(3);
	assert_false(chat_has_to_send(&chat));
	assert_int_equal(hear((struct chat_pos){10, 1}, 0, a_line(11, 2, 3, 1), &pull), CHAT_OK);
	assert_int_equal(chat.firm, 1);
	assert_true(chat_outbox(&chat, &m));
	assert_int_equal(m.line[0].origin_seq, BOOT + 1);
	assert_int_equal(m.line[1].origin_seq, BOOT + 2);
	assert_int_equal(m.after, 0);
	chat_acked(&chat, BOOT + 2);
	assert_true(chat_outbox(&chat, &m));
	assert_int_equal(m.n, 1);
	assert_int_equal(m.after, BOOT + 2);
}

/* So does a master whose log was cut: it proposes them itself. */
static void a_master_says_its_cut_lines_again_itself(void **state)
{
	uint64_t pull;

	(void)state;
	type();
	type();
	hear_own(2);
	chat_make_firm(&chat, UINT64_MAX); /* a majority had them, and yet they lose */
	assert_int_equal(hear((struct chat_pos){10, 1}, 0, a_line(11, 2, 3, 1), &pull), CHAT_OK);
	assert_int_equal(chat.firm, 1);
	chat_lead(&chat, 12);
	assert_int_equal(chat.last.index, 4);
	assert_int_equal(chat_entry(&chat, 3)->origin_seq, BOOT + 1);
	assert_int_equal(chat_entry(&chat, 4)->origin_seq, BOOT + 2);
}

/* The master came later than our firm lines, and they are older than all that it was given. */
static void firm_lines_that_the_master_forgot_are_not_sent_again(void **state)
{
	struct wire_chat_post m;
	uint64_t pull;

	(void)state;
	type();
	type();
	hear_own(2);
	chat_make_firm(&chat, UINT64_MAX);
	type();
	chat_acked(&chat, 0);
	(void)chat_on_poll(&chat, 3, chat.last, &pull);
	assert_true(chat_outbox(&chat, &m));
	assert_int_equal(m.n, 1);
	assert_int_equal(m.line[0].origin_seq, BOOT + 3);
	assert_int_equal(m.after, 0);
	/* A master whose log is another lacks them. */
	(void)chat_on_poll(&chat, 0, (struct chat_pos){11, 2}, &pull);
	assert_true(chat_outbox(&chat, &m));
	assert_int_equal(m.line[0].origin_seq, BOOT + 1);
}

/* What a member was not firm of may not be in the log of who keeps nothing so old. */
static void a_member_far_behind_sends_again_what_was_not_firm(void **state)
{
	uint64_t pull;

	(void)state;
	type();
	type();
	hear_own(2);
	assert_int_equal(hear((struct chat_pos){0, 100}, 0, a_line(12, 101, 2, 50), &pull),
			 CHAT_OK);
	assert_true(has_to_send(BOOT + 1));
	assert_int_equal(chat.last.index, 101);
}

static void a_new_master_has_its_own_lines_in_the_log_once(void **state)
{
	(void)state;
	type();
	hear_next(10, SELF, BOOT + 1);
	type();
	chat_lead(&chat, 12);
	assert_int_equal(chat.last.index, 2);
	type();
	assert_int_equal(chat.last.index, 3);
	assert_int_equal(chat_origin_seq(&chat, SELF), BOOT + 3);
}

static void a_master_takes_no_more_than_half_the_ring_before_it_is_stable(void **state)
{
	uint64_t seq = 1;

	(void)state;
	chat_lead(&chat, 10);
	while (post(2, seq) == 1) {
		seq++;
	}
	assert_int_equal(chat.last.index, LOG / 2);
	type();
	assert_int_equal(chat.last.index, LOG / 2);
	chat_set_stable(&chat, 1); /* there is room: the own line enters */
	assert_int_equal(chat.last.index, LOG / 2 + 1);
	assert_int_equal(chat_origin_seq(&chat, SELF), BOOT + 1);
}

/* A master may make lines of ours: those that lead after it take nothing up to their numbers. */
static void a_line_that_we_never_said_ends_our_life(void **state)
{
	const uint64_t next = UINT64_C(6) << 20;
	uint64_t pull;

	(void)state;
	type();
	type();
	type();
	hear_own(2);
	assert_false(chat.is_forged);
	hear_next(10, SELF, BOOT + 0xffff3); /* in the place of another */
	assert_true(chat.is_forged);
	assert_false(chat_has_to_send(&chat));
	assert_int_equal(chat_begin_life(&chat, next), 3); /* the log may be cut */
	assert_false(chat.is_forged);
	assert_true(has_to_send(next + 1));
	chat_acked(&chat, next + 2);
	assert_true(has_to_send(next + 3) && !has_to_send(next + 4));
	assert_int_equal(chat_own_next(&chat), next + 1);
	hear_next(10, SELF, next + 1);
	(void)chat_on_poll(&chat, chat.last.index, chat.last, &pull);
	chat_make_firm(&chat, UINT64_MAX);
	assert_false(chat.is_forged || has_to_send(next + 1));
	hear_next(10, SELF, next + 2);
	hear_next(10, SELF, next + 4);
	assert_int_equal(chat_begin_life(&chat, BOOT), 2); /* the first is there for good */
	assert_true(!has_to_send(BOOT + 1) && has_to_send(BOOT + 2));
	assert_int_equal(type_all(), OWN - 2);
}

static void so_does_one_with_another_text(void **state)
{
	(void)state;
	assert_int_equal(chat_type(&chat, "y", 1, "h", 1), CHAT_OK);
	hear_next(10, SELF, BOOT + 1);
	assert_true(chat.is_forged);
}

/* The same line has another place in the log of another master. */
static void a_line_that_has_given_way_is_still_ours(void **state)
{
	uint64_t pull;

	(void)state;
	(void)type_all();
	hear_own(1);
	chat_make_firm(&chat, UINT64_MAX);
	assert_int_equal(chat_type(&chat, "y", 1, "h", 1), CHAT_OK); /* in its stead */
	assert_int_equal(hear((struct chat_pos){10, 1}, 0, a_line(11, 2, SELF, BOOT + 1), &pull),
			 CHAT_OK);
	assert_false(chat.is_forged);
}

static void so_does_a_master_that_says_it_has_more_than_we_said(void **state)
{
	(void)state;
	type();
	chat_acked(&chat, BOOT + 1);
	assert_false(chat.is_forged);
	chat_acked(&chat, (UINT64_C(9) << 20) + 7); /* of an earlier life */
	assert_false(chat.is_forged);
	chat_acked(&chat, BOOT + 2);
	assert_true(chat.is_forged);
}

#define T(f) cmocka_unit_test_setup(f, chat_alone_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_own_line_is_sent_until_the_master_has_it),
		T(an_own_line_in_the_log_needs_no_word_of_the_master),
		T(lines_of_an_earlier_life_hold_up_no_new_ones),
		T(an_own_line_that_was_cut_is_sent_again),
		T(own_lines_give_way_to_new_ones_when_they_are_firm),
		T(what_was_stable_in_an_island_is_sent_again),
		T(a_master_says_its_cut_lines_again_itself),
		T(firm_lines_that_the_master_forgot_are_not_sent_again),
		T(a_member_far_behind_sends_again_what_was_not_firm),
		T(a_new_master_has_its_own_lines_in_the_log_once),
		T(a_line_that_we_never_said_ends_our_life),
		T(so_does_one_with_another_text),
		T(a_line_that_has_given_way_is_still_ours),
		T(so_does_a_master_that_says_it_has_more_than_we_said),
		T(a_master_takes_no_more_than_half_the_ring_before_it_is_stable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
