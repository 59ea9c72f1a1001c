/* test_told.c - how often people are told of what repeats: an address that changes, a ballot in
 * vain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/world/master.h"
#include "tests/world/node.h"

#define MOVER 1 /* the puppet with two addresses */

struct scene {
	struct stage stage; /* first: the stage's callback gets this */
	unsigned n_paths, n_ballots, n_ballots_told;
	struct addr path; /* as told last */
};

static void note_effect(struct stage *s, const struct effect *e)
{
	struct scene *t = (struct scene *)s;

	if (e->type == FX_NOTICE && e->notice.kind == NOTICE_PATH_CHANGED) {
		t->n_paths++;
		t->path = e->notice.path_changed.addr;
	} else if (e->type == FX_NOTICE && e->notice.kind == NOTICE_ELECTION) {
		t->n_ballots++;
		t->n_ballots_told += e->notice.level <= LEVEL_INFO;
	}
}

static int setup(void **state)
{
	static struct scene t;
	struct node_config c = node_config_default();

	c.quorum = QUORUM_MAJORITY;
	t = (struct scene){.stage.effect = note_effect};
	stage_open(&t.stage, &c, 4, 8);
	for (unsigned k = 0; k < 4; k++) {
		stage_meet(&t.stage, k);
	}
	*state = &t;
	return 0;
}

static int teardown(void **state)
{
	stage_close(*state);
	return 0;
}

/* The puppet is heard from its address in network @net. */
static void is_heard_from(struct scene *t, uint8_t net)
{
	t->stage.puppet[MOVER].addr.ip[0] = net;
	stage_say(&t->stage, MOVER, &(struct wire_msg){.type = WIRE_PING});
}

static void a_host_that_moves_is_told_once_with_its_address(void **state)
{
	struct scene *t = *state;

	is_heard_from(t, t->stage.puppet[MOVER].addr.ip[0]);
	assert_int_equal(t->n_paths, 0);
	for (unsigned i = 0; i < 3; i++) {
		is_heard_from(t, 77);
	}
	assert_int_equal(t->n_paths, 1);
	assert_int_equal(t->path.ip[0], 77);
}

static void a_host_with_two_ways_is_told_once_a_minute(void **state)
{
	struct scene *t = *state;
	uint8_t home = t->stage.puppet[MOVER].addr.ip[0];

	for (unsigned i = 0; i < 25; i++) { /* it is asked at each */
		is_heard_from(t, i % 2 ? home : 77);
		stage_wait(&t->stage, 2 * NS_PER_S);
	}
	assert_int_equal(t->n_paths, 1);
	stage_wait(&t->stage, 61 * NS_PER_S);
	is_heard_from(t, 77); /* as was told */
	assert_int_equal(t->n_paths, 1);
	is_heard_from(t, home);
	assert_int_equal(t->n_paths, 2);
	assert_int_equal(t->path.ip[0], home);
}

static void ballots_in_vain_are_told_once_a_minute(void **state)
{
	struct scene *t = *state;
	struct master m = master_begin(&t->stage, 0);

	master_lead(&t->stage, &m, 8, &(struct master_word){.error_ns = NS_PER_MS});
	stage_wait(&t->stage, 119 * NS_PER_S);
	assert_true(t->n_ballots > 10);
	assert_in_range(t->n_ballots_told, 1, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_host_that_moves_is_told_once_with_its_address),
		TEST(a_host_with_two_ways_is_told_once_a_minute),
		TEST(ballots_in_vain_are_told_once_a_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
