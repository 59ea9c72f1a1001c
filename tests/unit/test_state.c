/* test_state.c - what is saved comes back; what is damaged is set aside; nothing stops a start. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkd/host/saved_line.h"
#include "berkd/host/state.h"
#include "berkd/host/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct config config;
static char dir[64];
static const uint8_t here[MACHINE_HASH_LEN] = {1, 2, 3}, elsewhere[MACHINE_HASH_LEN] = {1, 2, 4};
static const uint8_t *machine; /* that we run on; NULL: not known */

static const char *in_dir(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int setup(void **state)
{
	(void)state;
	memset(&config, 0, sizeof(config));
	(void)snprintf(dir, sizeof(dir), "/tmp/berkd-test-state.XXXXXX");
	if (!mkdtemp(dir)) {
		return -1;
	}
	(void)snprintf(config.state_dir, sizeof(config.state_dir), "%s", dir);
	config.state = true;
	machine = here;
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = {"identity", "identity.damaged", "term", "term.damaged",
					    "drift",	"drift.damaged",    "line", "group",
					    "table",	"table.damaged"};
	static const char *const copied[] = {"identity.from-another-machine",
					     "term.from-another-machine",
					     "drift.from-another-machine",
					     "line.from-another-machine",
					     "group.from-another-machine",
					     "table.from-another-machine"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)unlink(in_dir(names[i]));
	}
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++) {
		(void)unlink(in_dir(copied[i]));
	}
	(void)rmdir(in_dir("term.new"));
	return rmdir(dir);
}

static struct state *opened(void)
{
	struct state *s;

	assert_int_equal(state_new(&config, machine, &s), 0);
	return s;
}

static void spoil(const char *name, off_t at, char byte)
{
	int fd = open(in_dir(name), O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

/* Over the same life of RAW only. */
static void a_saved_line_is_one_of_its_boot(void **state)
{
	const struct raw_life life = {"0123456789abcdef0123456789abcdef", 5 * NS_PER_S};
	struct raw_life other = life;
	const struct line line = {
		.r0 = {77}, .g0 = {-5}, .rate = -1.5e-5, .error_ns = 1234, .growth_ppb = 412345};
	const struct time_order order = {.at = {9},
					 .shift_ns = -3,
					 .host = UINT64_MAX,
					 .uid = UINT32_MAX,
					 .way = TIME_SLEWS,
					 .dated = true,
					 .left_ns = -1234};
	struct time_order told;
	struct line back;
	uint64_t era;
	char text[STATE_VALUE_MAX];

	(void)state;
	saved_line_format(text, sizeof(text), &life, UINT64_MAX, &line, &order);
	assert_true(saved_line_parse(text, &life, &era, &back, &told));
	assert_true(era == UINT64_MAX && back.r0.ns == 77 && back.g0.ns == -5);
	assert_true(back.rate == -1.5e-5 && back.error_ns == 1234 && back.growth_ppb == 412345);
	assert_true(told.at.ns == 9 && told.shift_ns == -3 && told.host == UINT64_MAX &&
		    told.dated);
	assert_true(told.uid == UINT32_MAX && told.way == TIME_SLEWS && told.left_ns == -1234);
	other.slept_ns += 2 * NS_PER_MS;
	assert_false(saved_line_parse(text, &other, &era, &back, &told));
	other = life;
	other.boot[31] = '0';
	assert_false(saved_line_parse(text, &other, &era, &back, &told));
	assert_int_equal(told.at.ns, 9); /* what was ordered is known all the same */
	/* An order that cannot be one is not told to others. */
	*strrchr(text, '-') = '9';
	assert_true(saved_line_parse(text, &life, &era, &back, &told));
	(void)strcpy(strrchr(text, '9'), "99000000000000");
	assert_false(saved_line_parse(text, &life, &era, &back, &told));
	/* There was none; an older daemon wrote nothing of it. */
	(void)strcpy(strstr(text, " order"), "");
	assert_true(saved_line_parse(text, &life, &era, &back, &told));
	assert_int_equal(told.at.ns, 0);
	strstr(text, "growth ")[7] = '-';
	assert_false(saved_line_parse(text, &life, &era, &back, &told));
	strstr(text, "growth ")[7] = '4';
	strstr(text, "error ")[6] = '-';
	assert_false(saved_line_parse(text, &life, &era, &back, &told));
	assert_false(saved_line_parse("term 3 raw 77", &life, &era, &back, &told));
}

static void saved_values_come_back(void **state)
{
	struct state *s = opened();
	uint8_t secret[KEY_LEN];

	(void)state;
	memcpy(secret, state_secret(s), KEY_LEN);
	assert_int_equal(state_saved(s)->term, 0);
	assert_false(state_saved(s)->has_freq);
	assert_int_equal(state_save_term(s, UINT64_MAX - 1), 0);
	assert_int_equal(state_save_drift(s, -12345), 0);
	state_free(s);
	s = opened();
	assert_memory_equal(state_secret(s), secret, KEY_LEN);
	assert_true(state_saved(s)->term == UINT64_MAX - 1);
	assert_true(state_saved(s)->has_freq);
	assert_int_equal(state_saved(s)->freq_ppb, -12345);
	state_free(s);
}

static void secret_is_for_the_owner_alone(void **state)
{
	struct stat st;

	(void)state;
	state_free(opened());
	assert_int_equal(stat(in_dir("identity"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void missing_directory_is_made(void **state)
{
	(void)state;
	(void)snprintf(config.state_dir, sizeof(config.state_dir), "%s/below", dir);
	state_free(opened());
	assert_int_equal(access(in_dir("below/identity"), F_OK), 0);
	assert_int_equal(unlink(in_dir("below/identity")), 0);
	assert_int_equal(rmdir(in_dir("below")), 0);
}

static void flipped_digit_is_noticed_and_set_aside(void **state)
{
	struct state *s = opened();

	(void)state;
	assert_int_equal(state_save_term(s, 1000), 0);
	state_free(s);
	spoil("term", 0, '9');
	s = opened();
	assert_int_equal(state_saved(s)->term, 0);
	assert_int_equal(access(in_dir("term.damaged"), F_OK), 0);
	assert_int_equal(access(in_dir("term"), F_OK), -1);
	assert_int_equal(state_save_term(s, 7), 0);
	state_free(s);
	s = opened();
	assert_int_equal(state_saved(s)->term, 7);
	state_free(s);
}

static void empty_or_overlong_file_is_set_aside(void **state)
{
	char junk[4096];

	(void)state;
	memset(junk, 'x', sizeof(junk));
	for (size_t len = 0; len <= sizeof(junk); len += sizeof(junk) / 2) {
		int fd = open(in_dir("drift"), O_WRONLY | O_CREAT | O_TRUNC, 0600);

		assert_int_equal(write(fd, junk, len), len);
		close(fd);
		struct state *s = opened();

		assert_false(state_saved(s)->has_freq);
		assert_int_equal(access(in_dir("drift.damaged"), F_OK), 0);
		state_free(s);
	}
}

static void damaged_identity_gives_a_new_one(void **state)
{
	struct state *s = opened();
	uint8_t secret[KEY_LEN];

	(void)state;
	memcpy(secret, state_secret(s), KEY_LEN);
	state_free(s);
	spoil("identity", 5, '!');
	s = opened();
	assert_memory_not_equal(state_secret(s), secret, KEY_LEN);
	memcpy(secret, state_secret(s), KEY_LEN);
	state_free(s);
	s = opened();
	assert_memory_equal(state_secret(s), secret, KEY_LEN);
	state_free(s);
}

static void failed_write_is_told_and_keeps_the_old_value(void **state)
{
	struct state *s = opened();

	(void)state;
	assert_int_equal(state_save_term(s, 5), 0);
	assert_int_equal(mkdir(in_dir("term.new"), 0700), 0); /* in the way */
	assert_int_equal(state_save_term(s, 6), -EISDIR);
	state_free(s);
	s = opened();
	assert_int_equal(state_saved(s)->term, 5);
	state_free(s);
}

static void failed_write_forbids_promises_until_it_succeeds(void **state)
{
	struct state *s = opened();

	(void)state;
	assert_int_equal(state_save_term(s, 5), 0);
	assert_null(state_error(s));
	assert_true(state_may_promise(s));
	assert_int_equal(mkdir(in_dir("term.new"), 0700), 0); /* in the way */
	assert_int_equal(state_save_term(s, 6), -EISDIR);
	assert_string_equal(state_error(s), strerror(EISDIR));
	assert_false(state_may_promise(s));
	assert_int_equal(state_saved(s)->term, 5);
	assert_int_equal(state_retry(s), -EISDIR);
	assert_false(state_may_promise(s));
	assert_int_equal(rmdir(in_dir("term.new")), 0);
	assert_int_equal(state_retry(s), 0); /* saves what could not be saved */
	assert_true(state_may_promise(s));
	assert_null(state_error(s));
	state_free(s);
	s = opened();
	assert_int_equal(state_saved(s)->term, 6);
	state_free(s);
}

static const struct line group_line = {.g0 = {5},
				       .rate = 1e-6,
				       .error_ns = 1234,
				       .growth_ppb = 400};

static const struct time_order no_order;

static void a_line_that_is_dropped_does_not_come_back(void **state)
{
	struct state *s = opened();

	(void)state;
	assert_int_equal(state_drop_line(s), 0); /* there is none */
	assert_int_equal(state_save_line(s, 7, &group_line, &no_order), 0);
	state_free(s);
	s = opened();
	assert_true(state_saved(s)->has_line && state_saved(s)->era == 7);
	assert_int_equal(state_saved(s)->line.growth_ppb, 400);
	assert_int_equal(state_drop_line(s), 0);
	state_free(s);
	s = opened();
	assert_false(state_saved(s)->has_line);
	state_free(s);
}

/* Rather none than the one before. */
static void a_line_that_cannot_be_written_takes_the_old_one_along(void **state)
{
	struct state *s = opened();

	(void)state;
	assert_int_equal(state_save_line(s, 7, &group_line, &no_order), 0);
	assert_int_equal(mkdir(in_dir("line.new"), 0700), 0);
	assert_int_equal(state_save_line(s, 8, &group_line, &no_order), -EISDIR);
	assert_int_equal(access(in_dir("line"), F_OK), -1);
	assert_string_equal(state_error(s), strerror(EISDIR));
	assert_int_equal(rmdir(in_dir("line.new")), 0);
	state_free(s);
}

static void a_line_that_cannot_be_dropped_is_dropped_later(void **state)
{
	struct state *s = opened();

	(void)state;
	assert_int_equal(mkdir(in_dir("line"), 0700), 0);
	assert_int_equal(state_drop_line(s), -EISDIR);
	assert_int_equal(state_retry(s), -EISDIR);
	assert_string_equal(state_error(s), strerror(EISDIR));
	assert_int_equal(rmdir(in_dir("line")), 0);
	assert_int_equal(state_retry(s), 0);
	assert_null(state_error(s));
	state_free(s);
}

static void unwritable_directory_is_read_and_forbids_promises(void **state)
{
	struct state *s = opened();
	uint8_t secret[KEY_LEN];

	(void)state;
	memcpy(secret, state_secret(s), KEY_LEN);
	assert_int_equal(state_save_term(s, 5), 0);
	state_free(s);
	assert_int_equal(mkdir(in_dir("probe.new"), 0700), 0); /* as a full disk would be */
	s = opened();
	assert_memory_equal(state_secret(s), secret, KEY_LEN);
	assert_int_equal(state_saved(s)->term, 5);
	assert_non_null(state_error(s));
	assert_false(state_may_promise(s)); /* as that host it has made some before */
	assert_int_equal(rmdir(in_dir("probe.new")), 0);
	assert_int_equal(state_retry(s), 0);
	assert_true(state_may_promise(s));
	state_free(s);
}

static void identity_of_a_missing_directory_is_saved_when_it_is_there(void **state)
{
	uint8_t secret[KEY_LEN];

	(void)state;
	(void)snprintf(config.state_dir, sizeof(config.state_dir), "%s/a/b", dir);
	struct state *s = opened();

	memcpy(secret, state_secret(s), KEY_LEN);
	assert_non_null(state_error(s));
	assert_true(state_may_promise(s)); /* the promises end with the identity */
	assert_int_equal(state_save_term(s, 9), 0);
	assert_int_equal(mkdir(in_dir("a"), 0700), 0);
	assert_int_equal(state_retry(s), 0);
	assert_null(state_error(s));
	state_free(s);
	s = opened();
	assert_memory_equal(state_secret(s), secret, KEY_LEN);
	assert_int_equal(state_saved(s)->term, 9);
	state_free(s);
	assert_int_equal(unlink(in_dir("a/b/identity")), 0);
	assert_int_equal(unlink(in_dir("a/b/term")), 0);
	assert_int_equal(rmdir(in_dir("a/b")), 0);
	assert_int_equal(rmdir(in_dir("a")), 0);
}

static void identity_that_appears_later_is_not_overwritten(void **state)
{
	uint8_t secret[KEY_LEN];
	char path[sizeof(config.state_dir)];

	(void)state;
	struct state *s = opened(); /* a disk that will be mounted late */

	memcpy(secret, state_secret(s), KEY_LEN);
	state_free(s);
	(void)snprintf(path, sizeof(path), "%s.away", dir);
	assert_int_equal(rename(dir, path), 0);
	int fd = open(dir, O_WRONLY | O_CREAT | O_EXCL, 0600); /* no directory */

	assert_true(fd >= 0);
	close(fd);
	s = opened();
	assert_memory_not_equal(state_secret(s), secret, KEY_LEN);
	assert_int_equal(unlink(dir), 0);
	assert_int_equal(rename(path, dir), 0);
	assert_int_equal(state_retry(s), -EEXIST);
	assert_non_null(strstr(state_error(s), "restart"));
	assert_int_equal(state_save_term(s, 9), 0);
	assert_int_equal(access(in_dir("term"), F_OK), -1);
	state_free(s);
	s = opened();
	assert_memory_equal(state_secret(s), secret, KEY_LEN);
	state_free(s);
}

static void unusable_directory_does_not_stop_the_start(void **state)
{
	(void)state;
	(void)snprintf(config.state_dir, sizeof(config.state_dir), "/proc/self/cmdline");
	struct state *s = opened();

	assert_int_equal(state_save_term(s, 6), 0); /* in memory */
	state_free(s);
}

static void state_off_leaves_no_trace(void **state)
{
	(void)state;
	config.state = false;
	struct state *a = opened(), *b = opened();

	assert_memory_not_equal(state_secret(a), state_secret(b), KEY_LEN);
	assert_int_equal(state_save_term(a, 6), 0);
	assert_int_equal(access(in_dir("term"), F_OK), -1);
	assert_int_equal(access(in_dir("identity"), F_OK), -1);
	state_free(a);
	state_free(b);
}

/* A directory with a term and a drift, made on this machine; @ret: its secret. */
static void make_directory(uint8_t ret[static KEY_LEN])
{
	struct state *s = opened();

	memcpy(ret, state_secret(s), KEY_LEN);
	assert_int_equal(state_save_term(s, 77), 0);
	assert_int_equal(state_save_drift(s, -12345), 0);
	state_free(s);
}

static void copied_directory_makes_a_new_host(void **state)
{
	uint8_t old[KEY_LEN], made[KEY_LEN];

	(void)state;
	make_directory(old);
	machine = elsewhere;
	struct state *s = opened();

	memcpy(made, state_secret(s), KEY_LEN);
	assert_memory_not_equal(made, old, KEY_LEN);
	assert_int_equal(state_saved(s)->term, 0);
	assert_false(state_saved(s)->has_freq);
	assert_int_equal(access(in_dir("identity.from-another-machine"), F_OK), 0);
	assert_int_equal(access(in_dir("term.from-another-machine"), F_OK), 0);
	assert_int_equal(access(in_dir("drift.from-another-machine"), F_OK), 0);
	assert_int_equal(state_save_term(s, 78), 0);
	state_free(s);
	s = opened(); /* and it stays that */
	assert_memory_equal(state_secret(s), made, KEY_LEN);
	assert_int_equal(state_saved(s)->term, 78);
	state_free(s);
}

static void identity_of_an_unknown_machine_is_kept_and_bound_later(void **state)
{
	uint8_t old[KEY_LEN];

	(void)state;
	machine = NULL;
	make_directory(old);
	machine = here;
	struct state *s = opened();

	assert_memory_equal(state_secret(s), old, KEY_LEN);
	state_free(s);
	machine = NULL; /* nothing to compare with */
	s = opened();
	assert_memory_equal(state_secret(s), old, KEY_LEN);
	assert_int_equal(state_saved(s)->term, 77);
	state_free(s);
	machine = elsewhere;
	s = opened();
	assert_memory_not_equal(state_secret(s), old, KEY_LEN);
	state_free(s);
}

static void what_is_no_file_is_set_aside_at_once(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(in_dir("identity"), 0600), 0);
	assert_int_equal(mkfifo(in_dir("term"), 0600), 0);
	assert_int_equal(symlink("/dev/zero", in_dir("drift")), 0);
	(void)alarm(10); /* a FIFO that is opened to be read would wait for ever */
	struct state *s = opened();

	assert_int_equal(access(in_dir("identity.damaged"), F_OK), 0);
	assert_int_equal(state_saved(s)->term, 0);
	assert_int_equal(access(in_dir("term.damaged"), F_OK), 0);
	assert_false(state_saved(s)->has_freq);
	assert_int_equal(access(in_dir("drift"), F_OK), -1);
	assert_int_equal(mkfifo(in_dir("term.new"), 0600), 0);
	assert_int_equal(state_save_term(s, 6), -ENXIO);
	assert_int_equal(unlink(in_dir("term.new")), 0);
	state_free(s);
	(void)alarm(0);
}

/* --- The table --- */

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

	assert_int_equal(state_save_time(s, (wall_t){NS_PER_S}, 4), 0);
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
	assert_int_equal(state_save_time(s, (wall_t){NS_PER_S}, 4), 0); /* as older versions did */
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
	for (unsigned i = 0; i < 500 && !state_error(s); i++) {
		(void)usleep(10000);
		state_look(s);
	}
	assert_non_null(state_error(s));
	assert_true(state_may_promise(s)); /* votes need no table */
	assert_int_equal(rmdir(in_dir("table.new")), 0);
	for (unsigned i = 0; i < 10; i++) { /* not before it is time */
		(void)usleep(1000);
		state_look(s);
	}
	assert_non_null(state_error(s));
	assert_int_equal(state_retry(s), 0);
	for (unsigned i = 0; i < 500 && state_error(s); i++) {
		(void)usleep(10000);
		state_look(s);
	}
	assert_null(state_error(s));
	state_free(s);
	s = opened();
	assert_int_equal(state_saved(s)->n_row, 3);
	state_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_saved_line_is_one_of_its_boot),
		cmocka_unit_test(a_table_is_read_strictly),
		cmocka_unit_test_setup_teardown(table_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(last_table_is_on_disk, setup, teardown),
		cmocka_unit_test_setup_teardown(size_alone_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_table_costs_its_names_alone, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_copied_table_is_not_ours, setup, teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_written_is_told_and_tried_again,
						setup, teardown),
		cmocka_unit_test_setup_teardown(saved_values_come_back, setup, teardown),
		cmocka_unit_test_setup_teardown(secret_is_for_the_owner_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(missing_directory_is_made, setup, teardown),
		cmocka_unit_test_setup_teardown(flipped_digit_is_noticed_and_set_aside, setup,
						teardown),
		cmocka_unit_test_setup_teardown(empty_or_overlong_file_is_set_aside, setup,
						teardown),
		cmocka_unit_test_setup_teardown(damaged_identity_gives_a_new_one, setup, teardown),
		cmocka_unit_test_setup_teardown(failed_write_is_told_and_keeps_the_old_value, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_line_that_is_dropped_does_not_come_back, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			a_line_that_cannot_be_written_takes_the_old_one_along, setup, teardown),
		cmocka_unit_test_setup_teardown(a_line_that_cannot_be_dropped_is_dropped_later,
						setup, teardown),
		cmocka_unit_test_setup_teardown(unusable_directory_does_not_stop_the_start, setup,
						teardown),
		cmocka_unit_test_setup_teardown(failed_write_forbids_promises_until_it_succeeds,
						setup, teardown),
		cmocka_unit_test_setup_teardown(unwritable_directory_is_read_and_forbids_promises,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			identity_of_a_missing_directory_is_saved_when_it_is_there, setup, teardown),
		cmocka_unit_test_setup_teardown(identity_that_appears_later_is_not_overwritten,
						setup, teardown),
		cmocka_unit_test_setup_teardown(copied_directory_makes_a_new_host, setup, teardown),
		cmocka_unit_test_setup_teardown(
			identity_of_an_unknown_machine_is_kept_and_bound_later, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_set_aside_at_once, setup,
						teardown),
		cmocka_unit_test_setup_teardown(state_off_leaves_no_trace, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
