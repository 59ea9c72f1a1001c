/* presence.c - who is there, and who is not let in: the configured addresses, and those refused.
 * No side effects. */
#include "core/node/contacts.h"
#include "core/node/lease.h"
#include "core/node/peer.h"
#include "core/node/rows.h"
#include "core/node/state.h"
#include "core/node/table.h"

#include "berk/status.h"

#include <string.h>

#define ANSWER_NS (4 * NS_PER_S)   /* who was heard so lately is here */
#define ALONE_NS  (60 * NS_PER_S)  /* the same while nobody leads, who would name others */
#define RECENT_NS (120 * NS_PER_S) /* calls are repeated within half a minute or so */

/* Who answers at @c: whom a handshake found there, or whoever sends from there. */
static const struct peer *peer_at(const struct node *n, const struct contact *c)
{
	if (c->peer != NO_INDEX) {
		return &n->store.peers[c->peer];
	}
	for_each_peer (n, p) {
		if (!peer_is_rumour(p) && addr_equal(&p->addr, &c->addr)) {
			return p;
		}
	}
	return NULL;
}

/* Who has answered us, @last then, is here if we hear it, or if the master says so: members hear
 * each other rarely. */
static bool is_here(const struct node *n, const struct peer *p, mono_t last, mono_t now)
{
	int64_t pages = n->election.census.n_table / WIRE_ROSTER_MAX + 2;
	int64_t named_ns = n->election.master == 0
				   ? ALONE_NS
				   : ns_max(HERE_NS, ns_mul(heartbeat_ns(n), pages));

	if (mono_within(last, now, ANSWER_NS)) {
		return true;
	}
	if (n->election.role != ROLE_MASTER && !p->roster.known && p->id != n->election.master) {
		return mono_within(last, now, named_ns);
	}
	return row_is_here(n, p, now);
}

static bool is_forgiven(const struct contact *c, const struct peer *p)
{
	return p ? p->forgotten && !p->dropped && !peer_is_struck(p) : c->forgiven;
}

static enum knock contact_state(const struct node *n, const struct contact *c, const struct peer *p,
				mono_t last, mono_t now)
{
	bool ever = !mono_is_long_ago(last);

	if (c->is_self) {
		return KNOCK_SELF;
	}
	if (ever && p && !p->left && !p->forgotten && is_here(n, p, last, now)) {
		return KNOCK_MET;
	}
	if (mono_within(c->refused_at, now, RECENT_NS) && c->refused != KNOCK_NONE) {
		return c->refused;
	}
	if (is_forgiven(c, p)) {
		return KNOCK_FORGOTTEN;
	}
	if (ever && p && p->left) {
		return KNOCK_LEFT;
	}
	if (!ever && mono_within(c->called, now, RECENT_NS)) {
		return KNOCK_REFUSES;
	}
	if (!p && mono_within(last, now, ANSWER_NS)) {
		return KNOCK_MET; /* this host itself, as the next handshake will tell */
	}
	return ever || (p && p->recalled) ? KNOCK_NO_ANSWER : KNOCK_NEVER_MET;
}

bool node_contact(const struct node *n, const struct addr *addr, mono_t now, struct knock_view *ret)
{
	const struct contact *c = contact_find(n, addr);

	memset(ret, 0, sizeof(*ret));
	if (!c) {
		return false;
	}
	const struct peer *p = peer_at(n, c);
	mono_t last = p && p->heard.ns > c->met.ns ? p->heard : c->met;

	ret->addr = c->addr;
	ret->configured = contact_is_configured(c);
	ret->state = contact_state(n, c, p, last, now);
	ret->forgiven = is_forgiven(c, p);
	ret->id = p && (!mono_is_long_ago(last) || p->recalled || p->forgotten) ? p->id : 0;
	ret->last_ago_ns = mono_sub(now, last); /* never: INT64_MAX */
	return true;
}

/* Did @a, at place @i, knock later than @b, at place @k? */
static bool is_later(const struct knocker *a, unsigned i, const struct knocker *b, unsigned k)
{
	return a->last.ns > b->last.ns || (a->last.ns == b->last.ns && i < k);
}

bool node_knock(const struct node *n, size_t nth, mono_t now, struct knock_view *ret)
{
	const struct knocker *who = n->joining.refused;

	for (unsigned i = 0; i < KNOCKERS_KEPT; i++) {
		size_t before = 0;

		for (unsigned k = 0; k < KNOCKERS_KEPT; k++) {
			before += who[k].why != KNOCK_NONE && is_later(&who[k], k, &who[i], i);
		}
		if (who[i].why == KNOCK_NONE || before != nth) {
			continue;
		}
		const struct contact *c = contact_find(n, &who[i].addr);

		*ret = (struct knock_view){.addr = who[i].addr,
					   .state = who[i].why,
					   .configured = c && contact_is_configured(c),
					   .n_packets = who[i].n_packets,
					   .first_ago_ns = mono_sub(now, who[i].first),
					   .last_ago_ns = mono_sub(now, who[i].last)};
		return true;
	}
	return false;
}
