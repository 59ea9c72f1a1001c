/* history_read.c - see history_read.h.
 *
 * All blocks are read, from the oldest on, and each entry says by itself whether it is wanted.
 * There is no search for a beginning, for the times of blocks need not rise: a host that starts
 * with a clock of 1970 leaves a block of that time, and an order can set group time back. */
#include "berkd/host/history_read.h"

#include "berk/time.h"
#include "berkd/host/history_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX_MIN 4

bool history_is_of(const struct history_entry *e, const char *host)
{
	size_t len = strlen(host);
	char id[17];

	(void)snprintf(id, sizeof(id), "%016" PRIx64, e->host);
	return len == 0 || (e->name[0] && strcmp(e->name, host) == 0) ||
	       (len >= PREFIX_MIN && len < sizeof(id) && memcmp(id, host, len) == 0);
}

static void take_block(const struct history_block *b, const struct history_query *q,
		       struct history_thin *t)
{
	struct history_entry e;

	for (unsigned at = 0; history_block_next(b, &at, &e);) {
		if (e.wall_ns >= q->since_ns && e.wall_ns <= q->until_ns &&
		    history_is_of(&e, q->host)) {
			history_thin_add(t, &e);
		}
	}
}

static int take_blocks(const struct history_reader *reader, const struct history_query *q,
		       struct history_thin *t)
{
	uint64_t n = ns_min((int64_t)reader->newest, reader->n_blocks);
	struct history_block b;
	int r = 0;

	for (uint64_t seq = reader->newest - n + 1; r >= 0 && seq <= reader->newest; seq++) {
		r = history_reader_block(reader, seq, &b);
		if (r > 0) {
			take_block(&b, q, t);
		}
	}
	return r < 0 ? r : 0;
}

int history_read(int dir, const struct history_query *q, struct history_result *ret)
{
	struct history_thin *t = malloc(sizeof(*t));
	struct history_row *row = calloc(2 * q->limit, sizeof(*row));
	struct history_reader reader;
	int r = t && row ? history_reader_open(dir, &reader) : -ENOMEM;

	*ret = (struct history_result){0};
	if (r == 0) {
		history_thin_begin(t, q->interval_ns, row, q->limit);
		r = take_blocks(&reader, q, t);
		history_reader_close(&reader);
	}
	if (r == 0) {
		history_thin_end(t);
		*ret = (struct history_result){.row = row, .n = t->n, .cut = t->cut};
	} else {
		free(row);
	}
	free(t);
	return r;
}
