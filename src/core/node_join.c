/* node_join.c - addresses, handshakes and the table of peers.  ARCHITECTURE.md, "Trust" and
 * "Members".
 *
 * A contact is an address we may open a session to; a peer is a proved identity.  Handshakes we
 * begin belong to a contact until the ACCEPT; then its keys move to the peer.  The session index in
 * a header says which of the two a packet is for: CONTACT_BIT | slot, or slot.
 */
#include "node_private.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define CONTACT_BIT	0x8000U
#define SLOT_MASK	0x7fffU
#define HANDSHAKE_NS	NS_PER_S /* an answer is expected within */
#define BACKOFF_NS_MIN	NS_PER_S
#define BACKOFF_NS_MAX	(30 * NS_PER_S)
#define DISCOVER_NS	(2 * NS_PER_S)	     /* while alone */
#define DISCOVER_NS_MAX (60 * NS_PER_S)	     /* later: hosts that could not hear us */
#define CHALLENGE_NS	(5 * NS_PER_MS)	     /* one answer to an unknown sender per so long ... */
#define CHALLENGE_BURST (200 * CHALLENGE_NS) /* ... with this much saved up */

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
	bool master = n->role == ROLE_MASTER;

	for (unsigned i = 0; i < n->n_succession; i++) {
		if (n->succession[i] == p->id) {
			return false;
		}
	}
	return p->id != n->master && !(master && p->in_table) &&
	       mono_sub(n->now, p->listed) > (master ? 60 : 2) * NS_PER_S;
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

	if (p || id == 0 || id == n->id) {
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
	p->estimator = NO_INDEX;
	p->heard = NEVER_HEARD;
	p->asked = MONO_NEVER;
	p->replied = NEVER_HEARD;
	p->listed = n->now;
	p->next_poll = MONO_NEVER;
	p->retry_at = MONO_NEVER;
	p->priority = 100;
	p->reason = REASON_NEWCOMER;
	p->reason_told = REASON_NEWCOMER;
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

static struct contact *contact_add(struct node *n, const struct addr *a, bool configured)
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
		c->next_try = n->now;
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
static void contact_bind(struct node *n, struct contact *c, struct peer *p)
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

static bool session_live(const struct node *n, const struct contact *c)
{
	return c->peer != NO_INDEX && session_can_send(&n->store.peers[c->peer].session);
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
			c->next_try = mono_min(c->next_try, n->now);
		}
	}
	if (n->config.discovery) {
		n->next_discover = n->now;
	}
}

void join_start(struct node *n)
{
	n->challenge_at = n->now;
	n->challenge_tokens = CHALLENGE_BURST;
	for (size_t i = 0; i < n->store.n_contacts; i++) {
		n->store.contacts[i].next_try = n->now;
	}
	if (n->config.discovery) {
		n->next_discover = n->now;
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

/* --- Handshakes --- */

/* Handshakes that cross or repeat are everyday; a wrong key is not. */
static void refused(struct node *n, enum session_verdict v)
{
	bool everyday = v == SESSION_SELF || v == SESSION_REPLAYED || v == SESSION_BAD_STATE;

	n->n_bad++;
	notice(n, NOTICE_PEER_REFUSED, everyday ? LEVEL_DEBUG : LEVEL_WARNING, 0, (int64_t)v, 0, 0);
}

/* Nobody unknown gets more than a fixed rate of answers, so that we are no one's amplifier or
 * heater. */
static bool challenge_allowed(struct node *n)
{
	n->challenge_tokens = ns_min(CHALLENGE_BURST, ns_add(n->challenge_tokens,
							     mono_sub(n->now, n->challenge_at)));
	n->challenge_at = n->now;
	if (n->challenge_tokens < CHALLENGE_NS) {
		return false;
	}
	n->challenge_tokens -= CHALLENGE_NS;
	return true;
}

static bool id_collides(const struct node *n, node_id id)
{
	if (id != n->id && term_is_of(id, n->id)) {
		return true;
	}
	for (size_t i = 0; i < n->store.n_peers; i++) {
		const struct peer *p = &n->store.peers[i];

		if (p->used && p->id != id && term_is_of(id, p->id)) {
			return true;
		}
	}
	return false;
}

static void rx_hello(struct node *n, const struct node_event *ev)
{
	uint8_t out[WIRE_PACKET_MAX], pub[KEY_LEN];
	size_t len = 0;

	if (!challenge_allowed(n)) {
		return;
	}
	enum session_verdict v = session_challenge(&n->trust, &ev->rx.from, ev->rx.data, ev->rx.len,
						   out, sizeof(out), &len, pub);

	if (v != SESSION_OK) {
		refused(n, v);
		return;
	}
	node_send_bytes(n, &ev->rx.from, &ev->rx.to, out, len);
}

static struct contact *contact_of(struct node *n, uint32_t index)
{
	uint32_t slot = index & SLOT_MASK;

	if (!(index & CONTACT_BIT) || slot >= n->store.n_contacts) {
		return NULL;
	}
	struct contact *c = &n->store.contacts[slot];

	return c->used && c->session.index_local == index ? c : NULL;
}

struct peer *join_peer_of(struct node *n, uint32_t index)
{
	uint32_t slot = index & SLOT_MASK;

	if (index & CONTACT_BIT) {
		struct contact *c = contact_of(n, index);

		return c && c->peer != NO_INDEX ? &n->store.peers[c->peer] : NULL;
	}
	if (slot >= n->store.n_peers) {
		return NULL;
	}
	struct peer *p = &n->store.peers[slot];

	return p->used && p->session.index_local == index ? p : NULL;
}

static void rx_challenge(struct node *n, const struct node_event *ev, struct contact *c)
{
	uint8_t out[WIRE_PACKET_MAX];
	size_t len = 0;
	enum session_verdict v = session_on_challenge(&c->session, &n->trust, ev->rx.data,
						      ev->rx.len, n->now, out, sizeof(out), &len);

	if (v == SESSION_SELF) {
		c->is_self = true;
		return;
	}
	if (v != SESSION_OK) {
		refused(n, v);
		return;
	}
	c->next_try = mono_add(n->now, HANDSHAKE_NS);
	node_send_bytes(n, &c->addr, NULL, out, len);
}

static void rx_response(struct node *n, const struct node_event *ev)
{
	uint8_t out[WIRE_PACKET_MAX], pub[KEY_LEN], rnd[SESSION_RAND_LEN];
	size_t len = 0;
	enum session_verdict v =
		session_check_response(&n->trust, &ev->rx.from, ev->rx.data, ev->rx.len, pub);

	if (v != SESSION_OK) {
		refused(n, v);
		return;
	}
	node_id id = id_from_key(pub);

	if (id_collides(n, id)) {
		refused(n, SESSION_NOT_PINNED);
		return;
	}
	struct peer *p = peer_add(n, id, true);

	if (!p) {
		return;
	}
	node_random(n, rnd, sizeof(rnd));
	v = session_accept(&p->session, &n->trust, ev->rx.data, ev->rx.len, rnd, n->now, out,
			   sizeof(out), &len);
	if (v != SESSION_OK) {
		refused(n, v);
		return;
	}
	if (p->addr.port == 0) {
		p->addr = ev->rx.from;
		p->local = ev->rx.to;
	}
	node_send_bytes(n, &ev->rx.from, &ev->rx.to, out, len);
}

static void rx_accept(struct node *n, const struct node_event *ev, struct contact *c)
{
	enum session_verdict v =
		session_on_accept(&c->session, &n->trust, ev->rx.data, ev->rx.len, n->now);

	if (v != SESSION_OK) {
		refused(n, v);
		return;
	}
	node_id id = id_from_key(c->session.peer_pub);
	struct peer *p = id_collides(n, id) ? NULL : peer_add(n, id, true);

	if (!p) {
		return;
	}
	/* The keys move to the peer; what it had before still opens packets in flight. */
	p->session.before = p->session.now;
	p->session.now = c->session.now;
	memcpy(p->session.peer_pub, c->session.peer_pub, KEY_LEN);
	p->session.state = SESSION_OPEN;
	p->addr = c->addr;
	p->local = ev->rx.to;
	p->listed = n->now;
	p->asked = MONO_NEVER;
	contact_bind(n, c, p);
	c->backoff_ns = BACKOFF_NS_MIN;
	notice(n, NOTICE_SESSION_OPEN, LEVEL_DEBUG, p->id, 1, 0, 0);
	/* The responder may not send before it has seen the new keys at work. */
	node_send(n, p, &(struct wire_msg){.type = WIRE_PING, .term = n->term}, false, 0);
	master_on_session(n, p);
}

static void rx_discover(struct node *n, const struct node_event *ev)
{
	node_id id;

	if (discover_decode(&n->trust, ev->rx.data, ev->rx.len, &id) != SESSION_OK || id == n->id) {
		return;
	}
	struct peer *p = peer_find(n, id);

	/* A session that was used lately needs no new one; a host that restarted calls again. */
	if (p && session_can_send(&p->session) && p->heard.ns != INT64_MIN &&
	    mono_sub(n->now, p->heard) < DISCOVER_NS) {
		return;
	}
	struct contact *c = contact_add(n, &ev->rx.from, false);

	if (c && c->session.state != SESSION_HELLO_SENT &&
	    c->session.state != SESSION_RESPONSE_SENT) {
		c->wanted = true;
		c->next_try = mono_min(c->next_try, n->now);
	}
}

void join_rx_handshake(struct node *n, const struct node_event *ev, const struct wire_header *h)
{
	struct contact *c;

	switch ((enum wire_packet)h->type) {
	case WIRE_HELLO:
		rx_hello(n, ev);
		return;
	case WIRE_RESPONSE:
		rx_response(n, ev);
		return;
	case WIRE_DISCOVER:
		if (n->config.discovery) {
			rx_discover(n, ev);
		}
		return;
	case WIRE_CHALLENGE:
	case WIRE_ACCEPT:
		c = contact_of(n, h->session);
		if (!c) {
			n->n_bad++;
		} else if (h->type == WIRE_CHALLENGE) {
			rx_challenge(n, ev, c);
		} else {
			rx_accept(n, ev, c);
		}
		return;
	case WIRE_DATA:
		return;
	}
	n->n_bad++;
}

/* --- Time --- */

static bool contact_due(const struct node *n, const struct contact *c)
{
	return c->used && !c->is_self && (c->wanted || !session_live(n, c));
}

static void contact_try(struct node *n, struct contact *c)
{
	uint8_t out[WIRE_PACKET_MAX], rnd[SESSION_RAND_LEN];

	if (!c->configured && c->peer == NO_INDEX && c->backoff_ns == BACKOFF_NS_MAX) {
		c->used = false; /* somebody called from there once, and is gone */
		return;
	}
	node_random(n, rnd, sizeof(rnd));
	size_t len = session_hello(&c->session, &n->trust, rnd, n->now, out, sizeof(out));

	node_send_bytes(n, &c->addr, NULL, out, len);
	int64_t jitter = (int64_t)rng_below(&n->rng, (uint64_t)c->backoff_ns / 4);

	c->next_try = mono_add(n->now, c->backoff_ns + jitter);
	c->backoff_ns = ns_min(2 * c->backoff_ns, BACKOFF_NS_MAX);
}

static bool alone(const struct node *n)
{
	return n->role == ROLE_MASTER ? n->n_alive <= 1 : !master_alive(n);
}

static void discover_tick(struct node *n)
{
	if (!n->config.discovery || n->now.ns < n->next_discover.ns || !fx_room_to_send(n)) {
		return;
	}
	uint8_t rnd[NONCE_LEN];
	uint8_t *bytes = n->fx->bytes[n->fx->n_send];

	node_random(n, rnd, sizeof(rnd));
	size_t len = discover_encode(&n->trust, rnd, bytes, WIRE_PACKET_MAX);

	n->fx->n_send++;
	struct effect *e = fx_add(n, FX_DISCOVER);

	e->send.data = bytes;
	e->send.len = (uint16_t)len;
	int64_t every = alone(n) ? DISCOVER_NS : DISCOVER_NS_MAX;

	n->next_discover =
		mono_add(n->now, every + (int64_t)rng_below(&n->rng, (uint64_t)every / 4));
}

void join_tick(struct node *n)
{
	uint8_t rnd[KEY_LEN];

	node_random(n, rnd, sizeof(rnd));
	trust_tick(&n->trust, rnd, n->now);
	for (size_t i = 0; i < n->store.n_contacts; i++) {
		struct contact *c = &n->store.contacts[i];

		if (contact_due(n, c) && n->now.ns >= c->next_try.ns && fx_room_to_send(n)) {
			contact_try(n, c);
		}
	}
	discover_tick(n);
}

mono_t join_deadline(const struct node *n)
{
	mono_t d = n->config.discovery ? n->next_discover : MONO_NEVER;

	for (size_t i = 0; i < n->store.n_contacts; i++) {
		const struct contact *c = &n->store.contacts[i];

		if (contact_due(n, c)) {
			d = mono_min(d, c->next_try);
		}
	}
	return d;
}

/* --- What a roster tells --- */

static void roster_entry(struct node *n, const struct peer *from, const struct wire_roster_entry *e,
			 bool by_master)
{
	struct peer *p = e->id == n->id ? NULL : peer_add(n, e->id, false);

	if (!p) {
		return;
	}
	p->listed = n->now;
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
	p->settled = e->state == MEMBER_SETTLED || e->id == n->master;
	p->left = e->state == MEMBER_LEFT;
	p->in_table = !p->left;
	p->own_rate = e->own_rate;
	p->roster = (struct roster_info){.known = true,
					 .at = e->at,
					 .offset_ns = e->offset_ns,
					 .rate = e->rate,
					 .own_rate = e->own_rate,
					 .sd_ns = e->sd_ns,
					 .delay_ns = e->delay_ns,
					 .bound_ns = e->bound_ns,
					 .wall_offset_ns = e->wall_offset_ns,
					 .weight = e->weight,
					 .state = e->state,
					 .reason = e->reason};
	if (n->role == ROLE_DEPUTY && !p->left && !session_can_send(&p->session)) {
		join_want_session(n, p); /* the deputy is ready to speak to everyone */
	}
}

void join_on_roster(struct node *n, struct peer *from, const struct wire_msg *msg)
{
	const struct wire_roster *r = &msg->roster;
	bool by_master = from->id == n->master && msg->term == n->term && n->role != ROLE_MASTER;

	for (unsigned i = 0; i < r->n; i++) {
		const struct wire_roster_entry *e = &r->entry[i];

		if (e->id == n->id && by_master) {
			n->own_rate = e->own_rate;
			n->reason = (enum reason)e->reason;
			n->weight_used = e->weight / 1000.0;
			/* Where the master sees our RAW: the deputy needs it to place the others.
			 */
			n->own_roster = (struct roster_info){.known = true,
							     .at = e->at,
							     .offset_ns = e->offset_ns,
							     .rate = e->rate,
							     .sd_ns = e->sd_ns};
		} else {
			roster_entry(n, from, e, by_master);
		}
	}
}
