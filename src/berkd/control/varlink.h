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

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#define VARLINK_CALL_MAX       16384	 /* bytes of a call with its NUL */
#define VARLINK_QUEUE_MAX      (1 << 18) /* bytes queued at which a stream is too slow */
#define VARLINK_CLIENTS_MAX    64	 /* connections of one listening socket */
#define VARLINK_CLIENTS_OF_UID 24	 /* of them, of one user who is not root */
#define VARLINK_NAME_MAX       128	 /* bytes of a method's name with its NUL */

/* --- Messages --- */

struct varlink_request {
	char method[VARLINK_NAME_MAX];
	json_t *parameters; /* an object, maybe empty; the receiver's */
	bool more, oneway;
};

enum varlink_verdict {
	VARLINK_OK = 0,
	VARLINK_NOT_JSON, /* or not an object */
	VARLINK_BAD_METHOD,
	VARLINK_BAD_PARAMETERS,
	VARLINK_BAD_FLAGS, /* more, oneway, upgrade: not boolean, or both, or upgrade asked for */
};

/* Read one call, without its NUL.  @ret is untouched unless VARLINK_OK.  Pure but for the heap. */
enum varlink_verdict varlink_parse(const char *text, size_t len, struct varlink_request *ret);
void varlink_request_fini(struct varlink_request *);
const char *varlink_verdict_name(enum varlink_verdict);

/* --- The service --- */

struct varlink_call; /* one call in progress */

#define VARLINK_CONTROL (1U << 0) /* changes something: not on a read-only socket */
#define VARLINK_STREAM	(1U << 1) /* makes sense with `more` only */

struct varlink_method {
	const char *name; /* whole; NULL ends a table */
	unsigned flags;
	/* Must answer by varlink_reply() or varlink_error(), now or, after varlink_hold(), later.
	 */
	void (*run)(struct varlink_call *, json_t *parameters, void *userdata);
};

struct varlink_service {
	const char *vendor, *product, *version, *url;
	const char *interface, *description; /* its name and its text */
	const struct varlink_method *methods;
};

struct varlink;

/* @service and its strings stay the caller's and must outlive the server. */
int varlink_new(sd_event *, const struct varlink_service *, void *userdata, struct varlink **ret);
struct varlink *varlink_free(struct varlink *);
/* Take over a listening socket (closed by varlink_free(), also on failure here). */
int varlink_listen(struct varlink *, int fd, bool read_only);
/* Take over a connected socket, likewise. */
int varlink_serve(struct varlink *, int fd, bool read_only);

bool varlink_wants_more(const struct varlink_call *);
/* The answer, or one of many when @continues (then the call must want more, and stays held).
 * @parameters is taken over; NULL means it could not be made: an error is sent.  After a last
 * answer, and when false comes back (the client is gone), the call must not be used again. */
bool varlink_reply(struct varlink_call *, json_t *parameters, bool continues);
/* @name is a whole error name; @parameters may be NULL and is taken over.  Ends the call. */
void varlink_error(struct varlink_call *, const char *name, json_t *parameters);
void varlink_invalid_parameter(struct varlink_call *, const char *parameter);
/* Keep the call open.  @data is the caller's note of what it waits for, freed by free() with the
 * call. */
void varlink_hold(struct varlink_call *, void *data);
void *varlink_data(const struct varlink_call *);
/* The held calls one after the other: NULL begins and ends.  To answer the last one returned is
 * allowed. */
struct varlink_call *varlink_next_held(struct varlink *, struct varlink_call *);
