/* test_reference.c - hosts whose clocks berkd does not steer: references, which the group
 * follows, and observers, which it does not ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "tests/world/check.h"
#include "tests/world/quiet.h"

#define OTHER 4 /* the host that is no ordinary one; host 0 leads */

/* Five hosts without any rule for liars, so that each that counts is seen in the average. */
static int setup(void **state)
{
	(void)quiet_setup(state);
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.max_liars = 0;
	}
	w->host[0].config.priority = 200;
	return 0;
}

static struct world *begun(void **state, enum clock_mode mode, double seconds)
{
	struct world *w = *state;

	w->host[OTHER].config.mode = mode;
	quiet_begin(w, seconds);
	assert_int_equal(world_master(w, 0), 0);
	return w;
}

/* How far the group, by its master's clock, is behind the reference. */
static int64_t behind_ns(const struct world *w)
{
	return wall_sub(world_wall(w, OTHER), world_wall(w, 0));
}

static enum reason reason_of(const struct world *w, unsigned who)
{
	struct member_view v;

	assert_true(world_member_of(w, 0, who, &v));
	return v.reason;
}

/* --- References --- */

static void a_group_begins_with_the_time_of_its_reference(void **state)
{
	struct world *w = *state;

	w->host[OTHER].clock.wall += 60 * NS_PER_MS;
	begun(state, MODE_REFERENCE, 10);
	assert_in_range(behind_ns(w) + NS_PER_MS, 0, 2 * NS_PER_MS);
}

static void only_references_count_where_there_is_one(void **state)
{
	struct world *w = begun(state, MODE_REFERENCE, 30);

	assert_int_equal(reason_of(w, OTHER), REASON_NONE);
	for (unsigned i = 0; i < OTHER; i++) { /* the master among them */
		assert_int_equal(reason_of(w, i), REASON_NOT_REFERENCE);
	}
	assert_int_equal(world_status(w, 0).n_used, 1);
}

/* What a reference that runs 80 ppm faster than the master's oscillator would stay ahead by if
 * only its distance pulled is 1.3 ms. */
static void the_rate_of_the_reference_is_learnt(void **state)
{
	struct world *w = begun(state, MODE_REFERENCE, 300);

	assert_in_range(behind_ns(w) + 50 * NS_PER_US, 0, 100 * NS_PER_US);
}

/* Between its polls too: at 80 ppm it goes on by 1.3 ms in 16 s. */
static void a_reference_is_where_its_rate_has_led_it(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.poll_ns = 16 * NS_PER_S;
	}
	begun(state, MODE_REFERENCE, 600);
	for (unsigned i = 0; i < 16; i++) {
		quiet_run(w, 1);
		assert_in_range(behind_ns(w) + 50 * NS_PER_US, 0, 100 * NS_PER_US);
	}
}

static void the_group_comes_to_a_reference_that_was_set_and_stays(void **state)
{
	struct world *w = begun(state, MODE_REFERENCE, 300);

	host_foreign_step(w, OTHER, 2 * NS_PER_MS);
	quiet_run(w, 8);
	assert_in_range(behind_ns(w), NS_PER_MS, 2 * NS_PER_MS); /* it is pulled, not moved */
	quiet_run(w, 142);
	for (unsigned i = 0; i < 100; i++) {
		quiet_run(w, 1);
		assert_in_range(behind_ns(w) + 100 * NS_PER_US, 0, 200 * NS_PER_US);
	}
}

/* By how much the group's rate changes at most within five seconds of a step of its reference. */
static double rate_change_after(struct world *w, int64_t step_ns)
{
	double before = world_status(w, 0).line.rate, most = 0;

	host_foreign_step(w, OTHER, step_ns);
	for (unsigned i = 0; i < 5; i++) {
		quiet_run(w, 1);
		most = fmax(most, fabs(world_status(w, 0).line.rate - before));
	}
	return most;
}

/* Of 40 ms the pull alone would be 2500 ppm. */
static void a_reference_pulls_by_max_drift_at_most(void **state)
{
	static const int64_t steps[] = {40 * NS_PER_MS, -40 * NS_PER_MS};
	struct world *w = begun(state, MODE_REFERENCE, 300);

	for (unsigned i = 0; i < 2; i++) {
		double change = rate_change_after(w, steps[i]);

		assert_true(change > 95e-6 && change < 105e-6);
		quiet_run(w, 900);
	}
}

/* What is learnt while the pull is limited would carry the group past the reference. */
static void the_group_does_not_run_past_a_reference(void **state)
{
	struct world *w = begun(state, MODE_REFERENCE, 60);

	host_foreign_step(w, OTHER, 20 * NS_PER_MS);
	for (unsigned i = 0; i < 600; i++) {
		quiet_run(w, 1);
		assert_true(behind_ns(w) > -200 * NS_PER_US);
	}
	assert_true(behind_ns(w) < 200 * NS_PER_US);
}

/* Group time may go where the reference goes, as fast as it may be pulled. */
static void bounds_grow_faster_under_a_reference(void **state)
{
	struct world *w = begun(state, MODE_REFERENCE, 30);

	for (unsigned i = 1; i < w->n; i++) {
		assert_in_range(world_status(w, i).line.growth_ppb, 400000, 500000);
	}
}

static void bounds_grow_with_the_drift_alone_without_one(void **state)
{
	struct world *w = begun(state, MODE_STEER, 30);

	for (unsigned i = 1; i < w->n; i++) {
		assert_in_range(world_status(w, i).line.growth_ppb, 200000, 300000);
	}
}

/* The wall of the reference moves, and its host notices (an operator, a leap second) or not (a
 * snapshot). */
static void jump(struct world *w, unsigned who, int64_t step_ns, bool noticed)
{
	if (noticed) {
		host_foreign_step(w, who, step_ns);
		return;
	}
	w->host[who].clock.wall += step_ns;
	w->host[who].may_step = true;
	check_wall_moved(w, who);
}

/* All go on together: nobody refuses anything or calls it malformed, and the bounds hold, which
 * quiet_run() looks at.  The line keeps to what members take. */
static void assert_unspoilt(struct world *w, double seconds)
{
	uint64_t refused[QUIET_HOSTS_MAX];
	unsigned bad[QUIET_HOSTS_MAX];

	for (unsigned i = 0; i < w->n; i++) {
		refused[i] = world_status(w, i).n_refused;
		bad[i] = quiet_deeds(w, i)->n_notice[NOTICE_PACKET_BAD];
	}
	for (double s = 0; s < seconds; s++) {
		quiet_run(w, 1);
		assert_true(fabs(world_status(w, 0).line.rate) <= 200e-6);
		for (unsigned i = 1; i < OTHER; i++) {
			assert_in_range(wall_sub(world_wall(w, i), world_wall(w, 0)) + NS_PER_MS, 0,
					2 * NS_PER_MS);
		}
	}
	assert_int_equal(world_master(w, 0), 0);
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(world_status(w, i).n_refused, refused[i]);
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_PACKET_BAD], bad[i]);
	}
}

static const int64_t jumps_ns[] = {30 * NS_PER_MS, 150 * NS_PER_MS, NS_PER_S,	  3 * NS_PER_S,
				   20 * NS_PER_S,  -NS_PER_S,	    -3 * NS_PER_S};

static void a_reference_that_jumps_spoils_nothing(void **state)
{
	struct world *w = begun(state, MODE_REFERENCE, 60);

	for (unsigned i = 0; i < sizeof(jumps_ns) / sizeof(jumps_ns[0]); i++) {
		jump(w, OTHER, jumps_ns[i], i % 2 == 0);
		assert_unspoilt(w, 60);
		jump(w, OTHER, -jumps_ns[i], i % 2 == 0);
		assert_unspoilt(w, 30);
	}
}

static void a_reference_that_joins_late_spoils_nothing(void **state)
{
	for (unsigned i = 0; i < sizeof(jumps_ns) / sizeof(jumps_ns[0]); i++) {
		struct world *w = *state;

		w->host[OTHER].config.mode = MODE_REFERENCE;
		for (unsigned k = 0; k < OTHER; k++) {
			host_boot(w, k);
		}
		quiet_run(w, 60);
		w->host[OTHER].clock.wall += jumps_ns[i];
		host_boot(w, OTHER);
		quiet_run(w, 5);
		assert_unspoilt(w, 120);
		(void)quiet_teardown(state);
		(void)setup(state);
	}
}

/* A host that is cut off has a line from before the reference pulled. */
static void the_bound_of_a_host_that_is_cut_off_holds_while_a_reference_pulls(void **state)
{
	struct world *w = *state;

	w->host[OTHER].config.mode = MODE_REFERENCE;
	for (unsigned k = 0; k < OTHER; k++) {
		host_boot(w, k);
	}
	quiet_run(w, 60);
	quiet_isolate(w, 1);
	w->host[OTHER].clock.wall += 3 * NS_PER_S;
	host_boot(w, OTHER);
	quiet_run(w, 300);
	assert_in_range(world_wall(w, 0).ns - world_wall(w, 1).ns, 15 * NS_PER_MS, 100 * NS_PER_MS);
}

static void a_reference_too_far_off_is_set_aside(void **state)
{
	struct world *w = begun(state, MODE_REFERENCE, 120);
	double rate = world_status(w, 0).line.rate;

	host_foreign_step(w, OTHER, 20 * NS_PER_S); /* 100 ppm make 8.64 s a day */
	assert_unspoilt(w, 30);
	assert_int_equal(reason_of(w, OTHER), REASON_FAR);
	for (unsigned i = 0; i < OTHER; i++) { /* the others keep the time */
		assert_int_equal(reason_of(w, i), REASON_NONE);
	}
	assert_true(fabs(world_status(w, 0).line.rate - rate) < 20e-6);
	host_foreign_step(w, OTHER, -20 * NS_PER_S);
	assert_unspoilt(w, 30);
	assert_int_equal(reason_of(w, OTHER), REASON_NONE);
	assert_int_equal(reason_of(w, 0), REASON_NOT_REFERENCE);
}

static void a_leap_second_is_slewed(void **state)
{
	struct world *w = begun(state, MODE_REFERENCE, 120);

	host_foreign_step(w, OTHER, -NS_PER_S);
	assert_unspoilt(w, 300);
	assert_int_equal(reason_of(w, OTHER), REASON_NONE);
	assert_in_range(behind_ns(w) + NS_PER_S, 20 * NS_PER_MS, 40 * NS_PER_MS);
}

static void a_leap_second_is_ignored_on_demand(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.ignores_leaps = true;
	}
	w = begun(state, MODE_REFERENCE, 120);
	host_foreign_step(w, OTHER, -NS_PER_S);
	assert_unspoilt(w, 60);
	assert_int_equal(reason_of(w, OTHER), REASON_LEAP);
	assert_in_range(behind_ns(w) + NS_PER_S + 5 * NS_PER_MS, 0, 10 * NS_PER_MS);
	host_foreign_step(w, OTHER, NS_PER_S);
	assert_unspoilt(w, 30);
	assert_int_equal(reason_of(w, OTHER), REASON_NONE);
}

/* --- What references announce --- */

static enum leap leap_of(const struct world *w, unsigned i)
{
	return world_status(w, i).leap;
}

static void an_announced_leap_is_shown_on_all_until_it_has_come(void **state)
{
	struct world *w = begun(state, MODE_REFERENCE, 30);

	w->host[OTHER].leap = LEAP_INSERT;
	quiet_run(w, 5);
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(leap_of(w, i), LEAP_INSERT);
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_LEAP], 1);
	}
	w->host[OTHER].leap = LEAP_NONE;
	host_foreign_step(w, OTHER, -NS_PER_S);
	assert_unspoilt(w, 5);
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(leap_of(w, i), LEAP_NONE);
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_LEAP], i == OTHER ? 2 : 1);
	}
	assert_int_equal(quiet_deeds(w, OTHER)->n_notice[NOTICE_CLOCK_INTERFERENCE], 0);
}

static void a_step_that_was_not_announced_is_another_hands(void **state)
{
	static const int64_t steps[] = {NS_PER_S, -900 * NS_PER_MS};
	struct world *w = begun(state, MODE_REFERENCE, 30);

	for (unsigned i = 0; i < 2; i++) {
		w->host[OTHER].leap = LEAP_INSERT;
		quiet_run(w, 5);
		host_foreign_step(w, OTHER, steps[i]);
		assert_int_equal(quiet_deeds(w, OTHER)->n_notice[NOTICE_CLOCK_INTERFERENCE], i + 1);
	}
	w->host[OTHER].leap = LEAP_NONE;
	quiet_run(w, 5);
	host_foreign_step(w, OTHER, -NS_PER_S);
	host_foreign_step(w, OTHER, NS_PER_S);
	assert_int_equal(quiet_deeds(w, OTHER)->n_notice[NOTICE_CLOCK_INTERFERENCE], 4);
}

/* The master among them. */
static void a_leap_is_believed_of_most_references_alone(void **state)
{
	struct world *w = *state;

	w->host[0].config.mode = w->host[3].config.mode = MODE_REFERENCE;
	begun(state, MODE_REFERENCE, 30);
	w->host[1].leap = LEAP_DELETE; /* it is none */
	w->host[0].leap = LEAP_DELETE;
	quiet_run(w, 5);
	assert_int_equal(leap_of(w, 2), LEAP_NONE);
	w->host[OTHER].leap = LEAP_DELETE;
	quiet_run(w, 5);
	assert_int_equal(leap_of(w, 2), LEAP_DELETE);
}

/* The master is the reference, and far off: it leads by the others' oscillators. */
static void a_master_too_far_off_follows_not_itself(void **state)
{
	struct world *w = *state;

	w->host[0].config.mode = MODE_REFERENCE;
	quiet_begin(w, 60);
	assert_int_equal(reason_of(w, 1), REASON_NOT_REFERENCE);
	host_foreign_step(w, 0, 20 * NS_PER_S);
	quiet_run(w, 30);
	assert_int_equal(world_master(w, 0), 0);
	assert_int_equal(reason_of(w, 0), REASON_FAR);
	assert_int_equal(reason_of(w, 1), REASON_NONE);
	assert_true(fabs(world_status(w, 0).line.rate) < 100e-6);
}

/* Nobody else counts: group time goes on at the learnt rate all the same. */
static void a_lone_reference_that_goes_too_far_leaves_what_was_learnt(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.mode = i > 0 ? MODE_OBSERVE : MODE_REFERENCE;
	}
	quiet_begin(w, 60);
	jump(w, 0, 150 * NS_PER_MS, false);
	quiet_run(w, 5);
	assert_true(world_status(w, 0).line.rate > 90e-6);
	jump(w, 0, 20 * NS_PER_S, false);
	quiet_run(w, 5);
	assert_int_equal(reason_of(w, 0), REASON_FAR);
	assert_true(fabs(world_status(w, 0).line.rate) < 1e-6);
}

static void a_reference_that_is_lost_while_it_pulls_leaves_what_was_learnt(void **state)
{
	struct world *w = begun(state, MODE_REFERENCE, 200);
	double before = world_status(w, 0).line.rate;

	host_foreign_step(w, OTHER, 150 * NS_PER_MS);
	quiet_run(w, 20);
	assert_true(world_status(w, 0).line.rate > before + 90e-6);
	quiet_isolate(w, OTHER);
	quiet_run(w, 60);
	assert_true(fabs(world_status(w, 0).line.rate - before) < 10e-6);
}

static void the_clock_of_a_reference_is_left_alone(void **state)
{
	struct world *w = *state;
	int64_t ahead = world_wall(w, OTHER).ns - WORLD_WALL + 400 * NS_PER_MS;

	w->host[OTHER].clock.wall += 400 * NS_PER_MS;
	begun(state, MODE_REFERENCE, 30);
	assert_int_equal(quiet_deeds(w, OTHER)->n_steps, 0);
	assert_true(w->host[OTHER].clock.steer == 0);
	assert_in_range(world_wall(w, OTHER).ns - WORLD_WALL - ahead - w->now, 0, 10 * NS_PER_MS);
}

/* --- Observers --- */

static void an_observer_has_no_say_in_how_a_group_begins(void **state)
{
	struct world *w = *state;

	w->host[OTHER].clock.wall += 60 * NS_PER_MS;
	begun(state, MODE_OBSERVE, 10);
	/* The mean of -20, -10, 0 and 10 ms; with the observer's 80 it would be 12. */
	assert_in_range(world_wall(w, 0).ns - WORLD_WALL - w->now + 7 * NS_PER_MS, 0,
			4 * NS_PER_MS);
}

static void the_oscillator_of_an_observer_is_not_averaged(void **state)
{
	struct world *w = begun(state, MODE_OBSERVE, 60);
	struct member_view v;

	assert_true(world_member_of(w, 0, OTHER, &v));
	assert_int_equal(v.reason, REASON_OBSERVER);
	assert_true(v.weight == 0);
	assert_int_equal(world_status(w, 0).n_used, OTHER);
	assert_int_equal(world_status(w, 0).n_alive, w->n);
}

static void the_clock_of_an_observer_is_left_alone(void **state)
{
	struct world *w = *state;

	w->host[OTHER].clock.wall += 400 * NS_PER_MS;
	begun(state, MODE_OBSERVE, 30);
	assert_int_equal(quiet_deeds(w, OTHER)->n_steps, 0);
	assert_true(w->host[OTHER].clock.steer == 0);
	assert_true(behind_ns(w) > 400 * NS_PER_MS);
}

static void an_observer_never_leads(void **state)
{
	struct world *w = *state;

	w->host[OTHER].config.mode = MODE_OBSERVE;
	host_boot(w, OTHER);
	quiet_run(w, 60);
	assert_int_equal(world_status(w, OTHER).role, ROLE_NONE);
}

static void an_observer_is_named_no_deputy(void **state)
{
	struct world *w = *state;

	w->host[OTHER].config.priority = 150;	     /* before all but the master */
	w->host[OTHER].clock.wall -= 25 * NS_PER_MS; /* just where the group will be */
	w->host[OTHER].clock.freq = -10e-6;
	begun(state, MODE_OBSERVE, 30);
	assert_true(world_status(w, OTHER).settled);
	assert_int_not_equal(world_status(w, 0).deputy, 0);
	assert_int_not_equal(world_status(w, 0).deputy, world_status(w, OTHER).id);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, quiet_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_group_begins_with_the_time_of_its_reference),
		T(only_references_count_where_there_is_one),
		T(the_rate_of_the_reference_is_learnt),
		T(a_reference_is_where_its_rate_has_led_it),
		T(the_group_comes_to_a_reference_that_was_set_and_stays),
		T(a_reference_pulls_by_max_drift_at_most),
		T(the_group_does_not_run_past_a_reference),
		T(bounds_grow_faster_under_a_reference),
		T(bounds_grow_with_the_drift_alone_without_one),
		T(a_reference_that_jumps_spoils_nothing),
		T(a_reference_that_joins_late_spoils_nothing),
		T(the_bound_of_a_host_that_is_cut_off_holds_while_a_reference_pulls),
		T(a_reference_too_far_off_is_set_aside),
		T(a_leap_second_is_slewed),
		T(a_leap_second_is_ignored_on_demand),
		T(an_announced_leap_is_shown_on_all_until_it_has_come),
		T(a_step_that_was_not_announced_is_another_hands),
		T(a_leap_is_believed_of_most_references_alone),
		T(a_master_too_far_off_follows_not_itself),
		T(a_lone_reference_that_goes_too_far_leaves_what_was_learnt),
		T(a_reference_that_is_lost_while_it_pulls_leaves_what_was_learnt),
		T(the_clock_of_a_reference_is_left_alone),
		T(an_observer_has_no_say_in_how_a_group_begins),
		T(the_oscillator_of_an_observer_is_not_averaged),
		T(the_clock_of_an_observer_is_left_alone),
		T(an_observer_never_leads),
		T(an_observer_is_named_no_deputy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
