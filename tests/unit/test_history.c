/* test_history.c - what berkd-exporter keeps of the last hour: peaks, gaps, and no more than it has
 * room for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exporter/history.h"

#include <stdio.h>
#include <stdlib.h>

#define STEP	 HISTORY_STEP_MS
#define BEGIN_MS ((int64_t)1000 * STEP)

static int open_history(void **state)
{
	*state = history_new();
	return *state ? 0 : -1;
}

static int close_history(void **state)
{
	history_free(*state);
	return 0;
}

static unsigned note(struct history *h, int64_t now_ms, const char *id, const char *host_state,
		     int64_t offset_ns, int64_t bound_ns)
{
	json_t *members =
		json_pack("[{s:s,s:s,s:s,s:I,s:I}]", "id", id, "name", "x", "state", host_state,
			  "offset_ns", (json_int_t)offset_ns, "bound_ns", (json_int_t)bound_ns);
	unsigned left_out = history_note(h, now_ms, members);

	json_decref(members);
	return left_out;
}

/* What is listed of the first host under @key, and of the step @step: INT64_MIN: null. */
static int64_t figure(const struct history *h, int64_t now_ms, const char *key, int64_t step)
{
	json_t *all = history_json(h, now_ms, 0);
	int64_t first = json_integer_value(json_object_get(all, "first"));
	const json_t *host = json_array_get(json_object_get(all, "hosts"), 0);
	const json_t *v = json_array_get(json_object_get(host, key), (size_t)(step / STEP - first));
	int64_t value = json_is_integer(v) ? json_integer_value(v) : INT64_MIN;

	json_decref(all);
	return value;
}

static size_t n_hosts(const struct history *h, int64_t now_ms)
{
	json_t *all = history_json(h, now_ms, 0);
	size_t n = json_array_size(json_object_get(all, "hosts"));

	json_decref(all);
	return n;
}

static void peaks_of_a_step_are_kept(void **state)
{
	struct history *h = *state;

	note(h, BEGIN_MS, "a", "settled", 10, 300);
	note(h, BEGIN_MS + 1, "a", "settled", -70, 500);
	note(h, BEGIN_MS + 2, "a", "settled", 20, 400);
	assert_int_equal(figure(h, BEGIN_MS, "offset_ns", BEGIN_MS), -70);
	assert_int_equal(figure(h, BEGIN_MS, "bound_ns", BEGIN_MS), 500);
}

static void host_out_of_sight_leaves_a_gap(void **state)
{
	struct history *h = *state;

	note(h, BEGIN_MS, "a", "settled", 1, 10);
	note(h, BEGIN_MS + STEP, "a", "silent", 1, 10);
	note(h, BEGIN_MS + 2 * STEP, "a", "new", 2, 10);
	int64_t now_ms = BEGIN_MS + 2 * STEP;

	assert_int_equal(figure(h, now_ms, "offset_ns", BEGIN_MS), 1);
	assert_int_equal(figure(h, now_ms, "offset_ns", BEGIN_MS + STEP), INT64_MIN);
	assert_int_equal(figure(h, now_ms, "offset_ns", now_ms), 2);
}

static void only_an_hour_is_kept(void **state)
{
	struct history *h = *state;
	int64_t later_ms = BEGIN_MS + (int64_t)HISTORY_STEPS * STEP;

	note(h, BEGIN_MS, "a", "settled", 1, 10);
	assert_int_equal(n_hosts(h, later_ms - 1), 1);
	assert_int_equal(n_hosts(h, later_ms), 0);
	/* The place of the old point is not that of a new one without figures. */
	note(h, later_ms + STEP, "a", "settled", 2, 10);
	assert_int_equal(figure(h, later_ms + STEP, "offset_ns", later_ms), INT64_MIN);
}

/* What is told of the past comes after what was measured since then. */
static void past_does_not_replace_what_came_later(void **state)
{
	struct history *h = *state;
	int64_t later_ms = BEGIN_MS + (int64_t)HISTORY_STEPS * STEP;
	json_t *past = json_pack("{s:s,s:s,s:s,s:i,s:i,s:i}", "id", "a", "name", "x", "state",
				 "settled", "offset_ns_min", 5, "offset_ns_max", 6, "bound_ns", 10);

	note(h, later_ms, "a", "settled", 1, 10);
	history_note_past(h, BEGIN_MS, STEP, past);
	assert_int_equal(figure(h, later_ms, "offset_ns", later_ms), 1);
	history_note_past(h, BEGIN_MS + STEP, STEP, past);
	assert_int_equal(figure(h, later_ms, "offset_ns", BEGIN_MS + STEP), 6);
	assert_int_equal(n_hosts(h, later_ms + (int64_t)STEP * (HISTORY_STEPS - 1)), 1);
	history_note_past(h, 3000, 20000, past); /* some of it was before the boot */
	json_decref(past);
}

static void note_past(struct history *h, int64_t at_ms, int64_t span_ms, int n_samples)
{
	json_t *past = json_pack("{s:s,s:s,s:s,s:i,s:i,s:i,s:i}", "id", "a", "name", "x", "state",
				 "settled", "offset_ns_min", 5, "offset_ns_max", 6, "bound_ns", 10,
				 "n_samples", n_samples);

	history_note_past(h, at_ms, span_ms, past);
	json_decref(past);
}

/* The steps from 9 before BEGIN_MS on, up to it: x where a figure is. */
static void assert_steps(const struct history *h, const char *wanted)
{
	char is[11] = "";

	for (int i = 0; i < 10; i++) {
		int64_t at_ms = BEGIN_MS + (int64_t)(i - 9) * STEP;

		is[i] = figure(h, BEGIN_MS, "offset_ns", at_ms) == INT64_MIN ? '-' : 'x';
	}
	assert_string_equal(is, wanted);
}

/* Rows are of a minute where there are many hosts; two samples of it are of 20 s. */
static void past_is_no_longer_than_its_samples(void **state)
{
	note_past(*state, BEGIN_MS - 1, 60000, 2);
	assert_steps(*state, "------xxx-");
	note_past(*state, BEGIN_MS - 1, 60000, 6000);
	assert_steps(*state, "xxxxxxxxx-");
}

/* Samples come 10 s behind one another, and a little more. */
static void past_has_no_gap_between_samples(void **state)
{
	note_past(*state, BEGIN_MS - 24001, 10000, 1);
	note_past(*state, BEGIN_MS - 12501, 10000, 1);
	assert_steps(*state, "---xxxx---");
}

static void past_does_not_count_hosts_without_a_place(void **state)
{
	struct history *h = *state;
	char id[8];

	for (unsigned i = 0; i < HISTORY_HOSTS_MAX; i++) {
		(void)snprintf(id, sizeof(id), "%u", i);
		note(h, BEGIN_MS, id, "settled", 1, 10);
	}
	assert_int_equal(note(h, BEGIN_MS, "late", "settled", 1, 10), 1);
	note_past(h, BEGIN_MS, 10000, 1);
	json_t *all = history_json(h, BEGIN_MS, 0);

	assert_int_equal(json_integer_value(json_object_get(all, "left_out")), 1);
	json_decref(all);
}

static void host_without_a_place_is_counted_and_gets_one_later(void **state)
{
	struct history *h = *state;
	int64_t later_ms = BEGIN_MS + (int64_t)HISTORY_STEPS * STEP;
	char id[8];

	for (unsigned i = 0; i < HISTORY_HOSTS_MAX; i++) {
		(void)snprintf(id, sizeof(id), "%u", i);
		assert_int_equal(note(h, BEGIN_MS, id, "settled", 1, 10), 0);
	}
	assert_int_equal(note(h, later_ms - 1, "late", "settled", 1, 10), 1);
	assert_int_equal(n_hosts(h, later_ms - 1), HISTORY_HOSTS_MAX);
	assert_int_equal(note(h, later_ms, "late", "settled", 1, 10), 0);
	assert_int_equal(n_hosts(h, later_ms), 1);
}

static void what_is_no_member_is_left_out(void **state)
{
	struct history *h = *state;
	json_t *odd = json_pack("[n,i,s,{},{s:s,s:s},{s:s,s:s,s:s,s:i},{s:i}]", 1, "x", "id", "",
				"state", "settled", "id", "a", "state", "settled", "offset_ns", "1",
				"bound_ns", 1, "id", 1);

	assert_int_equal(history_note(h, BEGIN_MS, odd), 0);
	assert_int_equal(note(h, BEGIN_MS, "0123456789012345678901234", "settled", 1, 1), 0);
	assert_int_equal(history_note(h, BEGIN_MS, NULL), 0);
	assert_int_equal(n_hosts(h, BEGIN_MS), 0);
	json_decref(odd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_history, close_history)
		TEST(peaks_of_a_step_are_kept),
		TEST(host_out_of_sight_leaves_a_gap),
		TEST(only_an_hour_is_kept),
		TEST(past_does_not_replace_what_came_later),
		TEST(past_is_no_longer_than_its_samples),
		TEST(past_has_no_gap_between_samples),
		TEST(past_does_not_count_hosts_without_a_place),
		TEST(host_without_a_place_is_counted_and_gets_one_later),
		TEST(what_is_no_member_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
