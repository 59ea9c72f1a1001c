/* test_history_crash.c - the file of the history after kill -9 at any moment, and after a write of
 * which a power cut left a part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "berkd/host/sanitized.h"
#include "tests/unit/history_ring.h"
#include "tests/unit/history_same.h"

#define KILLS (IS_SANITIZED ? 200 : 1000) /* a fork of a sanitized process is slow */

/* --- kill -9 --- */

struct shared {
	volatile uint64_t added;   /* the last that was handed to the writer */
	volatile uint64_t flushed; /* the last of which it said that it is written */
};

/* A process that was killed: it said of these that they are written; none: @from > @to. */
struct life {
	uint64_t from, to;
};

_Noreturn static void write_until_killed(const struct ring *f, struct shared *s)
{
	struct history_file *file;

	if (history_file_open(f->dir, RING_BLOCKS, &file) < 0) {
		_exit(1);
	}
	for (uint64_t k = s->added + 1;; k++) {
		struct history_entry e = ring_entry(k);

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

/* One life, which ends at a random moment: of every second one in its first 2 ms, while it opens the
 * file and looks for its place, and of the others while it writes, however slow the machine is. */
static struct life live_and_be_killed(const struct ring *f, struct shared *s, bool writes)
{
	uint64_t added = s->added, flushed = s->flushed;
	const struct timespec t = {.tv_nsec = random() % 2000000};
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		write_until_killed(f, s);
	}
	while (writes && s->flushed == flushed && waitpid(pid, &status, WNOHANG) == 0) {
		(void)nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
	}
	(void)nanosleep(&t, NULL);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	return (struct life){.from = added + 1, .to = s->flushed > flushed ? s->flushed : added};
}

/* Each that can be read was written, in its order. */
static void assert_nothing_is_made_up(const struct ring *f, const struct shared *s)
{
	for (size_t i = 0; i < f->result.n; i++) {
		struct history_entry wanted = ring_entry((uint64_t)ring_number(f, i));

		wanted.life = f->result.row[i].e.life;
		assert_same_entry(&f->result.row[i].e, &wanted);
		assert_in_range(ring_number(f, i), 1, s->added);
		assert_true(i == 0 || ring_number(f, i) > ring_number(f, i - 1));
	}
}

/* From the oldest on that the ring still has, each that was said to be written is there. */
static void assert_nothing_is_lost(const struct ring *f, const struct life *life, size_t n_lives)
{
	uint64_t first = f->result.n > 0 ? (uint64_t)ring_number(f, 0) : 1;
	size_t at = 0;

	for (size_t l = 0; l < n_lives; l++) {
		uint64_t from = life[l].from > first ? life[l].from : first;

		for (uint64_t k = from; k <= life[l].to; k++) {
			while (at < f->result.n && (uint64_t)ring_number(f, at) < k) {
				at++;
			}
			if (at == f->result.n || (uint64_t)ring_number(f, at) != k) {
				fail_msg("entry %ju of life %zu is lost", (uintmax_t)k, l);
			}
		}
	}
}

/* The ring has all of its places: no block was given up, and none is damaged.  Its newest number. */
static uint64_t assert_all_blocks_are_whole(const struct ring *f)
{
	struct history_reader r;
	struct history_block b;

	assert_int_equal(history_reader_open(f->dir, &r), 0);
	uint64_t n = r.newest < RING_BLOCKS ? r.newest : RING_BLOCKS;

	for (uint64_t seq = r.newest - n + 1; seq <= r.newest; seq++) {
		assert_int_equal(history_reader_block(&r, seq, &b), 1);
	}
	history_reader_close(&r);
	return r.newest;
}

static void a_thousand_kills_cost_nothing_that_was_written(void **state)
{
	static struct life life[KILLS];
	struct ring *f = *state;
	struct shared *s =
		mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned seed = (unsigned)time(NULL), n_wrote = 0;
	uint64_t newest = 0;

	assert_true(s != MAP_FAILED);
	print_message("seed %u\n", seed);
	srandom(seed);
	ring_again(f); /* so that there is a file, however early the first one is killed */
	for (unsigned i = 0; i < KILLS; i++) {
		life[i] = live_and_be_killed(f, s, i % 2);
		n_wrote += life[i].to >= life[i].from;
		(void)ring_read(f);
		assert_nothing_is_made_up(f, s);
		assert_nothing_is_lost(f, life, i + 1);
		uint64_t now = assert_all_blocks_are_whole(f);

		assert_true(now >= newest + (life[i].to >= life[i].from));
		newest = now;
	}
	assert_true(n_wrote >= KILLS / 2);
	print_message("%u killed, %u of them had written, %ju blocks\n", KILLS, n_wrote,
		      (uintmax_t)newest);
	munmap(s, sizeof(*s));
}

/* --- Power cuts --- */

static void get_block(const struct ring *f, uint64_t seq, uint8_t *ret)
{
	int fd = openat(f->dir, HISTORY_FILE_NAME, O_RDONLY | O_CLOEXEC);

	assert_int_equal(pread(fd, ret, HISTORY_BLOCK,
			       (off_t)(1 + (seq - 1) % RING_BLOCKS) * HISTORY_BLOCK),
			 HISTORY_BLOCK);
	close(fd);
}

/* Of block @seq the first @len bytes of @new are on the disk, and behind them @old; or, with
 * @from_end, it is the other way round. */
static void put_torn(const struct ring *f, uint64_t seq, const uint8_t *old, const uint8_t *new,
		     size_t len, bool from_end)
{
	int fd = openat(f->dir, HISTORY_FILE_NAME, O_WRONLY | O_CLOEXEC);
	uint8_t torn[HISTORY_BLOCK];

	memcpy(torn, from_end ? new : old, sizeof(torn));
	memcpy(torn, from_end ? old : new, len);
	assert_int_equal(pwrite(fd, torn, sizeof(torn),
				(off_t)(1 + (seq - 1) % RING_BLOCKS) * HISTORY_BLOCK),
			 sizeof(torn));
	close(fd);
}

/* The write of block @seq, from @old to @new, torn at each byte: all other blocks are read, and of
 * this one as many entries as it had, as it was to have, or none; and the next life goes on. */
static void tear(struct ring *f, uint64_t seq, const uint8_t *old, const uint8_t *new,
		 size_t n_others, size_t n_old, size_t n_new)
{
	const struct shared s = {.added = 5000};

	for (size_t len = 0; len <= HISTORY_BLOCK; len++) {
		put_torn(f, seq, old, new, len, len % 2);
		size_t n = ring_read(f) - n_others;

		assert_true(n == 0 || n == n_old || n == n_new);
		assert_nothing_is_made_up(f, &s);
		if (len == 0 || len == HISTORY_BLOCK) {
			assert_int_equal(n, len == 0 ? n_old : n_new);
		}
	}
}

static void a_write_is_torn_at_each_byte_while_the_block_is_filled(void **state)
{
	const uint64_t seq = 20; /* in the second round */
	uint8_t old[HISTORY_BLOCK], new[HISTORY_BLOCK];
	struct ring *f = *state;

	ring_again(f);
	ring_add(f, 1, 19 * RING_PER_BLOCK + 30);
	get_block(f, seq, old);
	ring_add(f, 19 * RING_PER_BLOCK + 31, 19 * RING_PER_BLOCK + 60);
	get_block(f, seq, new);
	tear(f, seq, old, new, (RING_BLOCKS - 1) * RING_PER_BLOCK, 30, 60);
	put_torn(f, seq, old, new, 100, false);
	ring_again(f);
	ring_add(f, 4000, 4000); /* it takes the place of the torn one */
	assert_int_equal(ring_read(f), (RING_BLOCKS - 1) * RING_PER_BLOCK + 1);
}

static void a_write_is_torn_at_each_byte_over_a_block_of_the_round_before(void **state)
{
	const uint64_t seq = 20;
	uint8_t old[HISTORY_BLOCK], new[HISTORY_BLOCK];
	struct ring *f = *state;

	ring_again(f);
	ring_add(f, 1, 19 * RING_PER_BLOCK);
	get_block(f, seq, old);
	ring_add(f, 19 * RING_PER_BLOCK + 1, 19 * RING_PER_BLOCK + 60);
	get_block(f, seq, new);
	tear(f, seq, old, new, (RING_BLOCKS - 1) * RING_PER_BLOCK, RING_PER_BLOCK, 60);
	put_torn(f, seq, old, new, 100, false);
	ring_again(f);
	ring_add(f, 4000, 4000);
	assert_int_equal(ring_read(f), (RING_BLOCKS - 1) * RING_PER_BLOCK + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH_RING(test) cmocka_unit_test_setup_teardown(test, ring_open, ring_close)
		WITH_RING(a_thousand_kills_cost_nothing_that_was_written),
		WITH_RING(a_write_is_torn_at_each_byte_while_the_block_is_filled),
		WITH_RING(a_write_is_torn_at_each_byte_over_a_block_of_the_round_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
