/* test_handover.c - what a new master goes on with: the estimates of the deputy that it was, and
 * the weights of the master before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/node/state.h"
#include "tests/world/quiet.h"

#define RESTLESS 3 /* the host whose oscillator is poor */

/* What the master says of host @i. */
static struct member_view seen_of(const struct world *w, unsigned i)
{
	struct member_view v;

	assert_true(world_member_of(w, (unsigned)world_master(w, 0), i, &v));
	return v;
}

/* Since the last poll that host @i got. */
static int64_t since_poll_ns(const struct world *w, unsigned i)
{
	return mono_sub(host_clock_boot(&w->host[i].clock, w->now), world_status(w, i).heard);
}

/* Host 0 is lost just before it would poll its deputy: of two that were polled most of a second
 * apart, the later one may still believe in the master when the other stands. */
static void lose_master(struct world *w)
{
	for (unsigned k = 0; k < 200 && since_poll_ns(w, 1) < 900 * NS_PER_MS; k++) {
		quiet_run(w, 0.01);
	}
	host_crash(w, 0);
}

/* Until host 1, the deputy, leads. */
static void succeed(struct world *w)
{
	for (unsigned ms = 0; ms < 3000 && world_master(w, 0) < 0; ms++) {
		quiet_run(w, 0.001);
	}
	assert_int_equal(world_master(w, 0), 1);
}

static void a_deputy_goes_on_with_what_it_has_measured(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 600);
	lose_master(w);
	succeed(w);
	quiet_run(w, 1);
	for (unsigned i = 2; i < w->n; i++) {
		/* A second of fast polls is a handful of exchanges. */
		assert_in_range(seen_of(w, i).n_samples, 40, 512);
	}
}

static void cut(struct world *w, unsigned a, unsigned b, bool on)
{
	const uint64_t to_a = UINT64_C(1) << a, to_b = UINT64_C(1) << b;

	w->net.cut[a] = on ? w->net.cut[a] | to_b : w->net.cut[a] & ~to_b;
	w->net.cut[b] = on ? w->net.cut[b] | to_a : w->net.cut[b] & ~to_a;
}

/* It has probed that member all the time, and heard nothing for a minute. */
static void a_deputy_does_not_go_on_with_what_is_old(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 300);
	cut(w, 1, 3, true);
	quiet_run(w, 60);
	lose_master(w);
	succeed(w);
	cut(w, 1, 3, false); /* not before: a probe might be answered at the last moment */
	quiet_run(w, 1);
	assert_in_range(seen_of(w, 2).n_samples, 40, 512);
	assert_in_range(seen_of(w, 3).n_samples, 1, 39);
}

static bool counts_for_nothing(const struct world *w, unsigned i)
{
	double good = seen_of(w, 2).weight;

	return good > 0.02 && seen_of(w, i).weight < good / 100;
}

static void a_poor_oscillator_counts_as_little_as_before(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.max_liars = 0; /* else the poor one might be trimmed */
	}
	w->host[RESTLESS].clock.wander = 1e-8;
	quiet_begin_under_0(w, 1000);
	/* Who was measured anew counts like any other until its unrest shows again. */
	for (unsigned k = 0; k < 100 && !counts_for_nothing(w, RESTLESS); k++) {
		quiet_run(w, 20);
	}
	lose_master(w);
	succeed(w);
	quiet_run(w, 1);
	assert_true(counts_for_nothing(w, RESTLESS));
}

/* It wanted us elsewhere; `berkctl step` would take a line there for the group's. */
static void what_a_lost_master_was_refused_is_void(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	for (unsigned i = 1; i < w->n; i++) {
		w->host[i].node->steering.taken.refusal = CORRECT_LIMIT;
	}
	host_crash(w, 0);
	while (world_status(w, 2).master != world_status(w, 1).id) {
		quiet_run(w, 0.0001); /* its first correction would void it anyway */
	}
	assert_int_equal(world_status(w, 2).refusal, CORRECT_OK);
	assert_int_equal(world_status(w, 1).refusal, CORRECT_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_deputy_goes_on_with_what_it_has_measured,
						quiet_setup, quiet_teardown),
		cmocka_unit_test_setup_teardown(a_deputy_does_not_go_on_with_what_is_old,
						quiet_setup, quiet_teardown),
		cmocka_unit_test_setup_teardown(what_a_lost_master_was_refused_is_void, quiet_setup,
						quiet_teardown),
		cmocka_unit_test_setup_teardown(a_poor_oscillator_counts_as_little_as_before,
						quiet_setup, quiet_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
