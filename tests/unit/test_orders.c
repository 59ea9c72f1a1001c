/* test_orders.c - whose orders to set the time are taken, and that nobody sets out alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "core/node/state.h"
#include "tests/world/quiet.h"

#define DAY_NS (24 * 3600 * NS_PER_S)
#define UID    1000
#define MEMBER 3 /* it does not lead */

static uint8_t listed[2][KEY_LEN];

/* Five hosts as they are without a word of configuration; host 0 leads. */
static int setup(void **state)
{
	(void)quiet_setup_dated(state);
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.orders = ORDERS_OF_MASTERS;
	}
	return 0;
}

static void list_0_and_1(struct world *w)
{
	for (unsigned k = 0; k < 2; k++) {
		crypto_scalarmult_base(listed[k], w->host[k].config.secret);
	}
	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.master_keys = (const uint8_t(*)[KEY_LEN])listed;
		w->host[i].config.n_master_keys = 2;
	}
}

/* On another host than the master: what the master answers. */
static enum order_verdict order(struct world *w, unsigned i, int64_t by_ns, bool step, bool dry_run)
{
	unsigned before = quiet_deeds(w, i)->n_ordered;

	assert_int_equal(host_move_time(w, i, by_ns, step, dry_run, UID), ORDER_SENT);
	quiet_run(w, 0.01);
	assert_int_equal(quiet_deeds(w, i)->n_ordered, before + 1);
	return quiet_deeds(w, i)->ordered;
}

/* Is it one of those who are named as deaf, and why? */
static enum deaf named(const struct world *w, const struct deaf_hosts *d, unsigned i)
{
	for (unsigned k = 0; k < d->n_named; k++) {
		if (d->host[k].id == world_status(w, i).id) {
			return (enum deaf)d->host[k].why;
		}
	}
	return DEAF_NOT;
}

static void assert_nothing_happened(struct world *w, unsigned steps)
{
	quiet_run(w, 5);
	assert_int_equal(quiet_steps(w), steps);
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(world_status(w, i).last_order.at.ns, 0);
		assert_in_range(world_off_ns(w, i) + NS_PER_S, 0, 2 * NS_PER_S);
		assert_true(world_status(w, i).synced);
	}
}

static void a_member_orders_nothing_by_default(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	unsigned steps = quiet_steps(w);
	struct deeds *d = quiet_deeds(w, MEMBER);

	assert_int_equal(order(w, MEMBER, NS_PER_MS, false, false), ORDER_NOT_TRUSTED);
	assert_int_equal(d->deaf.n, 1); /* a slew is the affair of the master alone */
	assert_int_equal(named(w, &d->deaf, 0), DEAF_UNLISTED);
	assert_int_equal(quiet_deeds(w, 0)->n_notice[NOTICE_ORDER_REFUSED], 1);
	for (unsigned dry = 0; dry < 2; dry++) {
		assert_int_equal(order(w, MEMBER, DAY_NS, true, dry), ORDER_NOT_TRUSTED);
		assert_int_equal(d->deaf.n, 5);
		for (unsigned i = 0; i < w->n; i++) {
			assert_int_equal(named(w, &d->deaf, i), DEAF_UNLISTED);
		}
	}
	assert_nothing_happened(w, steps);
}

/* It leads: how fast group time runs is its own affair, but nobody would step with it. */
static void a_master_slews_and_does_not_step_alone(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	unsigned steps = quiet_steps(w);

	for (unsigned dry = 0; dry < 2; dry++) {
		assert_int_equal(host_move_time(w, 0, DAY_NS, true, dry, UID), ORDER_NOT_TRUSTED);
		assert_int_equal(w->fx.ordered.deaf.n, 4);
		assert_int_equal(named(w, &w->fx.ordered.deaf, 0), DEAF_NOT);
		assert_int_equal(named(w, &w->fx.ordered.deaf, MEMBER), DEAF_UNLISTED);
	}
	assert_nothing_happened(w, steps);
	assert_int_equal(host_move_time(w, 0, NS_PER_MS, false, false, UID), ORDER_OK);
	assert_int_equal(w->fx.ordered.deaf.n, 0);
	quiet_run(w, 20);
	assert_int_equal(world_status(w, MEMBER).last_order.way, TIME_SLEWED);
}

static void who_is_alone_steps(void **state)
{
	struct world *w = *state;

	w->host[0].config.min_hosts = 1;
	host_boot(w, 0);
	quiet_run(w, 30);
	w->host[0].node->election.census.n_table = 1;
	assert_int_equal(quiet_order(w, 0, ORDER_FORGET, 0), ORDER_OK);
	for (unsigned k = 1; k < w->n; k++) {
		struct addr a = host_addr(k);

		node_forgive_contact(w->host[0].node, &a);
	}
	quiet_run(w, 5);
	assert_int_equal(host_move_time(w, 0, DAY_NS, true, false, UID), ORDER_OK);
	quiet_run(w, 10);
	assert_in_range(world_off_ns(w, 0) - DAY_NS + NS_PER_S, 0, 2 * NS_PER_S);
}

static void listed_masters_order_and_nobody_else(void **state)
{
	struct world *w = *state;

	list_0_and_1(w);
	quiet_begin_under_0(w, 60);
	assert_int_equal(order(w, MEMBER, DAY_NS, true, false), ORDER_NOT_TRUSTED);
	assert_int_equal(quiet_deeds(w, MEMBER)->deaf.n, 1);
	assert_int_equal(order(w, 1, DAY_NS, true, false), ORDER_OK);
	quiet_run(w, 10);
	for (unsigned i = 0; i < w->n; i++) {
		assert_in_range(world_off_ns(w, i) - DAY_NS + NS_PER_S, 0, 2 * NS_PER_S);
		assert_int_equal(world_status(w, i).last_order.host, world_status(w, 1).id);
	}
}

/* One is named, and none moves. */
static void one_that_takes_none_holds_all(void **state)
{
	struct world *w = *state;

	quiet_take_orders(w);
	w->host[2].config.orders = ORDERS_OF_NOBODY;
	quiet_begin_under_0(w, 60);
	unsigned steps = quiet_steps(w);

	assert_int_equal(order(w, MEMBER, DAY_NS, true, false), ORDER_NOT_TRUSTED);
	assert_int_equal(quiet_deeds(w, MEMBER)->deaf.n, 1);
	assert_int_equal(named(w, &quiet_deeds(w, MEMBER)->deaf, 2), DEAF_ALWAYS);
	assert_nothing_happened(w, steps);
	/* The line that berkctl names is read again, and a poll later all come along. */
	w->host[2].config.orders = ORDERS_OF_MEMBERS;
	node_reconfigure(w->host[2].node, &w->host[2].config);
	quiet_run(w, 3);
	assert_int_equal(order(w, MEMBER, DAY_NS, true, false), ORDER_OK);
	quiet_run(w, 10);
	assert_in_range(world_off_ns(w, 2) - DAY_NS + NS_PER_S, 0, 2 * NS_PER_S);
}

/* The master steps by an order of its own as often as it wants; the others have had enough, and
 * say so before it goes alone. */
static void who_has_stepped_enough_says_so_first(void **state)
{
	struct world *w = *state;

	quiet_take_orders(w);
	quiet_begin_under_0(w, 60);
	for (unsigned k = 0; k < 4; k++) {
		assert_int_equal(host_move_time(w, 0, DAY_NS, true, false, UID), ORDER_OK);
		quiet_run(w, 60);
	}
	unsigned steps = quiet_steps(w);

	assert_int_equal(host_move_time(w, 0, DAY_NS, true, false, UID), ORDER_NOT_TRUSTED);
	assert_int_equal(w->fx.ordered.deaf.n, 4);
	assert_int_equal(named(w, &w->fx.ordered.deaf, MEMBER), DEAF_ENOUGH);
	quiet_run(w, 10);
	assert_int_equal(quiet_steps(w), steps);
	assert_in_range(world_off_ns(w, 0) - 4 * DAY_NS + NS_PER_S, 0, 2 * NS_PER_S);
}

/* What the master before said of an order is hearsay, where no order of others is taken. */
static void a_slew_of_a_master_before_ends_with_it(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 300);
	assert_int_equal(host_move_time(w, 0, 40 * NS_PER_MS, false, false, UID), ORDER_OK);
	quiet_run(w, 100);
	host_crash(w, 0);
	quiet_run(w, 30);
	assert_int_equal(world_status(w, 1).role, ROLE_MASTER);
	for (unsigned i = 1; i < w->n; i++) {
		assert_int_equal(world_status(w, i).last_order.way, TIME_SLEW_ENDED);
		assert_in_range(quiet_deeds(w, i)->slew_left_ns, 25 * NS_PER_MS, 35 * NS_PER_MS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, quiet_teardown)
		T(a_member_orders_nothing_by_default),
		T(a_master_slews_and_does_not_step_alone),
		T(who_is_alone_steps),
		T(listed_masters_order_and_nobody_else),
		T(one_that_takes_none_holds_all),
		T(who_has_stepped_enough_says_so_first),
		T(a_slew_of_a_master_before_ends_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
