/* test_saved_table.c - the table on disk: it comes back whole, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkd/host/state_file.h"
#include "tests/unit/state_dir.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A group of four, of which three are named. */
static const struct saved_table *table_of_three(void)
{
	static struct saved_table t;

	t = (struct saved_table){
		.n_table = 5,
		.guest = true,
		.n_row = 3,
		.row = {{.id = 1,
			 .name = "beta",
			 .addr = {.ip = {[10] = 0xff, 0xff, 192, 0, 2, 7}, .port = 5252}},
			{.id = UINT64_MAX,
			 .guest = true,
			 .key_known = true,
			 .key = {0xab, 0xcd, [31] = 1},
			 .name = "gamma two%\xc3\xa9",
			 .addr = {.ip = {0xfe, 0x80, [15] = 9}, .scope = 3, .port = 5252}},
			{.id = 3}},
	};
	return &t;
}

static void save_table(const struct saved_table *t)
{
	struct state *s = opened();

	assert_int_equal(state_save_time(s, (wall_t){NS_PER_S}, 4, false, false), 0);
	assert_int_equal(state_save_table(s, t), 0);
	state_free(s);
}

static void table_comes_back(void **state)
{
	const struct saved_table *t = table_of_three();

	(void)state;
	save_table(t);
	struct state *s = opened();
	const struct node_saved *saved = state_saved(s);

	assert_int_equal(saved->n_table, 5); /* not the older size alone */
	assert_true(saved->guest);
	assert_int_equal(saved->n_row, 3);
	assert_memory_equal(&saved->row[0], &t->row[0], sizeof(t->row[0]));
	assert_memory_equal(saved->row[1].key, t->row[1].key, KEY_LEN);
	assert_string_equal(saved->row[1].name, t->row[1].name);
	assert_true(saved->row[1].guest && saved->row[1].key_known);
	assert_int_equal(saved->row[1].addr.port, 0); /* its interface may be another one now */
	assert_true(saved->row[2].id == 3 && saved->row[2].name[0] == '\0');
	state_drop_table(s);
	assert_int_equal(state_saved(s)->n_row, 0);
	state_free(s);
	struct stat st;

	assert_int_equal(stat(in_dir("table"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* Of several that wait for the disk the last one is there in the end. */
static void last_table_is_on_disk(void **state)
{
	struct saved_table t = *table_of_three();
	struct state *s = opened();

	(void)state;
	for (unsigned i = 1; i <= 50; i++) {
		t.n_table = i;
		assert_int_equal(state_save_table(s, &t), 0);
	}
	state_free(s);
	s = opened();
	assert_int_equal(state_saved(s)->n_table, 50);
	state_free(s);
}

static void size_alone_is_read(void **state)
{
	struct state *s = opened();

	(void)state;
	assert_int_equal(state_save_time(s, (wall_t){NS_PER_S}, 4, false, false),
			 0); /* as older versions did */
	state_free(s);
	s = opened();
	assert_int_equal(state_saved(s)->n_table, 4);
	assert_int_equal(state_saved(s)->n_row, 0);
	state_free(s);
}

/* Each byte of the file, changed, is noticed; and a file that ends early. */
static void damaged_table_costs_its_names_alone(void **state)
{
	char text[2048], was;

	(void)state;
	save_table(table_of_three());
	int fd = open(in_dir("table"), O_RDONLY);
	ssize_t len = read(fd, text, sizeof(text));

	close(fd);
	assert_in_range(len, 100, sizeof(text) - 1);
	for (ssize_t at = 0; at < len; at++) {
		static struct saved_table t;
		struct saved_error e = {.what = NULL};

		was = text[at];
		text[at] ^= 1;
		assert_false(saved_table_parse(text, (size_t)len, 77, &t, &e));
		assert_true(e.what && e.line >= 1 && e.line <= 5);
		text[at] = was;
		assert_false(saved_table_parse(text, (size_t)at, 77, &t, &e));
		assert_non_null(e.what);
	}
	spoil("table", 40, 'x');
	struct state *s = opened();

	assert_int_equal(state_saved(s)->n_table, 4);
	assert_int_equal(state_saved(s)->n_row, 0);
	assert_int_equal(access(in_dir("table.damaged"), F_OK), 0);
	assert_int_equal(access(in_dir("table"), F_OK), -1);
	assert_int_equal(state_save_table(s, table_of_three()), 0);
	state_free(s);
	s = opened();
	assert_int_equal(state_saved(s)->n_row, 3);
	state_free(s);
}

static bool parses(const char *lines, node_id self, struct saved_error *ret)
{
	static struct saved_table t;
	char text[1024], sum[STATE_SUM_MAX];

	state_file_sum(lines, strlen(lines), sum);
	(void)snprintf(text, sizeof(text), "%ssum %s\n", lines, sum);
	return saved_table_parse(text, strlen(text), self, &t, ret);
}

static void a_table_is_read_strictly(void **state)
{
#define HEAD "berkd-table 1 size 2 member\n"
#define ROW  "0000000000000001 member :: 0 - beta\n"
	static const struct {
		const char *lines;
		unsigned line; /* that is wrong */
	} bad[] = {
		{"", 1},
		{"berkd-table 2 size 2 member\n", 1},
		{"berkd-table 1 size 0 member\n", 1},
		{"berkd-table 1 size 999 member\n", 1},
		{"berkd-table 1 size 2 other\n", 1},
		{HEAD ROW ROW, 3},
		{HEAD "000000000000004d member :: 0 - self\n", 2},
		{HEAD "0000000000000000 member :: 0 - beta\n", 2},
		{HEAD "1 member :: 0 - beta\n", 2},
		{HEAD "0000000000000001 member :: 65536 - beta\n", 2},
		{HEAD "0000000000000001 member :: 0 ab beta\n", 2},
		{HEAD "0000000000000001 member :: 0 - be%4\n", 2},
		{HEAD "0000000000000001 member :: 0 - beta gamma\n", 2},
		{HEAD "0000000000000001 member  :: 0 - beta\n", 2},
		{HEAD "\n", 2},
	};
	struct saved_error e;

	(void)state;
	assert_true(parses(HEAD ROW, 77, &e));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(parses(bad[i].lines, 77, &e));
		assert_int_equal(e.line, bad[i].line);
	}
#undef HEAD
#undef ROW
}

static void a_copied_table_is_not_ours(void **state)
{
	(void)state;
	save_table(table_of_three());
	machine = elsewhere;
	struct state *s = opened();

	assert_int_equal(state_saved(s)->n_table, 0);
	assert_int_equal(state_saved(s)->n_row, 0);
	assert_int_equal(access(in_dir("table.from-another-machine"), F_OK), 0);
	state_free(s);
}

static void what_cannot_be_written_is_told_and_tried_again(void **state)
{
	struct state *s = opened();

	(void)state;
	assert_int_equal(mkdir(in_dir("table.new"), 0700), 0);
	assert_int_equal(state_save_table(s, table_of_three()), 0);
	assert_non_null(state_error(s));
	assert_true(state_may_promise(s)); /* votes need no table */
	assert_int_equal(rmdir(in_dir("table.new")), 0);
	assert_int_equal(state_retry(s), 0);
	assert_null(state_error(s));
	state_free(s);
	s = opened();
	assert_int_equal(state_saved(s)->n_row, 3);
	state_free(s);
}

/* Nobody is there to try again. */
static void what_cannot_be_written_at_the_end_is_told(void **state)
{
	char text[512] = "";
	FILE *log = tmpfile();
	int err = dup(STDERR_FILENO);
	struct state *s = opened();

	(void)state;
	assert_true(log && err >= 0 && dup2(fileno(log), STDERR_FILENO) >= 0);
	assert_int_equal(mkdir(in_dir("table.new"), 0700), 0);
	assert_int_equal(state_save_table(s, table_of_three()), 0);
	state_free(s);
	assert_true(dup2(err, STDERR_FILENO) >= 0);
	close(err);
	assert_true(pread(fileno(log), text, sizeof(text) - 1, 0) > 0);
	(void)fclose(log);
	assert_non_null(strstr(text, "table of the group is not on disk"));
	assert_int_equal(rmdir(in_dir("table.new")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_is_read_strictly),
		cmocka_unit_test_setup_teardown(table_comes_back, state_dir_make, state_dir_remove),
		cmocka_unit_test_setup_teardown(last_table_is_on_disk, state_dir_make,
						state_dir_remove),
		cmocka_unit_test_setup_teardown(size_alone_is_read, state_dir_make,
						state_dir_remove),
		cmocka_unit_test_setup_teardown(damaged_table_costs_its_names_alone, state_dir_make,
						state_dir_remove),
		cmocka_unit_test_setup_teardown(a_copied_table_is_not_ours, state_dir_make,
						state_dir_remove),
		cmocka_unit_test_setup_teardown(what_cannot_be_written_is_told_and_tried_again,
						state_dir_make, state_dir_remove),
		cmocka_unit_test_setup_teardown(what_cannot_be_written_at_the_end_is_told,
						state_dir_make, state_dir_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
