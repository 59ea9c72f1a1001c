/* test_expel.c - who is taken off the lists is gone within a second, with the session that it has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "berk/term.h"
#include "core/node/table.h"
#include "tests/world/node.h"
#include "tests/world/quiet.h"
#include "tests/world/stage.h"

/* --- A whole group --- */

struct lists {
	uint8_t key[QUIET_HOSTS_MAX][KEY_LEN];
	size_t n;
};

/* The public keys of all hosts but @but. */
static struct lists all_but(const struct world *w, unsigned but)
{
	struct lists l = {.n = 0};

	for (unsigned i = 0; i < w->n; i++) {
		if (i != but) {
			crypto_scalarmult_base(l.key[l.n++], w->host[i].config.secret);
		}
	}
	return l;
}

static void set_members(struct world *w, unsigned at, const struct lists *l)
{
	w->host[at].config.member_keys = l->key;
	w->host[at].config.n_member_keys = l->n;
	node_reconfigure(w->host[at].node, &w->host[at].config);
}

static void set_masters(struct world *w, unsigned at, const struct lists *l)
{
	w->host[at].config.master_keys = l->key;
	w->host[at].config.n_master_keys = l->n;
	node_reconfigure(w->host[at].node, &w->host[at].config);
}

/* Whom host @i follows. */
static unsigned master_of(const struct world *w, unsigned i)
{
	unsigned m = 0;

	while (m + 1 < w->n && world_status(w, m).id != world_status(w, i).master) {
		m++;
	}
	assert_int_equal(world_status(w, m).id, world_status(w, i).master);
	assert_int_equal(world_status(w, m).role, ROLE_MASTER);
	return m;
}

static void a_member_that_is_unpinned_at_its_master_is_gone_within_a_second(void **state)
{
	struct world *w = *state;
	struct member_view v;

	quiet_begin_under_0(w, 30);
	const struct lists l = all_but(w, 3);
	unsigned told = quiet_deeds(w, 0)->n_notice[NOTICE_MEMBER_LEFT];

	set_members(w, 0, &l);
	quiet_run(w, 1);
	assert_int_equal(quiet_deeds(w, 0)->n_notice[NOTICE_MEMBER_LEFT], told + 1);
	assert_int_equal(quiet_deeds(w, 0)->departure, DEPARTURE_NOT_PINNED);
	assert_int_equal(world_status(w, 0).n_table, 4);
	assert_int_equal(world_status(w, 0).n_alive, 4);
	assert_false(world_member_of(w, 0, 3, &v));
	const struct peer *p = peer_find(w->host[0].node, world_status(w, 3).id);

	assert_true(!p || !session_can_send(&p->session));
	quiet_run(w, 60); /* and does not come back */
	assert_int_equal(world_status(w, 0).role, ROLE_MASTER);
	assert_int_equal(world_status(w, 0).n_table, 4);
	for (unsigned i = 0; i < w->n; i++) {
		assert_true(i == 3 || world_status(w, i).master == world_status(w, 0).id);
	}
}

static void who_is_silent_and_unpinned_is_gone_too(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 30);
	const struct lists l = all_but(w, 3);

	quiet_isolate(w, 3);
	quiet_run(w, 1);
	assert_int_equal(world_status(w, 0).n_table, 5);
	set_members(w, 0, &l);
	quiet_run(w, 1);
	assert_int_equal(world_status(w, 0).n_table, 4);
}

static void a_master_that_is_unpinned_everywhere_is_not_followed(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 30);
	const struct lists l = all_but(w, 0);

	for (unsigned i = 1; i < w->n; i++) {
		set_members(w, i, &l);
	}
	quiet_run(w, 1);
	for (unsigned i = 1; i < w->n; i++) {
		assert_true(world_status(w, i).master != world_status(w, 0).id);
	}
	quiet_run(w, 20);
	unsigned m = master_of(w, 1);

	assert_int_not_equal(m, 0);
	assert_int_equal(world_status(w, m).n_alive, 4);
	assert_false(world_status(w, m).island);
	for (unsigned i = 1; i < w->n; i++) {
		assert_int_equal(world_status(w, i).master, world_status(w, m).id);
	}
}

static void a_master_that_is_taken_off_the_list_of_masters_is_left(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 30);
	const struct lists l = all_but(w, 0);
	unsigned steps = quiet_steps(w);

	for (unsigned i = 1; i < w->n; i++) {
		set_masters(w, i, &l);
	}
	quiet_run(w, 1);
	for (unsigned i = 1; i < w->n; i++) {
		assert_int_equal(quiet_deeds(w, i)->n_notice[NOTICE_MASTER_UNLISTED], 1);
		assert_true(world_status(w, i).master != world_status(w, 0).id);
	}
	set_masters(w, 0, &l);
	quiet_run(w, 20);
	unsigned m = master_of(w, 1);

	assert_int_not_equal(m, 0);
	for (unsigned i = 0; i < w->n; i++) {
		assert_int_equal(world_status(w, i).master, world_status(w, m).id);
	}
	assert_int_equal(quiet_steps(w), steps);
}

static void a_master_that_takes_itself_off_its_list_leads_no_more(void **state)
{
	struct world *w = *state;

	quiet_begin_under_0(w, 30);
	const struct lists l = all_but(w, 0);

	set_masters(w, 0, &l);
	quiet_run(w, 1);
	assert_int_not_equal(world_status(w, 0).role, ROLE_MASTER);
	quiet_run(w, 10);
	assert_int_not_equal(master_of(w, 1), 0);
	assert_int_equal(world_status(w, 0).n_alive, 5);
}

/* --- Each message --- */

#define LISTED	 0
#define STRANGER 1

struct gate {
	struct stage stage;
	uint8_t keys[1][KEY_LEN];
};

static int stage_setup(void **state)
{
	static struct gate g;
	const struct node_config c = node_config_default();

	memset(&g, 0, sizeof(g));
	stage_open(&g.stage, &c, 2, 8);
	memcpy(g.keys[0], g.stage.puppet[LISTED].trust.pub, KEY_LEN);
	*state = &g;
	return 0;
}

static int stage_teardown(void **state)
{
	struct gate *g = *state;

	stage_close(&g->stage);
	return 0;
}

static void poll_as_master(struct gate *g, unsigned k)
{
	uint64_t term = term_next(stage_status(&g->stage).term, g->stage.puppet[k].trust.id);
	struct wire_msg m = {
		.type = WIRE_POLL,
		.term = term,
		.poll = {.seq = 1, .round = 1, .poll_ms = 1000, .n_table = 9, .n_alive = 9}};

	stage_say(&g->stage, k, &m);
	stage_wait(&g->stage, 5 * NS_PER_MS);
}

static void ask_for_vote(struct gate *g, unsigned k)
{
	uint64_t term = term_next(stage_status(&g->stage).term, g->stage.puppet[k].trust.id);
	struct wire_msg m = {.type = WIRE_PREVOTE, .vote = {.new_term = term, .priority = 200}};

	stage_say(&g->stage, k, &m);
}

/* T4: the list is narrowed and read again while the stranger's session is open. */
static void the_first_message_after_the_list_was_narrowed_is_refused(void **state)
{
	struct gate *g = *state;
	struct puppet *p = g->stage.puppet;
	struct node_config c = g->stage.config;

	stage_meet(&g->stage, LISTED);
	stage_meet(&g->stage, STRANGER);
	c.member_keys = (const uint8_t(*)[KEY_LEN])g->keys;
	c.n_member_keys = 1;
	node_reconfigure(g->stage.node, &c);
	ask_for_vote(g, STRANGER);
	assert_int_equal(p[STRANGER].n_heard[WIRE_PREVOTE_REPLY], 0);
	poll_as_master(g, STRANGER);
	assert_int_equal(stage_status(&g->stage).master, 0);
	assert_int_equal(p[STRANGER].n_heard[WIRE_REPLY], 0);
	stage_wait(&g->stage, NS_PER_S);
	poll_as_master(g, STRANGER); /* its session is no more */
	assert_int_equal(p[STRANGER].n_heard[WIRE_REPLY] + p[STRANGER].n_heard[WIRE_VOTE_REPLY], 0);
	assert_false(stage_try_meet(&g->stage, STRANGER));
	poll_as_master(g, LISTED);
	assert_int_equal(stage_status(&g->stage).master, p[LISTED].trust.id);
}

static void a_list_that_names_who_is_here_closes_nothing(void **state)
{
	struct gate *g = *state;
	struct puppet *p = g->stage.puppet;
	struct node_config c = g->stage.config;

	stage_meet(&g->stage, LISTED);
	c.member_keys = (const uint8_t(*)[KEY_LEN])g->keys;
	c.n_member_keys = 1;
	node_reconfigure(g->stage.node, &c);
	stage_wait(&g->stage, NS_PER_S);
	poll_as_master(g, LISTED);
	assert_int_equal(p[LISTED].n_heard[WIRE_BYE], 0);
	assert_int_equal(stage_status(&g->stage).master, p[LISTED].trust.id);
}

#define Q(f) cmocka_unit_test_setup_teardown(f, quiet_setup, quiet_teardown)
#define S(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		Q(a_member_that_is_unpinned_at_its_master_is_gone_within_a_second),
		Q(who_is_silent_and_unpinned_is_gone_too),
		Q(a_master_that_is_unpinned_everywhere_is_not_followed),
		Q(a_master_that_is_taken_off_the_list_of_masters_is_left),
		Q(a_master_that_takes_itself_off_its_list_leads_no_more),
		S(the_first_message_after_the_list_was_narrowed_is_refused),
		S(a_list_that_names_who_is_here_closes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
