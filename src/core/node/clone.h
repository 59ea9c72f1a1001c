/* clone.h - two hosts with one identity: at them, and at a third host. */
#pragma once

#include "core/node/state.h"

/* Somebody with our public key called from @from: ask whether he answers there.  Call when a
 * HELLO or a DISCOVER of ours came that we did not send: anybody may have kept it, so it is no
 * more than a question, put once in a second at most.  Returns whether it was put. */
bool clone_suspect(struct node *, const struct addr *from, enum hearsay by);
/* Whoever has our public key has answered our own HELLO to that contact, and it was not us. */
void clone_found(struct node *, struct contact *);
/* Does the peer say that another host has its identity?  It is believed: it speaks of nobody
 * else.  Or that another host has ours?  Then that one is asked.  Call with each message and
 * where it came from, before it is heard. */
bool clone_on_claim(struct node *, struct peer *, const struct wire_msg *, const struct addr *from);
/* If we have a clone, @p hears of it.  Call when a session with it is open: older keys of ours
 * may be no good there any more, since the other one calls as well. */
void clone_tell(struct node *, struct peer *p);
/* A packet of the peer came from @from, under the keys that its session noted.  Call after
 * path_track().  Who has new keys at a new address, while it was heard at another, is told of
 * that: it has moved, or it can ask there.
 *
 * One host uses its newest keys only.  Two hosts with one identity each use their own: older
 * keys are in use again, from another address than the newest ones, in turns with these. */
void clone_track(struct node *, struct peer *, const struct addr *from);
/* Call once, in node_init(). */
void clone_init(struct node *);
/* While another host with our identity is there, call the others, who so see both of us.  Ends what
 * has passed.  Call in each step. */
void clone_tick(struct node *);
/* When clone_tick() has something to do next. */
mono_t clone_deadline(const struct node *);
