/* test_table.c - who makes room when a node's table of peers is full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <time.h>

#include "berk/term.h"
#include "core/node/carried.h"
#include "core/node/lease.h"
#include "tests/world/node.h"
#include "tests/world/stage.h"

#define N_TABLE	 3
#define NEWCOMER 3 /* the puppet that finds the table full of puppets 0, 1 and 2 */

static unsigned n_limits_told;

static void note_effect(struct stage *s, const struct effect *e)
{
	(void)s;
	n_limits_told += e->type == FX_NOTICE && e->notice.kind == NOTICE_LIMIT_TRIPPED;
}

/* A node whose table is full; @priority 0: it never leads. */
static struct stage *opened(void **state, uint8_t priority)
{
	static struct stage s;
	struct node_config c = node_config_default();

	c.priority = priority;
	s = (struct stage){.effect = note_effect};
	n_limits_told = 0;
	*state = &s;
	stage_open(&s, &c, NEWCOMER + 1, N_TABLE);
	for (unsigned k = 0; k < N_TABLE; k++) {
		stage_meet(&s, k);
	}
	return &s;
}

static int teardown(void **state)
{
	stage_close(*state);
	return 0;
}

static bool is_known(const struct stage *s, unsigned k)
{
	mono_t now = host_clock_boot(&s->clock, s->now);
	struct member_view v;

	return node_member_of(s->node, s->puppet[k].trust.id, now, stage_pair(s), &v);
}

/* The newcomer gets in, and of the others all but puppet @gone stay. */
static void assert_replaced(const struct stage *s, unsigned gone)
{
	assert_true(is_known(s, NEWCOMER));
	for (unsigned k = 0; k < N_TABLE; k++) {
		assert_int_equal(is_known(s, k), k != gone);
	}
}

/* These are heard, a second apart. */
static void are_heard(struct stage *s, const unsigned *k, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		stage_say(s, k[i], &(struct wire_msg){.type = WIRE_PING});
		stage_wait(s, NS_PER_S);
	}
}

static void who_was_heard_longest_ago_makes_room(void **state)
{
	struct stage *s = opened(state, 0);

	are_heard(s, (const unsigned[]){1, 0, 2}, 3);
	stage_wait(s, 2 * NS_PER_S);
	assert_true(stage_try_meet(s, NEWCOMER));
	assert_replaced(s, 1);
}

static void who_was_heard_just_now_does_not(void **state)
{
	struct stage *s = opened(state, 0);

	stage_wait(s, NS_PER_S);
	assert_false(stage_try_meet(s, NEWCOMER));
	assert_false(is_known(s, NEWCOMER));
	assert_int_equal(n_limits_told, 1);
	for (unsigned k = 0; k < N_TABLE; k++) {
		assert_true(is_known(s, k));
	}
}

/* Hosts that have no master speak all the time; who is configured gets in all the same. */
static void who_is_configured_gets_a_place_of_who_is_not(void **state)
{
	static const struct wire_msg ping = {.type = WIRE_PING};
	struct stage *s = opened(state, 0);

	assert_true(node_add_contact(s->node, &s->puppet[1].addr, 0));
	stage_wait(s, 2 * NS_PER_S);
	stage_meet(s, 1);
	are_heard(s, (const unsigned[]){0, 2}, 2);
	stage_say(s, 0, &ping);
	assert_false(stage_try_meet(s, NEWCOMER));
	are_heard(s, (const unsigned[]){1}, 1); /* the expected one is the first to go else */
	stage_say(s, 0, &ping);
	stage_wait(s, NS_PER_S / 2);
	stage_say(s, 2, &ping);
	assert_true(node_add_contact(s->node, &s->puppet[NEWCOMER].addr, 1));
	assert_true(stage_try_meet(s, NEWCOMER));
	assert_replaced(s, 0);
}

/* Puppet 0 polls as master and names puppet @deputy. */
static void poll_as_master(struct stage *s, unsigned deputy)
{
	struct wire_msg m = {.type = WIRE_POLL,
			     .term = term_next(0, s->puppet[0].trust.id),
			     .poll = {.seq = 1,
				      .round = 1,
				      .poll_ms = 1000,
				      .n_table = 4,
				      .n_alive = 4,
				      .n_succession = 1,
				      .succession = {s->puppet[deputy].trust.id}}};

	stage_say(s, 0, &m);
	stage_wait(s, NS_PER_S);
	assert_int_equal(stage_status(s).master, s->puppet[0].trust.id);
}

static void the_master_and_its_successors_keep_their_places(void **state)
{
	struct stage *s = opened(state, 0);

	poll_as_master(s, 2);
	are_heard(s, (const unsigned[]){1}, 1); /* later than the other two */
	stage_wait(s, 2 * NS_PER_S);
	assert_true(stage_try_meet(s, NEWCOMER));
	assert_replaced(s, 1);
}

/* The node leads, and of the three only those that answer its polls are its members. */
static struct stage *leading(void **state, unsigned n_members)
{
	struct stage *s = opened(state, 100);

	for (unsigned k = 0; k < n_members; k++) {
		s->puppet[k].answers_polls = true;
	}
	stage_wait(s, 30 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_int_equal(stage_status(s).n_alive, 1 + n_members);
	return s;
}

static void a_master_keeps_its_members_however_silent(void **state)
{
	struct stage *s = leading(state, 3);

	for (unsigned k = 0; k < N_TABLE; k++) {
		s->puppet[k].answers_polls = false;
	}
	stage_wait(s, 300 * NS_PER_S);
	assert_int_equal(stage_status(s).n_alive, 1);
	assert_int_equal(stage_status(s).n_table, 4);
	assert_false(stage_try_meet(s, NEWCOMER));
	assert_int_equal(n_limits_told, 1);
}

static void a_master_waits_a_minute_for_who_is_no_member_yet(void **state)
{
	struct stage *s = leading(state, 2);

	assert_false(stage_try_meet(s, NEWCOMER));
	stage_wait(s, 40 * NS_PER_S);
	assert_true(stage_try_meet(s, NEWCOMER));
	assert_replaced(s, 2);
}

/* A roster's word is no proof: nobody makes room for it. */
static void who_is_merely_heard_of_gets_no_place(void **state)
{
	struct stage *s = opened(state, 0);
	struct wire_msg m = {.type = WIRE_ROSTER,
			     .term = term_next(0, s->puppet[0].trust.id),
			     .roster = {.total = 1, .n = 1}};
	struct wire_roster_entry *e = &m.roster.entry[0];

	e->id = s->puppet[NEWCOMER].trust.id;
	e->addr = s->puppet[NEWCOMER].addr;
	e->name[0] = 'x';
	e->closure_ns = CLOSURE_UNKNOWN;
	stage_wait(s, 5 * NS_PER_S);
	poll_as_master(s, 0);
	stage_say(s, 0, &m);
	assert_false(is_known(s, NEWCOMER));
	for (unsigned k = 0; k < N_TABLE; k++) {
		assert_true(is_known(s, k));
	}
}

#define T(f) cmocka_unit_test_teardown(f, teardown)

/* Who is missed since the start has not been heard for longest, and keeps its place all the
 * same. */
static void who_is_missed_makes_no_room(void **state)
{
	static const struct node_row row[N_TABLE] = {{.id = 11}, {.id = 12}, {.id = 13}};
	static const struct node_saved saved = {.n_table = N_TABLE + 1,
						.row = row,
						.n_row = N_TABLE};
	static struct stage s;
	struct node_config c = node_config_default();

	c.priority = 0;
	s = (struct stage){.saved = &saved};
	*state = &s;
	stage_open(&s, &c, 1, N_TABLE);
	stage_wait(&s, 100 * NS_PER_S);
	assert_false(stage_try_meet(&s, 0));
	assert_false(is_known(&s, 0));
}

/* Nor does this host, if it was one. */
static void guests_on_disk_count_in_no_majority(void **state)
{
	static const struct node_row row[N_TABLE] = {{.id = 11, .guest = true},
						     {.id = 12},
						     {.id = 13}};
	static struct stage s;
	struct node_config c = node_config_default();

	*state = &s;
	for (unsigned guest = 0; guest < 2; guest++) {
		const struct node_saved saved = {.n_table = 1,
						 .guest = guest,
						 .row = row,
						 .n_row = N_TABLE};

		s = (struct stage){.saved = &saved};
		stage_open(&s, &c, 0, N_TABLE);
		assert_int_equal(electorate(s.node), 3 - guest);
		if (!guest) {
			stage_close(&s);
		}
	}
}

/* How many there were is not known then. */
static void who_was_in_a_group_that_cannot_be_read_has_carried_a_time(void **state)
{
	static struct stage s;
	struct node_config c = node_config_default();

	*state = &s;
	for (unsigned carried = 0; carried < 2; carried++) {
		const struct node_saved saved = {.carried = carried};

		s = (struct stage){.saved = &saved};
		stage_open(&s, &c, 0, N_TABLE);
		assert_int_equal(carried_here(s.node), carried ? CARRIED_ONE : CARRIED_NONE);
		if (!carried) {
			stage_close(&s);
		}
	}
}

static int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* The least of some lists of a table with @n rows, ns for each row. */
static double listing_ns(unsigned n)
{
	static struct stage s;
	static struct node_row row[NODE_PEERS_MAX];
	struct node_config c = node_config_default();
	const struct node_saved saved = {.row = row, .n_row = n, .n_table = n + 1};
	double best = INFINITY;

	for (unsigned i = 0; i < n; i++) {
		row[i] = (struct node_row){.id = (i * 7919U + 1) << 8 | 5};
	}
	s = (struct stage){.saved = &saved};
	stage_open(&s, &c, 0, n);
	for (unsigned k = 0; k < 20; k++) {
		const int64_t from = now_ns();
		struct member_view v;
		size_t rows = 0;

		for (size_t at = 0; node_member(s.node, &at, (mono_t){0}, stage_pair(&s), &v);) {
			rows++;
		}
		assert_int_equal(rows, n + 1);
		best = fmin(best, (double)(now_ns() - from) / n);
	}
	stage_close(&s);
	return best;
}

/* Each order, notice and question looks at some; and whoever asks may ask often. */
static void a_list_of_a_large_table_is_one_walk(void **state)
{
	(void)state;
	double few = listing_ns(50), many = listing_ns(500);

	print_message("%.0f ns a row of 50, %.0f ns a row of 500\n", few, many);
	assert_true(many < 6 * few);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_of_a_large_table_is_one_walk),
		T(who_was_heard_longest_ago_makes_room),
		T(who_was_heard_just_now_does_not),
		T(who_is_configured_gets_a_place_of_who_is_not),
		T(the_master_and_its_successors_keep_their_places),
		T(a_master_keeps_its_members_however_silent),
		T(a_master_waits_a_minute_for_who_is_no_member_yet),
		T(who_is_merely_heard_of_gets_no_place),
		T(who_is_missed_makes_no_room),
		T(guests_on_disk_count_in_no_majority),
		T(who_was_in_a_group_that_cannot_be_read_has_carried_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
