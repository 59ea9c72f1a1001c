/* test_large_group.c - more members than a step has room for packets: what is due to all reaches
 * all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tests/world/world.h"

#define HOSTS 64
#define DEAD  30 /* besides the master: a majority is left, of one */

/* By host: what was sent to it, and the lines that it showed, since look_begin(). */
static unsigned sender, n_sent[HOSTS], n_shown[HOSTS];

static void look(struct world *w, unsigned i, const struct effect *e)
{
	(void)w;
	if (e->type == FX_SEND && i == sender) {
		n_sent[host_of_addr(&e->send.to)]++;
	}
	n_shown[i] += e->type == FX_CHAT;
}

static void look_begin(struct world *w, unsigned from)
{
	memset(n_sent, 0, sizeof(n_sent));
	memset(n_shown, 0, sizeof(n_shown));
	sender = from;
	w->scenario.effect = look;
}

static struct world *group_begin(int64_t seconds)
{
	struct net net;

	assert_true(net_named("lan", &net));
	struct world *w = world_new(3, HOSTS, HOSTS, HOSTS, &net, HOSTS);

	w->scenario.script = world_boot_script;
	for (unsigned i = 0; i < HOSTS; i++) {
		w->host[i].config.quorum = QUORUM_MAJORITY;
		world_draw_clock(w, i, 50 * NS_PER_MS, 48e-6);
		world_at(w, i * 20 * NS_PER_MS, i);
	}
	world_run(w, seconds * NS_PER_S);
	return w;
}

static unsigned host_of_id(const struct world *w, node_id id)
{
	unsigned i = 0;

	while (i < HOSTS - 1 && world_status(w, i).id != id) {
		i++;
	}
	return i;
}

static void the_dead_do_not_keep_the_living_from_being_asked(void **state)
{
	(void)state;
	struct world *w = group_begin(40);
	int master = world_master(w, 0);

	assert_true(master >= 0);
	struct node_status st = world_status(w, (unsigned)master);
	unsigned deputy = host_of_id(w, st.deputy), dead = 0;

	assert_int_equal(st.n_alive, HOSTS);
	host_crash(w, (unsigned)master);
	for (unsigned i = 0; dead < DEAD; i++) { /* who came first stands first in the tables */
		if (i != (unsigned)master && i != deputy) {
			host_crash(w, i);
			dead++;
		}
	}
	world_run(w, w->now + 30 * NS_PER_S);
	assert_true(world_master(w, 0) >= 0);
	world_free(w);
}

static void assert_all_were_told(const struct world *w)
{
	for (unsigned i = 0; i < HOSTS; i++) {
		assert_true(i == sender || !w->host[i].up || n_sent[i] > 0);
	}
}

static void kill_three(struct world *w)
{
	unsigned master = (unsigned)world_master(w, 0);
	unsigned deputy = host_of_id(w, world_status(w, master).deputy);

	for (unsigned i = 0, dead = 0; dead < 3; i++) {
		if (i != master && i != deputy) {
			host_crash(w, i);
			dead++;
		}
	}
}

static void goodbye_reaches_everybody_at_once(void **state)
{
	(void)state;
	struct world *w = group_begin(15);
	struct node_event stop = {.type = EV_STOP};

	kill_three(w);
	unsigned master = (unsigned)world_master(w, 0);

	look_begin(w, master);
	host_event(w, master, &stop);
	world_run(w, w->now + 10 * NS_PER_US);
	assert_all_were_told(w);
	host_crash(w, master);
	world_run(w, w->now + NS_PER_S);
	assert_true(world_master(w, 0) >= 0);
	world_free(w);
}

static void transfer_reaches_everybody_at_once(void **state)
{
	(void)state;
	struct world *w = group_begin(15);
	int master = world_master(w, 0);

	kill_three(w);
	look_begin(w, (unsigned)master);
	assert_int_equal(host_order(w, (unsigned)master, ORDER_TRANSFER, 0, NULL, 0), ORDER_OK);
	world_run(w, w->now + 10 * NS_PER_US);
	assert_all_were_told(w);
	world_run(w, w->now + 3 * NS_PER_S);
	assert_true(world_master(w, 0) >= 0 && world_master(w, 0) != master);
	world_free(w);
}

static void everybody_knows_everybody_by_the_roster(void **state)
{
	(void)state;
	struct world *w = group_begin(15);

	world_run(w, w->now + 30 * NS_PER_S);
	for (unsigned i = 0; i < HOSTS; i++) {
		struct member_view m;
		unsigned n_known = 0;

		for (size_t at = 0; world_member(w, i, &at, &m);) {
			n_known += m.state == MEMBER_SETTLED && m.weight > 0;
		}
		assert_in_range(n_known, HOSTS - 4, HOSTS);
	}
	world_free(w);
}

static void a_line_of_chat_reaches_everybody(void **state)
{
	(void)state;
	struct world *w = group_begin(15);

	look_begin(w, 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(host_order(w, HOSTS - 1, ORDER_CHAT, 0, "all hands", 9), ORDER_OK);
	}
	world_run(w, w->now + NS_PER_S);
	for (unsigned i = 0; i < HOSTS; i++) {
		assert_int_equal(n_shown[i], 3);
	}
	world_free(w);
}

static void a_line_of_the_master_is_sent_to_everybody_at_once(void **state)
{
	(void)state;
	struct world *w = group_begin(15);
	unsigned master = (unsigned)world_master(w, 0);

	look_begin(w, master);
	assert_int_equal(host_order(w, master, ORDER_CHAT, 0, "all hands", 9), ORDER_OK);
	world_run(w, w->now + 10 * NS_PER_US);
	assert_all_were_told(w);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_dead_do_not_keep_the_living_from_being_asked),
		cmocka_unit_test(goodbye_reaches_everybody_at_once),
		cmocka_unit_test(transfer_reaches_everybody_at_once),
		cmocka_unit_test(everybody_knows_everybody_by_the_roster),
		cmocka_unit_test(a_line_of_chat_reaches_everybody),
		cmocka_unit_test(a_line_of_the_master_is_sent_to_everybody_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
