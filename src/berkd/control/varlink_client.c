/* varlink_client.c - what is queued for one connection, and what it is waited for. */
#include "berkd/control/varlink_client.h"

#include "berkd/host/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

void varlink_call_fini(struct varlink_call *call)
{
	varlink_request_fini(&call->request);
	free(call->data);
	call->data = NULL;
	call->active = call->held = false;
}

void varlink_client_die(struct varlink_client *c)
{
	if (c->dead) {
		return;
	}
	c->dead = true;
	sd_event_source_set_enabled(c->source, SD_EVENT_OFF);
	sd_event_source_set_enabled(c->again, SD_EVENT_OFF);
	if (sd_event_source_set_enabled(c->server->reap, SD_EVENT_ONESHOT) < 0) {
		log_err(CAUSE_CALL, "A client of the control socket cannot be let go");
	}
}

void varlink_client_free(struct varlink_client *c)
{
	varlink_call_fini(&c->call);
	sd_event_source_disable_unref(c->source);
	sd_event_source_disable_unref(c->again);
	close(c->fd);
	free(c->out);
	free(c);
}

void varlink_client_flush(struct varlink_client *c)
{
	while (c->out_len > 0 && !c->dead) {
		ssize_t n = send(c->fd, c->out, c->out_len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0 && errno == EAGAIN) {
			break;
		}
		if (n < 0) {
			varlink_client_die(c);
			return;
		}
		c->out_len -= (size_t)n;
		memmove(c->out, c->out + n, c->out_len);
		/* Past the first message nobody asks where the next begins: find it anew. */
		if ((size_t)n < c->out_next) {
			c->out_next -= (size_t)n;
		} else {
			const char *nul = c->out_len ? memchr(c->out, '\0', c->out_len) : NULL;

			c->out_next = nul ? (size_t)(nul - c->out) + 1 : c->out_len;
		}
	}
}

void varlink_client_arm(struct varlink_client *c)
{
	bool idle = !c->call.active && !c->closing && c->out_len < VARLINK_QUEUE_BUSY;
	bool more = idle && memchr(c->in, '\0', c->in_len);
	bool reads = idle && !more; /* the end of input must not overtake a call */
	uint32_t events = (reads ? EPOLLIN : 0) | (c->out_len > 0 ? EPOLLOUT : 0);

	if (c->dead) {
		return;
	}
	if (c->closing && c->out_len == 0) {
		varlink_client_die(c);
		return;
	}
	/* EPOLLHUP always comes, so a client who leaves in the middle of a stream is noticed;
	 * one who only shut its sending side down may still be listening. */
	int r = sd_event_source_set_io_events(c->source, events);

	if (r >= 0) {
		r = sd_event_source_set_enabled(c->again, more ? SD_EVENT_ON : SD_EVENT_OFF);
	}
	if (r < 0) {
		varlink_client_die(c);
	}
}

static bool add_to_queue(struct varlink_client *c, const char *text, size_t len)
{
	if (c->out_len + len > c->out_size) {
		size_t size = c->out_len + len + 4096;
		char *grown = realloc(c->out, size);

		if (!grown) {
			return false;
		}
		c->out = grown;
		c->out_size = size;
	}
	if (c->out_len == 0) {
		c->out_next = len;
	}
	memcpy(c->out + c->out_len, text, len);
	c->out_len += len;
	return true;
}

void varlink_client_send(struct varlink_client *c, json_t *message)
{
	char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;

	json_decref(message);
	if (!text || !add_to_queue(c, text, strlen(text) + 1)) {
		varlink_client_die(
			c); /* no memory: the client must not take silence for an answer */
	}
	free(text);
	varlink_client_flush(c);
	varlink_client_arm(c);
}

void varlink_client_send_error(struct varlink_client *c, const char *name, json_t *parameters)
{
	varlink_client_send(c, json_pack("{s:s,s:o*}", "error", name, "parameters", parameters));
}

void varlink_client_too_slow(struct varlink_client *c)
{
	log_info("A client (uid %u) does not read what %s sends it; closing", (unsigned)c->uid,
		 c->call.request.method);
	c->out_len = c->out_next;
	c->closing = true;
	varlink_call_fini(&c->call);
	varlink_client_send_error(c, "net.berkd.TooSlow",
				  json_pack("{s:i}", "queue_bytes_max", VARLINK_QUEUE_MAX));
}
