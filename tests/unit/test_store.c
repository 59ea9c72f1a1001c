/* test_store.c - what berkd-exporter shows: no old figures as new ones, no event twice, out of order
 * or lost without a word, and what berkd has kept of the time before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exporter/history.h"
#include "exporter/store.h"

#include "berk/time.h"
#include "berkctl/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS	 ((int64_t)HISTORY_STEP_MS * HISTORY_STEPS)
#define SPAN_MS	 10000
#define UNTIL_NS (INT64_C(1700000000) * NS_PER_S)

static struct store *store;
static int64_t now_ms;

/* In place of the one of client.c. */
int64_t client_now_ms(void)
{
	return now_ms;
}

static int open_store(void **state)
{
	(void)state;
	now_ms = 10 * HOUR_MS;
	store = store_new();
	return store ? 0 : -1;
}

static int close_store(void **state)
{
	(void)state;
	store_free(store);
	return 0;
}

static json_t *state_now(void)
{
	size_t len;
	char *text = store_state(store, &len);
	json_t *j = json_loads(text, 0, NULL);

	free(text);
	assert_non_null(j);
	return j;
}

static bool is_true(const char *key)
{
	json_t *j = state_now();
	bool is = json_is_true(json_object_get(j, key));

	json_decref(j);
	return is;
}

/* The texts of the events, the newest first. */
static void assert_events(const char *wanted)
{
	json_t *j = state_now();
	char all[1024] = "";
	size_t i;
	const json_t *e;

	json_array_foreach(json_object_get(j, "events"), i, e)
	{
		size_t len = strlen(all);

		(void)snprintf(all + len, sizeof(all) - len, "%s ",
			       json_string_value(json_object_get(e, "text")));
	}
	assert_string_equal(all, wanted);
	json_decref(j);
}

/* --- Figures --- */

static bool is_up(void)
{
	size_t len;
	char *text = store_metrics(store, METRICS_TEXT, &len);
	bool up = strstr(text, "berkd_up 1\n") != NULL;

	assert_true(up == (strstr(text, "berkd_synced") != NULL));
	free(text);
	return up;
}

static bool has_problems(void)
{
	json_t *j = state_now();
	bool has = json_array_size(json_object_get(j, "findings")) == 1;

	json_decref(j);
	return has;
}

static void old_figures_are_none(void **state)
{
	(void)state;
	assert_false(is_up());
	(void)store_put(store, json_pack("{s:b}", "synced", true), json_array(),
			json_pack("[s]", "a problem"));
	now_ms += STORE_STALE_MS - 1;
	assert_true(is_up());
	assert_true(is_true("reachable"));
	assert_true(has_problems());
	now_ms++; /* the sampler is stuck in a call */
	assert_false(is_up());
	assert_false(is_true("reachable"));
	assert_false(has_problems());
}

/* --- Events --- */

static void events_without_room_are_told(void **state)
{
	(void)state;
	for (int i = 0; i < STORE_EVENTS_MAX; i++) {
		assert_false(store_tell(store, "info", "x"));
		now_ms++;
	}
	assert_false(is_true("events_cut"));
	assert_true(store_tell(store, "info", "x"));
	assert_true(is_true("events_cut"));
	now_ms += HOUR_MS;
	assert_false(is_true("events_cut")); /* it would not be shown any more */
	assert_events("");
}

/* --- What berkd has kept --- */

static json_t *entry(int64_t ago_s, json_t *more)
{
	json_t *e = json_pack("{s:s,s:s,s:I,s:I}", "id", "a", "name", "alpha", "wall_ns",
			      (json_int_t)(UNTIL_NS - ago_s * NS_PER_S), "boot_s",
			      (json_int_t)(now_ms / 1000 - ago_s));

	(void)json_object_update(e, more);
	json_decref(more);
	return e;
}

static json_t *event(int64_t ago_s, const char *text)
{
	return entry(ago_s, json_pack("{s:s,s:s,s:s}", "event", "master", "level", "notice", "text",
				      text));
}

static json_t *sample(int64_t ago_s, const char *host_state, int64_t lo_ns, int64_t hi_ns)
{
	return entry(ago_s, json_pack("{s:s,s:I,s:I,s:i}", "state", host_state, "offset_ns_min",
				      (json_int_t)lo_ns, "offset_ns_max", (json_int_t)hi_ns,
				      "bound_ns", 100));
}

/* @entries is taken over. */
static void load(json_t *entries)
{
	struct store_past past = {.now_ms = now_ms,
				  .span_ms = SPAN_MS,
				  .until_ns = UNTIL_NS,
				  .entries = entries};

	assert_non_null(entries);
	store_load(store, &past);
	json_decref(entries);
}

static void events_of_before_stand_before(void **state)
{
	(void)state;
	now_ms -= 100000;
	(void)store_tell(store, "info", "own");
	now_ms += 50000;
	store_hear(store);
	now_ms += 50000;
	load(json_pack("[o,o,o,o,o]", event(3600, "too-old"), event(3599, "first"),
		       event(200, "then"), event(90, "late"), event(45, "heard-already")));
	assert_events("late own then first ");
}

static void other_boots_and_times_are_left_out(void **state)
{
	json_t *of_other_boot = event(100, "boot"), *of_none = event(100, "none");
	json_t *of_other_time = event(100, "time"), *of_future = event(-1, "future");

	(void)state;
	(void)json_object_set_new(of_other_boot, "boot_s", json_integer(now_ms / 1000 - 131));
	(void)json_object_set_new(of_other_time, "wall_ns", json_integer(INT64_MIN));
	(void)json_object_del(of_none, "boot_s");
	load(json_pack("[o,o,o,o,n,i]", of_other_boot, of_other_time, of_none, of_future, 7));
	assert_events("");
}

/* Of the host: what is known of each step of the last minute. */
static void assert_points(const char *wanted)
{
	size_t len, i;
	char *text = store_history(store, now_ms / HISTORY_STEP_MS - 9, &len), all[256] = "";
	json_t *j = json_loads(text, 0, NULL);
	const json_t *v, *host = json_array_get(json_object_get(j, "hosts"), 0);

	json_array_foreach(json_object_get(host, "offset_ns"), i, v)
	{
		size_t used = strlen(all);

		(void)snprintf(all + used, sizeof(all) - used,
			       json_is_integer(v) ? "%" JSON_INTEGER_FORMAT " " : "- ",
			       json_integer_value(v));
	}
	assert_string_equal(all, wanted);
	json_decref(j);
	free(text);
}

/* Samples come each 10 s, and steps are of 6 s: no gap is between two samples, and one is where
 * there was none. */
static void samples_of_before_are_points(void **state)
{
	(void)state;
	load(json_pack("[o,o,o,o]", sample(50, "settled", -3, 2), sample(40, "new", 1, 4),
		       sample(30, "silent", 9, 9), sample(10, "settled", 5, 5)));
	assert_points("-3 4 4 - - - 5 5 - - ");
	/* What is measured now goes on from there. */
	(void)store_put(store, json_object(),
			json_pack("[{s:s,s:s,s:s,s:i,s:i}]", "id", "a", "name", "alpha", "state",
				  "settled", "offset_ns", 7, "bound_ns", 1),
			NULL);
	assert_points("-3 4 4 - - - 5 5 - 7 ");
}

/* --- How far back it is known that nothing happened --- */

/* A figure of the state; -1: null. */
static int64_t figure(const char *key)
{
	json_t *j = state_now();
	const json_t *v = json_object_get(j, key);
	int64_t value = json_is_integer(v) ? json_integer_value(v) : -1;

	json_decref(j);
	return value;
}

static json_t *own_sample(int64_t ago_s)
{
	json_t *e = sample(ago_s, "settled", 0, 0);

	(void)json_object_set_new(e, "self", json_true());
	return e;
}

/* Of this host, one each 10 s, from @first_s ago to @last_s ago. */
static json_t *own_samples(int64_t first_s, int64_t last_s)
{
	json_t *list = json_array();

	for (int64_t s = first_s; s >= last_s; s -= 10) {
		(void)json_array_append_new(list, own_sample(s));
	}
	return list;
}

static void what_is_not_heard_is_not_known(void **state)
{
	(void)state;
	assert_int_equal(figure("events_ms"), -1);
	store_hear(store);
	now_ms += 5000;
	assert_int_equal(figure("events_ms"), 5000);
	store_hear(store); /* by another connection: who knows what was between */
	now_ms += 1000;
	assert_int_equal(figure("events_ms"), 1000);
	store_deafen(store);
	assert_int_equal(figure("events_ms"), -1);
	load(own_samples(600, 10));
	assert_int_equal(figure("events_ms"), -1);
	store_hear(store);
	now_ms += 2 * HOUR_MS;
	assert_int_equal(figure("events_ms"), HOUR_MS);
	store_lose(store, "x");
	assert_int_equal(figure("events_ms"), -1);
}

/* @entries is taken over. */
static void assert_known_for(int64_t wanted_s, json_t *entries)
{
	store_hear(store);
	load(entries);
	assert_int_equal(figure("events_ms"), wanted_s * 1000);
}

static void past_is_known_as_far_as_it_was_kept(void **state)
{
	json_t *list = own_samples(100, 10), *old = own_samples(600, 140);

	(void)state;
	assert_int_equal(figure("loads"), 0);
	assert_known_for(0, json_array()); /* [state] history = 0 was until now */
	assert_int_equal(figure("loads"), 1);
	assert_known_for(3600, own_samples(3600, 10));
	assert_known_for(600, own_samples(600, 30));
	assert_known_for(0, own_samples(600, 40)); /* berkd has begun just now */
	(void)json_array_extend(old, list);
	assert_known_for(100, old); /* it was off for 40 s */
	json_decref(list);
}

static void what_cannot_be_placed_is_not_known(void **state)
{
	json_t *list = own_samples(600, 10);

	(void)state;
	for (size_t i = 0; i < 50; i++) { /* the time was set 100 s ago */
		(void)json_object_set_new(json_array_get(list, i), "wall_ns", json_integer(1));
	}
	assert_known_for(100, list);
	/* What others are, or what happened, tells not that this berkd was there. */
	assert_known_for(10,
			 json_pack("[o,o,o,o]", sample(30, "settled", 0, 0), event(25, "x"),
				   entry(20, json_pack("{s:s,s:s,s:s,s:b}", "event", "start",
						       "level", "info", "text", "y", "self", 1)),
				   own_sample(10)));
}

static void age_of_figures_is_told(void **state)
{
	(void)state;
	assert_int_equal(figure("age_ms"), -1);
	(void)store_put(store, json_object(), json_array(), NULL);
	now_ms += 3000;
	assert_int_equal(figure("age_ms"), 3000);
	store_lose(store, "x");
	assert_int_equal(figure("age_ms"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_store, close_store)
		TEST(old_figures_are_none),
		TEST(events_without_room_are_told),
		TEST(events_of_before_stand_before),
		TEST(other_boots_and_times_are_left_out),
		TEST(samples_of_before_are_points),
		TEST(what_is_not_heard_is_not_known),
		TEST(past_is_known_as_far_as_it_was_kept),
		TEST(what_cannot_be_placed_is_not_known),
		TEST(age_of_figures_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
