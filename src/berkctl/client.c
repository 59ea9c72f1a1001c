/* client.c - calls go out, answers come in.  See client.h. */
#include "berkctl/client.h"

#include "berk/time.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MAX (16U << 20) /* bytes; a table of 512 members takes about 300 kB */
#define READ_MIN   4096
#define SEND_MS	   15000 /* a daemon that is stopped takes no connection once its queue is full */

struct client {
	int fd;
	char *in;
	size_t len, size;
};

int client_new_within(const char *path, int limit_ms, struct client **ret)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	struct client *c = calloc(1, sizeof(*c));
	int r = 0;

	if (!c) {
		return -ENOMEM;
	}
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (strlen(path) >= sizeof(sa.sun_path)) {
		r = -ENAMETOOLONG;
	} else {
		const struct timeval limit = {.tv_sec = limit_ms / 1000,
					      .tv_usec = limit_ms % 1000 * (suseconds_t)1000};

		memcpy(sa.sun_path, path, strlen(path) + 1);
		if (c->fd < 0 ||
		    setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
		    connect(c->fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
			r = errno == EAGAIN ? -ETIMEDOUT : -errno;
		}
	}
	if (r < 0) {
		client_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

int client_new(const char *path, struct client **ret)
{
	return client_new_within(path, SEND_MS, ret);
}

struct client *client_free(struct client *c)
{
	if (c) {
		if (c->fd >= 0) {
			close(c->fd);
		}
		free(c->in);
		free(c);
	}
	return NULL;
}

int client_fd(const struct client *c)
{
	return c->fd;
}

int client_send(struct client *c, const char *method, json_t *parameters, bool more)
{
	json_t *call = json_pack("{s:s+,s:o*,s:b}", "method", "net.berkd.", method, "parameters",
				 parameters, "more", more);
	char *text = call ? json_dumps(call, JSON_COMPACT) : NULL;
	size_t len = text ? strlen(text) + 1 : 0;
	int r = text ? 0 : -ENOMEM;

	for (size_t sent = 0; r == 0 && sent < len;) {
		ssize_t n = send(c->fd, text + sent, len - sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EPIPE) {
			break; /* who hangs up may have said why: client_next() tells */
		}
		if (n >= 0) {
			sent += (size_t)n;
		} else if (errno != EINTR) {
			r = errno == EAGAIN ? -ETIMEDOUT : -errno;
		}
	}
	free(text);
	json_decref(call);
	return r;
}

int answer_error(const struct answer *a)
{
	return !a->error ? 0 : strcmp(a->error, "net.berkd.Busy") == 0 ? -EBUSY : -EPROTO;
}

void answer_fini(struct answer *a)
{
	json_decref(a->message);
	*a = (struct answer){0};
}

/* Take the whole message of @len bytes (without its NUL) from the front of the buffer. */
static int take_message(struct client *c, size_t len, struct answer *ret)
{
	json_t *m = json_loadb(c->in, len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *parameters = json_object_get(m, "parameters");

	c->len -= len + 1;
	memmove(c->in, c->in + len + 1, c->len);
	if (!json_is_object(m) || (parameters && !json_is_object(parameters))) {
		json_decref(m);
		return -EPROTO;
	}
	*ret = (struct answer){.message = m,
			       .error = json_string_value(json_object_get(m, "error")),
			       .parameters = parameters,
			       .continues = json_is_true(json_object_get(m, "continues"))};
	return 0;
}

static int read_more(struct client *c, int timeout_ms)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	int r = poll(&p, 1, timeout_ms);

	if (r <= 0) {
		return r == 0 ? -ETIMEDOUT : -errno;
	}
	if (c->size - c->len < READ_MIN) {
		size_t size = c->size ? 2 * c->size : 4 * READ_MIN;
		char *grown = size <= ANSWER_MAX ? realloc(c->in, size) : NULL;

		if (!grown) {
			return size <= ANSWER_MAX ? -ENOMEM : -EPROTO;
		}
		c->in = grown;
		c->size = size;
	}
	ssize_t n = recv(c->fd, c->in + c->len, c->size - c->len, MSG_DONTWAIT);

	if (n == 0) {
		return -ECONNRESET;
	}
	if (n < 0) {
		return errno == EAGAIN ? 0 : -errno;
	}
	c->len += (size_t)n;
	return 0;
}

int64_t client_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / NS_PER_MS;
}

int client_next(struct client *c, int timeout_ms, struct answer *ret)
{
	int64_t until = client_now_ms() + timeout_ms;
	size_t seen = 0;

	for (;;) {
		const char *nul = c->len > seen ? memchr(c->in + seen, '\0', c->len - seen) : NULL;

		if (nul) {
			return take_message(c, (size_t)(nul - c->in), ret);
		}
		seen = c->len;
		int64_t left_ms = timeout_ms < 0 ? -1 : ns_max(until - client_now_ms(), 0);
		int r = read_more(c, (int)left_ms);

		if (r < 0 && r != -EINTR) {
			return r;
		}
	}
}
