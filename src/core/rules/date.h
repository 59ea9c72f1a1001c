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

/* The date that the others take, as an offset, of @n clocks, 1 or more.  Only plausible clocks
 * count; all do if none is plausible.
 *
 * If most of them agree to @agree_ns, it is that of one of these, whatever the others show.
 * Else, and always if @agree_ns is negative, it is the (f + 1)-th latest, where f is
 * date_liars(): f clocks that are wrong can neither push it beyond the latest of the others, nor
 * hold it back when more than f show a later one.  The later is believed, because clocks without
 * a battery are behind. */
int64_t date_choose(const struct dated *clocks, size_t n, unsigned max_liars, int64_t agree_ns);
/* How many liars @n clocks can bear, at most @max_liars. */
unsigned date_liars(size_t n, unsigned max_liars);
