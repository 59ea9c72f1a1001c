/* clone.c - two hosts with one identity, as a copied disk makes them. */
#include "core/node/clone.h"

#include "core/node/contacts.h"
#include "core/node/effects.h"
#include "core/node/outbox.h"
#include "core/node/table.h"

#include <assert.h>

#define ASK_NS	  NS_PER_S	  /* between questions that were caused by hearsay */
#define CALL_NS	  (3 * NS_PER_S)  /* between the calls of a host that has a clone */
#define STANDS_NS (5 * CALL_NS)	  /* no answer for so long: the clone is gone */
#define TWIN_NS	  (10 * CALL_NS)  /* of a peer: no turn for so long */
#define TURN_NS	  (10 * NS_PER_S) /* one turn follows another within */
#define FLIGHT_NS NS_PER_S	  /* a packet under older keys may be under way so long */
#define TURNS	  3		  /* so many turns in a row show two hosts, ... */
#define TURNS_OLD 2		  /* ... so many of them under keys that one host had given up */

/* --- Our own identity, at another host --- */

static void tell_own(struct node *n, bool over)
{
	notice(n, NOTICE_CLONE, over ? LEVEL_NOTICE : LEVEL_ERR, 0,
	       .clone = {.addr = n->joining.clone.at, .over = over});
}

void clone_suspect(struct node *n, const struct addr *from)
{
	struct clone *k = &n->joining.clone;
	struct contact *c;

	if (n->step.now.ns < k->next_ask.ns) {
		return;
	}
	k->next_ask = mono_add(n->step.now, ASK_NS);
	c = contact_add(n, from, HOST_FOUND);
	if (c && !c->is_self && c->session.state != SESSION_HELLO_SENT) {
		contact_call(n, c, n->step.now);
	}
}

void clone_found(struct node *n, struct contact *c)
{
	struct clone *k = &n->joining.clone;
	bool news = mono_is_never(k->until);

	assert(c->used);
	contact_call(n, c, mono_add(n->step.now, CALL_NS));
	k->at = c->addr;
	k->until = mono_add(n->step.now, STANDS_NS);
	if (news) {
		k->next_call = n->step.now;
		tell_own(n, false);
	}
}

/* A word under the keys that we have shows whoever gave these up that we are another host; then new
 * keys, for his are the ones in use there.  A step has room for some peers: those after them come in
 * the next steps. */
static void call_peers(struct node *n)
{
	struct clone *k = &n->joining.clone;
	const struct wire_msg ping = {.type = WIRE_PING, .term = n->election.term};

	for (; k->next_peer < n->store.n_peers && fx_has_room(n); k->next_peer++) {
		struct peer *p = &n->store.peers[k->next_peer];

		if (p->used && !p->left && session_can_send(&p->session)) {
			outbox_send(n, p, &ping, false, 0);
			contact_want_session(n, p);
		}
	}
	if (k->next_peer == n->store.n_peers) {
		k->next_peer = 0;
		k->next_call =
			mono_add(n->step.now, CALL_NS + (int64_t)rng_below(&n->rng, CALL_NS / 4));
	}
}

static void own_tick(struct node *n)
{
	struct clone *k = &n->joining.clone;

	if (mono_is_never(k->until)) {
		return;
	}
	if (n->step.now.ns >= k->until.ns) {
		k->until = MONO_NEVER;
		tell_own(n, true);
	} else if (n->step.now.ns >= k->next_call.ns) {
		call_peers(n);
	}
}

/* --- The identity of a peer, at two hosts --- */

static void tell_twin(struct node *n, const struct peer *p, bool over)
{
	notice(n, NOTICE_CLONE, over ? LEVEL_NOTICE : LEVEL_ERR, p->id,
	       .clone = {.addr = p->twin.here.addr, .other = p->twin.other.addr, .over = over});
}

/* From the address before, under other keys than those that the present one uses, while both
 * speak. */
static void count_turn(struct node *n, struct peer *p, bool old)
{
	struct twin *t = &p->twin;

	if (mono_sub(n->step.now, t->turned) > TURN_NS) {
		t->n_turns = t->n_old = 0;
	}
	t->turned = n->step.now;
	t->n_turns = t->n_turns < TURNS ? (uint8_t)(t->n_turns + 1) : t->n_turns;
	t->n_old = t->n_old < TURNS_OLD ? (uint8_t)(t->n_old + old) : t->n_old;
}

void clone_track(struct node *n, struct peer *p, const struct addr *from)
{
	const struct session *s = &p->session;
	struct twin *t = &p->twin;
	struct twin_end now = {.addr = *from, .keys = s->opened, .heard = n->step.now};
	bool old = s->opened != session_keys_name(&s->now);

	if (t->here.addr.port == 0 || addr_equal(from, &t->here.addr)) {
		t->here = now;
		return;
	}
	if (old && (mono_sub(n->step.now, s->now.since) < FLIGHT_NS || s->now.rx_max == 0)) {
		return; /* it may have been sent before the newer keys were known there */
	}
	bool turn = addr_equal(from, &t->other.addr) && now.keys != t->here.keys &&
		    mono_sub(n->step.now, t->here.heard) < TURN_NS;

	t->other = t->here;
	t->here = now;
	if (!turn) {
		return;
	}
	count_turn(n, p, old);
	if (t->n_turns < TURNS || t->n_old < TURNS_OLD) {
		return;
	}
	bool news = mono_is_never(t->until);

	t->until = mono_add(n->step.now, TWIN_NS);
	if (news) {
		tell_twin(n, p, false);
	}
}

void clone_tick(struct node *n)
{
	own_tick(n);
	for_each_peer (n, p) {
		if (n->step.now.ns >= p->twin.until.ns) {
			p->twin.until = MONO_NEVER;
			p->twin.n_turns = p->twin.n_old = 0;
			tell_twin(n, p, true);
		}
	}
}

mono_t clone_deadline(const struct node *n)
{
	const struct clone *k = &n->joining.clone;
	mono_t d = mono_is_never(k->until) ? MONO_NEVER : mono_min(k->until, k->next_call);

	for_each_peer (n, p) {
		d = mono_min(d, p->twin.until);
	}
	return d;
}

void clone_init(struct node *n)
{
	n->joining.clone.until = MONO_NEVER;
	n->joining.clone.next_ask = MONO_LONG_AGO;
}
