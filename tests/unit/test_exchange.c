/* test_exchange.c - the master's exchanges: their stamps, the limits, how often they are. */
#include "berk/node.h"

#include "tests/lib/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int setup(void **state)
{
	*state = world_new(3);
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	return 0;
}

static struct node *booted(struct world *w, double seconds)
{
	world_boot_all(w);
	world_run(w, seconds);
	assert_int_not_equal(world_master(w), -1);
	return w->node[world_master(w)].node;
}

/* Of the exchanges with the first member that is not the master itself. */
static struct member_view member_of(const struct world *w, const struct node *n)
{
	struct member_view v;
	struct clock_pair pair = {.raw = world_raw(w, (unsigned)world_master(w)),
				  .wall = world_wall(w, (unsigned)world_master(w))};

	assert_true(node_member(n, 1, (mono_t){w->now}, pair, &v));
	return v;
}

/* NICs that stamp what they send, but of what comes in only PTP's packets. */
static void an_exchange_is_as_good_as_its_worst_stamp(void **state)
{
	struct world *w = *state;

	w->tx_quality = STAMP_HARDWARE;
	struct node *n = booted(w, 10);
	assert_int_equal(member_of(w, n).quality, STAMP_KERNEL);
	w->stamp_ns = 5 * NS_PER_MS; /* after the reply */
	world_run(w, 10);
	assert_int_equal(member_of(w, n).quality, STAMP_KERNEL);
	assert_in_range(member_of(w, n).n_samples, 40, 200);
}

static void new_limits_hold_for_members_that_are_known(void **state)
{
	struct world *w = *state;
	struct node *n = booted(w, 10);
	struct node_config config = w->node[world_master(w)].config;
	unsigned before = member_of(w, n).n_samples;

	config.max_delay_ns = w->delay_ns;
	node_reconfigure(n, &config);
	world_run(w, 10);
	assert_in_range(member_of(w, n).n_samples, before, before + 1);
}

/* As where a driver stamps a packet once it has gone, and the processor has something else to do.
 */
static void a_late_stamp_is_no_jump(void **state)
{
	struct world *w = *state;

	w->jitter_ns = 20 * NS_PER_US;
	(void)booted(w, 60);
	unsigned *excluded = &w->node[world_master(w)].n_notice[NOTICE_MEMBER_EXCLUDED];
	unsigned before = *excluded;
	for (unsigned i = 0; i < 100; i++) {
		w->late_ns = NS_PER_MS / 2;
		world_run(w, 1.3);
		assert_true(world_spread(w) < 50 * NS_PER_US);
	}
	assert_int_equal(*excluded, before);
}

static unsigned samples_in(struct world *w, double seconds)
{
	unsigned *count = &w->node[world_master(w)].n_notice[NOTICE_SAMPLE], before = *count;

	world_run(w, seconds);
	return *count - before;
}

/* Not only when it is known where the path goes now: that takes some fifty exchanges. */
static void polls_are_fast_once_the_path_seems_to_have_changed(void **state)
{
	struct world *w = *state;

	w->jitter_ns = 20 * NS_PER_US;
	(void)booted(w, 1000);
	unsigned at_rest = samples_in(w, 20);
	for (unsigned i = 0; i < w->n; i++) {
		for (unsigned k = 0; k < w->n; k++) {
			w->extra_ns[i][k] = 300 * NS_PER_US;
		}
	}
	world_run(w, 20);
	assert_in_range(samples_in(w, 20), 3 * at_rest, 6 * at_rest);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_exchange_is_as_good_as_its_worst_stamp),
		T(a_late_stamp_is_no_jump),
		T(new_limits_hold_for_members_that_are_known),
		T(polls_are_fast_once_the_path_seems_to_have_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
