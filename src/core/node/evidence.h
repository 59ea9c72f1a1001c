/* evidence.h - what the clocks and the floors of those who are here say of the date.  As master. */
#pragma once

#include "core/node/state.h"

#define AGREE_NS    (2 * NS_PER_S)  /* dates that differ by less are one */
#define FLOOR_SLACK (10 * NS_PER_S) /* floors are read off clocks that were a little apart */

/* Does @p, with its clock and its floor, count here? */
bool evidence_counts(const struct node *, const struct peer *p);
/* The floor of the group: the (f + 1)-th largest, where f is counted of the whole table: the
 * floor of one who is out of sight moves nobody. */
wall_t evidence_floor(const struct node *);
/* Is this peer's clock, by its date, one that may be right? */
bool evidence_of_peer(const struct node *, const struct peer *);
/* The same of our own clock. */
bool evidence_of_ours(const struct node *);
/* When the date is to be found: is a reference here whose clock may be right by its date?  Then
 * the clocks of others tell none. */
bool evidence_of_reference(const struct node *);
/* Is the line's date known to be wrong, or does a clock know one that the group has not? */
bool evidence_doubts_date(const struct node *);
