/* history_file.c - a ring of checked blocks in a file of fixed size.
 *
 * Why this and no SQLite: the size is bounded by construction, and not by a job that deletes rows;
 * a block that is torn costs this block and no more; a daemon that may set the clock gets no
 * parser of a query language; nobody takes a lock, so a reader cannot hold the writer up; and a
 * period costs one write of 4 KiB, at one place, without a journal beside it.
 *
 * Block 0 is the head: "berkhist", the version, the sizes of a block and of a record, the number of
 * blocks (4 bytes each), and the sum of these.  Block number SEQ of the ring, from 1 on, is at 1 +
 * (SEQ - 1) modulo the number of blocks.  After a start, the block behind the newest is begun, so
 * nothing of an earlier life is written again: what a crash may tear is the block that was being
 * filled. */
#include "berkd/host/history_file.h"

#include "berkd/host/history_bytes.h"
#include "berkd/host/state_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VERSION	 1
#define HEAD_LEN 24
#define RETRIES	 3			  /* of a read that came in the middle of a write */
#define RESIZED	 HISTORY_FILE_NAME ".new" /* until it is whole */

static const uint8_t magic[8] = {'b', 'e', 'r', 'k', 'h', 'i', 's', 't'};

struct history_file {
	int fd;
	uint32_t n_blocks;
	bool scanned; /* block is the one being filled */
	bool dirty;
	bool full; /* and it is to be on the disk before the next one is begun */
	struct history_block block;
};

uint32_t history_blocks(uint64_t bytes)
{
	assert(bytes >= HISTORY_BYTES_MIN && bytes <= HISTORY_BYTES_MAX);
	return (uint32_t)(bytes / HISTORY_BLOCK) - 1;
}

static off_t place_of(uint64_t seq, uint32_t n_blocks)
{
	return (off_t)(1 + (seq - 1) % n_blocks) * HISTORY_BLOCK;
}

/* --- The head --- */

static void head_make(uint8_t head[static HISTORY_BLOCK], uint32_t n_blocks)
{
	memset(head, 0, HISTORY_BLOCK);
	memcpy(head, magic, sizeof(magic));
	bytes_put(head + 8, 4, VERSION);
	bytes_put(head + 12, 4, HISTORY_BLOCK);
	bytes_put(head + 16, 4, HISTORY_RECORD);
	bytes_put(head + 20, 4, n_blocks);
	history_sum(head, HEAD_LEN, head + HEAD_LEN);
}

/* How many blocks the file has by its head; -EBADMSG: it is damaged, or none of ours; -ESTALE: it
 * is of another version. */
static int64_t head_take(int fd)
{
	uint8_t head[HISTORY_BLOCK], wanted[HISTORY_BLOCK];
	ssize_t n = pread(fd, head, sizeof(head), 0);

	if (n < 0) {
		return state_file_error(errno);
	}
	if (n != HISTORY_BLOCK) {
		return -EBADMSG;
	}
	uint32_t n_blocks = (uint32_t)bytes_get(head + 20, 4);

	history_sum(head, HEAD_LEN, wanted);
	if (memcmp(head, magic, sizeof(magic)) != 0 ||
	    memcmp(head + HEAD_LEN, wanted, HISTORY_SUM) != 0) {
		return -EBADMSG;
	}
	head_make(wanted, n_blocks);
	return memcmp(head, wanted, HISTORY_BLOCK) != 0 || n_blocks < HISTORY_BLOCKS_MIN ||
			       n_blocks >= HISTORY_BYTES_MAX / HISTORY_BLOCK
		       ? -ESTALE
		       : (int64_t)n_blocks;
}

static int write_block(int fd, const uint8_t *bytes, off_t at)
{
	ssize_t n = pwrite(fd, bytes, HISTORY_BLOCK, at);

	return n == HISTORY_BLOCK ? 0 : n < 0 ? -errno : -EIO;
}

/* A file without anything in it gets its head. */
static int begin_file(int dir, int fd, uint32_t n_blocks)
{
	uint8_t head[HISTORY_BLOCK];

	head_make(head, n_blocks);
	int r = write_block(fd, head, 0);

	if (r < 0) {
		return r;
	}
	return fsync(fd) < 0 || fsync(dir) < 0 ? -errno : 0;
}

/* --- Written --- */

int history_file_open(int dir, uint32_t n_blocks, struct history_file **ret)
{
	struct history_file *f = calloc(1, sizeof(*f));
	off_t size = 0;

	if (!f) {
		return -ENOMEM;
	}
	f->n_blocks = n_blocks;
	f->fd = state_file_open(dir, HISTORY_FILE_NAME, O_RDWR | O_CREAT, &size);
	int r = f->fd < 0 ? f->fd : 0;

	if (r == 0 && size == 0) {
		r = begin_file(dir, f->fd, n_blocks);
	} else if (r == 0) {
		int64_t n = head_take(f->fd);

		r = n < 0 ? (int)n : n != n_blocks ? -ESTALE : 0;
	}
	/* A place that was never written is a hole; of a file that was cut short, too. */
	if (r == 0 && ftruncate(f->fd, (off_t)(1 + n_blocks) * HISTORY_BLOCK) < 0) {
		r = -errno;
	}
	if (r < 0) {
		history_file_free(f);
		return r;
	}
	*ret = f;
	return 0;
}

struct history_file *history_file_free(struct history_file *f)
{
	if (f && f->fd >= 0) {
		close(f->fd);
	}
	free(f);
	return NULL;
}

/* Block number @seq, or one that was there before it or after it: 1; 0: there is none, and what is
 * damaged or stands at a wrong place is none; negative errno: the disk does not tell, and then
 * nobody knows whether there is one. */
static int read_place(int fd, uint64_t seq, uint32_t n_blocks, struct history_block *ret)
{
	for (unsigned i = 0; i < RETRIES; i++) {
		ssize_t n = pread(fd, ret->bytes, HISTORY_BLOCK, place_of(seq, n_blocks));

		if (n < 0) {
			return state_file_error(errno);
		}
		if (n == HISTORY_BLOCK && history_block_open(ret)) {
			return (ret->seq - 1) % n_blocks == (seq - 1) % n_blocks;
		}
	}
	return 0;
}

/* The newest block, whose number is 0 where there is none.  From the end backwards numbers fall but
 * for one place: so two blocks are read as a whole, and of the others what says their number.  0 or
 * negative errno: a place that cannot be read may hold the newest, so without it nothing is said,
 * for a ring that was begun anew in front of it would hide all that comes. */
static int find_newest(int fd, uint32_t n_blocks, struct history_block *ret)
{
	*ret = (struct history_block){0};
	for (uint64_t i = n_blocks; i > 0; i--) {
		struct history_block b;
		uint8_t head[HISTORY_HEAD];
		ssize_t n = pread(fd, head, sizeof(head), place_of(i, n_blocks));
		int r = n < 0 ? state_file_error(errno) : 0;

		if (n == HISTORY_HEAD && history_block_seq(head) > ret->seq) {
			r = read_place(fd, i, n_blocks, &b);
		}
		if (r < 0) {
			return r;
		}
		if (r > 0) {
			*ret = b;
		}
	}
	return 0;
}

static int scan(struct history_file *f)
{
	struct history_block newest;

	if (f->scanned) {
		return 0;
	}
	int r = find_newest(f->fd, f->n_blocks, &newest);

	if (r < 0) {
		return r;
	}
	if (newest.seq > HISTORY_SEQ_MAX / 2) {
		return -EOVERFLOW; /* no life of writing gets there */
	}
	history_block_begin(&f->block, newest.seq + 1, newest.life + 1);
	f->scanned = true;
	return 0;
}

int history_file_flush(struct history_file *f)
{
	if (!f->dirty) {
		return 0;
	}
	history_block_seal(&f->block);
	int r = write_block(f->fd, f->block.bytes, place_of(f->block.seq, f->n_blocks));

	if (r == 0 && f->full && fdatasync(f->fd) < 0) {
		r = -errno;
	}
	f->dirty = r < 0;
	return r;
}

int history_file_add(struct history_file *f, const struct history_entry *e)
{
	int r = scan(f);

	if (r == 0 && (f->full || !history_block_add(&f->block, e))) {
		f->full = f->dirty = true;
		r = history_file_flush(f);
		if (r < 0) {
			return r;
		}
		f->full = false;
		history_block_begin(&f->block, f->block.seq + 1, f->block.life);
		r = history_block_add(&f->block, e) ? 0 : -EMSGSIZE;
	}
	f->dirty = f->dirty || r == 0;
	return r;
}

/* --- Another size --- */

/* The newest blocks, as many as both files can have.  A block keeps its number, by which it has a
 * place in a ring of any size. */
static int copy_blocks(int from, uint32_t n_from, int to, uint32_t n_to)
{
	struct history_block b;
	int r = find_newest(from, n_from, &b);
	uint64_t newest = b.seq, n = n_from < n_to ? n_from : n_to;
	uint64_t first = newest > n ? newest - n + 1 : 1;

	for (uint64_t seq = first; r >= 0 && seq <= newest; seq++) {
		r = read_place(from, seq, n_from, &b);
		if (r > 0 && b.seq == seq) {
			r = write_block(to, b.bytes, place_of(seq, n_to));
		}
	}
	return r < 0 ? r : 0;
}

/* The whole of the new file; negative errno. */
static int write_resized(int dir, int from, int to, uint32_t n_blocks)
{
	int64_t n = head_take(from);
	int r = n < 0 ? (int)n : begin_file(dir, to, n_blocks);

	if (r == 0 && ftruncate(to, (off_t)(1 + n_blocks) * HISTORY_BLOCK) < 0) {
		r = -errno;
	}
	r = r < 0 ? r : copy_blocks(from, (uint32_t)n, to, n_blocks);
	return r < 0 ? r : fsync(to) < 0 ? -errno : 0;
}

int history_file_resize(int dir, uint32_t n_blocks)
{
	off_t size;
	int from = state_file_open(dir, HISTORY_FILE_NAME, O_RDONLY, &size), r = from;
	int to = from < 0 ? -1 : state_file_open(dir, RESIZED, O_RDWR | O_CREAT | O_TRUNC, &size);

	if (from >= 0) {
		r = to < 0 ? to : write_resized(dir, from, to, n_blocks);
		close(from);
	}
	if (to >= 0) {
		close(to);
		r = r < 0 ? r : renameat(dir, RESIZED, dir, HISTORY_FILE_NAME) < 0 ? -errno : 0;
	}
	if (r < 0) {
		(void)unlinkat(dir, RESIZED, 0);
	}
	return r;
}

/* --- Read --- */

int history_reader_open(int dir, struct history_reader *ret)
{
	struct history_block newest;
	off_t size;
	int fd = state_file_open(dir, HISTORY_FILE_NAME, O_RDONLY, &size);
	int64_t n = fd < 0 ? fd : head_take(fd);
	int r = n < 0 ? (int)n : find_newest(fd, (uint32_t)n, &newest);

	if (r < 0) {
		if (fd >= 0) {
			close(fd);
		}
		return r;
	}
	*ret = (struct history_reader){.fd = fd, .n_blocks = (uint32_t)n, .newest = newest.seq};
	return 0;
}

void history_reader_close(struct history_reader *r)
{
	close(r->fd);
}

int history_reader_block(const struct history_reader *reader, uint64_t seq,
			 struct history_block *ret)
{
	int r = read_place(reader->fd, seq, reader->n_blocks, ret);

	return r < 0 ? r : r > 0 && ret->seq == seq;
}
