/* test_hostile.c - what a holder of the group key may say, and what it must not bring a node to:
 * an end that is no end of ours, or a wrong answer because a number is too large. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "berk/term.h"
#include "core/node/copies.h"
#include "core/node/lease.h"
#include "core/node/table.h"
#include "core/node/timeline.h"
#include "tests/world/master.h"
#include "tests/world/node.h"

#define HOSTILE 2U
#define N_SLOTS 8 /* of the node's table */
#define TURN_NS ((N_SLOTS / WIRE_ROSTER_MAX + 2) * NS_PER_S)

static unsigned n_table_saved; /* last */
static int64_t est_error_ns;   /* that the node published last */
static unsigned n_polls_told;  /* that its master polls too rarely */
static unsigned n_forged_told; /* that there are lines that it did not say */

static void look_at_effect(struct stage *s, const struct effect *e)
{
	(void)s;
	n_table_saved = e->type == FX_SAVE_TIME ? e->time.n_table : n_table_saved;
	n_polls_told += e->type == FX_NOTICE && e->notice.kind == NOTICE_LIMIT_TRIPPED &&
			e->notice.limit_tripped.limit == LIMIT_POLL;
	n_forged_told += e->type == FX_NOTICE && e->notice.kind == NOTICE_CHAT_FORGED;
	est_error_ns = e->type == FX_STATUS ? e->status.est_error_ns : est_error_ns;
}

static int setup_with(void **state, enum quorum quorum)
{
	static struct stage s;
	struct node_config config = node_config_default();

	config.quorum = quorum;
	stage_open(&s, &config, 3, N_SLOTS);
	s.effect = look_at_effect;
	stage_meet_all(&s);
	s.puppet[HOSTILE].grants = s.puppet[HOSTILE].answers_polls = s.puppet[HOSTILE].applies =
		false;
	*state = &s;
	return 0;
}

static int setup(void **state)
{
	return setup_with(state, QUORUM_ISLAND);
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

/* --- How many others there are --- */

/* The other hosts, with names and as settled members, as a master's roster has them, and the node
 * itself; and whether all are guests. */
static void name_as(struct stage *s, const struct master *m, bool guests)
{
	struct wire_msg msg = {.type = WIRE_ROSTER,
			       .term = m->term,
			       .roster = {.n = 4, .total = 4}};

	for (unsigned k = 0; k <= s->n_puppets; k++) {
		struct wire_roster_entry *e = &msg.roster.entry[k];

		e->id = k < s->n_puppets ? s->puppet[k].trust.id : stage_status(s).id;
		e->name[0] = (char)('a' + k);
		e->state = MEMBER_SETTLED;
		e->priority = 100;
		e->guest = guests;
	}
	stage_say(s, m->k, &msg);
}

static void name_all(struct stage *s, const struct master *m)
{
	name_as(s, m, false);
}

#define NEWCOMER 0x4711U

/* One more comes, as a guest. */
static void name_newcomer(struct stage *s, const struct master *m)
{
	const struct wire_msg msg = {.type = WIRE_ROSTER,
				     .term = m->term,
				     .roster = {.n = 1,
						.first = 4,
						.total = 5,
						.entry = {{.id = NEWCOMER,
							   .name = "new",
							   .state = MEMBER_SETTLED,
							   .guest = true}}}};

	stage_say(s, m->k, &msg);
}

static struct master honest_master(struct stage *s, unsigned n_polls)
{
	struct master m = master_begin(s, 0);

	m.era = 7;
	master_lead(s, &m, 1, &(struct master_word){.error_ns = NS_PER_MS});
	name_all(s, &m);
	master_lead(s, &m, n_polls - 1, &(struct master_word){.error_ns = NS_PER_MS});
	assert_int_equal(stage_status(s).n_table, 4);
	assert_int_equal(stage_status(s).n_alive, 4);
	return m;
}

/* T6: it says once that there are 65535 hosts, and falls silent, as the master does. */
static void lie_about_the_table_and_fall_silent(struct stage *s)
{
	struct master m;

	(void)honest_master(s, 8);
	m = master_begin(s, HOSTILE);
	m.n_table = m.n_alive = UINT16_MAX;
	assert_non_null(master_poll(s, &m));
	assert_int_equal(stage_status(s).master, s->puppet[HOSTILE].trust.id);
	assert_int_equal(stage_status(s).n_table, 4);
	assert_int_equal(stage_status(s).n_alive, 4);
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_int_equal(stage_status(s).n_table, 4);
	assert_false(stage_status(s).island);
}

static void a_table_that_a_master_made_up_makes_no_island(void **state)
{
	lie_about_the_table_and_fall_silent(*state);
}

static void a_table_that_a_master_made_up_leaves_no_majority_without_a_master(void **state)
{
	teardown(state);
	setup_with(state, QUORUM_MAJORITY);
	lie_about_the_table_and_fall_silent(*state);
}

/* T6: who was a newcomer, and is master before the pages of the roster can have told the names. */
static void who_leads_expects_no_made_up_hosts_for_good(void **state)
{
	const unsigned n_slots = 128;
	struct stage *s = *state;
	struct node_config config = s->config;
	struct master m;

	teardown(state);
	stage_open(s, &config, 3, n_slots);
	stage_meet_all(s);
	s->puppet[HOSTILE].grants = s->puppet[HOSTILE].answers_polls = false;
	m = master_begin(s, HOSTILE);
	m.n_table = m.n_alive = UINT16_MAX;
	assert_non_null(master_poll(s, &m));
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_int_equal(stage_status(s).n_table, n_slots + 1);
	assert_true(stage_status(s).island);
	stage_wait(s, (n_slots / WIRE_ROSTER_MAX + 2) * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_true(stage_status(s).n_table <= 4);
	assert_false(stage_status(s).island);
}

/* T6: who has led others is no newcomer when it hears of another master. */
static void who_has_led_counts_no_made_up_hosts(void **state)
{
	struct stage *s = *state;
	struct master m;

	s->puppet[HOSTILE].grants = s->puppet[HOSTILE].answers_polls = true;
	stage_wait(s, TURN_NS + 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_int_equal(stage_status(s).n_table, 4);
	m = master_begin(s, HOSTILE);
	m.n_table = m.n_alive = UINT16_MAX;
	(void)master_poll(s, &m);
	assert_non_null(master_poll(s, &m));
	assert_int_equal(stage_status(s).master, s->puppet[HOSTILE].trust.id);
	assert_int_equal(stage_status(s).n_table, 4);
	name_as(s, &m, true); /* nor is it a guest where it has counted itself */
	assert_false(s->node->election.census.guest);
}

/* Those who vote for us are here, and may have another word on the date, or on whom they miss. */
static void what_was_polled_in_an_earlier_reign_is_no_word_of_now(void **state)
{
	struct stage *s = *state;
	struct master m;

	s->puppet[HOSTILE].grants = s->puppet[HOSTILE].answers_polls = true;
	s->puppet[0].deaf = DEAF_ALWAYS;
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_true(s->node->steering.date.confirmed);
	m = master_begin(s, HOSTILE);
	m.n_table = m.n_alive = UINT16_MAX;
	(void)master_poll(s, &m);
	assert_non_null(master_poll(s, &m));
	s->node->steering.date.confirmed = false; /* as that one says, */
	s->node->steering.date.ours = DATE_NONE;  /* and our clock says nothing */
	for (unsigned k = 0; k < 3; k++) {
		s->puppet[k].answers_polls = false;
	}
	master_hand_over(s, &m);
	stage_wait(s, NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_true(s->node->election.census.n_alive > 1);
	assert_false(s->node->steering.date.confirmed);
	/* But who would not go with an order is not overrun by one. */
	assert_int_equal(peer_find(s->node, s->puppet[0].trust.id)->as_master.polled.deaf,
			 DEAF_ALWAYS);
	for (unsigned k = 0; k < 3; k++) {
		s->puppet[k].answers_polls = true;
	}
	stage_wait(s, 3 * NS_PER_S);
	assert_true(s->node->steering.date.confirmed);
}

/* The pages of the roster name them one after the other. */
static void a_newcomer_counts_who_is_not_named_yet_for_one_turn(void **state)
{
	struct stage *s = *state;
	struct master m;

	teardown(state);
	setup_with(state, QUORUM_MAJORITY);
	m = master_begin(s, HOSTILE);
	m.n_table = m.n_alive = UINT16_MAX;
	(void)master_poll(s, &m); /* and no other word */
	assert_int_equal(stage_status(s).n_table, N_SLOTS + 1);
	assert_int_equal(stage_status(s).n_alive, N_SLOTS + 1);
	stage_wait(s, TURN_NS - NS_PER_S / 10);
	assert_int_not_equal(stage_status(s).role, ROLE_MASTER);
	stage_wait(s, 5 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_true(stage_status(s).n_table <= 4);
}

/* A page of nobody is not sent, so there must be few of them. */
static void a_table_that_a_master_made_up_hides_nobody(void **state)
{
	struct stage *s = *state;
	struct node_config config = node_config_default();
	struct master m;

	teardown(state);
	stage_open(s, &config, 3, 128); /* a newcomer for half a minute */
	stage_meet_all(s);
	m = master_begin(s, 0);
	m.n_table = UINT16_MAX;
	master_lead(s, &m, 8, &(struct master_word){.error_ns = NS_PER_MS});
	master_hand_over(s, &m);
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	unsigned before[] = {s->puppet[0].n_heard[WIRE_ROSTER], s->puppet[1].n_heard[WIRE_ROSTER]};

	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).n_table, 129);
	for (unsigned k = 0; k < 2; k++) {
		assert_true(s->puppet[k].n_heard[WIRE_ROSTER] >= before[k] + 9);
	}
}

/* --- Who counts --- */

/* A group without a majority of those who count is an island, for ever where nobody does. */
static void a_word_makes_no_guests_of_who_was_counted(void **state)
{
	struct stage *s = *state;
	struct master m = honest_master(s, 8), liar = master_begin(s, HOSTILE);

	liar.era = m.era;
	assert_non_null(master_poll(s, &liar));
	name_as(s, &liar, true);
	assert_int_equal(electorate(s->node), 4);
	assert_false(s->node->election.census.guest);
	for_each_peer (s->node, p) {
		assert_false(p->guest);
	}
	name_newcomer(s, &liar);
	assert_true(peer_find(s->node, NEWCOMER)->guest);
	/* Nor by and by, if it says nothing of us meanwhile. */
	master_lead(s, &liar, (unsigned)(s->config.forget_ns / 2 / NS_PER_S),
		    &(struct master_word){.error_ns = NS_PER_MS});
	name_as(s, &liar, true);
	assert_false(s->node->election.census.guest);
	/* In an island, the rest of the group may have forgotten us by then. */
	liar.island = true;
	master_lead(s, &liar, (unsigned)(s->config.forget_ns / 2 / NS_PER_S),
		    &(struct master_word){.error_ns = NS_PER_MS});
	name_as(s, &liar, true);
	assert_true(s->node->election.census.guest);
}

/* A host that leads says so itself: a liar's word that it only observes would keep all that heard
 * the liar from following anybody, after the liar is gone, too. */
static void a_word_of_others_modes_bars_none_of_them_from_leading(void **state)
{
	struct stage *s = *state;
	struct node_config config = node_config_default();
	struct wire_msg word = {.type = WIRE_ROSTER};
	struct master liar, m;

	teardown(state);
	config.priority =
		0; /* it does not lead itself meanwhile, and hears nobody describe itself */
	stage_open(s, &config, 3, N_SLOTS);
	stage_meet_all(s);
	liar = master_begin(s, HOSTILE);
	word.term = liar.term;
	assert_non_null(master_poll(s, &liar));
	word.roster = (struct wire_roster){.total = 2, .n = 2};
	for (unsigned k = 0; k < 2; k++) {
		word.roster.entry[k].id = s->puppet[k].trust.id;
		word.roster.entry[k].state = MEMBER_SETTLED;
		word.roster.entry[k].mode = MODE_OBSERVE;
		word.roster.entry[k].name[0] = (char)('a' + k);
	}
	stage_say(s, HOSTILE, &word);
	assert_int_equal(peer_find(s->node, s->puppet[0].trust.id)->mode, MODE_OBSERVE);
	stage_wait(s, 2 * NS_PER_S);
	m = master_begin(s, 0);
	assert_non_null(master_poll(s, &m));
	assert_int_equal(stage_status(s).master, s->puppet[0].trust.id);
}

/* Whoever came late to an island was in no table before. */
static void who_was_not_counted_before_may_be_a_guest(void **state)
{
	struct stage *s = *state;
	struct master m = master_begin(s, 0);

	m.era = 7;
	master_lead(s, &m, 4, &(struct master_word){.error_ns = NS_PER_MS});
	name_as(s, &m, true);
	assert_true(s->node->election.census.guest);
	assert_true(peer_find(s->node, s->puppet[1].trust.id)->guest);
	name_as(s, &m, false);
	assert_false(s->node->election.census.guest);
	m.era++; /* another group's island: nobody there has counted us */
	(void)master_poll(s, &m);
	name_as(s, &m, true);
	assert_true(s->node->election.census.guest);
}

static void guests_of_nobody_are_none(void **state)
{
	struct stage *s = *state;
	struct master liar = master_begin(s, HOSTILE);

	master_lead(s, &liar, 4, &(struct master_word){.error_ns = NS_PER_MS});
	name_as(s, &liar, true);
	master_lead(s, &liar, 4, &(struct master_word){.error_ns = NS_PER_MS});
	assert_int_equal(electorate(s->node), 0);
	stage_wait(s, 20 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_true(line_bounded(s->node));
	assert_int_equal(stage_status(s).n_table, 4);
	assert_false(stage_status(s).island);
}

/* Of an earlier term, and of another founding, a side must be larger to be followed; and all that we
 * know are on ours. */
static void a_side_counts_no_more_hosts_than_we_know(void **state)
{
	struct stage *s = *state;
	struct master early = master_begin(s, HOSTILE), m = honest_master(s, 8);

	s->puppet[HOSTILE].grants = s->puppet[HOSTILE].answers_polls = s->puppet[HOSTILE].applies =
		true;
	master_hand_over(s, &m);
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).n_alive, 4);
	early.n_table = early.n_alive = UINT16_MAX;
	early.era = 8;
	assert_null(master_poll(s, &early));
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
}

/* --- When to expect the next poll --- */

/* Seed 1055 of berksim attack: as deputy, the node sent 1000 probes in a second. */
static void a_promise_of_a_poll_each_millisecond_is_kept_no_further_than_ours(void **state)
{
	struct stage *s = *state;
	struct master m = honest_master(s, 8);
	struct wire_msg poll = {.type = WIRE_POLL,
				.term = m.term,
				.poll = {.seq = 1000, .poll_ms = 1, .n_table = 4, .n_alive = 4}};

	stage_say(s, 0, &poll);
	assert_int_equal(s->node->election.lease_poll_ns, s->config.poll_ns_min);
}

static void a_promise_of_rare_polls_makes_no_long_lease(void **state)
{
	struct stage *s = *state;
	struct master m = honest_master(s, 8);
	struct wire_msg poll = {
		.type = WIRE_POLL,
		.term = m.term,
		.poll = {.seq = 1000, .poll_ms = 64000, .n_table = 4, .n_alive = 4}};

	n_polls_told = 0;
	stage_say(s, 0, &poll);
	poll.poll.seq++;
	stage_say(s, 0, &poll);
	for (unsigned i = 0; i < 6; i++) { /* by turns */
		poll.poll.seq++;
		poll.poll.poll_ms = i % 2 ? 64000 : 1000;
		stage_say(s, 0, &poll);
	}
	assert_int_equal(n_polls_told, 1);
	stage_wait(s, 20 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
}

/* --- The chat --- */

/* One line of the chat, as the master of @m sends it. */
static struct wire_msg one_line(const struct master *m, struct chat_pos prev, struct chat_pos pos)
{
	struct wire_msg msg = {.type = WIRE_CHAT_LINES,
			       .term = m->term,
			       .chat_lines = {.prev = prev, .n = 1}};

	msg.chat_lines.line[0] = (struct wire_chat_line){
		.pos = pos, .origin = 9, .origin_seq = 1, .len = 1, .text = "x", .name = "x"};
	return msg;
}

static void type(struct stage *s, const char *text)
{
	struct node_event ev = {.type = EV_ORDER};

	ev.order.order = ORDER_CHAT;
	ev.order.text = text;
	ev.order.text_len = strlen(text);
	stage_event(s, &ev);
	assert_int_equal(s->fx.ordered.verdict, ORDER_OK);
}

/* Each message of lines is answered by a pull: served each time, the two would never end. */
static void who_pulls_from_one_place_again_and_again_waits(void **state)
{
	struct stage *s = *state;
	struct master m = master_begin(s, 0);
	struct wire_msg lines =
		one_line(&m, (struct chat_pos){.index = 0}, (struct chat_pos){m.term, 1});
	struct wire_msg pull = {.type = WIRE_CHAT_PULL, .chat_pull = {.from = 1}};

	master_lead(s, &m, 8, &(struct master_word){.error_ns = NS_PER_MS});
	stage_say(s, 0, &lines);
	master_hand_over(s, &m);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	stage_wait(s, 10 * NS_PER_S);
	pull.term = stage_status(s).term;
	pull.chat_pull.have = s->node->chat.log.last;
	assert_true(pull.chat_pull.have.index >= 1);
	unsigned before = s->puppet[1].n_heard[WIRE_CHAT_LINES];

	for (unsigned i = 0; i < 100; i++) {
		stage_say(s, 1, &pull);
	}
	assert_in_range(s->puppet[1].n_heard[WIRE_CHAT_LINES] - before, 1, 8);
}

/* A member's log may be cut after it held ours, or have been another that ended alike: what it says
 * it has now counts, or the rest would come again with each step, window after window. */
static void who_holds_less_than_before_is_sent_what_it_can_acknowledge(void **state)
{
	struct stage *s = *state;
	struct master m = master_begin(s, 0);
	struct wire_msg pull = {.type = WIRE_CHAT_PULL};

	master_lead(s, &m, 8, &(struct master_word){.error_ns = NS_PER_MS});
	for (uint64_t k = 1; k <= 60; k++) {
		struct wire_msg line = one_line(&m, (struct chat_pos){k > 1 ? m.term : 0, k - 1},
						(struct chat_pos){m.term, k});

		line.chat_lines.line[0].origin_seq = k;
		stage_say(s, 0, &line);
	}
	master_hand_over(s, &m);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	stage_wait(s, 10 * NS_PER_S);
	assert_true(s->node->chat.log.last.index >= 60);
	pull.term = stage_status(s).term;
	pull.chat_pull.have = chat_entry(&s->node->chat.log, 59)->pos;
	pull.chat_pull.from = 60;
	stage_say(s, 1, &pull);
	stage_wait(s, CHAT_RESEND_NS / 2);
	pull.chat_pull.have = chat_entry(&s->node->chat.log, 1)->pos;
	pull.chat_pull.from = 2;
	unsigned before = s->puppet[1].n_heard[WIRE_CHAT_LINES];

	for (unsigned i = 0; i < 100; i++) {
		stage_say(s, 1, &pull);
	}
	assert_in_range(s->puppet[1].n_heard[WIRE_CHAT_LINES] - before, 1, 8);
	pull.chat_pull.have.term--; /* another line: what agrees ends before it */
	pull.chat_pull.from = 1;
	stage_say(s, 1, &pull);
	assert_int_equal(peer_find(s->node, s->puppet[1].trust.id)->as_master.chat.acked, 0);
}

/* The node leads puppets 0 and 1, has said a line, and puppet @k alone says that it holds that. */
static void lead_and_be_heard_by(struct stage *s, unsigned k)
{
	struct master m = honest_master(s, 8);
	struct wire_msg pull = {.type = WIRE_CHAT_PULL};

	master_hand_over(s, &m);
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	type(s, "a");
	pull.term = stage_status(s).term;
	pull.chat_pull.have = s->node->chat.log.last;
	pull.chat_pull.from = pull.chat_pull.have.index + 1;
	stage_say(s, k, &pull);
	assert_int_equal(s->node->chat.log.stable, 0);
}

/* Two of the three who are left have to hold a line that is stable. */
static void who_said_goodbye_holds_no_line(void **state)
{
	struct stage *s = *state;

	lead_and_be_heard_by(s, 1);
	stage_say(s, 1, &(struct wire_msg){.type = WIRE_BYE});
	stage_wait(s, 2 * NS_PER_S);
	assert_int_equal(stage_status(s).n_table, 3);
	assert_false(stage_status(s).island);
	assert_int_equal(s->node->chat.log.stable, 0);
}

/* In an island most of those who are here hold it, and not who was. */
static void who_is_silent_holds_no_line_in_an_island(void **state)
{
	struct stage *s = *state;

	lead_and_be_heard_by(s, 1);
	s->puppet[1].answers_polls = false;
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).n_alive, 2);
	assert_true(stage_status(s).island);
	assert_int_equal(s->node->chat.log.stable, 0);
}

/* A log that begins at an index and has no line: there is nothing to send, nor to wait for.  (Where
 * the timer of the node is due again at once, without end, the stage aborts.) */
static void a_master_without_any_line_waits_for_nothing(void **state)
{
	struct stage *s = *state;
	struct master m = master_begin(s, 0);
	struct wire_msg lines = one_line(&m, (struct chat_pos){.index = 5},
					 (struct chat_pos){m.term, 9}); /* not the next */

	master_lead(s, &m, 8, &(struct master_word){.error_ns = NS_PER_MS});
	stage_say(s, 0, &lines);
	master_hand_over(s, &m);
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
}

/* Lines that no later term is above would win against all that later masters give. */
static void a_line_of_a_term_far_above_ours_is_not_taken(void **state)
{
	struct stage *s = *state;
	struct master m = master_begin(s, 0);
	struct wire_msg lines =
		one_line(&m, (struct chat_pos){.index = 0}, (struct chat_pos){UINT64_MAX, 1});

	master_lead(s, &m, 2, &(struct master_word){.error_ns = NS_PER_MS});
	stage_say(s, 0, &lines);
	(void)master_poll(s, &m);
	assert_int_equal(s->puppet[0].heard[WIRE_REPLY].reply.chat_last.index, 0);
	lines.chat_lines.line[0].pos.term = m.term;
	stage_say(s, 0, &lines);
	(void)master_poll(s, &m);
	assert_int_equal(s->puppet[0].heard[WIRE_REPLY].reply.chat_last.index, 1);
}

/* The line under whose number all later masters take nothing of the node, and believe to have all. */
static void a_made_up_line_of_ours_does_not_silence_us(void **state)
{
	struct stage *s = *state;
	const struct wire_chat_post *said = &s->puppet[0].heard[WIRE_CHAT_POST].chat_post;
	struct master m = honest_master(s, 8);
	struct wire_msg line =
		one_line(&m, (struct chat_pos){.index = 0}, (struct chat_pos){m.term, 1});

	type(s, "a");
	uint64_t seq = said->line[0].origin_seq;

	line.chat_lines.line[0].origin = stage_status(s).id;
	line.chat_lines.line[0].origin_seq = seq | 0xfffff;
	n_forged_told = 0;
	stage_say(s, 0, &line);
	type(s, "b");
	stage_wait(s, 2 * CHAT_RESEND_NS);
	assert_int_equal(said->n, 2);
	assert_string_equal(said->line[0].text, "a");
	assert_string_equal(said->line[1].text, "b");
	assert_true(said->line[0].origin_seq >> 20 != seq >> 20);
	assert_int_equal(said->line[1].origin_seq, said->line[0].origin_seq + 1);
	assert_int_equal(n_forged_told, 1);
	line.chat_lines.prev = line.chat_lines.line[0].pos;
	line.chat_lines.line[0].pos.index++;
	line.chat_lines.line[0].origin_seq = said->line[1].origin_seq + 1;
	stage_say(s, 0, &line);
	stage_wait(s, 2 * CHAT_RESEND_NS);
	assert_true(said->line[1].origin_seq != line.chat_lines.line[0].origin_seq - 1);
	assert_int_equal(n_forged_told, 1); /* within a minute */
}

/* A voter's log of such a term is not waited for. */
static void a_voter_with_a_log_of_a_term_far_above_ours_is_not_asked(void **state)
{
	struct stage *s = *state;
	struct master m = honest_master(s, 8);
	struct wire_msg vote = {.type = WIRE_VOTE_REPLY,
				.vote_reply = {.granted = true, .chat_last = {UINT64_MAX, 9}}};

	s->puppet[0].grants = false;
	master_hand_over(s, &m);
	vote.vote_reply.new_term = stage_status(s).term;
	stage_say(s, HOSTILE, &vote);
	stage_wait(s, 3 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_int_equal(s->puppet[HOSTILE].n_heard[WIRE_CHAT_PULL], 0);
}

/* --- Addresses --- */

/* Whose packet is truly sealed is where it came from, and so hosts may change places.  (Where a
 * peer refers to a contact of another one, the stage aborts.) */
static void hosts_that_change_places_keep_no_contact_of_another(void **state)
{
	struct stage *s = *state;
	const struct wire_msg ping = {.type = WIRE_PING};
	const struct addr was = s->puppet[1].addr;

	assert_true(stage_try_call(s, 1)); /* the node has a contact for it */
	s->puppet[1].addr = s->puppet[HOSTILE].addr;
	s->puppet[HOSTILE].addr = was;
	for (unsigned i = 0; i < 2; i++) { /* they are asked there, and answer */
		stage_say(s, 1, &ping);
		stage_say(s, HOSTILE, &ping);
		stage_wait(s, NS_PER_S);
	}
	for_each_peer (s->node, p) {
		assert_true(p->contact == NO_INDEX ||
			    s->node->store.contacts[p->contact].peer == peer_index(s->node, p));
	}
}

/* --- A configuration read again --- */

static const int64_t ends[] = {INT64_MIN, INT64_MIN + 1, -1, 0, INT64_MAX - 1, INT64_MAX};

#define N_ENDS (sizeof(ends) / sizeof(ends[0]))

/* Number @draw of the replies whose times are at the ends of what can be said. */
static void reply_with_ends(struct stage *s, unsigned draw)
{
	struct puppet *p = &s->puppet[HOSTILE];
	struct wire_msg m = stage_reply(s, HOSTILE, &p->heard[WIRE_POLL]);
	int64_t *const what[] = {&m.reply.pair.wall.ns,	     &m.reply.pair.raw.ns,
				 &m.reply.remainder_ns,	     &m.reply.floor.ns,
				 &m.reply.stamps.rec.ns,     &m.reply.stamps.xmt.ns,
				 &m.reply.stamps.prev_xmt.ns};

	const size_t n_what = draw % 8 == 0 ? sizeof(what) / sizeof(what[0]) : 4;

	m.reply.mode = (uint8_t)(draw % 3 ? MODE_STEER : MODE_REFERENCE);
	m.reply.stamps.prev_seq = draw % 8 == 0 ? m.reply.stamps.seq - 1 : 0;
	draw *= 7919;
	for (size_t i = 0; i < n_what; i++, draw /= N_ENDS + 1) {
		*what[i] = draw % (N_ENDS + 1) < N_ENDS ? ends[draw % (N_ENDS + 1)] : *what[i];
	}
	stage_say(s, HOSTILE, &m);
}

/* Nothing that a member may say of its clocks is negated, added or shifted out of range: what the
 * sanitizers would tell.  Our own line stays. */
static void no_time_at_the_ends_of_its_range_does_harm(void **state)
{
	struct stage *s = *state;
	struct master m = master_begin(s, 0);

	s->puppet[HOSTILE].answers_polls = s->puppet[HOSTILE].applies = true;
	master_lead(s, &m, 8, &(struct master_word){.error_ns = NS_PER_MS});
	master_hand_over(s, &m);
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	s->puppet[HOSTILE].answers_polls = false;
	unsigned corrected = s->puppet[HOSTILE].n_heard[WIRE_CORRECT];
	struct line line = stage_status(s).line;
	raw_t at = stage_pair(s).raw;
	wall_t before = line_at(&line, at);

	for (unsigned draw = 0; draw < 800; draw++) {
		reply_with_ends(s, draw);
		stage_wait(s, NS_PER_S / 4);
	}
	assert_true(s->puppet[HOSTILE].n_heard[WIRE_CORRECT] > corrected + 100);
	line = stage_status(s).line;
	wall_t after = line_at(&line, stage_pair(s).raw);

	assert_true(ns_abs(wall_sub(after, before) - raw_sub(stage_pair(s).raw, at)) <
		    200 * 100 * NS_PER_US);
}

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
	master_lead(s, &m, 2, &(struct master_word){.error_ns = NS_PER_MS});
	assert_true(n_table_saved <= N_SLOTS + 1);
	master_lead(s, &m, 68, &(struct master_word){.error_ns = NS_PER_MS});
	assert_int_equal(n_table_saved, 2); /* it named nobody but itself */
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(who_pulls_from_one_place_again_and_again_waits),
		T(who_holds_less_than_before_is_sent_what_it_can_acknowledge),
		T(who_knows_nothing_of_us_spoils_no_line),
		T(a_table_that_a_master_made_up_hides_nobody),
		T(a_table_that_a_master_made_up_makes_no_island),
		T(a_table_that_a_master_made_up_leaves_no_majority_without_a_master),
		T(who_leads_expects_no_made_up_hosts_for_good),
		T(who_has_led_counts_no_made_up_hosts),
		T(what_was_polled_in_an_earlier_reign_is_no_word_of_now),
		T(a_newcomer_counts_who_is_not_named_yet_for_one_turn),
		T(a_word_makes_no_guests_of_who_was_counted),
		T(a_word_of_others_modes_bars_none_of_them_from_leading),
		T(who_was_not_counted_before_may_be_a_guest),
		T(guests_of_nobody_are_none),
		T(a_side_counts_no_more_hosts_than_we_know),
		T(a_promise_of_a_poll_each_millisecond_is_kept_no_further_than_ours),
		T(a_promise_of_rare_polls_makes_no_long_lease),
		T(who_said_goodbye_holds_no_line),
		T(who_is_silent_holds_no_line_in_an_island),
		T(a_master_without_any_line_waits_for_nothing),
		T(a_line_of_a_term_far_above_ours_is_not_taken),
		T(a_made_up_line_of_ours_does_not_silence_us),
		T(a_voter_with_a_log_of_a_term_far_above_ours_is_not_asked),
		T(hosts_that_change_places_keep_no_contact_of_another),
		T(a_master_that_made_up_the_size_of_the_table_spoils_no_disk),
		T(no_time_at_the_ends_of_its_range_does_harm),
		T(who_may_no_longer_lead_does_not_stand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
