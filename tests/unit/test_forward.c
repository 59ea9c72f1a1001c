/* test_forward.c - an order that only the master can carry out travels to it from any host, and
 * its answer back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "core/wire/keys.h"
#include "tests/world/master.h"
#include "tests/world/node.h"
#include "tests/world/quiet.h"
#include "tests/world/stage.h"

#define UID 1000

/* --- In a group --- */

static enum order_verdict order(struct world *w, unsigned i, int64_t by_ns, bool step, bool dry_run)
{
	return host_move_time(w, i, by_ns, step, dry_run, UID);
}

/* The master answers within 10 ms. */
static void assert_answer(struct world *w, unsigned i, enum order_verdict wanted)
{
	unsigned before = quiet_deeds(w, i)->n_ordered;

	quiet_run(w, 0.01);
	assert_int_equal(quiet_deeds(w, i)->n_ordered, before + 1);
	assert_int_equal(quiet_deeds(w, i)->ordered, wanted);
}

/* All say who ordered it, and where. */
static void assert_shown(const struct world *w, unsigned by, enum time_way way, int64_t shift_ns)
{
	for (unsigned i = 0; i < w->n; i++) {
		struct time_order o = world_status(w, i).last_order;

		assert_int_equal(o.host, world_status(w, by).id);
		assert_int_equal(o.uid, UID);
		assert_int_equal(o.way, way);
		assert_in_range(o.shift_ns - shift_ns + 100000, 0, 200000);
	}
}

static void slew_ordered_anywhere_is_carried_out(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	assert_int_equal(order(w, 3, NS_PER_MS, false, false), ORDER_SENT);
	assert_answer(w, 3, ORDER_OK);
	assert_in_range(quiet_deeds(w, 3)->takes_ns, 10 * NS_PER_S, 13 * NS_PER_S);
	quiet_run(w, 5);
	assert_shown(w, 3, TIME_SLEWS, NS_PER_MS);
	quiet_run(w, 10);
	assert_shown(w, 3, TIME_SLEWED, NS_PER_MS);
}

/* To a time of day: it does not age on the way. */
static void step_ordered_anywhere_is_carried_out(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	assert_int_equal(host_set_time(w, 4, wall_add(world_wall(w, 4), 3600 * NS_PER_S), false,
				       UID),
			 ORDER_SENT);
	assert_answer(w, 4, ORDER_OK);
	quiet_run(w, 5);
	assert_shown(w, 4, TIME_STEPPED, 3600 * NS_PER_S);
	for (unsigned i = 0; i < w->n; i++) {
		assert_in_range(world_off_ns(w, i) - 3600 * NS_PER_S + NS_PER_S, 0, 2 * NS_PER_S);
	}
}

static void dry_run_is_answered_and_changes_nothing(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	assert_int_equal(order(w, 2, NS_PER_S, false, true), ORDER_SENT);
	assert_answer(w, 2, ORDER_OK);
	assert_in_range(quiet_deeds(w, 2)->takes_ns / NS_PER_S, 10000, 10003);
	assert_int_equal(order(w, 2, 3600 * NS_PER_S, true, true), ORDER_SENT);
	assert_answer(w, 2, ORDER_OK);
	quiet_run(w, 5);
	assert_int_equal(world_status(w, 0).last_order.at.ns, 0);
	assert_int_equal(world_status(w, 2).last_order.at.ns, 0);
}

static void what_the_master_refuses_comes_back_with_its_reason(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	assert_int_equal(order(w, 2, 9 * NS_PER_S, false, false), ORDER_SENT);
	assert_int_equal(order(w, 2, NS_PER_S, false, false), ORDER_BUSY); /* one at a time */
	assert_answer(w, 2, ORDER_TOO_FAR);
	quiet_isolate(w, 4);
	quiet_run(w, 5);
	assert_int_equal(order(w, 2, NS_PER_S, false, false), ORDER_SENT);
	assert_answer(w, 2, ORDER_ABSENT);
	assert_int_equal(world_status(w, 2).last_order.at.ns, 0);
}

/* Who is cut off, and stays without a master, is told after five seconds. */
static void without_an_answer_that_is_the_outcome(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.quorum = QUORUM_MAJORITY;
	}
	quiet_begin_under_0(w, 60);
	quiet_isolate(w, 3);
	assert_int_equal(order(w, 3, NS_PER_MS, false, false), ORDER_SENT);
	quiet_run(w, 4.9);
	assert_int_equal(quiet_deeds(w, 3)->n_ordered, 0);
	quiet_run(w, 0.2);
	assert_int_equal(quiet_deeds(w, 3)->n_ordered, 1);
	assert_int_equal(quiet_deeds(w, 3)->ordered, ORDER_NO_ANSWER);
}

static void an_order_ends_with_the_reign_that_it_was_given_to(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	quiet_isolate(w, 0);
	assert_int_equal(order(w, 3, NS_PER_MS, false, false), ORDER_SENT);
	quiet_run(w, 4);
	assert_int_equal(quiet_deeds(w, 3)->n_ordered, 1);
	assert_int_equal(quiet_deeds(w, 3)->ordered, ORDER_NO_ANSWER);
	/* That order is void under the new master. */
	int m = -1;

	for (unsigned i = 1; i < w->n; i++) {
		m = world_status(w, i).role == ROLE_MASTER ? (int)i : m;
	}
	assert_true(m > 0);
	quiet_run(w, 5);
	assert_int_equal(world_status(w, (unsigned)m).last_order.at.ns, 0);
	unsigned i = m == 3 ? 4 : 3;

	assert_int_equal(order(w, i, NS_PER_MS, false, true), ORDER_SENT);
	assert_answer(w, i, ORDER_ABSENT);
}

static void alone_there_is_nobody_to_send_it_to(void **state)
{
	struct world *w = *state;

	host_boot(w, 0);
	quiet_run(w, 0.2);
	assert_int_equal(order(w, 0, NS_PER_MS, false, false), ORDER_NOT_MASTER);
}

/* Its orders count from a random place: the master still knows those of the life before. */
static void an_order_after_a_restart_is_another_one(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	assert_int_equal(order(w, 3, NS_PER_MS, false, false), ORDER_SENT);
	assert_answer(w, 3, ORDER_OK);
	quiet_run(w, 1.5);
	host_crash(w, 3);
	quiet_run(w, 1);
	host_boot(w, 3);
	quiet_run(w, 20);
	assert_int_equal(order(w, 3, 2 * NS_PER_MS, false, false), ORDER_SENT);
	assert_answer(w, 3, ORDER_OK);
	quiet_run(w, 5);
	assert_shown(w, 3, TIME_SLEWS, 2 * NS_PER_MS);
}

/* --- Whose answer counts --- */

static struct {
	unsigned n;
	enum order_verdict verdict;
	int64_t moved_ns, takes_ns;
} answered;

static void note_answer(struct stage *s, const struct effect *e)
{
	(void)s;
	if (e->type == FX_ORDERED) {
		answered.n++;
		answered.verdict = e->ordered.verdict;
		answered.moved_ns = e->ordered.moved_ns;
		answered.takes_ns = e->ordered.takes_ns;
	}
}

/* Puppet @k answers order @seq; how many answers the host has told then. */
static unsigned answer(struct stage *s, unsigned k, uint64_t term, uint64_t seq)
{
	struct wire_msg m = {.type = WIRE_ORDER_REPLY,
			     .term = term,
			     .order_reply = {.seq = seq, .moved_ns = 77, .takes_ns = 88}};

	stage_say(s, k, &m);
	return answered.n;
}

static void only_the_master_answers_and_only_that_order(void **state)
{
	static struct stage s;
	struct node_config config = node_config_default();
	struct node_event ev = {.type = EV_ORDER};

	(void)state;
	answered.n = 0;
	stage_open(&s, &config, 2, 4);
	stage_meet_all(&s);
	s.effect = note_answer;
	struct master m = master_begin(&s, 0);

	master_lead(&s, &m, 3, &(struct master_word){.error_ns = 1000, .sd_ns = 100});
	ev.order.order = ORDER_SET_TIME;
	ev.order.set_time.relative = true;
	ev.order.set_time.shift_ns = NS_PER_MS;
	stage_event(&s, &ev);
	assert_int_equal(s.fx.ordered.verdict, ORDER_SENT);
	assert_int_equal(s.puppet[0].n_heard[WIRE_ORDER], 1);
	uint64_t seq = s.puppet[0].heard[WIRE_ORDER].order.seq;

	assert_int_equal(answer(&s, 1, m.term, seq), 0);
	assert_int_equal(answer(&s, 0, m.term, seq - 1), 0);
	assert_int_equal(answer(&s, 0, m.term, seq), 1);
	assert_true(answered.moved_ns == 77 && answered.takes_ns == 88);
	assert_int_equal(answer(&s, 0, m.term, seq), 1); /* once */
	stage_close(&s);
}

static uint64_t order_sent_to(struct stage *s, unsigned k)
{
	struct node_event ev = {.type = EV_ORDER, .order = {.order = ORDER_TRANSFER}};

	stage_event(s, &ev);
	assert_int_equal(s->fx.ordered.verdict, ORDER_SENT);
	return s->puppet[k].heard[WIRE_ORDER].order.seq;
}

/* Puppet @from hands over to the other one, which the node follows then. */
static struct master handed_over(struct stage *s, const struct master *from)
{
	struct wire_msg m = {.type = WIRE_TRANSFER,
			     .term = from->term,
			     .transfer.to = s->puppet[!from->k].trust.id};

	stage_say(s, from->k, &m);
	struct master to = master_begin(s, !from->k);

	assert_non_null(master_poll(s, &to));
	assert_int_equal(stage_status(s).master, s->puppet[to.k].trust.id);
	return to;
}

/* The answer to an order that ends a reign may come behind the first word of the next one. */
static void who_is_no_more_master_answers_for_a_moment(void **state)
{
	static struct stage s;
	struct node_config config = node_config_default();

	(void)state;
	answered.n = 0;
	stage_open(&s, &config, 2, 4);
	stage_meet_all(&s);
	s.effect = note_answer;
	struct master m = master_begin(&s, 0);

	master_lead(&s, &m, 3, &(struct master_word){.error_ns = 1000, .sd_ns = 100});
	uint64_t seq = order_sent_to(&s, 0);
	struct master next = handed_over(&s, &m);

	assert_int_equal(answered.n, 0);
	assert_int_equal(answer(&s, 0, m.term, seq), 1);
	assert_int_equal(answered.verdict, ORDER_OK);
	seq = order_sent_to(&s, 1);
	unsigned n_heard = s.puppet[1].n_heard[WIRE_ORDER];

	stage_wait(&s, NS_PER_S / 10);
	(void)handed_over(&s, &next);
	stage_wait(&s, 6 * NS_PER_S / 10);
	assert_int_equal(answered.n, 2);
	assert_int_equal(answered.verdict, ORDER_NO_ANSWER);
	assert_int_equal(s.puppet[1].n_heard[WIRE_ORDER], n_heard); /* it would be void */
	assert_int_equal(answer(&s, 1, next.term, seq), 2);
	stage_close(&s);
}

/* --- What a master does with each order that comes --- */

#define HOUR (3600 * NS_PER_S)
#define SEQ  (UINT64_C(77) << 20)

static uint8_t pinned[2][KEY_LEN];

static int stage_setup_with(void **state, bool pins)
{
	static struct stage s;
	struct node_config config = node_config_default();

	config.earliest = (wall_t){0};
	config.orders = pins ? ORDERS_OF_MASTERS : ORDERS_OF_MEMBERS;
	stage_open(&s, &config, 3, 4); /* the third is a stranger */
	for (unsigned k = 0; k < 2; k++) {
		stage_meet(&s, k);
		s.puppet[k].grants = s.puppet[k].answers_polls = s.puppet[k].applies = true;
	}
	stage_wait(&s, 30 * NS_PER_S);
	assert_int_equal(stage_status(&s).role, ROLE_MASTER);
	if (pins) {
		config = s.config;
		memcpy(pinned[0], s.puppet[1].trust.pub, KEY_LEN);
		config.master_keys = (const uint8_t(*)[KEY_LEN])pinned;
		crypto_scalarmult_base(pinned[1], config.secret); /* it leads itself */
		config.n_master_keys = 2;
		node_reconfigure(s.node, &config);
	}
	*state = &s;
	return 0;
}

static int stage_setup(void **state)
{
	return stage_setup_with(state, false);
}

static int stage_setup_pinned(void **state)
{
	return stage_setup_with(state, true);
}

static int stage_teardown(void **state)
{
	stage_close(*state);
	return 0;
}

/* Puppet @k says @o; what it hears. */
static const struct wire_order_reply *say_order(struct stage *s, unsigned k, uint64_t term,
						const struct wire_order *o)
{
	struct wire_msg m = {.type = WIRE_ORDER, .term = term, .order = *o};

	stage_say(s, k, &m);
	return &s->puppet[k].heard[WIRE_ORDER_REPLY].order_reply;
}

static const struct wire_order_reply *say(struct stage *s, unsigned k, uint64_t term, uint64_t seq,
					  int64_t shift_ns)
{
	return say_order(s, k, term,
			 &(struct wire_order){.seq = seq, .shift_ns = shift_ns, .uid = UID});
}

static void one_order_is_carried_out_once_and_answered_each_time(void **state)
{
	struct stage *s = *state;
	uint64_t term = stage_status(s).term;
	unsigned before = s->puppet[0].n_heard[WIRE_ORDER_REPLY];

	assert_int_equal(say(s, 0, term, SEQ + 1, NS_PER_S)->verdict, ORDER_OK);
	wall_t at = stage_status(s).last_order.at;

	stage_wait(s, 2 * NS_PER_S);
	const struct wire_order_reply *r = say(s, 0, term, SEQ + 1, NS_PER_S);

	assert_int_equal(r->verdict, ORDER_OK);
	assert_int_equal(r->seq, SEQ + 1);
	assert_int_equal(s->puppet[0].n_heard[WIRE_ORDER_REPLY], before + 2);
	assert_int_equal(stage_status(s).last_order.at.ns, at.ns);
	/* A late copy of it, after another one: nothing is done, nothing said. */
	assert_int_equal(say(s, 0, term, SEQ + 2, 0)->verdict, ORDER_OK);
	stage_wait(s, 2 * NS_PER_S);
	(void)say(s, 0, term, SEQ + 1, NS_PER_S);
	assert_int_equal(s->puppet[0].n_heard[WIRE_ORDER_REPLY], before + 3);
	assert_int_equal(stage_status(s).last_order.shift_ns, 0);
	/* After a boot it counts from anywhere. */
	assert_int_equal(say(s, 0, term, SEQ - (1 << 20), NS_PER_MS)->verdict, ORDER_OK);
	assert_int_equal(stage_status(s).last_order.shift_ns, NS_PER_MS);
}

static void an_order_of_another_term_is_void(void **state)
{
	struct stage *s = *state;
	uint64_t term = stage_status(s).term;

	assert_int_equal(say(s, 0, term - 1, SEQ + 1, NS_PER_S)->verdict, ORDER_NOT_MASTER);
	assert_int_equal(stage_status(s).last_order.at.ns, 0);
}

/* An operator has to put himself right at times; a program that has a member's keys has not. */
static void steps_that_others_order_are_four_in_an_hour(void **state)
{
	struct stage *s = *state;
	unsigned done = 0;

	for (unsigned i = 1; i <= 20; i++) {
		const struct wire_order o = {.seq = SEQ + i,
					     .shift_ns = HOUR,
					     .step = true,
					     .uid = UID};

		done += say_order(s, i % 2, stage_status(s).term, &o)->verdict == ORDER_OK;
		stage_wait(s, 20 * NS_PER_S);
		assert_true(stage_status(s).has_line);
	}
	assert_int_equal(done, 4);
	stage_wait(s, HOUR);
	assert_int_equal(say_order(s, 0, stage_status(s).term,
				   &(struct wire_order){.seq = SEQ + 21, .step = true, .uid = UID})
				 ->verdict,
			 ORDER_OK);
}

static void a_host_orders_no_more_than_once_a_second(void **state)
{
	struct stage *s = *state;
	uint64_t term = stage_status(s).term;

	for (unsigned i = 1; i <= 50; i++) {
		enum order_verdict wanted = i == 1 ? ORDER_OK : ORDER_BUSY;

		assert_int_equal(say(s, 0, term, SEQ + i, i * NS_PER_MS)->verdict, wanted);
	}
	assert_int_equal(stage_status(s).last_order.shift_ns, NS_PER_MS);
	stage_wait(s, NS_PER_S);
	assert_int_equal(say(s, 0, term, SEQ + 51, 2 * NS_PER_MS)->verdict, ORDER_OK);
}

static void what_changes_nothing_waits_for_nothing(void **state)
{
	struct stage *s = *state;
	uint64_t term = stage_status(s).term;
	struct wire_order dry = {.shift_ns = NS_PER_MS, .dry_run = true, .uid = UID};

	dry.seq = SEQ + 1;
	assert_int_equal(say_order(s, 0, term, &dry)->verdict, ORDER_OK);
	assert_int_equal(say(s, 0, term, SEQ + 2, 9 * NS_PER_S)->verdict, ORDER_TOO_FAR);
	assert_int_equal(say(s, 0, term, SEQ + 3, NS_PER_MS)->verdict, ORDER_OK);
	dry.seq = SEQ + 4;
	assert_int_equal(say_order(s, 0, term, &dry)->verdict, ORDER_OK);
	assert_int_equal(say(s, 0, term, SEQ + 5, NS_PER_MS)->verdict, ORDER_BUSY);
}

static void a_stranger_orders_nothing(void **state)
{
	struct stage *s = *state;

	stage_meet(s, 2);
	assert_int_equal(say(s, 2, stage_status(s).term, SEQ + 1, NS_PER_MS)->verdict,
			 ORDER_NOT_ALLOWED);
	assert_int_equal(stage_status(s).last_order.at.ns, 0);
}

static void where_masters_are_named_only_they_order(void **state)
{
	struct stage *s = *state;
	uint64_t term = stage_status(s).term;

	assert_int_equal(say(s, 0, term, SEQ + 1, NS_PER_S)->verdict, ORDER_NOT_TRUSTED);
	assert_int_equal(stage_status(s).last_order.at.ns, 0);
	assert_int_equal(say(s, 1, term, SEQ + 1, NS_PER_S)->verdict, ORDER_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, quiet_setup_dated, quiet_teardown)
		T(slew_ordered_anywhere_is_carried_out),
		T(step_ordered_anywhere_is_carried_out),
		T(dry_run_is_answered_and_changes_nothing),
		T(what_the_master_refuses_comes_back_with_its_reason),
		T(without_an_answer_that_is_the_outcome),
		T(an_order_ends_with_the_reign_that_it_was_given_to),
		T(alone_there_is_nobody_to_send_it_to),
		T(an_order_after_a_restart_is_another_one),
		cmocka_unit_test(only_the_master_answers_and_only_that_order),
		cmocka_unit_test(who_is_no_more_master_answers_for_a_moment),
#define S(name, setup) cmocka_unit_test_setup_teardown(name, setup, stage_teardown)
		S(one_order_is_carried_out_once_and_answered_each_time, stage_setup),
		S(an_order_of_another_term_is_void, stage_setup),
		S(steps_that_others_order_are_four_in_an_hour, stage_setup),
		S(a_host_orders_no_more_than_once_a_second, stage_setup),
		S(what_changes_nothing_waits_for_nothing, stage_setup),
		S(a_stranger_orders_nothing, stage_setup),
		S(where_masters_are_named_only_they_order, stage_setup_pinned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
