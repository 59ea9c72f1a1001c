/* history_thin.h - many samples of a host made one for each interval, and events as they are. */
#pragma once

#include "berkd/host/history_block.h"

#define HISTORY_HOSTS_MAX (NODE_PEERS_MAX + 1) /* whose rows are open at a time */

/* An entry as it is shown: of a sample, the last one of its interval, and what all of them span. */
struct history_row {
	struct history_entry e;
	int64_t offset_ns_min, offset_ns_max; /* HISTORY_UNKNOWN: no sample had one */
	uint64_t order;			      /* in which they came */
	uint32_t n;			      /* samples; of an event 0 */
};

struct history_thin {
	int64_t interval_ns; /* 0: each sample stays */
	uint64_t order;
	struct history_row *row; /* that are done */
	size_t limit, n;
	bool cut; /* there were more */
	size_t n_open;
	struct history_row open[HISTORY_HOSTS_MAX];
};

/* Rows go to @row, which has room for twice @limit, at least 1.  @interval_ns: 0 or more. */
void history_thin_begin(struct history_thin *, int64_t interval_ns, struct history_row *row,
			size_t limit);
/* The next entry, in the order of the file. */
void history_thin_add(struct history_thin *, const struct history_entry *);
/* The end: thin->row has thin->n rows then, the newest, in the order in which the last sample of
 * each came. */
void history_thin_end(struct history_thin *);
