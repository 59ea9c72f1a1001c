/* test_saved_budget.c - how far others have moved our clock, on disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkd/host/saved_budget.h"
#include "berkd/host/saved_line.h"
#include "berkd/host/state_file.h"
#include "tests/unit/state_dir.h"

#include <string.h>
#include <unistd.h>

static const struct saved_budget budget = {.any = true,
					   .at = {77},
					   .wall_less_raw_ns = INT64_MIN,
					   .held = true,
					   .sure = {INT64_MAX},
					   .tripped = true,
					   .rate_known = true,
					   .rate = -1.5e-5,
					   .lo_ns = -56,
					   .hi_ns = 78,
					   .hour_ns = 12,
					   .day_ns = -34,
					   .n_ordered = 3,
					   .open = {-5, 60, 2e-6, true}};
static const char boot[] = "0123456789abcdef0123456789abcdef";

static void assert_same(const struct saved_budget *b)
{
	assert_true(b->any && b->held && b->tripped && b->rate_known && b->n_ordered == 3);
	assert_int_equal(b->at.ns, 77);
	assert_int_equal(b->wall_less_raw_ns, INT64_MIN);
	assert_int_equal(b->sure.ns, INT64_MAX);
	assert_true(b->open.moved_ns == -5 && b->open.followed_ns == 60 && b->open.spent);
	assert_memory_equal(&b->open.rate, &budget.open.rate, sizeof(b->open.rate));
	assert_memory_equal(&b->rate, &budget.rate, sizeof(b->rate));
	assert_true(b->hour_ns == 12 && b->day_ns == -34 && b->lo_ns == -56 && b->hi_ns == 78);
}

static void a_saved_budget_is_one_of_its_boot(void **state)
{
	struct saved_budget back;
	char text[STATE_VALUE_MAX];

	(void)state;
	saved_budget_format(text, sizeof(text), boot, &budget);
	assert_true(saved_budget_parse(text, boot, &back));
	assert_same(&back);
	assert_true(saved_budget_parse(text, "0", &back));
	assert_false(back.any || back.tripped);
}

static void what_is_no_budget_is_none(void **state)
{
	static const struct {
		const char *after, *text;
	} bad[] = {{"boot ", "xyz"}, {"at ", "-"},    {"held ", "2"}, {"tripped ", "2"},
		   {"rate ", "2"},   {"range ", "1"}, {"hour ", "-"}, {"day ", "x"},
		   {"orders ", "x"}, {"open ", "x"},  {"spent ", "2"}};
	struct saved_budget back, fast = budget;
	char text[STATE_VALUE_MAX];

	(void)state;
	fast.rate = 0.02;
	saved_budget_format(text, sizeof(text), boot, &fast);
	assert_false(saved_budget_parse(text, boot, &back));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		saved_budget_format(text, sizeof(text), boot, &budget);
		char *at = strstr(text, bad[i].after);

		assert_non_null(at);
		memcpy(at + strlen(bad[i].after), bad[i].text, strlen(bad[i].text));
		assert_false(saved_budget_parse(text, boot, &back));
		assert_false(back.any);
	}
	assert_false(saved_budget_parse("", boot, &back));
}

static void it_outlasts_the_daemon(void **state)
{
	struct state *s = opened();

	(void)state;
	assert_false(state_saved(s)->budget.any);
	assert_int_equal(state_save_budget(s, &budget), 0);
	state_free(s);
	s = opened();
	assert_same(&state_saved(s)->budget);
	state_free(s);
	spoil("budget", 0, 'x');
	s = opened();
	assert_false(state_saved(s)->budget.any);
	assert_int_equal(access(in_dir("budget.damaged"), F_OK), 0);
	state_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_saved_budget_is_one_of_its_boot),
		cmocka_unit_test(what_is_no_budget_is_none),
		cmocka_unit_test_setup_teardown(it_outlasts_the_daemon, state_dir_make,
						state_dir_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
