/* fuzz_history.c - any file as that of the history: what is in it is read or passed over, and it can
 * be gone on with, while whatever is asked of the system may fail once.
 *
 * Input: a byte of flags, those of faults.h, a byte that says which part is asked for, and records of
 * PLACE, LENGTH (2 bytes), bytes.  PLACE is the block of the file; with SUMMED its checksum is put
 * right, which noise would never hit. */
#include "berkd/host/history_bytes.h"
#include "berkd/host/history_file.h"
#include "berkd/host/history_read.h"
#include "fuzz.h"
#include "tests/fuzz/faults.h"
#include "tests/fuzz/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PLACE_MASK = 31, SUMMED = 64 };
enum {
	LATER = 1, /* the fault is one of those that write */
	LINK = 2,  /* what the file is */
	SHORT = 4,
	LONGER = 8, /* it was kept with another size, and is taken over as the daemon does */
};

#define HEAD_LEN 24
#define OURS	 "fuzz-event"

static void put_block(int fd, unsigned place, bool summed, const uint8_t *data, size_t len)
{
	uint8_t block[HISTORY_BLOCK] = {0};

	memcpy(block, data, len < sizeof(block) ? len : sizeof(block));
	if (summed && place == 0) {
		history_sum(block, HEAD_LEN, block + HEAD_LEN);
	} else if (summed) {
		history_sum(block + HISTORY_SUM, HISTORY_BLOCK - HISTORY_SUM, block);
	}
	if (pwrite(fd, block, sizeof(block), (off_t)place * HISTORY_BLOCK) != sizeof(block)) {
		abort();
	}
}

/* A sound file, over which the input goes. */
static void put_file(int dir, unsigned flags, const uint8_t *data, size_t size)
{
	struct history_file *f;

	scratch_clear();
	if (history_file_open(dir, history_blocks(HISTORY_BYTES_MIN) + (flags & LONGER), &f) < 0) {
		abort();
	}
	history_file_free(f);
	int fd = openat(dir, HISTORY_FILE_NAME, O_RDWR | O_CLOEXEC);

	while (fd >= 0 && size >= 3) {
		size_t len = (size_t)bytes_get(data + 1, 2);

		len = len < size - 3 ? len : size - 3;
		put_block(fd, data[0] & PLACE_MASK, data[0] & SUMMED, data + 3, len);
		data += 3 + len;
		size -= 3 + len;
	}
	if (fd < 0 || (flags & SHORT && ftruncate(fd, 5 * HISTORY_BLOCK + 7) < 0) ||
	    (flags & LINK && (unlinkat(dir, HISTORY_FILE_NAME, 0) < 0 ||
			      symlinkat("other", dir, HISTORY_FILE_NAME) < 0))) {
		abort();
	}
	close(fd);
}

static void check_row(const struct history_row *row)
{
	const struct history_entry *e = &row->e;

	if (memchr(e->name, 0, sizeof(e->name)) == NULL ||
	    memchr(e->text, 0, sizeof(e->text)) == NULL) {
		abort();
	}
	if (e->kind == HISTORY_EVENT &&
	    (!e->word[0] || strspn(e->word, "abcdefghijklmnopqrstuvwxyz-") != strlen(e->word))) {
		abort();
	}
	if (e->kind == HISTORY_SAMPLE &&
	    (row->n == 0 || (e->bound_ns < 0 && e->bound_ns != HISTORY_UNKNOWN) ||
	     row->offset_ns_min > row->offset_ns_max)) {
		abort();
	}
}

static int read_it(int dir, unsigned part, bool *ret_ours)
{
	static const int64_t intervals[] = {0, 1, INT64_C(10000000000), INT64_MAX};
	static const char *const hosts[] = {"", "alpha", "abcd", "0123456789abcdef"};
	struct history_query q = {.since_ns = part & 16 ? 0 : INT64_MIN,
				  .until_ns = part & 32 ? 0 : INT64_MAX,
				  .interval_ns = intervals[part & 3],
				  .limit = part & 64 ? 1 : HISTORY_LIMIT_MAX};
	struct history_result result;

	strcpy(q.host, hosts[part >> 2 & 3]);
	int r = history_read(dir, &q, &result);

	*ret_ours = false;
	if ((r < 0 && result.n > 0) || result.n > q.limit) {
		abort();
	}
	for (size_t i = 0; i < result.n; i++) {
		check_row(&result.row[i]);
		*ret_ours |= strcmp(result.row[i].e.word, OURS) == 0;
	}
	free(result.row);
	return r;
}

/* What is written is there, whatever was there before. */
static int write_it(int dir)
{
	const struct history_entry e = {
		.kind = HISTORY_EVENT, .host = 7, .name = "ours", .word = OURS, .text = "text"};
	uint32_t n_blocks = history_blocks(HISTORY_BYTES_MIN);
	struct history_file *f;
	int r = history_file_open(dir, n_blocks, &f);

	if (r == -ESTALE) {
		r = history_file_resize(dir, n_blocks);
		r = r < 0 ? r : history_file_open(dir, n_blocks, &f);
	}
	if (r < 0) {
		return r;
	}
	for (unsigned i = 0; r == 0 && i < HISTORY_RECORDS; i++) { /* more than one block */
		const struct history_entry sample = {.kind = HISTORY_SAMPLE,
						     .host = i % 3,
						     .name = "any",
						     .freq_ppb = i % 2 ? HISTORY_UNKNOWN : i,
						     .delay_ns = i % 2 ? i : HISTORY_UNKNOWN};

		r = history_file_add(f, &sample);
	}
	r = r < 0 ? r : history_file_add(f, &e);
	r = r < 0 ? r : history_file_flush(f);
	r = r < 0 ? r : history_file_flush(f); /* there is nothing to do */
	history_file_free(f);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2 + FAULT_LEN) {
		return 0;
	}
	unsigned flags = data[0], part = data[1 + FAULT_LEN];
	const uint8_t *fault = data + 1;
	size_t fault_len = FAULT_LEN;
	int dir = open(scratch_path(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ours;

	put_file(dir, flags, data + 2 + FAULT_LEN, size - 2 - FAULT_LEN);
	if (!(flags & LATER)) {
		fault_arm(&fault, &fault_len);
	}
	(void)read_it(dir, part, &ours);
	fault_arm(&fault, &fault_len);
	int r = write_it(dir);

	fault_disarm();
	if (r == 0 && read_it(dir, 0, &ours) == 0 && !ours) {
		abort();
	}
	close(dir);
	return 0;
}
