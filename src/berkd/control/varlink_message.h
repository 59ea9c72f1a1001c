/* varlink_message.h - one varlink call as bytes, and as a struct. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define VARLINK_CALL_MAX 16384 /* bytes of a call with its NUL */
#define VARLINK_NAME_MAX 128   /* bytes of a method's name with its NUL */

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

/* Read one call, without its NUL.  @ret is untouched unless VARLINK_OK.  Pure but for the heap.
 * Call with any bytes. */
enum varlink_verdict varlink_parse(const char *text, size_t len, struct varlink_request *ret);
/* Let the parameters go.  Call for each request that varlink_parse() made; again does no harm. */
void varlink_request_fini(struct varlink_request *);
/* The part of a call that @v complains of.  Call to tell the client. */
const char *varlink_verdict_name(enum varlink_verdict v);
