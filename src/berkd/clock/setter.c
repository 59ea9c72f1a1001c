/* setter.c - both ends of a socket that carries one struct timex there and back at a time. */
#include "berkd/clock/setter.h"

#include "berkd/host/log.h"
#include "berkd/host/notify.h"
#include "berkd/host/syscalls.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PROCESS_NAME "berkd-clock" /* rival.c looks for others by name */
#define ASKERS_MAX   4
#define PATIENCE_S   1
#define MODES                                                                                      \
	(ADJ_TICK | ADJ_FREQUENCY | ADJ_SETOFFSET | ADJ_NANO | ADJ_STATUS | ADJ_OFFSET |           \
	 ADJ_MAXERROR | ADJ_ESTERROR)
#define STATUS (STA_PLL | STA_UNSYNC)

struct answer {
	int32_t result;
	struct timex timex;
};

/* --- Who asks --- */

static int connect_setter(const char *path)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (fd < 0) {
		return -errno;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
	    connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	return fd;
}

static bool ask(int fd, const struct timex *tx)
{
	return send(fd, tx, sizeof(*tx), MSG_NOSIGNAL) == (ssize_t)sizeof(*tx);
}

/* A setter that was started anew has not heard the question; one that hears it answers once. */
static int setter_ask(const char *path, struct timex *tx)
{
	static int fd = -1; /* stays open: one setter, one asker */
	struct answer a;

	if (fd >= 0 && !ask(fd, tx)) {
		close(fd);
		fd = -1;
	}
	if (fd < 0) {
		int r = fd = connect_setter(path);

		if (r < 0) {
			return r;
		}
		r = ask(fd, tx) ? 0 : -errno;
		if (r < 0) {
			close(fd);
			fd = -1;
			return r;
		}
	}
	ssize_t n = recv(fd, &a, sizeof(a), 0);

	if (n != (ssize_t)sizeof(a)) {
		int r = n < 0 ? -errno : -ECONNRESET;

		close(fd); /* a late answer is not that to the next question */
		fd = -1;
		return r == -EAGAIN ? -ETIMEDOUT : r;
	}
	*tx = a.timex;
	return a.result;
}

static int adjtime_here(struct timex *tx)
{
	int state = clock_adjtime(CLOCK_REALTIME, tx);

	return state < 0 ? -errno : state;
}

int setter_adjtime(struct timex *tx)
{
	const char *path = getenv(SETTER_ENV);

	return path ? setter_ask(path, tx) : adjtime_here(tx);
}

bool setter_is_other(void)
{
	return getenv(SETTER_ENV) != NULL;
}

/* --- The setter --- */

/* What kernel.c asks for: no leap second, no slew of the kernel's own, no TAI. */
static bool is_of_use(const struct timex *tx)
{
	unsigned modes = tx->modes;

	if (modes == ADJ_OFFSET_SINGLESHOT) {
		return tx->offset == 0;
	}
	return (modes & ~(unsigned)MODES) == 0 && (!(modes & ADJ_OFFSET) || tx->offset == 0) &&
	       (!(modes & ADJ_STATUS) || (tx->status & ~STATUS) == 0);
}

/* False: this asker is to go. */
static bool answer_one(int fd)
{
	struct answer a = {.result = -EPERM};
	ssize_t n = recv(fd, &a.timex, sizeof(a.timex), MSG_DONTWAIT);

	if (n != (ssize_t)sizeof(a.timex)) {
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	}
	if (is_of_use(&a.timex)) {
		a.result = adjtime_here(&a.timex);
	}
	return send(fd, &a, sizeof(a), MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof(a);
}

/* An asker, or -1: another user's, whom the socket's mode keeps out already, or one too many. */
static int admit(int listener, unsigned n)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0 &&
	    (n == ASKERS_MAX || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 ||
	     peer.uid != geteuid())) {
		close(fd);
		return -1;
	}
	return fd;
}

static int serve(int listener)
{
	struct pollfd fds[1 + ASKERS_MAX] = {{.fd = listener, .events = POLLIN}};
	unsigned n = 0;

	for (;;) {
		if (poll(fds, 1 + n, -1) < 0 && errno != EINTR) {
			return -errno;
		}
		for (unsigned i = n; i > 0; i--) {
			if (fds[i].revents != 0 && !answer_one(fds[i].fd)) {
				close(fds[i].fd);
				fds[i] = fds[n--];
			}
		}
		int fd = fds[0].revents != 0 ? admit(listener, n) : -1;

		if (fd >= 0) {
			fds[++n] = (struct pollfd){.fd = fd, .events = POLLIN};
		}
	}
}

static int listen_at(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	if ((size_t)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path) >=
	    sizeof(addr.sun_path)) {
		return -ENAMETOOLONG;
	}
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		return -errno;
	}
	(void)unlink(path);
	(void)umask(0177);
	if (bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(fd, ASKERS_MAX) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	return fd;
}

int setter_serve(const char *path)
{
	(void)prctl(PR_SET_NAME, PROCESS_NAME);
	int fd = listen_at(path);
	int r = fd < 0 ? fd : syscalls_confine(true);

	if (r == 0) {
		notify_ready();
		r = serve(fd);
	}
	if (fd >= 0) {
		close(fd);
	}
	log_err("The clock cannot be set for others at %s: %s", path, strerror(-r));
	return r;
}
