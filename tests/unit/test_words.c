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
#define WORDS(name, first, last)                                                                   \
	{                                                                                          \
#name, words_##name, NULL, first, last                                             \
	}
/* With what the words mean, for people. */
#define WORDS_AND_TEXTS(name, first, last)                                                         \
	{                                                                                          \
#name, words_##name, texts_##name, first, last                                     \
	}
static const struct {
	const char *name;
	const char *const *words, *const *texts;
	int first, last;
} tables[] = {
	WORDS(clock_mode, MODE_STEER, MODE_REFERENCE),
	WORDS_AND_TEXTS(lack, LACK_NOTHING, LACK_MAX_ - 1),
	WORDS(date_evidence, DATE_NONE, DATE_AGREES),
	WORDS_AND_TEXTS(leap, LEAP_NONE, LEAP_DELETE),
	WORDS(time_way, TIME_STEPPED, TIME_SLEW_ENDED),
	WORDS(level, LEVEL_ERR, LEVEL_DEBUG),
	WORDS(member_state, MEMBER_CONTACT, MEMBER_MAX_ - 1),
	WORDS(order_verdict, ORDER_OK, ORDER_MAX_ - 1),
	WORDS(quorum, QUORUM_ISLAND, QUORUM_MAJORITY),
	WORDS_AND_TEXTS(reason, REASON_NONE, REASON_MAX_ - 1),
	WORDS(refusal, REFUSAL_NONE, REFUSAL_MAX_ - 1),
	WORDS(role, ROLE_NONE, ROLE_MASTER),
	WORDS(session_verdict, SESSION_OK, SESSION_MAX_ - 1),
	WORDS(wire_verdict, WIRE_OK, WIRE_BAD_TEXT),
	WORDS(sample_verdict, SAMPLE_OK, SAMPLE_MAX_ - 1),
	WORDS_AND_TEXTS(correct_refusal, CORRECT_OK, CORRECT_MAX_ - 1),
	WORDS_AND_TEXTS(departure, DEPARTURE_GOODBYE, DEPARTURE_MAX_ - 1),
	WORDS_AND_TEXTS(step_cause, STEP_FIRST_JOIN, STEP_MAX_ - 1),
	WORDS_AND_TEXTS(clock_touched, CLOCK_UNTOUCHED, CLOCK_TOUCHED_MAX_ - 1),
	WORDS_AND_TEXTS(interruption, INTERRUPTION_NONE, INTERRUPTION_MAX_ - 1),
	WORDS_AND_TEXTS(limit, LIMIT_CORRECTION, LIMIT_MAX_ - 1),
	WORDS_AND_TEXTS(knock, KNOCK_NONE, KNOCK_MAX_ - 1),
	WORDS_AND_TEXTS(trust, TRUST_SELF, TRUST_MAX_ - 1),
	WORDS(revoke_rule, REVOKE_EACH, REVOKE_RULE_MAX_ - 1),
	WORDS(stamp, STAMP_USER, STAMP_HARDWARE),
};
#define N_TABLES (sizeof(tables) / sizeof(tables[0]))

static void each_word_leads_back_to_its_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_TABLES; i++) {
		for (int v = tables[i].first; v <= tables[i].last; v++) {
			const char *word = words_name(tables[i].words, v);
			int found = -1;

			if (!words_find(tables[i].words, word, &found) || found != v) {
				fail_msg("words_%s: value %d has no word of its own, but \"%s\"",
					 tables[i].name, v, word);
			}
			if (strchr(word, ' ')) {
				fail_msg("words_%s: \"%s\" is no word", tables[i].name, word);
			}
		}
	}
}

static void each_value_with_a_text_has_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_TABLES; i++) {
		for (int v = tables[i].first; tables[i].texts && v <= tables[i].last; v++) {
			if (strcmp(words_name(tables[i].texts, v), "unknown") == 0) {
				fail_msg("texts_%s: value %d (%s) has no text", tables[i].name, v,
					 words_name(tables[i].words, v));
			}
		}
	}
}

static void what_has_no_word_is_unknown_and_not_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_TABLES; i++) {
		int found = 77;

		if (strcmp(words_name(tables[i].words, tables[i].first - 1), "unknown") != 0 ||
		    strcmp(words_name(tables[i].words, tables[i].last + 1), "unknown") != 0) {
			fail_msg("words_%s: more words than values", tables[i].name);
		}
		assert_false(words_find(tables[i].words, "", &found));
		assert_false(words_find(tables[i].words, "no word of ours", &found));
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
		if (!strchr(reason_text((enum reason)r), ' ')) {
			fail_msg("reason %s has no sentence", reason_name((enum reason)r));
		}
		for (int q = REASON_NONE; q < r; q++) {
			assert_string_not_equal(reason_text((enum reason)r),
						reason_text((enum reason)q));
		}
	}
	assert_string_equal(reason_text(REASON_MAX_), "unknown");
}

/* Who reads why a host does not count reads what to do, in one answer of the daemon. */
static void each_reason_and_each_state_has_a_remedy(void **state)
{
	(void)state;
	for (int r = REASON_NONE; r < REASON_MAX_; r++) {
		const char *remedy = reason_remedy((enum reason)r);

		if (!strchr(remedy, ' ') || strchr(reason_text((enum reason)r), '.')) {
			fail_msg("reason %s has no remedy", reason_name((enum reason)r));
		}
		assert_true(strlen(reason_text((enum reason)r)) + strlen(remedy) < 500);
	}
	for (int s = 0; s < MEMBER_MAX_; s++) {
		if (!strchr(member_state_remedy((enum member_state)s), ' ')) {
			fail_msg("state %s has no remedy", member_state_name((enum member_state)s));
		}
	}
}

static void each_state_of_a_member_says_what_it_means(void **state)
{
	(void)state;
	for (int s = MEMBER_CONTACT; s < MEMBER_MAX_; s++) {
		if (!strchr(member_state_text((enum member_state)s), ' ')) {
			fail_msg("state %s has no sentence",
				 member_state_name((enum member_state)s));
		}
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
		{MEMBER_SILENT, false, true},	{MEMBER_LEFT, false, false},
		{MEMBER_MAX_, false, false},	{(enum member_state) - 1, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (member_state_is_here(rows[i].state) != rows[i].is_here) {
			fail_msg("state %s: here or not", member_state_name(rows[i].state));
		}
		if (member_state_has_figures(rows[i].state) != rows[i].has_figures) {
			fail_msg("state %s: figures or not", member_state_name(rows[i].state));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_word_leads_back_to_its_value),
		cmocka_unit_test(each_value_with_a_text_has_one),
		cmocka_unit_test(what_has_no_word_is_unknown_and_not_found),
		cmocka_unit_test(older_spelling_is_read_and_never_written),
		cmocka_unit_test(each_reason_has_a_sentence_of_its_own),
		cmocka_unit_test(each_reason_and_each_state_has_a_remedy),
		cmocka_unit_test(each_state_of_a_member_says_what_it_means),
		cmocka_unit_test(who_is_here_and_who_has_figures_are_two_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
