/* test_node.c - the time of a group of whole nodes: how it comes about, who joins it and who is
 * left out.  Election, exchanges and chat: test_node_election.c, test_exchange.c,
 * test_node_chat.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "core/wire/trust.h"
#include "tests/world/quiet.h"

static struct world *begun(void **state, double seconds)
{
	quiet_begin(*state, seconds);
	return *state;
}

static void group_comes_together_and_the_bound_holds(void **state)
{
	struct world *w = *state;

	quiet_boot_all(w);
	quiet_run(w, 30);
	assert_true(world_master(w, 0) >= 0);
	assert_true(world_spread(w) < 20 * NS_PER_US);
	assert_int_equal(quiet_steps(w), 0); /* all within the step threshold: slewed */
	for (unsigned i = 0; i < w->n; i++) {
		assert_true(quiet_deeds(w, i)->synced);
		assert_true(world_status(w, i).settled);
	}
}

static void first_join_steps_a_clock_beyond_the_threshold_once(void **state)
{
	struct world *w = *state;

	w->host[4].clock.wall += 400 * NS_PER_MS;
	begun(state, 20);
	assert_int_equal(quiet_deeds(w, 4)->n_steps, 1);
	assert_true(world_spread(w) < 20 * NS_PER_US);
}

static void a_founding_leaves_out_a_clock_that_is_seconds_off(void **state)
{
	struct world *w = *state;
	int64_t before = world_wall(w, 0).ns;

	w->host[4].clock.wall += 10 * NS_PER_S;
	begun(state, 20);
	/* The others were near the truth of host 2; they did not follow the wrong one. */
	assert_true(ns_abs(world_wall(w, 0).ns - before - w->now) < 100 * NS_PER_MS);
	assert_true(world_spread(w) < NS_PER_MS);
	assert_int_equal(quiet_deeds(w, 4)->n_steps, 1);
}

static void a_foreign_step_is_undone_as_a_newcomers(void **state)
{
	struct world *w = begun(state, 30);
	unsigned i = world_master(w, 0) == 1 ? 2 : 1;
	unsigned before = quiet_deeds(w, i)->n_steps;

	host_foreign_step(w, i, 5 * NS_PER_S);
	assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_CLOCK_INTERFERENCE], 1);
	quiet_run(w, 10);
	assert_int_equal(quiet_deeds(w, i)->n_steps, before + 1);
	assert_true(world_spread(w) < 50 * NS_PER_US);
}

static void a_member_that_restarts_with_a_wrong_clock_steps_onto_group_time(void **state)
{
	struct world *w = begun(state, 60);
	unsigned i = world_master(w, 0) == 1 ? 2 : 1;
	unsigned before = quiet_deeds(w, i)->n_steps;

	host_crash(w, i);
	w->host[i].clock.wall += 3600 * NS_PER_S;
	host_boot(w, i);
	quiet_run(w, 10);
	assert_int_equal(quiet_deeds(w, i)->n_steps, before + 1);
	assert_true(world_spread(w) < 50 * NS_PER_US);
}

static void a_master_that_slept_is_a_newcomer_and_no_master(void **state)
{
	struct world *w = begun(state, 30);
	unsigned i = (unsigned)world_master(w, 0);

	host_sleep(w, i);
	quiet_run(w, 60);
	host_wake(w, i, 60 * NS_PER_S);
	assert_int_not_equal(world_status(w, i).role, ROLE_MASTER);
	assert_false(world_status(w, i).has_line);
	quiet_run(w, 20);
	assert_true(world_master(w, 0) >= 0 && world_master(w, 0) != (int)i);
	assert_true(world_spread(w) < 50 * NS_PER_US);
}

static enum reason reason_of(const struct world *w, unsigned who)
{
	struct member_view v;

	assert_true(world_member_of(w, (unsigned)world_master(w, 0), who, &v));
	return v.reason;
}

static void a_stuck_clock_is_excluded_and_moves_nobody(void **state)
{
	struct world *w = *state;

	w->host[4].clock.deaf = w->host[4].liar = true;
	w->host[4].clock.wall += 10 * NS_PER_S;
	w->host[4].config.priority = 50;
	begun(state, 30);
	assert_true(world_master(w, 0) >= 0 && world_master(w, 0) != 4);
	assert_int_equal(reason_of(w, 4), REASON_DISOBEYS);
	enum reason good = reason_of(w, world_master(w, 0) == 0 ? 1 : 0);

	assert_true(good == REASON_NONE || good == REASON_TRIMMED);
	assert_true(world_spread(w) < 20 * NS_PER_US);
}

static void a_racing_oscillator_is_excluded_by_its_rate(void **state)
{
	struct world *w = *state;

	w->host[4].clock.freq = 900e-6;
	w->host[4].liar = true;
	w->host[4].config.priority = 50;
	begun(state, 30);
	enum reason r = reason_of(w, 4);

	assert_true(r == REASON_RATE || r == REASON_JUMPED);
	assert_true(world_spread(w) < 20 * NS_PER_US);
}

/* The largest change of the group's rate from one second to the next. */
static double rate_jump(struct world *w, unsigned seconds)
{
	unsigned m = (unsigned)world_master(w, 0);
	double before = world_status(w, m).line.rate, most = 0;

	for (unsigned i = 0; i < seconds; i++) {
		quiet_run(w, 1);
		double rate = world_status(w, m).line.rate;

		most = fmax(most, fabs(rate - before));
		before = rate;
	}
	return most;
}

static void the_group_rate_does_not_jump_with_those_who_come_and_go(void **state)
{
	struct world *w = *state;

	w->net.jitter_ns = NS_PER_US; /* without any, an estimator waits long and then leaps */
	(void)begun(state, 60);
	unsigned m = (unsigned)world_master(w, 0), other = (m + 1) % w->n, third = (m + 2) % w->n;
	node_id id = world_status(w, other).id;
	/* Wander alone makes 1.1e-7 at most; votes that are not shifted, 3e-7. */
	const double jump = 1.5e-7;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].clock.wander = 6e-9;
	}
	(void)rate_jump(w, 600); /* the learnt rates lag behind, each by its own wander */
	host_crash(w, third);
	assert_true(rate_jump(w, 10) < jump);
	assert_int_equal(quiet_order(w, m, ORDER_EXCLUDE, id), ORDER_OK);
	assert_true(rate_jump(w, 10) < jump);
	assert_int_equal(quiet_order(w, m, ORDER_INCLUDE, id), ORDER_OK);
	host_boot(w, third);
	assert_true(rate_jump(w, 60) < 5 * jump); /* a newcomer's rate is not so well known */
	assert_int_equal(world_status(w, m).n_alive, w->n);
	assert_int_equal(world_master(w, 0), (int)m);
}

static void nobody_shakes_hands_again_at_slow_polls(void **state)
{
	struct world *w = *state;
	unsigned before = 0, after = 0;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.poll_ns = 16 * NS_PER_S;
	}
	begun(state, 300);
	for (unsigned i = 0; i < w->n; i++) {
		before += quiet_deeds(w, i)->n_hellos;
	}
	quiet_run(w, 1400); /* in all half an hour: then keys are made anew */
	for (unsigned i = 0; i < w->n; i++) {
		after += quiet_deeds(w, i)->n_hellos;
	}
	assert_true(before > 0);
	assert_int_equal(after, before);
}

/* @viewer's view of @of's key: false when it shows none. */
static bool shows_key(const struct world *w, unsigned viewer, unsigned of)
{
	struct member_view v;

	if (!world_member_of(w, viewer, of, &v) || !v.key_known) {
		return false;
	}
	assert_memory_equal(v.public_key, world_status(w, of).public_key, KEY_LEN);
	return true;
}

static void keys_are_shown_of_oneself_and_of_those_that_proved_theirs(void **state)
{
	struct world *w = *state;
	struct member_view v;

	w->host[0].config.priority = 200;
	w->net.cut[3] = UINT64_C(1) << 4; /* 3 and 4 know each other by the roster only */
	w->net.cut[4] = UINT64_C(1) << 3;
	begun(state, 30);
	assert_int_equal(world_master(w, 0), 0);
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(id_from_key(world_status(w, i).public_key), world_status(w, i).id);
		assert_true(shows_key(w, i, i));
		assert_true(shows_key(w, 0, i));
	}
	assert_true(world_member_of(w, 3, 4, &v));
	assert_false(shows_key(w, 3, 4));
}

#define T(f) cmocka_unit_test_setup_teardown(f, quiet_setup, quiet_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(group_comes_together_and_the_bound_holds),
		T(first_join_steps_a_clock_beyond_the_threshold_once),
		T(a_founding_leaves_out_a_clock_that_is_seconds_off),
		T(a_foreign_step_is_undone_as_a_newcomers),
		T(a_member_that_restarts_with_a_wrong_clock_steps_onto_group_time),
		T(a_master_that_slept_is_a_newcomer_and_no_master),
		T(a_stuck_clock_is_excluded_and_moves_nobody),
		T(a_racing_oscillator_is_excluded_by_its_rate),
		T(the_group_rate_does_not_jump_with_those_who_come_and_go),
		T(nobody_shakes_hands_again_at_slow_polls),
		T(keys_are_shown_of_oneself_and_of_those_that_proved_theirs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
