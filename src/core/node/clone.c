/* clone.c - two hosts with one identity, as a copied disk makes them. */
#include "core/node/clone.h"

#include "core/node/contacts.h"
#include "core/node/effects.h"
#include "core/node/lease.h"
#include "core/node/outbox.h"
#include "core/node/table.h"

#include <assert.h>
#include <string.h>

#define CALL_NS	  (3 * NS_PER_S)  /* between the calls of a host that has a clone */
#define STANDS_NS (5 * CALL_NS)	  /* no answer for so long: the clone may be gone */
#define TWIN_NS	  (10 * CALL_NS)  /* of a peer: no turn for so long */
#define BEATS	  4		  /* but so many polls at least: then the silent are not counted */
#define TURN_NS	  (10 * NS_PER_S) /* one turn follows another within */
#define FLIGHT_NS NS_PER_S	  /* a packet under older keys may be under way so long */

/* For how long what was last seen of a twin stands: @ns, where polls are not slow. */
static int64_t stands_ns(const struct node *n, int64_t ns)
{
	return ns_max(ns, ns_mul(BEATS, heartbeat_ns(n)));
}

/* Somebody was at @at who had the identity of @p (NULL: ours), and was not heard for long.  Is
 * it gone?  Somebody else is there now, or most hosts are here without the two.  Else it may be
 * where we do not see it, and count there as well: two sides of a split would each be a
 * majority. */
static bool is_gone(const struct node *n, const struct peer *p, const struct addr *at)
{
	const struct census *census = &n->election.census;
	const struct contact *c = contact_find(n, at);
	bool unmet = c && contact_is_configured(c) && !c->forgiven && c->peer == NO_INDEX;
	unsigned all = electorate(n) - unmet; /* its place is not that of one more host */
	/* In the seconds without a master after a split, too, until each side has its own. */
	bool counts = mono_within(n->joining.clone.counted, n->step.now, stands_ns(n, TWIN_NS));

	for_each_peer (n, q) {
		if (q != p && addr_equal(&q->addr, at) &&
		    mono_within(q->heard, n->step.now, TWIN_NS)) {
			return true;
		}
	}
	/* Where nobody counts the hosts, nobody is misled. */
	return !counts || 2 * (census->n_alive - census->guest) > all;
}

/* --- Our own identity, at another host --- */

static void tell_own(struct node *n, bool over)
{
	notice(n, NOTICE_CLONE, over ? LEVEL_NOTICE : LEVEL_ERR, 0,
	       .clone = {.addr = n->joining.clone.at, .over = over});
}

bool clone_suspect(struct node *n, const struct addr *from, enum hearsay by)
{
	return contact_ask(n, from, n->self.id, by);
}

void clone_found(struct node *n, struct contact *c)
{
	struct clone *k = &n->joining.clone;
	bool news = mono_is_never(k->until);

	assert(c->used);
	contact_call(n, c, mono_add(n->step.now, CALL_NS));
	k->at = c->addr;
	k->until = mono_add(n->step.now, stands_ns(n, STANDS_NS));
	if (news) {
		k->next_call = n->step.now;
		tell_own(n, false);
	}
}

/* One entry says all: the identity @id is also at @at. */
static void say_clone(struct node *n, struct peer *p, node_id id, const struct addr *at)
{
	struct wire_msg claim = {.type = WIRE_ROSTER,
				 .term = n->election.term,
				 .roster = {.total = 1, .n = 1}};
	struct wire_roster_entry *e = &claim.roster.entry[0];

	e->id = id;
	e->addr = *at;
	e->reason = REASON_CLONE;
	e->closure_ns = CLOSURE_UNKNOWN;
	memcpy(e->name, n->config.name, sizeof(e->name));
	outbox_send(n, p, &claim, false, 0);
}

void clone_tell(struct node *n, struct peer *p)
{
	if (!mono_is_never(n->joining.clone.until)) {
		say_clone(n, p, n->self.id, &n->joining.clone.at);
	}
}

/* No other word of ours can be believed while there are two of us.  New keys too, for those of
 * the other one may be the ones in use there.  A step has room for some peers: those after them
 * come in the next steps. */
static void call_peers(struct node *n)
{
	struct clone *k = &n->joining.clone;

	for (; k->next_peer < n->store.n_peers && fx_has_room(n); k->next_peer++) {
		struct peer *p = &n->store.peers[k->next_peer];

		if (p->used && !p->left && session_can_send(&p->session)) {
			clone_tell(n, p);
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
	if (n->step.now.ns >= k->until.ns && is_gone(n, NULL, &k->at)) {
		k->until = MONO_NEVER;
		tell_own(n, true);
		return;
	}
	if (n->step.now.ns >= k->until.ns) {
		k->until = mono_add(n->step.now, stands_ns(n, STANDS_NS));
	}
	if (n->step.now.ns >= k->next_call.ns) {
		call_peers(n);
	}
}

/* --- The identity of a peer, at two hosts --- */

static void tell_twin(struct node *n, const struct peer *p, bool over)
{
	notice(n, NOTICE_CLONE, over ? LEVEL_NOTICE : LEVEL_ERR, p->id,
	       .clone = {.addr = p->twin.at[0], .other = p->twin.at[1], .over = over});
}

/* There are two.  Each may have more addresses than these, and speak from any. */
static void set_twin(struct node *n, struct peer *p, const struct addr *one,
		     const struct addr *other)
{
	bool news = mono_is_never(p->twin.until);

	p->twin.at[0] = *one;
	p->twin.at[1] = *other;
	p->twin.until = mono_add(n->step.now, stands_ns(n, TWIN_NS));
	if (news) {
		tell_twin(n, p, false);
	}
}

bool clone_on_claim(struct node *n, struct peer *p, const struct wire_msg *msg,
		    const struct addr *from)
{
	const struct wire_roster_entry *e = &msg->roster.entry[0];

	if (msg->type != WIRE_ROSTER || msg->roster.total != 1 || msg->roster.n != 1 ||
	    e->reason != REASON_CLONE || (e->id != p->id && e->id != n->self.id)) {
		return false;
	}
	if (e->id == p->id && addr_equal(&e->addr, &p->local)) {
		return true; /* that was us: by now we have an identity of our own */
	}
	if (e->id == p->id) {
		set_twin(n, p, from, &e->addr);
	} else {
		(void)clone_suspect(n, &e->addr, HEARSAY_MEMBER);
	}
	return true;
}

void clone_track(struct node *n, struct peer *p, const struct addr *from)
{
	const struct session *s = &p->session;
	struct twin *t = &p->twin;
	const struct twin_end before = t->here;
	uint64_t newest = s->now.name;
	bool old = s->opened != newest;
	bool elsewhere = before.addr.port != 0 && !addr_equal(from, &before.addr);

	if (elsewhere && old &&
	    (mono_sub(n->step.now, s->now.since) < FLIGHT_NS || s->now.rx_max == 0)) {
		return; /* it may have been sent before the newer keys were known there */
	}
	t->here = (struct twin_end){.addr = *from, .keys = s->opened, .heard = n->step.now};
	if (!elsewhere || mono_sub(n->step.now, before.heard) > TURN_NS) {
		return;
	}
	if (!old && before.keys != newest) { /* it has moved, or is two: it can ask there */
		say_clone(n, p, p->id, &before.addr);
	}
	if (!old || before.keys != newest) {
		return;
	}
	bool again = !mono_is_long_ago(t->turned) && mono_sub(n->step.now, t->turned) <= TURN_NS;

	t->turned = n->step.now;
	if (again) { /* once may be handshakes that crossed */
		set_twin(n, p, from, &before.addr);
	}
}

void clone_tick(struct node *n)
{
	if (n->election.role == ROLE_MASTER || master_alive(n)) {
		n->joining.clone.counted = n->step.now;
	}
	own_tick(n);
	for_each_peer (n, p) {
		if (n->step.now.ns < p->twin.until.ns) {
			continue;
		}
		if (is_gone(n, p, &p->twin.at[0]) || is_gone(n, p, &p->twin.at[1])) {
			p->twin.until = MONO_NEVER;
			tell_twin(n, p, true);
		} else {
			p->twin.until = mono_add(n->step.now, stands_ns(n, TWIN_NS));
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
	n->joining.clone.counted = MONO_LONG_AGO;
}
