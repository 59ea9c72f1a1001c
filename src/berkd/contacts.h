/* contacts.h - the configured peers as addresses that the core may talk to. */
#pragma once

#include "berkd/daemon_private.h"

/* Tell the core of each address of the configuration.  Call at start and after each change. */
void contacts_add(struct daemon *);
/* Take from the core what is not in @wanted.  Call before @wanted comes into force. */
void contacts_remove(struct daemon *, const struct config *wanted);
/* A resolver_found: take the addresses over and try them at once. */
void contacts_resolved(void *daemon, const struct config_peer *peers, size_t n_peers);
