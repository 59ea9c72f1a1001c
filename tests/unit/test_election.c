/* test_election.c - the rules of the election alone: terms and ranks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berk/term.h"
#include "core/rules/election.h"

static void terms_are_unique_to_their_master(void **state)
{
	(void)state;
	assert_true(term_next(0, 5) != term_next(0, 6));
	assert_true(term_next(term_next(0, UINT64_MAX), 1) > term_next(0, UINT64_MAX));
	assert_true(term_is_of(term_next(99, 0x123456789abcdef0), 0x123456789abcdef0));
	assert_false(term_is_of(term_next(99, 1), 2));
	assert_false(term_is_of(term_next(99, 1), 3));
	assert_false(term_is_of(term_next(99, 3), 1));
	assert_false(term_is_of(term_next(99, 1), UINT64_C(1) << 35 | 1)); /* its whole tag */
	assert_int_equal(term_counter(term_next(UINT64_C(7) << TERM_TAG_BITS, 3)), 8);
}

static void rank_is_priority_then_settled_then_id(void **state)
{
	struct rank never = {.settled = true, .priority = 0, .id = 1};
	struct rank low = {.settled = true, .priority = 10, .id = 9};
	struct rank high = {.settled = false, .priority = 200, .id = 2};
	struct rank low2 = {.settled = true, .priority = 10, .id = 8};

	(void)state;
	assert_true(rank_better(&low, &never));
	assert_false(rank_better(&never, &low));
	assert_true(rank_better(&low, &high)); /* settled before priority */
	assert_true(rank_better(&low2, &low));
	struct rank higher = {.settled = true, .priority = 11, .id = 20};
	struct rank new = {.settled = false, .priority = 1, .id = 1};

	assert_true(rank_better(&higher, &low));
	assert_false(rank_better(&low, &higher));
	assert_true(rank_better(&new, &never)); /* who may be master before who is settled */
	assert_false(rank_better(&never, &new));
	assert_false(rank_better(&low, &low));
	struct rank dated = {.dated = true, .priority = 1, .id = 9};

	assert_true(
		rank_better(&dated, &high)); /* whose clock may be right before the priority, ... */
	assert_true(rank_better(&low, &dated)); /* ... but not before who knows the group's time */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terms_are_unique_to_their_master),
		cmocka_unit_test(rank_is_priority_then_settled_then_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
