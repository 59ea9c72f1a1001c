/* invitation_ask.c - the end of invitation.h that asks. */
#include "berkctl/join/invitation.h"

#include "berkctl/client.h"
#include "berkctl/join/introduction.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_MS 4000
#define ANSWER_MS  5000
#define TRIES	   5 /* where others crowd us out */

static int wait_for(int fd, short events, int64_t ends_ms)
{
	struct pollfd p = {.fd = fd, .events = events};
	int64_t left = ends_ms - client_now_ms();
	int r = left > 0 ? poll(&p, 1, (int)left) : 0;

	return r < 0 ? -errno : r == 0 ? -ETIMEDOUT : 0;
}

static int connect_to(const struct addr *a, int64_t ends_ms)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(a->port)};
	struct sockaddr_in to4 = {.sin_family = AF_INET, .sin_port = htons(a->port)};
	struct in6_addr in;
	int error = 0;
	socklen_t len = sizeof(error);

	memcpy(&in, a->ip, sizeof(in));
	to.sin6_addr = in;
	memcpy(&to4.sin_addr, a->ip + 12, 4);
	bool ipv4 = IN6_IS_ADDR_V4MAPPED(&in);
	int fd = socket(ipv4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0) {
		return -errno;
	}
	int r = ipv4 ? connect(fd, (const struct sockaddr *)&to4, sizeof(to4))
		     : connect(fd, (const struct sockaddr *)&to, sizeof(to));

	r = r == 0 ? 0 : errno != EINPROGRESS ? -errno : wait_for(fd, POLLOUT, ends_ms);
	if (r == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0) {
		r = -error;
	}
	if (r < 0) {
		close(fd);
	}
	return r < 0 ? r : fd;
}

/* All of it, one way or the other: 0 or a negative errno. */
static int transfer(int fd, uint8_t *data, size_t len, bool out, int64_t ends_ms)
{
	int r = 0;

	for (size_t at = 0; at < len && r == 0;) {
		r = wait_for(fd, out ? POLLOUT : POLLIN, ends_ms);
		ssize_t n = r < 0 ? 0
			    : out ? send(fd, data + at, len - at, MSG_NOSIGNAL)
				  : read(fd, data + at, len - at);

		at += n > 0 ? (size_t)n : 0;
		r = r < 0 ? r : n == 0 ? -EPROTO : n < 0 && errno != EAGAIN ? -errno : 0;
	}
	return r;
}

static int ask_at(const struct token *t, unsigned which, const char *name, char *ret_text)
{
	struct introduction i;
	uint8_t ask[INTRODUCTION_ASK_LEN], answer_of[INTRODUCTION_LEN];
	int fd = connect_to(&t->addr[which], client_now_ms() + CONNECT_MS);

	if (fd < 0) {
		return fd;
	}
	int64_t ends_ms = client_now_ms() + ANSWER_MS;

	introduction_ask(&i, t->secret, name, ask);
	int r = transfer(fd, ask, sizeof(ask), true, ends_ms);

	r = r < 0 ? r : transfer(fd, answer_of, sizeof(answer_of), false, ends_ms);
	close(fd);
	if (r == 0 && !introduction_read(&i, answer_of, ret_text)) {
		r = -EPROTO;
	}
	sodium_memzero(&i, sizeof(i));
	return r;
}

int invitation_ask(const struct token *t, const char *name, char *ret_text, unsigned *ret_which)
{
	int r = -EPROTO;

	for (unsigned k = 0; k < t->n_addr && r != 0; k++) {
		r = -ECONNRESET;
		for (int i = 0; i < TRIES && r == -ECONNRESET; i++) {
			r = ask_at(t, k, name, ret_text);
		}
		*ret_which = k;
	}
	return r;
}
