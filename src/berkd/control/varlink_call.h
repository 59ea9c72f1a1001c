/* varlink_call.h - a call in progress, as the method that answers it sees it. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct varlink;
struct varlink_call;

/* The user who calls, as the kernel says; -1 (as it is unsigned) when it does not. */
uint32_t varlink_uid(const struct varlink_call *);
/* May there be many answers?  Call before an answer that continues. */
bool varlink_wants_more(const struct varlink_call *);
/* The answer, or one of many when @continues (then the call must want more, and stays held).
 * @parameters is taken over; NULL means it could not be made: an error is sent.  After a last
 * answer, and when false comes back (the client is gone), the call must not be used again. */
bool varlink_reply(struct varlink_call *, json_t *parameters, bool continues);
/* @name is a whole error name; @parameters may be NULL and is taken over.  Ends the call. */
void varlink_error(struct varlink_call *, const char *name, json_t *parameters);
/* Is so little queued for the client that there is room for another answer?  Call before one that
 * may wait. */
bool varlink_has_room(const struct varlink_call *);
/* The error for a parameter that is missing or wrong.  Ends the call. */
void varlink_invalid_parameter(struct varlink_call *, const char *parameter);
/* Keep the call open.  @data is the caller's note of what it waits for, freed by free() with the
 * call.  Call once, while the method runs. */
void varlink_hold(struct varlink_call *, void *data);
/* That note.  Call for a held call only. */
void *varlink_data(const struct varlink_call *);
/* The held calls one after the other: NULL begins and ends.  To answer the last one returned is
 * allowed. */
struct varlink_call *varlink_next_held(struct varlink *, struct varlink_call *);
