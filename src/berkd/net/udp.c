/* udp.c - the set of sockets: one per family, or per listen address, and those of the groups. */
#include "berkd/net/udp.h"

#include "berkd/host/log.h"
#include "berkd/net/multicast.h"
#include "berkd/net/sockaddr.h"
#include "berkd/net/udp_packet.h"
#include "berkd/net/udp_socket.h"
#include "berkd/net/udp_stamps.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The open socket for @to, the one bound to @from if there is such. */
static struct udp_socket *find_socket(struct udp *u, const struct addr *to, const struct addr *from)
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
	struct udp_socket *s = find_socket(u, to, from);

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
				log_debug("Hosts cannot be found by multicast on interface %u: %s",
					  u->ifindex[j], strerror(-r));
			}
		}
	}
}

/* Open one more socket, in the first free slot. */
static int add_socket(struct udp *u, int family, const struct addr *bound, bool groups_only)
{
	size_t i = 0;

	while (i < u->n_socket && u->socket[i].family != 0) {
		i++;
	}
	if (i == UDP_SOCKETS_MAX) {
		return -ENOSPC;
	}
	struct udp_socket *s = &u->socket[i];

	*s = (struct udp_socket){
		.udp = u, .family = family, .fd = -1, .groups_only = groups_only, .bound = *bound};
	s->bound.port = u->config->port;
	int r = udp_socket_open(s);

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

static struct udp_socket *find_group_socket(struct udp *u, unsigned ifindex)
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
			udp_socket_drop(s);
		}
	}
	multicast_group(AF_INET6, u->config->port, &group);
	for (size_t i = 0; i < u->n_ifindex; i++) {
		group.scope = u->ifindex[i];
		if (!find_group_socket(u, group.scope)) {
			int r = add_socket(u, AF_INET6, &group, true);

			if (r < 0) {
				log_debug("The IPv6 multicast group cannot be joined on interface "
					  "%u: %s",
					  group.scope, strerror(-r));
			}
		}
	}
}

/* The sockets ask for hardware stamps while there is a PHC. */
static void follow_hardware(struct udp *u)
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
	follow_hardware(u);
	udp_refresh(u);
}

void udp_refresh(struct udp *u)
{
	absent_refresh(&u->absent, u->config);
	asymmetry_refresh(&u->asymmetry, u->config);
	if (!u->config->discovery) {
		return;
	}
	u->n_ifindex = multicast_interfaces(u->config, u->ifindex, CONFIG_INTERFACES_MAX);
	if (u->config->ipv6 && listens_on_address(u, AF_INET6)) {
		follow_groups_ipv6(u);
	}
	for (size_t i = 0; i < u->n_socket; i++) {
		udp_socket_join(&u->socket[i]);
	}
}

/* One of the sockets we cannot do without; but a family that the host lacks is left out. */
static int add_main(struct udp *u, int family, const struct addr *bound)
{
	int r = add_socket(u, family, bound, false);

	if (r == -EAFNOSUPPORT) {
		log_info("This host has no IPv%d, ignoring it", family == AF_INET ? 4 : 6);
		return 0;
	}
	if (r < 0) {
		log_err(CAUSE_SOCKET, "UDP port %u cannot be opened: %s%s", u->config->port,
			strerror(-r), r == -EADDRINUSE ? "; is another berkd running?" : "");
	}
	return r;
}

static int open_all(struct udp *u)
{
	const struct config *c = u->config;
	const struct addr any = {0};
	struct addr group;
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->n_listen; i++) {
		bool ipv4 = addr_is_ipv4(&c->listen[i]);

		if (ipv4 ? c->ipv4 : c->ipv6) {
			r = add_main(u, ipv4 ? AF_INET : AF_INET6, &c->listen[i]);
		}
	}
	if (r == 0 && c->n_listen == 0 && c->ipv4) {
		r = add_main(u, AF_INET, &any);
	}
	if (r == 0 && c->n_listen == 0 && c->ipv6) {
		r = add_main(u, AF_INET6, &any);
	}
	if (r == 0 && c->ipv4 && c->discovery && listens_on_address(u, AF_INET)) {
		multicast_group(AF_INET, c->port, &group);
		r = add_socket(u, AF_INET, &group, true);
	}
	return r == 0 && u->n_socket == 0 ? -EAFNOSUPPORT : r;
}

/* May a stamp come back with its packet?  Else only without, and without its interface. */
static bool may_stamps_loop(void)
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

	r = r < 0 ? r : open_all(u);
	if (r < 0) {
		udp_free(u);
		return r;
	}
	u->looped = may_stamps_loop();
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
		udp_socket_drop(&u->socket[i]);
	}
	phc_set_free(u->phc);
	sd_event_unref(u->event);
	free(u);
	return NULL;
}
