/* reply.h - our answers to polls and probes. */
#pragma once

#include "core/node/state.h"

/* Answer the poll or probe of @p (received at @at) two milliseconds from now: see reply.c. */
void reply_hold(struct node *, struct peer *p, uint32_t seq, bool probe, raw_t at, uint8_t quality);
/* The transmit stamp of our reply @seq to @p is here. */
void reply_stamp(struct peer *, uint32_t seq, raw_t at, uint8_t quality);
/* The (RAW, WALL) pair that our reply @seq carried, or NULL. */
const struct sent_pair *reply_pair(const struct node *, uint32_t seq);
/* All pairs that were sent are void: another master numbers its polls, or we are a newcomer. */
void reply_forget_pairs(struct node *);
/* RAW stood still: what it stamped is void. */
void reply_forget_stamps(struct peer *);
void reply_tick(struct node *);
mono_t reply_deadline(const struct node *);
