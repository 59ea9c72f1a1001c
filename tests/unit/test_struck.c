/* test_struck.c - who is gone by the word of a master alone counts in majorities on.  Else a liar
 * that leads could say that all others have left, and in a split each side, or one host, would take
 * itself for the whole group, with a bound that is too small.  ARCHITECTURE.md, "Trust". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/node/lease.h"
#include "core/node/table.h"
#include "tests/world/master.h"
#include "tests/world/node.h"

#define N	  4U
#define FORGET_NS (60 * NS_PER_S)

struct word {
	struct stage s;
	struct master m;
};

static struct word *led(void **state, enum orders_of orders)
{
	static struct word w;
	struct node_config c = node_config_default();

	w = (struct word){.m = {0}};
	*state = &w;
	c.forget_ns = FORGET_NS;
	c.orders = orders;
	stage_open(&w.s, &c, N, 32);
	stage_meet_all(&w.s);
	w.m = master_begin(&w.s, 0);
	w.m.era = 7;
	return &w;
}

static void lead(struct word *w, unsigned seconds)
{
	master_lead(&w->s, &w->m, seconds,
		    &(struct master_word){.error_ns = 100 * NS_PER_US, .sd_ns = NS_PER_US});
}

/* The master says so of all others, at @seconds before it was silent. */
static void list(struct word *w, enum member_state state, enum reason reason)
{
	struct wire_msg msg = {.type = WIRE_ROSTER,
			       .term = w->m.term,
			       .roster = {.n = N - 1, .first = 1, .total = N + 1}};

	for (unsigned k = 1; k < N; k++) {
		struct wire_roster_entry *e = &msg.roster.entry[k - 1];

		e->id = w->s.puppet[k].trust.id;
		(void)snprintf(e->name, sizeof(e->name), "h%u", k);
		e->state = (uint8_t)state;
		e->reason = (uint8_t)reason;
		e->priority = 100;
	}
	stage_say(&w->s, w->m.k, &msg);
}

static void strike(struct word *w, enum member_state state, enum reason reason)
{
	lead(w, 6);
	list(w, MEMBER_SETTLED, REASON_NONE);
	lead(w, 20);
	assert_int_equal(electorate(w->s.node), N + 1);
	list(w, state, reason);
	w->m.n_table = w->m.n_alive = 2;
	lead(w, 2);
}

/* The network is split, and whoever led says goodbye. */
static void split(struct word *w)
{
	for (unsigned k = 0; k < N; k++) {
		struct puppet *p = &w->s.puppet[k];

		p->grants = p->answers_polls = false;
		p->is_silent = p->is_moved = true;
	}
	stage_say(&w->s, 0, &(struct wire_msg){.type = WIRE_BYE, .term = w->m.term});
	stage_wait(&w->s, 4 * FORGET_NS);
}

static void assert_is_an_island(struct word *w)
{
	struct node_status st = stage_status(&w->s);

	assert_int_equal(st.role, ROLE_MASTER);
	assert_true(st.island);
	assert_int_equal(st.n_alive, 1);
	/* It grows by what two oscillators may do in that time. */
	assert_true(st.bound_ns > 2 * FORGET_NS / 10000);
}

static void who_was_forgotten_by_order_of_others_counts_in_a_split(void **state)
{
	struct word *w = led(state, ORDERS_OF_NOBODY);

	strike(w, MEMBER_FORGOTTEN, REASON_OPERATOR);
	split(w);
	assert_is_an_island(w);
}

static void who_was_dropped_for_silence_counts_in_a_split(void **state)
{
	struct word *w = led(state, ORDERS_OF_MEMBERS);

	strike(w, MEMBER_FORGOTTEN, REASON_SILENT);
	split(w);
	assert_is_an_island(w);
}

static void who_left_as_the_master_says_counts_in_a_split(void **state)
{
	struct word *w = led(state, ORDERS_OF_MEMBERS);

	strike(w, MEMBER_LEFT, REASON_NONE);
	split(w);
	assert_is_an_island(w);
}

static void who_is_forgotten_by_an_order_that_is_taken_counts_no_more(void **state)
{
	struct word *w = led(state, ORDERS_OF_MEMBERS);

	strike(w, MEMBER_FORGOTTEN, REASON_OPERATOR);
	assert_int_equal(electorate(w->s.node), 2);
}

static void who_says_goodbye_itself_counts_no_more(void **state)
{
	struct word *w = led(state, ORDERS_OF_NOBODY);

	strike(w, MEMBER_LEFT, REASON_NONE);
	for (unsigned k = 1; k < N; k++) {
		assert_int_equal(electorate(w->s.node), N + 2 - k);
		stage_say(&w->s, k, &(struct wire_msg){.type = WIRE_BYE, .term = w->m.term});
	}
	assert_int_equal(electorate(w->s.node), 2);
}

/* It is asked, so that a liar cannot wait until it is believed. */
static void who_answers_counts_for_as_long_as_it_does(void **state)
{
	struct word *w = led(state, ORDERS_OF_NOBODY);

	strike(w, MEMBER_FORGOTTEN, REASON_OPERATOR);
	lead(w, 4 * FORGET_NS / NS_PER_S);
	assert_int_equal(electorate(w->s.node), N + 1);
	assert_in_range(w->s.puppet[1].n_heard[WIRE_PING], 4 * 7, 4 * 10);
	w->s.puppet[1].is_moved = true;
	lead(w, 2 * FORGET_NS / NS_PER_S);
	assert_int_equal(electorate(w->s.node), N);
}

static void who_does_not_answer_counts_for_a_while(void **state)
{
	struct word *w = led(state, ORDERS_OF_NOBODY);

	for (unsigned k = 1; k < N; k++) {
		w->s.puppet[k].is_moved = true;
	}
	strike(w, MEMBER_FORGOTTEN, REASON_SILENT);
	lead(w, FORGET_NS / NS_PER_S - 4);
	assert_int_equal(electorate(w->s.node), N + 1);
	lead(w, 4);
	assert_int_equal(electorate(w->s.node), 2);
}

/* An operator of this host knows it at once. */
static void an_order_here_confirms_it(void **state)
{
	struct word *w = led(state, ORDERS_OF_NOBODY);
	struct node_event forget = {.type = EV_ORDER,
				    .order = {.order = ORDER_FORGET, .dry_run = true}};

	strike(w, MEMBER_FORGOTTEN, REASON_OPERATOR);
	stage_event(&w->s, &forget);
	assert_int_equal(electorate(w->s.node), N + 1);
	forget.order.dry_run = false;
	stage_event(&w->s, &forget);
	assert_int_equal(electorate(w->s.node), N + 1); /* whom we hear is not gone */
	for (unsigned k = 1; k < N; k++) {
		w->s.puppet[k].is_moved = true;
	}
	lead(w, HERE_NS / NS_PER_S + 1);
	forget.order.dry_run = false;
	stage_event(&w->s, &forget);
	assert_int_equal(electorate(w->s.node), 2);
}

/* On disk, too: a restart makes no word true. */
static void who_is_gone_by_a_word_stays_on_disk(void **state)
{
	struct word *w = led(state, ORDERS_OF_NOBODY);
	struct node_row row;

	strike(w, MEMBER_LEFT, REASON_NONE);
	for (size_t i = 0; i < N; i++) {
		assert_true(node_row(w->s.node, i, &row));
	}
	stage_say(&w->s, 1, &(struct wire_msg){.type = WIRE_BYE, .term = w->m.term});
	lead(w, 2);
	assert_true(node_row(w->s.node, N - 2, &row));
	assert_false(node_row(w->s.node, N - 1, &row));
}

static int teardown(void **state)
{
	stage_close(*state);
	return 0;
}

int main(void)
{
#define T(f) cmocka_unit_test_teardown(f, teardown)
	const struct CMUnitTest tests[] = {
		T(who_was_forgotten_by_order_of_others_counts_in_a_split),
		T(who_was_dropped_for_silence_counts_in_a_split),
		T(who_left_as_the_master_says_counts_in_a_split),
		T(who_is_forgotten_by_an_order_that_is_taken_counts_no_more),
		T(who_says_goodbye_itself_counts_no_more),
		T(who_answers_counts_for_as_long_as_it_does),
		T(who_does_not_answer_counts_for_a_while),
		T(an_order_here_confirms_it),
		T(who_is_gone_by_a_word_stays_on_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
