/* forge.c - moves whose packets are of handshakes; whoever has the group key can make them. */
#include "tests/traitor/traitor.h"

#include "berk/reason.h"
#include "core/node/state.h"
#include "core/wire/handshake.h"

#include <string.h>

#define TELL_NS	    (3 * NS_PER_S)   /* between two words that make others call */
#define ASK_NS	    (NS_PER_S / 2)   /* between two calls that have brought no cookie */
#define FLOOD_NS    (10 * NS_PER_MS) /* between two bursts of a flood ... */
#define FLOOD_MIN   2		     /* ... of so many packets at least ... */
#define FLOOD_RANGE 3		     /* ... and less than so many more */

static void draw_bytes(struct stretch *v, uint8_t *ret, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		ret[i] = (uint8_t)rng_u64(&v->rng);
	}
}

/* Its own trust, but in the name of whoever has @pub. */
static struct trust trust_as(const struct traitor *t, const uint8_t pub[static KEY_LEN])
{
	struct trust as = t->node->trust;

	memcpy(as.pub, pub, KEY_LEN);
	return as;
}

/* --- Clones --- */

/* The CHALLENGE that its node has just written is in the caller's name instead of its own. */
static void answer_as_caller(struct traitor *t, const struct node_event *ev)
{
	uint8_t pub[KEY_LEN];
	const struct addr *from = &ev->rx.from;

	if (ev->rx.len <= WIRE_HEADER_LEN || ev->rx.data[3] != WIRE_HELLO ||
	    session_check_hello(&t->node->trust, ev->rx.data, ev->rx.len, pub) != SESSION_OK ||
	    memcmp(pub, t->node->trust.pub, KEY_LEN) == 0 ||
	    !move_hits(t, MOVE_CLONE, traitor_slot(t, from))) {
		return;
	}
	const struct trust as = trust_as(t, pub);

	for (size_t i = 0; i < t->fx->n; i++) {
		struct effect *e = &t->fx->fx[i];

		if (e->type == FX_SEND && e->send.data[3] == WIRE_CHALLENGE &&
		    addr_equal(&e->send.to, from)) {
			e->send.len = (uint16_t)session_challenge(&as, from, ev->rx.data,
								  e->send.data, WIRE_PACKET_MAX);
			moves_note(1U << MOVE_CLONE, e->send.data, e->send.len);
		}
	}
}

/* Who is in a session with it calls rarely.  A member that says where a clone was met is believed
 * so far that the victim calls there: it says that it is here. */
static void tell_of_clones(struct traitor *t)
{
	struct stretch *v = &t->move[MOVE_CLONE];

	if (!v->on || t->now.ns < v->next.ns) {
		return;
	}
	v->next = mono_add(t->now, TELL_NS);
	for (size_t k = 0; v->kind % 2 && k < t->node->store.n_peers && k < TRAITOR_PEERS; k++) {
		const struct peer *p = &t->node->store.peers[k];
		struct wire_msg m = {.type = WIRE_ROSTER,
				     .term = t->node->election.term,
				     .roster = {.total = 1, .n = 1}};

		m.roster.entry[0] = (struct wire_roster_entry){.id = p->id,
							       .addr = p->local,
							       .reason = REASON_CLONE,
							       .closure_ns = CLOSURE_UNKNOWN};
		memcpy(m.roster.entry[0].name, t->node->config.name, NODE_NAME_MAX);
		if (p->used && v->whom >> k & 1) {
			traitor_say(t, k, &m);
		}
	}
}

/* --- Floods --- */

/* In its own name, or in that of nobody. */
void forge_begin(struct traitor *t, enum move k)
{
	struct stretch *v = &t->move[k];
	size_t n = t->node->store.n_peers < TRAITOR_PEERS ? t->node->store.n_peers : TRAITOR_PEERS;

	if (k != MOVE_PROOFS && k != MOVE_CALLS) {
		return;
	}
	v->victim = rng_below(&v->rng, n);
	for (size_t i = 0; i < n && !t->node->store.peers[v->victim].used; i++) {
		v->victim = (v->victim + 1) % n;
	}
	v->len = 0;
	memcpy(v->pub, t->node->trust.pub, KEY_LEN);
	if (v->kind % 2) {
		draw_bytes(v, v->pub, KEY_LEN);
	}
}

/* The next packet, to the victim of @v; it is one of @moves. */
static void send_to_victim(struct traitor *t, const struct stretch *v, unsigned moves,
			   const uint8_t *packet, size_t len)
{
	const struct peer *p = &t->node->store.peers[v->victim];
	uint8_t *data = traitor_room(t);

	if (data && len > 0 && p->used && p->addr.port != 0) {
		memcpy(data, packet, len);
		t->moved = moves;
		traitor_send(t, p, len);
	}
}

/* A HELLO with a new nonce: no copy of any other. */
static void call(struct traitor *t, struct stretch *v, unsigned moves)
{
	const struct trust as = trust_as(t, v->pub);
	uint8_t rnd[SESSION_RAND_LEN], packet[WIRE_PACKET_MAX];

	draw_bytes(v, rnd, sizeof(rnd));
	session_init(&v->session, (uint32_t)rng_u64(&v->rng));
	send_to_victim(t, v, moves, packet,
		       session_hello(&v->session, &as, rnd, t->now, packet, sizeof(packet)));
}

/* The cookie is good, and so is the MAC; but nobody holds the key, as only Diffie and Hellman can
 * tell. */
static void respond(struct traitor *t)
{
	struct stretch *v = &t->move[MOVE_PROOFS];

	draw_bytes(v, v->response + v->len - MAC_LEN - NOISE_TAG_LEN, NOISE_TAG_LEN);
	mac_put(v->response, v->len, v->session.group_key);
	send_to_victim(t, v, 1U << MOVE_PROOFS, v->response, v->len);
}

/* The CHALLENGE to its call has come: from here on it has a cookie. */
static void take_cookie(struct traitor *t, const struct node_event *ev)
{
	struct stretch *v = &t->move[MOVE_PROOFS];
	const struct trust as = trust_as(t, v->pub);
	uint8_t rnd[SESSION_RAND_LEN];
	struct wire_header h;

	if (!v->on || v->len > 0 || wire_header_get(ev->rx.data, ev->rx.len, &h) != WIRE_OK ||
	    h.type != WIRE_CHALLENGE || h.session != v->session.index_local) {
		return;
	}
	draw_bytes(v, rnd, sizeof(rnd));
	if (session_on_challenge(&v->session, &as, ev->rx.data, ev->rx.len, rnd, t->now,
				 v->response, sizeof(v->response), &v->len) != SESSION_OK) {
		v->len = 0;
	}
}

static void flood(struct traitor *t, enum move k)
{
	struct stretch *v = &t->move[k];
	bool asks = k == MOVE_PROOFS && v->len == 0;
	unsigned n = FLOOD_MIN + (unsigned)(v->value % FLOOD_RANGE);

	if (!v->on || t->now.ns < v->next.ns) {
		return;
	}
	v->next = mono_add(t->now, asks ? ASK_NS : FLOOD_NS);
	if (asks) {
		call(t, v, 0);
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		if (k == MOVE_PROOFS) {
			respond(t);
		} else {
			call(t, v, 1U << MOVE_CALLS);
		}
	}
}

void forge_answer(struct traitor *t, const struct node_event *ev)
{
	answer_as_caller(t, ev);
	take_cookie(t, ev);
}

void forge_tick(struct traitor *t)
{
	tell_of_clones(t);
	flood(t, MOVE_PROOFS);
	flood(t, MOVE_CALLS);
}
