/* chat_pace.h - how many lines of the chat may come from one source: some at once, and then so many
 * a second. */
#pragma once

#include "berk/time.h"

#include <stdbool.h>
#include <stddef.h>

/* All zero: nothing came yet. */
struct chat_pace {
	mono_t next; /* when the last line would have come, had all come one by one */
};

/* A source may send @burst lines at once, and one each @every_ns. */
struct chat_pace_limit {
	unsigned burst;
	int64_t every_ns;
};

/* How many of @n lines may come now. */
unsigned chat_pace_allows(const struct chat_pace *, const struct chat_pace_limit *, mono_t now,
			  unsigned n);
/* @n lines have come.  Call for those that were taken. */
void chat_pace_take(struct chat_pace *, const struct chat_pace_limit *, mono_t now, unsigned n);
