/* resolver.h - keeps the addresses of peers that are configured by name up to date, in a thread
 * of its own: a name server that does not answer must not hold up a poll. */
#pragma once

#include "berkd/config/config.h"
#include "berkd/net/lookup.h"

#include <systemd/sd-event.h>

struct resolver;

/* What the resolver asks of the daemon. */
struct resolver_client {
	void *userdata;
	/* Fill in, for each peer of the configuration, whether somebody answers there as of
	 * @now. */
	void (*look)(void *userdata, mono_t now, bool *here);
	/* An answer about peer @i of the configuration came: take it over into that peer. */
	void (*found)(void *userdata, size_t i, const struct lookup *answer);
};

/* A resolver for the peers of @config, which stays the same and may change in place.  0 or negative
 * errno.  Call once. */
int resolver_new(sd_event *, const struct config *config, const struct resolver_client *,
		 struct resolver **ret);
/* NULL is allowed.  Ends a lookup that is under way. */
struct resolver *resolver_free(struct resolver *);
/* Look up all names now, one after the other, and from then on as names.h says.  Call at start and
 * after a reload. */
void resolver_start(struct resolver *);
/* Look up all names again soon.  Call when an interface or an address of this host has changed. */
void resolver_hurry(struct resolver *);
