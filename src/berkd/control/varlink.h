/* varlink.h - a varlink service (varlink.org) over Unix sockets, on the daemon's loop.
 *
 * A connection carries NUL-terminated JSON objects.  Calls of one connection are answered in their
 * order; a call that is not answered at once (a stream, a wait) holds the later ones back.  Nothing
 * a client does blocks the daemon or makes it keep more than the limits below:
 *   - a connection is read only while it has no call pending and little output queued, so a client
 *     that does not read is not served;
 *   - a stream whose queue is full is ended: what was not yet begun to be sent is dropped, the
 *     client finds the error net.berkd.TooSlow there, and the connection is closed;
 *   - what is not a call gets the error org.varlink.service.InvalidParameter and a close.
 */
#pragma once

#include "berkd/control/varlink_dispatch.h"

#include <stdbool.h>
#include <systemd/sd-event.h>

#define VARLINK_CLIENTS_MAX    64 /* connections of one listening socket */
#define VARLINK_CLIENTS_OF_UID 24 /* of them, of one user who is not root */

struct varlink;

/* A server that has no sockets yet.  @service and its strings stay the caller's and must outlive
 * it.  0 or negative errno. */
int varlink_new(sd_event *, const struct varlink_service *, void *userdata, struct varlink **ret);
/* Close all sockets.  NULL is allowed.  Call outside of a method. */
struct varlink *varlink_free(struct varlink *);
/* Take over a listening socket (closed by varlink_free(), also on failure here).  Call for each
 * socket, at any time. */
int varlink_listen(struct varlink *, int fd, bool read_only);
/* Take over a connected socket, likewise.  Call for a client that did not come by a listening
 * one. */
int varlink_serve(struct varlink *, int fd, bool read_only);
