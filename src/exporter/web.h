/* web.h - serves the page, the figures and the metrics by HTTP, with limits on all that a client
 * can grow. */
#pragma once

#include "exporter/listen.h"
#include "exporter/store.h"

#define WEB_CONNECTIONS_MAX 32	  /* of all addresses together */
#define WEB_REQUEST_MAX	    16384 /* bytes of a request with its headers */
#define WEB_SILENT_S	    10
#define WEB_CONNECTION_S    60 /* then it is closed, whatever it does */

struct web;

/* Serve what @store has at @fd, which listens on @address, to up to @n_max connections at once; @fd
 * is taken over, and @store must outlive it.  A thread of its own serves each.  NULL: it cannot be
 * started; that was said. */
struct web *web_new(int fd, const struct listen_address *address, unsigned n_max,
		    struct store *store);
struct web *web_free(struct web *);
