/* date.h - which clock tells the date where a group begins and its clocks show different ones. */
#pragma once

#include "berk/time.h"

#include <stdbool.h>
#include <stddef.h>

/* One clock at the founding of a group. */
struct dated {
	int64_t offset_ns; /* what it shows less what our clock shows */
	bool plausible;	   /* its date may be right */
};

/* Of @n clocks, n > 0, the one whose date the others take, as an offset.  If a majority of those that count
 * agree with it to @agree_ns, one of them, whatever the others show.  Else, and if @agree_ns is negative,
 * the (f + 1)-th latest of the offsets, n > 0, where f is the number of liars that @n clocks can bear, at
 * most @max_liars: f clocks that are wrong alone can neither push it beyond the latest of the others,
 * nor hold it back when more than f clocks show a later date.  Clocks without a battery are behind, so
 * the later date is believed.  Only plausible clocks count; all do if none is plausible.  @n: 1 or
 * more. */
int64_t date_choose(const struct dated *clocks, size_t n, unsigned max_liars, int64_t agree_ns);
/* How many liars @n clocks can bear, at most @max_liars. */
unsigned date_liars(size_t n, unsigned max_liars);
