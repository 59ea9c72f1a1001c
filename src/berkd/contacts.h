/* contacts.h - the configured peers as addresses that the core may talk to. */
#pragma once

#include "berkd/daemon_private.h"
#include "berkd/net/lookup.h"

/* Tell the core of each address of the configuration.  Call at start and after each change. */
void contacts_add(struct daemon *);
/* Take from the core what is not in @wanted.  Call before @wanted comes into force. */
void contacts_remove(struct daemon *, const struct config *wanted);
/* Which configured peers answer as of @now: fill in @here for each of them.  For the resolver. */
void contacts_look(void *daemon, mono_t now, bool *here);
/* Follow peer @i to the addresses of the answer, tell people what changed, and try new ones at
 * once.  For the resolver. */
void contacts_found(void *daemon, size_t i, const struct lookup *answer);
/* That peer @i is not here counts no more until it is, whatever its name leads to by then.
 * False: it is here.  Call when an operator says so; with @dry_run nothing is done. */
bool contacts_forgive_peer(struct daemon *, size_t i, bool dry_run);
/* The core has forgotten the host @id, or, with 0, all that are out of sight: the same of its
 * peers. */
void contacts_forgotten(struct daemon *, node_id id);
