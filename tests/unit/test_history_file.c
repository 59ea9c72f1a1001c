/* test_history_file.c - the file of the history: a ring that survives kill -9, torn blocks, and
 * whatever else may stand at its name. */
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
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "berk/time.h"
#include "berkd/host/history_file.h"
#include "berkd/host/history_read.h"
#include "berkd/host/sanitized.h"
#include "tests/unit/history_same.h"

#define BLOCKS	  HISTORY_BLOCKS_MIN
#define KILLS	  (IS_SANITIZED ? 200 : 1000) /* a fork of a sanitized process is slow */
#define PER_BLOCK (HISTORY_RECORDS - 1)	      /* entries of one host, whose name does not change */

struct fixture {
	char path[64];
	int dir;
	struct history_file *file;
	struct history_result result;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->path, "/tmp/berk-history.XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->dir = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->dir >= 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	history_file_free(f->file);
	free(f->result.row);
	(void)unlinkat(f->dir, HISTORY_FILE_NAME, 0);
	(void)unlinkat(f->dir, "other", 0);
	(void)unlinkat(f->dir, HISTORY_FILE_NAME, AT_REMOVEDIR);
	close(f->dir);
	(void)rmdir(f->path);
	free(f);
	return 0;
}

/* Entry number @k; each number stands in its offset, and in its instant. */
static struct history_entry an_entry(uint64_t k)
{
	return (struct history_entry){.kind = HISTORY_SAMPLE,
				      .wall_ns = (int64_t)k * NS_PER_S,
				      .host = 0xabcdef0123456789,
				      .name = "alpha",
				      .offset_ns = (int64_t)k,
				      .bound_ns = (int64_t)(3 * k),
				      .freq_ppb = 1,
				      .delay_ns = 1};
}

static void open_again(struct fixture *f)
{
	history_file_free(f->file);
	f->file = NULL;
	assert_int_equal(history_file_open(f->dir, BLOCKS, &f->file), 0);
}

static void add(struct fixture *f, uint64_t from, uint64_t to)
{
	for (uint64_t k = from; k <= to; k++) {
		struct history_entry e = an_entry(k);

		assert_int_equal(history_file_add(f->file, &e), 0);
	}
	assert_int_equal(history_file_flush(f->file), 0);
}

static size_t read_all(struct fixture *f)
{
	const struct history_query q = {.since_ns = INT64_MIN,
					.until_ns = INT64_MAX,
					.limit = HISTORY_LIMIT_MAX};

	free(f->result.row);
	assert_int_equal(history_read(f->dir, &q, &f->result), 0);
	return f->result.n;
}

static int64_t number_at(const struct fixture *f, size_t i)
{
	return f->result.row[i].e.offset_ns;
}

static void spoil(const struct fixture *f, off_t at, size_t len)
{
	static const uint8_t rubbish[HISTORY_BLOCK] = {0x5a, 1, 2, 3};
	int fd = openat(f->dir, HISTORY_FILE_NAME, O_RDWR | O_CLOEXEC);

	assert_int_equal(pwrite(fd, rubbish, len, at), len);
	close(fd);
}

static void what_is_flushed_is_read_and_the_size_stays(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	open_again(f);
	assert_int_equal(read_all(f), 0);
	add(f, 1, 3);
	assert_int_equal(read_all(f), 3);
	add(f, 4, 5);
	assert_int_equal(read_all(f), 5);
	assert_int_equal(number_at(f, 4), 5);
	assert_int_equal(fstatat(f->dir, HISTORY_FILE_NAME, &st, 0), 0);
	assert_int_equal(st.st_size, HISTORY_BYTES_MIN);
	assert_int_equal(st.st_mode & 0777, 0600);
	add(f, 6, 3000); /* twice around */
	assert_int_equal(fstatat(f->dir, HISTORY_FILE_NAME, &st, 0), 0);
	assert_int_equal(st.st_size, HISTORY_BYTES_MIN);
	size_t n = read_all(f);

	assert_true(n > (size_t)(BLOCKS - 1) * PER_BLOCK);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(number_at(f, i), 3000 - n + 1 + i);
	}
}

static void another_life_goes_on_behind_the_newest_block(void **state)
{
	struct fixture *f = *state;

	for (uint64_t life = 1; life <= 40; life++) {
		open_again(f);
		add(f, 2 * life, 2 * life + 1);
	}
	assert_int_equal(read_all(f), 2 * BLOCKS);
	assert_int_equal(number_at(f, 2 * BLOCKS - 1), 81);
	assert_int_equal(f->result.row[2 * BLOCKS - 1].e.life, 40);
	assert_int_equal(f->result.row[0].e.life, 41 - BLOCKS);
}

static void a_torn_block_costs_this_block(void **state)
{
	struct fixture *f = *state;

	open_again(f);
	add(f, 1, 3 * PER_BLOCK);
	spoil(f, 2 * HISTORY_BLOCK + 512, 512); /* of the second one */
	assert_int_equal(read_all(f), 2 * PER_BLOCK);
	open_again(f);
	add(f, 1000, 1000);
	assert_int_equal(read_all(f), 2 * PER_BLOCK + 1);
	assert_int_equal(number_at(f, 2 * PER_BLOCK), 1000);
}

/* The block that was being written when the power went has new sectors and old ones. */
static void a_torn_newest_block_costs_no_other(void **state)
{
	struct fixture *f = *state;
	size_t whole;

	open_again(f);
	add(f, 1, 2000);
	whole = read_all(f);
	uint64_t seq = (2000 + PER_BLOCK - 1) / PER_BLOCK;

	spoil(f, (off_t)(1 + (seq - 1) % BLOCKS) * HISTORY_BLOCK, 1024);
	size_t left = read_all(f);

	assert_int_equal(number_at(f, left - 1), (seq - 1) * PER_BLOCK);
	assert_int_equal(whole - left, 2000 - (seq - 1) * PER_BLOCK);
	open_again(f);
	add(f, 3000, 3000); /* it takes the place of the torn one */
	assert_int_equal(read_all(f), left + 1);
}

static void a_file_that_was_cut_short_is_gone_on_with(void **state)
{
	struct fixture *f = *state;

	open_again(f);
	add(f, 1, 3 * PER_BLOCK);
	history_file_free(f->file);
	f->file = NULL;
	int fd = openat(f->dir, HISTORY_FILE_NAME, O_RDWR | O_CLOEXEC);

	assert_int_equal(ftruncate(fd, 3 * HISTORY_BLOCK + 100), 0);
	close(fd);
	assert_int_equal(read_all(f), 2 * PER_BLOCK);
	open_again(f);
	add(f, 1000, 1000);
	assert_int_equal(read_all(f), 2 * PER_BLOCK + 1);
}

/* Wherever it is, and whichever one is damaged. */
static void the_newest_is_found_in_every_round_and_with_any_block_damaged(void **state)
{
	struct fixture *f = *state;

	open_again(f);
	for (uint64_t block = 1; block <= 3 * BLOCKS; block++) {
		add(f, (block - 1) * PER_BLOCK + 1, block * PER_BLOCK);
		size_t n = read_all(f);

		assert_int_equal(n, PER_BLOCK * (block < BLOCKS ? block : BLOCKS));
		assert_int_equal(number_at(f, n - 1), block * PER_BLOCK);
	}
	for (unsigned i = 1; i <= BLOCKS; i++) {
		uint8_t whole[HISTORY_BLOCK];
		int fd = openat(f->dir, HISTORY_FILE_NAME, O_RDWR | O_CLOEXEC);

		assert_int_equal(pread(fd, whole, sizeof(whole), (off_t)i * HISTORY_BLOCK),
				 sizeof(whole));
		spoil(f, (off_t)i * HISTORY_BLOCK + (i % 2 ? 0 : 2048), 2048);
		assert_int_equal(read_all(f), PER_BLOCK * (BLOCKS - 1));
		assert_int_equal(pwrite(fd, whole, sizeof(whole), (off_t)i * HISTORY_BLOCK),
				 sizeof(whole));
		close(fd);
	}
}

static void what_is_no_history_is_told(void **state)
{
	struct fixture *f = *state;
	struct history_reader reader;

	assert_int_equal(history_reader_open(f->dir, &reader), -ENOENT);
	open_again(f);
	add(f, 1, 3);
	history_file_free(f->file);
	f->file = NULL;
	assert_int_equal(history_file_open(f->dir, BLOCKS + 1, &f->file), -ESTALE);
	for (unsigned at = 0; at < 40; at++) { /* magic, version, geometry, sum */
		int fd = openat(f->dir, HISTORY_FILE_NAME, O_RDWR | O_CLOEXEC);
		uint8_t byte, bent;

		assert_int_equal(pread(fd, &byte, 1, at), 1);
		bent = byte ^ 2;
		assert_int_equal(pwrite(fd, &bent, 1, at), 1);
		assert_int_equal(history_file_open(f->dir, BLOCKS, &f->file), -EBADMSG);
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
	assert_int_equal(history_file_open(f->dir, BLOCKS, &f->file), -ESTALE);
	int fd = openat(f->dir, HISTORY_FILE_NAME, O_RDWR | O_CLOEXEC);

	assert_int_equal(ftruncate(fd, 100), 0);
	close(fd);
	assert_int_equal(history_file_open(f->dir, BLOCKS, &f->file), -EBADMSG);
}

static void a_fifo_a_link_and_a_folder_are_no_history(void **state)
{
	struct fixture *f = *state;
	struct history_reader reader;

	assert_int_equal(mkfifoat(f->dir, HISTORY_FILE_NAME, 0600), 0);
	assert_int_equal(history_reader_open(f->dir, &reader), -EINVAL);
	assert_int_equal(history_file_open(f->dir, BLOCKS, &f->file), -EINVAL);
	assert_int_equal(unlinkat(f->dir, HISTORY_FILE_NAME, 0), 0);
	assert_int_equal(symlinkat("other", f->dir, HISTORY_FILE_NAME), 0);
	assert_int_equal(history_file_open(f->dir, BLOCKS, &f->file), -EINVAL);
	assert_int_equal(faccessat(f->dir, "other", F_OK, 0), -1); /* it was not made */
	assert_int_equal(unlinkat(f->dir, HISTORY_FILE_NAME, 0), 0);
	assert_int_equal(mkdirat(f->dir, HISTORY_FILE_NAME, 0700), 0);
	assert_int_equal(history_file_open(f->dir, BLOCKS, &f->file), -EINVAL);
}

static void a_file_of_another_user_is_left_alone(void **state)
{
	struct fixture *f = *state;

	if (geteuid() != 0) {
		print_message("only root can give a file away\n");
		skip();
	}
	open_again(f);
	assert_int_equal(fchownat(f->dir, HISTORY_FILE_NAME, 12345, 12345, 0), 0);
	history_file_free(f->file);
	f->file = NULL;
	assert_int_equal(history_file_open(f->dir, BLOCKS, &f->file), -EACCES);
}

static void a_part_is_found_by_its_time_and_its_host(void **state)
{
	struct fixture *f = *state;
	struct history_query q = {.since_ns = 900 * NS_PER_S,
				  .until_ns = 1000 * NS_PER_S,
				  .limit = 200};

	open_again(f);
	add(f, 1, 2000);
	assert_int_equal(history_read(f->dir, &q, &f->result), 0);
	assert_int_equal(f->result.n, 101);
	assert_int_equal(number_at(f, 0), 900);
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
	assert_int_equal(number_at(f, 0), 991);
}

/* After an order that set the group's time back, what was before has instants that lie ahead. */
static void a_time_that_was_set_back_hides_nothing(void **state)
{
	struct fixture *f = *state;
	const struct history_query q = {.since_ns = 0, .until_ns = 50 * NS_PER_S, .limit = 1000};

	open_again(f);
	add(f, 1, 10);
	add(f, 1000, 1000 + 3 * PER_BLOCK);
	add(f, 11, 20);
	assert_int_equal(history_read(f->dir, &q, &f->result), 0);
	assert_int_equal(f->result.n, 20);
}

/* --- kill -9 --- */

struct shared {
	volatile uint64_t added;   /* the last that was handed to the writer */
	volatile uint64_t flushed; /* the last of which it said that it is written */
};

_Noreturn static void write_until_killed(const struct fixture *f, struct shared *s)
{
	struct history_file *file;

	if (history_file_open(f->dir, BLOCKS, &file) < 0) {
		_exit(1);
	}
	for (uint64_t k = s->added + 1;; k++) {
		struct history_entry e = an_entry(k);

		s->added = k;
		if (history_file_add(file, &e) < 0 ||
		    (k % 3 == 0 && history_file_flush(file) < 0)) {
			_exit(1);
		}
		if (k % 3 == 0) {
			s->flushed = k;
		}
	}
}

/* Each that can be read was written, in its order, and what was said to be written is there, but for
 * what the ring has let go. */
static void assert_history_holds(struct fixture *f, const struct shared *s)
{
	size_t n = read_all(f);
	int64_t last = n > 0 ? number_at(f, n - 1) : 0;

	assert_true((uint64_t)last >= s->flushed);
	assert_true((uint64_t)last <= s->added);
	for (size_t i = 0; i < n; i++) {
		struct history_entry wanted = an_entry((uint64_t)number_at(f, i));

		wanted.life = f->result.row[i].e.life;
		assert_same_entry(&f->result.row[i].e, &wanted);
		assert_true(i == 0 || number_at(f, i) > number_at(f, i - 1));
	}
}

static void a_thousand_kills_cost_nothing_that_was_written(void **state)
{
	struct fixture *f = *state;
	struct shared *s =
		mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned seed = (unsigned)time(NULL), n_wrote = 0;
	int status;

	assert_true(s != MAP_FAILED);
	print_message("seed %u\n", seed);
	srandom(seed);
	for (unsigned i = 0; i < KILLS; i++) {
		uint64_t before = s->flushed;
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			write_until_killed(f, s);
		}
		const struct timespec t = {.tv_nsec = random() % 2000000};

		(void)nanosleep(&t, NULL);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		n_wrote += s->flushed > before;
		if (s->added > 0) {
			assert_history_holds(f, s);
		}
		/* What was added and not flushed is lost with the process. */
	}
	assert_true(n_wrote > KILLS / 10);
	munmap(s, sizeof(*s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		WITH_FILE(what_is_flushed_is_read_and_the_size_stays),
		WITH_FILE(another_life_goes_on_behind_the_newest_block),
		WITH_FILE(a_torn_block_costs_this_block),
		WITH_FILE(a_torn_newest_block_costs_no_other),
		WITH_FILE(a_file_that_was_cut_short_is_gone_on_with),
		WITH_FILE(the_newest_is_found_in_every_round_and_with_any_block_damaged),
		WITH_FILE(what_is_no_history_is_told),
		WITH_FILE(a_fifo_a_link_and_a_folder_are_no_history),
		WITH_FILE(a_file_of_another_user_is_left_alone),
		WITH_FILE(a_part_is_found_by_its_time_and_its_host),
		WITH_FILE(a_time_that_was_set_back_hides_nothing),
		WITH_FILE(a_thousand_kills_cost_nothing_that_was_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
