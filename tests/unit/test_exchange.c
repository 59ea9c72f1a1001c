/* test_exchange.c - a node's two-way exchanges: their stamps, the limits, how often they are, when
 * they are answered, and what a deputy finds by its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berk/term.h"
#include "tests/world/node.h"
#include "tests/world/quiet.h"
#include "tests/world/stage.h"

/* The master of the group after @seconds. */
static unsigned begun(struct world *w, double seconds)
{
	quiet_begin(w, seconds);
	assert_int_not_equal(world_master(w, 0), -1);
	return (unsigned)world_master(w, 0);
}

static struct member_view member_of(const struct world *w, unsigned viewer, unsigned of)
{
	struct member_view v;

	assert_true(world_member_of(w, viewer, of, &v));
	return v;
}

/* Some member that is not the master. */
static struct member_view any_member(const struct world *w, unsigned master)
{
	return member_of(w, master, master == 0 ? 1 : 0);
}

/* NICs that stamp what they send, but of what comes in only PTP's packets. */
static void an_exchange_is_as_good_as_its_worst_stamp(void **state)
{
	struct world *w = *state;

	w->stamp_quality = STAMP_HARDWARE;
	unsigned m = begun(w, 10);
	assert_int_equal(any_member(w, m).quality, STAMP_KERNEL);
	w->stamp_read_ns = 5 * NS_PER_MS; /* after the reply */
	quiet_run(w, 10);
	assert_int_equal(any_member(w, m).quality, STAMP_KERNEL);
	assert_in_range(any_member(w, m).n_samples, 40, 200);
}

static void new_limits_hold_for_members_that_are_known(void **state)
{
	struct world *w = *state;
	unsigned m = begun(w, 10), before = any_member(w, m).n_samples;

	w->host[m].config.max_delay_ns = w->net.base_ns;
	node_reconfigure(w->host[m].node, &w->host[m].config);
	quiet_run(w, 10);
	assert_in_range(any_member(w, m).n_samples, before, before + 1);
}

/* As where a driver stamps a packet once it has gone, and the processor has something else to
 * do. */
static void a_late_stamp_is_no_jump(void **state)
{
	struct world *w = *state;

	w->net.jitter_ns = 20 * NS_PER_US;
	unsigned m = begun(w, 60);
	unsigned *excluded = &quiet_deeds(w, m)->n_notice[NOTICE_MEMBER_EXCLUDED];
	unsigned before = *excluded;

	for (unsigned i = 0; i < 100; i++) {
		w->stamp_late_ns = NS_PER_MS / 2;
		quiet_run(w, 1.3);
		assert_true(world_spread(w) < 50 * NS_PER_US);
	}
	assert_int_equal(*excluded, before);
}

static unsigned samples_in(struct world *w, unsigned master, double seconds)
{
	unsigned *count = &quiet_deeds(w, master)->n_notice[NOTICE_SAMPLE], before = *count;

	quiet_run(w, seconds);
	return *count - before;
}

/* Not only when it is known where the path goes now: that takes some fifty exchanges. */
static void polls_are_fast_once_the_path_seems_to_have_changed(void **state)
{
	struct world *w = *state;

	w->net.jitter_ns = 20 * NS_PER_US;
	unsigned m = begun(w, 1000);
	unsigned at_rest = samples_in(w, m, 20);

	w->net.base_ns += 300 * NS_PER_US;
	quiet_run(w, 20);
	assert_in_range(samples_in(w, m, 20), 3 * at_rest, 6 * at_rest);
}

static void a_reply_waits_until_the_master_sleeps_again(void **state)
{
	struct world *w = *state;
	unsigned m = begun(w, 20);

	for (unsigned i = 0; i < w->n; i++) {
		int64_t answer_ns = quiet_deeds(w, i)->answer_ns[m];

		if (i != m) {
			assert_in_range(answer_ns - w->net.base_ns, 2000 * NS_PER_US,
					2100 * NS_PER_US);
		}
	}
}

static void the_deputy_finds_an_asymmetric_path(void **state)
{
	struct world *w = *state;

	w->host[0].config.priority = 200;
	w->host[1].config.priority = 150;
	w->net.extra_ns[1][2] = 60 * NS_PER_US;
	assert_int_equal(begun(w, 10), 0);
	assert_int_equal(world_status(w, 0).deputy, world_status(w, 1).id);
	assert_int_equal(member_of(w, 0, 2).closure_ns, CLOSURE_UNKNOWN); /* too few probes */
	quiet_run(w, 300);
	assert_int_equal(world_master(w, 0), 0);
	for (unsigned viewer = 0; viewer < w->n; viewer++) { /* half of it, and all know */
		int64_t behind = member_of(w, viewer, 2).closure_ns;
		int64_t even = member_of(w, viewer, 3).closure_ns;

		assert_in_range(behind, 25 * NS_PER_US, 35 * NS_PER_US);
		assert_in_range(even + 5 * NS_PER_US, 0, 10 * NS_PER_US);
		assert_int_equal(member_of(w, viewer, 1).closure_ns, CLOSURE_UNKNOWN); /* no loop */
	}
	host_crash(w, 1);
	quiet_run(w, 10);
	assert_int_equal(member_of(w, 0, 2).closure_ns, CLOSURE_UNKNOWN); /* another's loop */
}

/* A POLL of a former master that was never answered is no probe of the deputy that it is now. */
static void a_poll_answered_as_a_probe_does_no_harm(void **state)
{
	struct node_config config = node_config_default();
	struct wire_msg poll = {.type = WIRE_POLL}, late = {.type = WIRE_PROBE_REPLY};
	struct stage s = {0};

	(void)state;
	stage_open(&s, &config, 2, 4);
	for (unsigned k = 0; k < 2; k++) {
		s.puppet[k].answers_polls = s.puppet[k].grants = true;
		stage_meet(&s, k);
	}
	stage_wait(&s, 10 * NS_PER_S);
	assert_int_equal(stage_status(&s).role, ROLE_MASTER);
	s.puppet[1].answers_polls = false;
	stage_wait(&s, 3 * NS_PER_S);
	poll.term = term_next(stage_status(&s).term, s.puppet[0].trust.id);
	poll.poll = (struct wire_poll){.seq = 1,
				       .round = 1,
				       .poll_ms = 1000,
				       .n_table = 3,
				       .n_alive = 3,
				       .date_confirmed = true,
				       .n_succession = 1};
	poll.poll.succession[0] = stage_status(&s).id;
	stage_say(&s, 0, &poll);
	assert_int_equal(stage_status(&s).role, ROLE_DEPUTY);
	late.term = poll.term;
	late.probe_reply.rec_quality = STAMP_KERNEL;
	late.probe_reply.raw_life = 1;
	late.probe_reply.seq = s.puppet[1].heard[WIRE_POLL].poll.seq;
	assert_int_not_equal(late.probe_reply.seq, 0);
	stage_say(&s, 1, &late);
	assert_int_equal(stage_status(&s).role, ROLE_DEPUTY);
	stage_close(&s);
}

#define T(f) cmocka_unit_test_setup_teardown(f, quiet_setup, quiet_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_exchange_is_as_good_as_its_worst_stamp),
		T(a_late_stamp_is_no_jump),
		T(new_limits_hold_for_members_that_are_known),
		T(polls_are_fast_once_the_path_seems_to_have_changed),
		T(a_reply_waits_until_the_master_sleeps_again),
		T(the_deputy_finds_an_asymmetric_path),
		cmocka_unit_test(a_poll_answered_as_a_probe_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
