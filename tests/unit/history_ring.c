/* history_ring.c - see history_ring.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berk/time.h"
#include "tests/unit/history_ring.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int ring_open(void **state)
{
	struct ring *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->path, "/tmp/berk-history.XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->dir = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->dir >= 0);
	*state = f;
	return 0;
}

int ring_close(void **state)
{
	struct ring *f = *state;

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

struct history_entry ring_entry(uint64_t k)
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

void ring_again(struct ring *f)
{
	history_file_free(f->file);
	f->file = NULL;
	assert_int_equal(history_file_open(f->dir, RING_BLOCKS, &f->file), 0);
}

void ring_add(struct ring *f, uint64_t from, uint64_t to)
{
	for (uint64_t k = from; k <= to; k++) {
		struct history_entry e = ring_entry(k);

		assert_int_equal(history_file_add(f->file, &e), 0);
	}
	assert_int_equal(history_file_flush(f->file), 0);
}

size_t ring_read(struct ring *f)
{
	const struct history_query q = {.since_ns = INT64_MIN,
					.until_ns = INT64_MAX,
					.limit = HISTORY_LIMIT_MAX};

	free(f->result.row);
	assert_int_equal(history_read(f->dir, &q, &f->result), 0);
	return f->result.n;
}

int64_t ring_number(const struct ring *f, size_t i)
{
	return f->result.row[i].e.offset_ns;
}
