/* contacts.c - the configured peers as addresses that the core may talk to. */
#include "berkd/contacts.h"

#include "berkd/feed.h"
#include "berkd/host/log.h"

#include <assert.h>
#include <string.h>

void contacts_add(struct daemon *d)
{
	const struct config_peer *p = d->config.peers;

	for (size_t i = 0; i < d->config.n_peers; i++, p++) {
		for (unsigned j = 0; j < p->n_addr; j++) {
			if (!node_add_contact(d->node, &p->addr[j], true)) {
				log_warning("No room for peer %s, ignoring", p->text);
			}
		}
	}
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

void contacts_remove(struct daemon *d, const struct config *wanted)
{
	for (size_t i = 0; i < d->config.n_peers; i++) {
		for (unsigned j = 0; j < d->config.peers[i].n_addr; j++) {
			if (!has_addr(wanted, &d->config.peers[i].addr[j])) {
				node_remove_contact(d->node, &d->config.peers[i].addr[j]);
			}
		}
	}
}

void contacts_resolved(void *userdata, const struct config_peer *peers, size_t n_peers)
{
	struct daemon *d = userdata;

	/* The same list: a reload since would have asked again instead. */
	assert(n_peers == d->config.n_peers);
	memcpy(d->config.peers, peers, n_peers * sizeof(*peers));
	contacts_add(d);
	feed_type(d, EV_LINK); /* try them now */
}
