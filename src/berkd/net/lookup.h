/* lookup.h - getaddrinfo() for the configured peers. */
#pragma once

#include "berkd/config/config.h"

#define LOOKUP_ADDRS_MAX 32

/* A question, and its answer. */
struct lookup {
	char text[sizeof(((struct config_peer *)0)->text)]; /* of the peer */
	uint16_t port;					    /* unless the text has one */
	bool ipv4, ipv6;
	struct addr addr[LOOKUP_ADDRS_MAX];
	unsigned n_addr;
	int error; /* with n_addr == 0: for gai_strerror() */
};

/* The question about a peer of @config. */
void lookup_ask(struct lookup *, const struct config *config, const struct config_peer *);
/* Answer it: a name, or a link-local address with its interface.  Call in a thread that may
 * block: one silent name server takes many seconds.  Changed files (/etc/hosts, resolv.conf,
 * nsswitch.conf) are seen by each call. */
void lookup_run(struct lookup *);
/* Fill in the peers that are written as addresses: they are never looked up.  It does not block.
 * Call when a configuration was read. */
void lookup_numeric(struct config *);
