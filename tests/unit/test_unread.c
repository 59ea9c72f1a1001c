/* test_unread.c - what is there and cannot be read is no damage: it stays, and its value is in
 * memory.  openat() and read() here can fail as a bad disk, or somebody else's file, makes them
 * fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkd/host/chat_file.h"
#include "berkd/host/state.h"
#include "berkd/host/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RING 16

static const char *const names[] = {"identity", "term", "drift", "line", "group", "table", "chat"};
static struct config config;
static const char *denied; /* the name that gives ... */
static int denied_by;	   /* ... this error when it is opened to be read */
static int read_fails_by;  /* 0: it does not */

int openat(int dir, const char *name, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	if (denied && strcmp(name, denied) == 0 && (flags & O_ACCMODE) == O_RDONLY) {
		errno = denied_by;
		return -1;
	}
	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return (int)syscall(SYS_openat, dir, name, flags, mode);
}

ssize_t read(int fd, void *buf, size_t n)
{
	if (read_fails_by != 0) {
		errno = read_fails_by;
		return -1;
	}
	return syscall(SYS_read, fd, buf, n);
}

static const char *in_dir(const char *name)
{
	static char path[PATH_MAX + 32];

	(void)snprintf(path, sizeof(path), "%s/%s", config.state_dir, name);
	return path;
}

static struct state *opened(void)
{
	struct state *s;

	assert_int_equal(state_new(&config, NULL, &s), 0);
	return s;
}

/* A directory with one of each. */
static int setup(void **state)
{
	static const struct saved_line line = {.any = true, .line = {.error_ns = 1234}};
	static struct saved_table table = {.n_table = 5, .n_row = 1, .row = {{.id = 1}}};

	(void)state;
	memset(&config, 0, sizeof(config));
	(void)snprintf(config.state_dir, sizeof(config.state_dir), "/tmp/berkd-test-unread.XXXXXX");
	assert_non_null(mkdtemp(config.state_dir));
	config.state = true;
	struct state *s = opened();

	assert_int_equal(state_save_term(s, 77), 0);
	assert_int_equal(state_save_drift(s, -12345), 0);
	assert_int_equal(state_save_line(s, &line), 0);
	assert_int_equal(state_save_time(s, (wall_t){99 * NS_PER_S}, 4, false, false), 0);
	assert_int_equal(state_save_table(s, &table), 0);
	state_free(s);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	denied = NULL;
	read_fails_by = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char damaged[32];

		(void)snprintf(damaged, sizeof(damaged), "%s.damaged", names[i]);
		(void)unlink(in_dir(names[i]));
		(void)unlink(in_dir(damaged));
	}
	return rmdir(config.state_dir);
}

/* Everything that a daemon would save, other than it is. */
static void save_others(struct state *s)
{
	static struct saved_table table = {.n_table = 2};

	(void)state_save_term(s, 88);
	(void)state_save_drift(s, 5);
	(void)state_save_time(s, (wall_t){111 * NS_PER_S}, 2, false, false);
	(void)state_save_table(s, &table);
	(void)state_retry(s);
}

static struct state *opened_without(const char *name, int error)
{
	denied = name;
	denied_by = error;
	struct state *s = opened();

	denied = NULL;
	return s;
}

static void what_cannot_be_read_stays_and_is_told(void **state)
{
	static const int errors[] = {EACCES, EIO, EMFILE, EBADMSG};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		for (size_t k = 0; k < sizeof(errors) / sizeof(errors[0]); k++) {
			char damaged[32];
			struct state *s = opened_without(names[i], errors[k]);

			(void)snprintf(damaged, sizeof(damaged), "%s.damaged", names[i]);
			assert_int_equal(access(in_dir(names[i]), F_OK), 0);
			assert_int_equal(access(in_dir(damaged), F_OK), -1);
			if (strcmp(names[i], "line") != 0) { /* nothing is lost with a line */
				assert_non_null(strstr(state_error(s), names[i]));
				assert_non_null(strstr(state_error(s), "cannot be read"));
				assert_non_null(strstr(state_remedy(s), "restart"));
			}
			state_free(s);
		}
	}
}

static void an_identity_that_cannot_be_read_is_not_replaced(void **state)
{
	uint8_t secret[KEY_LEN];
	struct state *s = opened();

	(void)state;
	memcpy(secret, state_secret(s), KEY_LEN);
	state_free(s);
	s = opened_without("identity", EACCES);
	assert_memory_not_equal(state_secret(s), secret, KEY_LEN);
	assert_true(state_may_promise(s)); /* it ends with this run */
	assert_int_equal(state_directory(s, CHAT_FILE_NAME), -1);
	save_others(s);
	assert_non_null(state_error(s));
	state_free(s);
	s = opened();
	assert_memory_equal(state_secret(s), secret, KEY_LEN);
	assert_int_equal(state_saved(s)->term, 77);
	assert_int_equal(state_saved(s)->freq_ppb, -12345);
	assert_int_equal(state_saved(s)->n_table, 5);
	assert_int_equal(state_saved_time(s).ns, 99 * NS_PER_S);
	state_free(s);
}

/* Its line may be of another time by then. */
static void a_line_does_not_outlast_one_that_is_in_memory(void **state)
{
	static const struct saved_line line = {.any = true, .line = {.error_ns = 12}};

	(void)state;
	struct state *s = opened_without("identity", EACCES);

	assert_int_equal(state_save_line(s, &line), 0);
	state_free(s);
	s = opened();
	assert_false(state_saved(s)->line.any);
	state_free(s);
}

static void without_its_term_a_host_promises_nothing(void **state)
{
	(void)state;
	struct state *s = opened_without("term", EIO);

	assert_false(state_may_promise(s));
	assert_true(state_save_term(s, 88) < 0);
	save_others(s);
	assert_false(state_may_promise(s)); /* whatever else can be written */
	state_free(s);
	s = opened();
	assert_true(state_may_promise(s));
	assert_int_equal(state_saved(s)->term, 77);
	assert_int_equal(state_saved(s)->freq_ppb, 5);
	state_free(s);
}

static void a_group_that_cannot_be_read_has_been(void **state)
{
	(void)state;
	assert_int_equal(unlink(in_dir("table")), 0);
	struct state *s = opened_without("group", EIO);

	assert_true(state_saved(s)->carried);
	assert_int_equal(state_saved(s)->n_table, 0);
	assert_int_equal(state_saved_time(s).ns, 99 * NS_PER_S); /* no part of what is in it */
	assert_true(state_may_promise(s));
	save_others(s);
	state_free(s);
	s = opened();
	assert_int_equal(state_saved_time(s).ns, 99 * NS_PER_S);
	state_free(s);
}

static void a_damaged_group_has_been(void **state)
{
	(void)state;
	assert_int_equal(unlink(in_dir("table")), 0);
	assert_int_equal(truncate(in_dir("group"), 3), 0);
	struct state *s = opened();

	assert_true(state_saved(s)->carried);
	assert_int_equal(access(in_dir("group.damaged"), F_OK), 0);
	state_free(s);
	s = opened();
	assert_true(state_saved(s)->carried); /* nothing was saved since */
	state_free(s);
}

static void a_table_that_cannot_be_read_leaves_its_size(void **state)
{
	(void)state;
	struct state *s = opened_without("table", EACCES);

	assert_int_equal(state_saved(s)->n_table, 4); /* of the group */
	assert_int_equal(state_saved(s)->n_row, 0);
	save_others(s);
	state_free(s);
	s = opened();
	assert_int_equal(state_saved(s)->n_table, 5);
	assert_int_equal(state_saved(s)->n_row, 1);
	state_free(s);
}

static void a_bad_block_is_no_damage(void **state)
{
	char value[STATE_VALUE_MAX];
	int dir = open(config.state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_true(dir >= 0);
	read_fails_by = EIO;
	assert_int_equal(state_file_read(dir, "term", value), -EIO);
	read_fails_by = EBADMSG; /* as XFS calls it */
	assert_int_equal(state_file_read(dir, "term", value), -EIO);
	read_fails_by = 0;
	assert_int_equal(state_file_read(dir, "term", value), 0);
	close(dir);
}

static void a_chat_that_cannot_be_read_stays(void **state)
{
	struct wire_chat_line ring[RING];
	struct chat_pos last;
	uint64_t stable;
	struct state *s = opened();
	int dir = state_directory(s, CHAT_FILE_NAME);
	static struct chat_batch batch = {.n_ring = RING, .last = {.term = 1, .index = 3}};

	(void)state;
	assert_int_equal(chat_file_write(dir, &batch), 0);
	denied = CHAT_FILE_NAME;
	denied_by = EACCES;
	assert_int_equal(chat_file_read(dir, ring, RING, &last, &stable), -EACCES);
	denied = NULL;
	assert_int_equal(chat_file_read(dir, ring, RING, &last, &stable), 0);
	state_note_unread(s, CHAT_FILE_NAME, -EACCES);
	assert_int_equal(state_directory(s, CHAT_FILE_NAME), -1);
	assert_non_null(strstr(state_error(s), "chat"));
	assert_true(state_may_promise(s));
	state_free(s);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_cannot_be_read_stays_and_is_told),
		T(an_identity_that_cannot_be_read_is_not_replaced),
		T(a_line_does_not_outlast_one_that_is_in_memory),
		T(without_its_term_a_host_promises_nothing),
		T(a_group_that_cannot_be_read_has_been),
		T(a_damaged_group_has_been),
		T(a_table_that_cannot_be_read_leaves_its_size),
		T(a_bad_block_is_no_damage),
		T(a_chat_that_cannot_be_read_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
