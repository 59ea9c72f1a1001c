/* client.h - a varlink client: one connection, one call at a time. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct client;

/* Connect to the socket @path.  0 or negative errno: -ETIMEDOUT when it is not taken within 15
 * s. */
int client_new(const char *path, struct client **ret);
/* The same within @limit_ms, 1 or more, which is also how long client_send() waits. */
int client_new_within(const char *path, int limit_ms, struct client **ret);
struct client *client_free(struct client *);
int client_fd(const struct client *);
/* CLOCK_BOOTTIME in ms.  Call for time limits. */
int64_t client_now_ms(void);

/* Call @method of net.berkd, with @more for a stream of answers.  @parameters is taken over; NULL:
 * there are none.  0 or negative errno: -ETIMEDOUT when it cannot be sent within 15 s.  That the
 * daemon has hung up is told by client_next(), behind what it said before. */
int client_send(struct client *, const char *method, json_t *parameters, bool more);

struct answer {
	json_t *message;	  /* owns the members below */
	const char *error;	  /* NULL: the call succeeded */
	const json_t *parameters; /* an object */
	bool continues;
};
void answer_fini(struct answer *);
/* 0, -EBUSY when the daemon has no room for another connection, or -EPROTO for any other error. */
int answer_error(const struct answer *);

/* Wait up to @timeout_ms (-1: for ever) for the next answer.  0, -ETIMEDOUT, -ECONNRESET when the
 * daemon has gone, -EPROTO when it does not speak varlink, or another negative errno. */
int client_next(struct client *, int timeout_ms, struct answer *ret);
