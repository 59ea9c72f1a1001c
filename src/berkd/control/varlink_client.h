/* varlink_client.h - one connection of the varlink server: its queue, and its end. */
#pragma once

#include "berkd/control/varlink_private.h"

/* Let the call go, and what varlink_hold() left with it.  Call when it is answered, or when its
 * client goes. */
void varlink_call_fini(struct varlink_call *);
/* End a client.  Call also where it may still be in use further up the stack: it is only marked,
 * and the server frees it later. */
void varlink_client_die(struct varlink_client *);
/* Call when nothing refers to it any more. */
void varlink_client_free(struct varlink_client *);
/* Write what the socket takes.  Call when it takes more again. */
void varlink_client_flush(struct varlink_client *);
/* Wait for what the client may do now.  Call after each change of its state. */
void varlink_client_arm(struct varlink_client *);
/* Queue a message, which is taken over; NULL stands for one that memory was lacking for, and ends
 * the client. */
void varlink_client_send(struct varlink_client *, json_t *message);
/* The same with an error.  @parameters may be NULL and is taken over. */
void varlink_client_send_error(struct varlink_client *, const char *name, json_t *parameters);
/* End the stream.  Call when its queue is longer than VARLINK_QUEUE_MAX: the message that is half
 * sent is sent whole, the rest is dropped. */
void varlink_client_too_slow(struct varlink_client *);
