/* test_members.c - who counts as a member: who is silent for too long is forgotten, whom an
 * operator excludes counts for nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/world/master.h"
#include "tests/world/node.h"
#include "tests/world/quiet.h"

#define FORGET_S 60

/* Five hosts, of which host 0 leads, without any rule for liars: each clock that counts is used. */
static int setup(void **state)
{
	(void)quiet_setup(state);
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.max_liars = 0;
		w->host[i].config.forget_ns = FORGET_S * NS_PER_S;
	}
	w->host[0].config.priority = 200;
	w->host[1].config.priority = 150;
	return 0;
}

static struct world *begun(void **state, double seconds)
{
	struct world *w = *state;

	quiet_begin(w, seconds);
	assert_int_equal(world_master(w, 0), 0);
	assert_int_equal(world_status(w, 0).deputy, world_status(w, 1).id);
	return w;
}

static struct member_view member_of(const struct world *w, unsigned who)
{
	struct member_view v;

	assert_true(world_member_of(w, 0, who, &v));
	return v;
}

static enum order_verdict order(struct world *w, enum order what, unsigned who)
{
	return quiet_order(w, 0, what, world_status(w, who).id);
}

/* --- Forgetting --- */

static void a_silent_member_is_forgotten(void **state)
{
	struct world *w = begun(state, 30);
	unsigned left = quiet_deeds(w, 0)->n_notice[NOTICE_MEMBER_LEFT];

	host_crash(w, 4);
	quiet_run(w, FORGET_S - 5);
	assert_int_equal(world_status(w, 0).n_table, 5);
	assert_int_equal(world_status(w, 0).n_alive, 4);
	assert_int_equal(quiet_deeds(w, 0)->n_notice[NOTICE_MEMBER_LEFT], left + 1); /* silent */
	quiet_run(w, 10);
	assert_int_equal(world_status(w, 0).n_table, 4);
	assert_int_equal(quiet_deeds(w, 0)->n_notice[NOTICE_MEMBER_LEFT], left + 2);
	assert_int_equal(quiet_deeds(w, 0)->departure, DEPARTURE_FORGOTTEN);
}

static void without_a_majority_nobody_is_forgotten(void **state)
{
	struct world *w = begun(state, 30);

	for (unsigned i = 2; i < w->n; i++) {
		host_crash(w, i);
	}
	quiet_run(w, 5 * FORGET_S);
	assert_int_equal(world_status(w, 0).n_table, 5);
	assert_true(world_status(w, 0).island);
}

/* P4: nothing passes between any two of them.  Each may lead itself, in holdover, and accuses
 * nobody. */
static void who_sees_nobody_for_longer_than_forget_is_no_surer(void **state)
{
	struct world *w = begun(state, 30);
	int64_t drift_ppb = w->host[0].config.max_drift_ppb, before[5];

	for (unsigned i = 0; i < w->n; i++) {
		quiet_isolate(w, i);
		w->net.cut[i] = ~UINT64_C(0);
	}
	quiet_run(w, 10);
	for (unsigned i = 0; i < w->n; i++) {
		before[i] = world_status(w, i).bound_ns;
	}
	for (unsigned k = 0; k < 5; k++) {
		quiet_run(w, FORGET_S);
		for (unsigned i = 0; i < w->n; i++) {
			struct node_status st = world_status(w, i);

			assert_int_equal(st.n_table, 5);
			assert_false(st.role == ROLE_MASTER && !st.island);
			assert_true(st.bound_ns >= before[i] + FORGET_S * 2 * drift_ppb);
			before[i] = st.bound_ns;
		}
	}
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_MEMBER_EXCLUDED], 0);
	}
	memset(w->net.cut, 0, sizeof(w->net.cut));
	quiet_run(w, 30);
	for (unsigned i = 0; i < w->n; i++) {
		assert_false(world_status(w, i).island);
		assert_true(world_status(w, i).bound_ns < NS_PER_MS);
	}
}

static void a_forgotten_member_that_returns_is_one_again(void **state)
{
	struct world *w = begun(state, 30);

	host_crash(w, 4);
	quiet_run(w, 2 * FORGET_S);
	assert_int_equal(world_status(w, 0).n_table, 4);
	host_boot(w, 4);
	quiet_run(w, 20);
	assert_int_equal(world_status(w, 0).n_table, 5);
	assert_int_equal(member_of(w, 4).state, MEMBER_SETTLED);
}

/* --- The operator's orders --- */

static void an_excluded_host_counts_for_nothing_until_it_is_included(void **state)
{
	struct world *w = begun(state, 60);

	assert_int_equal(world_status(w, 0).n_used, 5);
	assert_int_equal(order(w, ORDER_EXCLUDE, 4), ORDER_OK);
	quiet_run(w, 10);
	assert_int_equal(member_of(w, 4).reason, REASON_OPERATOR);
	assert_true(member_of(w, 4).weight == 0);
	assert_int_equal(world_status(w, 0).n_used, 4);
	assert_int_equal(order(w, ORDER_INCLUDE, 4), ORDER_OK);
	quiet_run(w, 10);
	assert_int_equal(member_of(w, 4).reason, REASON_NONE);
	assert_int_equal(world_status(w, 0).n_used, 5);
}

static void who_is_excluded_before_the_group_has_a_time_does_not_make_it(void **state)
{
	struct world *w = *state;

	w->host[4].clock.wall += 60 * NS_PER_MS;
	quiet_boot_all(w);
	while (world_master(w, 0) != 0) {
		quiet_run(w, 0.01);
	}
	assert_false(world_status(w, 0).has_line);
	assert_int_equal(order(w, ORDER_EXCLUDE, 4), ORDER_OK);
	quiet_run(w, 10);
	/* The mean of -20, -10, 0 and 10 ms; with host 4's 80 it would be 12. */
	assert_in_range(world_wall(w, 0).ns - WORLD_WALL - w->now + 7 * NS_PER_MS, 0,
			4 * NS_PER_MS);
}

static void an_excluded_host_is_no_deputy(void **state)
{
	struct world *w = begun(state, 30);

	assert_int_equal(order(w, ORDER_EXCLUDE, 1), ORDER_OK);
	quiet_run(w, 2);
	assert_int_not_equal(world_status(w, 0).deputy, world_status(w, 1).id);
	assert_int_not_equal(world_status(w, 0).deputy, 0);
}

static void a_master_excludes_only_whom_it_knows_and_not_itself(void **state)
{
	struct world *w = begun(state, 30);

	assert_int_equal(quiet_order(w, 0, ORDER_EXCLUDE, world_status(w, 0).id), ORDER_LEADS);
	assert_int_equal(quiet_order(w, 0, ORDER_INCLUDE, world_status(w, 0).id), ORDER_LEADS);
	assert_int_equal(quiet_order(w, 0, ORDER_EXCLUDE, 1), ORDER_NO_SUCH_PEER);
}

/* --- Goodbyes --- */

static void a_goodbye_counts_out_only_who_was_counted_and_once(void **state)
{
	static struct stage s;
	struct node_config config = node_config_default();

	(void)state;
	config.priority = 0;
	stage_open(&s, &config, 3, 8);
	for (unsigned k = 0; k < 3; k++) {
		stage_meet(&s, k);
	}
	struct master m = master_begin(&s, 0);

	assert_non_null(master_poll(&s, &m));
	unsigned n = stage_status(&s).n_table;
	struct wire_msg bye = {.type = WIRE_BYE, .term = m.term};

	for (unsigned k = 0; k < 3; k++) {
		stage_say(&s, 1, &bye); /* not in the table: it was never heard to follow */
	}
	assert_int_equal(stage_status(&s).n_table, n);
	stage_close(&s);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, quiet_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_silent_member_is_forgotten),
		T(without_a_majority_nobody_is_forgotten),
		T(who_sees_nobody_for_longer_than_forget_is_no_surer),
		T(a_forgotten_member_that_returns_is_one_again),
		T(an_excluded_host_counts_for_nothing_until_it_is_included),
		T(who_is_excluded_before_the_group_has_a_time_does_not_make_it),
		T(an_excluded_host_is_no_deputy),
		T(a_master_excludes_only_whom_it_knows_and_not_itself),
		cmocka_unit_test(a_goodbye_counts_out_only_who_was_counted_and_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
