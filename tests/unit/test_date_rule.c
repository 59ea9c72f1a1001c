/* test_date_rule.c - which of several dates is chosen, by the rule alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/rules/date.h"

static int64_t chosen(unsigned max_liars, size_t n, const int64_t *offset, const bool *plausible)
{
	struct dated c[8];

	for (size_t i = 0; i < n; i++) {
		c[i] = (struct dated){offset[i], plausible ? plausible[i] : true};
	}
	return date_choose(c, n, max_liars, 0);
}

static void the_later_date_wins_unless_liars_could_have_made_it(void **state)
{
	(void)state;
	assert_int_equal(chosen(1, 1, (int64_t[]){5}, NULL), 5);
	assert_int_equal(chosen(1, 2, (int64_t[]){5, 9}, NULL), 9);	/* two bear no liar */
	assert_int_equal(chosen(1, 3, (int64_t[]){5, 99, 6}, NULL), 6); /* three bear one */
	assert_int_equal(chosen(0, 3, (int64_t[]){5, 99, 6}, NULL), 99);
	assert_int_equal(chosen(2, 4, (int64_t[]){5, 99, 6, 7}, NULL), 7); /* four bear one */
	assert_int_equal(chosen(2, 5, (int64_t[]){5, 99, 6, 98, 7}, NULL), 7);
	assert_int_equal(chosen(1, 4, (int64_t[]){5, 5, 5, 5}, NULL), 5);
}

static void a_majority_that_agrees_has_the_last_word(void **state)
{
	(void)state;
	assert_int_equal(chosen(1, 5, (int64_t[]){5, 99, 5, 98, 5}, NULL), 5);
	assert_int_equal(chosen(1, 4, (int64_t[]){5, 99, 5, 98}, NULL), 98);
	assert_int_equal(chosen(1, 3, (int64_t[]){5, 99, 5}, (bool[]){true, true, false}), 5);
}

static void a_date_that_is_known_to_be_wrong_is_not_chosen(void **state)
{
	(void)state;
	assert_int_equal(chosen(1, 3, (int64_t[]){5, 9, 7}, (bool[]){true, false, false}), 5);
	assert_int_equal(chosen(1, 3, (int64_t[]){5, 9, 7}, (bool[]){true, false, true}), 5);
	assert_int_equal(chosen(1, 3, (int64_t[]){5, 9, 7}, (bool[]){false, false, false}), 7);
}

static void no_more_liars_are_borne_than_a_majority_outvotes(void **state)
{
	(void)state;
	assert_int_equal(date_liars(0, 3), 0);
	assert_int_equal(date_liars(2, 3), 0);
	assert_int_equal(date_liars(3, 3), 1);
	assert_int_equal(date_liars(6, 3), 2);
	assert_int_equal(date_liars(100, 3), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_later_date_wins_unless_liars_could_have_made_it),
		cmocka_unit_test(a_majority_that_agrees_has_the_last_word),
		cmocka_unit_test(a_date_that_is_known_to_be_wrong_is_not_chosen),
		cmocka_unit_test(no_more_liars_are_borne_than_a_majority_outvotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
