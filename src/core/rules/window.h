/* window.h - how far above those that a host knows a term may be: a liar names any number, and the
 * next term must be above it.
 *
 * A window has an end: terms with a counter up to it are taken.  It ends one or two blocks above
 * the host's own term, at the end of a block, so hosts of one group have the same.  It moves as far
 * as others have shown to be, who cannot all be liars: so who missed many elections comes after,
 * and a liar that leads one host takes it no further than where the others can follow.
 *
 * Whatever others say, it moves once in TERM_PACE_NS at most, by TERM_SHOWN_BLOCKS, for those who
 * have shown where they are; and by one block in TERM_CLAIM_NS for what one host merely says.  The
 * others come to where a liar has led one host, for such a host could not come back to them: its
 * term never falls.  Where more lie than may, they need a month of saying so to take the last term
 * away, one liar needs seven years, and one message does nothing. */
#pragma once

#include "berk/time.h"

#include <stdbool.h>
#include <stdint.h>

#define TERM_BLOCK	  64
#define TERM_SHOWN_BLOCKS 8
#define TERM_PACE_NS	  (5 * NS_PER_S)
#define TERM_CLAIM_NS	  (60 * NS_PER_S)

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
/* Somebody who does not lie has granted @term: the end goes to about it, if that is later, as far
 * as is due. */
void window_show(struct term_window *, uint64_t term, mono_t now);
/* Somebody names a term beyond the end, and nobody else does: the end moves, if that is due. */
void window_move(struct term_window *, mono_t now);
/* Are people to be told that somebody named a term beyond the end?  Once a minute. */
bool window_may_tell(struct term_window *, mono_t now);
