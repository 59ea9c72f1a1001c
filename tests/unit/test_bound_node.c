/* test_bound_node.c - the bound that a master publishes and sends: what is unconfirmed, and the
 * base error of a line that it took over, which stays until all of the table follow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/node/state.h"
#include "core/node/table.h"
#include "core/rules/bound.h"
#include "tests/world/master.h"
#include "tests/world/node.h"
#include "tests/world/quiet.h"

#define MEMBERS	  4		  /* two of them and the node are a majority */
#define BASE_NS	  (5 * NS_PER_MS) /* what the line that the node takes over may be wrong by */
#define SMALL_NS  (500 * NS_PER_US)
#define SILENCE_S 60

static int setup(void **state)
{
	static struct stage s;
	struct node_config config = node_config_default();

	stage_open(&s, &config, MEMBERS, 8);
	stage_meet_all(&s);
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	stage_close(*state);
	return 0;
}

/* Only the first @n members answer polls from now on. */
static void only_answer(struct stage *s, unsigned n)
{
	for (unsigned k = 0; k < MEMBERS; k++) {
		s->puppet[k].answers_polls = k < n;
	}
}

static int64_t bound_ns(const struct stage *s)
{
	return stage_status(s).bound_ns;
}

/* What puppet 0 was last told that its line can be wrong by. */
static int64_t sent_error_ns(const struct stage *s)
{
	return s->puppet[0].heard[WIRE_CORRECT].correct.error_ns;
}

static int64_t growth_ns(const struct stage *s, int64_t seconds)
{
	return seconds * bound_growth_ppb(s->config.max_drift_ppb, stage_status(s).line.rate);
}

/* Puppet 0 leads and hands over to the node, with a line that may be wrong by @error_ns. */
static void take_over(struct stage *s, int64_t error_ns)
{
	struct master m = master_begin(s, 0);

	master_lead(s, &m, 8, &(struct master_word){.error_ns = error_ns});
	master_hand_over(s, &m);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
}

/* The node leads and all follow it; then only @n members answer, for SILENCE_S. */
static void lead_and_lose_all_but(struct stage *s, unsigned n)
{
	take_over(s, 0);
	stage_wait(s, 120 * NS_PER_S);
	assert_int_equal(stage_status(s).n_alive, MEMBERS + 1);
	assert_true(bound_ns(s) < SMALL_NS);
	only_answer(s, n);
	stage_wait(s, SILENCE_S * NS_PER_S);
}

/* --- Confirmed and unconfirmed --- */

static void a_majority_that_answers_keeps_the_bound_small(void **state)
{
	struct stage *s = *state;

	lead_and_lose_all_but(s, 2);
	assert_false(stage_status(s).island);
	assert_true(bound_ns(s) < SMALL_NS);
}

static void without_a_majority_the_bound_grows_as_in_holdover(void **state)
{
	struct stage *s = *state;

	lead_and_lose_all_but(s, 1);
	assert_true(stage_status(s).island);
	assert_in_range(bound_ns(s), growth_ns(s, SILENCE_S - 2), growth_ns(s, SILENCE_S + 2));
}

static void a_correction_tells_what_is_unconfirmed(void **state)
{
	struct stage *s = *state;

	lead_and_lose_all_but(s, 1);
	assert_in_range(sent_error_ns(s), growth_ns(s, SILENCE_S - 4), growth_ns(s, SILENCE_S + 4));
}

static void who_leads_no_more_keeps_what_was_unconfirmed_and_it_grows(void **state)
{
	struct stage *s = *state;

	lead_and_lose_all_but(s, 0);
	int64_t wide = bound_ns(s);
	struct master m = master_begin(s, 1);

	assert_true(wide >= growth_ns(s, SILENCE_S - 2));
	assert_non_null(master_poll(s, &m));
	assert_int_equal(stage_status(s).master, s->puppet[1].trust.id);
	assert_true(bound_ns(s) >= wide);
	stage_wait(s, NS_PER_S);
	assert_in_range(bound_ns(s), wide + growth_ns(s, 1), wide + growth_ns(s, 2));
}

/* P12: the master is paused while replies lie in its socket.  They prove what was when they were
 * asked for, however late they are read. */
static void replies_from_before_a_pause_confirm_nothing_since(void **state)
{
	struct stage *s = *state;
	struct wire_msg reply[MEMBERS];

	take_over(s, 0);
	stage_wait(s, 120 * NS_PER_S);
	only_answer(s, 0);
	for (unsigned k = 0; k < MEMBERS; k++) {
		s->puppet[k].n_heard[WIRE_POLL] = 0;
	}
	stage_wait(s, NS_PER_S);
	stage_hold(s, SILENCE_S * NS_PER_S);
	s->waited_ns = SILENCE_S * NS_PER_S;
	for (unsigned k = 0; k < MEMBERS; k++) { /* to polls from before it */
		assert_true(s->puppet[k].n_heard[WIRE_POLL] > 0);
		reply[k] = stage_reply(s, k, &s->puppet[k].heard[WIRE_POLL]);
	}
	for (unsigned k = 0; k < MEMBERS; k++) {
		stage_say(s, k, &reply[k]);
		assert_true(bound_ns(s) >= growth_ns(s, SILENCE_S));
	}
	assert_true(stage_status(s).island);
	s->waited_ns = 0;
	only_answer(s, MEMBERS);
	stage_wait(s, 5 * NS_PER_S);
	assert_false(stage_status(s).island);
}

static int64_t told_growth_ppb(const struct stage *s, unsigned puppet)
{
	return s->puppet[puppet].heard[WIRE_CORRECT].correct.growth_ppb;
}

/* P14: what one host allows for is not enough where others' oscillators may be worse.  But one may
 * lie: what it tells concerns itself. */
static void bounds_grow_by_what_all_but_the_liars_keep(void **state)
{
	struct stage *s = *state;
	int64_t ours = s->config.max_drift_ppb;

	take_over(s, 0);
	stage_wait(s, 10 * NS_PER_S);
	assert_in_range(told_growth_ppb(s, 0), 2 * ours, 2 * ours + ours / 2);
	s->puppet[3].max_drift_ppb = (uint32_t)(4 * ours);
	stage_wait(s, 3 * NS_PER_S);
	assert_in_range(told_growth_ppb(s, 0), 2 * ours, 2 * ours + ours / 2);
	assert_in_range(told_growth_ppb(s, 3), 8 * ours, 9 * ours);
	assert_int_equal(s->puppet[0].heard[WIRE_POLL].poll.max_drift_ppb, ours);
	s->puppet[2].max_drift_ppb = (uint32_t)(3 * ours);
	stage_wait(s, 3 * NS_PER_S);
	assert_in_range(told_growth_ppb(s, 0), 6 * ours, 7 * ours);
	assert_in_range(told_growth_ppb(s, 3), 8 * ours, 9 * ours);
	assert_int_equal(s->puppet[0].heard[WIRE_POLL].poll.max_drift_ppb, 3 * ours);
	s->puppet[3].max_drift_ppb = (uint32_t)(ours / 2);
	stage_wait(s, 3 * NS_PER_S);
	assert_in_range(told_growth_ppb(s, 0), 2 * ours, 2 * ours + ours / 2);
}

/* Of five hosts, four allow for 100 ppm, and one is 350 ppm off, as it says that it may be. */
static void let_max_drift_differ(unsigned leads)
{
	struct world *w = quiet_new(5);
	unsigned n_told = 0;

	w->host[leads].config.priority = 200;
	w->host[4].config.max_drift_ppb = 400000;
	w->host[4].clock.freq = 350e-6;
	quiet_begin(w, 60);
	assert_int_equal(world_master(w, 0), leads);
	world_split(w, 4);
	quiet_run(w, 60); /* it looks at the bounds */
	world_split(w, 0);
	quiet_run(w, 60);
	for (unsigned i = 0; i < 5; i++) {
		n_told += quiet_deeds(w, i)->n_notice[NOTICE_DRIFT_DIFFERS];
		assert_true(world_status(w, i).bound_ns < 10 * NS_PER_MS);
	}
	assert_in_range(n_told, 1, 16);
	quiet_free(w);
}

static void bounds_hold_where_max_drift_differs(void **state)
{
	(void)state;
	let_max_drift_differ(0);
}

static void bounds_hold_under_a_master_that_allows_for_more(void **state)
{
	(void)state;
	let_max_drift_differ(4);
}

static void set_oscillator(struct world *w, unsigned i, double freq)
{
	struct rng r;

	rng_seed(&r, 1);
	host_clock_second(&w->host[i].clock, w->now, &r); /* up to now at the old rate */
	w->host[i].clock.freq = freq;
}

/* Of three hosts that agreed one is off, and another's oscillator goes away: the average of two does
 * not know who is right. */
static struct world *of_two_one_goes_away(unsigned who, int64_t drift_ppb, double freq)
{
	struct world *w = quiet_new(3);

	w->host[0].config.priority = 200;
	for (unsigned i = 0; i < 3; i++) {
		w->host[i].clock.freq = i < 2 ? 0 : -90e-6;
	}
	w->host[who].config.max_drift_ppb = drift_ppb;
	quiet_begin(w, 60);
	assert_int_equal(world_master(w, 0), 0);
	quiet_isolate(w, 2);
	for (double step = 1; step <= 30; step++) {
		set_oscillator(w, who, freq * step / 30);
		quiet_run(w, 2); /* it looks at the bounds */
	}
	quiet_run(w, 60);
	return w;
}

/* Group time goes as the other one runs, so who was off is back within its bound. */
static void who_tells_the_largest_drift_makes_group_time_no_faster(void **state)
{
	struct world *w = of_two_one_goes_away(1, WIRE_DRIFT_PPB_MAX, 300e-6);

	(void)state;
	assert_true(__builtin_fabs(world_status(w, 0).line.rate) < 10e-6);
	quiet_free(w);
}

/* Nor does a master that allows for more than the others, be it right: it goes as they do. */
static void a_master_that_allows_for_more_makes_group_time_no_faster(void **state)
{
	struct world *w = of_two_one_goes_away(0, 400000, 390e-6);

	(void)state;
	assert_true(__builtin_fabs(world_status(w, 0).line.rate + 390e-6) < 10e-6);
	quiet_free(w);
}

/* The others may go on with the line, whose bound it has promised. */
static void an_island_keeps_its_line_whatever_its_floors(void **state)
{
	struct stage *s = *state;

	lead_and_lose_all_but(s, 1);
	uint64_t term = stage_status(s).term;

	s->puppet[0].floor = wall_add(stage_pair(s).wall, 600 * NS_PER_S);
	s->node->steering.date.own_floor = s->puppet[0].floor; /* of more than a liar */
	stage_wait(s, 60 * NS_PER_S);
	assert_int_equal(stage_status(s).term, term);
	assert_true(stage_status(s).has_line && bound_ns(s) < NS_PER_S);
}

/* --- What references may do on a side that is not seen --- */

#define REFERENCE 4 /* never master */

/* Host 0 leads and follows a reference; @s later it is cut off, with or without the reference. */
static struct world *cut_off(bool with_reference)
{
	struct world *w = quiet_new(5);

	w->host[REFERENCE].config.mode = MODE_REFERENCE;
	w->host[REFERENCE].config.priority = 0;
	quiet_begin_under_0(w, 120);
	quiet_isolate(w, 0);
	if (with_reference) {
		quiet_isolate(w, REFERENCE);
		w->net.cut[0] &= ~(UINT64_C(1) << REFERENCE);
		w->net.cut[REFERENCE] &= ~UINT64_C(1);
	}
	quiet_run(w, 20);
	assert_int_equal(world_status(w, 0).role, ROLE_MASTER);
	assert_true(world_status(w, 0).island);
	return w;
}

/* Group time may run at 200 ppm over the RAW of its master, and that 200 ppm from ours. */
static void expect_pulled(struct world *w, unsigned i)
{
	int64_t before = world_status(w, i).bound_ns;

	quiet_run(w, 10);
	assert_in_range(world_status(w, i).bound_ns - before, 3900 * NS_PER_US, 4900 * NS_PER_US);
}

static void a_master_grows_with_what_references_may_do(void **state)
{
	(void)state;
	for (unsigned with = 0; with < 2; with++) {
		struct world *w = cut_off(with);

		expect_pulled(w, 0);
		quiet_free(w);
	}
}

/* One was out of sight when the reference came, and still is when it is lost. */
static void a_reference_that_not_all_saw_is_not_forgotten(void **state)
{
	struct world *w = quiet_new(5);

	(void)state;
	w->host[0].config.priority = 200;
	w->host[REFERENCE].config.mode = MODE_REFERENCE;
	w->host[REFERENCE].config.priority = 0;
	for (unsigned i = 0; i < REFERENCE; i++) {
		host_boot(w, i);
	}
	quiet_run(w, 60);
	assert_int_equal(world_master(w, 0), 0);
	quiet_isolate(w, 3);
	quiet_run(w, 10);
	host_boot(w, REFERENCE);
	quiet_run(w, 120);
	quiet_isolate(w, 0);
	quiet_run(w, 20);
	expect_pulled(w, 0);
	quiet_free(w);
}

/* A member of a group that follows a reference is elected by its island. */
static void who_begins_to_lead_grows_no_more_slowly(void **state)
{
	struct world *w = quiet_new(5);

	(void)state;
	w->host[REFERENCE].config.mode = MODE_REFERENCE;
	w->host[REFERENCE].config.priority = 0;
	quiet_begin_under_0(w, 120);
	quiet_isolate(w, 2);
	quiet_run(w, 20);
	assert_int_equal(world_status(w, 2).role, ROLE_MASTER);
	expect_pulled(w, 2);
	quiet_rejoin(w, 2);
	quiet_run(w, 60);
	assert_in_range(world_status(w, 2).bound_ns, 0, 2 * NS_PER_MS);
	quiet_free(w);
}

/* Nobody is left whom it may pull. */
static void a_reference_that_has_left_is_forgotten_when_all_follow(void **state)
{
	struct world *w = quiet_new(5);

	(void)state;
	w->host[REFERENCE].config.mode = MODE_REFERENCE;
	w->host[REFERENCE].config.priority = 0;
	quiet_begin_under_0(w, 120);
	assert_true(world_status(w, 1).line.growth_ppb > 390000);
	host_event(w, REFERENCE, &(struct node_event){.type = EV_STOP});
	quiet_run(w, 1);
	host_crash(w, REFERENCE);
	quiet_run(w, 30);
	assert_in_range(world_status(w, 1).line.growth_ppb, 200000, 260000);
	quiet_free(w);
}

static unsigned leader_of(const struct world *w, unsigned i)
{
	unsigned k = 0;

	while (k < w->n - 1 && world_status(w, k).id != world_status(w, i).master) {
		k++;
	}
	return k;
}

/* P13, P17: of five, split 2 | 3, the two get three newcomers, so they are five of eight.  Those
 * three went on with the line: newcomers never make a majority of an island. */
static void newcomers_to_an_island_make_no_majority(void **state)
{
	struct world *w = quiet_new(8);
	static const uint64_t three = 1 << 2 | 1 << 3 | 1 << 4;

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		w->host[i].contacts = 0x1f;
		if (i < 5) {
			host_boot(w, i);
		}
	}
	quiet_run(w, 30);
	for (unsigned i = 0; i < 8; i++) {
		w->net.cut[i] = three >> i & 1 ? ~three : three;
	}
	quiet_run(w, 30);
	assert_true(world_status(w, 0).island && !world_status(w, 3).island);
	host_boot(w, 5);
	host_boot(w, 6);
	host_boot(w, 7);
	for (unsigned k = 0; k < 20; k++) {
		quiet_run(w, 30); /* it looks at the bounds */
		assert_true(world_status(w, leader_of(w, 6)).island);
		assert_false(world_status(w, 3).island);
		if (k == 4) { /* another of them leads, and knows who is a guest */
			unsigned to = !leader_of(w, 6);

			assert_int_equal(quiet_order(w, !to, ORDER_TRANSFER,
						     world_status(w, to).id),
					 ORDER_OK);
			quiet_run(w, 5);
			assert_int_equal(leader_of(w, 6), to);
		}
	}
	memset(w->net.cut, 0, sizeof(w->net.cut));
	quiet_run(w, 60);
	assert_int_equal(world_status(w, 6).n_table, 8);
	assert_false(world_status(w, 6).island);
	quiet_free(w);
}

/* --- The base error --- */

static void a_line_taken_over_keeps_its_error_until_all_of_the_table_answer(void **state)
{
	struct stage *s = *state;

	take_over(s, BASE_NS);
	only_answer(s, MEMBERS - 1);
	stage_wait(s, SILENCE_S * NS_PER_S);
	/* What it grew by, in the second before, is in it; from then on it does not grow. */
	assert_in_range(bound_ns(s), BASE_NS + 199 * NS_PER_US, BASE_NS + SMALL_NS);
	assert_in_range(sent_error_ns(s), BASE_NS, BASE_NS + 2 * SMALL_NS);
	only_answer(s, MEMBERS);
	stage_wait(s, 10 * NS_PER_S);
	assert_true(bound_ns(s) < SMALL_NS);
	assert_true(sent_error_ns(s) < 2 * SMALL_NS);
}

/* Not from its reign before, nor from its start. */
static void an_island_that_takes_over_is_unconfirmed_from_then_on(void **state)
{
	struct stage *s = *state;
	struct master m = master_begin(s, 0);

	master_lead(s, &m, SILENCE_S, &(struct master_word){.error_ns = BASE_NS});
	for (unsigned k = 0; k < MEMBERS; k++) {
		s->puppet[k].grants = s->puppet[k].answers_polls = false;
	}
	master_hand_over(s, &m);
	stage_wait(s, NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_true(stage_status(s).island);
	assert_in_range(bound_ns(s), BASE_NS, BASE_NS + 2 * SMALL_NS);
}

static void it_keeps_its_error_until_all_have_taken_a_correction(void **state)
{
	struct stage *s = *state;

	s->puppet[MEMBERS - 1].applies = false;
	take_over(s, BASE_NS);
	stage_wait(s, 2 * NS_PER_S); /* before it is said to disobey */
	assert_int_equal(stage_status(s).n_alive, MEMBERS + 1);
	assert_true(bound_ns(s) >= BASE_NS);
	s->puppet[MEMBERS - 1].applies = true;
	stage_wait(s, 3 * NS_PER_S);
	assert_true(bound_ns(s) < SMALL_NS);
}

/* Puppet 0, which leads, says what puppet @k is. */
static void list(struct stage *s, const struct master *m, unsigned k, enum member_state state)
{
	struct wire_msg roster = {.type = WIRE_ROSTER,
				  .term = m->term,
				  .roster = {.total = 1, .n = 1}};

	roster.roster.entry[0] = (struct wire_roster_entry){.id = s->puppet[k].trust.id,
							    .name = "listed",
							    .priority = 100,
							    .closure_ns = CLOSURE_UNKNOWN,
							    .state = (uint8_t)state};
	stage_say(s, 0, &roster);
}

/* It says that those from @first on have left, itself too if that is 0. */
static void call_gone(struct stage *s, const struct master *m, unsigned first)
{
	for (unsigned k = first; k < MEMBERS; k++) {
		list(s, m, k, MEMBER_LEFT);
		assert_true(peer_find(s->node, s->puppet[k].trust.id)->left);
	}
}

/* Whatever the master before it said of those who are there: they may be on another line. */
static void who_was_said_to_have_left_is_waited_for(void **state)
{
	static const struct {
		unsigned first; /* who has left, and all after it */
		bool votes;
	} cases[] = {{MEMBERS - 1, false}, {MEMBERS - 1, true}, {0, true}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stage *s = *state;
		struct master m = master_begin(s, 0);

		m.n_table = m.n_alive = cases[i].first > 0 ? cases[i].first + 1 : MEMBERS + 1;
		for (unsigned k = cases[i].first; k < MEMBERS; k++) {
			s->puppet[k].grants = cases[i].votes;
			s->puppet[k].applies = false;
		}
		master_lead(s, &m, 12, &(struct master_word){.error_ns = BASE_NS});
		if (cases[i].first > 0) { /* else none was heard lately but who votes */
			stage_say(s, MEMBERS - 1,
				  &(struct wire_msg){.type = WIRE_PROBE, .probe.seq = 1});
		}
		call_gone(s, &m, cases[i].first);
		master_hand_over(s, &m);
		assert_int_equal(stage_status(s).role, ROLE_MASTER);
		for (unsigned k = 0; k < 8; k++) {
			stage_wait(s, NS_PER_S / 4); /* before it is said to disobey */
			assert_true(bound_ns(s) >= BASE_NS);
		}
		for (unsigned k = cases[i].first; k < MEMBERS; k++) {
			s->puppet[k].applies = true;
		}
		stage_wait(s, 120 * NS_PER_S);
		assert_true(bound_ns(s) < SMALL_NS);
		teardown(state);
		setup(state);
	}
}

/* It crashes before its first reply, or was made up: it is not in the table, and forgotten by none. */
static void who_voted_and_never_replies_is_waited_for_as_long_as_a_member(void **state)
{
	struct stage *s = *state;
	struct master m = master_begin(s, 0);
	const unsigned silent = 1; /* one of the majority */

	m.n_table = m.n_alive = MEMBERS;
	s->puppet[silent].answers_polls = false;
	master_lead(s, &m, 1, &(struct master_word){.error_ns = BASE_NS});
	for (unsigned k = 0; k < MEMBERS; k++) {
		if (k != silent) {
			list(s, &m, k, MEMBER_SETTLED);
		}
	}
	master_lead(s, &m, 7, &(struct master_word){.error_ns = BASE_NS});
	master_hand_over(s, &m);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	stage_wait(s, s->config.forget_ns - NS_PER_S);
	assert_int_equal(stage_status(s).n_table, MEMBERS);
	assert_true(bound_ns(s) >= BASE_NS);
	for (unsigned k = 0; k < 3; k++) { /* whatever it says */
		stage_say(s, silent, &(struct wire_msg){.type = WIRE_PING});
		stage_wait(s, NS_PER_S);
	}
	assert_true(bound_ns(s) < SMALL_NS);
}

/* The node is configured to know as many hosts again, and met none of them; or forgets them. */
static void know_of_absent_hosts(struct stage *s, bool know)
{
	struct addr a = {.ip = {[15] = 100}, .port = 1};

	for (unsigned i = 0; i <= MEMBERS; i++, a.ip[15]++) {
		if (know) {
			assert_true(node_add_contact(s->node, &a, (int)(8 + i)));
		} else {
			node_remove_contact(s->node, &a);
		}
	}
}

/* Those who are absent may follow another line. */
static void an_island_settles_no_base_error(void **state)
{
	struct stage *s = *state;

	take_over(s, BASE_NS);
	know_of_absent_hosts(s, true);
	stage_wait(s, SILENCE_S * NS_PER_S);
	assert_true(stage_status(s).island);
	assert_true(bound_ns(s) >= BASE_NS + growth_ns(s, SILENCE_S - 2));
	know_of_absent_hosts(s, false);
	stage_wait(s, 10 * NS_PER_S);
	assert_false(stage_status(s).island);
	assert_true(bound_ns(s) < SMALL_NS);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_majority_that_answers_keeps_the_bound_small),
		T(without_a_majority_the_bound_grows_as_in_holdover),
		T(an_island_keeps_its_line_whatever_its_floors),
		cmocka_unit_test(newcomers_to_an_island_make_no_majority),
		T(bounds_grow_by_what_all_but_the_liars_keep),
		cmocka_unit_test(bounds_hold_where_max_drift_differs),
		cmocka_unit_test(bounds_hold_under_a_master_that_allows_for_more),
		cmocka_unit_test(who_tells_the_largest_drift_makes_group_time_no_faster),
		cmocka_unit_test(a_master_that_allows_for_more_makes_group_time_no_faster),
		T(replies_from_before_a_pause_confirm_nothing_since),
		T(a_correction_tells_what_is_unconfirmed),
		cmocka_unit_test(a_master_grows_with_what_references_may_do),
		cmocka_unit_test(a_reference_that_not_all_saw_is_not_forgotten),
		cmocka_unit_test(who_begins_to_lead_grows_no_more_slowly),
		cmocka_unit_test(a_reference_that_has_left_is_forgotten_when_all_follow),
		T(who_leads_no_more_keeps_what_was_unconfirmed_and_it_grows),
		T(a_line_taken_over_keeps_its_error_until_all_of_the_table_answer),
		T(an_island_that_takes_over_is_unconfirmed_from_then_on),
		T(it_keeps_its_error_until_all_have_taken_a_correction),
		T(who_was_said_to_have_left_is_waited_for),
		T(who_voted_and_never_replies_is_waited_for_as_long_as_a_member),
		T(an_island_settles_no_base_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
