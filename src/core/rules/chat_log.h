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
	uint64_t firm; /* lines up to here were stable in a group that was no island */
	/* Ring of own lines, that of origin_seq s at s & (n_own - 1).  A log that wins over ours
	 * may lack them: they are said again then. */
	struct wire_chat_line *own;
	size_t n_own;
	uint64_t out_seq;   /* origin_seq of the next own line */
	uint64_t out_acked; /* own lines up to here are in the master's log, as it said */
	uint64_t own_first; /* oldest own line that is kept */
	uint64_t own_firm;  /* own lines up to here are firm; down again when they are cut */
	bool is_forged;	    /* others have lines of our present life that we did not say */
	uint64_t unsaved;   /* lines from here on are to be saved; UINT64_MAX: none */
	bool is_unsaved;    /* they, or how far the log is stable */
	uint64_t n_cut;	    /* lines that were shown here and cut, since chat_forget_cut() */
	bool agrees;	    /* at its last poll the master had what is firm here */
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
/* Our own line @seq, which is kept. */
static inline struct wire_chat_line *chat_own(const struct chat *c, uint64_t seq)
{
	return &c->own[seq & (c->n_own - 1)];
}

/* The first own line that is not in our log; out_seq: there is none. */
uint64_t chat_own_next(const struct chat *);
/* Put @line at the end; its index must be the next. */
void chat_append(struct chat *, const struct wire_chat_line *line);
/* Own lines are numbered from @out_seq0 + 1 on, as by chat_init(), with those that are not firm: a
 * number that somebody else has used hides the line that it is ours.  What of them is in the log
 * comes twice, for the log may be cut.  Returns how many are said again.  Call when is_forged. */
unsigned chat_begin_life(struct chat *, uint64_t out_seq0);
/* Drop the lines from @index (1 or more) on; own ones go out again.  Call when a master's log says
 * otherwise. */
void chat_truncate(struct chat *, uint64_t index);
/* Lines up to @index, or the end of the log, may be shown; never goes down. */
void chat_raise_stable(struct chat *, uint64_t index);
/* It was told that lines were cut. */
void chat_forget_cut(struct chat *);
/* The lines that are not stable get @term.  Call as a new master. */
void chat_relabel(struct chat *, uint64_t term);
/* Is there something to save?  Then all from line @ret_from on (UINT64_MAX: no line), and how
 * far the log is stable; it counts as saved from now on. */
bool chat_take_unsaved(struct chat *, uint64_t *ret_from);
/* Go on from a log that ends at @last and was shown up to @stable: the ring has its lines, as
 * far back as they stand in a row.  What was shown is not shown again.  Call once, after
 * chat_init(). */
void chat_restore(struct chat *, struct chat_pos last, uint64_t stable);
/* What is stable up to @index is firm, as the master, which is on no island, has it stable.  Own
 * lines up to there may give way to new ones. */
void chat_make_firm(struct chat *, uint64_t index);
/* May a master append?  Not while half the ring waits to become stable: so no line is overwritten
 * before it was shown; nor beyond the last index, which a liar may bring us to, as nobody would
 * decode our polls then.  It waits in its outbox. */
bool chat_has_room(const struct chat *);
/* Does @pos stand in our log, or before all that we keep? */
bool chat_has(const struct chat *, struct chat_pos pos);
/* Is @a further on than @b?  Later term first, then longer (Raft, section 5.4.1). */
bool chat_pos_after(struct chat_pos a, struct chat_pos b);
