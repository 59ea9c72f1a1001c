/* chat.h - lines typed on one host, shown once and in one order on all.
 *
 * The log is Raft's (Ongaro and Ousterhout 2014, section 5.3), cut to what a chat needs: the
 * master gives each line an index, copies it to all members, and calls it stable when a majority
 * of the followers (in an island: of those there) hold it; only stable lines are shown.  A new
 * master takes the log of the most advanced voter, so a shown line keeps its place; but when an
 * island comes back, its lines get new places in the log that wins: each host says its own ones
 * again, which it keeps for that.  A line is known by (origin, origin_seq): re-sent lines enter
 * once.  The log is a ring; its lines serve late joiners, a host further behind starts at the
 * oldest.  No allocation: the caller gives the ring.
 *
 * Here stands what every node does; chat_member.h and chat_master.h have the duties of the two. */
#pragma once

#include "core/rules/chat_log.h"

enum chat_verdict {
	CHAT_OK = 0,
	CHAT_FULL,     /* too many own lines are not yet firm: the group is an island, or slow */
	CHAT_BAD_TEXT, /* empty, longer than WIRE_CHAT_TEXT_MAX or not UTF-8 */
	CHAT_GAP,      /* lines do not join our log: pull from last.index + 1 (or further back) */
};

struct chat_rings { /* room for lines; each size is a power of two, 16 or more */
	struct wire_chat_line *log, *own;
	size_t n_log, n_own;
};

/* An empty log.  Own lines are numbered from @out_seq0 + 1 on, which no earlier life of this
 * node may have used.  Call once, at the start. */
void chat_init(struct chat *, const struct chat_rings *, node_id self, uint64_t out_seq0);
/* A line of @len bytes typed at group time @wall_ns by @name, which has neither place nor origin.
 * False: it is no text, or too long. */
bool chat_write(struct wire_chat_line *ret, const char *text, size_t len, const char *name,
		int64_t wall_ns);
/* A line typed here at group time @wall_ns by @name is kept until it is in the log; on a master
 * it enters at once. */
enum chat_verdict chat_type(struct chat *, const char *text, size_t len, const char *name,
			    int64_t wall_ns);
/* Lines from @from on, as many as fit in one message; false when there are none.  Call for whoever
 * lacks lines. */
bool chat_lines_from(const struct chat *, uint64_t from, struct wire_chat_lines *ret);
/* The next line to show, once; false when there is none.  @ret stays valid until lines come in.
 * Call until it says false, whenever stable may have risen. */
bool chat_show(struct chat *, const struct wire_chat_line **ret);
/* History for a client that comes late: line @index if it is stable and still kept, or NULL. */
const struct wire_chat_line *chat_get(const struct chat *, uint64_t index);
/* Own lines that are not in the log enter it, as far as there is room.  Call when leading. */
void chat_append_own(struct chat *);
