/* test_saved_line.c - the line on disk: whose it is, and when it goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkd/host/saved_line.h"
#include "berkd/host/state_file.h"
#include "tests/unit/state_dir.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Over the same life of RAW only. */
static void a_saved_line_is_one_of_its_boot(void **state)
{
	const struct raw_life life = {"0123456789abcdef0123456789abcdef", 5 * NS_PER_S};
	struct raw_life other = life;
	const struct line line = {
		.r0 = {77}, .g0 = {-5}, .rate = -1.5e-5, .error_ns = 1234, .growth_ppb = 412345};
	const struct time_order order = {.at = {9},
					 .shift_ns = -3,
					 .host = UINT64_MAX,
					 .uid = UINT32_MAX,
					 .way = TIME_SLEWS,
					 .dated = true,
					 .left_ns = -1234};
	struct time_order told;
	struct line back;
	uint64_t era;
	char text[STATE_VALUE_MAX];

	(void)state;
	saved_line_format(text, sizeof(text), &life, UINT64_MAX, &line, &order);
	assert_true(saved_line_parse(text, &life, &era, &back, &told));
	assert_true(era == UINT64_MAX && back.r0.ns == 77 && back.g0.ns == -5);
	assert_true(back.rate == -1.5e-5 && back.error_ns == 1234 && back.growth_ppb == 412345);
	assert_true(told.at.ns == 9 && told.shift_ns == -3 && told.host == UINT64_MAX &&
		    told.dated);
	assert_true(told.uid == UINT32_MAX && told.way == TIME_SLEWS && told.left_ns == -1234);
	other.slept_ns += 2 * NS_PER_MS;
	assert_false(saved_line_parse(text, &other, &era, &back, &told));
	other = life;
	other.boot[31] = '0';
	assert_false(saved_line_parse(text, &other, &era, &back, &told));
	assert_int_equal(told.at.ns, 9); /* what was ordered is known all the same */
	/* An order that cannot be one is not told to others. */
	*strrchr(text, '-') = '9';
	assert_true(saved_line_parse(text, &life, &era, &back, &told));
	(void)strcpy(strrchr(text, '9'), "99000000000000");
	assert_false(saved_line_parse(text, &life, &era, &back, &told));
	/* There was none; an older daemon wrote nothing of it. */
	(void)strcpy(strstr(text, " order"), "");
	assert_true(saved_line_parse(text, &life, &era, &back, &told));
	assert_int_equal(told.at.ns, 0);
	strstr(text, "growth ")[7] = '-';
	assert_false(saved_line_parse(text, &life, &era, &back, &told));
	strstr(text, "growth ")[7] = '4';
	strstr(text, "error ")[6] = '-';
	assert_false(saved_line_parse(text, &life, &era, &back, &told));
	assert_false(saved_line_parse("term 3 raw 77", &life, &era, &back, &told));
}

static const struct line group_line = {.g0 = {5},
				       .rate = 1e-6,
				       .error_ns = 1234,
				       .growth_ppb = 400};

static const struct time_order no_order;

static void a_line_that_is_dropped_does_not_come_back(void **state)
{
	struct state *s = opened();

	(void)state;
	assert_int_equal(state_drop_line(s), 0); /* there is none */
	assert_int_equal(state_save_line(s, 7, &group_line, &no_order), 0);
	state_free(s);
	s = opened();
	assert_true(state_saved(s)->has_line && state_saved(s)->era == 7);
	assert_int_equal(state_saved(s)->line.growth_ppb, 400);
	assert_int_equal(state_drop_line(s), 0);
	state_free(s);
	s = opened();
	assert_false(state_saved(s)->has_line);
	state_free(s);
}

/* Rather none than the one before. */
static void a_line_that_cannot_be_written_takes_the_old_one_along(void **state)
{
	struct state *s = opened();

	(void)state;
	assert_int_equal(state_save_line(s, 7, &group_line, &no_order), 0);
	assert_int_equal(mkdir(in_dir("line.new"), 0700), 0);
	assert_int_equal(state_save_line(s, 8, &group_line, &no_order), -EISDIR);
	assert_int_equal(access(in_dir("line"), F_OK), -1);
	assert_string_equal(state_error(s), strerror(EISDIR));
	assert_int_equal(rmdir(in_dir("line.new")), 0);
	state_free(s);
}

static void a_line_that_cannot_be_dropped_is_dropped_later(void **state)
{
	struct state *s = opened();

	(void)state;
	assert_int_equal(mkdir(in_dir("line"), 0700), 0);
	assert_int_equal(state_drop_line(s), -EISDIR);
	assert_int_equal(state_retry(s), -EISDIR);
	assert_string_equal(state_error(s), strerror(EISDIR));
	assert_int_equal(rmdir(in_dir("line")), 0);
	assert_int_equal(state_retry(s), 0);
	assert_null(state_error(s));
	state_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_saved_line_is_one_of_its_boot),
		cmocka_unit_test_setup_teardown(a_line_that_is_dropped_does_not_come_back,
						state_dir_make, state_dir_remove),
		cmocka_unit_test_setup_teardown(
			a_line_that_cannot_be_written_takes_the_old_one_along, state_dir_make,
			state_dir_remove),
		cmocka_unit_test_setup_teardown(a_line_that_cannot_be_dropped_is_dropped_later,
						state_dir_make, state_dir_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
