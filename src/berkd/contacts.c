/* contacts.c - the configured peers as addresses that the core may talk to. */
#include "berkd/contacts.h"

#include "berkd/feed.h"
#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"
#include "berkd/net/names.h"
#include "common/format.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#define REMEDY	       "put it into /etc/hosts or the name service, or correct peers = in [network]"
/* Of as many addresses as a peer may have, and what stands between them. */
#define ADDRS_TEXT_MAX ((size_t)CONFIG_ADDRS_MAX * (FORMAT_ADDR_MAX + 5))

/* An order to forget @p ends when somebody answers at one of its addresses, which the core sees. */
static void end_forgiveness(const struct daemon *d, struct config_peer *p)
{
	mono_t now = {host_clock_ns(CLOCK_BOOTTIME)};
	bool known = false, forgiven = false;
	struct knock_view v;

	for (unsigned i = 0; i < p->n_addr; i++) {
		if (node_contact(d->node, &p->addr[i], now, &v)) {
			known = true;
			forgiven = forgiven || v.forgiven;
		}
	}
	p->forgiven = p->forgiven && (forgiven || !known);
}

static void add_contact(struct daemon *d, const struct config_peer *p, const struct addr *a)
{
	if (config_is_own_addr(&d->config, a)) {
		return; /* it is nobody to be called, or missed */
	}
	if (!node_add_contact(d->node, a, (int)(p - d->config.peers))) {
		log_warning(CAUSE_PEER, "No room for peer %s, ignoring", p->text);
	}
	if (p->forgiven) {
		node_forgive_contact(d->node, a);
	}
}

/* A peer whose name leads nowhere may be there all the same. */
static void count_nameless(struct daemon *d)
{
	unsigned nameless = 0;

	for (size_t i = 0; i < d->config.n_peers; i++) {
		nameless += d->config.peers[i].n_addr == 0 && !d->config.peers[i].forgiven;
	}
	node_set_nameless(d->node, nameless);
}

void contacts_add(struct daemon *d)
{
	struct config_peer *p = d->config.peers;

	for (size_t i = 0; i < d->config.n_peers; i++, p++) {
		end_forgiveness(d, p);
		for (unsigned j = 0; j < p->n_addr; j++) {
			add_contact(d, p, &p->addr[j]);
		}
	}
	count_nameless(d);
}

static bool has_addr(const struct config *c, const struct addr *a)
{
	for (size_t i = 0; i < c->n_peers; i++) {
		for (unsigned j = 0; j < c->peers[i].n_addr; j++) {
			if (addr_equal(&c->peers[i].addr[j], a)) {
				return true;
			}
		}
	}
	return false;
}

/* Take the address from the core, unless a peer of @wanted has it. */
static void remove_contact(struct daemon *d, const struct config *wanted, const struct addr *a)
{
	if (!has_addr(wanted, a)) {
		node_remove_contact(d->node, a);
	}
}

void contacts_remove(struct daemon *d, const struct config *wanted)
{
	for (size_t i = 0; i < d->config.n_peers; i++) {
		for (unsigned j = 0; j < d->config.peers[i].n_addr; j++) {
			remove_contact(d, wanted, &d->config.peers[i].addr[j]);
		}
	}
}

/* "A", "A and B", "A, B and C". */
static const char *format_addrs(const struct addr *list, unsigned n,
				char buf[static ADDRS_TEXT_MAX])
{
	char text[FORMAT_ADDR_MAX];
	size_t len = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < n && len < ADDRS_TEXT_MAX; i++) {
		const char *after = i + 2 < n ? ", " : " and ";
		int r = snprintf(buf + len, ADDRS_TEXT_MAX - len, "%s%s",
				 format_addr(&list[i], text), i + 1 < n ? after : "");

		len += r > 0 ? (size_t)r : 0;
	}
	return buf;
}

static void tell_change(const struct config_peer *p, const struct name_change *c, int error)
{
	char now[ADDRS_TEXT_MAX], gone[ADDRS_TEXT_MAX];

	format_addrs(p->addr, p->n_addr, now);
	format_addrs(c->removed, c->n_removed, gone);
	if (c->missed && p->n_addr > 0) {
		log_warning(CAUSE_PEER,
			    "Peer %s does not resolve any more (%s), keeping %s: " REMEDY, p->text,
			    gai_strerror(error), now);
	} else if (c->missed) {
		log_warning(CAUSE_PEER, "Peer %s has no address (%s), asking again: " REMEDY,
			    p->text, gai_strerror(error));
	} else if (c->n_removed > 0) {
		log_info("Peer %s has moved from %s: its name leads to %s now", p->text, gone, now);
	} else if (c->n_added > 0 && !c->first) {
		log_info("Peer %s has more addresses: its name leads to %s now", p->text, now);
	} else if (c->first || c->back) {
		log_info("Peer %s is at %s", p->text, now);
	}
}

void contacts_found(void *userdata, size_t i, const struct lookup *answer)
{
	struct daemon *d = userdata;
	struct config_peer *p = &d->config.peers[i];
	struct name_change change;

	end_forgiveness(d, p);
	name_take_answer(p, answer->addr, answer->n_addr, (mono_t){host_clock_ns(CLOCK_BOOTTIME)},
			 &change);
	if (change.missed || change.back || change.n_added > 0 || change.n_removed > 0) {
		tell_change(p, &change, answer->error);
	}
	for (unsigned j = 0; j < change.n_added; j++) {
		add_contact(d, p, &change.added[j]);
	}
	for (unsigned j = 0; j < change.n_removed; j++) {
		remove_contact(d, &d->config, &change.removed[j]);
	}
	count_nameless(d);
	if (change.n_added > 0) {
		feed_type(d, EV_TIMER); /* try them now */
	}
}

static bool is_here(const struct daemon *d, const struct config_peer *p, mono_t now)
{
	const struct config *c = &d->config;
	const struct node *n = d->node;
	struct knock_view v;

	for (unsigned i = 0; i < p->n_addr; i++) {
		if (config_is_own_addr(c, &p->addr[i]) ||
		    (node_contact(n, &p->addr[i], now, &v) &&
		     (v.state == KNOCK_MET || v.state == KNOCK_SELF))) {
			return true;
		}
	}
	return false;
}

void contacts_look(void *userdata, mono_t now, bool *here)
{
	const struct daemon *d = userdata;

	for (size_t i = 0; i < d->config.n_peers; i++) {
		here[i] = is_here(d, &d->config.peers[i], now);
	}
}

static bool leads_to(const struct node *n, const struct config_peer *p, node_id id, mono_t now)
{
	struct knock_view v;

	for (unsigned i = 0; i < p->n_addr; i++) {
		if (node_contact(n, &p->addr[i], now, &v) && v.id == id) {
			return true;
		}
	}
	return false;
}

bool contacts_forgive_peer(struct daemon *d, size_t i, bool dry_run)
{
	struct config_peer *p = &d->config.peers[i];

	if (is_here(d, p, (mono_t){host_clock_ns(CLOCK_BOOTTIME)})) {
		return false;
	}
	if (dry_run) {
		return true;
	}
	p->forgiven = true;
	for (unsigned j = 0; j < p->n_addr; j++) {
		node_forgive_contact(d->node, &p->addr[j]);
	}
	count_nameless(d);
	return true;
}

void contacts_forgotten(struct daemon *d, node_id id)
{
	mono_t now = {host_clock_ns(CLOCK_BOOTTIME)};

	for (size_t i = 0; i < d->config.n_peers; i++) {
		if (id == 0 || leads_to(d->node, &d->config.peers[i], id, now)) {
			(void)contacts_forgive_peer(d, i, false);
		}
	}
}
