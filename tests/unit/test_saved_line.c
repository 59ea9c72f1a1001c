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

static const struct saved_line group_line = {
	.any = true,
	.line = {.r0 = {77}, .g0 = {-5}, .rate = -1.5e-5, .error_ns = 1234, .growth_ppb = 412345},
	.era = UINT64_MAX,
	.order = {.at = {9},
		  .shift_ns = -3,
		  .host = UINT64_MAX,
		  .uid = UINT32_MAX,
		  .way = TIME_SLEWS,
		  .dated = true,
		  .left_ns = -1234},
	.date = DATE_AGREES,
	.confirmed = true};

static const struct raw_life life = {"0123456789abcdef0123456789abcdef", 5 * NS_PER_S};

/* Over the same life of RAW only. */
static void a_saved_line_is_one_of_its_boot(void **state)
{
	struct raw_life other = life;
	struct saved_line back;
	char text[STATE_VALUE_MAX];

	(void)state;
	saved_line_format(text, sizeof(text), &life, &group_line);
	assert_true(saved_line_parse(text, &life, &back));
	assert_memory_equal(&back.line, &group_line.line, sizeof(back.line));
	assert_true(back.any && back.era == UINT64_MAX && back.confirmed);
	assert_int_equal(back.date, DATE_AGREES);
	assert_true(back.order.at.ns == 9 && back.order.shift_ns == -3 && back.order.dated);
	assert_true(back.order.host == UINT64_MAX && back.order.uid == UINT32_MAX);
	assert_true(back.order.way == TIME_SLEWS && back.order.left_ns == -1234);
	other.slept_ns += 2 * NS_PER_MS;
	assert_false(saved_line_parse(text, &other, &back));
	other = life;
	other.boot[31] = '0';
	assert_false(saved_line_parse(text, &other, &back));
	assert_false(back.any);
	assert_int_equal(back.order.at.ns, 9); /* what was ordered is known all the same */
}

static void what_is_no_line_is_none(void **state)
{
	/* Each takes the place of what stands there; an order that cannot be one is not told to
	 * others. */
	static const struct {
		const char *after, *text;
	} bad[] = {{"error ", "-"},	     {"growth ", "-"},
		   {"date ", "3 1"},	     {"date ", "2 2"},
		   {"date ", "x"},	     {"4294967295 ", "4 1 0"},
		   {"4294967295 ", "1 2 0"}, {"4294967295 ", "1 1 99000000000000"},
		   {"order ", "-1"},	     {"boot ", "xyz"}};
	struct saved_line back, fast = group_line;
	char text[STATE_VALUE_MAX];

	(void)state;
	fast.line.rate = 0.02;
	saved_line_format(text, sizeof(text), &life, &fast);
	assert_false(saved_line_parse(text, &life, &back));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(text, 0, sizeof(text)); /* some are longer than what they replace */
		saved_line_format(text, sizeof(text), &life, &group_line);
		char *at = strstr(text, bad[i].after);

		assert_non_null(at);
		memcpy(at + strlen(bad[i].after), bad[i].text, strlen(bad[i].text));
		assert_false(saved_line_parse(text, &life, &back));
		assert_false(back.any || back.order.at.ns != 0);
	}
	saved_line_format(text, sizeof(text), &life, &group_line);
	(void)strcat(text, " more");
	assert_false(saved_line_parse(text, &life, &back));
	assert_false(saved_line_parse("term 3 raw 77", &life, &back));
	assert_false(saved_line_parse("", &life, &back));
}

static const struct saved_line no_line;

static void a_line_that_is_dropped_does_not_come_back(void **state)
{
	struct state *s = opened();

	(void)state;
	assert_int_equal(state_save_line(s, &no_line), 0);
	assert_int_equal(state_save_line(s, &group_line), 0);
	state_free(s);
	s = opened();
	assert_true(state_saved(s)->line.any && state_saved(s)->line.era == UINT64_MAX);
	assert_int_equal(state_saved(s)->line.line.growth_ppb, 412345);
	assert_int_equal(state_save_line(s, &no_line), 0);
	state_free(s);
	s = opened();
	assert_false(state_saved(s)->line.any);
	state_free(s);
}

/* Rather none than the one before. */
static void a_line_that_cannot_be_written_takes_the_old_one_along(void **state)
{
	struct state *s = opened();

	(void)state;
	assert_int_equal(state_save_line(s, &group_line), 0);
	assert_int_equal(mkdir(in_dir("line.new"), 0700), 0);
	assert_int_equal(state_save_line(s, &group_line), -EISDIR);
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
	assert_int_equal(state_save_line(s, &no_line), -EISDIR);
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
		cmocka_unit_test(what_is_no_line_is_none),
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
