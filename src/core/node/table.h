/* table.h - the peers: proved identities, and those merely heard of. */
#pragma once

#include "core/node/state.h"

/* The first peer (@after is NULL), or the one after @after, in the order of slots; NULL past the
 * last. Call through for_each_peer (n, p) { ... }; no peer may be added on the way. */
struct peer *peer_next(const struct node *, const struct peer *after);
#define for_each_peer(n, p)                                                                        \
	for (__typeof__(_Generic((n), const struct node *                                          \
				 : (const struct peer *)NULL, struct node *                        \
				 : (struct peer *)NULL)) p = peer_next(n, NULL);                   \
	     p; p = peer_next(n, p))

/* The peer of that id, or NULL.  Call when an id came in a message or an order. */
struct peer *peer_find(const struct node *, node_id);
/* The slot of that peer, 0 to NODE_PEERS_MAX - 1.  Call when a reference must outlive the step. */
uint16_t peer_index(const struct node *, const struct peer *);
/* How we come to know of an identity. */
enum peer_source {
	PEER_MENTIONED, /* somebody speaks of it */
	PEER_LISTED,	/* our master does, or it is on our disk */
	PEER_PROVED,	/* it has shown its key */
	PEER_EXPECTED,	/* ... at an address that is configured */
};
/* The peer of that id, made if need be.  NULL when the id is nobody's or our own, or when there is
 * no room.  Who is merely mentioned makes room for all others: an eighth of the table, and one
 * place more, is for such ids, and the latest stay there.  Nobody who has shown his key makes room
 * for somebody who has not; for a proved one, others do that are spare, and people are told when
 * none is.  For an expected one even those make room that were heard just now, unless they are
 * expected, too, or of our group.  Call when an id is heard of, or was proved. */
struct peer *peer_add(struct node *, node_id, enum peer_source);
/* A session index for @slot, 0 to UINT16_MAX: its upper half is random, so that packets for an
 * earlier boot are known.  Call when a slot gets a new session. */
uint32_t session_index_new(struct node *, uint32_t slot);
/* The name of @p as a message has it; "?" when it is not known. */
void peer_tell_name(const struct peer *, char ret[static NODE_NAME_MAX]);
/* Do we know its public key?  Not of one that was merely heard of. */
bool peer_key_is_known(const struct peer *);
/* Do two hosts have the identity of that peer?  Nobody can tell then which of them is meant:
 * what it says counts for nothing.  Call at any time. */
bool peer_is_twin(const struct peer *);
/* Is that id on the list of those who may be master?  True for all when there is no list.  Call
 * before an id is followed, granted a vote or named. */
bool id_may_lead(const struct node *, node_id);
/* The same for a peer, which is not one that we have left for its lies.  Call when it says itself
 * that it leads. */
bool peer_is_eligible(const struct node *, const struct peer *);
/* The same, and it is one host, which leads by its mode and priority.  Call before it is named for
 * others: its word of these counts, not that of a master. */
bool peer_may_lead(const struct node *, const struct peer *);

/* Is it an address of a configured peer? */
static inline bool contact_is_configured(const struct contact *c)
{
	return c->host != HOST_FOUND;
}
/* Has @p shown its key, to us or to whoever wrote the table on disk?  Its silence takes nothing
 * from it, nor does what others say of it; but who was forgotten makes room.  Call when it is to
 * count. */
bool peer_was_proved(const struct peer *);
/* Could @id have a term of ours, or of another that has proved itself, now or before we were
 * started again?  Who was merely named keeps nobody out.  Call when @id wants in. */
bool table_has_tag(const struct node *, node_id id);
