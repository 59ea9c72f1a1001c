/* test_revoke.c - an operator says on one host whose key is taken no more: whose word counts where,
 * how soon, and for how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "core/node/table.h"
#include "tests/world/node.h"
#include "tests/world/quiet.h"
#include "tests/world/stage.h"

/* --- A whole group --- */

#define BAD 3 /* that is revoked */

static uint8_t keys[QUIET_HOSTS_MAX][KEY_LEN];

/* Give all hosts the keys of the first @n as the list of masters or of members. */
static void list_first(struct world *w, unsigned n, bool masters)
{
	for (unsigned i = 0; i < w->n; i++) {
		struct node_config *c = &w->host[i].config;

		crypto_scalarmult_base(keys[i], c->secret);
		*(masters ? &c->master_keys : &c->member_keys) = (const uint8_t(*)[KEY_LEN])keys;
		*(masters ? &c->n_master_keys : &c->n_member_keys) = n;
	}
}

static node_id id_of(const struct world *w, unsigned i)
{
	crypto_scalarmult_base(keys[i], w->host[i].config.secret);
	return id_from_key(keys[i]);
}

static bool refuses(const struct world *w, unsigned i, unsigned whom)
{
	const struct node *n = w->host[i].node;
	const struct peer *p = peer_find(n, id_of(w, whom));

	return trust_is_revoked(&n->trust, id_of(w, whom)) &&
	       (!p || (!p->in_table && !session_can_send(&p->session)));
}

/* A bit for each host that refuses host @whom. */
static unsigned who_refuses(const struct world *w, unsigned whom)
{
	unsigned mask = 0;

	for (unsigned i = 0; i < w->n; i++) {
		mask |= (unsigned)(i != whom && refuses(w, i, whom)) << i;
	}
	return mask;
}

static struct revocation_view view_of(const struct world *w, unsigned at)
{
	struct revocation_view v;

	assert_true(node_revocation(w->host[at].node, 0, &v));
	assert_int_equal(v.host.word.id, id_of(w, BAD));
	return v;
}

static void the_word_of_a_master_holds_everywhere_within_a_second(void **state)
{
	struct world *w = *state;

	list_first(w, 2, true);
	quiet_begin_under_0(w, 30);
	unsigned steps = quiet_steps(w);

	assert_int_equal(quiet_order(w, 1, ORDER_REVOKE, id_of(w, BAD)), ORDER_OK);
	assert_int_equal(who_refuses(w, BAD), 1U << 1); /* here at once */
	quiet_run(w, 0.01);
	assert_int_equal(who_refuses(w, BAD), 0x17);
	quiet_run(w, 1);
	assert_true(mono_is_never(w->host[1].node->joining.revoke.due)); /* all have answered */
	struct revocation_view v = view_of(w, 1);

	assert_int_equal(v.rule, REVOKE_MASTERS);
	assert_int_equal(v.n_others, 3);
	assert_int_equal(v.n_agree, 3);
	assert_int_equal(v.n_more, 0);
	assert_int_equal(world_status(w, 0).n_table, 4);
	assert_int_equal(quiet_deeds(w, 0)->departure, DEPARTURE_REVOKED);
	quiet_run(w, 60); /* and it does not come back */
	assert_int_equal(who_refuses(w, BAD), 0x17);
	assert_int_equal(world_status(w, 0).n_alive, 4);
	assert_int_equal(world_status(w, 0).role, ROLE_MASTER);
	assert_int_equal(quiet_steps(w), steps);
}

static void the_word_of_who_is_no_master_holds_on_its_own_host(void **state)
{
	struct world *w = *state;

	list_first(w, 2, true);
	quiet_begin_under_0(w, 30);
	assert_int_equal(quiet_order(w, 2, ORDER_REVOKE, id_of(w, BAD)), ORDER_OK);
	quiet_run(w, 2);
	assert_int_equal(who_refuses(w, BAD), 1U << 2);
	assert_false(view_of(w, 2).heeded);
	assert_int_equal(view_of(w, 2).n_more, 1);
}

static void a_master_that_is_revoked_is_left_by_all(void **state)
{
	struct world *w = *state;

	list_first(w, 5, true);
	quiet_begin_under_0(w, 30);
	assert_int_equal(quiet_order(w, 1, ORDER_REVOKE, id_of(w, 0)), ORDER_OK);
	quiet_run(w, 1);
	assert_int_equal(who_refuses(w, 0), 1U << 1); /* of masters one alone says nothing */
	assert_int_equal(quiet_order(w, 2, ORDER_REVOKE, id_of(w, 0)), ORDER_OK);
	quiet_run(w, 1);
	assert_int_equal(who_refuses(w, 0), 0x1e);
	quiet_run(w, 20);
	for (unsigned i = 1; i < w->n; i++) {
		assert_int_not_equal(world_status(w, i).master, world_status(w, 0).id);
		assert_int_equal(world_status(w, i).master, world_status(w, 1).master);
		assert_int_equal(world_status(w, i).n_alive, 4);
	}
}

static void without_masters_one_more_than_may_lie_must_say_it(void **state)
{
	struct world *w = *state;

	list_first(w, 5, false);
	quiet_begin_under_0(w, 30);
	assert_int_equal(quiet_order(w, 1, ORDER_REVOKE, id_of(w, BAD)), ORDER_OK);
	quiet_run(w, 60);
	assert_int_equal(who_refuses(w, BAD), 1U << 1);
	assert_int_equal(view_of(w, 1).rule, REVOKE_QUORUM);
	assert_int_equal(view_of(w, 1).n_more, 1);
	assert_int_equal(quiet_deeds(w, 4)->n_notice[NOTICE_REVOCATION_SAID], 1);
	assert_int_equal(quiet_order(w, 2, ORDER_REVOKE, id_of(w, BAD)), ORDER_OK);
	quiet_run(w, 1);
	assert_int_equal(who_refuses(w, BAD), 0x17);
	assert_int_equal(view_of(w, 2).n_more, 0);
}

static void where_nobody_is_pinned_each_host_has_its_own_word(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 30);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(quiet_order(w, i, ORDER_REVOKE, id_of(w, BAD)), ORDER_OK);
		quiet_run(w, 1);
		assert_int_equal(who_refuses(w, BAD), (2U << i) - 1);
	}
	assert_int_equal(view_of(w, 2).rule, REVOKE_EACH);
	assert_int_equal(view_of(w, 2).n_more, 1);
}

/* Neither the host that was off nor the one where it was said needs to be here at the time. */
static void who_was_off_hears_it_of_the_others(void **state)
{
	struct world *w = *state;

	list_first(w, 2, true);
	quiet_begin_under_0(w, 30);
	host_crash(w, 4);
	assert_int_equal(quiet_order(w, 1, ORDER_REVOKE, id_of(w, BAD)), ORDER_OK);
	quiet_run(w, 5);
	assert_int_equal(who_refuses(w, BAD) & 7, 7);
	host_crash(w, 1);
	quiet_run(w, 5);
	host_boot(w, 4);
	quiet_run(w, 3);
	assert_true(refuses(w, 4, BAD));
}

/* It has nobody to ask, and the revoked one is there. */
static void it_is_on_disk(void **state)
{
	struct world *w = *state;

	list_first(w, 2, true);
	quiet_begin_under_0(w, 30);
	assert_int_equal(quiet_order(w, 1, ORDER_REVOKE, id_of(w, BAD)), ORDER_OK);
	quiet_run(w, 2);
	host_crash(w, 4);
	quiet_run(w, 1);
	for (unsigned i = 0; i < 3; i++) {
		host_crash(w, i);
	}
	host_boot(w, 4);
	quiet_run(w, 30);
	assert_true(refuses(w, 4, BAD));
	assert_int_equal(world_status(w, 4).n_table, 4);
	assert_false(view_of(w, 4).host.given);
}

static void a_lost_packet_is_said_again(void **state)
{
	struct world *w = *state;

	list_first(w, 2, true);
	quiet_begin_under_0(w, 30);
	quiet_isolate(w, 4);
	assert_int_equal(quiet_order(w, 1, ORDER_REVOKE, id_of(w, BAD)), ORDER_OK);
	quiet_run(w, 0.25);
	assert_false(refuses(w, 4, BAD));
	quiet_rejoin(w, 4);
	quiet_run(w, 0.75);
	assert_true(refuses(w, 4, BAD));
}

static void it_is_taken_back_as_it_was_said(void **state)
{
	struct world *w = *state;

	list_first(w, 2, true);
	quiet_begin_under_0(w, 30);
	assert_int_equal(quiet_order(w, 0, ORDER_RESTORE, id_of(w, BAD)), ORDER_NOT_REVOKED);
	assert_int_equal(quiet_order(w, 1, ORDER_REVOKE, id_of(w, BAD)), ORDER_OK);
	quiet_run(w, 5);
	assert_int_equal(quiet_order(w, 0, ORDER_RESTORE, id_of(w, BAD)), ORDER_OK);
	quiet_run(w, 1);
	assert_int_equal(who_refuses(w, BAD), 0);
	quiet_run(w, 40);
	assert_int_equal(world_status(w, 0).n_alive, 5);
	assert_int_equal(quiet_order(w, 1, ORDER_REVOKE, id_of(w, BAD)), ORDER_OK);
	quiet_run(w, 1);
	assert_int_equal(who_refuses(w, BAD), 0x17);
}

static void nobody_revokes_itself(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 5);
	assert_int_equal(quiet_order(w, 1, ORDER_REVOKE, id_of(w, 1)), ORDER_NOT_ALLOWED);
	assert_int_equal(quiet_order(w, 1, ORDER_REVOKE, 0), ORDER_NOT_ALLOWED);
}

/* --- What others say --- */

#define N_PUPPETS 4

struct court {
	struct stage stage;
	uint8_t key[N_PUPPETS][KEY_LEN];
	struct node_config config;
	unsigned n_saved, n_told, n_full;
};

static struct court *open_court;

static void count_saved(struct stage *s, const struct effect *e)
{
	(void)s;
	open_court->n_saved += e->type == FX_SAVE_REVOKED;
	open_court->n_full += e->type == FX_NOTICE && e->notice.kind == NOTICE_LIMIT_TRIPPED &&
			      e->notice.limit_tripped.limit == LIMIT_REVOKED;
	open_court->n_told += e->type == FX_NOTICE && e->notice.kind == NOTICE_REVOCATION_SAID;
}

static int court_setup(void **state)
{
	static struct court c;
	const struct node_config config = node_config_default();

	memset(&c, 0, sizeof(c));
	stage_open(&c.stage, &config, N_PUPPETS, 16);
	for (unsigned k = 0; k < N_PUPPETS; k++) {
		memcpy(c.key[k], c.stage.puppet[k].trust.pub, KEY_LEN);
		stage_meet(&c.stage, k);
	}
	c.config = c.stage.config;
	open_court = &c;
	c.stage.effect = count_saved;
	*state = &c;
	return 0;
}

static int court_teardown(void **state)
{
	struct court *c = *state;

	stage_close(&c->stage);
	return 0;
}

/* The first @n puppets are the members, or the masters. */
static void pin(struct court *c, unsigned n, bool masters)
{
	*(masters ? &c->config.master_keys : &c->config.member_keys) =
		(const uint8_t(*)[KEY_LEN])c->key;
	*(masters ? &c->config.n_master_keys : &c->config.n_member_keys) = n;
	node_reconfigure(c->stage.node, &c->config);
	stage_event(&c->stage, &(struct node_event){.type = EV_LINK}); /* as the daemon does */
}

static node_id puppet_id(const struct court *c, unsigned k)
{
	return c->stage.puppet[k].trust.id;
}

static void say(struct court *c, unsigned k, node_id id, uint64_t number, bool revoked)
{
	struct wire_msg m = {.type = WIRE_REVOKED, .revoked = {.list = 1, .n = 1}};

	m.revoked.entry[0] = (struct revocation){.id = id, .number = number, .revoked = revoked};
	stage_say(&c->stage, k, &m);
	stage_wait(&c->stage, 200 * NS_PER_MS);
}

static const struct trust *trust_of(const struct court *c)
{
	return &c->stage.node->trust;
}

static void a_member_alone_revokes_nobody(void **state)
{
	struct court *c = *state;

	pin(c, 4, false);
	for (uint64_t i = 1; i < 20; i++) { /* however often it says so */
		say(c, 0, puppet_id(c, 1), i, true);
	}
	assert_false(trust_is_revoked(trust_of(c), puppet_id(c, 1)));
	assert_int_equal(c->n_saved, 0);
	assert_int_equal(c->stage.puppet[0].heard[WIRE_REVOKED_REPLY].revoked_reply.agrees, 0);
	say(c, 2, puppet_id(c, 1), 1,
	    true); /* the lower of the two numbers is the one that enough say */
	assert_true(trust_is_revoked(trust_of(c), puppet_id(c, 1)));
	assert_int_equal(trust_word_on(trust_of(c), puppet_id(c, 1))->word.number, 1);
	assert_int_equal(c->stage.puppet[2].heard[WIRE_REVOKED_REPLY].revoked_reply.agrees, 1);
	assert_int_equal(c->n_saved, 1);
}

/* An operator trusts one who has said it before. */
static void what_was_said_counts_when_the_lists_say_so(void **state)
{
	struct court *c = *state;

	pin(c, 4, false);
	say(c, 0, puppet_id(c, 1), 1, true);
	assert_false(trust_is_revoked(trust_of(c), puppet_id(c, 1)));
	c->config.max_liars = 0;
	pin(c, 4, false);
	assert_true(trust_is_revoked(trust_of(c), puppet_id(c, 1)));
	c->config.max_liars = 1;
	pin(c, 4, false);
	say(c, 0, puppet_id(c, 3), 1, true);
	assert_false(trust_is_revoked(trust_of(c), puppet_id(c, 3)));
	pin(c, 1, true);
	assert_true(trust_is_revoked(trust_of(c), puppet_id(c, 3)));
}

/* Whoever holds the group key can be as many as it likes. */
static void those_who_are_not_pinned_revoke_nobody(void **state)
{
	struct court *c = *state;

	for (unsigned k = 1; k < N_PUPPETS; k++) {
		say(c, k, puppet_id(c, 0), 1, true);
	}
	assert_false(trust_is_revoked(trust_of(c), puppet_id(c, 0)));
}

static void who_is_no_master_is_not_heeded(void **state)
{
	struct court *c = *state;

	pin(c, 2, true);
	say(c, 2, puppet_id(c, 3), 1, true);
	say(c, 3, puppet_id(c, 2), 1, true);
	assert_false(trust_is_revoked(trust_of(c), puppet_id(c, 3)));
	assert_false(trust_is_revoked(trust_of(c), puppet_id(c, 2)));
	say(c, 0, puppet_id(c, 1), 1, true); /* nor one master alone of the other */
	assert_false(trust_is_revoked(trust_of(c), puppet_id(c, 1)));
	say(c, 0, puppet_id(c, 3), 1, true);
	assert_true(trust_is_revoked(trust_of(c), puppet_id(c, 3)));
}

static void nobody_clears_itself_and_no_liar_clears_another(void **state)
{
	struct court *c = *state;

	pin(c, 4, false);
	say(c, 0, puppet_id(c, 3), 1, true);
	say(c, 1, puppet_id(c, 3), 1, true);
	assert_true(trust_is_revoked(trust_of(c), puppet_id(c, 3)));
	assert_false(stage_try_meet(&c->stage, 3));
	say(c, 2, puppet_id(c, 3), 9, false);
	assert_true(trust_is_revoked(trust_of(c), puppet_id(c, 3)));
	say(c, 2, puppet_id(c, 2), 9, false);
	say(c, 1, puppet_id(c, 2), 9, false);
	for (unsigned k = 0; k < 3; k++) {
		say(c, k, stage_status(&c->stage).id, 1, true); /* and we know who we are */
	}
	assert_int_equal(trust_of(c)->n_revoked, 1);
}

/* What it said before counts no more. */
static void the_word_of_who_is_unpinned_is_void(void **state)
{
	struct court *c = *state;

	pin(c, 4, false);
	say(c, 0, puppet_id(c, 3), 1, true);
	c->config.member_keys = (const uint8_t(*)[KEY_LEN])c->key[1];
	c->config.n_member_keys = 3;
	node_reconfigure(c->stage.node, &c->config);
	say(c, 1, puppet_id(c, 3), 1, true);
	assert_false(trust_is_revoked(trust_of(c), puppet_id(c, 3)));
	say(c, 2, puppet_id(c, 3), 1, true);
	assert_true(trust_is_revoked(trust_of(c), puppet_id(c, 3)));
}

/* A host that is on our disk by its id alone counts in the table until it is revoked. */
static void who_was_never_met_is_struck_too(void **state)
{
	static const struct node_row row = {.id = 77, .name = "lost"};
	struct court *c = *state;
	const struct node_config config = node_config_default();
	struct node_saved saved = {.n_table = 2, .row = &row, .n_row = 1};
	struct node_event ev = {.type = EV_ORDER, .order = {.order = ORDER_REVOKE, .peer = 77}};
	struct revocation_view v;

	stage_close(&c->stage);
	memset(&c->stage, 0, sizeof(c->stage));
	c->stage.saved = &saved;
	stage_open(&c->stage, &config, N_PUPPETS, 16);
	assert_true(peer_find(c->stage.node, 77)->in_table);
	stage_event(&c->stage, &ev);
	assert_false(peer_find(c->stage.node, 77)->in_table);
	assert_true(node_revocation(c->stage.node, 0, &v));
	assert_string_equal(v.host.name, "lost");
}

/* A word with the last number there is would be the last word. */
static void no_number_is_the_last(void **state)
{
	struct court *c = *state;
	struct node_event ev = {.type = EV_ORDER, .order.order = ORDER_RESTORE};

	pin(c, 2, true);
	say(c, 0, puppet_id(c, 3), UINT64_MAX, true);
	assert_true(trust_is_revoked(trust_of(c), puppet_id(c, 3)));
	ev.order.peer = puppet_id(c, 3);
	stage_event(&c->stage, &ev);
	assert_int_equal(c->stage.fx.ordered.verdict, ORDER_OK);
	assert_false(trust_is_revoked(trust_of(c), puppet_id(c, 3)));
	assert_true(trust_word_on(trust_of(c), puppet_id(c, 3))->word.number < UINT64_MAX / 1000);
}

/* Nor does one that changes its mind all the time fill the journal. */
static void what_one_host_says_is_told_once_a_minute(void **state)
{
	struct court *c = *state;

	pin(c, 4, false);
	for (uint64_t i = 1; i < 200; i++) { /* 40 s */
		say(c, 0, puppet_id(c, 1), i, i % 2);
	}
	assert_int_equal(c->n_told, 1);
	stage_wait(&c->stage, 60 * NS_PER_S);
	say(c, 0, puppet_id(c, 1), 1000, false);
	assert_int_equal(c->n_told, 2);
}

/* Sessions are made as often as a member likes, and what it may say is none of theirs. */
static void a_new_session_gives_nobody_more_to_say(void **state)
{
	struct court *c = *state;
	unsigned n_answered;

	pin(c, 4, false);
	stage_wait(&c->stage, 10 * NS_PER_S);
	n_answered = c->stage.puppet[0].n_heard[WIRE_REVOKED_REPLY];
	for (uint64_t i = 1; i <= 100; i++) {
		struct wire_msg m = {.type = WIRE_REVOKED, .revoked = {.list = 1, .n = 1}};

		m.revoked.entry[0] = (struct revocation){.id = 1000, .number = i, .revoked = true};
		if (i % 25 == 0) {
			stage_wait(&c->stage, NS_PER_S); /* sooner it would be the same HELLO */
			stage_meet(&c->stage, 0);
		}
		stage_say(&c->stage, 0, &m);
	}
	/* 16 are saved up, and 10 become due in each of four seconds; of each session's own, 65. */
	assert_in_range(c->stage.puppet[0].n_heard[WIRE_REVOKED_REPLY] - n_answered, 16, 57);
}

/* One that says of many hosts that they are revoked leaves room for the words of others. */
static void a_liar_does_not_fill_the_lists(void **state)
{
	struct court *c = *state;

	pin(c, 4, false);
	for (uint64_t i = 0; i < 200; i++) {
		say(c, 0, 1000 + i, 1, true);
	}
	assert_int_equal(trust_of(c)->n_revoked, 0);
	assert_int_equal(c->stage.node->joining.revoke.n_words, 16);
	say(c, 1, puppet_id(c, 3), 1, true);
	say(c, 2, puppet_id(c, 3), 1, true);
	assert_true(trust_is_revoked(trust_of(c), puppet_id(c, 3)));
}

/* Its word alone is enough, but not to leave no place for any other. */
static void a_master_that_lies_keeps_no_word_of_others_out(void **state)
{
	struct court *c = *state;
	struct node_event ev = {.type = EV_ORDER, .order = {.order = ORDER_REVOKE, .peer = 7}};

	pin(c, 3, true);
	for (unsigned k = 0; k < 200; k++) {
		say(c, 0, 1000 + k, 1, true);
		stage_wait(&c->stage, 20 * NS_PER_S);
	}
	assert_int_equal(trust_of(c)->n_revoked, REVOKED_MAX - 16);
	assert_true(trust_is_revoked(trust_of(c), 1000));
	say(c, 1, puppet_id(c, 3), 1, true);
	assert_true(trust_is_revoked(trust_of(c), puppet_id(c, 3)));
	assert_true(trust_word_on(trust_of(c), puppet_id(c, 3))->by == puppet_id(c, 1));
	say(c, 2, puppet_id(c, 3), 1, true); /* it holds on that of two now */
	assert_true(trust_word_on(trust_of(c), puppet_id(c, 3))->by == 0);
	for (unsigned k = 0; k < 15; k++) {
		ev.order.peer = 5000 + k;
		stage_event(&c->stage, &ev);
		assert_int_equal(c->stage.fx.ordered.verdict, ORDER_OK);
	}
	assert_int_equal(trust_of(c)->n_revoked, REVOKED_MAX);
	assert_int_equal(c->n_full, 0);
	stage_wait(&c->stage, 61 * NS_PER_S);
	for (unsigned k = 0; k < REVOKED_MAX - 15; k++) { /* in the places of the liar's words */
		ev.order.peer = 6000 + k;
		stage_event(&c->stage, &ev);
		assert_int_equal(c->stage.fx.ordered.verdict,
				 k < REVOKED_MAX - 16 ? ORDER_OK : ORDER_REVOKED_FULL);
		assert_int_equal(c->n_full,
				 1); /* who is not revoked any more is told, once a minute */
	}
	assert_true(trust_is_revoked(trust_of(c), puppet_id(c, 3)));
	assert_false(trust_is_revoked(trust_of(c), 1000));
}

static void a_list_that_is_full_is_told_and_what_was_taken_back_makes_room(void **state)
{
	struct court *c = *state;
	struct node_event ev = {.order.order = ORDER_REVOKE};

	for (unsigned i = 0; i <= REVOKED_MAX; i++) {
		ev.type = EV_ORDER;
		ev.order.peer = 1000 + i;
		stage_event(&c->stage, &ev);
		assert_int_equal(c->stage.fx.ordered.verdict,
				 i < REVOKED_MAX ? ORDER_OK : ORDER_REVOKED_FULL);
	}
	ev = (struct node_event){.type = EV_ORDER, .order = {.order = ORDER_RESTORE, .peer = 1007}};
	stage_event(&c->stage, &ev);
	ev = (struct node_event){.type = EV_ORDER, .order = {.order = ORDER_REVOKE, .peer = 7}};
	stage_event(&c->stage, &ev);
	assert_int_equal(c->stage.fx.ordered.verdict, ORDER_OK);
	assert_int_equal(trust_of(c)->n_revoked, REVOKED_MAX);
	assert_true(trust_is_revoked(trust_of(c), 7));
	assert_null(trust_word_on(trust_of(c), 1007));
	stage_wait(&c->stage, NS_PER_S);
	assert_int_equal(c->stage.puppet[0].heard[WIRE_REVOKED].revoked.n, REVOKED_MAX);
}

/* It is said some times to whoever does not answer, and no more. */
static void who_does_not_answer_is_not_told_for_ever(void **state)
{
	struct court *c = *state;
	struct node_event ev = {.type = EV_ORDER,
				.order = {.order = ORDER_REVOKE, .peer = puppet_id(c, 3)}};

	stage_event(&c->stage, &ev);
	stage_wait(&c->stage, 60 * NS_PER_S);
	unsigned n = c->stage.puppet[0].n_heard[WIRE_REVOKED];

	assert_in_range(n, 5, 9);
	assert_int_equal(c->stage.puppet[3].n_heard[WIRE_REVOKED], 0);
	stage_wait(&c->stage, 60 * NS_PER_S);
	assert_int_equal(c->stage.puppet[0].n_heard[WIRE_REVOKED], n);
}

#define Q(f) cmocka_unit_test_setup_teardown(f, quiet_setup, quiet_teardown)
#define C(f) cmocka_unit_test_setup_teardown(f, court_setup, court_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		Q(the_word_of_a_master_holds_everywhere_within_a_second),
		Q(the_word_of_who_is_no_master_holds_on_its_own_host),
		Q(a_master_that_is_revoked_is_left_by_all),
		Q(without_masters_one_more_than_may_lie_must_say_it),
		Q(where_nobody_is_pinned_each_host_has_its_own_word),
		Q(who_was_off_hears_it_of_the_others),
		Q(it_is_on_disk),
		Q(a_lost_packet_is_said_again),
		Q(it_is_taken_back_as_it_was_said),
		Q(nobody_revokes_itself),
		C(a_member_alone_revokes_nobody),
		C(what_was_said_counts_when_the_lists_say_so),
		C(those_who_are_not_pinned_revoke_nobody),
		C(who_is_no_master_is_not_heeded),
		C(nobody_clears_itself_and_no_liar_clears_another),
		C(the_word_of_who_is_unpinned_is_void),
		C(who_was_never_met_is_struck_too),
		C(no_number_is_the_last),
		C(a_liar_does_not_fill_the_lists),
		C(a_master_that_lies_keeps_no_word_of_others_out),
		C(what_one_host_says_is_told_once_a_minute),
		C(a_new_session_gives_nobody_more_to_say),
		C(a_list_that_is_full_is_told_and_what_was_taken_back_makes_room),
		C(who_does_not_answer_is_not_told_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
