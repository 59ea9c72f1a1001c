/* test_clone.c - two hosts with one identity: what each of them finds out, and what a third host
 * does about them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/node/state.h"
#include "core/wire/discover.h"
#include "tests/world/master.h"
#include "tests/world/node.h"
#include "tests/world/quiet.h"

#define FIRST  0U /* of the two with one identity, at a third host */
#define SECOND 1U
#define HONEST 2U
#define OTHER  3U /* has an identity of its own, until a test gives it another */

struct scene {
	struct stage stage; /* first: the stage's callback gets this */
	unsigned n_told, n_over, n_paths, n_hello, n_excluded, n_forgotten;
	struct addr addr, other; /* as told */
	size_t len_discover;
	uint8_t discover[WIRE_PACKET_MAX];
};

static void note_effect(struct stage *s, const struct effect *e)
{
	struct scene *g = (struct scene *)s;

	if (e->type == FX_NOTICE && e->notice.kind == NOTICE_CLONE) {
		g->n_told += !e->notice.clone.over;
		g->n_over += e->notice.clone.over;
		g->addr = e->notice.clone.addr;
		g->other = e->notice.clone.other;
	}
	g->n_excluded += e->type == FX_NOTICE && e->notice.kind == NOTICE_MEMBER_EXCLUDED &&
			 e->notice.member_excluded.reason == REASON_CLONE;
	g->n_forgotten += e->type == FX_NOTICE && e->notice.kind == NOTICE_MEMBER_LEFT &&
			  e->notice.member_left.how == DEPARTURE_FORGOTTEN;
	g->n_paths += e->type == FX_NOTICE && e->notice.kind == NOTICE_PATH_CHANGED;
	g->n_hello += e->type == FX_SEND && e->send.data[3] == WIRE_HELLO;
	if (e->type == FX_DISCOVER) {
		g->len_discover = e->send.len;
		memcpy(g->discover, e->send.data, e->send.len);
	}
}

static int setup(void **state)
{
	static struct scene g;
	struct node_config config = node_config_default();

	g = (struct scene){.stage.effect = note_effect};
	config.discovery = true;
	stage_open(&g.stage, &config, 4, 8);
	*state = &g;
	return 0;
}

static int teardown(void **state)
{
	struct scene *g = *state;

	stage_close(&g->stage);
	return 0;
}

/* --- The node itself has a clone --- */

static bool has_clone_at(struct scene *g, unsigned k)
{
	struct node_status st = stage_status(&g->stage);

	return st.clone.port != 0 && addr_equal(&st.clone, &g->stage.puppet[k].addr);
}

static struct scene *with_clone(void **state)
{
	struct scene *g = *state;

	stage_give_secret(&g->stage, OTHER, g->stage.config.secret);
	return g;
}

/* Puppet @k answers the HELLO of the last step; false: there was none. */
static bool answers(struct scene *g, unsigned k)
{
	static const struct addr node_addr = {.ip = {[15] = 100}, .port = 1};
	uint8_t in[WIRE_PACKET_MAX], out[WIRE_PACKET_MAX], pub[KEY_LEN];
	const struct trust *trust = &g->stage.puppet[k].trust;
	size_t len = stage_find_packet(&g->stage, k, WIRE_HELLO, in);

	if (len == 0 || session_check_hello(trust, in, len, pub) != SESSION_OK) {
		return false;
	}
	stage_send(&g->stage, k, out, session_challenge(trust, &node_addr, in, out, sizeof(out)));
	return true;
}

static void whoever_answers_with_our_key_is_a_clone(void **state)
{
	struct scene *g = with_clone(state);

	assert_false(stage_try_call(&g->stage, OTHER));
	assert_true(has_clone_at(g, OTHER));
	assert_int_equal(g->n_told, 1);
	assert_true(addr_equal(&g->addr, &g->stage.puppet[OTHER].addr));
}

/* Anybody reads our public key in our HELLO. */
static void whoever_has_only_read_our_key_is_no_clone(void **state)
{
	enum { AT_PUB = WIRE_HEADER_LEN + 2 * NONCE_LEN };
	static const struct addr node_addr = {.ip = {[15] = 100}, .port = 1};
	struct scene *g = *state;
	uint8_t hello[WIRE_PACKET_MAX], out[WIRE_PACKET_MAX];
	struct node_event ev = {.type = EV_LINK};
	const struct trust *trust = &g->stage.puppet[OTHER].trust;

	assert_true(node_add_contact(g->stage.node, &g->stage.puppet[OTHER].addr, 0));
	stage_event(&g->stage, &ev);
	assert_true(stage_find_packet(&g->stage, OTHER, WIRE_HELLO, hello) > 0);
	size_t len = session_challenge(trust, &node_addr, hello, out, sizeof(out));

	memcpy(out + AT_PUB, g->stage.node->trust.pub, KEY_LEN);
	mac_put(out, len, trust->group_key);
	stage_send(&g->stage, OTHER, out, len);
	assert_int_equal(g->n_told, 0);
	assert_false(has_clone_at(g, OTHER));
	assert_true(answers(g, OTHER)); /* it calls again, and the true answer is taken */
	assert_true(stage_find_packet(&g->stage, OTHER, WIRE_RESPONSE, out) > 0);
}

/* Nor is whoever has us say it, by a call of his own with our nonce, and sends that back. */
static void nobody_passes_our_own_word_on_to_us(void **state)
{
	enum { AT_INDEX = WIRE_HEADER_LEN, AT_NONCE = AT_INDEX + 4 + KEY_LEN };
	struct scene *g = *state;
	uint8_t ours[WIRE_PACKET_MAX], theirs[WIRE_PACKET_MAX], out[WIRE_PACKET_MAX];
	struct node_event ev = {.type = EV_LINK};
	const struct trust *trust = &g->stage.puppet[OTHER].trust;
	size_t len = stage_hello(&g->stage, OTHER, theirs);

	assert_true(node_add_contact(g->stage.node, &g->stage.puppet[OTHER].addr, 0));
	stage_event(&g->stage, &ev);
	assert_true(stage_find_packet(&g->stage, OTHER, WIRE_HELLO, ours) > 0);
	memcpy(theirs + AT_INDEX, ours + AT_INDEX, 4);
	memcpy(theirs + AT_NONCE, ours + AT_NONCE, NONCE_LEN);
	mac_put(theirs, len, trust->group_key);
	stage_send(&g->stage, OTHER, theirs, len);
	len = stage_find_packet(&g->stage, OTHER, WIRE_CHALLENGE, out);
	assert_int_equal(len, WIRE_CHALLENGE_LEN);
	stage_send(&g->stage, OTHER, out, len);
	assert_int_equal(g->n_told, 0);
	assert_false(has_clone_at(g, OTHER));
}

static void whoever_calls_with_our_key_is_asked_and_then_known(void **state)
{
	struct scene *g = with_clone(state);
	uint8_t hello[WIRE_PACKET_MAX];
	size_t len = stage_hello(&g->stage, OTHER, hello);

	stage_send(&g->stage, OTHER, hello, len);
	assert_int_equal(g->n_told, 0); /* it may be an old packet that somebody kept */
	assert_true(answers(g, OTHER));
	assert_true(has_clone_at(g, OTHER));
}

static void whoever_greets_all_with_our_key_is_asked_and_then_known(void **state)
{
	struct scene *g = with_clone(state);
	uint8_t rnd[NONCE_LEN] = {3}, packet[WIRE_PACKET_MAX];
	size_t len = discover_encode(&g->stage.puppet[OTHER].trust, rnd, packet, sizeof(packet));

	stage_wait(&g->stage, NS_PER_S / 10);
	assert_true(g->len_discover > 0);
	g->n_hello = 0;
	stage_send(&g->stage, OTHER, g->discover, g->len_discover);
	assert_int_equal(g->n_hello, 0); /* it is our own */
	stage_send(&g->stage, OTHER, packet, len);
	assert_true(answers(g, OTHER));
	assert_true(has_clone_at(g, OTHER));
}

static void who_has_a_clone_neither_leads_nor_stands(void **state)
{
	struct scene *g = with_clone(state);

	stage_meet(&g->stage, HONEST);
	g->stage.puppet[HONEST].grants = g->stage.puppet[HONEST].answers_polls = true;
	stage_wait(&g->stage, 10 * NS_PER_S);
	assert_int_equal(stage_status(&g->stage).role, ROLE_MASTER);
	(void)stage_try_call(&g->stage, OTHER);
	assert_int_equal(stage_status(&g->stage).role, ROLE_NONE);
	unsigned n_asked = g->stage.puppet[HONEST].n_heard[WIRE_PREVOTE];

	for (unsigned i = 0; i < 300; i++) {
		stage_wait(&g->stage, NS_PER_S / 10);
		(void)answers(g, OTHER);
		assert_int_equal(stage_status(&g->stage).role, ROLE_NONE);
	}
	assert_true(g->stage.puppet[HONEST].n_heard[WIRE_ROSTER] >= 7); /* and says so to others */
	const struct wire_roster_entry *e =
		&g->stage.puppet[HONEST].heard[WIRE_ROSTER].roster.entry[0];

	assert_int_equal(e->reason, REASON_CLONE);
	assert_true(e->id == stage_status(&g->stage).id);
	assert_true(addr_equal(&e->addr, &g->stage.puppet[OTHER].addr));
	assert_int_equal(g->stage.puppet[HONEST].n_heard[WIRE_PREVOTE], n_asked);
	unsigned n_said = g->stage.puppet[HONEST].n_heard[WIRE_ROSTER];

	stage_meet(&g->stage, HONEST); /* under new keys it is heard for certain */
	assert_int_equal(g->stage.puppet[HONEST].n_heard[WIRE_ROSTER], n_said + 1);
	assert_true(g->n_hello < 30);
	assert_int_equal(g->n_told, 1);
}

static void clone_that_is_gone_is_forgotten(void **state)
{
	struct scene *g = with_clone(state);

	(void)stage_try_call(&g->stage, OTHER);
	stage_wait(&g->stage, 20 * NS_PER_S);
	assert_false(has_clone_at(g, OTHER));
	assert_int_equal(g->n_over, 1);
	stage_wait(&g->stage, 10 * NS_PER_S);
	assert_int_equal(stage_status(&g->stage).role, ROLE_MASTER);
}

/* A third host that sees both is enough: the twins need no address of each other. */
static void who_is_told_of_its_clone_asks_there(void **state)
{
	struct scene *g = with_clone(state);
	struct wire_msg m = {.type = WIRE_ROSTER, .roster = {.total = 1, .n = 1}};
	struct wire_roster_entry *e = &m.roster.entry[0];

	stage_meet(&g->stage, HONEST);
	e->id = stage_status(&g->stage).id;
	e->addr = g->stage.puppet[OTHER].addr;
	e->name[0] = 'a';
	stage_say(&g->stage, HONEST, &m);
	assert_false(answers(g, OTHER)); /* where the group knows us is no clone */
	e->reason = REASON_CLONE;
	stage_say(&g->stage, HONEST, &m);
	assert_int_equal(g->n_told, 0); /* it may be our own other address */
	assert_true(answers(g, OTHER));
	assert_true(has_clone_at(g, OTHER));
	assert_int_equal(g->n_told, 1);
}

/* --- Two others have one identity --- */

static void ping(struct scene *g, unsigned k)
{
	stage_say(&g->stage, k, &(struct wire_msg){.type = WIRE_PING});
}

/* Both of them speak, each under the keys of its own that it made last. */
static void make_twins(struct scene *g)
{
	uint8_t secret[KEY_LEN];

	memcpy(secret, g->stage.puppet[FIRST].trust.secret, KEY_LEN);
	stage_give_secret(&g->stage, SECOND, secret);
	stage_meet(&g->stage, FIRST);
	stage_wait(&g->stage, 2 * NS_PER_S);
	stage_meet(&g->stage, SECOND);
	stage_wait(&g->stage, 2 * NS_PER_S);
	ping(g, FIRST);
	stage_wait(&g->stage, NS_PER_S);
	ping(g, SECOND);
	stage_wait(&g->stage, NS_PER_S);
}

static struct member_view view_of(struct scene *g, unsigned k)
{
	struct member_view v;

	assert_true(node_member_of(g->stage.node, g->stage.puppet[k].trust.id,
				   (mono_t){g->stage.now}, stage_pair(&g->stage), &v));
	return v;
}

static void who_calls_from_elsewhere_is_told_where_it_was(void **state)
{
	struct scene *g = *state;
	const struct puppet *second = &g->stage.puppet[SECOND];
	const struct wire_roster_entry *e = &second->heard[WIRE_ROSTER].roster.entry[0];

	stage_give_secret(&g->stage, SECOND, g->stage.puppet[FIRST].trust.secret);
	stage_meet(&g->stage, FIRST);
	stage_wait(&g->stage, 2 * NS_PER_S);
	unsigned n_heard = second->n_heard[WIRE_ROSTER];

	stage_meet(&g->stage, SECOND);
	assert_int_equal(second->n_heard[WIRE_ROSTER], n_heard + 1);
	assert_int_equal(e->reason, REASON_CLONE);
	assert_true(e->id == second->trust.id);
	assert_true(addr_equal(&e->addr, &g->stage.puppet[FIRST].addr));
	stage_wait(&g->stage, 11 * NS_PER_S); /* nobody speaks at the first address any more */
	n_heard = g->stage.puppet[FIRST].n_heard[WIRE_ROSTER];
	stage_meet(&g->stage, FIRST);
	assert_int_equal(g->stage.puppet[FIRST].n_heard[WIRE_ROSTER], n_heard);
	assert_int_equal(g->n_told, 0);
}

/* It may have nothing to say: its answer to our call is enough. */
static void who_is_called_elsewhere_is_told_where_it_was(void **state)
{
	struct scene *g = *state;
	const struct puppet *second = &g->stage.puppet[SECOND];

	stage_give_secret(&g->stage, SECOND, g->stage.puppet[FIRST].trust.secret);
	stage_meet(&g->stage, FIRST);
	stage_wait(&g->stage, 2 * NS_PER_S);
	unsigned n_heard = second->n_heard[WIRE_ROSTER];

	assert_true(stage_try_call(&g->stage, SECOND));
	assert_int_equal(second->n_heard[WIRE_ROSTER], n_heard + 1);
	assert_int_equal(second->heard[WIRE_ROSTER].roster.entry[0].reason, REASON_CLONE);
}

static void two_with_one_identity_are_named_with_both_addresses(void **state)
{
	struct scene *g = *state;

	make_twins(g);
	assert_int_equal(g->n_told, 0);
	ping(g, FIRST);
	assert_int_equal(g->n_told, 1);
	assert_true(addr_equal(&g->addr, &g->stage.puppet[FIRST].addr));
	assert_true(addr_equal(&g->other, &g->stage.puppet[SECOND].addr));
	assert_int_equal(view_of(g, FIRST).reason, REASON_CLONE);
	assert_int_equal(view_of(g, FIRST).clone.ip[15], SECOND + 1);
	g->n_paths = 0;
	for (unsigned i = 0; i < 60; i++) {
		stage_wait(&g->stage, NS_PER_S);
		ping(g, i % 2 ? FIRST : SECOND);
	}
	assert_int_equal(g->n_told, 1); /* once, and nothing of paths that change */
	assert_int_equal(g->n_over, 0);
	assert_int_equal(g->n_paths, 0);
	for (unsigned i = 0; i < 40; i++) { /* each calls, too */
		stage_meet(&g->stage, i % 2 ? FIRST : SECOND);
		stage_wait(&g->stage, 2 * NS_PER_S);
		ping(g, i % 2 ? SECOND : FIRST);
		ping(g, i % 2 ? FIRST : SECOND);
	}
	assert_int_equal(g->n_paths, 0);
	for (unsigned i = 0; i < 35; i++) { /* the other one is gone */
		stage_wait(&g->stage, NS_PER_S);
		ping(g, FIRST);
	}
	assert_int_equal(g->n_over, 1);
	assert_int_equal(view_of(g, FIRST).clone.port, 0);
}

static void who_says_that_it_has_a_clone_is_believed(void **state)
{
	struct scene *g = *state;
	struct wire_msg m = {.type = WIRE_ROSTER, .roster = {.total = 1, .n = 1}};
	struct wire_roster_entry *e = &m.roster.entry[0];
	uint8_t packet[WIRE_PACKET_MAX];

	stage_meet(&g->stage, FIRST);
	stage_meet(&g->stage, HONEST);
	e->id = g->stage.puppet[FIRST].trust.id;
	e->addr = g->stage.puppet[SECOND].addr;
	e->name[0] = 'a';
	stage_say(&g->stage, FIRST, &m);
	assert_int_equal(g->n_told, 0); /* a roster, as any other */
	e->reason = REASON_CLONE;
	stage_say(&g->stage, HONEST, &m);
	assert_int_equal(g->n_told, 0); /* of others nobody says so */
	stage_say(&g->stage, FIRST, &m);
	assert_int_equal(g->n_told, 1);
	assert_int_equal(view_of(g, FIRST).reason, REASON_CLONE);
	assert_true(addr_equal(&g->addr, &g->stage.puppet[FIRST].addr));
	assert_true(addr_equal(&g->other, &g->stage.puppet[SECOND].addr));
	/* It has two addresses, and its packets come from either: these are no two hosts. */
	size_t len = stage_seal(&g->stage, FIRST, &(struct wire_msg){.type = WIRE_PING}, packet);

	stage_send(&g->stage, OTHER, packet, len);
	struct member_view v = view_of(g, FIRST);

	assert_true(addr_equal(&v.addr, &g->stage.puppet[FIRST].addr));
	stage_wait(&g->stage, 31 * NS_PER_S);
	assert_int_equal(g->n_over, 1);
}

static void who_says_so_under_older_keys_is_named_where_it_speaks(void **state)
{
	struct scene *g = *state;
	struct wire_msg m = {.type = WIRE_ROSTER, .roster = {.total = 1, .n = 1}};
	struct wire_roster_entry *e = &m.roster.entry[0];

	stage_give_secret(&g->stage, SECOND, g->stage.puppet[FIRST].trust.secret);
	stage_meet(&g->stage, FIRST);
	stage_meet(&g->stage, SECOND);
	e->id = g->stage.puppet[FIRST].trust.id;
	e->addr = g->stage.puppet[SECOND].addr;
	e->name[0] = 'a';
	e->reason = REASON_CLONE;
	stage_say(&g->stage, FIRST, &m);
	assert_int_equal(g->n_told, 1);
	assert_true(addr_equal(&g->addr, &g->stage.puppet[FIRST].addr));
	assert_true(addr_equal(&g->other, &g->stage.puppet[SECOND].addr));
}

static void master_of_two_hosts_is_not_followed(void **state)
{
	struct scene *g = *state;

	make_twins(g);
	stage_meet(&g->stage, HONEST);
	struct master m = master_begin(&g->stage, FIRST);

	ping(g, FIRST);
	stage_meet(&g->stage, FIRST);
	assert_null(master_poll(&g->stage, &m));
	stage_say(&g->stage, FIRST,
		  &(struct wire_msg){.type = WIRE_PREVOTE,
				     .term = m.term,
				     .vote = {.new_term = m.term, .priority = 100}});
	assert_false(g->stage.puppet[FIRST].heard[WIRE_PREVOTE_REPLY].vote_reply.granted);
	m = master_begin(&g->stage, HONEST);
	assert_non_null(master_poll(&g->stage, &m));
	assert_int_equal(stage_status(&g->stage).master, g->stage.puppet[HONEST].trust.id);
}

static void master_counts_neither_of_them_out_of_two(void **state)
{
	struct scene *g = *state;

	for (unsigned k = 0; k < 4; k++) {
		g->stage.puppet[k].grants = g->stage.puppet[k].answers_polls = true;
		g->stage.puppet[k].applies = true;
	}
	stage_meet(&g->stage, HONEST);
	stage_meet(&g->stage, OTHER);
	make_twins(g);
	stage_wait(&g->stage, 4 * NS_PER_S);
	assert_int_equal(stage_status(&g->stage).role, ROLE_MASTER);
	for (unsigned i = 0; i < 30; i++) {
		ping(g, FIRST);
		stage_wait(&g->stage, NS_PER_S);
		ping(g, SECOND);
		stage_wait(&g->stage, NS_PER_S);
	}
	assert_int_equal(g->n_told, 1);
	assert_int_equal(view_of(g, FIRST).reason, REASON_CLONE);
	assert_true(view_of(g, FIRST).weight == 0);
	assert_int_not_equal(stage_status(&g->stage).deputy, g->stage.puppet[FIRST].trust.id);
	assert_int_equal(g->n_excluded, 1);
	assert_true(view_of(g, HONEST).reason == REASON_NONE ||
		    view_of(g, HONEST).reason == REASON_TRIMMED);
}

/* No reply of theirs is taken, and both speak. */
static void master_does_not_forget_two_that_speak(void **state)
{
	struct scene *g = *state;

	g->stage.config.forget_ns = 20 * NS_PER_S;
	node_reconfigure(g->stage.node, &g->stage.config);
	master_counts_neither_of_them_out_of_two(state);
	assert_int_equal(g->n_forgotten, 0);
}

static void deputy_that_is_two_hosts_is_no_deputy(void **state)
{
	struct scene *g = *state;

	for (unsigned k = FIRST; k <= SECOND; k++) {
		g->stage.puppet[k].grants = g->stage.puppet[k].answers_polls = true;
		g->stage.puppet[k].applies = true;
	}
	stage_meet(&g->stage, FIRST);
	stage_wait(&g->stage, 20 * NS_PER_S);
	assert_int_equal(stage_status(&g->stage).deputy, g->stage.puppet[FIRST].trust.id);
	make_twins(g);
	ping(g, FIRST);
	assert_int_equal(g->n_told, 1);
	stage_wait(&g->stage, 11 * NS_PER_S / 10);
	assert_int_equal(stage_status(&g->stage).deputy, 0);
}

static void one_host_with_two_addresses_is_one_host(void **state)
{
	struct scene *g = *state;
	uint8_t packet[WIRE_PACKET_MAX];
	const struct wire_msg m = {.type = WIRE_PING};

	stage_meet(&g->stage, FIRST);
	for (unsigned i = 0; i < 20; i++) {
		stage_wait(&g->stage, NS_PER_S);
		size_t len = stage_seal(&g->stage, FIRST, &m, packet);

		stage_send(&g->stage, i % 2 ? FIRST : SECOND, packet, len);
		if (i == 10) { /* handshakes crossed: it will not use the newest keys */
			stage_give_secret(&g->stage, SECOND, g->stage.puppet[FIRST].trust.secret);
			stage_meet(&g->stage, SECOND);
		}
	}
	assert_int_equal(g->n_told, 0);
}

static void host_that_restarts_and_moves_is_one_host(void **state)
{
	struct scene *g = *state;

	stage_give_secret(&g->stage, SECOND, g->stage.puppet[FIRST].trust.secret);
	for (unsigned i = 0; i < 20; i++) { /* its keys of before are not used again */
		stage_meet(&g->stage, i % 2 ? SECOND : FIRST);
		stage_wait(&g->stage, 2 * NS_PER_S);
	}
	assert_int_equal(g->n_told, 0);
}

static void packets_under_way_make_no_two_hosts(void **state)
{
	struct scene *g = *state;

	stage_give_secret(&g->stage, SECOND, g->stage.puppet[FIRST].trust.secret);
	stage_meet(&g->stage, FIRST);
	for (unsigned i = 1; i < 20; i++) {
		stage_wait(&g->stage, 2 * NS_PER_S);
		stage_meet(&g->stage, i % 2 ? SECOND : FIRST);
		ping(g, i % 2 ? FIRST : SECOND); /* sent before, by the other path */
	}
	assert_int_equal(g->n_told, 0);
}

/* Nobody can tell which of them the group means. */
static void neither_of_two_is_synchronised(void **state)
{
	struct world *w = *state;

	memcpy(w->host[4].config.secret, w->host[3].config.secret, KEY_LEN);
	quiet_begin(w, 30);
	for (unsigned i = 0; i < w->n; i++) {
		struct node_status st = world_status(w, i);

		assert_int_equal(st.synced, i < 3);
		assert_int_equal(st.bound_ns == BOUND_UNKNOWN, i >= 3);
		assert_int_equal(st.lack, i < 3 ? LACK_NOTHING : LACK_IDENTITY);
	}
}

static int setup_four(void **state)
{
	*state = quiet_new(4);
	return 0;
}

/* Hosts 1 and 3 have one identity.  A split leaves one of them at each side, with one of two others. */
static struct world *with_a_twin_at_each_side(void **state)
{
	struct world *w = *state;

	memcpy(w->host[3].config.secret, w->host[1].config.secret, KEY_LEN);
	quiet_begin(w, 30);
	world_split(w, 2);
	return w;
}

/* It has a line, and had a bound until then. */
static void a_member_that_gets_a_clone_promises_nothing_more(void **state)
{
	struct world *w = *state;

	quiet_begin(w, 30);
	unsigned i = world_master(w, 0) == 3 ? 2 : 3;

	assert_true(world_status(w, i).synced);
	host_crash(w, 4);
	host_new_disk(w, 4);
	memcpy(w->host[4].config.secret, w->host[i].config.secret, KEY_LEN);
	host_boot(w, 4);
	quiet_run(w, 15);
	assert_true(world_status(w, i).has_line);
	assert_true(world_status(w, i).bound_ns == BOUND_UNKNOWN);
	assert_int_equal(world_status(w, i).lack, LACK_IDENTITY);
}

static void two_sides_do_not_both_count_them(void **state)
{
	struct world *w = with_a_twin_at_each_side(state);

	for (unsigned s = 0; s < 120; s++) {
		quiet_run(w, 1);
		assert_false(s > 5 && (!world_status(w, 0).island || !world_status(w, 2).island));
		assert_int_not_equal(world_status(w, 1).clone.port, 0);
		assert_int_not_equal(world_status(w, 3).clone.port, 0);
	}
	world_split(w, 0);
	host_crash(w, 3);
	quiet_run(w, 60); /* most hosts are here, and it is not: it is gone */
	assert_int_equal(world_status(w, 1).clone.port, 0);
	assert_true(world_status(w, 1).synced);
}

/* The copy has a new identity, as its operator was told to see to. */
static void who_is_somebody_else_now_is_no_twin(void **state)
{
	struct world *w = with_a_twin_at_each_side(state);

	quiet_run(w, 40);
	host_crash(w, 3);
	w->host[3].config.secret[9]++;
	host_boot(w, 3);
	quiet_run(w, 50);
	assert_int_not_equal(world_status(w, 1).clone.port, 0); /* 1 cannot see that yet */
	struct member_view v;

	assert_false(world_member_of(w, 2, 1, &v) && v.clone.port != 0);
}

static int setup_two(void **state)
{
	*state = quiet_new(2);
	return 0;
}

/* What its twin says of it is of before. */
static void who_has_a_new_identity_is_nobodys_twin(void **state)
{
	struct world *w = *state;
	struct member_view v;

	memcpy(w->host[1].config.secret, w->host[0].config.secret, KEY_LEN);
	quiet_begin(w, 10);
	assert_int_not_equal(world_status(w, 0).clone.port, 0);
	host_crash(w, 1);
	w->host[1].config.secret[9]++;
	host_boot(w, 1);
	quiet_run(w, 5);
	assert_true(world_member_of(w, 1, 0, &v));
	assert_int_equal(v.clone.port, 0);
	quiet_run(w, 30);
	assert_true(world_status(w, 0).synced && world_status(w, 1).synced);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(whoever_answers_with_our_key_is_a_clone),
		T(whoever_has_only_read_our_key_is_no_clone),
		T(nobody_passes_our_own_word_on_to_us),
		T(whoever_calls_with_our_key_is_asked_and_then_known),
		T(whoever_greets_all_with_our_key_is_asked_and_then_known),
		T(who_has_a_clone_neither_leads_nor_stands),
		T(clone_that_is_gone_is_forgotten),
		T(who_is_told_of_its_clone_asks_there),
		T(who_calls_from_elsewhere_is_told_where_it_was),
		T(who_is_called_elsewhere_is_told_where_it_was),
		T(two_with_one_identity_are_named_with_both_addresses),
		T(who_says_that_it_has_a_clone_is_believed),
		T(who_says_so_under_older_keys_is_named_where_it_speaks),
		T(master_of_two_hosts_is_not_followed),
		T(master_counts_neither_of_them_out_of_two),
		T(master_does_not_forget_two_that_speak),
		T(deputy_that_is_two_hosts_is_no_deputy),
		T(one_host_with_two_addresses_is_one_host),
		T(host_that_restarts_and_moves_is_one_host),
		T(packets_under_way_make_no_two_hosts),
		cmocka_unit_test_setup_teardown(neither_of_two_is_synchronised, quiet_setup,
						quiet_teardown),
		cmocka_unit_test_setup_teardown(a_member_that_gets_a_clone_promises_nothing_more,
						quiet_setup, quiet_teardown),
		cmocka_unit_test_setup_teardown(two_sides_do_not_both_count_them, setup_four,
						quiet_teardown),
		cmocka_unit_test_setup_teardown(who_has_a_new_identity_is_nobodys_twin, setup_two,
						quiet_teardown),
		cmocka_unit_test_setup_teardown(who_is_somebody_else_now_is_no_twin, setup_four,
						quiet_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
