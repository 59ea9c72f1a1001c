/* recall.h - the table on disk: who was in the group before we started, and what is to be saved
 * of it. */
#pragma once

#include "core/node/state.h"

/* The hosts that were in the table are in it again, out of sight until they are seen.  Call
 * once, from node_init(), after all others. */
void recall_init(struct node *, const struct node_saved *);
/* Call them where they were last: an address that is configured is theirs then.  Call when we
 * start, after the configured addresses are known. */
void recall_start(struct node *);
/* @p, of whom we know name and address, is in the table: who had both before we started is gone,
 * and its disk with it. */
void recall_replace(struct node *, struct peer *p);
/* Have the table saved when another host is in it, and once an hour when only names or addresses
 * are others.  Call in each step. */
void recall_tick(struct node *);
/* Have it saved if anything in it is another.  Call when we stop. */
void recall_save(struct node *);
