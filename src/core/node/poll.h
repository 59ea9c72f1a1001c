/* poll.h - the master's polls of each member, their replies, and the correction after each. */
#pragma once

#include "core/node/state.h"

/* As master, in each step: poll the peer when it is due, and once more when it does not answer. */
void poll_tick(struct node *, struct peer *);
/* When poll_tick() has something to do for the peer; MONO_NEVER: it is not polled. */
mono_t poll_deadline(const struct peer *);
/* Call when a REPLY came at @at, of whomever: as master, it is measured, noted and corrected. */
void poll_on_reply(struct node *, struct peer *, const struct wire_msg *, raw_t at,
		   uint8_t quality);
/* As master: send the peer its correction if it was measured. */
void poll_correct(struct node *, struct peer *);
/* As master, at a founding: its WALL was seen @offset_ns from group time (theirs minus
 * group's). */
void poll_note_offset(struct peer *, int64_t offset_ns);
/* As master: the peer is a member of ours from now on, and is polled at once. */
void poll_enlist(struct node *, struct peer *);
/* As master, new in office: the peer voted for us, which counts as a reply. */
void poll_count_vote(struct node *, struct peer *);
/* As master: poll the peer now. */
void poll_now(struct node *, struct peer *);
/* The same, unless it is not polled at all.  As master. */
void poll_soon(struct node *, struct peer *);
/* The same of all members: there is news that concerns them. */
void poll_all_soon(struct node *);
/* As master: our term is higher from now on, so no correction of the one before counts. */
void poll_new_term(struct node *, struct peer *);
/* As master, about to be none: the peer is polled no more. */
void poll_end(struct peer *);
