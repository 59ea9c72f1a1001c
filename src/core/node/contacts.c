/* contacts.c - addresses that we may open a session to.  ARCHITECTURE.md, "Trust". */
#include "core/node/contacts.h"

#include "core/node/effects.h"
#include "core/node/peer.h"
#include "core/node/table.h"

#include <assert.h>
#include <string.h>

#define PATH_TOLD_NS (60 * NS_PER_S)
#define CALL_BACK_NS (10 * NS_PER_S) /* at most once in so long to an address that we refuse */

struct contact *contact_find(const struct node *n, const struct addr *a)
{
	assert(n->store.contacts);
	for (size_t i = 0; i < n->store.n_contacts; i++) {
		struct contact *c = &n->store.contacts[i];

		if (c->used && addr_equal(&c->addr, a)) {
			return c;
		}
	}
	return NULL;
}

struct contact *contact_add(struct node *n, const struct addr *a, int host)
{
	struct contact *c = contact_find(n, a);

	assert(n->store.contacts);
	for (size_t i = 0; !c && i < n->store.n_contacts; i++) {
		c = n->store.contacts[i].used ? NULL : &n->store.contacts[i];
	}
	if (!c) {
		return NULL;
	}
	if (!c->used) {
		memset(c, 0, sizeof(*c));
		c->used = true;
		c->host = HOST_FOUND;
		c->addr = *a;
		c->peer = NO_INDEX;
		c->wanted = true;
		c->next_try = n->step.now;
		c->backoff_ns = BACKOFF_NS_MIN;
		c->met = c->called = c->refused_at = MONO_LONG_AGO;
		session_init(&c->session,
			     session_index_new(n, CONTACT_BIT | (uint32_t)(c - n->store.contacts)));
	}
	assert(host >= HOST_FOUND && host < NODE_HOSTS_MAX);
	c->host = host == HOST_FOUND ? c->host : (int16_t)host;
	return c;
}

bool node_add_contact(struct node *n, const struct addr *a, int host)
{
	return contact_add(n, a, host) != NULL;
}

void node_set_nameless(struct node *n, unsigned nameless)
{
	assert(nameless <= NODE_HOSTS_MAX);
	n->joining.n_nameless = nameless;
}

void node_remove_contact(struct node *n, const struct addr *a)
{
	struct contact *c = contact_find(n, a);

	if (!c) {
		return;
	}
	c->host = HOST_FOUND;
	if (c->peer == NO_INDEX) {
		c->used = false; /* else it stays as long as its peer does */
	}
}

void node_forgive_contact(struct node *n, const struct addr *a)
{
	struct contact *c = contact_find(n, a);

	if (c && c->peer == NO_INDEX) {
		c->forgiven = true;
	}
}

struct contact *contact_of_index(const struct node *n, uint32_t index)
{
	uint32_t slot = index & SLOT_MASK;

	if (!(index & CONTACT_BIT) || slot >= n->store.n_contacts) {
		return NULL;
	}
	struct contact *c = &n->store.contacts[slot];

	return c->used && c->session.index_local == index ? c : NULL;
}

void contact_bind(struct node *n, struct contact *c, struct peer *p)
{
	struct peer *other = c->peer == NO_INDEX ? NULL : &n->store.peers[c->peer];

	assert(c->used && p->used);
	if (other && other != p && other->contact == c - n->store.contacts) {
		other->contact = NO_INDEX; /* it may have moved, and be no worse for it */
	}
	c->peer = peer_index(n, p);
	c->wanted = false;
	c->forgiven = false;
	p->contact = (uint16_t)(c - n->store.contacts);
}

void contact_want_session(struct node *n, struct peer *p)
{
	struct contact *c;

	assert(p->used);
	if (p->addr.port == 0) {
		return;
	}
	c = p->contact == NO_INDEX ? NULL : &n->store.contacts[p->contact];
	if (!c || !addr_equal(&c->addr, &p->addr)) {
		c = contact_add(n, &p->addr, HOST_FOUND);
	}
	if (!c || c->is_self ||
	    (p->recalled && c->peer != NO_INDEX && c->peer != peer_index(n, p))) {
		return; /* somebody else is there now */
	}
	contact_bind(n, c, p);
	c->wanted = true;
}

void contact_call(struct node *n, struct contact *c, mono_t at)
{
	assert(c->used && at.ns >= n->step.now.ns);
	c->wanted = true;
	c->next_try = at;
	c->backoff_ns = BACKOFF_NS_MIN;
}

void contacts_forgive(struct node *n)
{
	n->joining.n_nameless = 0;
	for (size_t i = 0; i < n->store.n_contacts; i++) {
		n->store.contacts[i].forgiven = true;
	}
}

void contacts_retry(struct node *n)
{
	for (size_t i = 0; i < n->store.n_contacts; i++) {
		struct contact *c = &n->store.contacts[i];

		if (c->used) {
			c->met = c->is_self ? n->step.now : c->met;
			c->is_self = false; /* addresses move between hosts */
			c->backoff_ns = BACKOFF_NS_MIN;
			c->next_try = mono_min(c->next_try, n->step.now);
		}
	}
}

void contact_note_met(const struct node *n, struct contact *c)
{
	assert(c->used);
	c->met = n->step.now;
	c->refused = KNOCK_NONE;
}

void contact_note_call(struct node *n, const struct addr *from)
{
	struct contact *c = contact_find(n, from);

	if (c) {
		c->called = n->step.now;
	}
}

void contact_note_refusal(struct node *n, const struct addr *from, enum knock why)
{
	struct contact *c = contact_find(n, from);

	if (!c) {
		return;
	}
	if (mono_sub(n->step.now, c->refused_at) > CALL_BACK_NS) {
		c->next_try = mono_min(c->next_try, n->step.now); /* it is to know of it too */
	}
	c->refused = why;
	c->refused_at = n->step.now;
}

/* People are told where @p is when that is another address than they know, and not more often
 * than once in so long: a host with two ways to us may take either for each packet. */
static void tell_path(struct node *n, struct peer *p)
{
	if (addr_equal(&p->told.addr, &p->addr) || peer_is_twin(p) ||
	    mono_within(p->told.at, n->step.now, PATH_TOLD_NS)) {
		return;
	}
	p->told.addr = p->addr;
	p->told.at = n->step.now;
	notice(n, NOTICE_PATH_CHANGED, LEVEL_INFO, p->id, .path_changed = {p->addr});
}

/* An address may serve several boots or hosts: the newest proved packet says where a peer is. */
void contact_track(struct node *n, struct peer *p, const struct addr *from, const struct addr *to)
{
	p->local = *to;
	if (p->told.addr.port == 0) { /* where it was first is no change */
		p->told.addr = p->addr.port ? p->addr : *from;
	}
	if (!addr_equal(&p->addr, from)) {
		p->addr = *from;
		struct contact *c = contact_find(n, from);

		if (c) {
			contact_bind(n, c, p);
		}
	}
	tell_path(n, p);
}

void contact_locate(struct peer *p, const struct addr *addr, const struct addr *local)
{
	assert(p->used);
	p->addr = *addr;
	if (local) {
		p->local = *local;
	}
}
