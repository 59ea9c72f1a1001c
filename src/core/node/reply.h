/* reply.h - our answers to polls and probes. */
#pragma once

#include "core/node/state.h"

/* Answer the poll or @probe number @seq of the peer, received at @at, two milliseconds from now:
 * see reply.c.  Call as member of that master or deputy; not as master. */
void reply_hold(struct node *, struct peer *, uint32_t seq, bool probe, raw_t at, uint8_t quality);
/* Call when the transmit stamp of our reply @seq to the peer came. */
void reply_stamp(struct peer *, uint32_t seq, raw_t at, uint8_t quality);
/* The (RAW, WALL) pair that our reply @seq carried, or NULL.  Call when a correction refers to
 * it. */
const struct sent_pair *reply_pair(const struct node *, uint32_t seq);
/* All pairs that were sent are void.  Call when another master numbers its polls, or when we are a
 * newcomer again. */
void reply_forget_pairs(struct node *);
/* A life of our RAW begins, and whoever measures us begins anew.  Call when berkd starts, or goes
 * on from a snapshot. */
void reply_begin_life(struct node *);
/* It has ended, the next one begins, and what RAW stamped is void.  Call when it stood still. */
void reply_end_life(struct node *);
/* Call in each step: the answers that are due. */
void reply_tick(struct node *);
/* When reply_tick() has something to do; MONO_NEVER: nothing. */
mono_t reply_deadline(const struct node *);
