/* test_node_election.c - who leads a group of whole nodes: founding, failover, partition,
 * transfer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/world/quiet.h"

static struct world *begun(void **state, double seconds)
{
	quiet_begin(*state, seconds);
	return *state;
}

/* Everyone up follows @master under its term. */
static void assert_one_group(const struct world *w, int master)
{
	struct node_status m = world_status(w, (unsigned)master);

	for (unsigned i = 0; i < w->n; i++) {
		struct node_status s = world_status(w, i);

		if (w->host[i].up) {
			assert_int_equal(s.master, m.id);
			assert_int_equal(s.term, m.term);
		}
	}
}

static void a_group_that_is_founded_is_led_by_the_best_rank(void **state)
{
	struct world *w = *state;

	w->host[3].config.priority = 200;
	quiet_boot_all(w);
	quiet_run(w, 5);
	assert_int_equal(world_master(w, 0), 3);
	assert_one_group(w, 3);
}

static void deputy_corrects_within_three_polls_of_the_masters_death(void **state)
{
	struct world *w = begun(state, 30);
	int old = world_master(w, 0);
	unsigned stepped = quiet_steps(w);
	node_id deputy = world_status(w, (unsigned)old).deputy;

	assert_true(deputy != 0);
	host_crash(w, (unsigned)old);
	quiet_mark(w);
	int64_t died = w->now;

	quiet_run(w, 6);
	int now = world_master(w, 0);

	assert_true(now >= 0 && now != old);
	assert_int_equal(world_status(w, (unsigned)now).id, deputy);
	assert_one_group(w, now);
	for (unsigned i = 0; i < w->n; i++) {
		if ((int)i != old && (int)i != now) {
			assert_true(quiet_deeds(w, i)->first_correction > died);
			assert_true(quiet_deeds(w, i)->first_correction - died < 3 * NS_PER_S);
		}
	}
	assert_int_equal(quiet_steps(w), stepped);
	host_boot(w, (unsigned)old); /* with its term from disk */
	quiet_run(w, 20);
	assert_int_equal(world_master(w, 0), now); /* no pre-emption */
	assert_one_group(w, now);
}

static void one_lost_poll_ends_no_lease(void **state)
{
	struct world *w = begun(state, 20);
	int master = world_master(w, 0);
	uint64_t term = world_status(w, (unsigned)master).term;

	for (int k = 0; k < 20; k++) { /* 300 ms of silence again and again */
		world_split(w, 2);
		quiet_run(w, 0.3);
		world_split(w, 0);
		quiet_run(w, 0.9);
	}
	assert_int_equal(world_master(w, 0), master);
	assert_int_equal(world_status(w, (unsigned)master).term, term);
}

static void two_sides_go_on_and_heal_without_a_step(void **state)
{
	struct world *w = begun(state, 30);
	unsigned stepped = quiet_steps(w);

	world_split(w, 2);
	quiet_run(w, 30);
	unsigned masters = 0, islands = 0;
	uint64_t terms[2] = {0, 0};

	for (unsigned i = 0; i < w->n; i++) {
		struct node_status s = world_status(w, i);

		if (s.role == ROLE_MASTER && masters < 2) {
			terms[masters++] = s.term;
			islands += s.island;
		}
	}
	assert_int_equal(masters, 2);
	assert_int_equal(islands, 1); /* the side of two */
	assert_true(terms[0] != terms[1]);
	world_split(w, 0);
	quiet_run(w, 20);
	assert_true(world_master(w, 0) >= 2); /* of the larger side */
	assert_one_group(w, world_master(w, 0));
	assert_int_equal(quiet_steps(w), stepped);
	assert_true(world_spread(w) < 50 * NS_PER_US);
}

static void majority_quorum_leaves_the_smaller_side_without_master(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.quorum = QUORUM_MAJORITY;
	}
	begun(state, 20);
	world_split(w, 2);
	quiet_run(w, 20);
	int master = world_master(w, 0);

	assert_true(master >= 2);
}

static void transfer_moves_mastership_without_a_gap(void **state)
{
	struct world *w = begun(state, 30);
	int old = world_master(w, 0);
	unsigned to = old == 4 ? 3 : 4;
	node_id id = world_status(w, to).id;

	assert_int_equal(quiet_order(w, (unsigned)old, ORDER_TRANSFER, 1), ORDER_NO_SUCH_PEER);
	assert_int_equal(quiet_order(w, (unsigned)old, ORDER_TRANSFER, id), ORDER_OK);
	quiet_run(w, 1);
	assert_int_equal(world_master(w, 0), (int)to);
	assert_one_group(w, (int)to);
	quiet_run(w, 10);
	assert_true(world_spread(w) < 50 * NS_PER_US);
}

static void step_down_hands_over_to_the_deputy(void **state)
{
	struct world *w = begun(state, 30);
	unsigned old = (unsigned)world_master(w, 0);
	node_id deputy = world_status(w, old).deputy;

	assert_int_equal(quiet_order(w, old, ORDER_TRANSFER, 0), ORDER_OK);
	quiet_run(w, 1);
	int master = world_master(w, 0);

	assert_int_equal(world_status(w, (unsigned)master).id, deputy);
	assert_one_group(w, master);
}

static void step_down_without_a_deputy_is_refused_and_changes_nothing(void **state)
{
	struct world *w = *state;

	for (unsigned i = 1; i < w->n; i++) {
		w->host[i].config.priority = 0; /* so nobody else may lead */
	}
	begun(state, 30);
	struct node_status before = world_status(w, 0);

	assert_int_equal(before.role, ROLE_MASTER);
	assert_int_equal(before.deputy, 0);
	assert_int_equal(quiet_order(w, 0, ORDER_TRANSFER, 0), ORDER_NO_DEPUTY);
	quiet_run(w, 5);
	assert_int_equal(world_master(w, 0), 0);
	assert_int_equal(world_status(w, 0).term, before.term);
}

static void a_stopping_master_hands_over_at_once(void **state)
{
	struct world *w = begun(state, 30);
	int old = world_master(w, 0);
	struct node_event ev = {.type = EV_STOP};

	host_event(w, (unsigned)old, &ev);
	quiet_run(w, 1e-5); /* until its last words are out */
	host_crash(w, (unsigned)old);
	quiet_run(w, 0.5);
	assert_true(world_master(w, 0) >= 0);
	assert_int_equal(world_status(w, (unsigned)world_master(w, 0)).n_table, 4);
}

#define T(f) cmocka_unit_test_setup_teardown(f, quiet_setup, quiet_teardown)

/* Two islands heal in the instant in which both masters lose power: each deputy is the first
 * successor of its own. */
static void two_deputies_do_not_wait_for_each_other_for_ever(void **state)
{
	struct world *w = quiet_new(4);
	unsigned masters[2], k = 0;

	(void)state;
	quiet_begin(w, 60);
	world_split(w, 2);
	quiet_run(w, 60.3);
	for (unsigned i = 0; i < w->n; i++) {
		if (world_status(w, i).role == ROLE_MASTER) {
			assert_true(k < 2);
			masters[k++] = i;
		}
	}
	assert_int_equal(k, 2);
	world_split(w, 0);
	host_crash(w, masters[0]);
	host_crash(w, masters[1]);
	quiet_run(w, 30);
	assert_true(world_master(w, 0) >= 0);
	quiet_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_group_that_is_founded_is_led_by_the_best_rank),
		T(deputy_corrects_within_three_polls_of_the_masters_death),
		T(one_lost_poll_ends_no_lease),
		T(two_sides_go_on_and_heal_without_a_step),
		T(majority_quorum_leaves_the_smaller_side_without_master),
		T(transfer_moves_mastership_without_a_gap),
		T(step_down_hands_over_to_the_deputy),
		T(step_down_without_a_deputy_is_refused_and_changes_nothing),
		T(a_stopping_master_hands_over_at_once),
		cmocka_unit_test(two_deputies_do_not_wait_for_each_other_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
