/* join.c - handshakes, and when to try them.  ARCHITECTURE.md, "Trust".
 *
 * Handshakes that we begin belong to a contact until the ACCEPT; then its keys move to the peer.
 * The session index in a header says which of the two a packet is for: CONTACT_BIT | slot, or slot.
 */
#include "core/node/join.h"

#include "berk/term.h"
#include "core/node/clone.h"
#include "core/node/contacts.h"
#include "core/node/effects.h"
#include "core/node/knock.h"
#include "core/node/lease.h"
#include "core/node/outbox.h"
#include "core/node/path.h"
#include "core/node/peer.h"
#include "core/node/rows.h"
#include "core/node/serve.h"
#include "core/node/table.h"
#include "core/wire/discover.h"
#include "core/wire/handshake.h"
#include "core/wire/keyring.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define HANDSHAKE_NS	NS_PER_S	/* an answer is expected within */
#define DISCOVER_NS	(2 * NS_PER_S)	/* while alone */
#define DISCOVER_NS_MAX (60 * NS_PER_S) /* later: hosts that could not hear us */
#define DISCOVER_APART	(10 * NS_PER_S) /* then, too, when a stranger is to hear us */

void join_start(struct node *n)
{
	assert(n->self.started);
	serve_start(n);
	for (size_t i = 0; i < n->store.n_contacts; i++) {
		n->store.contacts[i].next_try = n->step.now;
	}
	if (n->config.discovery) {
		n->joining.next_discover = n->step.now;
	}
}

/* A HELLO with our own key: our own that came back, or that of a host with our identity, or of
 * somebody who kept one.  Is it to be answered?  Not where a call of ours goes out, for that would
 * be two packets for one; whoever has our identity then answers us.  Once he is known, both call
 * now and then, and each answers the other. */
static bool hear_own_hello(struct node *n, const struct node_event *ev)
{
	for (size_t i = 0; i < n->store.n_contacts; i++) {
		struct contact *c = &n->store.contacts[i];

		if (c->used && session_is_own_hello(&c->session, ev->rx.data, ev->rx.len)) {
			/* Where it was sent to is an address of this host, or somebody turned it
			 * round; no answer of ours can be handed back then. */
			c->is_self = addr_equal(&ev->rx.to, &c->addr);
			return false;
		}
	}
	return has_clone(n) || !clone_suspect(n, &ev->rx.from, HEARSAY_STRANGER);
}

/* Was it made with a group key that we take?  By whom, that is another question. */
static bool has_the_key(enum session_verdict v)
{
	return v == SESSION_OK || v == SESSION_NOT_PINNED || v == SESSION_REVOKED;
}

static void on_hello(struct node *n, const struct node_event *ev)
{
	uint8_t out[WIRE_PACKET_MAX], pub[KEY_LEN];
	size_t len = 0;

	enum session_verdict v = session_check_hello(&n->trust, ev->rx.data, ev->rx.len, pub);

	if (has_the_key(v) && !serve_answer(n, ev)) {
		outbox_count_bad(n);
		return;
	}
	if (v != SESSION_OK) {
		knock_note_handshake(n, ev, v);
		return;
	}
	len = session_challenge(&n->trust, &ev->rx.from, ev->rx.data, out, sizeof(out));
	if (memcmp(pub, n->trust.pub, KEY_LEN) != 0) {
		contact_note_call(n, &ev->rx.from);
	} else if (!hear_own_hello(n, ev)) {
		return;
	}
	outbox_send_bytes(n, &ev->rx.from, &ev->rx.to, out, len);
}

struct peer *join_peer_of(struct node *n, uint32_t index)
{
	uint32_t slot = index & SLOT_MASK;

	if (index & CONTACT_BIT) {
		struct contact *c = contact_of_index(n, index);

		return c && c->keys_of != NO_INDEX ? &n->store.peers[c->keys_of] : NULL;
	}
	if (slot >= n->store.n_peers) {
		return NULL;
	}
	struct peer *p = &n->store.peers[slot];

	return p->session.index_local == index ? p : NULL;
}

static void on_challenge(struct node *n, const struct node_event *ev, struct contact *c)
{
	uint8_t out[WIRE_PACKET_MAX], rnd[SESSION_RAND_LEN];
	size_t len = 0;

	fx_random(n, rnd, sizeof(rnd));
	enum session_verdict v =
		session_on_challenge(&c->session, &n->trust, ev->rx.data, ev->rx.len, rnd,
				     n->step.now, out, sizeof(out), &len);

	sodium_memzero(rnd, sizeof(rnd));
	if (v == SESSION_SELF) {
		clone_found(n, c);
		contact_note_refusal(n, &c->addr, ev->rx.len, KNOCK_CLONE);
		return;
	}
	if (v != SESSION_OK) {
		knock_note_handshake(n, ev, v);
		return;
	}
	contact_note_call(n, &c->addr);
	c->next_try = mono_add(n->step.now, HANDSHAKE_NS);
	outbox_send_bytes(n, &c->addr, NULL, out, len);
}

/* The peer whose key was proved from there, or NULL: it cannot be let in, which is told. */
static struct peer *admit(struct node *n, const struct node_event *ev,
			  const uint8_t pub[static KEY_LEN])
{
	node_id id = id_from_key(pub);
	enum session_verdict v = trust_check(&n->trust, pub);

	if (v != SESSION_OK) { /* the lists have changed amid the handshake */
		knock_note_handshake(n, ev, v);
		return NULL;
	}
	const struct contact *c = contact_find(n, &ev->rx.from);
	bool collides = table_has_tag(n, id);
	bool expected = c && contact_is_configured(c);
	struct peer *p = collides ? NULL : peer_add(n, id, expected ? PEER_EXPECTED : PEER_PROVED);

	if (!p) {
		outbox_count_bad(n);
		knock_refuse(n, &ev->rx.from, ev->rx.len,
			     collides ? KNOCK_SAME_TAG : KNOCK_TABLE_FULL);
	}
	return p;
}

/* The cheap first; SESSION_OK: whoever sent it holds the key @ret_pub, and @ret_noise goes on. */
static enum session_verdict prove_response(struct node *n, const struct node_event *ev,
					   uint8_t ret_pub[static KEY_LEN], struct noise *ret_noise)
{
	enum session_verdict v =
		session_check_response(&n->trust, &ev->rx.from, ev->rx.data, ev->rx.len, ret_pub);

	if (!has_the_key(v)) {
		return v;
	}
	const struct peer *p = v == SESSION_OK ? peer_find(n, id_from_key(ret_pub)) : NULL;

	v = p ? session_check_offer(&p->session, ev->rx.data, n->step.now) : v;
	if (v == SESSION_REPLAYED || !serve_prove(n, ev)) {
		return v == SESSION_REPLAYED ? v : SESSION_BUSY;
	}
	return v == SESSION_OK ? session_prove_response(&n->trust, ev->rx.data, ret_noise) : v;
}

static void on_response(struct node *n, const struct node_event *ev)
{
	uint8_t out[WIRE_PACKET_MAX], pub[KEY_LEN], rnd[SESSION_RAND_LEN];
	size_t len = 0;
	struct noise noise;
	enum session_verdict v = prove_response(n, ev, pub, &noise);

	if (v != SESSION_OK) {
		knock_note_handshake(n, ev, v);
		return;
	}
	struct peer *p = admit(n, ev, pub);

	if (!p) {
		noise_erase(&noise);
		return;
	}
	fx_random(n, rnd, sizeof(rnd));
	v = session_accept(&p->session, &n->trust, &noise, ev->rx.data, rnd, n->step.now, out,
			   sizeof(out), &len);
	sodium_memzero(rnd, sizeof(rnd));
	if (v != SESSION_OK) {
		knock_note_handshake(n, ev, v);
		return;
	}
	p->session.next.group = keyring_serial_of(&n->trust, ev->rx.data, ev->rx.len);
	path_proved(n, p, &ev->rx.from, &ev->rx.to);
	outbox_send_bytes(n, &ev->rx.from, &ev->rx.to, out, len);
}

static struct peer *on_accept(struct node *n, const struct node_event *ev, struct contact *c)
{
	uint32_t group = keyring_serial_of(&n->trust, ev->rx.data, ev->rx.len);
	enum session_verdict v =
		session_on_accept(&c->session, &n->trust, ev->rx.data, ev->rx.len, n->step.now);

	if (v == SESSION_OK && group == 0) { /* its key was struck amid the handshake */
		v = SESSION_BAD_MAC;
	}
	if (v != SESSION_OK) {
		knock_note_handshake(n, ev, v);
		return NULL;
	}
	struct peer *p = admit(n, ev, c->session.peer_pub);

	if (!p) {
		return NULL;
	}
	/* The keys move to the peer; what it had before still opens packets in flight. */
	p->session.before = p->session.now;
	p->session.now = c->session.now;
	p->session.now.group = group;
	memcpy(p->session.peer_pub, c->session.peer_pub, KEY_LEN);
	p->session.state = SESSION_OPEN;
	sodium_memzero(&c->session.now, sizeof(c->session.now));
	sodium_memzero(&c->session.before, sizeof(c->session.before));
	peer_note_session(n, p);
	contact_track(n, p, &c->addr, &ev->rx.to);
	contact_bind(n, c, p);
	c->keys_of = c->peer;
	knock_admit(n, &c->addr);
	c->backoff_ns = BACKOFF_NS_MIN;
	notice(n, NOTICE_SESSION_OPEN, LEVEL_DEBUG, p->id, .session_open = {.initiator = true});
	/* The responder may not send before it has seen the new keys at work. */
	outbox_send(n, p, &(struct wire_msg){.type = WIRE_PING, .term = n->election.term}, false,
		    0);
	p->session.opened = p->session.now.name; /* it may not say more */
	clone_track(n, p, &c->addr);
	return p;
}

/* Whoever is refused is to know of it too; but who is settled calls rarely, and strangers may be
 * many. */
static void discover_soon(struct node *n)
{
	int64_t left = mono_sub(n->joining.next_discover, n->step.now);

	if (left > 2 * DISCOVER_NS && left <= DISCOVER_NS_MAX - DISCOVER_APART) {
		n->joining.next_discover =
			mono_add(n->step.now, (int64_t)rng_below(&n->rng, NS_PER_S));
	}
}

/* A multicast is for anybody: another group may use the same network, but no configured peer
 * does. */
static void call_refused(struct node *n, const struct node_event *ev, enum session_verdict v)
{
	const struct contact *c = contact_find(n, &ev->rx.from);

	if (v == SESSION_BAD_MAC && !(c && contact_is_configured(c))) {
		outbox_count_bad(n);
		if (knock_refuse(n, &ev->rx.from, ev->rx.len, KNOCK_OTHER_GROUP)) {
			discover_soon(n);
		}
	} else {
		knock_note_handshake(n, ev, v);
	}
}

static void on_discover(struct node *n, const struct node_event *ev)
{
	const uint8_t *nonce;
	node_id id;
	enum session_verdict v = discover_decode(&n->trust, ev->rx.data, ev->rx.len, &id, &nonce);

	if (v != SESSION_OK) {
		call_refused(n, ev, v);
		return;
	}
	if (id == n->self.id) {
		if (memcmp(nonce, n->joining.discover_nonce, NONCE_LEN) != 0) {
			(void)clone_suspect(n, &ev->rx.from, HEARSAY_STRANGER);
		}
		return;
	}
	struct peer *p = peer_find(n, id);

	/* A session that was used lately needs no new one; a host that restarted calls again. */
	if (p && session_can_send(&p->session) && !mono_is_long_ago(p->heard) &&
	    mono_sub(n->step.now, p->heard) < DISCOVER_NS) {
		return;
	}
	(void)contact_ask(n, &ev->rx.from, id, HEARSAY_STRANGER);
}

struct peer *join_on_handshake(struct node *n, const struct node_event *ev,
			       const struct wire_header *h)
{
	struct contact *c;

	switch ((enum wire_packet)h->type) {
	case WIRE_HELLO:
		on_hello(n, ev);
		return NULL;
	case WIRE_RESPONSE:
		on_response(n, ev);
		return NULL;
	case WIRE_DISCOVER:
		if (n->config.discovery) {
			on_discover(n, ev);
		}
		return NULL;
	case WIRE_CHALLENGE:
	case WIRE_ACCEPT:
		c = contact_of_index(n, h->session);
		if (c && h->type == WIRE_ACCEPT) {
			return on_accept(n, ev, c);
		}
		if (c) {
			on_challenge(n, ev, c);
			return NULL;
		}
		break;
	case WIRE_DATA:
		return NULL;
	}
	outbox_count_bad(n);
	return NULL;
}

/* A session is of use while its other end is there: a host that has started anew knows nothing
 * of it, and may know no address of ours. */
static bool session_live(const struct node *n, const struct contact *c)
{
	const struct peer *p = c->peer == NO_INDEX ? NULL : &n->store.peers[c->peer];

	if (!p || !session_can_send(&p->session)) {
		return false;
	}
	return p->left ? !contact_is_configured(c) : row_is_here(n, p, n->step.now);
}

static bool contact_due(const struct node *n, const struct contact *c)
{
	return c->used && !c->is_self && (c->wanted || !session_live(n, c));
}

static void contact_try(struct node *n, struct contact *c)
{
	uint8_t out[WIRE_PACKET_MAX], rnd[SESSION_RAND_LEN];

	if (!contact_note_try(c)) {
		return;
	}
	fx_random(n, rnd, sizeof(rnd));
	size_t len = session_hello(&c->session, &n->trust, rnd, n->step.now, out, sizeof(out));

	outbox_send_bytes(n, &c->addr, NULL, out, len);
	int64_t jitter = (int64_t)rng_below(&n->rng, (uint64_t)c->backoff_ns / 4);

	c->next_try = mono_add(n->step.now, c->backoff_ns + jitter);
	c->backoff_ns = ns_min(2 * c->backoff_ns, BACKOFF_NS_MAX);
}

static bool is_alone(const struct node *n)
{
	return n->election.role == ROLE_MASTER ? n->election.census.n_alive <= 1 : !master_alive(n);
}

static void discover_tick(struct node *n)
{
	uint8_t rnd[NONCE_LEN], bytes[WIRE_PACKET_MAX];

	if (!n->config.discovery || n->step.now.ns < n->joining.next_discover.ns ||
	    !fx_has_room(n)) {
		return;
	}
	fx_random(n, rnd, sizeof(rnd));
	memcpy(n->joining.discover_nonce, rnd, NONCE_LEN);
	outbox_discover(n, bytes, discover_encode(&n->trust, rnd, bytes, sizeof(bytes)));
	int64_t every = is_alone(n) ? DISCOVER_NS : DISCOVER_NS_MAX;

	n->joining.next_discover =
		mono_add(n->step.now, every + (int64_t)rng_below(&n->rng, (uint64_t)every / 4));
}

void join_tick(struct node *n)
{
	uint8_t rnd[KEY_LEN];

	fx_random(n, rnd, sizeof(rnd));
	trust_tick(&n->trust, rnd, n->step.now);
	for (size_t i = 0; i < n->store.n_contacts; i++) {
		struct contact *c = &n->store.contacts[i];

		if (contact_due(n, c) && n->step.now.ns >= c->next_try.ns && fx_has_room(n)) {
			contact_try(n, c);
		}
	}
	discover_tick(n);
}

mono_t join_deadline(const struct node *n)
{
	mono_t d = n->config.discovery ? n->joining.next_discover : MONO_NEVER;

	for (size_t i = 0; i < n->store.n_contacts; i++) {
		const struct contact *c = &n->store.contacts[i];

		if (contact_due(n, c)) {
			d = mono_min(d, c->next_try);
		}
	}
	return d;
}

void join_retry_all(struct node *n)
{
	contacts_retry(n);
	if (n->config.discovery) {
		n->joining.next_discover = n->step.now;
	}
}

void join_recall_key(struct peer *p, const uint8_t key[static KEY_LEN])
{
	assert(p->used && !session_can_send(&p->session));
	memcpy(p->session.peer_pub, key, KEY_LEN);
}

void join_init(struct node *n)
{
	n->joining.next_discover = MONO_NEVER;
	contacts_init(n);
}
