/* setter.c - both ends of a socket that carries one struct timex there and back at a time. */
#include "berkd/clock/setter.h"

#include "berkd/clock/gate.h"
#include "berkd/clock/permit.h"
#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"
#include "berkd/host/notify.h"
#include "berkd/host/privilege.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
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
#define TOLD_NS	     (60 * NS_PER_S) /* refusals are told so often at most */

struct setter_order {
	uint64_t number;
	int64_t void_ns; /* BOOTTIME */
	struct timex timex;
};

struct answer {
	uint64_t number;
	int32_t result;
	struct timex timex;
};

/* A path that is cut would be another one. */
static int set_address(const char *path, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(ret->sun_path)) {
		return -ENAMETOOLONG;
	}
	memcpy(ret->sun_path, path, strlen(path) + 1);
	return 0;
}

/* --- Who asks --- */

/* One setter, one asker: the loop's thread. */
static struct {
	int fd;
	struct gate gate;
} line = {.fd = -1};

static void hang_up(void)
{
	close(line.fd);
	line.fd = -1;
	gate_anew(&line.gate);
}

static int connect_setter(const char *path)
{
	struct sockaddr_un addr;
	int r = set_address(path, &addr);
	int fd = r < 0 ? r : socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0) {
		return r < 0 ? r : -errno;
	}
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0) {
		r = errno == EAGAIN ? -ETIMEDOUT : -errno; /* it lets nobody in */
		close(fd);
		return r;
	}
	return fd;
}

/* The answer to what was last asked, if it has come: 1.  What was given up is passed over. */
static int take_answer(struct answer *ret)
{
	for (;;) {
		ssize_t n = recv(line.fd, ret, sizeof(*ret), MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			return 0;
		}
		if (n != (ssize_t)sizeof(*ret)) {
			return n < 0 ? -errno : -ECONNRESET;
		}
		if (gate_hear(&line.gate, ret->number)) {
			return 1;
		}
	}
}

static int send_order(const struct timex *tx, int64_t now_ns)
{
	const struct setter_order o = {.number = line.gate.number,
				       .void_ns = gate_void_ns(now_ns),
				       .timex = *tx};

	return send(line.fd, &o, sizeof(o), MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof(o)
		       ? 0
		       : -errno;
}

static int await_answer(struct timex *tx, int64_t from_ns)
{
	struct pollfd fd = {.fd = line.fd, .events = POLLIN};
	struct answer a;
	int r;

	while ((r = take_answer(&a)) == 0) {
		int64_t left_ns = from_ns + GATE_PATIENCE_NS - host_clock_ns(CLOCK_BOOTTIME);

		if (left_ns <= 0) {
			return -ETIMEDOUT;
		}
		(void)poll(&fd, 1, (int)(left_ns / NS_PER_MS) + 1);
	}
	if (r < 0) {
		return r;
	}
	*tx = a.timex;
	return a.result == -ETIME ? -ETIMEDOUT : a.result;
}

/* Is there a connection, and which turn is it now?  A setter that was started anew, or was before
 * it heard of this one, is another. */
static int take_turn(const char *path, int64_t now_ns, enum gate_turn *ret)
{
	struct answer late;

	if (line.fd >= 0 && take_answer(&late) < 0) {
		hang_up();
	}
	if (line.fd < 0) {
		int r = connect_setter(path);

		if (r < 0) {
			return r;
		}
		line.fd = r;
	}
	*ret = gate_next(&line.gate, now_ns);
	return 0;
}

static int setter_ask(const char *path, struct timex *tx)
{
	const struct timex question = {.modes = 0};
	int64_t now_ns = host_clock_ns(CLOCK_BOOTTIME);
	enum gate_turn turn = GATE_NOTHING;
	int r = take_turn(path, now_ns, &turn);

	if (r < 0) {
		return r;
	}
	if (turn != GATE_NOTHING) {
		r = send_order(turn == GATE_ORDER ? tx : &question, now_ns);
	}
	if (turn == GATE_ORDER && r == 0) {
		r = await_answer(tx, now_ns);
	}
	if (turn == GATE_ORDER && (r == -ETIMEDOUT || r == -EAGAIN)) {
		gate_give_up(&line.gate, host_clock_ns(CLOCK_BOOTTIME));
	} else if (r == -EPIPE || r == -ECONNRESET || r == -ENOTCONN) {
		hang_up();
		return r;
	}
	return turn != GATE_ORDER || r == -EAGAIN ? -ETIMEDOUT : r;
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

/* One line a minute: whoever asks for what is refused does not fill the journal. */
static void tell_refusal(const char *why)
{
	static int64_t told_ns = INT64_MIN;
	static unsigned n_untold;
	int64_t now_ns = host_clock_ns(CLOCK_BOOTTIME);

	if (ns_sub(now_ns, told_ns) < TOLD_NS) {
		n_untold++;
		return;
	}
	log_warning(CAUSE_SETTER,
		    "Refused a request of berkd to set the clock: %s (%u more since the last such "
		    "message)",
		    why, n_untold);
	told_ns = now_ns;
	n_untold = 0;
}

static int carry_out(struct setter_order *o)
{
	char why[PERMIT_TEXT_MAX];
	int64_t now_ns = host_clock_ns(CLOCK_BOOTTIME);
	int r = permit_judge(&o->timex, host_clock_ns(CLOCK_REALTIME) / NS_PER_S, why);

	if (r < 0) {
		tell_refusal(why);
		return r;
	}
	return gate_is_void(o->void_ns, now_ns) ? -ETIME : adjtime_here(&o->timex);
}

/* False: this asker is to go. */
static bool answer_one(int fd)
{
	struct setter_order o;
	ssize_t n = recv(fd, &o, sizeof(o), MSG_DONTWAIT);

	if (n != (ssize_t)sizeof(o)) {
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	}
	int result = carry_out(&o);
	struct answer a = {.number = o.number, .result = result, .timex = o.timex};

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
	struct sockaddr_un addr;
	int r = set_address(path, &addr);
	int fd = r < 0 ? r : socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0) {
		return r < 0 ? r : -errno;
	}
	(void)unlink(path);
	(void)umask(0177);
	if (bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(fd, ASKERS_MAX) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

int setter_serve(const char *path)
{
	(void)prctl(PR_SET_NAME, PROCESS_NAME);
	int fd = listen_at(path);
	int r = fd < 0 ? fd : privilege_keep_clock();

	if (r == 0) {
		notify_ready();
		r = serve(fd);
	}
	if (fd >= 0) {
		close(fd);
	}
	log_err(CAUSE_CLOCK, "The clock cannot be set for others at %s: %s", path, strerror(-r));
	return r;
}
