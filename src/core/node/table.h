/* table.h - the peers: proved identities, and those merely heard of. */
#pragma once

#include "core/node/state.h"

/* Each peer that is known, in the order of its slot: for_each_peer (n, p) { ... }.  Peers may be
 * forgotten on the way, not added. */
struct peer *peer_next(const struct node *, const struct peer *after);
#define for_each_peer(n, p)                                                                        \
	for (__typeof__(_Generic((n), const struct node *                                          \
				 : (const struct peer *)NULL, struct node *                        \
				 : (struct peer *)NULL)) p = peer_next(n, NULL);                   \
	     p; p = peer_next(n, p))

struct peer *peer_find(const struct node *, node_id);
uint16_t peer_index(const struct node *, const struct peer *);
/* The peer of that id, made if need be; NULL when there is no room, with @evict even among the
 * spare ones, or when it is nobody's id or our own. */
struct peer *peer_add(struct node *, node_id, bool evict);
void peer_forget(struct node *, struct peer *);

/* A session index for slot @slot: its upper half is random, so that packets for an earlier boot are
 * known. */
uint32_t session_index_new(struct node *, uint32_t slot);

/* It said goodbye, or somebody else answers in its place: no vote, no majority counts it. */
void peer_leave(struct peer *);
/* It follows this group: a majority counts it from now on. */
void peer_enter(struct peer *);
/* It was silent for so long that a majority need not count it any more. */
void peer_drop(struct peer *);
/* Our master lists it, as one who @left or as one of the table. */
void peer_list(const struct node *, struct peer *, bool left);
/* Somebody mentions it. */
void peer_note_mention(const struct node *, struct peer *);
/* A valid packet of it came. */
void peer_note_packet(const struct node *, struct peer *, bool goodbye);
/* We send what it should answer; silence after it may mean that it lost its keys. */
void peer_note_request(const struct node *, struct peer *);
/* A session with it was opened. */
void peer_note_session(const struct node *, struct peer *);
/* It says of itself, or its master says of it, what it is. */
void peer_describe(struct peer *, enum clock_mode, uint8_t priority, bool settled);
void peer_rename(struct peer *, const char name[static NODE_NAME_MAX]);
/* Its chat log ends at @last. */
void peer_note_chat(struct peer *, struct chat_pos last);
/* Is @id on the list of those who may be master?  Yes, when there is no list. */
bool id_may_lead(const struct node *, node_id);
bool peer_may_lead(const struct node *, const struct peer *);
