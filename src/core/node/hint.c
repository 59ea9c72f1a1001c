/* hint.c - telling others where the master is: perhaps we are the only one whom both know. */
#include "core/node/hint.h"

#include "core/node/effects.h"
#include "core/node/lease.h"
#include "core/node/outbox.h"
#include "core/node/table.h"

#include <assert.h>

#define HINT_NS	    (10 * NS_PER_S)  /* between hints, at first, */
#define HINT_NS_MAX (640 * NS_PER_S) /* and at last */

/* Add @m to what is told. */
static void list(struct wire_roster *r, const struct peer *m, enum member_state state)
{
	assert(r->n < WIRE_ROSTER_MAX);
	struct wire_roster_entry *e = &r->entry[r->n++];

	r->total = r->n;
	*e = (struct wire_roster_entry){.id = m->id,
					.addr = m->addr,
					.state = (uint8_t)state,
					.mode = (uint8_t)m->mode,
					.priority = m->priority,
					.closure_ns = CLOSURE_UNKNOWN};
	peer_tell_name(m, e->name);
}

static void tell_of(struct node *n, const struct peer *m, enum member_state state, struct peer *to)
{
	struct wire_msg msg = {.type = WIRE_ROSTER, .term = n->election.term};

	list(&msg.roster, m, state);
	outbox_send(n, to, &msg, false, 0);
}

static bool is_follower(const struct node *n, const struct peer *f, const struct peer *but)
{
	return f != but && peer_alive(n, f) && f->addr.port != 0;
}

void hint_followers(struct node *n, struct peer *p)
{
	struct wire_msg msg = {.type = WIRE_ROSTER, .term = n->election.term};
	unsigned skip = 0;

	assert(n->election.role == ROLE_MASTER);
	if (mono_within(p->hinted, n->step.now, heartbeat_ns(n))) {
		return;
	}
	p->hinted = n->step.now;
	for_each_peer (n, f) {
		skip += is_follower(n, f, p);
	}
	skip = skip > WIRE_ROSTER_MAX ? (unsigned)rng_below(&n->rng, skip - WIRE_ROSTER_MAX + 1)
				      : 0;
	for_each_peer (n, f) {
		if (!is_follower(n, f, p) || msg.roster.n == WIRE_ROSTER_MAX) {
			continue;
		}
		if (skip > 0) {
			skip--;
		} else {
			list(&msg.roster, f, MEMBER_SETTLED);
		}
	}
	if (msg.roster.n > 0) {
		outbox_send(n, p, &msg, false, 0);
	}
}

void hint_send(struct node *n, struct peer *p)
{
	struct peer *m = n->election.master ? peer_find(n, n->election.master) : NULL;

	if (!m || m == p || n->election.role == ROLE_MASTER || !master_alive(n) ||
	    m->addr.port == 0) {
		return;
	}
	tell_of(n, m, MEMBER_SETTLED, p);
}

/* Our master may not know whom we miss, nor where it was. */
static void hint_miss(struct node *n, const struct peer *p)
{
	struct peer *m = peer_find(n, n->election.master);

	if (m && session_can_send(&m->session)) {
		tell_of(n, p, MEMBER_UNSEEN, m);
	}
}

/* Who spoke with us before there was a master, and is not in its table, may not know where it is:
 * perhaps we are the only ones whom both know. */
void hint_tick(struct node *n)
{
	assert(n->election.role == ROLE_MEMBER || n->election.role == ROLE_DEPUTY);
	if (n->step.now.ns < n->joining.hint.at.ns) {
		return;
	}
	for (; n->joining.hint.next < n->store.n_peers && fx_has_room(n); n->joining.hint.next++) {
		struct peer *p = &n->store.peers[n->joining.hint.next];

		if (p->used && !p->in_table && !p->left && session_can_send(&p->session)) {
			hint_send(n, p);
		} else if (p->used && p->in_table && p->recalled) {
			hint_miss(n, p);
		}
	}
	if (n->joining.hint.next == n->store.n_peers) { /* else the others with the next poll */
		n->joining.hint.next = 0;
		n->joining.hint.at = mono_add(n->step.now, n->joining.hint.every_ns);
		n->joining.hint.every_ns = ns_min(2 * n->joining.hint.every_ns, HINT_NS_MAX);
	}
}

void hint_soon(struct node *n)
{
	assert(n->election.role == ROLE_MEMBER || n->election.role == ROLE_DEPUTY);
	n->joining.hint.next = 0;
	n->joining.hint.at =
		mono_add(n->step.now, 2 * heartbeat_ns(n)); /* most have heard of it by then */
	n->joining.hint.every_ns = HINT_NS;
}
