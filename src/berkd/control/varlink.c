/* varlink.c - listening sockets, connections, and the calls that come in on them. */
#include "berkd/control/varlink.h"

#include "berkd/control/varlink_client.h"
#include "berkd/host/event_missing.h"
#include "berkd/host/host_clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Calls of one client in a row, and how long it may have for them: others, and packets, get a
 * turn. */
#define RUN_MAX	   16
#define RUN_NS	   (2 * NS_PER_MS)
#define ACCEPT_MAX 200 /* connections per ACCEPT_US */
#define ACCEPT_US  1000000

/* --- Clients that go --- */

static int on_reap(sd_event_source *source, void *userdata)
{
	struct varlink *v = userdata;
	struct varlink_client **at = &v->clients;

	(void)source;
	while (*at) {
		struct varlink_client *c = *at;

		if (c->dead) {
			*at = c->next;
			varlink_client_free(c);
		} else {
			at = &c->next;
		}
	}
	return 0;
}

/* --- Calls --- */

static void refuse_call(struct varlink_client *c, const char *why)
{
	c->closing = true;
	c->in_len = 0;
	varlink_client_send_error(c, "org.varlink.service.InvalidParameter",
				  json_pack("{s:s}", "parameter", why));
}

/* Run the calls that are whole, while the client may have one. */
static void client_run(struct varlink_client *c)
{
	const int64_t ends = host_clock_ns(CLOCK_MONOTONIC) + RUN_NS;

	for (unsigned i = 0;
	     i < RUN_MAX && !c->dead && !c->closing && !c->call.active &&
	     c->out_len < VARLINK_QUEUE_BUSY && (i == 0 || host_clock_ns(CLOCK_MONOTONIC) < ends);
	     i++) {
		const char *nul = memchr(c->in, '\0', c->in_len);

		if (!nul) {
			if (c->in_len == sizeof(c->in)) {
				refuse_call(c, "(call too long)");
			}
			break;
		}
		size_t used = (size_t)(nul - c->in) + 1;
		enum varlink_verdict v = varlink_parse(c->in, used - 1, &c->call.request);

		if (v != VARLINK_OK) {
			refuse_call(c, varlink_verdict_name(v));
			break;
		}
		c->in_len -= used;
		memmove(c->in, c->in + used, c->in_len);
		c->call.active = true;
		varlink_dispatch(&c->call);
	}
	varlink_client_arm(c);
}

static int on_again(sd_event_source *source, void *userdata)
{
	(void)source;
	client_run(userdata);
	return 0;
}

/* --- Input --- */

static void client_read(struct varlink_client *c)
{
	ssize_t n = recv(c->fd, c->in + c->in_len, sizeof(c->in) - c->in_len, MSG_DONTWAIT);

	if (n > 0) {
		c->in_len += (size_t)n;
		client_run(c);
	} else if (n == 0) {
		c->closing = true; /* no more calls will come; what is queued may still be read */
		varlink_client_arm(c);
	} else if (errno != EAGAIN && errno != EINTR) {
		varlink_client_die(c);
	}
}

static int on_client(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct varlink_client *c = userdata;

	(void)source;
	(void)fd;
	if (revents & (EPOLLHUP | EPOLLERR) && !(revents & EPOLLIN)) {
		varlink_client_die(c);
		return 0;
	}
	if (revents & EPOLLOUT) {
		varlink_client_flush(c);
		varlink_client_arm(c);
	}
	if (revents & EPOLLIN && !c->dead && !c->closing) {
		client_read(c);
	}
	return 0;
}

/* --- Connections --- */

static struct varlink_client *client_new(struct varlink *v, int fd, bool read_only)
{
	struct varlink_client *c = calloc(1, sizeof(*c));
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t len = sizeof(peer);

	if (!c) {
		close(fd);
		return NULL;
	}
	c->server = v;
	c->fd = fd;
	c->read_only = read_only;
	c->call.client = c;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0) {
		c->uid = peer.uid;
	}
	if (sd_event_add_io(v->event, &c->source, fd, EPOLLIN, on_client, c) < 0 ||
	    sd_event_add_defer(v->event, &c->again, on_again, c) < 0 ||
	    sd_event_source_set_enabled(c->again, SD_EVENT_OFF) < 0) {
		varlink_client_free(c);
		return NULL;
	}
	c->next = v->clients;
	v->clients = c;
	return c;
}

int varlink_serve(struct varlink *v, int fd, bool read_only)
{
	return client_new(v, fd, read_only) ? 0 : -ENOMEM;
}

/* What @fresh is too many of, or NULL.  A user may not keep others out of the socket. */
static const char *find_limit(const struct varlink *v, const struct varlink_client *fresh)
{
	unsigned all = 0, of_uid = 0;

	for (const struct varlink_client *c = v->clients; c; c = c->next) {
		if (!c->dead && c->listener == fresh->listener) {
			all++;
			of_uid += c->uid == fresh->uid;
		}
	}
	if (all > VARLINK_CLIENTS_MAX) {
		return "too many connections";
	}
	if (fresh->uid != 0 && of_uid > VARLINK_CLIENTS_OF_UID) {
		return "too many of your connections";
	}
	return NULL;
}

#ifdef HAVE_SD_EVENT_SOURCE_SET_RATELIMIT
static int limit_rate(struct varlink_listener *l)
{
	return sd_event_source_set_ratelimit(l->source, ACCEPT_US, ACCEPT_MAX);
}

static void count_in_span(struct varlink_listener *l)
{
	(void)l;
}
#else
static int on_span(sd_event_source *source, uint64_t us, void *userdata)
{
	struct varlink_listener *l = userdata;

	(void)source;
	(void)us;
	l->n_in_span = 0;
	return sd_event_source_set_enabled(l->source, SD_EVENT_ON);
}

/* sd-event does not do it for us: the timer runs from the first connection of a span. */
static int limit_rate(struct varlink_listener *l)
{
	int r = sd_event_add_time_relative(l->server->event, &l->span, CLOCK_MONOTONIC, ACCEPT_US,
					   0, on_span, l);

	return r < 0 ? r : sd_event_source_set_enabled(l->span, SD_EVENT_OFF);
}

static void count_in_span(struct varlink_listener *l)
{
	if (l->n_in_span++ == 0) {
		(void)sd_event_source_set_time_relative(l->span, ACCEPT_US);
		(void)sd_event_source_set_enabled(l->span, SD_EVENT_ONESHOT);
	}
	if (l->n_in_span == ACCEPT_MAX) {
		(void)sd_event_source_set_enabled(l->source, SD_EVENT_OFF);
	}
}
#endif

static int on_accept(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct varlink_listener *l = userdata;
	int conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source;
	(void)revents;
	count_in_span(l);
	if (conn < 0) {
		return 0; /* it has left again, or we are out of descriptors: tried again */
	}
	struct varlink_client *c = client_new(l->server, conn, l->read_only);

	if (!c) {
		return 0;
	}
	c->listener = l;
	const char *why = find_limit(l->server, c);

	if (why) {
		c->closing = true;
		varlink_client_send_error(c, "net.berkd.Busy", json_pack("{s:s}", "message", why));
	}
	return 0;
}

int varlink_listen(struct varlink *v, int fd, bool read_only)
{
	struct varlink_listener *l = calloc(1, sizeof(*l));

	if (!l) {
		close(fd);
		return -ENOMEM;
	}
	*l = (struct varlink_listener){.server = v,
				       .next = v->listeners,
				       .fd = fd,
				       .read_only = read_only};
	v->listeners = l;
	int r = sd_event_add_io(v->event, &l->source, fd, EPOLLIN, on_accept, l);

	/* Also when accept() fails for want of descriptors and the socket stays readable. */
	return r < 0 ? r : limit_rate(l);
}

int varlink_new(sd_event *event, const struct varlink_service *service, void *userdata,
		struct varlink **ret)
{
	struct varlink *v = calloc(1, sizeof(*v));

	if (!v) {
		return -ENOMEM;
	}
	v->event = sd_event_ref(event);
	v->service = service;
	v->userdata = userdata;
	int r = sd_event_add_defer(event, &v->reap, on_reap, v);

	r = r < 0 ? r : sd_event_source_set_enabled(v->reap, SD_EVENT_OFF);
	if (r < 0) {
		varlink_free(v);
		return r;
	}
	*ret = v;
	return 0;
}

struct varlink *varlink_free(struct varlink *v)
{
	if (!v) {
		return NULL;
	}
	while (v->clients) {
		struct varlink_client *c = v->clients;

		v->clients = c->next;
		varlink_client_free(c);
	}
	while (v->listeners) {
		struct varlink_listener *l = v->listeners;

		v->listeners = l->next;
		sd_event_source_disable_unref(l->source);
		sd_event_source_disable_unref(l->span);
		close(l->fd);
		free(l);
	}
	sd_event_source_disable_unref(v->reap);
	sd_event_unref(v->event);
	free(v);
	return NULL;
}
