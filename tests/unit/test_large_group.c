/* test_large_group.c - more members than a step has room for packets: an election asks them all in the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/world/world.h"

#define HOSTS 64
#define DEAD  30 /* besides the master: a majority is left, of one */

static struct world *group_begin(void)
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
	world_run(w, 40 * NS_PER_S);
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
	struct world *w = group_begin();
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_dead_do_not_keep_the_living_from_being_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
