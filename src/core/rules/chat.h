/* chat.h - lines typed on one host, shown once and in one order on all.
 *
 * The log is Raft's (Ongaro and Ousterhout 2014, section 5.3), cut to what a chat needs: the master
 * gives each line an index, copies it to all members, and calls it stable when a majority of the
 * followers (in an island: of those there) hold it; only stable lines are shown.  A new master
 * takes the log of the most advanced voter, so a shown line keeps its place.  A line is known by
 * (origin, origin_seq): re-sent lines enter once.  The log is a ring; its lines serve late joiners,
 * a host further behind starts at the oldest. No allocation: the caller gives the ring.
 */
#pragma once

#include "berk/id.h"
#include "berk/limits.h"
#include "berk/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHAT_ORIGIN_MAX                                                                            \
	256 /* origins remembered for at-most-once; the longest silent one is replaced */

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

enum chat_verdict {
	CHAT_OK = 0,
	CHAT_FULL,     /* outbox full: the master is away or slow; try again */
	CHAT_BAD_TEXT, /* empty, longer than WIRE_CHAT_TEXT_MAX or not UTF-8 */
	CHAT_GAP,      /* lines do not join our log: pull from last.index + 1 (or further back) */
};

void chat_init(struct chat *, struct wire_chat_line *log, size_t n_log, node_id self,
	       uint64_t out_seq0);

/* A line typed here at group time @wall_ns by @name goes to the outbox. */
enum chat_verdict chat_type(struct chat *, const char *text, size_t len, const char *name,
			    int64_t wall_ns);

/* Member: the next lines to send to the master; false when there are none.  Call again to re-send.
 */
bool chat_outbox(const struct chat *, struct wire_chat_post *ret);
/* Member: the master has our lines up to @origin_seq; drop them from the outbox. */
void chat_acked(struct chat *, uint64_t origin_seq);
/* Member: lines from the master (already checked: it is our master of @term).  Appends, replaces a
 * conflicting unstable tail, raises stable.  CHAT_GAP: @ret_pull is the index to pull from. */
enum chat_verdict chat_on_lines(struct chat *, const struct wire_chat_lines *, uint64_t *ret_pull);
/* Member: master's word (from a poll) on what is stable and where its log ends; true: we lack
 * lines, pull from @ret_pull. */
bool chat_on_poll(struct chat *, uint64_t stable, struct chat_pos master_last, uint64_t *ret_pull);
/* Master: begin to give indices under @term.  Lines not yet stable are proposed anew: same place,
 * new term. Own outbox lines enter at once. */
void chat_lead(struct chat *, uint64_t term);
void chat_follow(struct chat *);
/* Master: lines posted by @from (their origin must be @from).  Returns how many entered the log. */
unsigned chat_on_post(struct chat *, node_id from, const struct wire_chat_post *);
/* Master: highest origin_seq of @origin in the log; 0: none. */
uint64_t chat_origin_seq(const struct chat *, node_id origin);
/* Anyone: lines from @from on, as many as fit in one message; false when there are none. */
bool chat_lines_from(const struct chat *, uint64_t from, struct wire_chat_lines *ret);
/* Master: raise stable to @index (never beyond the log, never down; only over a line of the present
 * term). */
void chat_set_stable(struct chat *, uint64_t index);

/* The next line to show, once; false when there is none.  @ret stays valid until the next call that
 * appends. */
bool chat_show(struct chat *, const struct wire_chat_line **ret);
/* History for a client that comes late: line @index if it is stable and still kept. */
const struct wire_chat_line *chat_get(const struct chat *, uint64_t index);
/* Does @pos stand in our log (or before all that we keep)? */
bool chat_has(const struct chat *, struct chat_pos pos);
/* Is @a further on than @b?  Later term first, then longer (Raft, section 5.4.1). */
bool chat_pos_after(struct chat_pos a, struct chat_pos b);
