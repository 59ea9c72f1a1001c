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

#include "core/node/carried.h"
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

static struct word the_word;
static size_t table_size = 32;

/* Puppet 0 leads the node, which has met it and the other puppets before @n_met. */
static struct word *begin(void **state, enum orders_of orders, const struct node_saved *saved,
			  unsigned n_met)
{
	struct word *w = &the_word;
	struct node_config c = node_config_default();

	*w = (struct word){.s = {.saved = saved}};
	*state = w;
	c.forget_ns = FORGET_NS;
	c.orders = orders;
	stage_open(&w->s, &c, N, table_size);
	for (unsigned k = 0; k < N; k++) {
		struct puppet *p = &w->s.puppet[k];

		if (k < n_met) {
			stage_meet(&w->s, k);
		}
		p->grants = p->answers_polls = p->applies = k < n_met;
		p->is_moved = k >= n_met;
	}
	w->m = master_begin(&w->s, 0);
	w->m.era = 7;
	return w;
}

static struct word *led(void **state, enum orders_of orders)
{
	return begin(state, orders, NULL, N);
}

static void lead(struct word *w, unsigned seconds)
{
	master_lead(&w->s, &w->m, seconds,
		    &(struct master_word){.error_ns = 100 * NS_PER_US, .sd_ns = NS_PER_US});
}

/* The master says this of puppets @from to N - 1: of each its name and address, or those of @as. */
static void list_as(struct word *w, unsigned from, const struct wire_roster_entry *as)
{
	struct wire_msg msg = {.type = WIRE_ROSTER,
			       .term = w->m.term,
			       .roster = {.n = (uint8_t)(N - from), .first = 1, .total = N + 1}};

	for (unsigned k = from; k < N; k++) {
		struct wire_roster_entry *e = &msg.roster.entry[k - from];

		*e = *as;
		e->id = w->s.puppet[k].trust.id;
		e->priority = 100;
		if (!e->name[0]) {
			(void)snprintf(e->name, sizeof(e->name), "h%u", k);
			e->addr = w->s.puppet[k].addr;
		}
	}
	stage_say(&w->s, w->m.k, &msg);
}

static void list(struct word *w, enum member_state state, enum reason reason)
{
	list_as(w, 1,
		&(struct wire_roster_entry){.state = (uint8_t)state, .reason = (uint8_t)reason});
}

/* Nobody hears puppets @from to N - 1 any more. */
static void cut_off(struct word *w, unsigned from)
{
	for (unsigned k = from; k < N; k++) {
		struct puppet *p = &w->s.puppet[k];

		p->grants = p->answers_polls = false;
		p->is_silent = p->is_moved = true;
	}
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
	cut_off(w, 0);
	stage_say(&w->s, w->m.k, &(struct wire_msg){.type = WIRE_BYE, .term = w->m.term});
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
	list(w, MEMBER_SETTLED, REASON_NONE); /* a page that was sent before that */
	list(w, MEMBER_LEFT, REASON_NONE);
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

	strike(w, MEMBER_FORGOTTEN, REASON_SILENT);
	cut_off(w, 1);
	lead(w, FORGET_NS / NS_PER_S - 1);
	assert_int_equal(electorate(w->s.node), N + 1);
	lead(w, FORGET_NS / NS_PER_S / 8 + 2);
	assert_int_equal(electorate(w->s.node), 2);
}

static unsigned n_called[N]; /* HELLOs to each puppet */

static void count_calls(struct stage *s, const struct effect *e)
{
	for (unsigned k = 0; k < N && e->type == FX_SEND && e->send.data[3] == WIRE_HELLO; k++) {
		n_called[k] += addr_equal(&e->send.to, &s->puppet[k].addr);
	}
}

/* Also one that we have never spoken with. */
static void who_was_never_met_is_called(void **state)
{
	struct word *w = begin(state, ORDERS_OF_NOBODY, NULL, 1);

	strike(w, MEMBER_LEFT, REASON_NONE);
	w->s.effect = count_calls;
	memset(n_called, 0, sizeof(n_called));
	lead(w, FORGET_NS / NS_PER_S);
	assert_in_range(n_called[1], 1, 20);
}

/* One that lost its keys with a restart answers no PING: it is called anew, whatever we knew. */
static void who_may_have_lost_its_keys_is_called(void **state)
{
	struct word *w = led(state, ORDERS_OF_NOBODY);

	strike(w, MEMBER_LEFT, REASON_NONE);
	cut_off(w, 1);
	lead(w, 20);
	for (unsigned k = 1; k < N; k++) {
		const struct peer *p = peer_find(w->s.node, w->s.puppet[k].trust.id);

		assert_int_not_equal(p->contact, NO_INDEX);
		w->s.node->store.contacts[p->contact].wanted = false;
	}
	lead(w, 20);
	for (unsigned k = 1; k < N; k++) {
		const struct peer *p = peer_find(w->s.node, w->s.puppet[k].trust.id);

		assert_true(w->s.node->store.contacts[p->contact].wanted);
	}
}

/* Its address may be another's by now, whose contact it would get. */
static void who_has_its_address_is_not_called_in_its_place(void **state)
{
	struct word *w = led(state, ORDERS_OF_NOBODY);

	strike(w, MEMBER_LEFT, REASON_NONE);
	cut_off(w, 1);
	peer_find(w->s.node, w->s.puppet[1].trust.id)->addr = w->s.puppet[0].addr;
	w->s.effect = count_calls;
	memset(n_called, 0, sizeof(n_called));
	lead(w, FORGET_NS / NS_PER_S / 2);
	assert_int_equal(n_called[0], 0);
}

/* An operator of this host knows it at once. */
static void an_order_here_confirms_it(void **state)
{
	struct word *w = led(state, ORDERS_OF_NOBODY);
	struct node_event forget = {.type = EV_ORDER, .order = {.order = ORDER_FORGET}};
	const unsigned n_orders = w->s.puppet[0].n_heard[WIRE_ORDER];
	struct member_view v;

	lead(w, 6);
	list(w, MEMBER_SETTLED, REASON_NONE);
	lead(w, 20);
	cut_off(w, 1);
	list(w, MEMBER_FORGOTTEN, REASON_OPERATOR);
	w->m.n_table = w->m.n_alive = 2;
	lead(w, 2 * HERE_NS / NS_PER_S);
	for (unsigned k = 1; k < N; k++) {
		forget.order.peer = w->s.puppet[k].trust.id;
		assert_true(node_member_of(w->s.node, forget.order.peer, w->s.node->step.now,
					   stage_pair(&w->s), &v));
		forget.order.dry_run = true;
		stage_event(&w->s, &forget);
		assert_int_equal(electorate(w->s.node), N + 2 - k);
		forget.order.dry_run = false;
		stage_event(&w->s, &forget);
		assert_int_equal(w->s.fx.ordered.verdict, ORDER_OK);
		assert_int_equal(w->s.fx.ordered.n_before, N + 2 - k);
		assert_int_equal(w->s.fx.ordered.n_after, N + 1 - k);
		assert_int_equal(electorate(w->s.node), N + 1 - k);
		assert_false(node_member_of(w->s.node, forget.order.peer, w->s.node->step.now,
					    stage_pair(&w->s), &v));
	}
	assert_int_equal(w->s.puppet[0].n_heard[WIRE_ORDER], n_orders); /* which knows it */
}

/* Of all at once it does, too, and the master hears the order for the others. */
static void an_order_to_forget_all_confirms_them(void **state)
{
	struct word *w = led(state, ORDERS_OF_NOBODY);
	struct node_event forget = {.type = EV_ORDER, .order = {.order = ORDER_FORGET}};

	strike(w, MEMBER_FORGOTTEN, REASON_OPERATOR);
	stage_event(&w->s, &forget);
	assert_int_equal(electorate(w->s.node), N + 1); /* whom we hear is not gone */
	cut_off(w, 1);
	lead(w, HERE_NS / NS_PER_S + 1);
	stage_event(&w->s, &forget);
	assert_int_equal(electorate(w->s.node), 2);
	assert_true(w->s.puppet[0].n_heard[WIRE_ORDER] > 0);
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

/* An island's master drops nobody from its own table, and its members do not for it. */
static void who_is_not_heard_by_an_island_counts_on(void **state)
{
	struct word *w = led(state, ORDERS_OF_NOBODY);
	const uint64_t era = w->m.era;

	lead(w, 6);
	list(w, MEMBER_SETTLED, REASON_NONE);
	lead(w, 10);
	list_as(w, 2, &(struct wire_roster_entry){.state = MEMBER_LEFT});
	lead(w, 2);
	cut_off(w, 2);
	stage_say(&w->s, 0, &(struct wire_msg){.type = WIRE_BYE, .term = w->m.term});
	w->m = master_begin(&w->s, 1);
	w->m.era = era;
	w->m.n_table = N;
	w->m.n_alive = 2;
	w->m.island = true;
	lead(w, 2 * FORGET_NS / NS_PER_S);
	assert_int_equal(electorate(w->s.node), N);
	w->m.island = false; /* nor at once when it is none any more, or a liar says so */
	lead(w, FORGET_NS / NS_PER_S / 2);
	assert_int_equal(electorate(w->s.node), N);
	split(w);
	assert_is_an_island(w);
}

static void who_counts_is_made_no_guest(void **state)
{
	struct word *w = led(state, ORDERS_OF_NOBODY);
	const struct wire_roster_entry guest = {.state = MEMBER_LEFT, .guest = true};

	strike(w, MEMBER_LEFT, REASON_NONE);
	list_as(w, 1, &guest);
	assert_int_equal(electorate(w->s.node), N + 1);
	split(w);
	assert_is_an_island(w);
}

/* Who leads next misses them itself, shows them, and drops them when they have been silent. */
static void who_leads_next_has_them_in_its_table(void **state)
{
	struct word *w = led(state, ORDERS_OF_NOBODY);
	struct member_view v;

	lead(w, 6);
	list(w, MEMBER_SETTLED, REASON_NONE);
	lead(w, 20);
	list_as(w, 3,
		&(struct wire_roster_entry){.state = MEMBER_FORGOTTEN, .reason = REASON_OPERATOR});
	w->m.n_table = w->m.n_alive = N;
	cut_off(w, 3);
	lead(w, 2);
	assert_int_equal(electorate(w->s.node), N + 1);
	master_hand_over(&w->s, &w->m);
	stage_wait(&w->s, 10 * NS_PER_S);
	assert_int_equal(stage_status(&w->s).role, ROLE_MASTER);
	assert_int_equal(stage_status(&w->s).n_table, N + 1);
	assert_true(node_member_of(w->s.node, w->s.puppet[3].trust.id, w->s.node->step.now,
				   stage_pair(&w->s), &v));
	assert_true(w->s.puppet[1].n_heard[WIRE_ROSTER] > 0);
	const struct wire_roster *r = &w->s.puppet[1].heard[WIRE_ROSTER].roster;

	for (unsigned i = 0; i < r->n; i++) {
		assert_int_not_equal(r->entry[i].state, MEMBER_FORGOTTEN);
	}
	stage_wait(&w->s, FORGET_NS);
	assert_int_equal(stage_status(&w->s).n_table, N);
}

/* Their goodbyes were counted, when the master before said so. */
static void their_goodbyes_count_out_no_other(void **state)
{
	struct word *w = led(state, ORDERS_OF_NOBODY);

	w->m.n_table = w->m.n_alive = 12; /* so many it knows, whom we do not */
	lead(w, 2);
	list(w, MEMBER_SETTLED, REASON_NONE);
	lead(w, 1);
	list_as(w, 2, &(struct wire_roster_entry){.state = MEMBER_LEFT});
	lead(w, 1);
	master_hand_over(&w->s, &w->m);
	stage_wait(&w->s, 10 * NS_PER_S);
	assert_int_equal(stage_status(&w->s).n_table, 12);
	for (unsigned k = 2; k < N; k++) {
		stage_say(&w->s, k, &(struct wire_msg){.type = WIRE_BYE});
	}
	stage_wait(&w->s, 3 * NS_PER_S);
	assert_int_equal(stage_status(&w->s).n_table, 12);
}

static void call_itself(struct word *w, const char *name)
{
	struct wire_msg msg = {.type = WIRE_ROSTER,
			       .term = w->m.term,
			       .roster = {.n = 1, .total = N + 1}};
	struct wire_roster_entry *e = &msg.roster.entry[0];

	e->id = w->s.puppet[w->m.k].trust.id;
	e->state = MEMBER_SETTLED;
	(void)snprintf(e->name, sizeof(e->name), "%s", name);
	stage_say(&w->s, w->m.k, &msg);
}

/* A liar gives its own name and address to those whom we have not met: no other is in their place
 * for that.  They are on our disk ... */
static void who_is_on_disk_is_replaced_by_no_word(void **state)
{
	static struct node_row row[N - 1];
	struct node_saved saved = {.n_table = N + 1, .row = row, .n_row = N - 1, .carried = true};
	struct word *w = led(state, ORDERS_OF_NOBODY);
	struct wire_roster_entry liar = {.name = "liar", .state = MEMBER_SILENT};

	liar.addr = w->s.puppet[0].addr;
	for (unsigned k = 1; k < N; k++) {
		row[k - 1].id = w->s.puppet[k].trust.id;
		(void)snprintf(row[k - 1].name, sizeof(row->name), "h%u", k);
		row[k - 1].addr = w->s.puppet[k].addr;
	}
	stage_close(&w->s);
	w = begin(state, ORDERS_OF_NOBODY, &saved, 1);
	lead(w, 4);
	list_as(w, 1, &liar);
	call_itself(w, liar.name);
	w->m.n_table = w->m.n_alive = 2;
	lead(w, 2);
	assert_int_equal(electorate(w->s.node), N + 1);
	for (unsigned k = 1; k < N; k++) {
		const struct peer *p = peer_find(w->s.node, row[k - 1].id);

		assert_true(addr_equal(&p->addr, &row[k - 1].addr));
	}
}

/* ... or in the table of a master before us. */
static void who_was_never_met_is_replaced_by_no_word(void **state)
{
	struct word *w = begin(state, ORDERS_OF_NOBODY, NULL, 1);
	struct wire_roster_entry liar = {.name = "liar", .state = MEMBER_SETTLED};

	liar.addr = w->s.puppet[0].addr;
	lead(w, 6);
	list(w, MEMBER_SETTLED, REASON_NONE);
	lead(w, 10);
	list_as(w, 1, &liar);
	call_itself(w, liar.name);
	w->m.n_table = w->m.n_alive = 2;
	lead(w, 3);
	split(w);
	assert_is_an_island(w);
}

/* Of a time that it may carry we know, too. */
static void who_was_on_disk_is_missed_on(void **state)
{
	static struct node_row row[1];
	struct node_saved saved = {.n_table = 2, .row = row, .n_row = 1, .carried = true};
	struct word *w = led(state, ORDERS_OF_NOBODY);

	row[0].id = w->s.puppet[1].trust.id;
	row[0].addr = w->s.puppet[1].addr;
	stage_close(&w->s);
	w = begin(state, ORDERS_OF_NOBODY, &saved, 1);
	lead(w, 4);
	assert_int_equal(carried_here(w->s.node), CARRIED_MISSES);
	list(w, MEMBER_FORGOTTEN, REASON_OPERATOR);
	assert_int_equal(carried_here(w->s.node), CARRIED_MISSES);
	lead(w, FORGET_NS / NS_PER_S + 10);
	assert_int_not_equal(carried_here(w->s.node), CARRIED_MISSES);
}

static void who_was_a_guest_does_not_count_when_it_is_gone(void **state)
{
	struct word *w = led(state, ORDERS_OF_NOBODY);

	lead(w, 6);
	list_as(w, 3, &(struct wire_roster_entry){.state = MEMBER_SETTLED, .guest = true});
	w->m.n_table = w->m.n_alive = N;
	lead(w, 2);
	const unsigned before = electorate(w->s.node);

	list_as(w, 3, &(struct wire_roster_entry){.state = MEMBER_LEFT, .guest = true});
	lead(w, 2);
	assert_int_equal(electorate(w->s.node), before);
}

/* In a full table nobody gets its place: whoever has keys could make a majority smaller. */
static void assert_makes_no_room(void **state, unsigned n_met, bool expected)
{
	struct word *w;

	table_size = N - 1;
	w = begin(state, ORDERS_OF_NOBODY, NULL, n_met);
	table_size = 32;
	w->m.n_succession = 1; /* who is named there keeps its place in any case */
	lead(w, 6);
	list(w, MEMBER_SETTLED, REASON_NONE);
	lead(w, 20);
	list(w, MEMBER_LEFT, REASON_NONE);
	cut_off(w, 1);
	lead(w, 4);
	assert_false(expected ? stage_try_call(&w->s, N - 1) : stage_try_meet(&w->s, N - 1));
	for (unsigned k = 1; k < N - 1; k++) {
		assert_non_null(peer_find(w->s.node, w->s.puppet[k].trust.id));
	}
}

static void who_was_met_makes_no_room(void **state)
{
	assert_makes_no_room(state, N - 1, false);
}

static void who_was_not_met_makes_no_room(void **state)
{
	assert_makes_no_room(state, 1, false);
}

static void nobody_makes_room_for_who_is_configured(void **state)
{
	assert_makes_no_room(state, N - 1, true);
}

/* Nobody can ask it, so it is not waited for either. */
static void who_has_no_address_counts_for_a_while(void **state)
{
	struct word *w = begin(state, ORDERS_OF_NOBODY, NULL, 1);
	struct wire_roster_entry made_up = {.name = "nowhere", .state = MEMBER_SETTLED};

	lead(w, 6);
	list_as(w, 1, &made_up);
	lead(w, 10);
	assert_int_equal(electorate(w->s.node), N + 1);
	made_up.state = MEMBER_LEFT;
	list_as(w, 1, &made_up);
	w->m.n_table = w->m.n_alive = 2;
	lead(w, FORGET_NS / NS_PER_S - 2);
	assert_int_equal(electorate(w->s.node), N + 1);
	lead(w, 4);
	assert_int_equal(electorate(w->s.node), 2);
}

/* A host on disk that has a new address is called there, while it is said to be here. */
static void who_has_moved_is_called_where_it_is_said_to_be(void **state)
{
	static struct node_row row[1];
	struct node_saved saved = {.n_table = 2, .row = row, .n_row = 1, .carried = true};
	struct word *w = led(state, ORDERS_OF_NOBODY);

	row[0].id = w->s.puppet[1].trust.id;
	row[0].addr = w->s.puppet[1].addr;
	row[0].addr.ip[14] ^= 1;
	stage_close(&w->s);
	w = begin(state, ORDERS_OF_NOBODY, &saved, 1);
	w->s.effect = count_calls;
	memset(n_called, 0, sizeof(n_called));
	lead(w, 2);
	for (unsigned i = 0; i < 20; i++) {
		list(w, MEMBER_SILENT, REASON_NONE);
		lead(w, 1);
	}
	assert_int_equal(n_called[1], 0);
	list(w, MEMBER_SETTLED, REASON_NONE);
	lead(w, 2);
	assert_true(n_called[1] > 0);
}

static void who_is_revoked_here_counts_no_more(void **state)
{
	struct word *w = begin(state, ORDERS_OF_NOBODY, NULL, 1);
	struct node_event revoke = {.type = EV_ORDER, .order = {.order = ORDER_REVOKE}};

	strike(w, MEMBER_FORGOTTEN, REASON_SILENT);
	assert_int_equal(electorate(w->s.node), N + 1);
	for (unsigned k = 1; k < N; k++) {
		revoke.order.peer = w->s.puppet[k].trust.id;
		stage_event(&w->s, &revoke);
	}
	lead(w, 2);
	assert_int_equal(electorate(w->s.node), 2);
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
		T(who_was_never_met_is_called),
		T(who_may_have_lost_its_keys_is_called),
		T(who_has_its_address_is_not_called_in_its_place),
		T(an_order_here_confirms_it),
		T(an_order_to_forget_all_confirms_them),
		T(who_is_gone_by_a_word_stays_on_disk),
		T(who_is_not_heard_by_an_island_counts_on),
		T(who_counts_is_made_no_guest),
		T(who_leads_next_has_them_in_its_table),
		T(their_goodbyes_count_out_no_other),
		T(who_is_on_disk_is_replaced_by_no_word),
		T(who_was_never_met_is_replaced_by_no_word),
		T(who_was_on_disk_is_missed_on),
		T(who_was_a_guest_does_not_count_when_it_is_gone),
		T(who_was_met_makes_no_room),
		T(who_was_not_met_makes_no_room),
		T(nobody_makes_room_for_who_is_configured),
		T(who_has_no_address_counts_for_a_while),
		T(who_has_moved_is_called_where_it_is_said_to_be),
		T(who_is_revoked_here_counts_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
