/* rekey.h - other group keys: sessions go over to the first, and end under one that is taken no
 * more. */
#pragma once

#include "core/node/state.h"

/* A session with @p is open: is nothing new about it but the group key?  Then it is
 * no reason to poll, nor to ask for one with it too. */
bool rekey_on_session(struct node *, struct peer *p);
/* The keys of all sessions and handshakes are void, and new ones are made now.  Call when
 * another host may hold the same. */
void rekey_all(struct node *);
/* Call in each step; it does nothing while the group's keys are the same. */
void rekey_tick(struct node *);
/* When rekey_tick() has something to do; MONO_NEVER: nothing. */
mono_t rekey_deadline(const struct node *);
