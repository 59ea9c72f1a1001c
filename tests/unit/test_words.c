/* test_words.c - each value of an enum has one word, and the word leads back to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "berk/node.h"
#include "berk/notice.h"
#include "common/words.h"

/* All tables: from the first value to the last there is no gap. */
static const struct {
	const char *const *words;
	int first, last;
} tables[] = {
	{words_clock_mode, MODE_STEER, MODE_REFERENCE},
	{words_level, LEVEL_ERR, LEVEL_DEBUG},
	{words_member_state, MEMBER_CONTACT, MEMBER_MAX_ - 1},
	{words_order_verdict, ORDER_OK, ORDER_MAX_ - 1},
	{words_quorum, QUORUM_ISLAND, QUORUM_MAJORITY},
	{words_reason, REASON_NONE, REASON_MAX_ - 1},
	{words_refusal, REFUSAL_NONE, REFUSAL_MAX_ - 1},
	{words_role, ROLE_NONE, ROLE_MASTER},
	{words_stamp, STAMP_USER, STAMP_HARDWARE},
};
#define N_TABLES (sizeof(tables) / sizeof(tables[0]))

static void each_word_leads_back_to_its_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_TABLES; i++) {
		for (int v = tables[i].first; v <= tables[i].last; v++) {
			const char *word = words_name(tables[i].words, v);
			int found = -1;

			assert_string_not_equal(word, "unknown");
			assert_null(strchr(word, ' '));
			assert_true(words_find(tables[i].words, word, &found));
			assert_int_equal(found, v);
		}
	}
}

static void what_has_no_word_is_unknown_and_not_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_TABLES; i++) {
		int found = 77;

		assert_string_equal(words_name(tables[i].words, tables[i].first - 1), "unknown");
		assert_string_equal(words_name(tables[i].words, tables[i].last + 1), "unknown");
		assert_false(words_find(tables[i].words, "", &found));
		assert_false(words_find(tables[i].words, "unknown", &found));
		assert_int_equal(found, 77);
	}
}

static void older_spelling_is_read_and_never_written(void **state)
{
	int found = -1;

	(void)state;
	assert_true(words_find(words_level, "err", &found));
	assert_int_equal(found, LEVEL_ERR);
	assert_string_equal(level_name(LEVEL_ERR), "error");
	assert_false(words_find(words_role, "err", &found));
}

static void each_reason_has_a_sentence_of_its_own(void **state)
{
	(void)state;
	for (int r = REASON_NONE; r < REASON_MAX_; r++) {
		assert_non_null(strchr(reason_text((enum reason)r), ' '));
		for (int q = REASON_NONE; q < r; q++) {
			assert_string_not_equal(reason_text((enum reason)r),
						reason_text((enum reason)q));
		}
	}
	assert_string_equal(reason_text(REASON_MAX_), "unknown reason");
}

static void each_state_of_a_member_says_what_it_means(void **state)
{
	(void)state;
	for (int s = MEMBER_CONTACT; s < MEMBER_MAX_; s++) {
		assert_non_null(strchr(member_state_text((enum member_state)s), ' '));
		for (int q = MEMBER_CONTACT; q < s; q++) {
			assert_string_not_equal(member_state_text((enum member_state)s),
						member_state_text((enum member_state)q));
		}
	}
	assert_string_equal(member_state_text(MEMBER_MAX_), "Is unknown");
}

static void who_is_here_and_who_has_figures_are_two_questions(void **state)
{
	static const struct {
		enum member_state state;
		bool is_here, has_figures;
	} rows[] = {
		{MEMBER_CONTACT, false, false}, {MEMBER_JOINING, true, false},
		{MEMBER_NEW, true, true},	{MEMBER_SETTLED, true, true},
		{MEMBER_SILENT, false, true},	{MEMBER_LEFT, false, true},
		{MEMBER_MAX_, false, false},	{(enum member_state) - 1, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(member_state_is_here(rows[i].state), rows[i].is_here);
		assert_int_equal(member_state_has_figures(rows[i].state), rows[i].has_figures);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_word_leads_back_to_its_value),
		cmocka_unit_test(what_has_no_word_is_unknown_and_not_found),
		cmocka_unit_test(older_spelling_is_read_and_never_written),
		cmocka_unit_test(each_reason_has_a_sentence_of_its_own),
		cmocka_unit_test(each_state_of_a_member_says_what_it_means),
		cmocka_unit_test(who_is_here_and_who_has_figures_are_two_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
