/* history_read.c - see history_read.h.
 *
 * Blocks are asked from the newest backwards until one ends before the time that is wanted, and are
 * then taken forwards.  Where group time was set back, what is before that looks later than it
 * was; it is searched, and each entry says by itself whether it is wanted. */
#include "berkd/host/history_read.h"

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

/* Does all of the block lie before @since_ns? */
static bool is_before(const struct history_block *b, int64_t since_ns)
{
	struct history_entry e;
	bool any = false;

	for (unsigned at = 0; history_block_next(b, &at, &e);) {
		any = true;
		if (e.wall_ns >= since_ns) {
			return false;
		}
	}
	return any;
}

static uint64_t find_first(const struct history_reader *r, int64_t since_ns)
{
	uint64_t oldest = r->newest > r->n_blocks ? r->newest - r->n_blocks + 1 : 1;
	struct history_block b;

	for (uint64_t seq = r->newest; seq >= oldest; seq--) {
		if (history_reader_block(r, seq, &b) && is_before(&b, since_ns)) {
			return seq + 1;
		}
	}
	return oldest;
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

int history_read(int dir, const struct history_query *q, struct history_result *ret)
{
	struct history_thin *t = malloc(sizeof(*t));
	struct history_row *row = calloc(q->limit, sizeof(*row));
	struct history_reader reader;
	int r = t && row ? history_reader_open(dir, &reader) : -ENOMEM;

	*ret = (struct history_result){0};
	if (r < 0) {
		free(t);
		free(row);
		return r;
	}
	history_thin_begin(t, q->interval_ns, row, q->limit);
	for (uint64_t seq = find_first(&reader, q->since_ns); seq <= reader.newest; seq++) {
		struct history_block b;

		if (history_reader_block(&reader, seq, &b)) {
			take_block(&b, q, t);
		}
	}
	history_reader_close(&reader);
	history_thin_end(t);
	*ret = (struct history_result){.row = row, .n = t->n, .cut = t->cut};
	free(t);
	return 0;
}
