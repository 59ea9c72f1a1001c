/* test_rows.c - what a host shows of the others is as of now: bounds grow, who has left is left
 * on every host, rows end, and a new identity takes the row of the one before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/world/node.h"
#include "tests/world/quiet.h"
#include "tests/world/reign.h"

#define FORGET_S 60
#define LAST	 4 /* the host that things happen to */

/* Five hosts, of which host 0 leads and host 1 is its deputy; the others are members. */
static int setup(void **state)
{
	(void)quiet_setup(state);
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.forget_ns = FORGET_S * NS_PER_S;
	}
	w->host[0].config.priority = 200;
	w->host[1].config.priority = 150;
	w->host[LAST].config.priority = 0;
	quiet_begin(w, 30);
	assert_int_equal(world_master(w, 0), 0);
	return 0;
}

static struct member_view view_of(const struct world *w, unsigned viewer, unsigned of)
{
	struct member_view v;

	assert_true(world_member_of(w, viewer, of, &v));
	return v;
}

static unsigned count_rows(const struct world *w, unsigned viewer)
{
	struct member_view v;
	unsigned n = 0;
	size_t at = 0;

	while (world_member(w, viewer, &at, &v)) {
		n++;
	}
	return n;
}

/* --- Bounds --- */

static void the_bound_of_a_silent_host_grows_on_every_host(void **state)
{
	struct world *w = *state;
	int64_t drift_ppb = w->host[0].config.max_drift_ppb, before[LAST];

	host_crash(w, LAST);
	quiet_run(w, 10);
	for (unsigned i = 0; i < LAST; i++) {
		before[i] = view_of(w, i, LAST).bound_ns;
		assert_true(before[i] > 0 && before[i] < NS_PER_S);
	}
	quiet_run(w, 30);
	for (unsigned i = 0; i < LAST; i++) {
		struct member_view v = view_of(w, i, LAST);
		int64_t grown = v.bound_ns - before[i];

		assert_int_equal(v.state, MEMBER_SILENT);
		assert_true(v.has_offset);
		assert_true(grown >= 30 * 2 * drift_ppb && grown < 45 * 2 * drift_ppb);
	}
}

static void without_a_master_nobody_stays_settled(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < LAST; i++) {
		host_crash(w, i);
	}
	quiet_run(w, 60);
	for (unsigned i = 0; i < LAST; i++) {
		assert_int_equal(view_of(w, LAST, i).state, MEMBER_SILENT);
		assert_true(view_of(w, LAST, i).bound_ns >
			    50 * 2 * w->host[0].config.max_drift_ppb);
	}
}

/* --- Who has left --- */

static void say_goodbye(struct world *w, unsigned i)
{
	struct node_event ev = {.type = EV_STOP};

	host_event(w, i, &ev);
	quiet_run(w, 0.01);
	host_crash(w, i);
}

static void who_says_goodbye_is_left_on_every_host(void **state)
{
	struct world *w = *state;

	quiet_isolate(w, 2); /* it does not hear the goodbye */
	say_goodbye(w, LAST);
	quiet_rejoin(w, 2);
	quiet_run(w, 10);
	for (unsigned i = 0; i < LAST; i++) {
		struct member_view v = view_of(w, i, LAST);

		assert_int_equal(v.state, MEMBER_LEFT);
		assert_int_equal(v.bound_ns, BOUND_UNKNOWN);
		assert_false(v.has_offset || v.has_rate || v.has_path);
	}
}

static void a_row_ends_with_forget_on_every_host(void **state)
{
	struct world *w = *state;

	say_goodbye(w, LAST);
	host_crash(w, LAST - 1);
	quiet_run(w, FORGET_S - 10);
	for (unsigned i = 0; i < LAST - 1; i++) {
		assert_int_equal(count_rows(w, i), 5);
	}
	quiet_run(w, 10 + FORGET_S / 2);
	for (unsigned i = 0; i < LAST - 1; i++) {
		assert_int_equal(count_rows(w, i), 3);
	}
}

static void who_comes_back_is_here_again(void **state)
{
	struct world *w = *state;

	say_goodbye(w, LAST);
	quiet_run(w, 10);
	host_boot(w, LAST);
	quiet_run(w, 30);
	for (unsigned i = 0; i < LAST; i++) {
		assert_int_equal(view_of(w, i, LAST).state, MEMBER_SETTLED);
	}
}

/* Only the others know an address of it, and none of them follows or leads it any more. */
static void who_knows_nobody_is_called_when_it_comes_back(void **state)
{
	struct world *w = *state;

	w->host[LAST].contacts = 0;
	say_goodbye(w, LAST);
	w->host[LAST].disk.n_row = 0;
	quiet_run(w, 10);
	host_boot(w, LAST);
	quiet_run(w, 45);
	for (unsigned i = 0; i < LAST; i++) {
		assert_true(member_state_is_here(view_of(w, i, LAST).state));
	}
}

/* Who is left never leads, so it says nothing by itself. */
static void a_master_that_knows_nobody_is_called_when_it_comes_back(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < LAST; i++) {
		host_crash(w, i);
	}
	quiet_run(w, 20);
	w->host[0].contacts = 0;
	w->host[0].disk.n_row = 0; /* nor does its disk */
	host_boot(w, 0);
	quiet_run(w, 45);
	assert_true(world_status(w, LAST).term == world_status(w, 0).term);
}

static void a_new_identity_takes_the_row_of_the_one_before(void **state)
{
	struct world *w = *state;

	host_crash(w, LAST);
	host_new_disk(w, LAST);
	host_boot(w, LAST);
	quiet_run(w, 30);
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(count_rows(w, i), 5);
		assert_true(member_state_is_here(view_of(w, i, LAST).state));
	}
}

/* --- What is not known --- */

/* A router gives its address to another host: that one may have gone on with the line. */
static void another_host_at_an_address_takes_nobodys_row(void **state)
{
	struct world *w = *state;

	host_crash(w, LAST);
	host_new_disk(w, LAST);
	w->host[LAST].config.name[0] = 'x';
	host_boot(w, LAST);
	quiet_run(w, 30);
	assert_int_equal(world_status(w, 0).n_table, 6);
	assert_int_equal(world_status(w, 0).n_alive, 5);
}

static void the_master_has_no_path_to_itself(void **state)
{
	struct member_view v = view_of(*state, 2, 0);

	assert_true(v.is_master && v.has_offset && v.has_rate && !v.has_path);
	assert_true(view_of(*state, 2, 3).has_path);
}

static void what_was_never_measured_is_not_known(void **state)
{
	static struct reign r;
	const struct node_config c = node_config_default();
	struct member_view v;

	(void)state;
	reign_open(&r, &c, 2);
	reign_lead(&r, 8, 0);
	for (unsigned k = 0; k < 2; k++) { /* no roster has come */
		assert_true(node_member_of(r.stage.node, r.stage.puppet[k].trust.id,
					   (mono_t){r.stage.now}, stage_pair(&r.stage), &v));
		assert_int_equal(v.bound_ns, BOUND_UNKNOWN);
		assert_false(v.has_offset || v.has_rate || v.has_path);
	}
	reign_close(&r);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, quiet_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_bound_of_a_silent_host_grows_on_every_host),
		TEST(without_a_master_nobody_stays_settled),
		TEST(who_says_goodbye_is_left_on_every_host),
		TEST(a_row_ends_with_forget_on_every_host),
		TEST(who_comes_back_is_here_again),
		TEST(who_knows_nobody_is_called_when_it_comes_back),
		TEST(a_master_that_knows_nobody_is_called_when_it_comes_back),
		TEST(a_new_identity_takes_the_row_of_the_one_before),
		TEST(another_host_at_an_address_takes_nobodys_row),
		TEST(the_master_has_no_path_to_itself),
		cmocka_unit_test(what_was_never_measured_is_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
