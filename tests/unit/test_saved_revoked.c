/* test_saved_revoked.c - who is revoked, on disk: it comes back whole, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkd/host/saved_revoked.h"
#include "tests/unit/state_dir.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct saved_revoked three = {
	.n = 3,
	.host = {{.word = {.id = 1, .number = 1, .revoked = true},
		  .given = true,
		  .name = "gamma two%"},
		 {.word = {.id = 2, .number = UINT64_MAX}},
		 {.word = {.id = UINT64_MAX, .number = 7, .revoked = true},
		  .by = 0xfade,
		  .name = "x"}}};

static void save_three(void)
{
	struct state *s = opened();

	assert_int_equal(state_save_revoked(s, &three), 0);
	state_free(s);
}

static void words_come_back(void **state)
{
	(void)state;
	save_three();
	struct state *s = opened();
	const struct node_saved *saved = state_saved(s);

	assert_int_equal(saved->n_revoked, 3);
	for (unsigned i = 0; i < 3; i++) {
		const struct revoked_host *a = &saved->revoked[i], *b = &three.host[i];

		assert_true(a->word.id == b->word.id && a->word.number == b->word.number);
		assert_true(a->word.revoked == b->word.revoked && a->given == b->given);
		assert_true(a->by == b->by);
		assert_string_equal(a->name, b->name);
	}
	state_free(s);
}

static void as_many_as_there_may_be_fit(void **state)
{
	struct saved_revoked many = {.n = REVOKED_MAX}, back;
	char text[SAVED_REVOKED_MAX];

	(void)state;
	for (unsigned i = 0; i < REVOKED_MAX; i++) {
		many.host[i].word = (struct revocation){.id = UINT64_MAX - REVOKED_MAX + i,
							.number = UINT64_MAX};
		memset(many.host[i].name, 0x20, NODE_NAME_MAX - 1);
	}
	assert_in_range(saved_revoked_format(&many, text), 1, SAVED_REVOKED_MAX - 1);
	assert_true(saved_revoked_parse(text, &back));
	assert_int_equal(back.n, REVOKED_MAX);
}

static void what_is_damaged_is_set_aside(void **state)
{
	(void)state;
	save_three();
	spoil("revoked", 20, '7');
	struct state *s = opened();

	assert_int_equal(state_saved(s)->n_revoked, 0);
	assert_int_equal(access(in_dir("revoked.damaged"), F_OK), 0);
	assert_int_equal(unlink(in_dir("revoked.damaged")), 0);
	state_free(s);
}

static void what_does_not_read_back_is_no_list(void **state)
{
	static const char *const bad[] = {
		"",
		"berkd-revoked 1\n",
		"berkd-revoked 2\nsum 0011223344556677\n",
		"berkd-revoked 1\n0000000000000001 0 revoked ordered %\n",
		"berkd-revoked 1\n0000000000000000 1 revoked ordered %\n",
		("berkd-revoked 1\n0000000000000002 1 revoked ordered %\n"
		 "0000000000000001 1 revoked ordered %\n"),
	};
	struct saved_revoked s;
	char text[SAVED_REVOKED_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(saved_revoked_parse(bad[i], &s));
	}
	(void)saved_revoked_format(&three, text);
	assert_true(saved_revoked_parse(text, &s));
	for (size_t i = 0; text[i]; i++) {
		text[i] ^= 1;
		assert_false(saved_revoked_parse(text, &s));
		text[i] ^= 1;
	}
}

/* Nothing else that is saved meanwhile is taken for it. */
static void what_could_not_be_written_is_written_later(void **state)
{
	struct state *s = opened();

	(void)state;
	assert_true(state_revoked_is_kept(s));
	assert_int_equal(mkdir(in_dir("revoked.new"), 0700), 0);
	assert_true(state_save_revoked(s, &three) < 0);
	assert_int_equal(state_save_drift(s, 5), 0);
	assert_false(state_revoked_is_kept(s));
	assert_non_null(state_error(s));
	assert_true(state_may_promise(s));
	assert_int_equal(state_retry(s), 0);
	assert_false(state_revoked_is_kept(s));
	assert_int_equal(rmdir(in_dir("revoked.new")), 0);
	assert_int_equal(state_retry(s), 0);
	assert_true(state_revoked_is_kept(s));
	assert_null(state_error(s));
	state_free(s);
	s = opened();
	assert_int_equal(state_saved(s)->n_revoked, 3);
	state_free(s);
}

static void the_end_is_the_last_time_to_write_it(void **state)
{
	struct state *s = opened();

	(void)state;
	assert_int_equal(mkdir(in_dir("revoked.new"), 0700), 0);
	assert_true(state_save_revoked(s, &three) < 0);
	assert_int_equal(rmdir(in_dir("revoked.new")), 0);
	state_free(s);
	s = opened();
	assert_int_equal(state_saved(s)->n_revoked, 3);
	state_free(s);
}

static void what_is_kept_nowhere_is_not_said_to_be(void **state)
{
	(void)state;
	config.state = false;
	struct state *s = opened();

	assert_int_equal(state_save_revoked(s, &three), 0);
	assert_false(state_revoked_is_kept(s));
	assert_null(state_error(s));
	state_free(s);
}

#define T(f) cmocka_unit_test_setup_teardown(f, state_dir_make, state_dir_remove)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(words_come_back),
		T(as_many_as_there_may_be_fit),
		T(what_is_damaged_is_set_aside),
		T(what_does_not_read_back_is_no_list),
		T(what_could_not_be_written_is_written_later),
		T(the_end_is_the_last_time_to_write_it),
		T(what_is_kept_nowhere_is_not_said_to_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
