/* test_open.c - without a key, others may move a clock by little, and people are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/node/budget.h"
#include "tests/unit/lie.h"
#include "tests/world/quiet.h"

/* What runs beside its oscillator until that is noticed, and a part of max_drift for days. */
#define SLACK_NS (2 * NS_PER_S)

/* --- Hosts that meet --- */

static struct world *hosts(void **state, unsigned n)
{
	struct world *w = quiet_new(n);

	for (unsigned i = 0; i < n; i++) {
		w->host[i].config.open_group = true;
		w->host[i].config.earliest = (wall_t){WORLD_BUILD};
		w->host[i].config.floor = (wall_t){WORLD_BUILD};
		w->host[i].config.ceiling = (wall_t){WORLD_LAST};
	}
	*state = w;
	return w;
}

static int setup_two(void **state)
{
	(void)hosts(state, 2);
	return 0;
}

static int setup_five(void **state)
{
	(void)hosts(state, 5);
	return 0;
}

/* Fresh from the box: one shows 1970. */
static void begin_years_apart(struct world *w)
{
	w->host[0].clock.wall -= WORLD_WALL;
	quiet_begin(w, 60);
}

static void assert_apart(const struct world *w)
{
	struct node_status st = world_status(w, 0);

	assert_int_equal(quiet_steps(w), 0);
	assert_false(st.synced);
	assert_int_equal(st.lack, LACK_KEY);
	assert_int_equal(st.refusal, CORRECT_OPEN);
	assert_int_equal(st.open_max_ns, OPEN_NS_MAX);
	assert_true(st.open_group && !st.open_spent);
}

static void hosts_that_are_years_apart_stay_so(void **state)
{
	struct world *w = *state;

	begin_years_apart(w);
	assert_apart(w);
	assert_true(quiet_deeds(w, 0)->n_notice[NOTICE_LIMIT_TRIPPED] > 0);
}

static void assert_together_by_a_step(const struct world *w)
{
	assert_int_equal(quiet_steps(w), 1);
	for (unsigned i = 0; i < w->n; i++) {
		assert_true(world_status(w, i).synced);
		assert_in_range(world_off_ns(w, i) + NS_PER_S, 0, 2 * NS_PER_S);
	}
}

static void a_key_brings_them_together(void **state)
{
	struct world *w = *state;

	begin_years_apart(w);
	assert_apart(w);
	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.open_group = false;
		node_reconfigure(w->host[i].node, &w->host[i].config);
	}
	quiet_run(w, 10);
	assert_together_by_a_step(w);
	assert_int_equal(world_status(w, 0).open_max_ns, 0);
}

static void so_does_who_wants_it_insecure(void **state)
{
	struct world *w = *state;

	w->host[0].config.insecure = w->host[1].config.insecure = true;
	begin_years_apart(w);
	assert_together_by_a_step(w);
	assert_true(world_status(w, 0).open_group);
}

static void so_does_a_word_of_the_operator(void **state)
{
	struct world *w = *state;

	begin_years_apart(w);
	w->host[0].node->steering.budget.open.moved_ns = 3 * NS_PER_S; /* it begins anew */
	assert_int_equal(quiet_order(w, 0, ORDER_STEP, 0), ORDER_OK);
	quiet_run(w, 10);
	assert_together_by_a_step(w);
	assert_in_range(world_status(w, 0).open_moved_ns + NS_PER_MS, 0, 2 * NS_PER_MS);
}

/* What is within the limit is charged, and what happens here gives nothing back. */
static void hosts_that_are_seconds_apart_come_together(void **state)
{
	struct world *w = *state;

	w->host[0].clock.wall -= 4 * NS_PER_S;
	quiet_begin(w, 60);
	int64_t apart = world_wall(w, 0).ns - world_wall(w, 1).ns, moved = 0;

	assert_in_range(apart + NS_PER_MS, 0, 2 * NS_PER_MS);
	for (unsigned i = 0; i < w->n; i++) {
		assert_true(world_status(w, i).synced);
		moved += ns_abs(world_status(w, i).open_moved_ns);
	}
	assert_in_range(moved, 39 * NS_PER_S / 10, 41 * NS_PER_S / 10);
	int64_t before = world_status(w, 0).open_moved_ns;

	host_event(w, 0, &(struct node_event){.type = EV_STOP});
	host_crash(w, 0);
	quiet_run(w, 2);
	host_boot(w, 0);
	quiet_run(w, 10);
	assert_in_range(world_status(w, 0).open_moved_ns - before + NS_PER_MS, 0, 2 * NS_PER_MS);
	host_foreign_step(w, 0, 10 * NS_PER_MS); /* nor does another hand on the clock */
	assert_in_range(world_status(w, 0).open_moved_ns - before + NS_PER_MS, 0, 2 * NS_PER_MS);
}

/* Oscillators that differ by 80 ppm, and a group time that is none of them. */
static void what_honest_oscillators_do_is_no_movement(void **state)
{
	struct world *w = *state;

	quiet_begin(w, 7200);
	for (unsigned i = 0; i < w->n; i++) {
		struct node_status st = world_status(w, i);

		assert_true(st.synced && !st.open_spent);
		assert_in_range(st.open_moved_ns + 50 * NS_PER_MS, 0, 100 * NS_PER_MS);
	}
}

static void nobody_orders_on_another_host(void **state)
{
	struct world *w = *state;

	quiet_take_orders(w);
	quiet_begin_under_0(w, 60);
	assert_int_equal(host_move_time(w, 0, NS_PER_S, true, false, 0), ORDER_NOT_TRUSTED);
	assert_int_equal(w->fx.ordered.deaf.n, 4);
	assert_int_equal(w->fx.ordered.deaf.host[0].why, DEAF_OPEN);
}

static void what_is_ordered_here_is_not_charged(void **state)
{
	struct world *w = *state;

	w->host[0].config.min_hosts = 1;
	w->host[0].contacts = 0;
	host_boot(w, 0);
	quiet_run(w, 30);
	assert_int_equal(host_move_time(w, 0, 3600 * NS_PER_S, true, false, 0), ORDER_OK);
	quiet_run(w, 10);
	assert_in_range(world_off_ns(w, 0) - 3600 * NS_PER_S + NS_PER_S, 0, 2 * NS_PER_S);
	assert_true(world_status(w, 0).synced);
	assert_in_range(world_status(w, 0).open_moved_ns + NS_PER_MS, 0, 2 * NS_PER_MS);
}

/* Others make its line, too. */
static void a_master_that_is_spent_leads_no_more(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	w->host[0].node->steering.budget.open.moved_ns = OPEN_NS_MAX + NS_PER_S;
	quiet_run(w, 10);
	assert_true(world_status(w, 0).open_spent);
	assert_int_not_equal(world_master(w, 1), 0);
	assert_true(quiet_deeds(w, 0)->n_notice[NOTICE_LIMIT_TRIPPED] > 0);
	int64_t freq_ppb = world_status(w, 0).freq_ppb;

	quiet_run(w, 60);
	assert_int_equal(world_status(w, 0).freq_ppb, freq_ppb);
	assert_int_not_equal(world_master(w, 1), 0);
}

/* --- What a master makes of a member --- */

static int setup(void **state)
{
	static struct deceit l;

	lie_begin(&l, true);
	*state = &l;
	return 0;
}

static int teardown(void **state)
{
	struct deceit *l = *state;

	stage_close(&l->s);
	return 0;
}

/* By so much, which its clock works off while the master only polls it. */
static void move(struct deceit *l, int64_t by_ns)
{
	lie_want(l, &lie_confirmed, by_ns, NS_PER_S);
	for (unsigned i = 0; i < 300; i++) {
		lie_poll(l, &lie_confirmed);
		stage_wait(&l->s, NS_PER_S);
	}
}

/* A second in five minutes, for hours. */
static void moves_add_up_since_the_boot(void **state)
{
	struct deceit *l = *state;

	for (unsigned hour = 0; hour < 4; hour++) {
		for (unsigned i = 0; i < 8; i++) {
			move(l, 900 * NS_PER_MS);
		}
		lie_start_anew(l, false);
		lie_want(l, &lie_confirmed, 0, MINUTE_NS);
	}
	assert_in_range(lie_moved_ns(l), 3 * NS_PER_S, OPEN_NS_MAX + 100 * NS_PER_MS);
	assert_true(l->n_tripped[LIMIT_OPEN] > 0);
	assert_int_equal(l->n_tripped[LIMIT_ACCUMULATED], 0);
	/* Back is not further. */
	move(l, -900 * NS_PER_MS);
	assert_in_range(lie_moved_ns(l), 2 * NS_PER_S, OPEN_NS_MAX - 500 * NS_PER_MS);
}

static void a_rate_is_a_movement_until_it_is_spent(void **state)
{
	for (int sign = -1; sign <= 1; sign += 2) {
		struct deceit *l = *state;

		lie_want_rate(l, 0, 15 * MINUTE_NS);
		lie_want_rate(l, sign * 50e-6, 3 * DAY_NS);
		int64_t by_then = lie_moved_ns(l);

		assert_in_range(ns_abs(by_then), OPEN_NS_MAX - NS_PER_S, OPEN_NS_MAX + SLACK_NS);
		assert_int_equal(l->n_tripped[LIMIT_DEPARTURE], 0);
		assert_true(l->n_tripped[LIMIT_OPEN] > 0 && stage_status(&l->s).open_spent);
		lie_start_anew(l, false);
		assert_true(stage_status(&l->s).open_spent);
		lie_want_rate(l, sign * 50e-6, DAY_NS);
		lie_want(l, &lie_confirmed, -sign * 900 * NS_PER_MS, MINUTE_NS);
		assert_true(ns_abs(lie_moved_ns(l) - by_then) < 10 * NS_PER_MS);
		lie_start_anew(l, true);
		assert_false(stage_status(&l->s).open_spent);
		teardown(state);
		lie_begin(l, true);
	}
}

/* Its rate was learnt under whoever led it astray. */
static void the_operator_s_word_forgets_what_was_learnt(void **state)
{
	struct deceit *l = *state;
	struct node_event ev = {.type = EV_ORDER, .order = {.order = ORDER_STEP}};

	lie_want_rate(l, 50e-6, 15 * MINUTE_NS);
	assert_true(l->s.node->steering.budget.open.followed_ns >= 10 * MINUTE_NS);
	stage_event(&l->s, &ev);
	assert_int_equal(l->s.fx.ordered.verdict, ORDER_OK);
	assert_in_range(l->s.node->steering.budget.open.followed_ns, 0, 5 * NS_PER_S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define W(f, setup) cmocka_unit_test_setup_teardown(f, setup, quiet_teardown)
		W(hosts_that_are_years_apart_stay_so, setup_two),
		W(a_key_brings_them_together, setup_two),
		W(so_does_who_wants_it_insecure, setup_two),
		W(so_does_a_word_of_the_operator, setup_two),
		W(hosts_that_are_seconds_apart_come_together, setup_two),
		W(what_honest_oscillators_do_is_no_movement, setup_five),
		W(nobody_orders_on_another_host, setup_five),
		W(what_is_ordered_here_is_not_charged, setup_two),
		W(a_master_that_is_spent_leads_no_more, setup_five),
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(moves_add_up_since_the_boot),
		T(a_rate_is_a_movement_until_it_is_spent),
		T(the_operator_s_word_forgets_what_was_learnt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
