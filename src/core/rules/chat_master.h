/* chat_master.h - what a master does: it gives indices and says what is stable. */
#pragma once

#include "core/rules/chat.h"

/* Begin to give indices under @term.  Lines that are not yet stable keep their place under the new
 * term; own lines enter at once.  Call when this node is master and holds the longest log that its
 * voters have. */
void chat_lead(struct chat *, uint64_t term);
/* Give no more indices.  Call when this node is no longer master. */
void chat_follow(struct chat *);
/* Lines that @from posted.  Those of others, those out of their origin's order and those that find
 * no room are left out.  Returns how many entered the log: 0 while not leading. */
unsigned chat_on_post(struct chat *, node_id from, const struct wire_chat_post *);
/* Highest origin_seq of @origin in the log, of its latest life; 0: none. */
uint64_t chat_origin_seq(const struct chat *, node_id origin);
/* Lines up to @index are stable.  Call when a majority holds them; does nothing when line @index is
 * not of the present term (Raft, section 5.4.2), or stable already. */
void chat_set_stable(struct chat *, uint64_t index);
