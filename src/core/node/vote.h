/* vote.h - pre-vote, vote and their tally. */
#pragma once

#include "core/node/state.h"

void vote_start(struct node *);
void vote_tick(struct node *);
mono_t vote_deadline(const struct node *);
/* A PREVOTE or VOTE came, or an answer to ours. */
void vote_on_request(struct node *, struct peer *, const struct wire_msg *);
void vote_on_reply(struct node *, struct peer *, const struct wire_msg *);
void vote_on_transfer(struct node *, struct peer *, const struct wire_msg *);
/* Tell @p whether it has our vote for @new_term, whom we follow, and how large that side is. */
void vote_answer(struct node *, struct peer *p, enum wire_type, uint64_t new_term, enum refusal);
/* As member: our master hands over to @to, or said goodbye (@to: its deputy): its lease ends with its word. */
void vote_master_ends(struct node *, node_id to);
