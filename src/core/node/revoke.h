/* revoke.h - whose key is taken no more, because operators say so. */
#pragma once

#include "core/node/state.h"

/* What is on disk.  Call once, from node_init(). */
void revoke_init(struct node *, const struct node_saved *);
/* An operator of this host says that @id, whoever that is, is @revoked, or is so no more.  It
 * holds here at once, and is told to all. */
enum order_verdict revoke_order(struct node *, node_id id, bool revoked);
/* @p says whom it refuses, or answers that. */
void revoke_on_message(struct node *, struct peer *p, const struct wire_msg *);
/* Tell @p all that we know.  Call when a session with it is open: it may have been off. */
void revoke_tell(struct node *, struct peer *p);
/* The lists of members or masters, or max_liars, may be others: the next step weighs anew what was
 * said before. */
void revoke_reconfigure(struct node *);
/* Call in each step. */
void revoke_tick(struct node *);
/* Is @by one whose word on @id counts here?  By itself that is no proof: revoke_needed(). */
bool revoke_heeds(const struct node *, node_id by, node_id id);
/* So many hosts must say it for it to hold here; UINT_MAX: no number is enough. */
unsigned revoke_needed(const struct node *, node_id id);
/* When revoke_tick() has something to do; MONO_NEVER: nothing. */
mono_t revoke_deadline(const struct node *);
