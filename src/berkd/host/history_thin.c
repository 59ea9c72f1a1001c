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
	t->n = t->next = t->n_open = 0;
	t->cut = false;
}

static void emit(struct history_thin *t, const struct history_row *row)
{
	t->row[t->next] = *row;
	t->next = (t->next + 1) % t->limit;
	t->cut = t->cut || t->n == t->limit;
	t->n += t->n < t->limit;
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

void history_thin_add(struct history_thin *t, const struct history_entry *e)
{
	struct history_row row = {.e = *e, .order = t->order++};

	if (e->kind == HISTORY_EVENT) {
		emit(t, &row);
		return;
	}
	row.n = 1;
	row.offset_ns_min = row.offset_ns_max = e->offset_ns;
	for (size_t i = 0; i < t->n_open && t->interval_ns > 0; i++) {
		struct history_row *open = &t->open[i];

		if (open->e.host == e->host) {
			if (is_same(t, open, &row)) {
				merge(open, &row);
			} else {
				emit(t, open);
				*open = row;
			}
			return;
		}
	}
	if (t->interval_ns > 0 && t->n_open < HISTORY_HOSTS_MAX) {
		t->open[t->n_open++] = row;
	} else {
		emit(t, &row);
	}
}

static int by_order(const void *a, const void *b)
{
	uint64_t x = ((const struct history_row *)a)->order,
		 y = ((const struct history_row *)b)->order;

	return (x > y) - (x < y);
}

void history_thin_end(struct history_thin *t)
{
	for (size_t i = 0; i < t->n_open; i++) {
		emit(t, &t->open[i]);
	}
	t->n_open = 0;
	qsort(t->row, t->n, sizeof(*t->row), by_order);
}
