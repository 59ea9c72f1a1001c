/* udp_socket.c - one socket: opened, listened to, and opened again when it dies. */
#include "berkd/net/udp_socket.h"

#include "berkd/host/event_missing.h"
#include "berkd/host/log.h"
#include "berkd/net/multicast.h"
#include "berkd/net/sockaddr.h"
#include "berkd/net/udp_filter.h"
#include "berkd/net/udp_packet.h"
#include "berkd/net/udp_stamps.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BATCH_MAX	  32 /* of each queue per wakeup: other sources get a turn */
#define FRUITLESS_MAX	  16 /* wakeups without anything to read: the socket is broken */
#define BACKOFF_MIN_US	  (UINT64_C(1) * 1000 * 1000)
#define BACKOFF_MAX_US	  (UINT64_C(60) * 1000 * 1000)
#define RETRY_ACCURACY_US (UINT64_C(250) * 1000)

/* What comes while something else has its turn waits here.  Above the kernel's limit (rmem_max)
 * only a privileged host goes. */
static void widen_buffer(const struct udp_socket *s)
{
	const int want = 1024 * 1024;

	if (setsockopt(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, &want, sizeof(want)) < 0) {
		(void)setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &want, sizeof(want));
	}
}

static int set_options(struct udp_socket *s)
{
	const int on = 1;
	const struct {
		int family, level, name;
	} options[] = {
		{AF_INET, IPPROTO_IP, IP_PKTINFO},
		{AF_INET, IPPROTO_IP, IP_FREEBIND}, /* a listen address may come later */
		{AF_INET6, IPPROTO_IPV6, IPV6_V6ONLY},
		{AF_INET6, IPPROTO_IPV6, IPV6_RECVPKTINFO},
		{AF_INET6, IPPROTO_IPV6, IPV6_FREEBIND},
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (options[i].family == s->family &&
		    setsockopt(s->fd, options[i].level, options[i].name, &on, sizeof(on)) < 0) {
			return -errno;
		}
	}
	widen_buffer(s);
	s->kernel_stamps = s->udp->config->timestamping != CONFIG_STAMPS_USER;
	if (s->kernel_stamps) {
		int r = udp_stamps_restart(s);

		if (r < 0) {
			log_warning(CAUSE_STAMPS,
				    "The kernel gives no time stamps (%s); using those of berkd "
				    "itself, which are less precise",
				    strerror(-r));
			s->kernel_stamps = false;
		}
	}
	return multicast_prepare(s->fd, s->family);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata);

static void close_fd(struct udp_socket *s)
{
	s->io = sd_event_source_disable_unref(s->io);
	udp_filter_detach(s);
	if (s->fd >= 0) {
		close(s->fd);
	}
	s->fd = -1;
}

static int open_fd(struct udp_socket *s)
{
	union sockaddr_any sa;
	socklen_t len = addr_to_sockaddr(&s->bound, &sa);
	int r;

	sa.sa.sa_family = (sa_family_t)s->family; /* "any" has no family of its own */
	if (s->family == AF_INET && len != sizeof(sa.in)) {
		sa.in = (struct sockaddr_in){.sin_family = AF_INET,
					     .sin_port = htons(s->bound.port)};
		len = sizeof(sa.in);
	}
	s->fd = socket(s->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
	if (s->fd < 0) {
		return -errno;
	}
	r = set_options(s);
	udp_filter_attach(s); /* before it is bound: nothing else comes in */
	if (r == 0 && bind(s->fd, &sa.sa, len) < 0) {
		r = -errno;
	}
	if (r == 0) {
		r = sd_event_add_io(s->udp->event, &s->io, s->fd, EPOLLIN, on_io, s);
	}
	if (r < 0) {
		close_fd(s);
		return r;
	}
	s->fruitless = 0;
	return 0;
}

void udp_socket_join(struct udp_socket *s)
{
	const struct udp *u = s->udp;

	for (size_t i = 0; s->fd >= 0 && i < u->n_ifindex; i++) {
		int r = multicast_join(s->fd, s->family, u->ifindex[i]);

		if (r < 0) {
			log_debug("No multicast on interface %u: %s", u->ifindex[i], strerror(-r));
		}
	}
}

static void retry_later(struct udp_socket *s);

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct udp_socket *s = userdata;

	(void)source;
	(void)usec;
	s->retry = sd_event_source_disable_unref(s->retry);
	int r = open_fd(s);

	if (r < 0) {
		log_warning(CAUSE_SOCKET, "UDP port %u cannot be opened again (%s), trying again",
			    s->bound.port, strerror(-r));
		retry_later(s);
		return 0;
	}
	log_info("UDP port %u is open again", s->bound.port);
	udp_socket_join(s);
	return 0;
}

static void retry_later(struct udp_socket *s)
{
	int r = sd_event_add_time_relative(s->udp->event, &s->retry, CLOCK_BOOTTIME, s->backoff_us,
					   RETRY_ACCURACY_US, on_retry, s);

	if (r < 0) {
		log_err(CAUSE_SOCKET, "A UDP socket is lost: %s", strerror(-r));
	}
	s->backoff_us = s->backoff_us * 2 > BACKOFF_MAX_US ? BACKOFF_MAX_US : s->backoff_us * 2;
}

int udp_socket_open(struct udp_socket *s)
{
	assert(s->udp && s->family != 0 && s->fd < 0);
	s->backoff_us = BACKOFF_MIN_US;
	return open_fd(s);
}

void udp_socket_drop(struct udp_socket *s)
{
	close_fd(s);
	s->retry = sd_event_source_disable_unref(s->retry);
	s->family = 0;
}

static void open_again(struct udp_socket *s, int error)
{
	log_warning(CAUSE_SOCKET, "UDP socket of port %u failed (%s), opening it again",
		    s->bound.port, strerror(error));
	close_fd(s);
	retry_later(s);
}

/* Errors of the network and of passing shortage, which a socket survives. */
static bool is_passing(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case EHOSTUNREACH:
	case EHOSTDOWN:
	case ENETUNREACH:
	case ENETDOWN:
	case EMSGSIZE:
	case ENOMEM:
	case ENOBUFS:
	case ENOPROTOOPT:
	case EPROTO:
	case EACCES:
	case EPERM:
		return true;
	default:
		return false;
	}
}

/* Take up to BATCH_MAX entries by @take, or as many as there are before the socket is dropped:
 * what they say is fed at once, and may have the interfaces looked at.  Returns how many;
 * @ret_error: the error that ended it. */
static unsigned take_batch(struct udp_socket *s, int (*take)(struct udp_socket *), int *ret_error)
{
	unsigned n = 0;
	int r = 1;

	while (r > 0 && n < BATCH_MAX && s->fd >= 0) {
		r = take(s);
		n += r > 0;
	}
	if (r < 0) {
		*ret_error = -r;
	}
	return n;
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct udp_socket *s = userdata;
	unsigned n = 0;
	int error = 0;

	(void)source;
	(void)fd;
	/* Transmit stamps first: the reply that needs one may be waiting behind it. */
	if ((revents & EPOLLERR) != 0) {
		(void)take_batch(s, udp_receive_error, &error);
		n++; /* an ICMP error is no entry of the queue, but gone with this wakeup */
	}
	udp_stamps_release(s); /* before a packet that wants them answered */
	n += take_batch(s, udp_receive_packet, &error);
	if (s->fd < 0) {
		return 0; /* dropped meanwhile */
	}
	s->fruitless = n > 0 ? 0 : s->fruitless + 1;
	if (n > 0) {
		s->backoff_us = BACKOFF_MIN_US;
	}
	if ((error != 0 && !is_passing(error)) || s->fruitless > FRUITLESS_MAX) {
		open_again(s, error != 0 ? error : EIO);
	}
	return 0; /* never an error: sd-event would disable this source for good */
}
