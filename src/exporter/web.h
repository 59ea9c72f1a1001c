/* web.h - serves the page, the figures and the metrics by HTTP, with limits on all that a client
 * can grow. */
#pragma once

#include "exporter/listen.h"
#include "exporter/store.h"

/* For each address. */
#define WEB_CONNECTIONS_MAX 32
#define WEB_REQUEST_MAX	    16384 /* bytes of a request with its headers */
#define WEB_SILENT_S	    10
#define WEB_CONNECTION_S    60 /* then it is closed, whatever it does */

struct web;

/* Serve what @store has at @fd, which listens on @address; @fd is taken over, and @store must
 * outlive it.  A thread of its own serves each.  NULL: it cannot be started; that was said. */
struct web *web_new(int fd, const struct listen_address *address, struct store *store);
struct web *web_free(struct web *);
/* Close the connections that are there for too long.  Call every few seconds. */
void web_reap(struct web *);
