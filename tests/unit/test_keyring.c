/* test_keyring.c - the keys of a group: the first is sent, all are taken, and one is exchanged for
 * another while the group runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <string.h>

#include "core/node/table.h"
#include "core/wire/keyring.h"
#include "tests/world/quiet.h"

#define PATH_NS (100 * NS_PER_US) /* each way of a packet */

enum key { OLD = 1, NEW, OTHER };

/* Host @i has key @a, which it sends, and takes key @b too (0: none). */
static void set_keys(struct world *w, unsigned i, enum key a, unsigned b)
{
	struct node_config *c = &w->host[i].config;

	memset(c->group_key, (int)(0x10 + a), KEY_LEN);
	memset(c->other_group_keys[0], (int)(0x10 + b), KEY_LEN);
	c->n_other_group_keys = b > 0;
}

static void reload(struct world *w, unsigned i, enum key a, unsigned b)
{
	set_keys(w, i, a, b);
	node_reconfigure(w->host[i].node, &w->host[i].config);
}

/* Do two hosts with these keys come to be one group? */
static bool meet(enum key a, unsigned also_a, enum key b, unsigned also_b)
{
	struct world *w = quiet_new(2);

	set_keys(w, 0, a, also_a);
	set_keys(w, 1, b, also_b);
	quiet_begin(w, 20);
	struct node_status x = world_status(w, 0), y = world_status(w, 1);
	bool met = x.master != 0 && x.master == y.master && x.n_table == 2 && y.n_table == 2;

	quiet_free(w);
	return met;
}

static void two_nodes_meet_if_each_takes_what_the_other_sends(void **state)
{
	(void)state;
	assert_true(meet(OLD, 0, OLD, 0));
	assert_true(meet(OLD, 0, OLD, NEW)); /* the new one was added on one host */
	assert_true(meet(OLD, NEW, NEW, OLD));
	assert_true(meet(NEW, OLD, OLD, NEW));
	assert_true(meet(NEW, OLD, NEW, 0)); /* the old one was struck on one host */
	assert_true(meet(NEW, 0, NEW, 0));
}

/* Who takes one more key than the other may be called, and answers under that key. */
static void two_nodes_meet_if_one_takes_what_the_other_sends(void **state)
{
	(void)state;
	assert_true(meet(OLD, 0, NEW, OLD));
	assert_true(meet(NEW, OLD, OLD, 0));
}

static void two_nodes_of_different_keys_do_not_meet(void **state)
{
	(void)state;
	assert_false(meet(OLD, 0, NEW, 0));
	assert_false(meet(OLD, OTHER, NEW, 0));
	assert_false(meet(OLD, NEW, OTHER, 0));
}

/* What must not have happened while the key was exchanged. */
static void assert_undisturbed(struct world *w, unsigned left, unsigned steps)
{
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(world_status(w, i).master, world_status(w, 0).id);
		assert_int_equal(world_status(w, i).n_alive, w->n);
		assert_int_equal(world_status(w, i).n_table, w->n);
	}
	assert_int_equal(world_status(w, 0).role, ROLE_MASTER);
	assert_int_equal(quiet_deeds(w, 0)->n_notice[NOTICE_MEMBER_LEFT], left);
	assert_int_equal(quiet_steps(w), steps);
}

/* Go on for @seconds; returns how far two clocks were apart at most. */
static int64_t run_apart(struct world *w, double seconds)
{
	int64_t most = 0;

	for (unsigned i = 0; i < seconds * 10; i++) {
		quiet_run(w, 0.1);
		int64_t apart = world_spread(w);

		most = apart > most ? apart : most;
	}
	return most;
}

/* All sessions went over to the key that is sent, before an older one is struck. */
static void assert_under_first(const struct world *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		const struct node *n = w->host[i].node;

		for_each_peer (n, p) {
			assert_true(!p->session.now.valid ||
				    p->session.now.group == keyring_first(&n->trust));
		}
	}
}

/* A group of five runs on, and if @exchanges, its key is exchanged in three steps: each host is told
 * in turn, half a second apart, and the master last.  @ret: how far two clocks were apart at most in
 * each. */
static void run_steps(bool exchanges, int64_t ret[static 3])
{
	static const unsigned step[][2] = {{OLD, NEW}, {NEW, OLD}, {NEW, 0}};
	struct world *w = quiet_new(5);

	for (unsigned i = 0; i < w->n; i++) {
		set_keys(w, i, OLD, 0);
	}
	quiet_begin_under_0(w, 300);
	unsigned left = quiet_deeds(w, 0)->n_notice[NOTICE_MEMBER_LEFT], steps = quiet_steps(w);

	for (unsigned k = 0; k < 3; k++) {
		ret[k] = 0;
		for (unsigned i = w->n; i-- > 0;) {
			if (exchanges) {
				reload(w, i, (enum key)step[k][0], step[k][1]);
			}
			int64_t apart = run_apart(w, i > 0 ? 0.5 : 10);

			ret[k] = apart > ret[k] ? apart : ret[k];
		}
		assert_undisturbed(w, left, steps);
		assert_under_first(w);
	}
	quiet_free(w);
}

/* The group with the exchange is the group without it: no pair of clocks is further apart. */
static void a_key_is_exchanged_host_by_host_without_a_gap(void **state)
{
	int64_t without[3], with[3];

	(void)state;
	run_steps(false, without);
	run_steps(true, with);
	for (unsigned k = 0; k < 3; k++) {
		print_message("largest pair error in step %u: %" PRId64 " ns, without it %" PRId64
			      " ns\n",
			      k + 1, with[k], without[k]);
		assert_true(with[k] <= without[k] + PATH_NS / 1000);
	}
}

/* When it is struck everywhere before the sessions have gone over, too. */
static void a_key_is_exchanged_in_haste_without_a_gap(void **state)
{
	struct world *w = quiet_new(5);

	(void)state;
	for (unsigned i = 0; i < w->n; i++) {
		set_keys(w, i, OLD, NEW);
	}
	quiet_begin_under_0(w, 60);
	unsigned left = quiet_deeds(w, 0)->n_notice[NOTICE_MEMBER_LEFT], steps = quiet_steps(w);

	for (unsigned i = 0; i < w->n; i++) {
		reload(w, i, NEW, 0);
	}
	quiet_run(w, 20);
	assert_undisturbed(w, left, steps);
	quiet_free(w);
}

static void who_has_but_the_old_key_is_out_after_that(void **state)
{
	struct world *w = quiet_new(5);

	(void)state;
	for (unsigned i = 0; i < w->n; i++) {
		set_keys(w, i, OLD, 0);
	}
	quiet_begin_under_0(w, 30);
	for (unsigned i = 0; i < 4; i++) {
		reload(w, i, NEW, OLD);
	}
	quiet_run(w, 10);
	assert_int_equal(world_status(w, 0).n_alive, 5);
	for (unsigned i = 0; i < 4; i++) {
		reload(w, i, NEW, 0);
	}
	quiet_run(w, 15); /* five seconds of grace, and it is silent after some polls */
	assert_int_equal(world_status(w, 0).n_alive, 4);
	assert_int_equal(world_status(w, 0).role, ROLE_MASTER);
	quiet_run(w, 60);
	assert_int_equal(world_status(w, 0).n_alive, 4);
	quiet_free(w);
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(two_nodes_meet_if_each_takes_what_the_other_sends),
		T(two_nodes_meet_if_one_takes_what_the_other_sends),
		T(two_nodes_of_different_keys_do_not_meet),
		T(a_key_is_exchanged_host_by_host_without_a_gap),
		T(a_key_is_exchanged_in_haste_without_a_gap),
		T(who_has_but_the_old_key_is_out_after_that),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
