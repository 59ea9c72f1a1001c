/* test_group_orders.c - what concerns the group may be ordered on any host of it: transfer,
 * exclude, include and forget.  How an order travels is in test_forward.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/node/standing.h"
#include "tests/world/quiet.h"

#define UID 1000

static node_id id_of(const struct world *w, unsigned i)
{
	return world_status(w, i).id;
}

static struct node_event order(enum order what, node_id peer, bool dry_run)
{
	return (struct node_event){
		.type = EV_ORDER,
		.order = {.order = what, .peer = peer, .uid = UID, .dry_run = dry_run}};
}

static enum order_verdict give(struct world *w, unsigned i, enum order what, node_id peer,
			       bool dry_run)
{
	struct node_event ev = order(what, peer, dry_run);

	host_event(w, i, &ev);
	return w->fx.ordered.verdict;
}

static const struct order_outcome *ask(struct world *w, unsigned i, enum order what, node_id peer,
				       bool dry_run)
{
	struct node_event ev = order(what, peer, dry_run);

	return quiet_ask(w, i, &ev);
}

static unsigned n_told(const struct world *w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->n; i++) {
		n += quiet_deeds(w, i)->n_notice[NOTICE_ORDERED];
	}
	return n;
}

static enum reason reason_of(const struct world *w, unsigned i)
{
	struct member_view v;

	assert_true(world_member_of(w, 0, i, &v));
	return v.reason;
}

static void a_member_hands_over_to_any_host(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 30);
	const struct order_outcome *o = ask(w, 3, ORDER_TRANSFER, id_of(w, 2), false);

	assert_int_equal(o->verdict, ORDER_OK);
	assert_int_equal(o->peer, id_of(w, 2));
	assert_true(o->takes_ns >= NS_PER_S / 2 && o->takes_ns <= 4 * NS_PER_S);
	quiet_run(w, 1);
	assert_int_equal(world_master(w, 0), 2);
	assert_int_equal(n_told(w), 1);
}

/* The answer to its own order reaches it behind the word that it is to lead. */
static void the_deputy_takes_over_by_its_own_order(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 30);
	const struct order_outcome *o = ask(w, 1, ORDER_TRANSFER, 0, false);

	assert_int_equal(o->verdict, ORDER_OK);
	assert_int_equal(o->peer, id_of(w, 1));
	quiet_run(w, 1);
	assert_int_equal(world_master(w, 0), 1);
}

static void a_member_excludes_and_includes(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	const struct order_outcome *o = ask(w, 3, ORDER_EXCLUDE, id_of(w, 4), false);

	assert_int_equal(o->verdict, ORDER_OK);
	assert_int_equal(o->n_before, 5);
	assert_int_equal(o->n_after, 4);
	quiet_run(w, 10);
	assert_int_equal(reason_of(w, 4), REASON_OPERATOR);
	o = ask(w, 1, ORDER_INCLUDE, id_of(w, 4), false); /* the deputy */
	assert_int_equal(o->verdict, ORDER_OK);
	assert_int_equal(o->n_before, 4);
	assert_int_equal(o->n_after, 5);
	quiet_run(w, 10);
	assert_true(reason_counts(reason_of(w, 4))); /* it may be one that is trimmed */
	assert_int_equal(quiet_deeds(w, 0)->n_notice[NOTICE_ORDERED], 2);
}

/* Nor does one that is out of sight count more because it is included. */
static void who_is_not_here_is_no_clock_that_makes_the_average(void **state)
{
	struct world *w = *state;
	struct node_event stop = {.type = EV_STOP};

	quiet_begin_under_0(w, 60);
	assert_int_equal(ask(w, 3, ORDER_EXCLUDE, id_of(w, 4), false)->verdict, ORDER_OK);
	const struct order_outcome *o = ask(w, 1, ORDER_INCLUDE, id_of(w, 4), true);

	assert_int_equal(o->n_after, 5); /* also when no round was judged since */
	quiet_run(w, 10);
	quiet_isolate(w, 4);
	quiet_run(w, 10);
	o = ask(w, 3, ORDER_INCLUDE, id_of(w, 4), true);
	assert_true(o->n_before == 4 && o->n_after == 4);
	host_event(w, 2, &stop);
	quiet_run(w, 0.01);
	o = ask(w, 3, ORDER_EXCLUDE, id_of(w, 2), true);
	assert_true(o->n_before == 3 && o->n_after == 3);
}

/* One host of those that are out of sight, and then the other. */
static void a_member_forgets_who_is_out_of_sight(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 30);
	quiet_isolate(w, 3);
	quiet_isolate(w, 4);
	quiet_run(w, 10);
	assert_int_equal(ask(w, 2, ORDER_FORGET, id_of(w, 1), false)->verdict, ORDER_IS_HERE);
	const struct order_outcome *o = ask(w, 2, ORDER_FORGET, id_of(w, 4), false);

	assert_int_equal(o->verdict, ORDER_OK);
	assert_int_equal(o->n_before, 5);
	assert_int_equal(o->n_after, 4);
	quiet_run(w, 2);
	assert_int_equal(quiet_deeds(w, 0)->n_forgotten, 1);
	assert_int_equal(world_status(w, 0).n_table, 4);
	o = ask(w, 2, ORDER_FORGET, 0, false);
	assert_int_equal(o->verdict, ORDER_OK);
	assert_int_equal(o->n_before, 4);
	assert_int_equal(o->n_after, 3);
	quiet_run(w, 2);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(world_status(w, i).n_table, 3);
	}
}

static const struct {
	enum order what;
	bool of_4; /* or of nobody */
} each[] = {{ORDER_TRANSFER, false},
	    {ORDER_TRANSFER, true},
	    {ORDER_EXCLUDE, true},
	    {ORDER_INCLUDE, true},
	    {ORDER_FORGET, false}};

#define N_EACH (sizeof(each) / sizeof(each[0]))

/* On a member, on the deputy, and on the master itself. */
static void a_dry_run_of_each_changes_nothing(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	for (unsigned k = 0; k < N_EACH; k++) {
		node_id peer = each[k].of_4 ? id_of(w, 4) : 0;

		assert_int_equal(ask(w, 3, each[k].what, peer, true)->verdict, ORDER_OK);
		assert_int_equal(ask(w, 1, each[k].what, peer, true)->verdict, ORDER_OK);
		assert_int_equal(give(w, 0, each[k].what, peer, true), ORDER_OK);
	}
	quiet_run(w, 10);
	assert_int_equal(world_master(w, 0), 0);
	assert_int_equal(world_status(w, 0).n_used, 3);
	assert_int_equal(n_told(w), 0);
	assert_int_equal(ask(w, 2, ORDER_EXCLUDE, id_of(w, 4), false)->verdict, ORDER_OK);
	quiet_run(w, 5);
	const struct order_outcome *o = ask(w, 3, ORDER_INCLUDE, id_of(w, 4), true);

	assert_true(o->n_before == 4 && o->n_after == 5);
	o = ask(w, 3, ORDER_EXCLUDE, id_of(w, 4), true);
	assert_true(o->n_before == 4 && o->n_after == 4);
	quiet_isolate(w, 4);
	quiet_run(w, 10);
	o = ask(w, 3, ORDER_FORGET, 0, true);
	assert_true(o->n_before == 5 && o->n_after == 4);
	quiet_run(w, 5);
	assert_int_equal(world_status(w, 0).n_table, 5);
}

static void a_dry_run_of_a_step_moves_no_clock(void **state)
{
	struct world *w = *state;
	struct node_event ev = {.type = EV_ORDER, .order = {.order = ORDER_STEP, .dry_run = true}};

	quiet_begin_under_0(w, 30);
	unsigned before = quiet_steps(w);
	int64_t off_ns = world_status(w, 3).offset_ns;

	host_event(w, 3, &ev);
	assert_int_equal(w->fx.ordered.verdict, ORDER_OK);
	assert_int_equal(w->fx.ordered.moved_ns, -off_ns);
	quiet_run(w, 1);
	assert_int_equal(quiet_steps(w), before);
}

/* For whoever hands over to it, or would leave it out, there is another word. */
static void what_is_not_for_the_master_is_refused_with_that_reason(void **state)
{
	struct world *w = *state;
	node_id master;

	quiet_begin_under_0(w, 30);
	master = id_of(w, 0);
	assert_int_equal(ask(w, 3, ORDER_TRANSFER, master, false)->verdict, ORDER_LEADS);
	assert_int_equal(ask(w, 3, ORDER_EXCLUDE, master, false)->verdict, ORDER_LEADS);
	assert_int_equal(ask(w, 3, ORDER_INCLUDE, master, false)->verdict, ORDER_LEADS);
	assert_int_equal(ask(w, 3, ORDER_FORGET, master, false)->verdict, ORDER_IS_HERE);
	for (unsigned k = 0; k < N_EACH; k++) {
		assert_int_equal(ask(w, 3, each[k].what, 1, false)->verdict, ORDER_NO_SUCH_PEER);
	}
	assert_int_equal(n_told(w), 0);
}

/* The master dies before it hears of it, and no other one carries it out. */
static void each_ends_with_the_reign_that_it_was_given_to(void **state)
{
	struct world *w = *state;

	for (unsigned k = 0; k < N_EACH; k++) {
		struct world *v = k == 0 ? w : quiet_new(5);

		if (v != w) {
			quiet_take_orders(v);
		}
		quiet_begin_under_0(v, 30);
		node_id peer = each[k].of_4 ? id_of(v, 4) : 0;

		quiet_isolate(v, 0);
		assert_int_equal(give(v, 3, each[k].what, peer, false), ORDER_SENT);
		quiet_run(v, 5);
		assert_int_equal(quiet_deeds(v, 3)->n_ordered, 1);
		assert_int_equal(quiet_deeds(v, 3)->ordered, ORDER_NO_ANSWER);
		quiet_run(v, 10);
		assert_int_equal(n_told(v), 0);
		if (v != w) {
			quiet_free(v);
		}
	}
}

/* Its answer is lost. */
static void give_unanswered(struct world *w, unsigned i, enum order what, node_id peer)
{
	assert_int_equal(give(w, i, what, peer, false), ORDER_SENT);
	quiet_run(w, 0.00015); /* it is there, and its answer is under way */
	quiet_isolate(w, i);
	quiet_run(w, 0.1);
	assert_int_equal(quiet_deeds(w, i)->n_ordered, 0);
	assert_int_equal(n_told(w), 1);
	quiet_rejoin(w, i);
}

/* The next answer is that of the first time. */
static void one_that_is_repeated_is_carried_out_once(void **state)
{
	static const enum order what[] = {ORDER_EXCLUDE, ORDER_INCLUDE, ORDER_FORGET};
	struct world *w = *state;

	for (unsigned k = 0; k < 3; k++) {
		struct world *v = k == 0 ? w : quiet_new(5);

		if (v != w) {
			quiet_take_orders(v);
		}
		quiet_begin_under_0(v, 60);
		if (what[k] == ORDER_FORGET) {
			quiet_isolate(v, 4);
			quiet_run(v, 10);
		}
		give_unanswered(v, 3, what[k], id_of(v, 4));
		quiet_run(v, 0.5);
		assert_int_equal(quiet_deeds(v, 3)->n_ordered, 1);
		assert_int_equal(quiet_deeds(v, 3)->outcome.verdict, ORDER_OK);
		assert_int_equal(quiet_deeds(v, 3)->outcome.n_before, 5);
		assert_int_equal(n_told(v), 1);
		if (v != w) {
			quiet_free(v);
		}
	}
}

/* Who gave it is told that it may have been carried out, as it was. */
static void a_transfer_is_not_repeated_to_the_next_master(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 30);
	give_unanswered(w, 3, ORDER_TRANSFER, id_of(w, 2));
	w->net.cut[0] |= UINT64_C(1) << 3; /* else it would answer again, as long as it leads */
	w->net.cut[3] |= UINT64_C(1) << 0;
	quiet_run(w, 5);
	assert_int_equal(quiet_deeds(w, 3)->n_ordered, 1);
	assert_int_equal(quiet_deeds(w, 3)->ordered, ORDER_NO_ANSWER);
	assert_int_equal(n_told(w), 1);
	assert_int_equal(world_master(w, 0), 2);
}

/* As by default, where no list of masters names the host on which it is given. */
static void who_has_no_right_orders_none_of_them(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	for (unsigned k = 0; k < N_EACH; k++) {
		node_id peer = each[k].of_4 ? id_of(w, 4) : 0;
		const struct order_outcome *o = ask(w, 3, each[k].what, peer, false);

		assert_int_equal(o->verdict, ORDER_NOT_TRUSTED);
		assert_true(o->deaf.n == 1 && o->deaf.host[0].id == id_of(w, 0));
		assert_int_equal(o->deaf.host[0].why, DEAF_UNLISTED);
	}
	quiet_run(w, 5);
	assert_int_equal(world_master(w, 0), 0);
	assert_int_equal(world_status(w, 0).n_used, 3);
	assert_int_equal(n_told(w), 0);
	assert_int_equal(quiet_deeds(w, 0)->n_notice[NOTICE_ORDER_REFUSED], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, quiet_setup_dated, quiet_teardown)
		T(a_member_hands_over_to_any_host),
		T(the_deputy_takes_over_by_its_own_order),
		T(a_member_excludes_and_includes),
		T(who_is_not_here_is_no_clock_that_makes_the_average),
		T(a_member_forgets_who_is_out_of_sight),
		T(a_dry_run_of_each_changes_nothing),
		T(a_dry_run_of_a_step_moves_no_clock),
		T(what_is_not_for_the_master_is_refused_with_that_reason),
		T(each_ends_with_the_reign_that_it_was_given_to),
		T(one_that_is_repeated_is_carried_out_once),
		T(a_transfer_is_not_repeated_to_the_next_master),
		cmocka_unit_test_setup_teardown(who_has_no_right_orders_none_of_them, quiet_setup,
						quiet_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
