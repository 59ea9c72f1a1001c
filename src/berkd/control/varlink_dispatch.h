/* varlink_dispatch.h - a service as a table of methods. */
#pragma once

#include <jansson.h>

struct varlink_call; /* one call in progress */

#define VARLINK_CONTROL (1U << 0) /* changes something: not on a read-only socket */
#define VARLINK_STREAM	(1U << 1) /* makes sense with `more` only */

struct varlink_method {
	const char *name; /* whole; NULL ends a table */
	unsigned flags;
	/* Must answer by varlink_reply() or varlink_error(), now or, after varlink_hold(),
	 * later. */
	void (*run)(struct varlink_call *, json_t *parameters, void *userdata);
};

struct varlink_service {
	const char *vendor, *product, *version, *url;
	const char *interface, *description; /* its name and its text */
	const struct varlink_method *methods;
};

/* Let the method that was called answer; or answer that there is none, or that this socket does not
 * allow it.  Call with a call that has just been read. */
void varlink_dispatch(struct varlink_call *);
