/* test_gate.c - a setter that hangs is waited for once, and what was given up stays so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkd/clock/gate.h"

#define T0 (1000 * NS_PER_S)

static void orders_have_numbers_of_their_own(void **state)
{
	struct gate g = {0};

	(void)state;
	assert_int_equal(gate_next(&g, T0), GATE_ORDER);
	uint64_t first = g.number;

	assert_int_equal(gate_next(&g, T0), GATE_ORDER);
	assert_true(g.number > first);
	assert_false(gate_hear(&g, first));
	assert_true(gate_hear(&g, g.number));
}

static void one_that_is_silent_is_waited_for_once(void **state)
{
	struct gate g = {0};

	(void)state;
	assert_int_equal(gate_next(&g, T0), GATE_ORDER);
	gate_give_up(&g, T0 + GATE_PATIENCE_NS);
	for (int64_t ns = T0 + GATE_PATIENCE_NS; ns < T0 + 3600 * NS_PER_S; ns += NS_PER_S / 10) {
		assert_int_not_equal(gate_next(&g, ns), GATE_ORDER);
	}
}

static void it_is_asked_each_second_whether_it_is_there(void **state)
{
	struct gate g = {0};
	unsigned n = 0;

	(void)state;
	assert_int_equal(gate_next(&g, T0), GATE_ORDER);
	gate_give_up(&g, T0);
	for (int64_t ns = T0; ns <= T0 + 10 * NS_PER_S; ns += NS_PER_S / 10) {
		n += gate_next(&g, ns) == GATE_KNOCK;
	}
	assert_int_equal(n, 10);
}

static void its_answer_to_that_opens_the_gate_and_no_late_one(void **state)
{
	struct gate g = {0};

	(void)state;
	assert_int_equal(gate_next(&g, T0), GATE_ORDER);
	uint64_t order = g.number;

	gate_give_up(&g, T0);
	assert_false(gate_hear(&g, order));
	assert_int_equal(gate_next(&g, T0), GATE_NOTHING);
	assert_int_equal(gate_next(&g, T0 + GATE_KNOCK_NS), GATE_KNOCK);
	assert_false(gate_hear(&g, order));
	assert_int_equal(gate_next(&g, T0 + GATE_KNOCK_NS), GATE_NOTHING);
	assert_true(gate_hear(&g, g.number));
	assert_int_equal(gate_next(&g, T0 + GATE_KNOCK_NS), GATE_ORDER);
}

static void another_setter_is_given_orders_at_once(void **state)
{
	struct gate g = {0};

	(void)state;
	assert_int_equal(gate_next(&g, T0), GATE_ORDER);
	uint64_t order = g.number;

	gate_give_up(&g, T0);
	gate_anew(&g);
	assert_int_equal(gate_next(&g, T0), GATE_ORDER);
	assert_true(g.number > order);
}

static void what_was_given_up_is_void_before(void **state)
{
	int64_t void_ns = gate_void_ns(T0);

	(void)state;
	assert_false(gate_is_void(void_ns, T0));
	assert_false(gate_is_void(void_ns, T0 + GATE_PATIENCE_NS / 2));
	assert_true(gate_is_void(void_ns, T0 + GATE_VOID_NS));
	assert_true(GATE_VOID_NS < GATE_PATIENCE_NS); /* or the answer comes too late */
	assert_true(gate_is_void(void_ns, INT64_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_have_numbers_of_their_own),
		cmocka_unit_test(one_that_is_silent_is_waited_for_once),
		cmocka_unit_test(it_is_asked_each_second_whether_it_is_there),
		cmocka_unit_test(its_answer_to_that_opens_the_gate_and_no_late_one),
		cmocka_unit_test(another_setter_is_given_orders_at_once),
		cmocka_unit_test(what_was_given_up_is_void_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
