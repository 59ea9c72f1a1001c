/* invariants.c - what holds of a node after every step, whatever was said to it.
 *
 * No peer can break one of these: what a peer may say and we only repeat, as a member does with the
 * counts and the successors of its master, is no invariant of ours.
 */
#include "core/node/invariants.h"

#include "berk/status.h"
#include "berk/term.h"
#include "core/node/peer.h"
#include "core/node/table.h"

#define BROKEN_UNLESS(holds, sentence)                                                             \
	do {                                                                                       \
		if (!(holds)) {                                                                    \
			return sentence;                                                           \
		}                                                                                  \
	} while (0)

static const char *broken_of_role(const struct election *e, node_id self)
{
	bool master = e->role == ROLE_MASTER, deputy = e->role == ROLE_DEPUTY;
	bool member = e->role == ROLE_MEMBER || deputy, candidate = e->role == ROLE_CANDIDATE;

	BROKEN_UNLESS(master == (e->master != 0 && e->master == self),
		      "We are our own master if and only if we have that role.");
	BROKEN_UNLESS(!member || e->master != 0, "A member and a deputy have a master.");
	BROKEN_UNLESS(!deputy || e->deputy == self, "A deputy is the one that its master named.");
	BROKEN_UNLESS(e->role != ROLE_NONE || e->master == 0, "Who has no role follows nobody.");
	BROKEN_UNLESS(e->deputy == (e->n_succession > 0 ? e->succession[0] : 0),
		      "The deputy is the first of the successors.");
	BROKEN_UNLESS(!(master || candidate) || mono_is_never(e->stand_at),
		      "A master and a candidate do not wait for an election.");
	BROKEN_UNLESS(!master || (e->granted_to == self && term_is_of(e->term, self)),
		      "A master has granted its term, which is one of its own, to itself.");
	BROKEN_UNLESS(!master || e->census.n_alive <= e->census.n_table,
		      "As master, no more hosts are alive than there are.");
	BROKEN_UNLESS(!candidate || !e->candidacy.voting ||
			      (e->granted_to == self && e->term == e->candidacy.new_term),
		      "A candidate that asks for votes has granted its new term to itself.");
	return NULL;
}

const char *node_broken_cheap_invariant(const struct node *n)
{
	bool master = n->election.role == ROLE_MASTER;
	const struct steering *s = &n->steering;

	BROKEN_UNLESS(master == !mono_is_never(n->leading.next_round),
		      "A master, and nobody else, has a next round.");
	BROKEN_UNLESS(s->has_line || !s->clock.settled, "Who is settled has a line to follow.");
	BROKEN_UNLESS(!s->has_line || (s->line.error_ns >= 0 && s->line.growth_ppb >= 0),
		      "The error of the line is not negative, and does not shrink.");
	BROKEN_UNLESS(!master || s->has_line || s->date.era == 0,
		      "A master without a line names no founding that it is of.");
	return broken_of_role(&n->election, n->self.id);
}

/* As master, the list of successors is our own. */
static const char *broken_of_succession(const struct node *n)
{
	const struct election *e = &n->election;

	for (unsigned i = 0; e->role == ROLE_MASTER && i < e->n_succession; i++) {
		BROKEN_UNLESS(e->succession[i] != n->self.id,
			      "A master does not name itself as a successor.");
		for (unsigned k = 0; k < i; k++) {
			BROKEN_UNLESS(e->succession[i] != e->succession[k],
				      "A master names each successor once.");
		}
	}
	return NULL;
}

static const char *broken_of_peer(const struct node *n, const struct peer *p)
{
	const struct contact *c =
		p->contact < n->store.n_contacts ? &n->store.contacts[p->contact] : NULL;

	BROKEN_UNLESS(p->id != 0 && p->id != n->self.id, "A peer is somebody, and not ourselves.");
	BROKEN_UNLESS(!p->in_table || !p->left, "Who has left is not in the table.");
	BROKEN_UNLESS(!peer_is_struck(p) ||
			      (!p->in_table && !p->guest && !p->gone &&
			       n->election.role != ROLE_MASTER && p->struck.ns <= n->step.now.ns),
		      "Who is struck was in the table of a master, and has not said goodbye.");
	BROKEN_UNLESS(!p->recalled || peer_counts(p), "Who is missed counts.");
	BROKEN_UNLESS(p->contact == NO_INDEX || (c && c->used && c->peer == peer_index(n, p)),
		      "A peer and its contact refer to each other.");
	BROKEN_UNLESS(p->measure.estimator == NO_INDEX ||
			      p->measure.estimator < n->store.n_estimators,
		      "A peer's estimator is one of those that there are.");
	BROKEN_UNLESS(n->election.role == ROLE_MASTER ||
			      mono_is_never(p->as_master.polled.next_poll),
		      "Nobody but a master has a next poll.");
	return NULL;
}

static const char *broken_of_two(const struct peer *a, const struct peer *b)
{
	bool both_proved = session_can_send(&a->session) && session_can_send(&b->session);

	BROKEN_UNLESS(a->id != b->id, "No two peers have one id.");
	BROKEN_UNLESS(a->measure.estimator == NO_INDEX ||
			      a->measure.estimator != b->measure.estimator,
		      "No two peers have one estimator.");
	BROKEN_UNLESS(!both_proved || !term_is_of(a->id, b->id),
		      "No two proved identities could have one term.");
	return NULL;
}

static const char *broken_of_contact(const struct node *n, const struct contact *c)
{
	BROKEN_UNLESS(!c->used || c->peer == NO_INDEX ||
			      (c->peer < n->store.n_peers && n->store.peers[c->peer].used),
		      "A contact leads to a peer that is known, or to none.");
	return NULL;
}

const char *node_broken_invariant(const struct node *n)
{
	const char *broken = node_broken_cheap_invariant(n);

	broken = broken ? broken : broken_of_succession(n);
	for_each_peer (n, p) {
		broken = broken ? broken : broken_of_peer(n, p);
		for (const struct peer *q = peer_next(n, p); q && !broken; q = peer_next(n, q)) {
			broken = broken_of_two(p, q);
		}
	}
	for (size_t i = 0; !broken && i < n->store.n_contacts; i++) {
		broken = broken_of_contact(n, &n->store.contacts[i]);
	}
	return broken;
}
