/* roster.h - what the master tells all of all: the table, page by page. */
#pragma once

#include "core/node/state.h"

/* As master, once a round: the whole table to the deputy, a page of it to each other. */
void roster_round(struct node *);
/* We became master. */
void roster_begin(struct node *);
/* A ROSTER came, from the master or as a hint. */
void roster_on_message(struct node *, struct peer *from, const struct wire_msg *);
/* @p's RAW less ours now, by the last master's roster; false: it does not say. */
bool roster_offset(const struct node *, const struct peer *, struct estimate *ret);
/* As master: the round trip to @p, as measured. */
void roster_note_delay(struct peer *, int64_t delay_ns);
/* RAW stood still: what was said of it is void. */
void roster_forget(struct node *);
/* As master: the closure error of @p, ns; CLOSURE_UNKNOWN for one that is not settled now,
 * whatever was found before. */
int64_t closure_of(const struct peer *);
