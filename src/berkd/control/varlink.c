/* varlink.c - connections, their queues, and which call goes where.  See varlink.h. */
#include "berkd/control/varlink.h"

#include "berkd/host/log.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUEUE_BUSY 65536 /* bytes queued above which no further call is begun */
#define RUN_MAX	   16	 /* calls of one client in a row: others get a turn */
#define ACCEPT_MAX 200	 /* connections per ACCEPT_US */
#define ACCEPT_US  1000000

struct varlink_call {
	struct client *client;
	struct varlink_request request;
	void *data;
	bool active, held;
};

struct listener {
	struct varlink *server;
	struct listener *next;
	sd_event_source *source;
	int fd;
	bool read_only;
};

struct client {
	struct varlink *server;
	struct client *next;
	const struct listener *listener; /* NULL: varlink_serve() */
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
	struct listener *listeners;
	struct client *clients;
	sd_event_source *reap;
};

/* --- Clients' ends --- */

static void call_fini(struct varlink_call *call)
{
	varlink_request_fini(&call->request);
	free(call->data);
	call->data = NULL;
	call->active = call->held = false;
}

/* Ends a client where it may still be in use further up the stack; reap() frees it. */
static void client_die(struct client *c)
{
	if (c->dead) {
		return;
	}
	c->dead = true;
	sd_event_source_set_enabled(c->source, SD_EVENT_OFF);
	sd_event_source_set_enabled(c->again, SD_EVENT_OFF);
	if (sd_event_source_set_enabled(c->server->reap, SD_EVENT_ONESHOT) < 0) {
		log_err("A client of the control socket cannot be let go");
	}
}

static void client_free(struct client *c)
{
	call_fini(&c->call);
	sd_event_source_disable_unref(c->source);
	sd_event_source_disable_unref(c->again);
	close(c->fd);
	free(c->out);
	free(c);
}

static int on_reap(sd_event_source *source, void *userdata)
{
	struct varlink *v = userdata;
	struct client **at = &v->clients;

	(void)source;
	while (*at) {
		struct client *c = *at;

		if (c->dead) {
			*at = c->next;
			client_free(c);
		} else {
			at = &c->next;
		}
	}
	return 0;
}

/* --- Output --- */

/* Write what the socket takes. */
static void client_flush(struct client *c)
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
			client_die(c);
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

/* What the client waits for now. */
static void client_arm(struct client *c)
{
	bool idle = !c->call.active && !c->closing && c->out_len < QUEUE_BUSY;
	bool more = idle && memchr(c->in, '\0', c->in_len);
	bool reads = idle && !more; /* the end of input must not overtake a call */
	uint32_t events = (reads ? EPOLLIN : 0) | (c->out_len > 0 ? EPOLLOUT : 0);

	if (c->dead) {
		return;
	}
	if (c->closing && c->out_len == 0) {
		client_die(c);
		return;
	}
	/* EPOLLHUP always comes, so a client who leaves in the middle of a stream is noticed;
	 * one who only shut its sending side down may still be listening. */
	int r = sd_event_source_set_io_events(c->source, events);

	if (r >= 0) {
		r = sd_event_source_set_enabled(c->again, more ? SD_EVENT_ON : SD_EVENT_OFF);
	}
	if (r < 0) {
		client_die(c);
	}
}

static bool queue(struct client *c, const char *text, size_t len)
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

/* @message is taken over. */
static void client_send(struct client *c, json_t *message)
{
	char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;

	json_decref(message);
	if (!text || !queue(c, text, strlen(text) + 1)) {
		client_die(c); /* no memory: the client must not take silence for an answer */
	}
	free(text);
	client_flush(c);
	client_arm(c);
}

static json_t *error_message(const char *name, json_t *parameters)
{
	return json_pack("{s:s,s:o*}", "error", name, "parameters", parameters);
}

/* The stream is ended.  The message that is half sent must be whole; the rest goes. */
static void client_too_slow(struct client *c)
{
	log_info("A client (uid %u) does not read what %s sends it; closing", (unsigned)c->uid,
		 c->call.request.method);
	c->out_len = c->out_next;
	c->closing = true;
	call_fini(&c->call);
	client_send(c, error_message("net.berkd.TooSlow",
				     json_pack("{s:i}", "queue_bytes_max", VARLINK_QUEUE_MAX)));
}

/* --- Answers --- */

bool varlink_wants_more(const struct varlink_call *call)
{
	return call->request.more;
}

bool varlink_reply(struct varlink_call *call, json_t *parameters, bool continues)
{
	struct client *c = call->client;

	assert(call->active);
	assert(!continues || call->request.more);
	if (c->dead) {
		json_decref(parameters);
		return false;
	}
	if (!parameters) {
		varlink_error(call, "net.berkd.Failed", json_pack("{s:s}", "message", "no memory"));
		return false;
	}
	if (continues && c->out_len > VARLINK_QUEUE_MAX) {
		json_decref(parameters);
		client_too_slow(c);
		return false;
	}
	bool oneway = call->request.oneway;
	json_t *message = oneway ? NULL
			  : continues
				  ? json_pack("{s:o,s:b}", "parameters", parameters, "continues", 1)
				  : json_pack("{s:o}", "parameters", parameters);

	if (!continues) {
		call_fini(call);
	}
	if (oneway) {
		json_decref(parameters);
		client_arm(c);
		return false;
	}
	client_send(c, message);
	return continues && !c->dead;
}

void varlink_error(struct varlink_call *call, const char *name, json_t *parameters)
{
	struct client *c = call->client;
	bool oneway = call->request.oneway;

	assert(call->active);
	call_fini(call);
	if (c->dead || oneway) {
		json_decref(parameters);
		client_arm(c);
		return;
	}
	client_send(c, error_message(name, parameters));
}

void varlink_invalid_parameter(struct varlink_call *call, const char *parameter)
{
	varlink_error(call, "org.varlink.service.InvalidParameter",
		      json_pack("{s:s}", "parameter", parameter));
}

void varlink_hold(struct varlink_call *call, void *data)
{
	assert(call->active);
	call->held = true;
	call->data = data;
}

void *varlink_data(const struct varlink_call *call)
{
	return call->data;
}

struct varlink_call *varlink_next_held(struct varlink *v, struct varlink_call *call)
{
	struct client *c = call ? call->client->next : v->clients;

	while (c && (c->dead || !c->call.held)) {
		c = c->next;
	}
	return c ? &c->call : NULL;
}

/* --- Calls --- */

static const char standard_description[] =
	"# What every varlink service answers\n"
	"interface org.varlink.service\n\n"
	"method GetInfo() -> (vendor: string, product: string, version: string, url: string,\n"
	"                     interfaces: []string)\n"
	"method GetInterfaceDescription(interface: string) -> (description: string)\n\n"
	"error InterfaceNotFound (interface: string)\n"
	"error MethodNotFound (method: string)\n"
	"error MethodNotImplemented (method: string)\n"
	"error InvalidParameter (parameter: string)\n"
	"error PermissionDenied ()\n"
	"error ExpectedMore ()\n";

static void describe(struct varlink_call *call, const struct varlink_service *s)
{
	const char *name =
		json_string_value(json_object_get(call->request.parameters, "interface"));

	if (!name) {
		varlink_invalid_parameter(call, "interface");
		return;
	}
	const char *text = strcmp(name, s->interface) == 0	      ? s->description
			   : strcmp(name, "org.varlink.service") == 0 ? standard_description
								      : NULL;

	if (!text) {
		varlink_error(call, "org.varlink.service.InterfaceNotFound",
			      json_pack("{s:s}", "interface", name));
		return;
	}
	varlink_reply(call, json_pack("{s:s}", "description", text), false);
}

/* True when the call was one of org.varlink.service. */
static bool run_standard(struct varlink_call *call, const struct varlink_service *s)
{
	const char *method = call->request.method;

	if (strcmp(method, "org.varlink.service.GetInfo") == 0) {
		json_t *info = json_pack("{s:s,s:s,s:s,s:s,s:[s,s]}", "vendor", s->vendor,
					 "product", s->product, "version", s->version, "url",
					 s->url, "interfaces", "org.varlink.service", s->interface);

		varlink_reply(call, info, false);
		return true;
	}
	if (strcmp(method, "org.varlink.service.GetInterfaceDescription") == 0) {
		describe(call, s);
		return true;
	}
	return false;
}

static void not_found(struct varlink_call *call, const struct varlink_service *s)
{
	const char *method = call->request.method, *dot = strrchr(method, '.');
	size_t len = (size_t)(dot - method);
	bool known = (len == strlen(s->interface) && strncmp(method, s->interface, len) == 0) ||
		     strncmp(method, "org.varlink.service.", len + 1) == 0;

	if (known) {
		varlink_error(call, "org.varlink.service.MethodNotFound",
			      json_pack("{s:s}", "method", method));
	} else {
		varlink_error(call, "org.varlink.service.InterfaceNotFound",
			      json_pack("{s:s%}", "interface", method, len));
	}
}

static void run(struct client *c)
{
	struct varlink_call *call = &c->call;
	const struct varlink_service *s = c->server->service;
	const struct varlink_method *m = s->methods;

	if (run_standard(call, s)) {
		return;
	}
	while (m->name && strcmp(m->name, call->request.method) != 0) {
		m++;
	}
	if (!m->name) {
		not_found(call, s);
	} else if (m->flags & VARLINK_CONTROL && c->read_only) {
		varlink_error(call, "net.berkd.NotPermitted",
			      json_pack("{s:s}", "method", call->request.method));
	} else if (m->flags & VARLINK_STREAM && !call->request.more) {
		varlink_error(call, "org.varlink.service.ExpectedMore", NULL);
	} else {
		m->run(call, call->request.parameters, c->server->userdata);
		assert(!call->active || call->held);
	}
}

static void refuse(struct client *c, const char *why)
{
	c->closing = true;
	c->in_len = 0;
	client_send(c, error_message("org.varlink.service.InvalidParameter",
				     json_pack("{s:s}", "parameter", why)));
}

/* Run the calls that are whole, while the client may have one. */
static void client_run(struct client *c)
{
	for (unsigned i = 0;
	     i < RUN_MAX && !c->dead && !c->closing && !c->call.active && c->out_len < QUEUE_BUSY;
	     i++) {
		const char *nul = memchr(c->in, '\0', c->in_len);

		if (!nul) {
			if (c->in_len == sizeof(c->in)) {
				refuse(c, "(call too long)");
			}
			break;
		}
		size_t used = (size_t)(nul - c->in) + 1;
		enum varlink_verdict v = varlink_parse(c->in, used - 1, &c->call.request);

		if (v != VARLINK_OK) {
			refuse(c, varlink_verdict_name(v));
			break;
		}
		c->in_len -= used;
		memmove(c->in, c->in + used, c->in_len);
		c->call.active = true;
		run(c);
	}
	client_arm(c);
}

static int on_again(sd_event_source *source, void *userdata)
{
	(void)source;
	client_run(userdata);
	return 0;
}

/* --- Input --- */

static void client_read(struct client *c)
{
	ssize_t n = recv(c->fd, c->in + c->in_len, sizeof(c->in) - c->in_len, MSG_DONTWAIT);

	if (n > 0) {
		c->in_len += (size_t)n;
		client_run(c);
	} else if (n == 0) {
		c->closing = true; /* no more calls will come; what is queued may still be read */
		client_arm(c);
	} else if (errno != EAGAIN && errno != EINTR) {
		client_die(c);
	}
}

static int on_client(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct client *c = userdata;

	(void)source;
	(void)fd;
	if (revents & (EPOLLHUP | EPOLLERR) && !(revents & EPOLLIN)) {
		client_die(c);
		return 0;
	}
	if (revents & EPOLLOUT) {
		client_flush(c);
		client_arm(c);
	}
	if (revents & EPOLLIN && !c->dead && !c->closing) {
		client_read(c);
	}
	return 0;
}

/* --- Connections --- */

static struct client *client_new(struct varlink *v, int fd, bool read_only)
{
	struct client *c = calloc(1, sizeof(*c));
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
		client_free(c);
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

/* A user may not keep others out of the socket. */
static const char *over_limit(const struct varlink *v, const struct client *fresh)
{
	unsigned all = 0, of_uid = 0;

	for (const struct client *c = v->clients; c; c = c->next) {
		if (!c->dead && c->listener == fresh->listener) {
			all++;
			of_uid += c->uid == fresh->uid;
		}
	}
	return all > VARLINK_CLIENTS_MAX			    ? "too many connections"
	       : fresh->uid != 0 && of_uid > VARLINK_CLIENTS_OF_UID ? "too many of your connections"
								    : NULL;
}

static int on_accept(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	const struct listener *l = userdata;
	int conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source;
	(void)revents;
	if (conn < 0) {
		return 0; /* it has left again, or we are out of descriptors: tried again */
	}
	struct client *c = client_new(l->server, conn, l->read_only);

	if (!c) {
		return 0;
	}
	c->listener = l;
	const char *why = over_limit(l->server, c);

	if (why) {
		c->closing = true;
		client_send(c, error_message("net.berkd.Busy", json_pack("{s:s}", "message", why)));
	}
	return 0;
}

int varlink_listen(struct varlink *v, int fd, bool read_only)
{
	struct listener *l = calloc(1, sizeof(*l));

	if (!l) {
		close(fd);
		return -ENOMEM;
	}
	*l = (struct listener){.server = v, .next = v->listeners, .fd = fd, .read_only = read_only};
	v->listeners = l;
	int r = sd_event_add_io(v->event, &l->source, fd, EPOLLIN, on_accept, l);

	/* Also when accept() fails for want of descriptors and the socket stays readable. */
	return r < 0 ? r : sd_event_source_set_ratelimit(l->source, ACCEPT_US, ACCEPT_MAX);
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
		struct client *c = v->clients;

		v->clients = c->next;
		client_free(c);
	}
	while (v->listeners) {
		struct listener *l = v->listeners;

		v->listeners = l->next;
		sd_event_source_disable_unref(l->source);
		close(l->fd);
		free(l);
	}
	sd_event_source_disable_unref(v->reap);
	sd_event_unref(v->event);
	free(v);
	return NULL;
}
