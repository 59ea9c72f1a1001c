/* test_chat_file.c - the chat's log on disk: what is written is read, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "berkd/host/chat_file.h"

#define RING   16
#define RECORD 640

struct fixture {
	char path[64];
	int dir;
	struct wire_chat_line ring[RING];
	struct chat_pos last;
	uint64_t stable;
	struct chat_batch batch;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->path, "/tmp/berk-chat.XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->dir = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->dir >= 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	(void)unlinkat(f->dir, CHAT_FILE_NAME, 0);
	(void)unlinkat(f->dir, CHAT_FILE_NAME ".damaged", 0);
	close(f->dir);
	(void)rmdir(f->path);
	free(f);
	return 0;
}

/* A line as long as a line can be. */
static struct wire_chat_line a_line(uint64_t index)
{
	struct wire_chat_line line = {.pos = {7, index},
				      .origin = 0xabc,
				      .origin_seq = index,
				      .wall_ns = -5,
				      .len = WIRE_CHAT_TEXT_MAX};

	memset(line.text, 'x', sizeof(line.text));
	memset(line.name, 'n', sizeof(line.name) - 1);
	(void)snprintf(line.text, 16, "%014u", (unsigned)index);
	line.text[14] = ' ';
	return line;
}

static void write_lines(struct fixture *f, uint64_t from, uint64_t last, uint64_t stable)
{
	f->batch = (struct chat_batch){.n_ring = RING,
				       .last = {7, last},
				       .stable = stable,
				       .n = (size_t)(last + 1 - from)};
	for (uint64_t k = from; k <= last; k++) {
		f->batch.line[k - from] = a_line(k);
	}
	assert_int_equal(chat_file_write(f->dir, &f->batch), 0);
}

static int read_back(struct fixture *f)
{
	memset(f->ring, 0xff, sizeof(f->ring));
	return chat_file_read(f->dir, f->ring, RING, &f->last, &f->stable);
}

static void spoil(struct fixture *f, off_t at)
{
	int fd = openat(f->dir, CHAT_FILE_NAME, O_RDWR | O_CLOEXEC);
	uint8_t byte;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

static void what_is_written_is_read(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_back(f), -ENOENT);
	write_lines(f, 1, 3, 2);
	write_lines(f, 4, 20, 19);
	assert_int_equal(read_back(f), 0);
	assert_int_equal(f->last.index, 20);
	assert_int_equal(f->last.term, 7);
	assert_int_equal(f->stable, 19);
	for (uint64_t k = 5; k <= 20; k++) {
		struct wire_chat_line line = a_line(k);

		assert_memory_equal(&f->ring[k % RING], &line, sizeof(line));
	}
	write_lines(f, 21, 20, 20); /* no line, only what is stable */
	assert_int_equal(read_back(f), 0);
	assert_int_equal(f->stable, 20);
}

static void a_cut_log_ends_where_it_was_cut(void **state)
{
	struct fixture *f = *state;

	write_lines(f, 1, 10, 9);
	write_lines(f, 6, 7, 5);
	assert_int_equal(read_back(f), 0);
	assert_int_equal(f->last.index, 7);
	assert_int_equal(f->ring[7].pos.index, 7);
	assert_true(f->ring[8].pos.index != 8); /* was not looked at */
}

/* The power failed before they were on disk, and other ones are in their places. */
static void lines_that_were_not_written_are_holes(void **state)
{
	struct fixture *f = *state;

	write_lines(f, 1, 20, 20);
	f->batch.n = 0;
	f->batch.last.index = 22;
	assert_int_equal(chat_file_write(f->dir, &f->batch), 0);
	assert_int_equal(read_back(f), 0);
	assert_int_equal(f->last.index, 22);
	assert_int_equal(f->ring[22 % RING].pos.index, 0);
	assert_int_equal(f->ring[21 % RING].pos.index, 0);
	assert_int_equal(f->ring[20 % RING].pos.index, 20);
}

static void a_damaged_line_is_a_hole(void **state)
{
	struct fixture *f = *state;

	write_lines(f, 1, 10, 9);
	spoil(f, (1 + 4) * RECORD + 30);
	assert_int_equal(read_back(f), 0);
	assert_int_equal(f->last.index, 10);
	assert_int_equal(f->ring[4].pos.index, 0);
	assert_int_equal(f->ring[5].pos.index, 5);
	assert_int_equal(f->ring[3].pos.index, 3);
}

static void a_damaged_file_is_not_read(void **state)
{
	struct fixture *f = *state;

	write_lines(f, 1, 10, 9);
	spoil(f, 5);
	assert_int_equal(read_back(f), -EBADMSG);
	assert_int_equal(unlinkat(f->dir, CHAT_FILE_NAME, 0), 0);
	assert_int_equal(read_back(f), -ENOENT);
	assert_int_equal(mkfifoat(f->dir, CHAT_FILE_NAME, 0600), 0);
	assert_int_not_equal(chat_file_write(f->dir, &f->batch), 0);
	assert_int_equal(read_back(f), -EINVAL);
}

/* A file of another version of the protocol is no damage to what its sums say, and yet not read. */
static void a_file_of_another_version_is_not_read(void **state)
{
	struct fixture *f = *state;
	uint8_t record[RECORD], sum[crypto_generichash_BYTES_MIN];

	write_lines(f, 1, 10, 9);
	int fd = openat(f->dir, CHAT_FILE_NAME, O_RDWR | O_CLOEXEC);

	assert_int_equal(pread(fd, record, RECORD, 0), RECORD);
	size_t len = 3 + ((size_t)record[0] << 8 | record[1]);

	crypto_generichash(sum, sizeof(sum), record, len, NULL, 0);
	assert_memory_equal(sum, record + len, 8); /* that is how they are made */
	record[2]++;
	crypto_generichash(sum, sizeof(sum), record, len, NULL, 0);
	memcpy(record + len, sum, 8);
	assert_int_equal(pwrite(fd, record, RECORD, 0), RECORD);
	close(fd);
	assert_int_equal(read_back(f), -EBADMSG);
}

static void a_line_does_not_say_where_the_log_ends(void **state)
{
	struct fixture *f = *state;
	uint8_t record[RECORD];

	write_lines(f, 1, 10, 9);
	int fd = openat(f->dir, CHAT_FILE_NAME, O_RDWR | O_CLOEXEC);

	assert_int_equal(pread(fd, record, RECORD, 3 * RECORD), RECORD);
	assert_int_equal(pwrite(fd, record, RECORD, 0), RECORD);
	close(fd);
	assert_int_equal(read_back(f), -EBADMSG);
}

/* Whoever may write there must not have us write elsewhere. */
static void a_link_is_not_followed(void **state)
{
	struct fixture *f = *state;

	write_lines(f, 1, 3, 2);
	assert_int_equal(renameat(f->dir, CHAT_FILE_NAME, f->dir, "elsewhere"), 0);
	assert_int_equal(symlinkat("elsewhere", f->dir, CHAT_FILE_NAME), 0);
	int written = chat_file_write(f->dir, &f->batch), read = read_back(f);

	assert_int_equal(unlinkat(f->dir, "elsewhere", 0), 0);
	assert_int_not_equal(written, 0);
	assert_int_not_equal(read, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_written_is_read),
		T(a_cut_log_ends_where_it_was_cut),
		T(lines_that_were_not_written_are_holes),
		T(a_damaged_line_is_a_hole),
		T(a_damaged_file_is_not_read),
		T(a_file_of_another_version_is_not_read),
		T(a_line_does_not_say_where_the_log_ends),
		T(a_link_is_not_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
