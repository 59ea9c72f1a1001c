/* chat_log.h - the log of one node's chat: a ring of lines, and what is known of their origins.
 *
 * An entry is known by its place (term, index), as in Raft; a line by its origin and origin_seq.
 * chat.c, chat_member.c and chat_master.c change the log, and nobody else does.
 */
#pragma once

#include "berk/id.h"
#include "berk/limits.h"
#include "berk/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Origins that are remembered for at-most-once; the one that was silent longest is replaced. */
#define CHAT_ORIGIN_MAX 256

struct chat_origin { /* one life of a host: its lines are numbered anew at each boot */
	node_id id;
	uint64_t boot;
	uint64_t seq;	/* highest origin_seq in the log */
	uint64_t index; /* of that line */
	uint64_t shown; /* highest origin_seq shown here: at most once, whatever the log does */
};

struct chat {
	node_id self;
	struct wire_chat_line *log; /* ring: entry of index i at i & (n_log - 1) */
	size_t n_log;
	struct chat_pos last; /* newest entry */
	uint64_t first;	      /* oldest index still in the ring */
	uint64_t stable;      /* lines up to here may be shown */
	uint64_t shown;	      /* lines up to here were given out by chat_show() */
	struct chat_origin origin[CHAT_ORIGIN_MAX];
	size_t n_origin;
	struct wire_chat_line outbox[CHAT_OUTBOX_MAX]; /* ring of own lines, oldest at out_first */
	size_t out_first, n_out;
	uint64_t out_seq;   /* origin_seq of the next own line */
	uint64_t out_acked; /* own lines up to here are in the master's log; they stay in the outbox
			       until stable */
	bool leading;
	uint64_t term; /* while leading */
};

/* The place of entry @index in the ring, whatever stands there now. */
static inline struct wire_chat_line *chat_entry(const struct chat *c, uint64_t index)
{
	return &c->log[index & (c->n_log - 1)];
}

/* Does the ring hold entry @index? */
static inline bool chat_keeps(const struct chat *c, uint64_t index)
{
	return index >= c->first && index <= c->last.index && index > 0;
}

/* Do two origin sequences belong to the same boot of their host? */
bool chat_is_same_boot(uint64_t a, uint64_t b);
/* What is known of the life of host @id to which @seq belongs; NULL: nothing. */
const struct chat_origin *chat_origin_find(const struct chat *, node_id id, uint64_t seq);
/* The same, remembered from now on when nothing is. */
struct chat_origin *chat_origin_remember(struct chat *, node_id id, uint64_t seq);
/* Is the own line @own_seq in the log? */
bool chat_is_in_log(const struct chat *, uint64_t own_seq);
/* Put @line at the end; its index must be the next. */
void chat_append(struct chat *, const struct wire_chat_line *line);
/* Drop the lines from @index (1 or more) on.  Call when a master's log says otherwise. */
void chat_truncate(struct chat *, uint64_t index);
/* Lines up to @index, or the end of the log, may be shown; never goes down. */
void chat_raise_stable(struct chat *, uint64_t index);
/* May a master append?  Not while half the ring waits to become stable: so no line is overwritten
 * before it was shown; nor beyond the last index, which a liar may bring us to, as nobody would
 * decode our polls then.  It waits in its outbox. */
bool chat_has_room(const struct chat *);
/* Does @pos stand in our log, or before all that we keep? */
bool chat_has(const struct chat *, struct chat_pos pos);
/* Is @a further on than @b?  Later term first, then longer (Raft, section 5.4.1). */
bool chat_pos_after(struct chat_pos a, struct chat_pos b);
