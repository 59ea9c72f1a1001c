/* test_history_saver.c - what is handed to the saver is on disk soon, at the end at the latest; what
 * does not fit is counted and told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "berkd/history_saver.h"
#include "berkd/host/history_file.h"
#include "berkd/host/history_read.h"
#include "berkd/host/log.h"

#define QUEUE 8

static bool is_ill; /* the disk: nothing can be read */
static unsigned n_refused;

ssize_t __real_pread(int fd, void *to, size_t n, off_t at);
ssize_t __wrap_pread(int fd, void *to, size_t n, off_t at);

ssize_t __wrap_pread(int fd, void *to, size_t n, off_t at)
{
	if (is_ill) {
		n_refused++;
		errno = EIO;
		return -1;
	}
	return __real_pread(fd, to, n, at);
}

struct fixture {
	char path[64];
	int dir, old_stderr, said;
	sd_event *event;
	struct history_saver *saver;
	char text[4096];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct history_file *file;

	assert_non_null(f);
	strcpy(f->path, "/tmp/berk-history.XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->dir = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->dir >= 0);
	assert_int_equal(history_file_open(f->dir, HISTORY_BLOCKS_MIN, &file), 0);
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(history_saver_new(f->event, file, QUEUE, f->path, &f->saver), 0);
	f->old_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	f->said = openat(f->dir, "said", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(dup2(f->said, STDERR_FILENO) >= 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	history_saver_free(f->saver);
	(void)dup2(f->old_stderr, STDERR_FILENO);
	close(f->old_stderr);
	close(f->said);
	sd_event_unref(f->event);
	(void)unlinkat(f->dir, HISTORY_FILE_NAME, 0);
	(void)unlinkat(f->dir, "said", 0);
	close(f->dir);
	(void)rmdir(f->path);
	free(f);
	return 0;
}

static void add(struct fixture *f, unsigned n)
{
	static int64_t k;
	struct history_entry e = {.kind = HISTORY_SAMPLE, .host = 1, .name = "alpha"};

	for (; n > 0; n--) {
		e.offset_ns = ++k;
		history_saver_add(f->saver, &e);
	}
}

static size_t on_disk(const struct fixture *f)
{
	const struct history_query q = {.since_ns = INT64_MIN,
					.until_ns = INT64_MAX,
					.limit = HISTORY_LIMIT_MAX};
	struct history_result result;

	assert_int_equal(history_read(f->dir, &q, &result), 0);
	free(result.row);
	return result.n;
}

/* Until the worker has told its end. */
static void turn(struct fixture *f)
{
	assert_true(sd_event_run(f->event, 5000000) > 0);
}

static const char *said(struct fixture *f)
{
	ssize_t n = pread(f->said, f->text, sizeof(f->text) - 1, 0);

	f->text[n > 0 ? n : 0] = '\0';
	return f->text;
}

static void what_is_added_is_on_disk_after_one_turn(void **state)
{
	struct fixture *f = *state;

	add(f, 3);
	assert_int_equal(on_disk(f), 0); /* nothing is written by the loop */
	history_saver_go(f->saver);
	turn(f);
	assert_int_equal(on_disk(f), 3);
	assert_string_equal(said(f), "");
}

static void what_comes_while_it_writes_is_written_next(void **state)
{
	struct fixture *f = *state;

	add(f, QUEUE);
	history_saver_go(f->saver);
	add(f, QUEUE); /* the other array */
	history_saver_go(f->saver);
	turn(f);
	turn(f);
	assert_int_equal(on_disk(f), 2 * QUEUE);
}

static void what_waits_is_written_at_the_end(void **state)
{
	struct fixture *f = *state;

	add(f, 2);
	history_saver_go(f->saver);
	add(f, 3);
	f->saver = history_saver_free(f->saver);
	assert_int_equal(on_disk(f), 5);
}

static void what_the_queue_does_not_take_is_counted_and_told(void **state)
{
	struct fixture *f = *state;

	add(f, QUEUE + 5);
	history_saver_go(f->saver);
	turn(f);
	assert_int_equal(on_disk(f), QUEUE);
	assert_non_null(strstr(said(f), "The history lacks 5 entries"));
}

static void a_disk_that_takes_nothing_is_told_once_and_tried_again(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, none = {.rlim_cur = HISTORY_BLOCK, .rlim_max = RLIM_INFINITY};

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	for (unsigned i = 0; i < 3; i++) {
		add(f, 2);
		history_saver_go(f->saver);
		turn(f);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	const char *first = strstr(said(f), "The history is not kept in /tmp/berk-history");

	assert_non_null(first);
	assert_null(strstr(first + 20, "is not kept"));
	add(f, 1);
	history_saver_go(f->saver);
	turn(f);
	assert_int_equal(on_disk(f), 7); /* the block that could not be written was kept */
	assert_non_null(strstr(said(f), "is kept in /tmp/berk-history"));
}

/* Each try of an ill disk may take it seconds: there is one for all that waits. */
static void an_ill_disk_is_asked_once_and_its_remedy_is_told(void **state)
{
	struct fixture *f = *state;

	is_ill = true;
	add(f, 5);
	history_saver_go(f->saver);
	turn(f);
	is_ill = false;
	assert_int_equal(n_refused, 1);
	assert_non_null(strstr(said(f), "move the file history away"));
	add(f, 1);
	history_saver_go(f->saver);
	turn(f);
	assert_int_equal(on_disk(f), 1);
	assert_non_null(strstr(said(f), "The history lacks 5 entries"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH_SAVER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		WITH_SAVER(what_is_added_is_on_disk_after_one_turn),
		WITH_SAVER(what_comes_while_it_writes_is_written_next),
		WITH_SAVER(what_waits_is_written_at_the_end),
		WITH_SAVER(what_the_queue_does_not_take_is_counted_and_told),
		WITH_SAVER(a_disk_that_takes_nothing_is_told_once_and_tried_again),
		WITH_SAVER(an_ill_disk_is_asked_once_and_its_remedy_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
