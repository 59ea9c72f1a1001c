/* judge_net.c - addresses, interfaces, names, multicast and the port, as far as this host can see
 * them. */
#include "berkctl/doctor/judge_parts.h"

#include "berkctl/view.h"

#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#define AREA "network"

bool judge_uses(const struct config *c, const struct facts_interface *i)
{
	for (size_t k = 0; k < c->n_interfaces; k++) {
		if (strcmp(c->interfaces[k], i->name) == 0) {
			return true;
		}
	}
	return c->n_interfaces == 0 && !i->loopback;
}

static const struct facts_interface *find_interface(const struct facts_net *f, const char *name)
{
	for (size_t i = 0; i < f->n_interfaces; i++) {
		if (strcmp(f->interface[i].name, name) == 0) {
			return &f->interface[i];
		}
	}
	return NULL;
}

/* --- Listen addresses --- */

static bool is_any(const struct addr *a)
{
	static const uint8_t zero[16], v4[16] = {[10] = 0xff, [11] = 0xff};

	return memcmp(a->ip, zero, 16) == 0 || memcmp(a->ip, v4, 16) == 0;
}

static void judge_listen(json_t *list, const struct config *c, const struct facts_net *f)
{
	for (size_t i = 0; f->has_addrs && i < c->n_listen; i++) {
		const struct addr *a = &c->listen[i];
		bool here =
			is_any(a) || (a->ip[0] == 0 && memcmp(a->ip + 10, "\xff\xff\x7f", 3) == 0);
		char text[FORMAT_ADDR_MAX];

		for (size_t k = 0; !here && k < f->n_addrs; k++) {
			here = memcmp(a->ip, f->addr[k].ip, 16) == 0;
		}
		if (!here) {
			finding_add(list, GRADE_FAILURE, AREA, "listen",
				    "berkd is to listen at %s, but no interface of this host has "
				    "that address, so nothing comes in there.\n"
				    "Give the address to an interface (ip address add), or correct "
				    "listen in [network]; ip -brief address shows what there is.",
				    format_addr(a, text));
		}
	}
}

/* --- Interfaces --- */

static void judge_interface(json_t *list, const char *name, const struct facts_interface *i)
{
	if (!i) {
		finding_add(list, GRADE_FAILURE, AREA, "interface",
			    "[network] interfaces names %s, but this host has no such interface.\n"
			    "Correct the name; ip -brief link shows what there is.",
			    name);
	} else if (!i->up) {
		finding_add(list, GRADE_FAILURE, AREA, "interface-down",
			    "The interface %s is down, so no host is found there.\n"
			    "Switch it on: ip link set %s up",
			    name, name);
	} else if (!i->carrier) {
		finding_add(list, GRADE_FAILURE, AREA, "no-carrier",
			    "The interface %s has no link: the cable, or the switch, is off.\n"
			    "Look at the cable and at the port of the switch; ip link show %s",
			    name, name);
	} else if (!i->multicast) {
		finding_add(
			list, GRADE_FAILURE, AREA, "no-multicast",
			"The interface %s does no multicast, so no host is found there.\n"
			"Switch it on: ip link set %s multicast on; or name the hosts in peers.",
			name, name);
	}
}

/* Interfaces that berkd took by itself, and where there is none. */
static void judge_found(json_t *list, const struct config *c, const struct facts_net *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_interfaces; i++) {
		const struct facts_interface *k = &f->interface[i];

		n += judge_uses(c, k) && k->up && k->carrier && k->multicast;
	}
	if (n == 0) {
		finding_add(list, c->n_peers > 0 ? GRADE_WARNING : GRADE_FAILURE, AREA,
			    "no-interface",
			    "No interface but loopback is up, has a link and does multicast, so no "
			    "host is found by itself.\n"
			    "Look at ip -brief link, and switch one on: ip link set INTERFACE up");
	}
}

static void judge_interfaces(json_t *list, const struct config *c, const struct facts_net *f)
{
	for (size_t i = 0; c->discovery && i < c->n_interfaces; i++) {
		judge_interface(list, c->interfaces[i], find_interface(f, c->interfaces[i]));
	}
	if (c->discovery && c->n_interfaces == 0) {
		judge_found(list, c, f);
	}
	for (size_t i = 0; i < c->n_asymmetries; i++) {
		const char *name = c->asymmetries[i].interface;

		if (name[0] && !find_interface(f, name)) {
			finding_add(list, GRADE_WARNING, AREA, "asymmetry",
				    "[network] asymmetry names the interface %s, which this host "
				    "does not have, so no time stamp is corrected for it.\nCorrect "
				    "the name; ip -brief link shows what there is.",
				    name);
		}
	}
}

/* The daemon joins its groups on each interface that it uses. */
static void judge_multicast(json_t *list, const struct doctor_facts *facts)
{
	const struct config *c = &facts->config.config;
	const bool wanted[2] = {c->ipv4, c->ipv6 && !facts->net.ipv6_off};
	static const char *const group[2] = {"239.255.82.75", "ff02::4252"};

	for (size_t i = 0; i < facts->net.n_interfaces; i++) {
		const struct facts_interface *k = &facts->net.interface[i];

		if (!c->discovery || facts->daemon.error || !k->has_joined || !k->up ||
		    !k->multicast || !judge_uses(c, k)) {
			continue;
		}
		if (!(wanted[0] && k->joined[0]) && !(wanted[1] && k->joined[1])) {
			finding_add(
				list, GRADE_WARNING, AREA, "not-joined",
				"berkd runs, but the interface %s has joined no multicast group of "
				"it (%s), so no host is found there.\nRestart berkd: systemctl "
				"restart berkd; see the groups with ip maddress show dev %s",
				k->name, group[wanted[0] ? 0 : 1], k->name);
		}
	}
}

/* --- Names --- */

static void judge_name(json_t *list, const struct config *c, size_t i, const struct facts_name *n)
{
	const char *peer = c->peers[i].text;

	if (n->error) {
		finding_add(list, GRADE_FAILURE, AREA, "name",
			    "The name of the peer %s does not resolve: %s.\n"
			    "Correct peers in [network], or add the host to /etc/hosts or to the "
			    "DNS; try it with: getent ahosts NAME",
			    peer, gai_strerror(n->error));
	} else if (!(c->ipv4 && n->ipv4) && !(c->ipv6 && n->ipv6)) {
		finding_add(list, GRADE_FAILURE, AREA, "family",
			    "The peer %s has %s addresses only, and [network] %s is no.\n"
			    "Allow that family in [network], or give the peer another address.",
			    peer, n->ipv4 ? "IPv4" : "IPv6", n->ipv4 ? "ipv4" : "ipv6");
	}
}

/* --- The port --- */

/* A packet that has come in is the proof that it may. */
static void judge_firewall(json_t *list, const struct doctor_facts *facts)
{
	const struct facts_daemon *d = &facts->daemon;
	unsigned port = facts->config.config.port;

	const struct facts_net *f = &facts->net;
	bool closed = f->input_drops && !f->names_port;

	if ((f->filter || closed) && view_int_or_0(d->status, "n_rx") == 0) {
		finding_add(
			list, d->status ? GRADE_WARNING : GRADE_UNKNOWN, AREA, "firewall",
			"%s filters what comes in%s, and no packet for UDP port %u has come "
			"yet.\nOpen the port with the tool that you use: nft add rule inet filter "
			"input udp dport %u accept; or ufw allow %u/udp; or firewall-cmd "
			"--add-port=%u/udp; or iptables -I INPUT -p udp --dport %u -j ACCEPT",
			f->filter ? f->filter : "nftables",
			closed ? ", drops what no rule lets in, and has no rule that names the port"
			       : "",
			port, port, port, port, port);
	}
}

static void judge_port(json_t *list, const struct doctor_facts *facts)
{
	const struct facts_net *f = &facts->net;
	unsigned port = facts->config.config.port;

	if (!f->has_sockets) {
		finding_add(
			list, GRADE_UNKNOWN, AREA, "port",
			"Who listens at which port cannot be seen: /proc/net/udp is not there.\n"
			"Look with: ss -ulpn 'sport = :%u'",
			port);
	} else if (!facts->daemon.error && f->n_sockets == 0) {
		finding_add(list, GRADE_FAILURE, AREA, "port-closed",
			    "berkd runs, but nobody listens at UDP port %u: it runs with another "
			    "port, or in another network namespace.\n"
			    "Take the configuration over: systemctl restart berkd",
			    port);
	} else if (facts->daemon.error && f->n_sockets > 0) {
		finding_add(list, GRADE_FAILURE, AREA, "port-taken",
			    "The UDP port %u of berkd is taken, and berkd does not answer.\n"
			    "See who has it, and end that: ss -ulpn 'sport = :%u'; or choose "
			    "another port for all hosts in [network]",
			    port, port);
	}
	if (f->n_dropped > 0) {
		finding_add(list, GRADE_WARNING, AREA, "dropped",
			    "The kernel dropped %" PRId64
			    " packets at UDP port %u, because berkd did not fetch them in "
			    "time.\nFind out what keeps this host busy (top), and which host sends "
			    "so much: tcpdump -n udp port %u",
			    f->n_dropped, port, port);
	}
	if (facts->config.config.ipv6 && !facts->config.config.ipv4 && f->ipv6_off) {
		finding_add(list, GRADE_FAILURE, AREA, "ipv6-off",
			    "[network] ipv4 is no, and IPv6 is switched off on this host.\n"
			    "Switch it on: sysctl net.ipv6.conf.all.disable_ipv6=0; or set ipv4 = "
			    "yes");
	}
}

void judge_net(json_t *list, const struct doctor_facts *facts)
{
	const struct config *c = &facts->config.config;

	if (!facts->net.has_addrs) {
		finding_add(list, GRADE_UNKNOWN, AREA, "addresses",
			    "The addresses of this host cannot be listed: netlink is forbidden "
			    "here.\n"
			    "Run this outside of the container.");
	}
	judge_listen(list, c, &facts->net);
	judge_interfaces(list, c, &facts->net);
	judge_multicast(list, facts);
	for (size_t i = 0; i < c->n_peers; i++) {
		if (!c->peers[i].numeric) {
			judge_name(list, c, i, &facts->net.name[i]);
		}
	}
	judge_port(list, facts);
	judge_firewall(list, facts);
	if (facts->config.loaded && !findings_have(list, AREA)) {
		finding_add(list, GRADE_OK, AREA, "network",
			    "Each listen address, interface and name is here; UDP port %u is %s.",
			    c->port, facts->daemon.error ? "free" : "open on this host");
	}
}
