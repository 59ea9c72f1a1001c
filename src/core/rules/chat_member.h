/* chat_member.h - what a member does: it sends its own lines and copies the master's log. */
#pragma once

#include "core/rules/chat.h"

/* The next own lines to send to the master; false when there are none.  Call again to re-send. */
bool chat_outbox(const struct chat *, struct wire_chat_post *ret);
/* Are there any?  Whether to ask the timer. */
bool chat_has_to_send(const struct chat *);
/* The master has our lines up to @origin_seq: only later ones are sent.  Call at each of its
 * polls. */
void chat_acked(struct chat *, uint64_t origin_seq);
/* Lines from the master.  Appends them, replaces a tail that contradicts them, raises stable.
 * CHAT_GAP: @ret_pull is the index to pull from.  Call when they come from our master of this
 * term. */
enum chat_verdict chat_on_lines(struct chat *, const struct wire_chat_lines *, uint64_t *ret_pull);
/* What is stable and where the master's log ends.  True: we lack lines, pull from @ret_pull.
 * Call at each of its polls. */
bool chat_on_poll(struct chat *, uint64_t stable, struct chat_pos master_last, uint64_t *ret_pull);
