/* test_history_file.c - the file of the history: a ring that survives damaged blocks, a disk that does
 * not answer, and whatever else may stand at its name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "berk/time.h"
#include "berkd/host/history_file.h"
#include "berkd/host/history_read.h"
#include "tests/unit/history_ring.h"

/* --- A disk that does not answer, and a read in the middle of a write --- */

static off_t ill_at;	/* this place; 0: none */
static size_t ill_len;	/* reads of this length */
static unsigned n_torn; /* so many of them are torn; 0: they fail */
ssize_t __real_pread(int fd, void *buf, size_t len, off_t at);
ssize_t __wrap_pread(int fd, void *buf, size_t len, off_t at);

ssize_t __wrap_pread(int fd, void *buf, size_t len, off_t at)
{
	bool ill = ill_at > 0 && at == ill_at && len == ill_len;

	if (ill && n_torn == 0) {
		errno = EIO;
		return -1;
	}
	ssize_t n = __real_pread(fd, buf, len, at);

	if (ill && n_torn > 0) {
		((uint8_t *)buf)[len - 1] ^= 1;
		ill_at = --n_torn > 0 ? ill_at : 0;
	}
	return n;
}

static int teardown(void **state)
{
	ill_at = 0;
	return ring_close(state);
}

static void spoil(const struct ring *f, off_t at, size_t len)
{
	static const uint8_t rubbish[HISTORY_BLOCK] = {0x5a, 1, 2, 3};
	int fd = openat(f->dir, HISTORY_FILE_NAME, O_RDWR | O_CLOEXEC);

	assert_int_equal(pwrite(fd, rubbish, len, at), len);
	close(fd);
}

static void what_is_flushed_is_read_and_the_size_stays(void **state)
{
	struct ring *f = *state;
	struct stat st;

	ring_again(f);
	assert_int_equal(ring_read(f), 0);
	ring_add(f, 1, 3);
	assert_int_equal(ring_read(f), 3);
	ring_add(f, 4, 5);
	assert_int_equal(ring_read(f), 5);
	assert_int_equal(ring_number(f, 4), 5);
	assert_int_equal(fstatat(f->dir, HISTORY_FILE_NAME, &st, 0), 0);
	assert_int_equal(st.st_size, HISTORY_BYTES_MIN);
	assert_int_equal(st.st_mode & 0777, 0600);
	ring_add(f, 6, 3000); /* twice around */
	assert_int_equal(fstatat(f->dir, HISTORY_FILE_NAME, &st, 0), 0);
	assert_int_equal(st.st_size, HISTORY_BYTES_MIN);
	size_t n = ring_read(f);

	assert_true(n > (size_t)(RING_BLOCKS - 1) * RING_PER_BLOCK);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(ring_number(f, i), 3000 - n + 1 + i);
	}
}

static void another_life_goes_on_behind_the_newest_block(void **state)
{
	struct ring *f = *state;

	for (uint64_t life = 1; life <= 40; life++) {
		ring_again(f);
		ring_add(f, 2 * life, 2 * life + 1);
	}
	assert_int_equal(ring_read(f), 2 * RING_BLOCKS);
	assert_int_equal(ring_number(f, 2 * RING_BLOCKS - 1), 81);
	assert_int_equal(f->result.row[2 * RING_BLOCKS - 1].e.life, 40);
	assert_int_equal(f->result.row[0].e.life, 41 - RING_BLOCKS);
}

static void a_torn_block_costs_this_block(void **state)
{
	struct ring *f = *state;

	ring_again(f);
	ring_add(f, 1, 3 * RING_PER_BLOCK);
	spoil(f, 2 * HISTORY_BLOCK + 512, 512); /* of the second one */
	assert_int_equal(ring_read(f), 2 * RING_PER_BLOCK);
	ring_again(f);
	ring_add(f, 1000, 1000);
	assert_int_equal(ring_read(f), 2 * RING_PER_BLOCK + 1);
	assert_int_equal(ring_number(f, 2 * RING_PER_BLOCK), 1000);
}

/* The block that was being written when the power went has new sectors and old ones. */
static void a_torn_newest_block_costs_no_other(void **state)
{
	struct ring *f = *state;
	size_t whole;

	ring_again(f);
	ring_add(f, 1, 2000);
	whole = ring_read(f);
	uint64_t seq = (2000 + RING_PER_BLOCK - 1) / RING_PER_BLOCK;

	spoil(f, (off_t)(1 + (seq - 1) % RING_BLOCKS) * HISTORY_BLOCK, 1024);
	size_t left = ring_read(f);

	assert_int_equal(ring_number(f, left - 1), (seq - 1) * RING_PER_BLOCK);
	assert_int_equal(whole - left, 2000 - (seq - 1) * RING_PER_BLOCK);
	ring_again(f);
	ring_add(f, 3000, 3000); /* it takes the place of the torn one */
	assert_int_equal(ring_read(f), left + 1);
}

static void a_file_that_was_cut_short_is_gone_on_with(void **state)
{
	struct ring *f = *state;

	ring_again(f);
	ring_add(f, 1, 3 * RING_PER_BLOCK);
	history_file_free(f->file);
	f->file = NULL;
	int fd = openat(f->dir, HISTORY_FILE_NAME, O_RDWR | O_CLOEXEC);

	assert_int_equal(ftruncate(fd, 3 * HISTORY_BLOCK + 100), 0);
	close(fd);
	assert_int_equal(ring_read(f), 2 * RING_PER_BLOCK);
	ring_again(f);
	ring_add(f, 1000, 1000);
	assert_int_equal(ring_read(f), 2 * RING_PER_BLOCK + 1);
}

/* Wherever it is, and whichever one is damaged. */
static void the_newest_is_found_in_every_round_and_with_any_block_damaged(void **state)
{
	struct ring *f = *state;

	ring_again(f);
	for (uint64_t block = 1; block <= 3 * RING_BLOCKS; block++) {
		ring_add(f, (block - 1) * RING_PER_BLOCK + 1, block * RING_PER_BLOCK);
		size_t n = ring_read(f);

		assert_int_equal(n, RING_PER_BLOCK * (block < RING_BLOCKS ? block : RING_BLOCKS));
		assert_int_equal(ring_number(f, n - 1), block * RING_PER_BLOCK);
	}
	for (unsigned i = 1; i <= RING_BLOCKS; i++) {
		uint8_t whole[HISTORY_BLOCK];
		int fd = openat(f->dir, HISTORY_FILE_NAME, O_RDWR | O_CLOEXEC);

		assert_int_equal(pread(fd, whole, sizeof(whole), (off_t)i * HISTORY_BLOCK),
				 sizeof(whole));
		spoil(f, (off_t)i * HISTORY_BLOCK + (i % 2 ? 0 : 2048), 2048);
		assert_int_equal(ring_read(f), RING_PER_BLOCK * (RING_BLOCKS - 1));
		assert_int_equal(pwrite(fd, whole, sizeof(whole), (off_t)i * HISTORY_BLOCK),
				 sizeof(whole));
		close(fd);
	}
}

/* The newest ones, from @to backwards, and no other. */
static void assert_newest(struct ring *f, size_t most, uint64_t to)
{
	size_t n = ring_read(f);

	assert_in_range(n, most - 2 * RING_PER_BLOCK, most); /* two blocks are not full */
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(ring_number(f, i), to - (n - 1 - i));
	}
}

/* Also where the ring has gone around, and again and again. */
static void another_size_keeps_the_newest(void **state)
{
	const size_t all = RING_BLOCKS * RING_PER_BLOCK;
	struct ring *f = *state;
	struct stat st;

	ring_again(f);
	ring_add(f, 1, 1000);
	assert_int_equal(history_file_resize(f->dir, 3 * RING_BLOCKS), 0);
	f->file = history_file_free(f->file);
	assert_int_equal(history_file_open(f->dir, RING_BLOCKS, &f->file), -ESTALE);
	assert_int_equal(history_file_open(f->dir, 3 * RING_BLOCKS, &f->file), 0);
	assert_newest(f, all < 1000 ? all : 1000, 1000);
	ring_add(f, 1001, 3000);
	size_t before = ring_read(f);

	assert_true(before > 2 * all); /* it has become larger */
	assert_int_equal(history_file_resize(f->dir, RING_BLOCKS), 0);
	ring_again(f);
	assert_newest(f, all, 3000);
	assert_int_equal(fstatat(f->dir, HISTORY_FILE_NAME, &st, 0), 0);
	assert_int_equal(st.st_size, HISTORY_BYTES_MIN);
	ring_add(f, 3001, 3001);
	assert_newest(f, all, 3001);
}

/* A disk that is ill, or a file that is none of ours: it stays as it was. */
static void a_resize_that_fails_changes_nothing(void **state)
{
	struct ring *f = *state;

	ring_again(f);
	ring_add(f, 1, 3);
	ill_at = HISTORY_BLOCK;
	ill_len = HISTORY_BLOCK;
	n_torn = 0;
	assert_int_equal(history_file_resize(f->dir, 2 * RING_BLOCKS), -EIO);
	ill_at = 0;
	assert_int_not_equal(faccessat(f->dir, HISTORY_FILE_NAME ".new", F_OK, 0), 0);
	ring_again(f);
	assert_int_equal(ring_read(f), 3);
	spoil(f, 0, 8);
	assert_int_equal(history_file_resize(f->dir, 2 * RING_BLOCKS), -EBADMSG);
}

static void what_is_no_history_is_told(void **state)
{
	struct ring *f = *state;
	struct history_reader reader;

	assert_int_equal(history_reader_open(f->dir, &reader), -ENOENT);
	ring_again(f);
	ring_add(f, 1, 3);
	history_file_free(f->file);
	f->file = NULL;
	assert_int_equal(history_file_open(f->dir, RING_BLOCKS + 1, &f->file), -ESTALE);
	for (unsigned at = 0; at < 40; at++) { /* magic, version, geometry, sum */
		int fd = openat(f->dir, HISTORY_FILE_NAME, O_RDWR | O_CLOEXEC);
		uint8_t byte, bent;

		assert_int_equal(pread(fd, &byte, 1, at), 1);
		bent = byte ^ 2;
		assert_int_equal(pwrite(fd, &bent, 1, at), 1);
		assert_int_equal(history_file_open(f->dir, RING_BLOCKS, &f->file), -EBADMSG);
		assert_int_equal(history_reader_open(f->dir, &reader), -EBADMSG);
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		close(fd);
	}
	uint8_t head[40];
	int version = openat(f->dir, HISTORY_FILE_NAME, O_RDWR | O_CLOEXEC);

	assert_int_equal(pread(version, head, sizeof(head), 0), sizeof(head));
	head[8]++; /* what another version writes has a sum, too */
	history_sum(head, 24, head + 24);
	assert_int_equal(pwrite(version, head, sizeof(head), 0), sizeof(head));
	close(version);
	assert_int_equal(history_file_open(f->dir, RING_BLOCKS, &f->file), -ESTALE);
	int fd = openat(f->dir, HISTORY_FILE_NAME, O_RDWR | O_CLOEXEC);

	assert_int_equal(ftruncate(fd, 100), 0);
	close(fd);
	assert_int_equal(history_file_open(f->dir, RING_BLOCKS, &f->file), -EBADMSG);
}

/* Somebody wrote it: no life of writing comes near the end of the numbers. */
static void a_block_whose_number_leaves_no_room_is_not_gone_on_from(void **state)
{
	static struct history_block b;
	struct ring *f = *state;
	struct history_entry e = ring_entry(1);

	ring_again(f);
	history_block_begin(&b, HISTORY_SEQ_MAX - 1, 1);
	history_block_seal(&b);
	int fd = openat(f->dir, HISTORY_FILE_NAME, O_RDWR | O_CLOEXEC);

	assert_int_equal(pwrite(fd, b.bytes, HISTORY_BLOCK,
				(off_t)(1 + (b.seq - 1) % RING_BLOCKS) * HISTORY_BLOCK),
			 HISTORY_BLOCK);
	close(fd);
	ring_again(f);
	assert_int_equal(history_file_add(f->file, &e), -EOVERFLOW);
}

static void a_fifo_a_link_and_a_folder_are_no_history(void **state)
{
	struct ring *f = *state;
	struct history_reader reader;

	assert_int_equal(mkfifoat(f->dir, HISTORY_FILE_NAME, 0600), 0);
	assert_int_equal(history_reader_open(f->dir, &reader), -EINVAL);
	assert_int_equal(history_file_open(f->dir, RING_BLOCKS, &f->file), -EINVAL);
	assert_int_equal(unlinkat(f->dir, HISTORY_FILE_NAME, 0), 0);
	assert_int_equal(symlinkat("other", f->dir, HISTORY_FILE_NAME), 0);
	assert_int_equal(history_file_open(f->dir, RING_BLOCKS, &f->file), -EINVAL);
	assert_int_equal(faccessat(f->dir, "other", F_OK, 0), -1); /* it was not made */
	assert_int_equal(unlinkat(f->dir, HISTORY_FILE_NAME, 0), 0);
	assert_int_equal(mkdirat(f->dir, HISTORY_FILE_NAME, 0700), 0);
	assert_int_equal(history_file_open(f->dir, RING_BLOCKS, &f->file), -EINVAL);
}

static void a_file_of_another_user_is_left_alone(void **state)
{
	struct ring *f = *state;

	if (geteuid() != 0) {
		print_message("only root can give a file away\n");
		skip();
	}
	ring_again(f);
	assert_int_equal(fchownat(f->dir, HISTORY_FILE_NAME, 12345, 12345, 0), 0);
	history_file_free(f->file);
	f->file = NULL;
	assert_int_equal(history_file_open(f->dir, RING_BLOCKS, &f->file), -EACCES);
}

static void a_part_is_found_by_its_time_and_its_host(void **state)
{
	struct ring *f = *state;
	struct history_query q = {.since_ns = 900 * NS_PER_S,
				  .until_ns = 1000 * NS_PER_S,
				  .limit = 200};

	ring_again(f);
	ring_add(f, 1, 2000);
	assert_int_equal(history_read(f->dir, &q, &f->result), 0);
	assert_int_equal(f->result.n, 101);
	assert_int_equal(ring_number(f, 0), 900);
	assert_false(f->result.cut);
	static const struct {
		const char *host;
		size_t n;
	} hosts[] = {
		{"alpha", 101}, {"beta", 0}, {"abcd", 101}, {"abc", 0}, {"abcdef0123456789", 101}};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		strcpy(q.host, hosts[i].host);
		free(f->result.row);
		assert_int_equal(history_read(f->dir, &q, &f->result), 0);
		assert_int_equal(f->result.n, hosts[i].n);
	}
	q.host[0] = '\0';
	q.limit = 10;
	free(f->result.row);
	assert_int_equal(history_read(f->dir, &q, &f->result), 0);
	assert_true(f->result.cut);
	assert_int_equal(ring_number(f, 0), 991);
}

/* After an order that set the group's time back, what was before has instants that lie ahead. */
static void a_time_that_was_set_back_hides_nothing(void **state)
{
	struct ring *f = *state;
	const struct history_query q = {.since_ns = 0, .until_ns = 50 * NS_PER_S, .limit = 1000};

	ring_again(f);
	ring_add(f, 1, 10);
	ring_add(f, 1000, 1000 + 3 * RING_PER_BLOCK);
	ring_add(f, 11, 20);
	assert_int_equal(history_read(f->dir, &q, &f->result), 0);
	assert_int_equal(f->result.n, 20);
}

/* A block of its own, of 1970, stands between two that are wanted. */
static void a_start_with_a_wrong_clock_hides_nothing(void **state)
{
	struct ring *f = *state;
	const struct history_query q = {.since_ns = 100 * NS_PER_S,
					.until_ns = INT64_MAX,
					.limit = 1000};

	ring_again(f);
	ring_add(f, 100, 109);
	ring_again(f);
	ring_add(f, 1, 2);
	ring_again(f);
	ring_add(f, 110, 119);
	assert_int_equal(history_read(f->dir, &q, &f->result), 0);
	assert_int_equal(f->result.n, 20);
}

/* What cannot be read may be there: nobody is told of less, and the ring is not begun anew over it. */
static void a_disk_that_does_not_answer_is_not_an_empty_one(void **state)
{
	struct ring *f = *state;
	const size_t lengths[] = {HISTORY_HEAD, HISTORY_BLOCK};
	struct history_entry e = ring_entry(1000);
	const struct history_query q = {.until_ns = INT64_MAX, .limit = HISTORY_LIMIT_MAX};

	ring_again(f);
	ring_add(f, 1, 3 * RING_PER_BLOCK);
	for (unsigned i = 1; i <= 3; i++) {
		ill_at = (off_t)i * HISTORY_BLOCK;
		for (unsigned k = 0; k < 2; k++) {
			ill_len = lengths[k];
			assert_int_equal(history_read(f->dir, &q, &f->result), -EIO);
			assert_null(f->result.row);
		}
	}
	ring_again(f);
	for (unsigned k = 0; k < 2; k++) { /* of the newest */
		ill_len = lengths[k];
		assert_int_equal(history_file_add(f->file, &e), -EIO);
		assert_int_equal(history_file_flush(f->file), 0);
	}
	ill_at = 0;
	ring_add(f, 1000, 1000);
	assert_int_equal(ring_read(f), 3 * RING_PER_BLOCK + 1);
	assert_int_equal(f->result.row[3 * RING_PER_BLOCK].e.life, 2);
}

static void a_read_in_the_middle_of_a_write_is_tried_again(void **state)
{
	struct ring *f = *state;

	ring_again(f);
	ring_add(f, 1, 3 * RING_PER_BLOCK);
	ill_len = HISTORY_BLOCK;
	for (unsigned i = 1; i <= 3; i++) {
		ill_at = (off_t)i * HISTORY_BLOCK;
		n_torn = 2;
		assert_int_equal(ring_read(f), 3 * RING_PER_BLOCK);
		assert_int_equal(n_torn, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, ring_open, teardown)
		WITH_FILE(what_is_flushed_is_read_and_the_size_stays),
		WITH_FILE(another_life_goes_on_behind_the_newest_block),
		WITH_FILE(a_torn_block_costs_this_block),
		WITH_FILE(a_torn_newest_block_costs_no_other),
		WITH_FILE(a_file_that_was_cut_short_is_gone_on_with),
		WITH_FILE(the_newest_is_found_in_every_round_and_with_any_block_damaged),
		WITH_FILE(another_size_keeps_the_newest),
		WITH_FILE(a_resize_that_fails_changes_nothing),
		WITH_FILE(what_is_no_history_is_told),
		WITH_FILE(a_block_whose_number_leaves_no_room_is_not_gone_on_from),
		WITH_FILE(a_fifo_a_link_and_a_folder_are_no_history),
		WITH_FILE(a_file_of_another_user_is_left_alone),
		WITH_FILE(a_part_is_found_by_its_time_and_its_host),
		WITH_FILE(a_time_that_was_set_back_hides_nothing),
		WITH_FILE(a_start_with_a_wrong_clock_hides_nothing),
		WITH_FILE(a_disk_that_does_not_answer_is_not_an_empty_one),
		WITH_FILE(a_read_in_the_middle_of_a_write_is_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
