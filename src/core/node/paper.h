/* paper.h - group time as a paper clock: the average of the settled oscillators. */
#pragma once

#include "core/node/state.h"

/* As master, @dt s after the last round: who counts, and the line's new rate (with @refs, that of
 * the references is the caller's business). */
void paper_round(struct node *, double dt, bool refs);
/* We became master; we became the master of @p. */
void paper_begin(struct node *);
void paper_enlist(struct peer *);
/* A cold start: our oscillator is group time, at @rate. */
void paper_cold_start(struct node *, double rate, unsigned n_used);
/* As member: our master says how it counts us, or how it counts @p. */
void paper_hear(struct node *, const struct wire_roster_entry *);
void paper_hear_reason(struct node *, enum reason);
void paper_hear_peer(struct peer *, const struct wire_roster_entry *);
