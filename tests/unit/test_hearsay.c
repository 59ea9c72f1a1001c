/* test_hearsay.c - what one host says of another, and what anybody may have kept and sent again,
 * makes a node ask, and nothing else.  ARCHITECTURE.md, "Trust". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "berk/term.h"
#include "core/node/contacts.h"
#include "core/node/lease.h"
#include "core/node/table.h"
#include "core/wire/discover.h"
#include "tests/world/master.h"
#include "tests/world/node.h"

#define LIAR	0U /* a member who says things of others */
#define VICTIM	1U
#define THIRD	2U
#define N_TABLE 16U
#define MADE_UP 1000 /* the first id that nobody has */

struct gossip {
	struct stage stage; /* first: the stage's callback gets this */
	uint64_t n_bytes;   /* that the node sent */
	unsigned n_packets, n_hello, n_left, n_clones, n_discover, n_limits;
	size_t len_discover;
	uint8_t discover[WIRE_PACKET_MAX];
};

static void note_effect(struct stage *s, const struct effect *e)
{
	struct gossip *g = (struct gossip *)s;

	if (e->type == FX_SEND) {
		g->n_packets++;
		g->n_bytes += e->send.len;
		g->n_hello += e->send.data[3] == WIRE_HELLO;
	} else if (e->type == FX_DISCOVER) {
		g->len_discover = e->send.len;
		memcpy(g->discover, e->send.data, e->send.len);
	} else if (e->type == FX_NOTICE) {
		g->n_left += e->notice.kind == NOTICE_MEMBER_LEFT &&
			     e->notice.member_left.how != DEPARTURE_SILENT;
		g->n_clones += e->notice.kind == NOTICE_CLONE;
		g->n_limits += e->notice.kind == NOTICE_LIMIT_TRIPPED &&
			       e->notice.limit_tripped.limit == LIMIT_RUMOURS;
	}
}

static struct gossip *opened(void **state, const struct node_saved *saved)
{
	static struct gossip g;
	struct node_config c = node_config_default();

	g = (struct gossip){.stage = {.effect = note_effect, .saved = saved}};
	*state = &g;
	c.discovery = true;
	stage_open(&g.stage, &c, STAGE_PUPPETS_MAX, N_TABLE);
	return &g;
}

static int setup(void **state)
{
	(void)opened(state, NULL);
	return 0;
}

static int teardown(void **state)
{
	struct gossip *g = *state;

	stage_close(&g->stage);
	return 0;
}

static mono_t now_of(const struct gossip *g)
{
	return host_clock_boot(&g->stage.clock, g->stage.now);
}

static struct addr addr_of(const struct gossip *g, unsigned k)
{
	return g->stage.puppet[k].addr;
}

/* Nobody is there. */
static struct addr nowhere(unsigned i)
{
	return (struct addr){.ip = {[1] = 7, [13] = (uint8_t)(i >> 8), [14] = (uint8_t)i},
			     .port = 1};
}

/* The first @n puppets are members of the node, which leads. */
static void lead(struct gossip *g, unsigned n)
{
	for (unsigned k = 0; k < n; k++) {
		stage_meet(&g->stage, k);
		g->stage.puppet[k].grants = g->stage.puppet[k].answers_polls = true;
		g->stage.puppet[k].applies = true;
	}
	stage_wait(&g->stage, 30 * NS_PER_S);
	assert_int_equal(stage_status(&g->stage).role, ROLE_MASTER);
	assert_int_equal(stage_status(&g->stage).n_table, n + 1);
}

/* Puppet @k says that @id, called @name, is at @addr, in that state. */
static void mention(struct gossip *g, unsigned k, uint64_t term, node_id id,
		    const struct addr *addr, const char *name, enum member_state state)
{
	struct wire_msg m = {.type = WIRE_ROSTER, .term = term, .roster = {.total = 1, .n = 1}};
	struct wire_roster_entry *e = &m.roster.entry[0];

	e->id = id;
	e->addr = *addr;
	e->state = (uint8_t)state;
	e->priority = 100;
	e->closure_ns = CLOSURE_UNKNOWN;
	(void)snprintf(e->name, sizeof(e->name), "%s", name);
	stage_say(&g->stage, k, &m);
}

static void rumour(struct gossip *g, node_id id, const struct addr *addr, const char *name)
{
	mention(g, LIAR, 0, id, addr, name, MEMBER_SETTLED);
}

/* How many of those ids the node has in its table. */
static unsigned count_made_up(const struct gossip *g, unsigned n)
{
	unsigned count = 0;

	for (unsigned i = 0; i < n; i++) {
		count += peer_find(g->stage.node, MADE_UP + i) != NULL;
	}
	return count;
}

/* --- One who is there --- */

static void a_rumour_takes_no_address_from_who_is_there(void **state)
{
	struct gossip *g = *state;
	struct addr at = addr_of(g, VICTIM);
	struct knock_view v;

	stage_meet(&g->stage, LIAR);
	assert_true(stage_try_call(&g->stage, VICTIM)); /* it is configured */
	unsigned majority_of = electorate(g->stage.node);

	g->n_hello = 0;
	for (unsigned i = 0; i < 20; i++) {
		rumour(g, MADE_UP + i, &at, "ghost");
		assert_true(node_contact(g->stage.node, &at, now_of(g), &v));
		assert_int_equal(v.state, KNOCK_MET);
		assert_true(v.id == g->stage.puppet[VICTIM].trust.id);
	}
	assert_int_equal(electorate(g->stage.node), majority_of);
	assert_in_range(g->n_hello, 0, 1);
}

/* Nor does it stand for a configured host that nobody has met. */
static void a_rumour_is_nobody_who_was_met(void **state)
{
	struct gossip *g = *state;
	struct addr at = addr_of(g, VICTIM);
	struct knock_view v;

	assert_true(node_add_contact(g->stage.node, &at, 0));
	stage_meet(&g->stage, LIAR);
	unsigned majority_of = electorate(g->stage.node);

	rumour(g, MADE_UP, &at, "ghost");
	assert_true(node_contact(g->stage.node, &at, now_of(g), &v));
	assert_int_equal(v.id, 0);
	assert_int_equal(v.state, KNOCK_NEVER_MET);
	assert_int_equal(electorate(g->stage.node), majority_of);
}

static void nobody_has_left_because_of_a_rumour_in_its_place(void **state)
{
	struct gossip *g = *state;
	struct addr at = addr_of(g, VICTIM);

	lead(g, 4);
	g->stage.puppet[VICTIM].answers_polls = false;
	for (unsigned i = 0; i < 60; i++) {
		stage_wait(&g->stage, NS_PER_S);
		rumour(g, MADE_UP, &at, "b"); /* as the victim is called */
	}
	assert_int_equal(g->n_left, 0);
	assert_int_equal(stage_status(&g->stage).n_table, 5);
	assert_false(peer_find(g->stage.node, g->stage.puppet[VICTIM].trust.id)->left);
}

static void what_a_member_says_of_another_changes_nothing(void **state)
{
	struct gossip *g = *state;
	const node_id id = g->stage.puppet[VICTIM].trust.id;
	struct addr at = addr_of(g, VICTIM), away = nowhere(1);

	lead(g, 3);
	uint64_t term = stage_status(&g->stage).term;
	const enum member_state say[] = {MEMBER_LEFT, MEMBER_FORGOTTEN, MEMBER_UNSEEN,
					 MEMBER_SILENT};

	for (unsigned i = 0; i < sizeof(say) / sizeof(say[0]); i++) {
		mention(g, LIAR, term, id, &away, "other", say[i]);
		mention(g, LIAR, term, stage_status(&g->stage).id, &away, "other", say[i]);
	}
	const struct peer *p = peer_find(g->stage.node, id);

	assert_true(p->in_table && !p->left && !p->forgotten && !p->recalled);
	assert_true(addr_equal(&p->addr, &at));
	assert_string_equal(p->name, "b");
	assert_int_equal(stage_status(&g->stage).role, ROLE_MASTER);
	assert_int_equal(stage_status(&g->stage).n_table, 4);
}

/* A goodbye is of its sender alone, and said again and again it counts out nobody else. */
static void goodbyes_of_one_count_out_no_other(void **state)
{
	struct gossip *g = *state;
	struct stage *s = &g->stage;
	struct master m;

	stage_meet_all(s);
	m = master_begin(s, LIAR);
	m.n_table = m.n_alive = 12; /* so many it knows, whom we do not */
	master_lead(s, &m, 5, &(struct master_word){.error_ns = NS_PER_MS});
	stage_say(s, LIAR,
		  &(struct wire_msg){.type = WIRE_ROSTER,
				     .term = m.term,
				     .roster = {.n = 1,
						.first = 1,
						.total = 12,
						.entry[0] = {.id = s->puppet[VICTIM].trust.id,
							     .name = "victim",
							     .state = MEMBER_SETTLED}}});
	master_hand_over(s, &m);
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_int_equal(stage_status(s).n_table, 12);
	stage_say(s, VICTIM, &(struct wire_msg){.type = WIRE_BYE});
	stage_wait(s, 3 * NS_PER_S);
	assert_int_equal(stage_status(s).n_table, 11);
	stage_meet(s, VICTIM);
	stage_wait(s, 3 * NS_PER_S);
	for (unsigned i = 0; i < 6; i++) {
		stage_say(s, VICTIM, &(struct wire_msg){.type = WIRE_BYE});
		stage_wait(s, NS_PER_S);
		stage_meet(s, VICTIM);
		stage_wait(s, 3 * NS_PER_S);
	}
	assert_int_equal(stage_status(s).n_table, 12);
}

/* Nor does one of a host that the master before never counted: identities cost nothing. */
static void goodbyes_of_newcomers_count_out_nobody(void **state)
{
	struct gossip *g = *state;
	struct stage *s = &g->stage;
	struct master m;

	for (unsigned k = LIAR; k <= THIRD; k++) {
		stage_meet(s, k);
		s->puppet[k].grants = s->puppet[k].answers_polls = s->puppet[k].applies = true;
	}
	m = master_begin(s, LIAR);
	m.n_table = m.n_alive = 12;
	master_lead(s, &m, 5, &(struct master_word){.error_ns = NS_PER_MS});
	master_hand_over(s, &m);
	stage_wait(s, 10 * NS_PER_S);
	assert_int_equal(stage_status(s).role, ROLE_MASTER);
	assert_int_equal(stage_status(s).n_table, 12);
	for (unsigned k = THIRD + 1; k < STAGE_PUPPETS_MAX; k++) {
		stage_meet(s, k);
		s->puppet[k].grants = s->puppet[k].answers_polls = s->puppet[k].applies = true;
		stage_wait(s, 3 * NS_PER_S);
		stage_say(s, k, &(struct wire_msg){.type = WIRE_BYE});
		s->puppet[k].answers_polls = false;
		stage_wait(s, 2 * NS_PER_S);
	}
	assert_int_equal(stage_status(s).n_table, 12);
	/* An operator knows that one of the twelve is gone. */
	struct node_event forget = {.type = EV_ORDER,
				    .order = {.order = ORDER_FORGET,
					      .peer = s->puppet[THIRD + 1].trust.id}};

	stage_meet(s, THIRD + 1);
	s->puppet[THIRD + 1].answers_polls = true;
	stage_wait(s, 3 * NS_PER_S);
	s->puppet[THIRD + 1].answers_polls = false;
	stage_wait(s, 20 * NS_PER_S);
	stage_event(s, &forget);
	assert_int_equal(stage_status(s).n_table, 11);
}

/* --- The table --- */

static void ids_merely_heard_of_leave_room_in_the_table(void **state)
{
	struct gossip *g = *state;

	stage_meet(&g->stage, LIAR);
	for (unsigned i = 0; i < 200; i++) {
		struct addr at = nowhere(i);

		rumour(g, MADE_UP + i, &at, "ghost");
		stage_wait(&g->stage, NS_PER_S / 100);
	}
	assert_int_equal(count_made_up(g, 200), N_TABLE / 8 + 1);
	assert_int_equal(g->n_limits, 1);
	for (unsigned k = 1; k < STAGE_PUPPETS_MAX; k++) {
		assert_true(stage_try_meet(&g->stage, k));
	}
}

/* Though they were mentioned just now, and the others heard long ago. */
static void ids_merely_heard_of_go_first(void **state)
{
	struct gossip *g = *state;
	const struct node_config c = node_config_default();
	struct addr at = nowhere(1);

	stage_close(&g->stage);
	stage_open(&g->stage, &c, STAGE_PUPPETS_MAX, 4); /* a table of four */
	for (unsigned k = 0; k < 3; k++) {
		stage_meet(&g->stage, k);
	}
	stage_wait(&g->stage, 10 * NS_PER_S);
	rumour(g, MADE_UP, &at, "ghost");
	assert_int_equal(count_made_up(g, 1), 1);
	assert_true(stage_try_meet(&g->stage, 3));
	assert_int_equal(count_made_up(g, 1), 0);
	for (unsigned k = 0; k < 4; k++) {
		assert_non_null(peer_find(g->stage.node, g->stage.puppet[k].trust.id));
	}
}

/* A master of bad will may list as many as it likes: who proves himself gets in. */
static void ids_that_a_master_made_up_keep_nobody_out(void **state)
{
	struct gossip *g = *state;
	struct master m;

	for (unsigned k = 0; k < 3; k++) {
		stage_meet(&g->stage, k);
	}
	m = master_begin(&g->stage, LIAR);
	assert_non_null(master_poll(&g->stage, &m));
	for (unsigned i = 0; i < 200; i++) {
		struct addr at = nowhere(i);

		mention(g, LIAR, m.term, MADE_UP + i, &at, "ghost", MEMBER_SETTLED);
	}
	assert_int_equal(count_made_up(g, 200), N_TABLE - 3);
	for (unsigned k = 3; k < STAGE_PUPPETS_MAX; k++) {
		assert_true(stage_try_meet(&g->stage, k));
	}
	for (unsigned k = 0; k < STAGE_PUPPETS_MAX; k++) {
		assert_non_null(peer_find(g->stage.node, g->stage.puppet[k].trust.id));
	}
}

/* --- On disk --- */

static void who_is_merely_heard_of_is_not_saved(void **state)
{
	struct gossip *g = *state;
	struct addr at = nowhere(1);
	struct node_event stop = {.type = EV_STOP};
	struct node_row row;
	size_t n = 0;

	lead(g, 3);
	rumour(g, MADE_UP, &at, "ghost");
	mention(g, LIAR, 0, MADE_UP + 1, &at, "ghost", MEMBER_UNSEEN);
	assert_int_equal(count_made_up(g, 2), 2);
	stage_wait(&g->stage, 10 * NS_PER_S);
	stage_event(&g->stage, &stop);
	for (; node_row(g->stage.node, n, &row); n++) {
		assert_in_range(row.id < MADE_UP || row.id > MADE_UP + 1, 1, 1);
	}
	assert_int_equal(n, 3);
}

/* The place of one who is missed is filled by who has shown its key there, and not because our
 * master says that somebody is there. */
static void nobody_is_replaced_before_the_other_has_proved_itself(void **state)
{
	static struct node_row row[1] = {{.id = MADE_UP, .name = "b"}};
	static const struct node_saved saved = {.n_table = 6, .row = row, .n_row = 1};
	struct gossip *g = *state;
	struct master m;

	row[0].addr = addr_of(g, VICTIM);
	stage_close(&g->stage);
	g = opened(state, &saved);
	const struct peer *p = peer_find(g->stage.node, MADE_UP);
	const struct addr at = addr_of(g, VICTIM);

	stage_meet(&g->stage, LIAR);
	m = master_begin(&g->stage, LIAR);
	assert_non_null(master_poll(&g->stage, &m));
	stage_wait(&g->stage, 2 * NS_PER_S);
	mention(g, LIAR, m.term, MADE_UP + 1, &at, "b", MEMBER_SETTLED);
	assert_true(p->in_table && p->recalled && !p->forgotten);
	mention(g, LIAR, m.term, g->stage.puppet[VICTIM].trust.id, &at, "b", MEMBER_SETTLED);
	assert_true(p->in_table && p->recalled && !p->forgotten);
	assert_true(stage_try_call(&g->stage, VICTIM));
	mention(g, LIAR, m.term, g->stage.puppet[VICTIM].trust.id, &at, "b", MEMBER_SETTLED);
	assert_true(p->forgotten && !p->in_table);
}

/* --- Contacts and calls --- */

static void rumours_leave_room_for_addresses(void **state)
{
	struct gossip *g = *state;
	unsigned n_rumours = 0;

	stage_meet(&g->stage, LIAR);
	for (unsigned i = 0; i < 200; i++) {
		struct addr at = nowhere(i);

		rumour(g, MADE_UP + i, &at, "ghost");
		stage_wait(&g->stage, NS_PER_S / 100);
	}
	for (size_t i = 0; i < N_TABLE; i++) {
		n_rumours += g->stage.node->store.contacts[i].used;
	}
	assert_in_range(n_rumours, 1, N_TABLE / 4 + 1);
	for (unsigned i = 0; i < N_TABLE; i++) { /* a configuration read again */
		struct addr at = nowhere(1000 + i);

		assert_true(node_add_contact(g->stage.node, &at, (int)i));
	}
}

/* Nobody answers there, and they are called a few times and no more. */
static void a_member_s_rumours_cause_few_calls(void **state)
{
	struct gossip *g = *state;

	stage_meet(&g->stage, LIAR);
	g->n_hello = 0;
	for (unsigned i = 0; i < 1000; i++) {
		struct addr at = nowhere(i % 100);

		rumour(g, MADE_UP, &at, "ghost"); /* always the same one */
		stage_wait(&g->stage, NS_PER_S / 100);
	}
	assert_in_range(g->n_hello, 5, 40); /* in ten seconds */
	g->n_hello = 0;
	stage_wait(&g->stage, 60 * NS_PER_S);
	assert_in_range(g->n_hello, 0, 3 * (N_TABLE / 4 + 1));
}

/* A new master polls whom it knows; it does not go on calling whom somebody has made up. */
static void who_is_merely_heard_of_is_not_polled(void **state)
{
	struct gossip *g = *state;
	struct addr at = nowhere(1);

	stage_meet(&g->stage, LIAR);
	rumour(g, MADE_UP, &at, "ghost");
	stage_wait(&g->stage, 2 * NS_PER_S);
	lead(g, 3);
	assert_int_equal(count_made_up(g, 1), 1);
	g->n_hello = 0;
	stage_wait(&g->stage, 60 * NS_PER_S);
	assert_in_range(g->n_hello, 0, 3);
}

/* --- What anybody may have kept --- */

/* These bytes come from @from, and to @to; returns how many the node sends for them, in the next
 * two minutes, if nobody answers. */
static uint64_t answered(struct gossip *g, const uint8_t *packet, size_t len,
			 const struct addr *from, const struct addr *to)
{
	struct node_event ev = {.type = EV_RX};

	ev.rx.data = packet;
	ev.rx.len = len;
	ev.rx.from = *from;
	ev.rx.to = *to;
	ev.rx.at = stage_pair(&g->stage).raw;
	ev.rx.quality = STAMP_KERNEL;
	g->n_bytes = g->n_packets = g->n_hello = 0;
	stage_event(&g->stage, &ev);
	return g->n_bytes;
}

static size_t discover_of(struct gossip *g, unsigned k, uint8_t ret[static WIRE_PACKET_MAX])
{
	const uint8_t rnd[NONCE_LEN] = {(uint8_t)k, 9};

	return discover_encode(&g->stage.puppet[k].trust, rnd, ret, WIRE_PACKET_MAX);
}

static void a_discover_from_many_addresses_is_answered_once_a_second(void **state)
{
	static const struct addr to;
	struct gossip *g = *state;
	uint8_t packet[WIRE_PACKET_MAX];
	size_t len = discover_of(g, VICTIM, packet), n_used = 0;
	unsigned n_hello = 0;
	uint64_t in = 0, out = 0;

	for (unsigned i = 0; i < 10000; i++) { /* in ten seconds */
		struct addr from = nowhere(i);

		out += answered(g, packet, len, &from, &to);
		in += len;
		n_hello += g->n_hello;
		g->n_bytes = g->n_hello = 0;
		stage_wait(&g->stage, NS_PER_MS);
		out += g->n_bytes;
		n_hello += g->n_hello;
	}
	for (size_t i = 0; i < N_TABLE; i++) {
		n_used += g->stage.node->store.contacts[i].used;
	}
	print_message(
		"one DISCOVER from 10000 addresses in 10 s: %u HELLOs, %.4f bytes out per byte "
		"in\n",
		n_hello, (double)out / (double)in);
	assert_in_range(n_hello, 5, 11);
	assert_in_range(n_used, 0, 2);
	g->n_hello = 0;
	stage_wait(&g->stage, 60 * NS_PER_S);
	assert_int_equal(g->n_hello, 0); /* it is not repeated */
	assert_true(stage_try_meet(&g->stage, THIRD));
}

/* A DISCOVER of a host that is new is answered meanwhile. */
static void a_discover_of_another_is_answered_meanwhile(void **state)
{
	static const struct addr to;
	struct gossip *g = *state;
	uint8_t old[WIRE_PACKET_MAX], new[WIRE_PACKET_MAX];
	size_t len_old = discover_of(g, VICTIM, old), len_new = discover_of(g, THIRD, new);
	struct addr from = addr_of(g, THIRD);

	for (unsigned i = 0; i < 1000; i++) {
		struct addr spoofed = nowhere(i);

		(void)answered(g, old, len_old, &spoofed, &to);
	}
	assert_int_equal(answered(g, new, len_new, &from, &to), WIRE_HELLO_LEN);
}

/* So many a second, however many ids somebody has kept calls of. */
static void strangers_cause_200_calls_a_second_at_most(void **state)
{
	static const struct addr to;
	struct gossip *g = *state;
	unsigned n_hello = 0;

	for (unsigned i = 0; i < 4000; i++) { /* in four seconds */
		uint8_t packet[WIRE_PACKET_MAX];
		struct addr from = nowhere(i);
		uint8_t secret[KEY_LEN] = {1, (uint8_t)i, (uint8_t)(i >> 8)};

		memcpy(g->stage.puppet[VICTIM].trust.pub, secret, KEY_LEN);
		size_t len = discover_of(g, VICTIM, packet);

		(void)answered(g, packet, len, &from, &to);
		n_hello += g->n_hello;
		for (size_t c = 0; c < N_TABLE; c++) { /* as if the table were large */
			g->stage.node->store.contacts[c].used = false;
		}
		stage_wait(&g->stage, NS_PER_MS);
	}
	assert_in_range(n_hello, 900, 1000);
}

struct request {
	const char *what;
	uint8_t packet[WIRE_PACKET_MAX];
	size_t len;
	struct addr from;
};

/* What it causes at once, and in the next two minutes when nobody answers. */
static void assert_not_amplified(struct gossip *g, const struct request *r)
{
	static const struct addr to;
	uint64_t out = answered(g, r->packet, r->len, &r->from, &to);

	g->stage.node->config.discovery = false; /* that it looks for others is no answer */
	g->n_bytes = 0;
	stage_wait(&g->stage, 120 * NS_PER_S);
	out += g->n_bytes;
	g->stage.node->config.discovery = true;
	print_message("%-40s %4zu bytes in, %4llu out: %.2f\n", r->what, r->len,
		      (unsigned long long)out, (double)out / (double)r->len);
	assert_true(out <= r->len);
}

static void no_request_is_shorter_than_what_it_causes(void **state)
{
	struct gossip *g = *state;
	struct stage *s = &g->stage;
	struct request r = {.from = nowhere(1)};
	uint8_t hello[WIRE_PACKET_MAX];
	size_t len_hello = stage_hello(s, THIRD, hello);

	s->node->config.priority = 0; /* it says nothing of its own */
	s->node->joining.next_discover = MONO_NEVER;
	r.what = "DISCOVER";
	r.len = discover_of(g, VICTIM, r.packet);
	assert_not_amplified(g, &r);
	r.what = "HELLO";
	memcpy(r.packet, hello, len_hello);
	r.len = len_hello;
	assert_not_amplified(g, &r);
	stage_give_secret(s, THIRD, s->config.secret);
	r.what = "HELLO with the node's own key";
	r.len = stage_hello(s, THIRD, r.packet);
	r.from = nowhere(2);
	assert_not_amplified(g, &r);
	r.what = "DISCOVER with the node's own key";
	r.len = discover_of(g, THIRD, r.packet);
	r.from = nowhere(3);
	assert_not_amplified(g, &r);
	r.what = "HELLO of another group";
	s->puppet[4].trust.group_key[5] ^= 1;
	r.len = stage_hello(s, 4, r.packet);
	r.from = nowhere(4);
	assert_not_amplified(g, &r);
	r.what = "DISCOVER of another group";
	r.len = discover_of(g, 4, r.packet);
	assert_not_amplified(g, &r);
	r.what = "header of another version";
	r.packet[2]++;
	r.len = WIRE_HEADER_LEN;
	assert_not_amplified(g, &r);
	r.packet[2]--;
	for (unsigned type = WIRE_HELLO; type <= WIRE_DATA; type++) {
		char what[40];

		(void)snprintf(what, sizeof(what), "header alone, type %u", type);
		r.what = what;
		r.packet[3] = (uint8_t)type;
		assert_not_amplified(g, &r);
	}
}

/* RESPONSE and DATA of a session, sent again later and from elsewhere. */
static void a_session_sent_again_is_not_amplified(void **state)
{
	struct gossip *g = *state;
	struct stage *s = &g->stage;
	struct puppet *p = &s->puppet[VICTIM];
	struct request response = {.what = "RESPONSE", .from = addr_of(g, VICTIM)},
		       data = {.what = "DATA", .from = addr_of(g, VICTIM)};
	static const uint8_t rnd[SESSION_RAND_LEN] = {1};
	uint8_t in[WIRE_PACKET_MAX];
	const struct wire_msg ping = {.type = WIRE_PING};

	s->node->config.priority = 0;
	stage_send(s, VICTIM, in, stage_hello(s, VICTIM, in));
	size_t len = stage_find_packet(s, VICTIM, WIRE_CHALLENGE, in);

	assert_int_equal(session_on_challenge(&p->session, &p->trust, in, len, rnd,
					      (mono_t){s->now}, response.packet, WIRE_PACKET_MAX,
					      &response.len),
			 SESSION_OK);
	stage_send(s, VICTIM, response.packet, response.len);
	len = stage_find_packet(s, VICTIM, WIRE_ACCEPT, in);
	assert_int_equal(session_on_accept(&p->session, &p->trust, in, len, (mono_t){s->now}),
			 SESSION_OK);
	assert_not_amplified(g, &response); /* the keys are not proved yet */
	data.len = stage_seal(s, VICTIM, &ping, data.packet);
	stage_send(s, VICTIM, data.packet, data.len);
	assert_not_amplified(g, &response);
	response.from = nowhere(1);
	assert_not_amplified(g, &response);
	assert_not_amplified(g, &data);
	data.from = nowhere(1);
	assert_not_amplified(g, &data);
}

/* A short packet from where a configured peer is brings no call forward. */
static void junk_from_a_configured_address_causes_no_call(void **state)
{
	static const struct addr to;
	struct gossip *g = *state;
	struct addr at = nowhere(5);
	uint8_t packet[WIRE_PACKET_MAX];
	struct node_event link = {.type = EV_LINK};

	assert_true(node_add_contact(g->stage.node, &at, 0));
	stage_event(&g->stage, &link);
	stage_wait(&g->stage, 100 * NS_PER_S);
	(void)stage_hello(&g->stage, THIRD, packet);
	packet[2]++;
	assert_int_equal(answered(g, packet, WIRE_HEADER_LEN, &at, &to), 0);
	stage_wait(&g->stage, 31 * NS_PER_S);
	assert_int_equal(answered(g, packet, WIRE_HELLO_LEN, &at, &to), WIRE_HELLO_LEN);
}

/* --- Our own identity --- */

/* The HELLO that the node sends to puppet VICTIM, which is configured. */
static size_t hello_to_victim(struct gossip *g, uint8_t ret[static WIRE_PACKET_MAX])
{
	struct addr at = addr_of(g, VICTIM);
	struct node_event link = {.type = EV_LINK};

	assert_true(node_add_contact(g->stage.node, &at, 0));
	stage_event(&g->stage, &link);
	size_t len = stage_find_packet(&g->stage, VICTIM, WIRE_HELLO, ret);

	assert_true(len > 0);
	return len;
}

/* Who answers our call gets no more than he sends. */
static void no_answer_to_a_call_is_shorter_than_what_it_causes(void **state)
{
	static const struct addr to;
	const uint8_t rnd[SESSION_RAND_LEN] = {8};
	struct gossip *g = *state;
	struct stage *s = &g->stage;
	const struct puppet *p = &s->puppet[VICTIM];
	struct session session;
	struct noise noise;
	uint8_t in[WIRE_PACKET_MAX], out[WIRE_PACKET_MAX];
	size_t len;

	session_init(&session, 7);
	(void)hello_to_victim(g, in);
	len = session_challenge(&p->trust, &p->addr, in, out, sizeof(out));
	uint64_t n = answered(g, out, len, &p->addr, &to);

	print_message("CHALLENGE: %zu bytes in, %llu out\n", len, (unsigned long long)n);
	assert_int_equal(n, WIRE_RESPONSE_LEN);
	assert_true(n <= len);
	assert_true(stage_find_packet(s, VICTIM, WIRE_RESPONSE, in) > 0);
	assert_int_equal(session_prove_response(&p->trust, in, &noise), SESSION_OK);
	assert_int_equal(session_accept(&session, &p->trust, &noise, in, rnd, (mono_t){s->now}, out,
					sizeof(out), &len),
			 SESSION_OK);
	n = answered(g, out, len, &p->addr, &to);
	print_message("ACCEPT: %zu bytes in, %llu out\n", len, (unsigned long long)n);
	assert_in_range(n, WIRE_DATA_LEN_MIN, len);
}

/* Somebody turns each call round, and hands back what we would answer to ourselves. */
static void our_own_echo_holds_no_contact(void **state)
{
	static const struct addr own = {.ip = {[15] = 100}, .port = 1};
	struct gossip *g = *state;
	struct addr at = addr_of(g, VICTIM);
	uint8_t packet[WIRE_PACKET_MAX];
	size_t len = hello_to_victim(g, packet);
	unsigned majority_of = electorate(g->stage.node), n_hello = 0;

	for (unsigned i = 0; i < 900; i++) { /* 90 s */
		if (len > 0) {
			(void)answered(g, packet, len, &at, &own);
			len = stage_find_packet(&g->stage, VICTIM, WIRE_CHALLENGE, packet);
		}
		if (len > 0) {
			(void)answered(g, packet, len, &at, &own);
		}
		stage_wait(&g->stage, NS_PER_S / 10);
		len = stage_find_packet(&g->stage, VICTIM, WIRE_HELLO, packet);
		n_hello += len > 0;
		assert_int_equal(electorate(g->stage.node), majority_of);
	}
	print_message("each HELLO turned round for 90 s: %u HELLOs more\n", n_hello);
	assert_in_range(n_hello, 4, 10);
	assert_int_equal(g->n_clones, 0);
	assert_true(stage_try_call(&g->stage, VICTIM)); /* who is there is met all the same */
}

static void an_address_of_our_own_is_not_called_again(void **state)
{
	struct gossip *g = *state;
	struct addr at = addr_of(g, VICTIM);
	uint8_t packet[WIRE_PACKET_MAX];
	size_t len = hello_to_victim(g, packet);
	struct knock_view v;

	assert_int_equal(answered(g, packet, len, &at, &at), 0);
	assert_true(node_contact(g->stage.node, &at, now_of(g), &v));
	assert_int_equal(v.state, KNOCK_SELF);
	g->n_hello = 0;
	stage_wait(&g->stage, 90 * NS_PER_S);
	assert_int_equal(g->n_hello, 0);
	assert_int_equal(g->n_clones, 0);
	struct node_event link = {.type = EV_LINK}; /* addresses may move to other hosts */

	stage_event(&g->stage, &link);
	assert_int_equal(g->n_hello, 1);
}

/* A clone is one when it answers; what somebody kept, or says, is not enough. */
static void nobody_makes_us_a_clone_by_what_he_kept(void **state)
{
	static const struct addr to;
	struct gossip *g = *state;
	uint8_t hello[WIRE_PACKET_MAX], packet[WIRE_PACKET_MAX];
	size_t len;

	stage_meet(&g->stage, LIAR);
	stage_give_secret(&g->stage, THIRD, g->stage.config.secret);
	len = stage_hello(&g->stage, THIRD, hello);
	for (unsigned i = 0; i < 30; i++) {
		struct addr from = nowhere(i);

		(void)answered(g, hello, len, &from, &to);
		size_t n = discover_of(g, THIRD, packet);

		(void)answered(g, packet, n, &from, &to);
		struct wire_msg m = {.type = WIRE_ROSTER, .roster = {.total = 1, .n = 1}};
		struct wire_roster_entry *e = &m.roster.entry[0];

		e->id = stage_status(&g->stage).id;
		e->addr = from;
		e->name[0] = 'x';
		e->reason = REASON_CLONE;
		stage_say(&g->stage, LIAR, &m);
		stage_wait(&g->stage, NS_PER_S);
	}
	assert_int_equal(g->n_clones, 0);
	assert_int_equal(stage_status(&g->stage).clone.port, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_rumour_takes_no_address_from_who_is_there),
		T(a_rumour_is_nobody_who_was_met),
		T(nobody_has_left_because_of_a_rumour_in_its_place),
		T(what_a_member_says_of_another_changes_nothing),
		T(goodbyes_of_one_count_out_no_other),
		T(goodbyes_of_newcomers_count_out_nobody),
		T(ids_merely_heard_of_leave_room_in_the_table),
		T(ids_merely_heard_of_go_first),
		T(ids_that_a_master_made_up_keep_nobody_out),
		T(who_is_merely_heard_of_is_not_saved),
		T(nobody_is_replaced_before_the_other_has_proved_itself),
		T(rumours_leave_room_for_addresses),
		T(a_member_s_rumours_cause_few_calls),
		T(who_is_merely_heard_of_is_not_polled),
		T(a_discover_from_many_addresses_is_answered_once_a_second),
		T(a_discover_of_another_is_answered_meanwhile),
		T(strangers_cause_200_calls_a_second_at_most),
		T(no_request_is_shorter_than_what_it_causes),
		T(a_session_sent_again_is_not_amplified),
		T(no_answer_to_a_call_is_shorter_than_what_it_causes),
		T(junk_from_a_configured_address_causes_no_call),
		T(our_own_echo_holds_no_contact),
		T(an_address_of_our_own_is_not_called_again),
		T(nobody_makes_us_a_clone_by_what_he_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
