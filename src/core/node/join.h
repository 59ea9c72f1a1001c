/* join.h - handshakes, and when to try them. */
#pragma once

#include "core/node/state.h"

void join_init(struct node *);
void join_start(struct node *);
/* A packet of a handshake came.  Returns the peer whose session it opened, or NULL. */
struct peer *join_on_handshake(struct node *, const struct node_event *,
			       const struct wire_header *);
/* The peer that a session index stands for, or NULL. */
struct peer *join_peer_of(struct node *, uint32_t session_index);
/* An address or a link has changed: try all again now. */
void join_retry_all(struct node *);
void join_tick(struct node *);
mono_t join_deadline(const struct node *);
