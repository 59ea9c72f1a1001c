/* poll.h - the master's polls of each member, their replies, and the correction after each. */
#pragma once

#include "core/node/state.h"

/* As master: poll @p when it is due, and once more when it does not answer. */
void poll_tick(struct node *, struct peer *);
/* As master: when poll_tick() has something to do for @p. */
mono_t poll_deadline(const struct peer *);
/* A REPLY came. */
void poll_on_reply(struct node *, struct peer *, const struct wire_msg *, raw_t at,
		   uint8_t quality);
/* As master: send @p its correction if it was measured. */
void poll_correct(struct node *, struct peer *);
/* As master: its WALL was seen @offset_ns from group time. */
void poll_note_offset(struct peer *, int64_t offset_ns);
/* We became its master; it voted for us, which counts as a reply. */
void poll_enlist(struct node *, struct peer *);
void poll_count_vote(struct node *, struct peer *);
/* Poll @p now. */
void poll_now(struct node *, struct peer *);
/* Our term is higher from now on: no correction of the one before counts. */
void poll_new_term(struct node *, struct peer *);
/* We are its master no more. */
void poll_end(struct peer *);
