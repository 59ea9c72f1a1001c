/* standing.h - how each member stands with us: the reason why it does not count, and what people
 * were told of it.  judge.h finds the reasons. */
#pragma once

#include "core/node/state.h"

/* Nothing is known of the member: it is a newcomer.  Call when we became its master.  What the
 * operator ordered stays. */
void standing_begin(struct peer *);
/* As master, once a round: its reason in this round (REASON_NONE: it counts).  Tells people when
 * one has stood for a while. */
void standing_set_reason(struct node *, struct peer *, enum reason);
/* As master: its RAW clock jumped, so it is a newcomer again.  Tells people at once. */
void standing_note_jump(struct node *, struct peer *);
/* As master, at a founding: its WALL, which is @offset_ns off (theirs minus ours), does not
 * count, for @why.  Tells people at once. */
void standing_note_founding(struct node *, struct peer *, enum reason why, int64_t offset_ns);
/* Call when an exchange with it was too slow to count; that is a reason for one not averaged
 * yet. */
void standing_note_delay(struct peer *);
/* Its rate is known, so it may count; or not any more.  Call once a round, and when the last
 * master's roster says so. */
void standing_set_averaged(struct peer *, bool averaged);
/* As master: by order of the operator it does not count, or does again. */
void standing_exclude(struct peer *, bool excluded);
/* Does a clock with the reason @r count?  One that a round trims does in the next. */
bool reason_counts(enum reason r);
/* As master: how many clocks count, ours among them. */
unsigned standing_count(const struct node *);
/* Is @r a reason that people need not hear of, REASON_NONE among them?  Call when a member's
 * average is shown or told. */
bool reason_is_quiet(enum reason r);
