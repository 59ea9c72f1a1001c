/* vote.h - pre-vote, vote and their tally. */
#pragma once

#include "core/node/state.h"

/* Call once, from node_init(). */
void vote_init(struct node *);
/* Listen for a while, then stand.  Call once, at EV_START. */
void vote_start(struct node *);
/* Call in each step: watch the master, stand, ask again, count. */
void vote_tick(struct node *);
/* When vote_tick() has something to do; MONO_NEVER: nothing. */
mono_t vote_deadline(const struct node *);
/* Call when a PREVOTE or VOTE came: it is granted or refused. */
void vote_on_request(struct node *, struct peer *, const struct wire_msg *);
/* @p leads us: our votes were not in vain.  Call when a poll of it is followed. */
void vote_note_used(struct peer *p);
/* Call when an answer to our PREVOTE or VOTE came; only a candidate counts it. */
void vote_on_reply(struct node *, struct peer *, const struct wire_msg *);
/* Call when a TRANSFER came; only our master's counts. */
void vote_on_transfer(struct node *, struct peer *, const struct wire_msg *);
/* Tell the peer whether it has our vote for @new_term, whom we follow, and how large that side
 * is.  Call when it asks for a vote, and when we refuse its poll. */
void vote_answer(struct node *, struct peer *, enum wire_type, uint64_t new_term, enum refusal);
/* As member: our master hands over to @to, or said goodbye (@to: its deputy, or 0); its lease ends
 * with its word. */
void vote_master_ends(struct node *, node_id to);
/* @p says goodbye. */
void vote_on_goodbye(struct node *, struct peer *);
