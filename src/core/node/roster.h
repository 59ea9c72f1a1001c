/* roster.h - what the master tells all of all: the table, page by page. */
#pragma once

#include "core/node/state.h"

/* As master, once a round: the whole table to the deputy, a page of it to each other. */
void roster_round(struct node *);
/* As master, in each step: what the last one had no room for. */
void roster_tick(struct node *);
/* When roster_tick() has something to send; MONO_NEVER: nothing. */
mono_t roster_deadline(const struct node *);
/* As master, new in office: begin with the first page. */
void roster_begin(struct node *);
/* Call when a ROSTER came, from the master or as a hint. */
void roster_on_message(struct node *, struct peer *from, const struct wire_msg *);
/* The peer's RAW less ours now, by the last master's roster; false, and @ret undefined, when it
 * does not say.  Call as deputy, or as master new in office. */
bool roster_offset(const struct node *, const struct peer *, struct estimate *ret);
/* As master: the round trip to the peer, as measured; ns, 0 or more. */
void roster_note_delay(struct peer *, int64_t delay_ns);
/* What was said of RAW clocks is void.  Call when ours stood still. */
void roster_forget(struct node *);
/* As master: the closure error of the peer, ns; CLOSURE_UNKNOWN for one that is not settled now,
 * whatever was found before. */
int64_t closure_of(const struct peer *);
