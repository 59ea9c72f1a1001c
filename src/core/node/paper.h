/* paper.h - group time as a paper clock: the average of the settled oscillators. */
#pragma once

#include "core/node/state.h"

/* As master, @dt s (more than 0) after the last round: who counts, and the line's new rate (while
 * references are followed, that is reference_steer()'s business). */
void paper_round(struct node *, double dt);
/* As master, new in office. */
void paper_begin(struct node *);
/* Call when we became the master of the peer. */
void paper_enlist(struct peer *);
/* As master, at a founding: our oscillator is group time, at @rate (s/s); @n_used clocks took
 * part. */
void paper_found(struct node *, double rate, unsigned n_used);
/* As member: our master's roster says how it counts us. */
void paper_hear(struct node *, const struct wire_roster_entry *);
/* As member: our master's correction says why it does not count us, if so. */
void paper_hear_reason(struct node *, enum reason);
/* As member: our master's roster says how it counts the peer. */
void paper_hear_peer(struct peer *, const struct wire_roster_entry *);
