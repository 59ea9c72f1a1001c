/* chat_file.c - the chat's log on disk: records of one size, each with a sum.
 *
 * Record 0 says where the log ends and what of it is stable; line i of the log is in record 1 +
 * i modulo the size of the ring.  Lines are on disk before record 0 says so.  A record is a
 * CHAT_LINES message (berk/wire.h) between its length, the version of the protocol, and the
 * first 8 bytes of the BLAKE2b of them all; so what is read was looked at as closely as what
 * comes from a peer. */
#include "berkd/host/chat_file.h"

#include "berkd/host/state_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#define RECORD 640
#define HEAD   3
#define SUM    8

static void sum_record(const uint8_t *record, size_t len, uint8_t ret[static SUM])
{
	uint8_t hash[crypto_generichash_BYTES_MIN];

	crypto_generichash(hash, sizeof(hash), record, HEAD + len, NULL, 0);
	memcpy(ret, hash, SUM);
}

static void record_make(uint8_t record[static RECORD], const struct wire_chat_lines *lines)
{
	const struct wire_msg msg = {.type = WIRE_CHAT_LINES, .chat_lines = *lines};

	memset(record, 0, RECORD);
	size_t len = wire_encode(&msg, record + HEAD, RECORD - HEAD - SUM);

	assert(len > 0);
	record[0] = (uint8_t)(len >> 8);
	record[1] = (uint8_t)len;
	record[2] = WIRE_VERSION;
	sum_record(record, len, record + HEAD + len);
}

static bool record_take(const uint8_t record[static RECORD], struct wire_chat_lines *ret)
{
	size_t len = (size_t)record[0] << 8 | record[1];
	struct wire_msg msg;
	uint8_t sum[SUM];

	if (len == 0 || len > RECORD - HEAD - SUM || record[2] != WIRE_VERSION) {
		return false;
	}
	sum_record(record, len, sum);
	if (memcmp(sum, record + HEAD + len, SUM) != 0 ||
	    wire_decode(record + HEAD, len, &msg) != WIRE_OK || msg.type != WIRE_CHAT_LINES) {
		return false;
	}
	*ret = msg.chat_lines;
	return true;
}

static off_t place_of(uint64_t index, size_t n_ring)
{
	return (off_t)(1 + (index & (n_ring - 1))) * RECORD;
}

static int write_record(int fd, off_t at, const struct wire_chat_lines *lines)
{
	uint8_t record[RECORD];

	record_make(record, lines);
	ssize_t n = pwrite(fd, record, sizeof(record), at);

	return n == RECORD ? 0 : n < 0 ? -errno : -EIO;
}

static int write_all(int fd, const struct chat_batch *b)
{
	int r = 0;

	for (size_t i = 0; i < b->n && r == 0; i++) {
		r = write_record(fd, place_of(b->line[i].pos.index, b->n_ring),
				 &(struct wire_chat_lines){.n = 1, .line = {b->line[i]}});
	}
	if (r == 0 && b->n > 0 && fdatasync(fd) < 0) {
		r = -errno;
	}
	if (r == 0) {
		r = write_record(fd, 0,
				 &(struct wire_chat_lines){.prev = b->last, .stable = b->stable});
	}
	return r == 0 && fdatasync(fd) < 0 ? -errno : r;
}

int chat_file_write(int dir, const struct chat_batch *b)
{
	off_t size;
	int fd = state_file_open(dir, CHAT_FILE_NAME, O_WRONLY | O_CREAT, &size);

	if (fd < 0) {
		return fd;
	}
	int r = write_all(fd, b);

	if (close(fd) < 0 && r == 0) {
		r = -errno;
	}
	return r == 0 && size == 0 && fsync(dir) < 0 ? -errno : r;
}

static int read_record(int fd, off_t at, struct wire_chat_lines *ret)
{
	uint8_t record[RECORD];
	ssize_t n = pread(fd, record, sizeof(record), at);

	return n < 0					 ? state_file_error(errno)
	       : n == RECORD && record_take(record, ret) ? 0
							 : -EBADMSG;
}

/* Where the log ends; negative errno, or a file that can be read on. */
static int open_log(int dir, struct wire_chat_lines *ret)
{
	off_t size;
	int fd = state_file_open(dir, CHAT_FILE_NAME, O_RDONLY, &size);
	int r = fd < 0 ? fd : read_record(fd, 0, ret);

	r = r == 0 && ret->n != 0 ? -EBADMSG : r;
	if (r < 0 && fd >= 0) {
		close(fd);
	}
	return r < 0 ? r : fd;
}

int chat_file_read(int dir, struct wire_chat_line *ring, size_t n_ring, struct chat_pos *ret_last,
		   uint64_t *ret_stable)
{
	struct wire_chat_lines end = {.n = 0}, lines = {.n = 0};
	int fd = open_log(dir, &end);

	if (fd < 0) {
		return fd;
	}
	for (uint64_t i = 0; i < n_ring && i < end.prev.index; i++) {
		uint64_t index = end.prev.index - i;
		struct wire_chat_line *place = &ring[index & (n_ring - 1)];

		place->pos.index = 0; /* a hole, unless it can be read */
		if (read_record(fd, place_of(index, n_ring), &lines) == 0 && lines.n == 1 &&
		    lines.line[0].pos.index == index) {
			*place = lines.line[0];
		}
	}
	close(fd);
	*ret_last = end.prev;
	*ret_stable = end.stable;
	return 0;
}
