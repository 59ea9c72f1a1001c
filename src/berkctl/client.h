/* client.h - a varlink client: one connection, one call at a time. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct client;

/* 0 or negative errno. */
int client_new(const char *path, struct client **ret);
struct client *client_free(struct client *);
int client_fd(const struct client *);
/* CLOCK_BOOTTIME in ms, for time limits. */
int64_t client_now_ms(void);

/* Send a call of net.berkd; @parameters is taken over, NULL: none.  0 or negative errno. */
int client_send(struct client *, const char *method, json_t *parameters, bool more);

struct answer {
	json_t *message;	  /* owns what follows */
	const char *error;	  /* NULL: none */
	const json_t *parameters; /* an object */
	bool continues;
};
void answer_fini(struct answer *);

/* The next answer, waited for for @timeout_ms (-1: for ever).  0, -ETIMEDOUT, or another negative
 * errno: -ECONNRESET when the daemon has gone, -EPROTO when it does not speak varlink. */
int client_next(struct client *, int timeout_ms, struct answer *ret);
