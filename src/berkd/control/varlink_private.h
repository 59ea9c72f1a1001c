/* varlink_private.h - the inside of the varlink server: connections and their calls. */
#pragma once

#include "berkd/control/varlink_message.h"

#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#define VARLINK_QUEUE_MAX  (1 << 18) /* bytes queued at which a stream is too slow */
#define VARLINK_QUEUE_BUSY 65536     /* bytes queued above which no further call is begun */

struct varlink_service;

struct varlink_call {
	struct varlink_client *client;
	struct varlink_request request;
	void *data;
	bool active, held;
};

struct varlink_listener {
	struct varlink *server;
	struct varlink_listener *next;
	sd_event_source *source;
	sd_event_source *span; /* NULL where sd-event limits the rate itself */
	unsigned n_in_span;
	int fd;
	bool read_only;
};

struct varlink_client {
	struct varlink *server;
	struct varlink_client *next;
	const struct varlink_listener *listener; /* NULL: varlink_serve() */
	sd_event_source *source;
	sd_event_source *again; /* on when whole calls may wait in @in */
	int fd;
	uid_t uid;
	bool read_only;
	bool closing; /* no more calls; gone when the queue is sent */
	bool dead;    /* to be freed by reap() */
	struct varlink_call call;
	char *out;
	size_t out_len, out_size;
	size_t out_next; /* where the second message of the queue begins, or out_len */
	size_t in_len;
	char in[VARLINK_CALL_MAX];
};

struct varlink {
	sd_event *event;
	const struct varlink_service *service;
	void *userdata;
	struct varlink_listener *listeners;
	struct varlink_client *clients;
	sd_event_source *reap;
};
