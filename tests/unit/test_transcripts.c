/* test_transcripts.c - each bug that the simulator's weather once found, as a script of its own:
 * what happens to a group, in order, and what must come of it.  tests/sim/seeds.txt has the
 * weather. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/world/master.h"
#include "tests/world/node.h"
#include "tests/world/quiet.h"

#define FORGET_NS (60 * NS_PER_S)

/* --- Groups of whole nodes --- */

static int setup(void **state)
{
	(void)quiet_setup(state);
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.forget_ns = FORGET_NS;
	}
	return 0;
}

static int64_t bound_of_host(const struct world *w, unsigned i)
{
	return world_status(w, i).bound_ns;
}

/* Seed 1016: the host that answers there now is another one, and who it was will never come
 * back. */
static void a_lost_identity_keeps_no_bound_wide(void **state)
{
	struct world *w = *state;

	for (unsigned i = 1; i < w->n;
	     i++) { /* they wait for host 0 and make no terms of their own */
		w->host[i].config.priority = 0;
	}
	quiet_begin(w, 30);
	host_crash(w, 4);
	host_new_disk(w, 4);
	host_boot(w, 4);
	quiet_run(w, 10);
	for (unsigned i = 2; i < w->n; i++) {
		quiet_isolate(w, i);
	}
	quiet_run(w, 20);
	assert_true(bound_of_host(w, 1) > 2 * NS_PER_MS);
	for (unsigned i = 2; i < w->n; i++) {
		quiet_rejoin(w, i);
	}
	quiet_run(w, 20);
	assert_int_equal(world_status(w, 0).n_table, 5);
	assert_true(bound_of_host(w, 1) < NS_PER_MS);
}

/* Seed 1025: the one that still has the time may not lead, so those that have none must. */
static void who_may_not_lead_stops_nobody_who_may(void **state)
{
	struct world *w = *state;

	w->host[4].config.priority = 0;
	quiet_begin(w, 30);
	for (unsigned i = 0; i < 4; i++) {
		host_crash(w, i);
		host_power_cycle(w, i, 0); /* else their disks have the time too */
		host_boot(w, i);
	}
	quiet_run(w, 20);
	assert_true(world_master(w, 0) >= 0);
}

/* Seed 2022: half of 2 ms was taken for an offset, and must not be when the 2 ms are gone. */
static void an_offset_learnt_over_a_delay_goes_with_the_delay(void **state)
{
	struct world *w = *state;

	w->net.extra_ns[0][4] = 2 * NS_PER_MS;
	quiet_begin_under_0(w, 60);
	assert_true(world_spread(w) > 900 * NS_PER_US);
	w->net.extra_ns[0][4] = 0;
	quiet_run(w, 30);
	assert_true(world_spread(w) < 50 * NS_PER_US);
}

/* Seed 2582: silence in an island proves nothing, nor does it the moment after. */
static void nobody_is_forgotten_the_moment_an_island_ends(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 30);
	for (unsigned i = 2; i < w->n; i++) {
		quiet_isolate(w, i);
	}
	quiet_run(w, 2 * (double)FORGET_NS / 1e9);
	assert_true(world_status(w, 0).island);
	quiet_rejoin(w, 2);
	quiet_run(w, 20);
	assert_false(world_status(w, 0).island);
	assert_int_equal(world_status(w, 0).n_table, 5);
	quiet_run(w, (double)FORGET_NS / 1e9);
	assert_int_equal(world_status(w, 0).n_table, 3);
}

/* Seed 3137: a majority that comes together now says nothing of what those still away followed. */
static void a_majority_after_an_island_confirms_nothing_before_it(void **state)
{
	struct world *w = *state;

	for (unsigned i = 1; i < w->n; i++) {
		w->host[i].config.priority = 0;
	}
	quiet_begin(w, 30);
	for (unsigned i = 2; i < w->n; i++) {
		quiet_isolate(w, i);
	}
	quiet_run(w, 40);
	int64_t wide = bound_of_host(w, 0);

	assert_true(wide > 5 * NS_PER_MS);
	quiet_rejoin(w, 2);
	quiet_run(w, 20);
	assert_false(world_status(w, 0).island);
	assert_true(bound_of_host(w, 0) >= wide);
	quiet_rejoin(w, 3);
	quiet_rejoin(w, 4);
	quiet_run(w, 20);
	assert_true(bound_of_host(w, 0) < NS_PER_MS);
}

/* Seed 624: its voters had its new term before its first poll, and counted by its old rounds. */
static void a_master_elected_again_is_heeded_at_once(void **state)
{
	struct world *w = *state;
	uint64_t before;

	for (unsigned i = 1; i < w->n; i++) {
		w->host[i].config.priority = 0;
	}
	quiet_begin(w, 200);
	assert_int_equal(world_master(w, 0), 0);
	host_crash(w, 0);
	host_boot(w, 0);
	quiet_run(w, 10);
	assert_int_equal(world_master(w, 0), 0);
	before = world_status(w, 1).n_corrections;
	quiet_run(w, 10);
	assert_true(world_status(w, 1).n_corrections > before);
}

/* Seed 263: another hand moved its clock, not its line: who has no time may not lead it. */
static void a_host_whose_clock_was_stepped_still_knows_the_time(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) { /* whoever returns would rather lead */
		w->host[i].config.priority = i == 0 ? 50 : 100;
	}
	quiet_begin(w, 60);
	int64_t before = world_wall(w, 0).ns - w->now;

	for (unsigned i = 1; i < w->n; i++) { /* the others lose all, and their clocks too */
		host_crash(w, i);
		host_power_cycle(w, i, 3600 * NS_PER_S);
		host_boot(w, i);
	}
	host_foreign_step(w, 0, 5 * NS_PER_S);
	quiet_run(w, 30);
	assert_true(world_master(w, 0) >= 0);
	assert_true(world_spread(w) < NS_PER_MS);
	assert_in_range(world_wall(w, 0).ns - w->now - before + NS_PER_S, 0, 2 * NS_PER_S);
}

/* --- One node among scripted peers --- */

static int setup_stage(void **state)
{
	static struct stage s;
	struct node_config config = node_config_default();

	config.forget_ns = FORGET_NS;
	stage_open(&s, &config, 3, 128);
	stage_meet_all(&s);
	*state = &s;
	return 0;
}

static int teardown_stage(void **state)
{
	stage_close(*state);
	return 0;
}

/* The node follows puppet 0 in a group of @n_table with a line of @error_ns, then takes over. */
static void follow_and_take_over(struct stage *s, unsigned n_table, int64_t error_ns)
{
	struct master r = master_begin(s, 0);

	r.n_table = r.n_alive = n_table;
	master_lead(s, &r, 8, &(struct master_word){.error_ns = error_ns});
	assert_int_equal(stage_status(s).role, ROLE_DEPUTY);
	assert_true(stage_status(s).settled);
	master_hand_over(s, &r);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
}

/* Seed 615: one that takes no correction keeps its own bound wide, and nobody else's. */
static void who_takes_no_correction_keeps_no_base_error(void **state)
{
	struct stage *s = *state;

	s->puppet[2].applies = false;
	follow_and_take_over(s, 4, 5 * NS_PER_MS);
	stage_wait(s, 2 * NS_PER_S);
	assert_true(stage_status(s).bound_ns > 5 * NS_PER_MS);
	stage_wait(s, 40 * NS_PER_S);
	assert_int_equal(stage_status(s).n_alive, 4);
	assert_true(stage_status(s).bound_ns < NS_PER_MS);
}

/* Seed 5007: the same from the start of a group. */
static void who_takes_no_correction_keeps_no_new_group_unsynced(void **state)
{
	struct stage *s = *state;

	s->puppet[2].applies = false;
	for (unsigned k = 0; k < s->n_puppets; k++) { /* it knows that there should be more */
		(void)node_add_contact(s->node, &s->puppet[k].addr, (int)k);
		s->puppet[k].answers_polls = s->puppet[k].grants = k == 0;
	}
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_true(stage_status(s).island);
	assert_false(stage_status(s).synced);
	for (unsigned k = 1; k < s->n_puppets; k++) {
		s->puppet[k].answers_polls = true;
	}
	stage_wait(s, 60 * NS_PER_S);
	assert_int_equal(stage_status(s).n_alive, 4);
	assert_true(stage_status(s).synced);
}

/* Seed 99: of a table of five it has heard of four; the fifth may have another time. */
static void a_part_of_the_table_settles_no_base_error(void **state)
{
	struct stage *s = *state;

	follow_and_take_over(s, 5, 5 * NS_PER_MS);
	stage_wait(s, 40 * NS_PER_S);
	assert_int_equal(stage_status(s).n_alive, 4);
	assert_int_equal(stage_status(s).n_table, 5);
	assert_true(stage_status(s).bound_ns > 5 * NS_PER_MS);
}

/* Seed 157: an island's master may not forget those it never heard of, however long it lasts. */
static void an_island_forgets_nobody_it_never_heard_of(void **state)
{
	struct stage *s = *state;

	follow_and_take_over(s, 6, NS_PER_MS);
	stage_wait(s, 4 * NS_PER_S);
	s->puppet[1].answers_polls = s->puppet[2].answers_polls = false;
	stage_wait(s, 3 * FORGET_NS);
	assert_true(stage_status(s).island);
	assert_int_equal(stage_status(s).n_table, 6);
}

#define WORLD(f) cmocka_unit_test_setup_teardown(f, setup, quiet_teardown)
#define STAGE(f) cmocka_unit_test_setup_teardown(f, setup_stage, teardown_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(a_lost_identity_keeps_no_bound_wide),
		WORLD(who_may_not_lead_stops_nobody_who_may),
		WORLD(an_offset_learnt_over_a_delay_goes_with_the_delay),
		WORLD(nobody_is_forgotten_the_moment_an_island_ends),
		WORLD(a_majority_after_an_island_confirms_nothing_before_it),
		WORLD(a_master_elected_again_is_heeded_at_once),
		WORLD(a_host_whose_clock_was_stepped_still_knows_the_time),
		STAGE(who_takes_no_correction_keeps_no_base_error),
		STAGE(who_takes_no_correction_keeps_no_new_group_unsynced),
		STAGE(a_part_of_the_table_settles_no_base_error),
		STAGE(an_island_forgets_nobody_it_never_heard_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
