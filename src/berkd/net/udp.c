/* udp.c - the set of sockets: one per family, or per listen address; opened again when they die. */
#include "berkd/net/udp.h"

#include "berkd/host/log.h"
#include "berkd/net/multicast.h"
#include "berkd/net/sockaddr.h"
#include "berkd/net/udp_private.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BATCH_MAX	  32 /* of each queue per wakeup: other sources get a turn */
#define FRUITLESS_MAX	  16 /* wakeups without anything to read: the socket is broken */
#define BACKOFF_MIN_US	  (UINT64_C(1) * 1000 * 1000)
#define BACKOFF_MAX_US	  (UINT64_C(60) * 1000 * 1000)
#define RETRY_ACCURACY_US (UINT64_C(250) * 1000)

static int socket_setup(struct udp_socket *s)
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
	s->kernel_stamps = s->udp->config->timestamping != CONFIG_STAMPS_NO;
	if (s->kernel_stamps) {
		int r = udp_stamps_restart(s);

		if (r < 0) {
			log_warning("No kernel time stamps (%s); using user-space ones",
				    strerror(-r));
			s->kernel_stamps = false;
		}
	}
	return multicast_prepare(s->fd, s->family);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata);

static void socket_close(struct udp_socket *s)
{
	s->io = sd_event_source_disable_unref(s->io);
	if (s->fd >= 0) {
		close(s->fd);
	}
	s->fd = -1;
}

static int socket_open(struct udp_socket *s)
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
	r = socket_setup(s);
	if (r == 0 && bind(s->fd, &sa.sa, len) < 0) {
		r = -errno;
	}
	if (r == 0) {
		r = sd_event_add_io(s->udp->event, &s->io, s->fd, EPOLLIN, on_io, s);
	}
	if (r < 0) {
		socket_close(s);
		return r;
	}
	s->fruitless = 0;
	return 0;
}

static void socket_retry_later(struct udp_socket *s);

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct udp_socket *s = userdata;

	(void)source;
	(void)usec;
	s->retry = sd_event_source_disable_unref(s->retry);
	int r = socket_open(s);

	if (r < 0) {
		log_warning("UDP port %u cannot be opened again (%s), trying on", s->bound.port,
			    strerror(-r));
		socket_retry_later(s);
		return 0;
	}
	log_info("UDP port %u is open again", s->bound.port);
	udp_refresh(s->udp);
	return 0;
}

static void socket_retry_later(struct udp_socket *s)
{
	int r = sd_event_add_time_relative(s->udp->event, &s->retry, CLOCK_BOOTTIME, s->backoff_us,
					   RETRY_ACCURACY_US, on_retry, s);

	if (r < 0) {
		log_err("A UDP socket is lost: %s", strerror(-r));
	}
	s->backoff_us = s->backoff_us * 2 > BACKOFF_MAX_US ? BACKOFF_MAX_US : s->backoff_us * 2;
}

/* Give the slot back. */
static void socket_drop(struct udp_socket *s)
{
	socket_close(s);
	s->retry = sd_event_source_disable_unref(s->retry);
	s->family = 0;
}

static void socket_broken(struct udp_socket *s, int error)
{
	log_warning("UDP socket of port %u failed (%s), opening it again", s->bound.port,
		    strerror(error));
	socket_close(s);
	socket_retry_later(s);
}

/* Errors of the network and of passing shortage, which a socket survives. */
static bool error_passes(int error)
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

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct udp_socket *s = userdata;
	unsigned n = 0;
	int r = 1, error = 0;

	(void)source;
	(void)fd;
	/* Transmit stamps first: the reply that needs one may be waiting behind it. */
	for (unsigned i = 0; (revents & EPOLLERR) != 0 && r > 0 && i < BATCH_MAX; i++, n++) {
		r = udp_receive_error(s);
	}
	if (r < 0) {
		error = -r;
	}
	udp_stamps_release(s); /* before a packet that wants them answered */
	r = 1;
	for (unsigned i = 0; r > 0 && i < BATCH_MAX; i++) {
		r = udp_receive_packet(s);
		n += r > 0;
	}
	if (r < 0) {
		error = -r;
	}
	s->fruitless = n > 0 ? 0 : s->fruitless + 1;
	if (n > 0) {
		s->backoff_us = BACKOFF_MIN_US;
	}
	if ((error != 0 && !error_passes(error)) || s->fruitless > FRUITLESS_MAX) {
		socket_broken(s, error != 0 ? error : EIO);
	}
	return 0; /* never an error: sd-event would disable this source for good */
}

/* The open socket for @to, the one bound to @from if there is such. */
static struct udp_socket *socket_for(struct udp *u, const struct addr *to, const struct addr *from)
{
	struct udp_socket *best = NULL;

	for (size_t i = 0; i < u->n_socket; i++) {
		struct udp_socket *s = &u->socket[i];
		bool same_family = (s->family == AF_INET) == addr_is_ipv4(to);

		if (s->fd < 0 || s->groups_only || !same_family) {
			continue;
		}
		if (memcmp(s->bound.ip, from->ip, sizeof(from->ip)) == 0) {
			return s;
		}
		if (!best) {
			best = s;
		}
	}
	return best;
}

void udp_send(struct udp *u, const struct effect *e)
{
	const struct addr *to = &e->send.to, *from = &e->send.from;
	struct udp_socket *s = socket_for(u, to, from);

	assert(e->type == FX_SEND);
	if (!s) {
		return;
	}
	bool has_from = !addr_is_any(from) && addr_is_ipv4(from) == addr_is_ipv4(to);
	int r = udp_send_packet(s, to, has_from ? from : NULL, 0, e->send.data, e->send.len,
				e->send.tx_id);

	if (r < 0 && has_from && r != -EAGAIN && r != -ENOBUFS) {
		/* The address we were known by may be gone: let the kernel choose. */
		r = udp_send_packet(s, to, NULL, 0, e->send.data, e->send.len, e->send.tx_id);
	}
	if (r < 0) {
		log_debug("A packet could not be sent: %s", strerror(-r));
	}
}

void udp_discover(struct udp *u, const struct effect *e)
{
	assert(e->type == FX_DISCOVER);
	if (!u->config->netlink) {
		udp_refresh(u); /* nobody tells us of new interfaces */
	}
	for (size_t i = 0; i < u->n_socket; i++) {
		struct udp_socket *s = &u->socket[i];
		struct addr group;

		if (s->fd < 0 || s->groups_only) {
			continue;
		}
		multicast_group(s->family, u->config->port, &group);
		for (size_t j = 0; j < u->n_ifindex; j++) {
			int r = udp_send_packet(s, &group, NULL, u->ifindex[j], e->send.data,
						e->send.len, 0);

			if (r < 0) {
				log_debug("No discovery on interface %u: %s", u->ifindex[j],
					  strerror(-r));
			}
		}
	}
}

/* Open one more socket, in the first free slot. */
static int udp_add(struct udp *u, int family, const struct addr *bound, bool groups_only)
{
	size_t i = 0;

	while (i < u->n_socket && u->socket[i].family != 0) {
		i++;
	}
	if (i == UDP_SOCKETS_MAX) {
		return -ENOSPC;
	}
	struct udp_socket *s = &u->socket[i];

	*s = (struct udp_socket){.udp = u,
				 .family = family,
				 .fd = -1,
				 .groups_only = groups_only,
				 .bound = *bound,
				 .backoff_us = BACKOFF_MIN_US};
	s->bound.port = u->config->port;
	int r = socket_open(s);

	if (r < 0) {
		s->family = 0;
		return r;
	}
	if (i == u->n_socket) {
		u->n_socket++;
	}
	return 0;
}

/* Is there a socket bound to an address of @family?  Then the groups need sockets of their own:
 * such a socket hears only what is sent to its address. */
static bool listens_on_address(const struct udp *u, int family)
{
	for (size_t i = 0; i < u->config->n_listen; i++) {
		if (addr_is_ipv4(&u->config->listen[i]) == (family == AF_INET)) {
			return true;
		}
	}
	return false;
}

static bool has_interface(const struct udp *u, unsigned ifindex)
{
	for (size_t i = 0; i < u->n_ifindex; i++) {
		if (u->ifindex[i] == ifindex) {
			return true;
		}
	}
	return false;
}

static struct udp_socket *group_socket(struct udp *u, unsigned ifindex)
{
	for (size_t i = 0; i < u->n_socket; i++) {
		struct udp_socket *s = &u->socket[i];

		if (s->family == AF_INET6 && s->groups_only && s->bound.scope == ifindex) {
			return s;
		}
	}
	return NULL;
}

/* A socket can be bound to the IPv6 group on one interface only: one for each that we use. */
static void follow_groups_ipv6(struct udp *u)
{
	struct addr group;

	for (size_t i = 0; i < u->n_socket; i++) {
		struct udp_socket *s = &u->socket[i];

		if (s->family == AF_INET6 && s->groups_only && !has_interface(u, s->bound.scope)) {
			socket_drop(s);
		}
	}
	multicast_group(AF_INET6, u->config->port, &group);
	for (size_t i = 0; i < u->n_ifindex; i++) {
		group.scope = u->ifindex[i];
		if (!group_socket(u, group.scope)) {
			int r = udp_add(u, AF_INET6, &group, true);

			if (r < 0) {
				log_debug("No IPv6 group on interface %u: %s", group.scope,
					  strerror(-r));
			}
		}
	}
}

/* The sockets ask for hardware stamps while there is a PHC. */
static void follow_clocks(struct udp *u)
{
	bool any = phc_set_scan(u->phc);

	if (any == u->hardware) {
		return;
	}
	u->hardware = any;
	u->tx_hardware = 0;
	for (size_t i = 0; i < u->n_socket; i++) {
		struct udp_socket *s = &u->socket[i];

		if (s->fd >= 0 && s->kernel_stamps && udp_stamps_restart(s) < 0) {
			s->kernel_stamps = false;
		}
	}
}

void udp_link_changed(struct udp *u)
{
	follow_clocks(u);
	udp_refresh(u);
}

void udp_refresh(struct udp *u)
{
	asymmetry_refresh(&u->asymmetry, u->config);
	if (!u->config->discovery) {
		return;
	}
	u->n_ifindex = multicast_interfaces(u->config, u->ifindex, CONFIG_INTERFACES_MAX);
	if (u->config->ipv6 && listens_on_address(u, AF_INET6)) {
		follow_groups_ipv6(u);
	}
	for (size_t i = 0; i < u->n_socket; i++) {
		struct udp_socket *s = &u->socket[i];

		for (size_t j = 0; s->fd >= 0 && j < u->n_ifindex; j++) {
			int r = multicast_join(s->fd, s->family, u->ifindex[j]);

			if (r < 0) {
				log_debug("No multicast on interface %u: %s", u->ifindex[j],
					  strerror(-r));
			}
		}
	}
}

void udp_counters(const struct udp *u, uint64_t *ret_n_kernel, uint64_t *ret_n_user)
{
	*ret_n_kernel = u->n_kernel;
	*ret_n_user = u->n_user;
}

/* One of the sockets we cannot do without; but a family that the host lacks is left out. */
static int udp_add_main(struct udp *u, int family, const struct addr *bound)
{
	int r = udp_add(u, family, bound, false);

	if (r == -EAFNOSUPPORT) {
		log_info("This host has no IPv%d, ignoring it", family == AF_INET ? 4 : 6);
		return 0;
	}
	if (r < 0) {
		log_err("UDP port %u cannot be opened: %s%s", u->config->port, strerror(-r),
			r == -EADDRINUSE ? "; is another berkd running?" : "");
	}
	return r;
}

static int udp_open_all(struct udp *u)
{
	const struct config *c = u->config;
	const struct addr any = {0};
	struct addr group;
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->n_listen; i++) {
		bool ipv4 = addr_is_ipv4(&c->listen[i]);

		if (ipv4 ? c->ipv4 : c->ipv6) {
			r = udp_add_main(u, ipv4 ? AF_INET : AF_INET6, &c->listen[i]);
		}
	}
	if (r == 0 && c->n_listen == 0 && c->ipv4) {
		r = udp_add_main(u, AF_INET, &any);
	}
	if (r == 0 && c->n_listen == 0 && c->ipv6) {
		r = udp_add_main(u, AF_INET6, &any);
	}
	if (r == 0 && c->ipv4 && c->discovery && listens_on_address(u, AF_INET)) {
		multicast_group(AF_INET, c->port, &group);
		r = udp_add(u, AF_INET, &group, true);
	}
	return r == 0 && u->n_socket == 0 ? -EAFNOSUPPORT : r;
}

/* May a stamp come back with its packet?  Else only without, and without its interface. */
static bool stamps_may_loop(void)
{
	FILE *f = fopen("/proc/sys/net/core/tstamp_allow_data", "re");
	bool may = f && fgetc(f) == '1';

	if (f) {
		(void)fclose(f);
	}
	return may;
}

int udp_new(sd_event *event, const struct config *config, struct clock *clock, udp_feed feed,
	    void *userdata, struct udp **ret)
{
	struct udp *u = calloc(1, sizeof(*u));

	if (!u) {
		return -ENOMEM;
	}
	u->event = sd_event_ref(event);
	u->config = config;
	u->clock = clock;
	u->feed = feed;
	u->userdata = userdata;
	int r = phc_set_new(config, clock, &u->phc);

	r = r < 0 ? r : udp_open_all(u);
	if (r < 0) {
		udp_free(u);
		return r;
	}
	u->looped = stamps_may_loop();
	udp_link_changed(u);
	*ret = u;
	return 0;
}

struct udp *udp_free(struct udp *u)
{
	if (!u) {
		return NULL;
	}
	for (size_t i = 0; i < u->n_socket; i++) {
		socket_drop(&u->socket[i]);
	}
	phc_set_free(u->phc);
	sd_event_unref(u->event);
	free(u);
	return NULL;
}
