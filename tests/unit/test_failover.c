/* test_failover.c - a new master: what a member takes from it at first, and what it knows of the
 * members at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "tests/world/master.h"
#include "tests/world/node.h"
#include "tests/world/quiet.h"

/* --- A member keeps its own line while it knows that better --- */

#define KNOWN_SD_NS 100	 /* of the line that the old master taught */
#define POOR_SD_NS  1000 /* of the new master's first corrections */
#define NEAR_NS	    3000 /* within four of these */
#define FAR_NS	    5000 /* beyond */
#define ERROR_NS    (2 * NS_PER_MS)
#define GROWTH_PPB  200100 /* as master.c says */
#define HOLD_LINES  16

struct member {
	struct stage stage;
	struct master master; /* the new one */
};

/* The node followed puppet 0 for @n corrections, and now it follows puppet 1. */
static struct stage *change_master(struct member *m, unsigned n)
{
	struct master old = master_begin(&m->stage, 0);

	master_lead(&m->stage, &old, n,
		    &(struct master_word){.error_ns = NS_PER_MS, .sd_ns = KNOWN_SD_NS});
	m->master = master_begin(&m->stage, 1);
	return &m->stage;
}

static int setup_member(void **state)
{
	static struct member m;
	struct node_config config = node_config_default();

	config.priority = 0; /* it leaves it to the puppets to lead */
	stage_open(&m.stage, &config, 2, 4);
	stage_meet(&m.stage, 0);
	stage_meet(&m.stage, 1);
	*state = &m;
	return 0;
}

static int teardown_member(void **state)
{
	stage_close(&((struct member *)*state)->stage);
	return 0;
}

/* The new master corrects once; how far the node's line moves at that. */
static int64_t moved_by(struct member *m, int64_t offset_ns, int64_t sd_ns)
{
	struct stage *s = &m->stage;

	assert_non_null(master_poll(s, &m->master));
	struct line before = stage_status(s).line;
	uint64_t n = stage_status(s).n_corrections;

	master_correct(s, &m->master,
		       &(struct master_word){.offset_ns = offset_ns,
					     .error_ns = ERROR_NS,
					     .sd_ns = sd_ns});
	assert_int_equal(stage_status(s).n_corrections, n + 1);
	struct line after = stage_status(s).line;
	raw_t now = stage_pair(s).raw;

	return wall_sub(line_at(&after, now), line_at(&before, now));
}

static void a_settled_host_keeps_its_own_line_while_it_knows_that_better(void **state)
{
	struct stage *s = change_master(*state, 8);
	const struct wire_reply *r = &s->puppet[1].heard[WIRE_REPLY].reply;

	assert_int_equal(moved_by(*state, NEAR_NS, POOR_SD_NS), 0);
	/* Its bound is the new master's, and what lies between. */
	struct line new = {.r0 = r->pair.raw, .error_ns = ERROR_NS, .growth_ppb = GROWTH_PPB};
	struct line own = stage_status(s).line;
	raw_t now = stage_pair(s).raw;

	assert_int_equal(line_error(&own, now), line_error(&new, now) + NEAR_NS);
}

static void a_line_that_contradicts_the_own_one_is_taken(void **state)
{
	change_master(*state, 8);
	assert_int_equal(moved_by(*state, FAR_NS, POOR_SD_NS), FAR_NS);
}

static void a_line_as_well_known_as_the_own_one_is_taken(void **state)
{
	change_master(*state, 8);
	assert_int_equal(moved_by(*state, NEAR_NS, KNOWN_SD_NS), NEAR_NS);
}

static void a_host_that_is_not_settled_takes_any_line(void **state)
{
	change_master(*state, 2);
	assert_int_equal(moved_by(*state, NEAR_NS, POOR_SD_NS), NEAR_NS);
}

static void who_took_one_line_of_a_master_takes_all_that_follow(void **state)
{
	change_master(*state, 8);
	assert_int_equal(moved_by(*state, 0, KNOWN_SD_NS), 0);
	assert_int_equal(moved_by(*state, NEAR_NS, POOR_SD_NS), NEAR_NS);
}

static void the_own_line_is_kept_for_so_many_corrections_at_most(void **state)
{
	change_master(*state, 8);
	for (unsigned i = 0; i < HOLD_LINES; i++) {
		assert_int_equal(moved_by(*state, NEAR_NS, POOR_SD_NS), 0);
	}
	assert_int_equal(moved_by(*state, NEAR_NS, POOR_SD_NS), NEAR_NS);
}

/* Its numbers may be the old one's, its readings are not. */
static void a_new_master_corrects_no_reading_that_the_old_one_asked_for(void **state)
{
	struct stage *s = change_master(*state, 8);
	struct member *m = *state;
	uint64_t n = stage_status(s).n_refused;
	const struct wire_reply old = s->puppet[0].heard[WIRE_REPLY].reply;

	assert_non_null(master_poll(s, &m->master));
	s->puppet[1].heard[WIRE_REPLY].reply.stamps.seq = old.stamps.seq;
	master_correct(s, &m->master, &(struct master_word){.error_ns = ERROR_NS});
	assert_int_equal(stage_status(s).n_refused, n + 1);
}

/* --- What the old master taught its deputy of the others --- */

/* Host 0 leads for a quarter of a minute and dies; host 1, its deputy, leads from this very
 * instant on. */
static void fail_over(struct world *w)
{
	quiet_begin_under_0(w, 15); /* too short for the deputy to measure the members itself */
	host_crash(w, 0);
	for (unsigned ms = 0; ms < 5000 && world_status(w, 1).role != ROLE_MASTER; ms++) {
		quiet_run(w, 1e-3);
	}
	assert_int_equal(world_status(w, 1).role, ROLE_MASTER);
}

static void a_new_master_knows_the_members_rates_with_the_first_exchange(void **state)
{
	struct world *w = *state;
	struct member_view v;

	fail_over(w);
	quiet_run(w, 0.01);
	double group = (1 + w->host[1].clock.freq) * (1 + world_status(w, 1).line.rate);

	for (unsigned i = 2; i < w->n; i++) {
		assert_true(world_member_of(w, 1, i, &v));
		double truth = (1 + w->host[i].clock.freq) / group - 1;

		assert_in_range(v.n_samples, 1, 2);
		assert_true(fabs(v.rate - truth) < 1e-7);
	}
}

static void a_master_whose_clock_is_stepped_hands_over_at_once(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	host_foreign_step(w, 0, 5 * NS_PER_S);
	quiet_run(w, 0.5); /* the deputy alone would wait three times as long */
	assert_int_equal(world_master(w, 0), 1);
}

static void a_new_master_gives_everyone_the_time_to_answer(void **state)
{
	struct world *w = *state;
	const unsigned *n_left = &quiet_deeds(w, 1)->n_notice[NOTICE_MEMBER_LEFT];

	fail_over(w);
	quiet_run(w, 3);
	assert_int_equal(*n_left, 0);
	quiet_run(w, 3);
	assert_int_equal(*n_left, 1); /* host 0 */
}

static node_id id_of(const struct world *w, unsigned i)
{
	return world_status(w, i).id;
}

/* The host of the lowest id but hosts 0 and @but. */
static unsigned lowest_id(const struct world *w, unsigned but)
{
	unsigned best = but == 1 ? 2 : 1;

	for (unsigned i = 1; i < w->n; i++) {
		best = i != but && id_of(w, i) < id_of(w, best) ? i : best;
	}
	return best;
}

/* A change of deputy costs what it learnt of the others. */
static void a_deputy_stays_when_another_of_its_rank_comes(void **state)
{
	struct world *w = *state;

	w->host[0].config.priority = 200;
	quiet_begin(w, 60);
	unsigned first = lowest_id(w, 0), second = lowest_id(w, first);

	host_crash(w, first);
	quiet_run(w, 60);
	assert_int_equal(world_status(w, 0).deputy, id_of(w, second));
	host_boot(w, first);
	quiet_run(w, 60);
	assert_true(world_status(w, first).settled);
	assert_int_equal(world_status(w, 0).deputy, id_of(w, second));
}

/* They are of the paths to the deputy that was. */
static void a_new_deputy_makes_closures_unknown(void **state)
{
	struct world *w = *state;
	struct member_view v;

	quiet_begin_under_0(w, 600);
	assert_true(world_member_of(w, 0, 4, &v));
	assert_true(v.closure_ns != CLOSURE_UNKNOWN);
	host_crash(w, 1);
	quiet_run(w, 20);
	assert_int_not_equal(world_status(w, 0).deputy, 0);
	assert_true(world_member_of(w, 0, 4, &v));
	assert_true(v.closure_ns == CLOSURE_UNKNOWN);
}

#define MEMBER(f) cmocka_unit_test_setup_teardown(f, setup_member, teardown_member)
#define WORLD(f)  cmocka_unit_test_setup_teardown(f, quiet_setup, quiet_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MEMBER(a_settled_host_keeps_its_own_line_while_it_knows_that_better),
		MEMBER(a_line_that_contradicts_the_own_one_is_taken),
		MEMBER(a_line_as_well_known_as_the_own_one_is_taken),
		MEMBER(a_host_that_is_not_settled_takes_any_line),
		MEMBER(who_took_one_line_of_a_master_takes_all_that_follow),
		MEMBER(the_own_line_is_kept_for_so_many_corrections_at_most),
		MEMBER(a_new_master_corrects_no_reading_that_the_old_one_asked_for),
		WORLD(a_new_master_knows_the_members_rates_with_the_first_exchange),
		WORLD(a_master_whose_clock_is_stepped_hands_over_at_once),
		WORLD(a_new_master_gives_everyone_the_time_to_answer),
		WORLD(a_new_deputy_makes_closures_unknown),
		WORLD(a_deputy_stays_when_another_of_its_rank_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
