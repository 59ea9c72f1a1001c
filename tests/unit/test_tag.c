/* test_tag.c - two hosts whose ids end alike, so that their terms would be the same, cannot be members
 * of one group: who has proved itself keeps the other out, for as long as it is not forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "berk/term.h"
#include "core/node/peer.h"
#include "core/node/table.h"
#include "tests/world/master.h"
#include "tests/world/node.h"
#include "tests/world/stage.h"

enum { OTHER, FIRST, TWIN, N_PUPPETS };

struct gate {
	struct stage stage; /* first: the stage's callback gets this */
	unsigned n_refused;
};

static void note_effect(struct stage *s, const struct effect *e)
{
	struct gate *g = (struct gate *)s;

	g->n_refused += e->type == FX_NOTICE && e->notice.kind == NOTICE_PEER_REFUSED;
}

static int setup(void **state)
{
	static struct gate g;

	g = (struct gate){.stage.effect = note_effect};
	*state = &g;
	return 0;
}

static int teardown(void **state)
{
	struct gate *g = *state;

	stage_close(&g->stage);
	return 0;
}

/* The ids of keys 42828 and 134235 have the same last 36 bits. */
static void key_of_number(unsigned i, uint8_t ret[static KEY_LEN])
{
	memset(ret, 0, KEY_LEN);
	ret[1] = 1;
	ret[2] = (uint8_t)i;
	ret[3] = (uint8_t)(i >> 8);
	ret[4] = (uint8_t)(i >> 16);
}

/* Puppet @k and @id are different hosts whose terms would be the same. */
static void assert_collision(const struct gate *g, unsigned k, node_id id)
{
	assert_int_not_equal(g->stage.puppet[k].trust.id, id);
	assert_true(term_is_of(term_next(0, id), g->stage.puppet[k].trust.id));
}

/* Puppets FIRST and TWIN have one tag, and have not met the node. */
static struct gate *opened(void **state)
{
	const struct node_config c = node_config_default();
	struct gate *g = *state;
	uint8_t secret[KEY_LEN];

	stage_open(&g->stage, &c, N_PUPPETS, 8);
	key_of_number(42828, secret);
	stage_give_secret(&g->stage, FIRST, secret);
	key_of_number(134235, secret);
	stage_give_secret(&g->stage, TWIN, secret);
	assert_collision(g, TWIN, g->stage.puppet[FIRST].trust.id);
	return g;
}

static struct peer *first_of(struct gate *g)
{
	return peer_find(g->stage.node, g->stage.puppet[FIRST].trust.id);
}

static void assert_twin_stays_out(struct gate *g)
{
	assert_false(stage_try_meet(&g->stage, TWIN));
	assert_false(stage_try_call(&g->stage, TWIN));
}

static void two_members_of_one_tag_cannot_be(void **state)
{
	struct gate *g = opened(state);

	assert_true(stage_try_meet(&g->stage, FIRST));
	assert_twin_stays_out(g);
	assert_int_equal(g->n_refused, 1); /* of the one that called */
}

static void nobody_comes_in_with_our_own_tag(void **state)
{
	struct node_config c = node_config_default();
	struct gate *g = *state;
	uint8_t secret[KEY_LEN];

	key_of_number(42828, c.secret);
	stage_open(&g->stage, &c, N_PUPPETS, 8);
	key_of_number(134235, secret);
	stage_give_secret(&g->stage, TWIN, secret);
	assert_collision(g, TWIN, stage_status(&g->stage).id);
	assert_twin_stays_out(g);
}

/* A member names a host that nobody has met, whose terms would be those of another. */
static void who_is_merely_named_keeps_nobody_out(void **state)
{
	struct gate *g = opened(state);
	struct wire_msg m = {.type = WIRE_ROSTER, .roster = {.n = 1, .total = 1}};

	m.roster.entry[0].id = g->stage.puppet[TWIN].trust.id ^ UINT64_C(1) << 63;
	m.roster.entry[0].name[0] = 'x';
	assert_collision(g, TWIN, m.roster.entry[0].id);
	assert_true(stage_try_meet(&g->stage, OTHER));
	stage_say(&g->stage, OTHER, &m);
	assert_true(stage_try_meet(&g->stage, TWIN));
}

/* The keys of a session are erased an hour later; who had them is kept in mind. */
static void the_twin_of_who_is_silent_stays_out(void **state)
{
	struct gate *g = opened(state);

	assert_true(stage_try_meet(&g->stage, FIRST));
	stage_wait(&g->stage, 7200 * NS_PER_S);
	assert_false(session_can_send(&first_of(g)->session));
	assert_twin_stays_out(g);
	assert_true(stage_try_meet(&g->stage, FIRST));
}

static void who_was_forgotten_makes_room(void **state)
{
	struct gate *g = opened(state);

	assert_true(stage_try_meet(&g->stage, FIRST));
	stage_wait(&g->stage, 7200 * NS_PER_S);
	peer_strike(g->stage.node, first_of(g), true);
	assert_true(stage_try_meet(&g->stage, TWIN));
}

/* The table on disk has the row of @row alone, that of FIRST. */
static struct gate *opened_again(void **state, struct node_row *row)
{
	static struct node_saved saved;
	struct gate *g = opened(state);

	row->id = g->stage.puppet[FIRST].trust.id;
	row->addr = g->stage.puppet[FIRST].addr;
	memcpy(row->key, g->stage.puppet[FIRST].trust.pub, KEY_LEN);
	stage_close(&g->stage);
	saved = (struct node_saved){.n_table = 2, .row = row, .n_row = 1};
	g->stage.saved = &saved;
	return opened(state);
}

static void the_twin_of_who_is_in_the_table_on_disk_stays_out(void **state)
{
	struct node_row row = {.name = "a"};
	struct gate *g = opened_again(state, &row);

	assert_twin_stays_out(g);
	assert_true(stage_try_meet(&g->stage, FIRST));
}

/* The master of those who were not started again says that it is there; it has just been stopped. */
static void the_twin_of_who_is_said_to_be_here_stays_out(void **state)
{
	struct node_row row = {.name = "a", .key_known = true};
	struct gate *g = opened_again(state, &row);

	assert_true(stage_try_meet(&g->stage, OTHER));
	struct master m = master_begin(&g->stage, OTHER);
	struct wire_msg say = {.type = WIRE_ROSTER, .term = m.term, .roster = {.n = 1, .total = 1}};

	assert_non_null(master_poll(&g->stage, &m));
	say.roster.entry[0] = (struct wire_roster_entry){.id = row.id,
							 .addr = row.addr,
							 .state = MEMBER_SETTLED,
							 .priority = 100,
							 .closure_ns = CLOSURE_UNKNOWN,
							 .name = "a"};
	stage_say(&g->stage, OTHER, &say);
	assert_false(first_of(g)->recalled);
	assert_twin_stays_out(g);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(two_members_of_one_tag_cannot_be),
		T(nobody_comes_in_with_our_own_tag),
		T(who_is_merely_named_keeps_nobody_out),
		T(the_twin_of_who_is_silent_stays_out),
		T(who_was_forgotten_makes_room),
		T(the_twin_of_who_is_in_the_table_on_disk_stays_out),
		T(the_twin_of_who_is_said_to_be_here_stays_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
