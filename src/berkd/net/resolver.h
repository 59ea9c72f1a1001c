/* resolver.h - looks up peers given by name, in a thread of its own: a name server that does not
 * answer must not hold up a poll. */
#pragma once

#include "berkd/config/config.h"

#include <systemd/sd-event.h>

struct resolver;

/* Told that @peers now have the addresses in them; valid during the call. */
typedef void (*resolver_found)(void *userdata, const struct config_peer *peers, size_t n_peers);

/* A resolver that was not asked yet.  0 or negative errno.  Call once. */
int resolver_new(sd_event *, resolver_found, void *userdata, struct resolver **ret);
/* NULL is allowed.  Ends a lookup that is under way. */
struct resolver *resolver_free(struct resolver *);
/* Look up the peers of @config that have no address yet; again after a while until all have one.
 * Takes the place of what was asked before.  Call at start and after a reload. */
void resolver_ask(struct resolver *, const struct config *);
