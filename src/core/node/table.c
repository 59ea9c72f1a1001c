/* table.c - the table: peers are proved identities, contacts are addresses that we may open a
 * session to. ARCHITECTURE.md, "Trust" and "Election".
 */
#include "core/node/node_private.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

static uint32_t index_new(struct node *n, uint32_t slot)
{
	return (uint32_t)(rng_u64(&n->rng) >> 48) << 16 | slot;
}

uint16_t peer_index(const struct node *n, const struct peer *p)
{
	return (uint16_t)(p - n->store.peers);
}

struct peer *peer_find(const struct node *n, node_id id)
{
	for (size_t i = 0; i < n->store.n_peers; i++) {
		if (n->store.peers[i].used && n->store.peers[i].id == id) {
			return &n->store.peers[i];
		}
	}
	return NULL;
}

/* May @p make room?  A master keeps its table; others keep who may lead them, and whom they heard
 * just now. */
static bool peer_spare(const struct node *n, const struct peer *p)
{
	bool master = n->election.role == ROLE_MASTER;

	for (unsigned i = 0; i < n->election.n_succession; i++) {
		if (n->election.succession[i] == p->id) {
			return false;
		}
	}
	return p->id != n->election.master && !(master && p->in_table) &&
	       mono_sub(n->step.now, p->listed) > (master ? 60 : 2) * NS_PER_S;
}

/* The slot to use for a newcomer: a free one, else, if @evict, the one longest unheard of that is
 * spare. */
static struct peer *peer_slot(struct node *n, bool evict)
{
	struct peer *oldest = NULL;

	for (size_t i = 0; i < n->store.n_peers; i++) {
		struct peer *p = &n->store.peers[i];

		if (!p->used) {
			return p;
		}
		if (evict && peer_spare(n, p) && (!oldest || p->listed.ns < oldest->listed.ns)) {
			oldest = p;
		}
	}
	if (oldest) {
		peer_forget(n, oldest);
	}
	return oldest;
}

struct peer *peer_add(struct node *n, node_id id, bool evict)
{
	struct peer *p = peer_find(n, id);

	if (p || id == 0 || id == n->self.id) {
		return p;
	}
	p = peer_slot(n, evict);
	if (!p && !evict) {
		return NULL; /* merely heard of */
	}
	if (!p) {
		notice(n, NOTICE_LIMIT_TRIPPED, LEVEL_WARNING, id, 3, (int64_t)n->store.n_peers,
		       (int64_t)n->store.n_peers);
		return NULL;
	}
	memset(p, 0, sizeof(*p));
	p->used = true;
	p->id = id;
	p->contact = NO_INDEX;
	p->measure.estimator = NO_INDEX;
	p->heard = NEVER_HEARD;
	p->asked = MONO_NEVER;
	p->as_master.polled.replied = NEVER_HEARD;
	p->listed = n->step.now;
	p->as_master.polled.next_poll = MONO_NEVER;
	p->as_master.polled.retry_at = MONO_NEVER;
	p->priority = 100;
	p->as_master.closure_ns = CLOSURE_UNKNOWN;
	p->as_master.judged.reason = REASON_NEWCOMER;
	p->as_master.judged.reason_told = REASON_NEWCOMER;
	session_init(&p->session, index_new(n, peer_index(n, p)));
	return p;
}

void peer_forget(struct node *n, struct peer *p)
{
	if (p->contact != NO_INDEX) {
		struct contact *c = &n->store.contacts[p->contact];

		c->peer = NO_INDEX;
		c->used = c->configured;
	}
	p->used = false;
	p->in_table = false;
	sodium_memzero(&p->session, sizeof(p->session));
}

bool peer_may_lead(const struct node *n, const struct peer *p)
{
	if (p->priority == 0 || p->mode == MODE_OBSERVE) {
		return false;
	}
	for (size_t i = 0; i < n->config.n_master_keys; i++) {
		if (id_from_key(n->config.master_keys[i]) == p->id) {
			return true;
		}
	}
	return n->config.master_keys == NULL;
}

static struct contact *contact_find(const struct node *n, const struct addr *a)
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

struct contact *contact_add(struct node *n, const struct addr *a, bool configured)
{
	struct contact *c = contact_find(n, a);

	for (size_t i = 0; !c && i < n->store.n_contacts; i++) {
		c = n->store.contacts[i].used ? NULL : &n->store.contacts[i];
	}
	if (!c) {
		return NULL;
	}
	if (!c->used) {
		memset(c, 0, sizeof(*c));
		c->used = true;
		c->addr = *a;
		c->peer = NO_INDEX;
		c->wanted = true;
		c->next_try = n->step.now;
		c->backoff_ns = BACKOFF_NS_MIN;
		session_init(&c->session,
			     index_new(n, CONTACT_BIT | (uint32_t)(c - n->store.contacts)));
	}
	c->configured = c->configured || configured;
	return c;
}

bool node_add_contact(struct node *n, const struct addr *a, bool configured)
{
	return contact_add(n, a, configured) != NULL;
}

void node_remove_contact(struct node *n, const struct addr *a)
{
	struct contact *c = contact_find(n, a);

	if (!c) {
		return;
	}
	c->configured = false;
	if (c->peer == NO_INDEX) {
		c->used = false; /* else it stays as long as its peer does */
	}
}

/* @p is known to be reached at @c. */
void contact_bind(struct node *n, struct contact *c, struct peer *p)
{
	struct peer *other = c->peer == NO_INDEX ? NULL : &n->store.peers[c->peer];

	if (other && other != p && addr_equal(&other->addr, &c->addr)) {
		/* Another identity answers where it was: that one is gone, its disk with it. */
		other->left = true;
		other->in_table = false;
		other->contact = NO_INDEX;
	}
	c->peer = peer_index(n, p);
	c->wanted = false;
	p->contact = (uint16_t)(c - n->store.contacts);
}

void join_want_session(struct node *n, struct peer *p)
{
	struct contact *c;

	if (p->addr.port == 0) {
		return;
	}
	c = p->contact == NO_INDEX ? NULL : &n->store.contacts[p->contact];
	if (!c || !addr_equal(&c->addr, &p->addr)) {
		c = contact_add(n, &p->addr, false);
	}
	if (!c || c->is_self) {
		return;
	}
	contact_bind(n, c, p);
	c->wanted = true;
}

void join_retry_all(struct node *n)
{
	for (size_t i = 0; i < n->store.n_contacts; i++) {
		struct contact *c = &n->store.contacts[i];

		if (c->used) {
			c->is_self = false; /* addresses move between hosts */
			c->backoff_ns = BACKOFF_NS_MIN;
			c->next_try = mono_min(c->next_try, n->step.now);
		}
	}
	if (n->config.discovery) {
		n->joining.next_discover = n->step.now;
	}
}

/* An address may serve several boots or hosts: the newest proved packet says where a peer is. */
void peer_moved(struct node *n, struct peer *p, const struct addr *from, const struct addr *to)
{
	p->local = *to;
	if (addr_equal(&p->addr, from)) {
		return;
	}
	if (p->addr.port != 0) {
		notice(n, NOTICE_PATH_CHANGED, LEVEL_INFO, p->id, 0, 0, 0);
	}
	p->addr = *from;
	struct contact *c = contact_find(n, from);

	if (c) {
		contact_bind(n, c, p);
	}
}

/* --- What a roster tells --- */

static void roster_entry(struct node *n, const struct peer *from, const struct wire_roster_entry *e,
			 bool by_master)
{
	struct peer *p = e->id == n->self.id ? NULL : peer_add(n, e->id, false);

	if (!p) {
		return;
	}
	p->listed = n->step.now;
	if (p->addr.port == 0 && e->addr.port != 0) {
		p->addr = e->addr;
	} else if (e->id == from->id) {
		memcpy(p->name, e->name, sizeof(p->name));
	}
	if (!by_master) {
		join_want_session(n, p); /* a hint: this is the master of whom we asked */
		return;
	}
	memcpy(p->name, e->name, sizeof(p->name));
	p->priority = e->priority;
	p->mode = (enum clock_mode)e->mode;
	p->settled = e->state == MEMBER_SETTLED || e->id == n->election.master;
	p->left = e->state == MEMBER_LEFT;
	p->in_table = !p->left;
	p->as_master.paper.clock.own_rate = e->own_rate;
	p->roster = (struct roster_info){.known = true,
					 .term = n->election.term,
					 .at = e->at,
					 .offset_ns = e->offset_ns,
					 .rate = e->rate,
					 .own_rate = e->own_rate,
					 .sd_ns = e->sd_ns,
					 .delay_ns = e->delay_ns,
					 .bound_ns = e->bound_ns,
					 .wall_offset_ns = e->wall_offset_ns,
					 .weight = e->weight,
					 .closure_ns = e->closure_ns,
					 .state = e->state,
					 .reason = e->reason};
	if (n->election.role == ROLE_DEPUTY && !p->left && !session_can_send(&p->session)) {
		join_want_session(n, p); /* the deputy is ready to speak to everyone */
	}
}

void join_on_roster(struct node *n, struct peer *from, const struct wire_msg *msg)
{
	const struct wire_roster *r = &msg->roster;
	bool by_master = from->id == n->election.master && msg->term == n->election.term &&
			 n->election.role != ROLE_MASTER;

	for (unsigned i = 0; i < r->n; i++) {
		const struct wire_roster_entry *e = &r->entry[i];

		if (e->id == n->self.id && by_master) {
			n->leading.paper.own.own_rate = e->own_rate;
			n->leading.paper.reason = (enum reason)e->reason;
			n->leading.paper.weight_used = e->weight / 1000.0;
			/* Where the master sees our RAW: the deputy needs it to place the others.
			 */
			n->leading.own_roster = (struct roster_info){.known = true,
								     .term = n->election.term,
								     .at = e->at,
								     .offset_ns = e->offset_ns,
								     .rate = e->rate,
								     .sd_ns = e->sd_ns,
								     .closure_ns = e->closure_ns};
		} else {
			roster_entry(n, from, e, by_master);
		}
	}
}
