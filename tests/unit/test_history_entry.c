/* test_history_entry.c - what goes into the history of a host: figures that are known, and no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berk/limits.h"
#include "berk/time.h"
#include "berkd/host/history_entry.h"

#include <string.h>

static const struct clock_pair pair = {.wall = {.ns = 5000 * NS_PER_S}};

static void the_instant_is_group_time_where_there_is_one(void **state)
{
	struct node_status s = {.has_line = true, .offset_ns = 3 * NS_PER_S};

	(void)state;
	struct history_entry e = history_entry_at(&s, (mono_t){7 * NS_PER_S + 1}, pair);

	assert_int_equal(e.wall_ns, 4997 * NS_PER_S);
	assert_int_equal(history_now_ns(&s, pair), 4997 * NS_PER_S);
	assert_int_equal(e.boot_s, 7);
	assert_int_equal(e.flags, 0);
	s.has_line = false;
	s.island = true;
	e = history_entry_at(&s, (mono_t){7 * NS_PER_S}, pair);
	assert_int_equal(e.wall_ns, 5000 * NS_PER_S);
	assert_int_equal(e.flags, HISTORY_ISLAND | HISTORY_NO_LINE);
}

static struct member_view a_member(void)
{
	struct member_view v = {.id = 9,
				.state = MEMBER_SETTLED,
				.is_master = true,
				.has_offset = true,
				.has_rate = true,
				.has_path = true,
				.offset_ns = -5,
				.rate = -2e-6,
				.delay_ns = 77,
				.bound_ns = 300};

	strcpy(v.name, "alpha");
	return v;
}

static void a_sample_has_what_is_known(void **state)
{
	struct member_view v = a_member();
	struct history_entry e = {.flags = HISTORY_ISLAND};

	(void)state;
	assert_true(history_entry_sample(&e, &v));
	assert_int_equal(e.kind, HISTORY_SAMPLE);
	assert_int_equal(e.host, 9);
	assert_string_equal(e.name, "alpha");
	assert_int_equal(e.flags, HISTORY_ISLAND | HISTORY_MASTER);
	assert_int_equal(e.state, MEMBER_SETTLED);
	assert_int_equal(e.offset_ns, -5);
	assert_int_equal(e.bound_ns, 300);
	assert_int_equal(e.freq_ppb, -2000);
	assert_int_equal(e.delay_ns, 77);
}

static void a_figure_that_is_not_known_is_none(void **state)
{
	struct member_view v = a_member();
	struct history_entry e = {0};

	(void)state;
	v.has_offset = v.has_rate = v.has_path = v.is_master = false;
	v.is_deputy = true;
	v.bound_ns = BOUND_UNKNOWN;
	assert_true(history_entry_sample(&e, &v));
	assert_int_equal(e.flags, HISTORY_DEPUTY);
	assert_true(e.offset_ns == HISTORY_UNKNOWN);
	assert_true(e.bound_ns == HISTORY_UNKNOWN);
	assert_true(e.freq_ppb == HISTORY_UNKNOWN);
	assert_true(e.delay_ns == HISTORY_UNKNOWN);
}

/* Who joins has no figures yet but for its way; of oneself they are always one's own. */
static void a_state_without_figures_has_none(void **state)
{
	struct member_view v = a_member();
	struct history_entry e = {0};

	(void)state;
	v.state = MEMBER_JOINING;
	assert_true(history_entry_sample(&e, &v));
	assert_true(e.offset_ns == HISTORY_UNKNOWN);
	assert_true(e.bound_ns == HISTORY_UNKNOWN);
	assert_true(e.freq_ppb == HISTORY_UNKNOWN);
	assert_int_equal(e.delay_ns, 77);
	v.is_self = true;
	assert_true(history_entry_sample(&e, &v));
	assert_true(e.flags & HISTORY_SELF);
	assert_int_equal(e.offset_ns, -5);
	assert_int_equal(e.bound_ns, 300);
	assert_int_equal(e.freq_ppb, -2000);
}

static void who_is_out_of_sight_for_good_is_not_kept(void **state)
{
	static const enum member_state gone[] = {MEMBER_LEFT, MEMBER_FORGOTTEN};
	struct member_view v = a_member();
	struct history_entry e = {0};

	(void)state;
	v.state = MEMBER_SILENT; /* it may come back */
	assert_true(history_entry_sample(&e, &v));
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
		v.state = gone[i];
		v.is_self = false;
		assert_false(history_entry_sample(&e, &v));
		v.is_self = true;
		assert_true(history_entry_sample(&e, &v));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_instant_is_group_time_where_there_is_one),
		cmocka_unit_test(a_sample_has_what_is_known),
		cmocka_unit_test(a_figure_that_is_not_known_is_none),
		cmocka_unit_test(a_state_without_figures_has_none),
		cmocka_unit_test(who_is_out_of_sight_for_good_is_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
