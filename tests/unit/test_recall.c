/* test_recall.c - the table on disk: who was in the group counts after a restart, by name;
 * nobody fills another's place; whoever is forgotten is forgotten everywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/world/quiet.h"

/* Hosts with names, of which the first @n know each other's addresses. */
static struct world *named(struct world *w, unsigned n)
{
	for (unsigned i = 0; i < w->n; i++) {
		(void)snprintf(w->host[i].config.name, NODE_NAME_MAX, "h%u", i);
		w->host[i].contacts = (uint16_t)((1U << n) - 1);
	}
	return w;
}

static void boot_first(struct world *w, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		host_boot(w, i);
	}
}

/* The first @n lose power; those below @up are there again, without a time. */
static void power_cut(struct world *w, unsigned n, unsigned up)
{
	for (unsigned i = 0; i < n; i++) {
		host_crash(w, i);
	}
	quiet_run(w, 5);
	for (unsigned i = 0; i < n; i++) {
		host_power_cycle(w, i, (int64_t)i * 100 * NS_PER_MS);
	}
	boot_first(w, up);
}

static unsigned master_of(const struct world *w, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (world_status(w, i).role == ROLE_MASTER) {
			return i;
		}
	}
	fail_msg("nobody leads");
	return 0;
}

static bool shows(const struct world *w, unsigned viewer, unsigned of, enum member_state state)
{
	struct member_view v;

	return world_member_of(w, viewer, of, &v) && v.state == state;
}

static bool has_on_disk(const struct world *w, unsigned i, node_id id)
{
	for (size_t k = 0; k < w->host[i].disk.n_row; k++) {
		if (w->host[i].disk.row[k].id == id) {
			return true;
		}
	}
	return false;
}

static void assert_nothing_is_promised(const struct world *w, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (w->host[i].up) {
			assert_int_equal(world_status(w, i).bound_ns, BOUND_UNKNOWN);
			assert_false(world_status(w, i).synced);
		}
	}
}

static void who_was_in_the_group_has_a_row_with_its_name(void **state)
{
	struct world *w = named(*state, 5);
	struct member_view v;

	quiet_begin(w, 30);
	power_cut(w, 5, 2);
	quiet_run(w, 30);
	assert_nothing_is_promised(w, 2);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(world_status(w, i).n_table, 5);
		assert_true(world_status(w, i).island);
		for (unsigned k = 2; k < 5; k++) {
			assert_true(shows(w, i, k, MEMBER_UNSEEN));
			assert_true(world_member_of(w, i, k, &v));
			assert_string_equal(v.name, w->host[k].config.name);
			assert_true(v.heard_ago_ns == INT64_MAX && v.addr.port != 0);
			assert_int_equal(v.bound_ns, BOUND_UNKNOWN);
		}
	}
	host_boot(w, 2);
	host_boot(w, 3);
	host_boot(w, 4);
	quiet_run(w, 30);
	for (unsigned i = 0; i < 5; i++) {
		assert_true(world_status(w, i).synced);
		assert_int_equal(world_status(w, i).n_table, 5);
	}
}

/* Nor is an unchanged one written when it stops; but who left is taken off. */
static void a_table_that_stays_is_not_written_again(void **state)
{
	struct world *w = named(*state, 5);
	unsigned n[5];

	quiet_begin(w, 60);
	for (unsigned i = 0; i < 5; i++) {
		n[i] = quiet_deeds(w, i)->n_tables_saved;
		assert_in_range(n[i], 1, 6);
	}
	quiet_run(w, 7300);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(quiet_deeds(w, i)->n_tables_saved, n[i]);
	}
	struct node_status st = world_status(w, 4);

	host_event(w, 4, &(struct node_event){.type = EV_STOP});
	assert_int_equal(quiet_deeds(w, 4)->n_tables_saved, n[4]);
	quiet_run(w, 0.01);
	host_crash(w, 4);
	quiet_run(w, 60);
	for (unsigned i = 0; i < 4; i++) {
		assert_false(has_on_disk(w, i, st.id));
	}
}

/* Of three, one stays off, and a host that never met it joins the two others. */
static void stranger_joins_without_the_third(struct world *w)
{
	named(w, 3);
	w->host[3].config.priority = 0;
	boot_first(w, 3);
	quiet_run(w, 30);
	assert_true(world_status(w, 0).synced);
	power_cut(w, 3, 2);
	w->host[3].contacts = 3;
	host_boot(w, 3);
	quiet_run(w, 60);
}

static void a_stranger_fills_nobody_s_place(void **state)
{
	struct world *w = *state;

	stranger_joins_without_the_third(w);
	assert_true(world_status(w, 0).has_line && world_status(w, 1).has_line);
	assert_int_equal(world_status(w, 0).n_table, 4);
	assert_int_equal(world_status(w, 0).n_alive, 3);
	assert_nothing_is_promised(w, 4);
	host_boot(w, 2);
	quiet_run(w, 20);
	for (unsigned i = 0; i < 4; i++) {
		assert_true(world_status(w, i).synced);
	}
}

static void whoever_is_forgotten_is_waited_for_no_more(void **state)
{
	struct world *w = *state;

	quiet_take_orders(w);
	stranger_joins_without_the_third(w);
	struct member_view v;
	unsigned m = master_of(w, 2);

	assert_true(world_member_of(w, m, 2, &v));
	for (unsigned i = 0; i < 2; i++) {
		assert_true(has_on_disk(w, i, v.id));
	}
	assert_int_equal(quiet_order(w, !m, ORDER_FORGET, v.id), ORDER_SENT);
	assert_int_equal(quiet_order(w, m, ORDER_FORGET, v.id), ORDER_OK);
	assert_int_equal(quiet_deeds(w, m)->departure, DEPARTURE_ORDER);
	assert_false(world_member_of(w, m, 2, &v));
	quiet_run(w, 5);
	for (unsigned i = 0; i < 2; i++) {
		assert_true(world_status(w, i).synced);
		assert_int_equal(world_status(w, i).n_table, 3);
		assert_false(has_on_disk(w, i, v.id));
		assert_false(world_member_of(w, i, 2, &v));
	}
}

/* Also on a host that becomes master later, and after its restart; until it is back. */
static void whoever_is_forgotten_is_so_on_every_host(void **state)
{
	struct world *w = named(*state, 5);
	struct member_view v;

	quiet_take_orders(w);
	w->host[0].config.priority = 200;
	w->host[1].config.priority = 150;
	quiet_begin(w, 30);
	assert_true(world_member_of(w, 0, 4, &v));
	quiet_isolate(w, 4);
	quiet_run(w, 20);
	host_crash(w, 2); /* it hears nothing of what follows */
	assert_int_equal(quiet_order(w, 0, ORDER_FORGET, v.id), ORDER_OK);
	assert_false(world_member_of(w, 0, 4, &v));
	quiet_run(w, 5);
	host_boot(w, 2);
	assert_int_equal(quiet_order(w, 0, ORDER_TRANSFER, world_status(w, 1).id), ORDER_OK);
	quiet_run(w, 10);
	host_crash(w, 3);
	host_boot(w, 3);
	quiet_run(w, 30);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(world_status(w, i).master, world_status(w, 1).id);
		assert_int_equal(world_status(w, i).n_table, 4);
		assert_false(world_member_of(w, i, 4, &v));
		assert_false(has_on_disk(w, i, world_status(w, 4).id));
	}
	quiet_rejoin(w, 4);
	quiet_run(w, 60);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(world_status(w, i).n_table, 5);
		assert_true(world_member_of(w, i, 4, &v));
		assert_true(has_on_disk(w, i, v.id));
	}
}

/* Host 4 says goodbye while host 3 is off, whose disk keeps it. */
static void who_left_is_told_again_to_whoever_misses_it(void **state)
{
	struct world *w = named(*state, 5);

	w->host[0].config.priority = 200;
	quiet_begin(w, 30);
	node_id gone = world_status(w, 4).id;

	host_crash(w, 3);
	host_event(w, 4, &(struct node_event){.type = EV_STOP});
	quiet_run(w, 0.01);
	host_crash(w, 4);
	quiet_run(w, 700); /* longer than the master tells of it by itself */
	assert_true(has_on_disk(w, 3, gone));
	host_boot(w, 3);
	quiet_run(w, 60);
	assert_int_equal(world_status(w, 3).n_table, 4);
	assert_true(has_on_disk(w, 3, gone)); /* that is its master's word, so far */
	quiet_run(w, 600);
	assert_false(has_on_disk(w, 3, gone));
}

/* A minority that waits for a majority that is gone for good has nobody to lead it. */
static void who_is_not_led_may_forget(void **state)
{
	struct world *w = named(*state, 5);
	struct member_view v;

	for (unsigned i = 0; i < 5; i++) {
		w->host[i].config.quorum = QUORUM_MAJORITY;
	}
	quiet_begin(w, 30);
	power_cut(w, 5, 2);
	quiet_run(w, 20);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_not_equal(world_status(w, i).role, ROLE_MASTER);
		assert_true(world_member_of(w, i, !i, &v));
		assert_int_equal(quiet_order(w, i, ORDER_FORGET, v.id), ORDER_IS_HERE);
		for (unsigned k = 2; k < 5; k++) {
			assert_true(world_member_of(w, i, k, &v));
			assert_int_equal(quiet_order(w, i, ORDER_FORGET, v.id), ORDER_OK);
		}
	}
	quiet_run(w, 20);
	assert_true(world_status(w, 0).synced && world_status(w, 1).synced);
	assert_int_equal(world_status(w, 0).n_table, 2);
}

/* Who is alone, and so has no time, forgets for good; and knows the others by their keys, as
 * before. */
static void what_is_forgotten_alone_stays_so(void **state)
{
	struct world *w = named(*state, 5);
	struct member_view v;

	quiet_begin(w, 30);
	power_cut(w, 5, 1);
	quiet_run(w, 20);
	assert_nothing_is_promised(w, 1);
	assert_true(world_member_of(w, 0, 4, &v));
	assert_int_equal(quiet_order(w, 0, ORDER_FORGET, v.id), ORDER_OK);
	quiet_run(w, 2);
	assert_int_equal(w->host[0].disk.n_table, 4);
	assert_int_equal(w->host[0].disk.n_row, 3);
	for (size_t k = 0; k < w->host[0].disk.n_row; k++) {
		assert_true(w->host[0].disk.row[k].key_known);
	}
	host_crash(w, 0);
	host_boot(w, 0);
	quiet_run(w, 2);
	assert_int_equal(world_status(w, 0).n_table, 4);
	assert_false(world_member_of(w, 0, 4, &v));
}

static const char *name_on_disk(const struct world *w, unsigned i, node_id id)
{
	for (size_t k = 0; k < w->host[i].disk.n_row; k++) {
		if (w->host[i].disk.row[k].id == id) {
			return w->host[i].disk.row[k].name;
		}
	}
	return "";
}

/* Names and addresses may come and go: what is new of them is written once an hour. */
static void another_name_is_on_disk_within_an_hour(void **state)
{
	struct world *w = named(*state, 5);

	quiet_begin(w, 60);
	node_id id = world_status(w, 4).id;
	unsigned n = quiet_deeds(w, 0)->n_tables_saved;

	for (unsigned k = 0; k < 3; k++) {
		(void)snprintf(w->host[4].config.name, NODE_NAME_MAX, "new%u", k);
		host_crash(w, 4);
		host_boot(w, 4);
		quiet_run(w, 60);
	}
	assert_int_equal(quiet_deeds(w, 0)->n_tables_saved, n);
	quiet_run(w, 3600);
	assert_int_equal(quiet_deeds(w, 0)->n_tables_saved, n + 1);
	assert_string_equal(name_on_disk(w, 0, id), "new2");
}

/* It has the name and the address of a host that was there before: that one's disk is gone. */
static void a_new_disk_takes_its_place(void **state)
{
	struct world *w = named(*state, 3);

	w->host[0].config.priority = 200; /* who knows the table leads */
	boot_first(w, 3);
	quiet_run(w, 30);
	power_cut(w, 3, 2);
	host_new_disk(w, 2);
	host_boot(w, 2);
	quiet_run(w, 30);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(world_status(w, i).n_table, 3);
		assert_true(world_status(w, i).synced);
	}
}

/* Another name at that address does not: addresses are given to others. */
static void a_stranger_at_its_address_does_not(void **state)
{
	struct world *w = named(*state, 3);

	boot_first(w, 3);
	quiet_run(w, 30);
	power_cut(w, 3, 2);
	host_new_disk(w, 2);
	(void)snprintf(w->host[2].config.name, NODE_NAME_MAX, "other");
	w->host[2].config.priority = 0;
	unsigned n_open = quiet_deeds(w, 0)->n_notice[NOTICE_SESSION_OPEN];

	host_boot(w, 2);
	quiet_run(w, 30);
	/* The address is the stranger's now: the two are not called there in turns. */
	assert_in_range(quiet_deeds(w, 0)->n_notice[NOTICE_SESSION_OPEN], n_open + 1, n_open + 15);
	assert_int_equal(world_status(w, 0).n_table, 4);
	assert_nothing_is_promised(w, 3);
}

/* Nor does its name elsewhere. */
static void a_stranger_of_its_name_does_not_either(void **state)
{
	struct world *w = named(*state, 3);

	boot_first(w, 3);
	quiet_run(w, 30);
	power_cut(w, 3, 2);
	(void)snprintf(w->host[3].config.name, NODE_NAME_MAX, "h2");
	w->host[3].config.priority = 0;
	w->host[3].contacts = 3;
	host_boot(w, 3);
	quiet_run(w, 30);
	assert_int_equal(world_status(w, 0).n_table, 4);
	assert_nothing_is_promised(w, 4);
}

/* A master that never met the third knows nothing of it, but by its members. */
static void a_stranger_that_leads_asks_those_who_know(void **state)
{
	struct world *w = named(*state, 3);
	struct member_view v;

	quiet_take_orders(w);
	boot_first(w, 3);
	quiet_run(w, 30);
	power_cut(w, 3, 2);
	w->host[3].config.priority = 200;
	w->host[3].contacts = 3;
	host_boot(w, 3);
	quiet_run(w, 30);
	assert_int_equal(world_status(w, 3).role, ROLE_MASTER);
	assert_true(world_status(w, 3).has_line);
	assert_int_equal(world_status(w, 3).n_alive, 3);
	assert_nothing_is_promised(w, 4);
	for (unsigned i = 0; i < 2; i++) { /* with whom they had no time yet */
		assert_int_equal(w->host[i].disk.n_table, 3);
		assert_int_equal(w->host[i].disk.n_row, 2);
	}
	assert_true(world_member_of(w, 3, 2, &v));
	assert_string_equal(v.name, "h2");
	assert_int_equal(quiet_order(w, 3, ORDER_FORGET, v.id), ORDER_OK);
	quiet_run(w, 10);
	for (unsigned i = 0; i < 4; i++) {
		assert_true(world_status(w, i).synced == (i != 2));
		assert_false(i < 2 && has_on_disk(w, i, v.id));
	}
}

static void all_are_seen_where_all_lost_power(void **state)
{
	struct world *w = named(*state, 5);

	for (unsigned i = 0; i < 5; i++) {
		w->host[i].contacts = 1; /* they hear of each other by the master alone */
		w->net.cut[i] = i ? UINT64_MAX - 1 - (UINT64_C(1) << i) : 0;
	}
	w->host[0].config.priority = 200;
	quiet_begin(w, 30);
	power_cut(w, 5, 5);
	quiet_run(w, 10);
	for (unsigned i = 0; i < 5; i++) {
		assert_true(world_status(w, i).synced);
	}
}

/* Nobody is configured, and nobody calls all: whom the disk knows is called where it was. */
static void who_was_met_by_others_is_found_again(void **state)
{
	struct world *w = named(*state, 0);

	w->host[1].contacts = w->host[2].contacts = 1;
	boot_first(w, 3);
	quiet_run(w, 30);
	assert_true(world_status(w, 2).synced);
	power_cut(w, 3, 0);
	unsigned n_open = quiet_deeds(w, 2)->n_notice[NOTICE_SESSION_OPEN];

	host_boot(w, 1);
	host_boot(w, 2);
	quiet_run(w, 1); /* long before either of them may stand */
	assert_true(quiet_deeds(w, 2)->n_notice[NOTICE_SESSION_OPEN] > n_open);
	quiet_run(w, 20);
	assert_true(world_status(w, 1).master == world_status(w, 2).master);
	assert_int_equal(world_status(w, 1).n_alive, 2);
	assert_nothing_is_promised(w, 3);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, quiet_setup, quiet_teardown)
	const struct CMUnitTest tests[] = {
		T(who_was_in_the_group_has_a_row_with_its_name),
		T(a_table_that_stays_is_not_written_again),
		T(a_stranger_fills_nobody_s_place),
		T(whoever_is_forgotten_is_waited_for_no_more),
		T(whoever_is_forgotten_is_so_on_every_host),
		T(who_left_is_told_again_to_whoever_misses_it),
		T(who_is_not_led_may_forget),
		T(what_is_forgotten_alone_stays_so),
		T(another_name_is_on_disk_within_an_hour),
		T(a_new_disk_takes_its_place),
		T(a_stranger_at_its_address_does_not),
		T(a_stranger_of_its_name_does_not_either),
		T(a_stranger_that_leads_asks_those_who_know),
		T(all_are_seen_where_all_lost_power),
		T(who_was_met_by_others_is_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
