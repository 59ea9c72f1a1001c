/* history_thin.c - see history_thin.h. */
#include "berkd/host/history_thin.h"

#include "berk/time.h"

#include <stdlib.h>
#include <string.h>

void history_thin_begin(struct history_thin *t, int64_t interval_ns, struct history_row *row,
			size_t limit)
{
	t->interval_ns = interval_ns;
	t->order = 0;
	t->row = row;
	t->limit = limit;
	t->n = t->n_open = 0;
	t->cut = false;
}

static int by_order(const void *a, const void *b)
{
	uint64_t x = ((const struct history_row *)a)->order,
		 y = ((const struct history_row *)b)->order;

	return (x > y) - (x < y);
}

/* Bring the rows into their order, and let go of the oldest that are too many. */
static void keep_newest(struct history_thin *t)
{
	qsort(t->row, t->n, sizeof(*t->row), by_order);
	if (t->n > t->limit) {
		memmove(t->row, t->row + t->n - t->limit, t->limit * sizeof(*t->row));
		t->n = t->limit;
		t->cut = true;
	}
}

/* A row is done, at any time after its last sample: it may be older than those before it. */
static void emit(struct history_thin *t, const struct history_row *row)
{
	if (t->n == 2 * t->limit) {
		keep_newest(t);
	}
	t->row[t->n++] = *row;
}

/* The number of the interval that @wall_ns is in. */
static int64_t bucket_of(const struct history_thin *t, int64_t wall_ns)
{
	int64_t q = wall_ns / t->interval_ns;

	return q - (wall_ns % t->interval_ns < 0);
}

/* Take @row into @open, which is of the same host and the same interval. */
static void merge(struct history_row *open, const struct history_row *row)
{
	struct history_row merged = *row;
	int64_t bound = open->e.bound_ns;

	merged.n += open->n;
	if (open->offset_ns_min != HISTORY_UNKNOWN) {
		bool known = row->offset_ns_min != HISTORY_UNKNOWN;

		merged.offset_ns_min = known ? ns_min(open->offset_ns_min, row->offset_ns_min)
					     : open->offset_ns_min;
		merged.offset_ns_max = known ? ns_max(open->offset_ns_max, row->offset_ns_max)
					     : open->offset_ns_max;
	}
	/* The largest bound holds for all of them; and one that nobody knew is larger still. */
	if (bound == HISTORY_UNKNOWN || merged.e.bound_ns == HISTORY_UNKNOWN) {
		merged.e.bound_ns = HISTORY_UNKNOWN;
	} else {
		merged.e.bound_ns = ns_max(bound, merged.e.bound_ns);
	}
	*open = merged;
}

static bool is_same(const struct history_thin *t, const struct history_row *open,
		    const struct history_row *row)
{
	const unsigned role = HISTORY_MASTER | HISTORY_DEPUTY;

	return bucket_of(t, open->e.wall_ns) == bucket_of(t, row->e.wall_ns) &&
	       open->e.life == row->e.life && open->e.state == row->e.state &&
	       (open->e.flags & role) == (row->e.flags & role);
}

/* The row of @host that is open; NULL: there is none. */
static struct history_row *find_open(struct history_thin *t, node_id host)
{
	for (size_t i = 0; i < t->n_open; i++) {
		if (t->open[i].e.host == host) {
			return &t->open[i];
		}
	}
	return NULL;
}

/* Open @row.  Where there is no place, the host that has been gone for longest gives his. */
static void open_row(struct history_thin *t, const struct history_row *row)
{
	struct history_row *oldest = &t->open[0];

	if (t->n_open < HISTORY_HOSTS_MAX) {
		t->open[t->n_open++] = *row;
		return;
	}
	for (size_t i = 1; i < t->n_open; i++) {
		oldest = t->open[i].order < oldest->order ? &t->open[i] : oldest;
	}
	emit(t, oldest);
	*oldest = *row;
}

void history_thin_add(struct history_thin *t, const struct history_entry *e)
{
	struct history_row row = {.e = *e, .order = t->order++};

	if (e->kind == HISTORY_EVENT) {
		emit(t, &row);
		return;
	}
	row.n = 1;
	row.offset_ns_min = row.offset_ns_max = e->offset_ns;
	struct history_row *open = find_open(t, e->host);

	if (t->interval_ns == 0) {
		emit(t, &row);
	} else if (!open) {
		open_row(t, &row);
	} else if (is_same(t, open, &row)) {
		merge(open, &row);
	} else {
		emit(t, open);
		*open = row;
	}
}

void history_thin_end(struct history_thin *t)
{
	for (size_t i = 0; i < t->n_open; i++) {
		emit(t, &t->open[i]);
	}
	t->n_open = 0;
	keep_newest(t);
}
