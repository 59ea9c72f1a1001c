/* test_interruption.c - what broke the time of a host is named, and the host joins anew: whole
 * nodes, one of which is moved to another machine, or goes on from a snapshot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/node/join.h"
#include "core/node/rekey.h"
#include "core/node/table.h"
#include "tests/world/quiet.h"

#define MEMBER	   3U
#define MANY_DRAWS 1000

/* The hypervisor says so of host @i; its clocks go on otherwise than before. */
static void interrupt(struct world *w, unsigned i, enum interruption what)
{
	host_interrupt(w, i, what, 5 * NS_PER_MS, w->host[i].clock.freq + 70e-6);
}

static unsigned n_sessions(const struct world *w, unsigned i)
{
	const struct node *n = w->host[i].node;
	unsigned count = 0;

	for_each_peer (n, p) {
		count += session_can_send(&p->session);
	}
	return count;
}

static void migrated_member_says_so_and_joins_anew(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	assert_int_equal(world_status(w, MEMBER).interrupted.why, INTERRUPTION_NONE);
	interrupt(w, MEMBER, INTERRUPTION_MIGRATION);
	struct node_status s = world_status(w, MEMBER);

	assert_int_equal(quiet_deeds(w, MEMBER)->n_notice[NOTICE_INTERRUPTED], 1);
	assert_int_equal(quiet_deeds(w, MEMBER)->n_notice[NOTICE_CLOCK_INTERFERENCE], 0);
	assert_int_equal(s.interrupted.why, INTERRUPTION_MIGRATION);
	assert_false(s.has_line || s.synced || s.settled);
	assert_false(quiet_deeds(w, MEMBER)->synced); /* the kernel vouches no more either */
	assert_int_equal(n_sessions(w, MEMBER), 4);
	quiet_run(w, 60);
	s = world_status(w, MEMBER);
	assert_true(s.settled && s.synced);
	assert_int_equal(s.interrupted.why, INTERRUPTION_MIGRATION);
	assert_in_range(mono_sub(host_clock_boot(&w->host[MEMBER].clock, w->now), s.interrupted.at),
			59 * NS_PER_S, 61 * NS_PER_S);
	assert_int_equal(world_master(w, 0), 0);
}

/* What masters may make of its rate is counted from that of the oscillator which it has now. */
static void a_migrated_member_learns_its_rate_anew(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 180);
	const struct budget *b = &w->host[MEMBER].node->steering.budget;
	double before = b->rate;

	assert_true(b->rate_known);
	interrupt(w, MEMBER, INTERRUPTION_MIGRATION);
	assert_false(b->rate_known);
	quiet_run(w, 180);
	assert_true(b->rate_known);
	assert_in_range(ns_abs(ns_from_double((b->rate - before) * 1e9)), 60000, 80000);
}

static void migrated_master_hands_over(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	interrupt(w, 0, INTERRUPTION_MIGRATION);
	assert_int_equal(world_status(w, 0).role, ROLE_NONE);
	quiet_run(w, 10);
	assert_int_equal(world_master(w, 0), 1);
	quiet_run(w, 50);
	assert_true(world_status(w, 0).settled);
}

static void restored_member_seals_nothing_with_the_keys_of_before(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	struct rng before = w->host[MEMBER].node->rng;
	unsigned n_hellos = quiet_deeds(w, MEMBER)->n_hellos;
	uint32_t life = w->host[MEMBER].node->steering.sent.raw_life;

	assert_int_equal(n_sessions(w, MEMBER), 4);
	interrupt(w, MEMBER, INTERRUPTION_RESTORE);
	/* Its RAW is not that of a copy, which has slept too. */
	assert_int_not_equal(w->host[MEMBER].node->steering.sent.raw_life, raw_life_next(life));
	assert_int_equal(world_status(w, MEMBER).interrupted.why, INTERRUPTION_RESTORE);
	assert_int_equal(n_sessions(w, MEMBER), 0);
	assert_true(quiet_deeds(w, MEMBER)->n_hellos >= n_hellos + 4);
	/* It draws otherwise than a copy of it. */
	for (unsigned i = 0; i < MANY_DRAWS; i++) {
		assert_memory_not_equal(&w->host[MEMBER].node->rng, &before, sizeof(before));
		(void)rng_u64(&before);
	}
	quiet_run(w, 60);
	assert_int_equal(n_sessions(w, MEMBER), 4);
	assert_true(world_status(w, MEMBER).settled);
	assert_int_equal(world_master(w, 0), 0);
}

/* A handshake under way is of the past too: a copy may go on with it. */
static void restored_host_ends_no_handshake_that_it_had_begun(void **state)
{
	static const uint8_t none[NONCE_LEN];
	struct world *w = *state;
	struct node *n = w->host[MEMBER].node;
	unsigned n_contacts = 0;

	quiet_begin(w, 60);
	rekey_all(n); /* before new ones begin */
	for (size_t i = 0; i < n->store.n_contacts; i++) {
		const struct contact *c = &n->store.contacts[i];

		n_contacts += c->used;
		assert_memory_equal(c->session.nonce, none, NONCE_LEN);
		assert_int_equal(c->session.state, SESSION_IDLE);
	}
	assert_true(n_contacts > 0);
	for_each_peer (n, p) {
		assert_true(p->session.index_local == 0 ||
			    join_peer_of(n, p->session.index_local) == p);
	}
}

static void other_interruptions_are_named_too(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	host_sleep(w, MEMBER);
	quiet_run(w, 2);
	host_wake(w, MEMBER, 2 * NS_PER_S);
	assert_int_equal(world_status(w, MEMBER).interrupted.why, INTERRUPTION_SUSPEND);
	quiet_run(w, 30);
	host_foreign_step(w, MEMBER, NS_PER_S);
	assert_int_equal(world_status(w, MEMBER).interrupted.why, INTERRUPTION_CLOCK_SET);
	assert_int_equal(n_sessions(w, MEMBER), 4);
	assert_int_equal(quiet_deeds(w, MEMBER)->n_notice[NOTICE_INTERRUPTED], 0);
}

/* A nap of a third of a second once passed for a stranger's step, and was taken back. */
static void a_lone_master_keeps_its_wall_however_briefly_it_slept(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 60);
	for (unsigned i = 1; i < w->n; i++) {
		host_crash(w, i);
	}
	quiet_run(w, 20);
	for (double ns = CLOCK_TOLD_NS; ns < NS_PER_S; ns *= 1.5) {
		int64_t before = world_wall(w, 0).ns - w->now;
		unsigned n_steps = quiet_steps(w);

		host_sleep(w, 0);
		quiet_run(w, ns * 1e-9);
		host_wake(w, 0, (int64_t)ns);
		quiet_run(w, 10);
		assert_true(ns_abs(world_wall(w, 0).ns - w->now - before) < NS_PER_MS);
		assert_int_equal(quiet_steps(w), n_steps);
		assert_int_equal(world_status(w, 0).interrupted.why, INTERRUPTION_SUSPEND);
	}
}

static struct member_view at_master(const struct world *w, unsigned who)
{
	struct member_view v;

	assert_true(world_member_of(w, 0, who, &v));
	return v;
}

/* Of a sleep that is shorter than the packets take, the exchanges show nothing: bounds broke. */
static void who_slept_for_less_than_packets_take_is_measured_anew(void **state)
{
	struct world *w = *state;

	w->net.extra_ns[0][MEMBER] = w->net.extra_ns[MEMBER][0] = 20 * NS_PER_MS;
	quiet_begin_under_0(w, 60);
	assert_int_not_equal(at_master(w, MEMBER).reason, REASON_JUMPED);
	unsigned n_samples = at_master(w, MEMBER).n_samples;

	host_sleep(w, MEMBER);
	quiet_run(w, 3e-3);
	host_wake(w, MEMBER, 3 * NS_PER_MS);
	for (unsigned k = 0; k < 15 && at_master(w, MEMBER).reason != REASON_JUMPED; k++) {
		quiet_run(w, 0.1);
	}
	assert_int_equal(at_master(w, MEMBER).reason, REASON_JUMPED);
	assert_true(at_master(w, MEMBER).n_samples < n_samples);
	quiet_run(w, 60);
	assert_int_not_equal(at_master(w, MEMBER).reason, REASON_JUMPED);
}

/* Polls are slow, and of a clock that is measured anew one exchange tells little. */
static void who_slept_is_polled_again_soon(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.poll_ns = 16 * NS_PER_S;
	}
	quiet_begin_under_0(w, 900);
	unsigned n_samples = at_master(w, MEMBER).n_samples;

	host_sleep(w, MEMBER);
	quiet_run(w, 3e-4);
	host_wake(w, MEMBER, 300 * NS_PER_US);
	for (unsigned k = 0; k < 300 && at_master(w, MEMBER).n_samples >= n_samples; k++) {
		quiet_run(w, 0.1);
	}
	assert_in_range(at_master(w, MEMBER).n_samples, 0, 2);
	quiet_run(w, 1);
	assert_in_range(at_master(w, MEMBER).n_samples, 3, 10);
}

/* A host that starts anew cannot tell whether RAW went on meanwhile, and need not have slept. */
static void who_starts_anew_is_measured_anew_and_is_not_said_to_have_slept(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < w->n; i++) {
		w->host[i].config.poll_ns = 16 * NS_PER_S;
	}
	quiet_begin_under_0(w, 300);
	unsigned n_samples = at_master(w, MEMBER).n_samples;

	host_crash(w, MEMBER);
	quiet_run(w, 0.1);
	host_boot(w, MEMBER);
	for (unsigned k = 0; k < 300 && at_master(w, MEMBER).n_samples == n_samples; k++) {
		quiet_run(w, 0.05);
	}
	assert_in_range(at_master(w, MEMBER).n_samples, 1, n_samples - 1);
	assert_int_equal(at_master(w, MEMBER).reason, REASON_NEWCOMER); /* no vote, at once */
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, quiet_setup, quiet_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(migrated_member_says_so_and_joins_anew),
		TEST(a_migrated_member_learns_its_rate_anew),
		TEST(migrated_master_hands_over),
		TEST(restored_member_seals_nothing_with_the_keys_of_before),
		TEST(restored_host_ends_no_handshake_that_it_had_begun),
		TEST(other_interruptions_are_named_too),
		TEST(who_slept_for_less_than_packets_take_is_measured_anew),
		TEST(who_slept_is_polled_again_soon),
		TEST(who_starts_anew_is_measured_anew_and_is_not_said_to_have_slept),
		TEST(a_lone_master_keeps_its_wall_however_briefly_it_slept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
