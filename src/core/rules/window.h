/* window.h - how far above those that a host knows a term may be: a liar names any number, and the
 * next term must be above it.
 *
 * A window has an end: terms with a counter up to it are taken.  It ends one or two blocks above
 * the host's own term, at the end of a block, so hosts of one group have the same.  A term beyond
 * it moves the end by one block, once in TERM_PACE_NS at most.  So one message takes nobody far,
 * who missed many elections comes after, and the last term is seven months of lies away. */
#pragma once

#include "berk/time.h"

#include <stdbool.h>
#include <stdint.h>

#define TERM_BLOCK   64
#define TERM_PACE_NS (5 * NS_PER_S)

struct term_window {
	uint64_t seen; /* highest term that was taken note of, of whomever */
	uint64_t end;  /* counter of the last term that is taken */
	mono_t moved;  /* MONO_LONG_AGO: never */
	mono_t told;   /* that somebody named one beyond it */
	mono_t outbid; /* as master: we took a term above another's, last */
};

/* About the term @own, which is on disk. */
struct term_window window_about(uint64_t own);
/* Is @term one to take? */
bool window_has(const struct term_window *, uint64_t term);
/* Somebody names @term: the end moves, if that is due.  True: it is beyond the end as it was, and
 * people were not told so in the last minute. */
bool window_knock(struct term_window *, uint64_t term, mono_t now);
