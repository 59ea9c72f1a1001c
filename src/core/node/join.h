/* join.h - handshakes, and when to try them. */
#pragma once

#include "core/node/state.h"

/* Call once, from node_init(). */
void join_init(struct node *);
/* The public key of @p, as it was on disk: for people.  Call before there is a session with it. */
void join_recall_key(struct peer *, const uint8_t key[static KEY_LEN]);
/* Begin with all contacts, and with discovery if it is on.  Call once, at EV_START. */
void join_start(struct node *);
/* Call when a packet of a handshake came, of whomever.  Returns the peer whose session it opened,
 * or NULL. */
struct peer *join_on_handshake(struct node *, const struct node_event *,
			       const struct wire_header *);
/* The peer that a session index stands for, or NULL.  Call when a packet of a session came. */
struct peer *join_peer_of(struct node *, uint32_t session_index);
/* Try all again now.  Call when an address or a link has changed. */
void join_retry_all(struct node *);
/* Call in each step: handshakes and discovery that are due. */
void join_tick(struct node *);
/* When join_tick() has something to do; MONO_NEVER: nothing. */
mono_t join_deadline(const struct node *);
