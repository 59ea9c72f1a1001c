/* test_hostile.c - what a holder of the group key may say, and what it must not bring a node to:
 * an end that is no end of ours, or a wrong answer because a number is too large. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berk/term.h"
#include "tests/world/master.h"
#include "tests/world/node.h"

#define HOSTILE 2U

static unsigned n_table_saved; /* last */
static int64_t est_error_ns;   /* that the node published last */

static void look_at_effect(struct stage *s, const struct effect *e)
{
	(void)s;
	n_table_saved = e->type == FX_SAVE_TIME ? e->time.n_table : n_table_saved;
	est_error_ns = e->type == FX_STATUS ? e->status.est_error_ns : est_error_ns;
}

static int setup(void **state)
{
	static struct stage s;
	struct node_config config = node_config_default();

	stage_open(&s, &config, 3, 8);
	s.effect = look_at_effect;
	stage_meet_all(&s);
	s.puppet[HOSTILE].grants = s.puppet[HOSTILE].answers_polls = s.puppet[HOSTILE].applies =
		false;
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	stage_close(*state);
	return 0;
}

/* --- Numbers too large to count with --- */

static void who_knows_nothing_of_us_spoils_no_line(void **state)
{
	struct stage *s = *state;
	struct master m = master_begin(s, 0);

	master_lead(s, &m, 8, &(struct master_word){.error_ns = NS_PER_MS});
	m = master_begin(s, HOSTILE);
	m.term = term_next(stage_status(s).term, s->puppet[HOSTILE].trust.id);
	m.n_alive = m.n_table = 9;
	master_lead(s, &m, 2,
		    &(struct master_word){.offset_ns = 100 * NS_PER_US,
					  .error_ns = NS_PER_MS,
					  .sd_ns = INT64_MAX / 2 + 1});
	assert_int_equal(stage_status(s).term, m.term);
	assert_true(est_error_ns < NS_PER_MS);
}

/* A page of nobody is not sent, so there must be few of them. */
static void a_table_that_a_master_made_up_hides_nobody(void **state)
{
	struct stage *s = *state;
	struct master m = master_begin(s, 0);

	m.n_table = UINT16_MAX;
	master_lead(s, &m, 8, &(struct master_word){.error_ns = NS_PER_MS});
	master_hand_over(s, &m);
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	unsigned before[] = {s->puppet[0].n_heard[WIRE_ROSTER], s->puppet[1].n_heard[WIRE_ROSTER]};

	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).n_table, UINT16_MAX);
	for (unsigned k = 0; k < 2; k++) {
		assert_true(s->puppet[k].n_heard[WIRE_ROSTER] >= before[k] + 9);
	}
}

/* --- The chat --- */

/* A log that begins at an index and has no line: there is nothing to send, nor to wait for.  (Where
 * the timer of the node is due again at once, without end, the stage aborts.) */
static void a_master_without_any_line_waits_for_nothing(void **state)
{
	struct stage *s = *state;
	struct master m = master_begin(s, 0);
	struct wire_msg lines = {.type = WIRE_CHAT_LINES,
				 .term = m.term,
				 .chat_lines = {.prev = {.index = 5}, .n = 1}};

	lines.chat_lines.line[0] = (struct wire_chat_line){.pos = {m.term, 9}, /* not the next */
							   .origin = 9,
							   .origin_seq = 1,
							   .len = 1,
							   .text = "x",
							   .name = "x"};
	master_lead(s, &m, 8, &(struct master_word){.error_ns = NS_PER_MS});
	stage_say(s, 0, &lines);
	master_hand_over(s, &m);
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
}

/* --- Addresses --- */

/* Whose packet is truly sealed is where it came from, and so hosts may change places.  (Where a
 * peer refers to a contact of another one, the stage aborts.) */
static void hosts_that_change_places_keep_no_contact_of_another(void **state)
{
	struct stage *s = *state;
	const struct wire_msg ping = {.type = WIRE_PING};
	uint8_t packet[WIRE_PACKET_MAX];

	assert_true(stage_try_call(s, 1)); /* the node has a contact for it */
	stage_say(s, 1, &ping);
	stage_send(s, HOSTILE, packet, stage_seal(s, 1, &ping, packet));
	stage_send(s, 1, packet, stage_seal(s, HOSTILE, &ping, packet));
	stage_wait(s, NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_NONE);
}

/* --- A configuration read again --- */

static void who_may_no_longer_lead_does_not_stand(void **state)
{
	struct stage *s = *state;
	struct node_config config = s->config;

	config.priority = 0; /* it meant to stand a second and a half after its start */
	node_reconfigure(s->node, &config);
	stage_wait(s, 60 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_NONE);
}

/* What is on disk lasts: a table of 65535 would leave no start a bound, or be taken for damage. */
static void a_master_that_made_up_the_size_of_the_table_spoils_no_disk(void **state)
{
	struct stage *s = *state;
	struct master m = master_begin(s, 0);

	m.n_table = UINT16_MAX;
	master_lead(s, &m, 70, &(struct master_word){.error_ns = NS_PER_MS});
	assert_int_equal(n_table_saved, s->store.n_peers + 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(who_knows_nothing_of_us_spoils_no_line),
		T(a_table_that_a_master_made_up_hides_nobody),
		T(a_master_without_any_line_waits_for_nothing),
		T(hosts_that_change_places_keep_no_contact_of_another),
		T(a_master_that_made_up_the_size_of_the_table_spoils_no_disk),
		T(who_may_no_longer_lead_does_not_stand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
