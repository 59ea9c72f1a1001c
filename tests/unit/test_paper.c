/* test_paper.c - group time as a paper clock, in a group of whole nodes: what is averaged at a
 * founding, weights, phases, and the draw to the plain average of the oscillators. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "core/node/estimators.h"
#include "core/node/table.h"
#include "tests/world/quiet.h"

#define PPM	 1e-6
#define DRAW_TAU 3600.0 /* s */

/* Host 0 leads; its oscillator is 40 ppm, and its wall 20 ms, behind the average of the five. */
static int setup(void **state)
{
	struct world *w = quiet_new(5);

	w->host[0].config.priority = 200;
	*state = w;
	return 0;
}

static struct world *begun(void **state, double seconds)
{
	struct world *w = *state;

	quiet_begin(w, seconds);
	assert_int_equal(world_master(w, 0), 0);
	return w;
}

/* The rate of group time against true time. */
static double group_rate(const struct world *w)
{
	return (1 + w->host[0].clock.freq) * (1 + world_status(w, 0).line.rate) - 1;
}

/* Group time less true time. */
static int64_t group_ns(const struct world *w)
{
	struct line l = world_status(w, 0).line;

	return line_at(&l, host_pair(w, 0).raw).ns - WORLD_WALL - w->now;
}

static void a_founding_averages_the_walls(void **state)
{
	struct world *w = begun(state, 5);

	assert_true(ns_abs(group_ns(w)) < NS_PER_MS);
}

static void a_young_group_comes_to_the_plain_average_of_the_oscillators(void **state)
{
	struct world *w = begun(state, 59);

	assert_true(fabs(group_rate(w)) < 0.01 * PPM);
}

static void say_goodbye(struct world *w, unsigned i)
{
	struct node_event stop = {.type = EV_STOP};

	host_event(w, i, &stop);
	quiet_run(w, 0.001);
	host_crash(w, i);
}

/* The rate does not jump when the two fastest say goodbye; it is then the median of -40, -20 and
 * 0 ppm that draws it. */
static void a_settled_group_is_drawn_to_the_plain_average_within_an_hour(void **state)
{
	struct world *w = begun(state, 120);

	say_goodbye(w, 3);
	say_goodbye(w, 4);
	quiet_run(w, 10);
	assert_true(fabs(group_rate(w)) < 0.1 * PPM);
	quiet_run(w, DRAW_TAU);
	assert_true(fabs(group_rate(w) - -20 * PPM * (1 - exp(-1))) < 0.1 * PPM);
}

/* Two of five show 1 ppm of which nothing was learnt, and all count alike: the average of those
 * who are left would be another one. */
static void the_rate_does_not_jump_when_others_take_part_than_before(void **state)
{
	struct world *w = begun(state, 300);
	struct node *n = w->host[0].node;

	n->leading.paper.own.unrest = 1e12;
	for_each_peer (n, p) {
		p->as_master.paper.clock.unrest = 1e12;
		if (p->id == w->host[3].node->self.id || p->id == w->host[4].node->self.id) {
			p->as_master.paper.clock.own_rate += PPM;
		}
	}
	quiet_run(w, 5);
	double rate = group_rate(w);

	say_goodbye(w, 4);
	quiet_run(w, 5);
	assert_true(fabs(group_rate(w) - rate) < 0.05 * PPM);
}

static int64_t line_ns(const struct world *w, unsigned i)
{
	struct line l = world_status(w, i).line;

	return line_at(&l, host_pair(w, i).raw).ns - WORLD_WALL - w->now;
}

/* P15: each side draws the rate to the average of all, as if it saw them; that moves when one says
 * goodbye before the split. */
static void both_sides_of_a_split_group_keep_its_rate(void **state)
{
	for (unsigned side = 1; side < 3; side++) {
		struct world *w = quiet_new(5);

		w->net.jitter_ns = NS_PER_US;
		w->host[4].config.priority = 200; /* so the other side has a new master */
		quiet_begin(w, 600);
		if (side == 1) {
			say_goodbye(w, 3);
		}
		world_split(w, side);
		quiet_run(w, 3000);
		assert_true(world_status(w, 0).island && !world_status(w, 4).island);
		assert_in_range(ns_abs(line_ns(w, 0) - line_ns(w, 4)), 0, 100 * NS_PER_US);
		quiet_free(w);
	}
	(void)state;
}

/* By how much group time has left where it would be at @rate since it was at @from_ns at @since. */
static double away_ns(const struct world *w, double rate, int64_t from_ns, int64_t since)
{
	return (double)(group_ns(w) - from_ns) - rate * (double)(w->now - since);
}

/* By how much group time is away 100 s after the master's oscillator, over which the line is, jumped. */
static double left_by_a_jump(int64_t jitter_ns)
{
	struct world *w = quiet_new(5);

	w->host[0].config.priority = 200;
	w->net.jitter_ns = jitter_ns; /* the estimators know a network without any too well */
	quiet_begin(w, 240);
	assert_int_equal(world_master(w, 0), 0);
	int64_t before = group_ns(w);

	quiet_run(w, 60); /* what the line has for a rate just now may give back a phase */
	double rate = (double)(group_ns(w) - before) / 60e9;
	int64_t from = group_ns(w), since = w->now;

	w->host[0].clock.freq += 0.2 * PPM;
	quiet_run(w, 10);
	assert_true(fabs(away_ns(w, rate, from, since)) > 1000);
	quiet_run(w, 90);
	double left = fabs(away_ns(w, rate, from, since));

	quiet_free(w);
	return left;
}

/* Until the new rate is measured, group time runs away with it, by 2 us here.  The other clocks say
 * how far.  (In one network of 160 that were drawn they gave nothing back, so of three one may.) */
static void what_one_oscillator_took_from_group_time_the_phases_give_back(void **state)
{
	unsigned n = 0;

	(void)state;
	for (int64_t us = 1; us <= 3; us++) {
		n += left_by_a_jump(us * NS_PER_US) < 1000; /* without phases it is 3000 */
	}
	assert_in_range(n, 2, 3);
}

static double weight_of(const struct world *w, unsigned i)
{
	struct member_view v;

	assert_true(world_member_of(w, 0, i, &v));
	return v.weight;
}

static void a_clock_that_wanders_far_more_counts_for_nothing(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.max_liars = 0; /* nobody is trimmed: weights alone decide */
		w->host[i].clock.wander = i == 4 ? 1e-7 : 1e-9;
	}
	(void)begun(state, 1800);
	/* Who was measured anew counts like any other until its unrest shows again. */
	for (unsigned k = 0; k < 30 && weight_of(w, 4) >= 0.001; k++) {
		quiet_run(w, 20);
	}
	for (unsigned i = 0; i < 4; i++) {
		assert_true(weight_of(w, 4) < weight_of(w, i) / 10);
	}
	assert_true(weight_of(w, 4) < 0.01);
}

static void oscillator_jump(struct world *w, unsigned i, double freq)
{
	struct host_clock *c = &w->host[i].clock;
	struct rng r;

	rng_seed(&r, 1);
	host_clock_second(c, w->now, &r); /* up to now at the old rate; it does not wander */
	c->freq = freq;
}

/* How well the master knows the rates of those that it averages, at worst. */
static double rate_sd(const struct world *w)
{
	const struct node *n = w->host[0].node;
	struct estimate est;
	double worst = 0;

	for_each_peer (n, p) {
		if (p->as_master.judged.reason != REASON_RATE &&
		    p->as_master.judged.reason != REASON_SILENT && peer_measured(n, p, &est) &&
		    est.rate_sd > worst) {
			worst = est.rate_sd;
		}
	}
	return worst;
}

/* Go on for @seconds, and until the rates are known: group time may run as slow as the slowest
 * might, and after jumps all are measured anew. */
static void run_until_known(struct world *w, double seconds)
{
	quiet_run(w, seconds);
	for (unsigned k = 0; k < 30 && rate_sd(w) > 0.01 * PPM; k++) {
		quiet_run(w, 10);
	}
}

/* Each clock would have group time @ns away from where it is. */
static void let_phases_lie(struct world *w, int64_t ns)
{
	struct node *n = w->host[0].node;

	n->leading.paper.own.phase_ns = (double)ns;
	for_each_peer (n, p) {
		p->as_master.paper.clock.phase_ns = (double)ns;
	}
}

/* P24: group time ran at what most oscillators and a few very different ones had agreed on.
 * Then all jump to @drift, the one end of max_drift, and one whom nobody sees from there to the
 * other end: as far apart as its bound may grow.  What was learnt of each would take group time
 * beyond max_drift, and a host that is out of order shows a rate that no good one has. */
static void all_jump_within(double drift)
{
	enum { N = 7, CUT = 5, BAD = 6 };
	struct world *w = quiet_new(N);

	for (unsigned i = 0; i < N; i++) {
		w->host[i].clock.freq = i < 4 ? -0.9 * drift : 0.98 * drift;
		w->host[i].config.max_drift_ppb = 50000;
	}
	w->host[0].config.priority = 200;
	w->host[BAD].clock.freq = 4 * drift;
	w->host[BAD].liar = true; /* it promises what it cannot keep */
	quiet_begin(w, 300);
	assert_int_equal(world_status(w, 0).n_used, 4); /* of six; one is trimmed at either end */
	quiet_isolate(w, CUT);
	quiet_run(w, 10);
	for (unsigned i = 0; i < CUT; i++) {
		oscillator_jump(w, i, 0.98 * drift);
	}
	oscillator_jump(w, CUT, -0.98 * drift);
	run_until_known(w, 600); /* check.h compares the bounds */
	assert_true(fabs(group_rate(w) - 0.98 * drift) < 0.1 * PPM);

	/* Nor do phases push it beyond: they would by 1 ppm. */
	let_phases_lie(w, drift > 0 ? NS_PER_MS : -NS_PER_MS);
	for (unsigned k = 0; k < 20; k++) {
		quiet_run(w, 1);
		assert_true((group_rate(w) / drift - 0.98) * fabs(drift) < 0.5 * PPM);
	}
	let_phases_lie(w, 0);
	run_until_known(w, 0);

	/* And what it could not follow is not kept for later. */
	for (unsigned i = 0; i < CUT; i++) {
		oscillator_jump(w, i, i % 2 == 0 ? -0.4 * drift : 0);
	}
	quiet_run(w, 60);
	assert_true(group_rate(w) / drift < -0.3);
	quiet_free(w);
}

static void group_time_runs_no_faster_than_the_fastest_when_all_jump(void **state)
{
	(void)state;
	all_jump_within(50 * PPM);
}

static void group_time_runs_no_slower_than_the_slowest_when_all_jump(void **state)
{
	(void)state;
	all_jump_within(-50 * PPM);
}

/* The two fastest are measured anew, but nothing says that they run otherwise than they did. */
static void group_time_keeps_its_rate_while_those_who_are_here_are_measured_anew(void **state)
{
	struct world *w = *state;

	w->host[2].clock.freq = -15 * PPM;
	(void)begun(state, 300);
	double rate = group_rate(w);

	assert_true(rate > -6 * PPM);
	for (unsigned i = 3; i < 5; i++) {
		w->host[i].liar = true; /* so it knows nothing of it */
		w->host[i].lie.raw_ns += NS_PER_S;
	}
	quiet_run(w, 20);
	assert_true(fabs(group_rate(w) - rate) < 0.5 * PPM);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, quiet_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_founding_averages_the_walls),
		T(a_young_group_comes_to_the_plain_average_of_the_oscillators),
		T(a_settled_group_is_drawn_to_the_plain_average_within_an_hour),
		T(the_rate_does_not_jump_when_others_take_part_than_before),
		cmocka_unit_test(both_sides_of_a_split_group_keep_its_rate),
		cmocka_unit_test(what_one_oscillator_took_from_group_time_the_phases_give_back),
		cmocka_unit_test(group_time_runs_no_faster_than_the_fastest_when_all_jump),
		cmocka_unit_test(group_time_runs_no_slower_than_the_slowest_when_all_jump),
		T(group_time_keeps_its_rate_while_those_who_are_here_are_measured_anew),
		T(a_clock_that_wanders_far_more_counts_for_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
