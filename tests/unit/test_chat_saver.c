/* test_chat_saver.c - what is said is on disk soon, at the end at the latest, and after a disk that
 * failed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "berkd/chat_saver.h"
#include "berkd/host/chat_file.h"
#include "berkd/host/saver.h"
#include "berkd/host/state.h"
#include "tests/world/quiet.h"

#define RING CHAT_LOG_LINES

struct fixture {
	struct world *world; /* one host, which leads */
	struct config config;
	struct state *state;
	struct saver *disk;
	sd_event *event;
	struct chat_saver *saver;
	struct wire_chat_line ring[RING];
	struct chat_pos last;
	uint64_t stable;
};

static void saved(void *userdata)
{
	(void)userdata;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	*state = f;
	f->world = quiet_new(1);
	f->world->host[0].config.min_hosts = 1;
	quiet_begin(f->world, 20);
	assert_int_equal(world_master(f->world, 0), 0);
	strcpy(f->config.state_dir, "/tmp/berk-saver.XXXXXX");
	assert_non_null(mkdtemp(f->config.state_dir));
	f->config.state = true;
	assert_int_equal(state_new(&f->config, NULL, &f->state), 0);
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(saver_new(f->event, f->state, saved, NULL, &f->disk), 0);
	assert_int_equal(chat_saver_new(f->event, f->world->host[0].node, RING, f->disk, &f->saver),
			 0);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	chat_saver_free(f->saver);
	saver_free(f->disk);
	(void)unlinkat(state_directory(f->state, CHAT_FILE_NAME), CHAT_FILE_NAME, 0);
	(void)unlinkat(state_directory(f->state, CHAT_FILE_NAME), "identity", 0);
	state_free(f->state);
	(void)rmdir(f->config.state_dir);
	sd_event_unref(f->event);
	quiet_free(f->world);
	free(f);
	return 0;
}

static void say(struct fixture *f, unsigned n)
{
	uint64_t from = world_status(f->world, 0).chat_last + 1;

	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(quiet_chat(f->world, 0, "x"), ORDER_OK);
		quiet_run(f->world, 0.01);
	}
	assert_int_equal(world_status(f->world, 0).chat_stable, from + n - 1);
	chat_saver_note(f->saver, from);
}

/* Read a copy: what is damaged is set aside, and the thread may be writing. */
static bool read_copy(struct fixture *f)
{
	static uint8_t bytes[4U << 20];
	char path[] = "/tmp/berk-copy.XXXXXX";
	int from = openat(state_directory(f->state, CHAT_FILE_NAME), CHAT_FILE_NAME,
			  O_RDONLY | O_CLOEXEC);
	ssize_t n = from < 0 ? 0 : read(from, bytes, sizeof(bytes));

	(void)close(from);
	assert_non_null(mkdtemp(path));
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int to = openat(dir, CHAT_FILE_NAME, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(write(to, bytes, (size_t)n), n);
	(void)close(to);
	int r = chat_file_read(dir, f->ring, RING, &f->last, &f->stable);

	(void)unlinkat(dir, CHAT_FILE_NAME, 0);
	(void)unlinkat(dir, CHAT_FILE_NAME ".damaged", 0);
	(void)close(dir);
	(void)rmdir(path);
	return r == 0;
}

/* Let the loop go on until the log on disk ends at @index. */
static void run_until(struct fixture *f, uint64_t index)
{
	for (unsigned i = 0; !read_copy(f) || f->last.index != index; i++) {
		assert_true(i < 1000); /* 100 s: a busy machine is not the fault */
		assert_true(sd_event_run(f->event, UINT64_C(100) * 1000) >= 0);
	}
}

static void what_is_said_is_on_disk_soon(void **state)
{
	struct fixture *f = *state;

	say(f, 1);
	run_until(f, 1);
	assert_int_equal(f->stable, 1);
	assert_int_equal(f->ring[1].len, 1);
	say(f, CHAT_FILE_BATCH + 10); /* more than one batch */
	run_until(f, CHAT_FILE_BATCH + 11);
	for (uint64_t k = 1; k <= f->last.index; k++) {
		assert_int_equal(f->ring[k].pos.index, k);
	}
}

static void at_the_end_all_is_written(void **state)
{
	struct fixture *f = *state;

	say(f, CHAT_FILE_BATCH + 10);
	f->saver = chat_saver_free(f->saver);
	assert_int_equal(chat_file_read(state_directory(f->state, CHAT_FILE_NAME), f->ring, RING,
					&f->last, &f->stable),
			 0);
	assert_int_equal(f->last.index, CHAT_FILE_BATCH + 10);
	assert_int_equal(f->ring[1].pos.index, 1);
}

static void what_could_not_be_written_is_written_later(void **state)
{
	struct fixture *f = *state;
	int dir = state_directory(f->state, CHAT_FILE_NAME);

	assert_int_equal(mkdirat(dir, CHAT_FILE_NAME, 0700), 0);
	say(f, 3);
	for (unsigned i = 0; !saver_error(f->disk); i++) {
		assert_true(i < 1000); /* as above */
		assert_true(sd_event_run(f->event, UINT64_C(100) * 1000) >= 0);
	}
	assert_true(saver_may_promise(f->disk)); /* votes need no chat */
	assert_int_equal(unlinkat(dir, CHAT_FILE_NAME, AT_REMOVEDIR), 0);
	say(f, 1);
	f->saver = chat_saver_free(f->saver);
	assert_null(saver_error(f->disk));
	assert_int_equal(chat_file_read(dir, f->ring, RING, &f->last, &f->stable), 0);
	assert_int_equal(f->last.index, 4);
	assert_int_equal(f->ring[1].pos.index, 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_said_is_on_disk_soon),
		T(at_the_end_all_is_written),
		T(what_could_not_be_written_is_written_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
