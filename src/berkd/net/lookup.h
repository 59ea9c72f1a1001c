/* lookup.h - the addresses of peers that are configured by name. */
#pragma once

#include "berkd/config/config.h"

/* Look up the peers without an address: names (UDP, AI_ADDRCONFIG; in an isolated site they stand
 * in /etc/hosts) and interfaces of link-local addresses.  Returns how many are still without one,
 * each reported.  Call in a thread that may block: one silent name server takes many seconds. */
unsigned lookup_peers(struct config *, config_report report, void *userdata);
