/* history_read.h - a part of the history, found in its file. */
#pragma once

#include "berkd/host/history_thin.h"

#define HISTORY_LIMIT_MAX 8192 /* rows of one answer */

struct history_query {
	int64_t since_ns, until_ns; /* group time, both included */
	int64_t interval_ns;	    /* one row of a host for each; 0: all */
	char host[NODE_NAME_MAX];   /* a name, or 4 or more hex digits of an id; empty: all */
	size_t limit;		    /* rows, the newest; 1 to HISTORY_LIMIT_MAX */
};

struct history_result {
	struct history_row *row; /* from malloc() */
	size_t n;
	bool cut; /* the limit left older ones out */
};

/* Is @e of the host that is meant by @host?  Call with any text. */
bool history_is_of(const struct history_entry *e, const char *host);
/* Read what @q asks for.  0 or negative errno, as history_reader_open(); then @ret is empty.  It
 * reads up to the whole file: call in a thread. */
int history_read(int dir, const struct history_query *q, struct history_result *ret);
