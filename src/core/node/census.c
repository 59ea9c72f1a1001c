/* census.c - how large the group is, and how much of it is here. */
#include "core/node/census.h"

#include "core/node/bound.h"
#include "core/node/effects.h"
#include "core/node/lease.h"
#include "core/node/path.h"
#include "core/node/peer.h"
#include "core/node/rows.h"
#include "core/node/table.h"
#include "core/node/timeline.h"

#include <assert.h>

#define ASKS 8 /* within forget_ns */

void census_init(struct node *n, const struct node_saved *saved)
{
	n->election.census.n_table = saved->n_table > 1 ? saved->n_table : 1;
	n->election.census.guest = saved->guest;
	n->election.census.group_new = true;
	n->election.census.named_by = MONO_NEVER;
	n->election.census.counted_at = MONO_LONG_AGO;
}

/* How many hosts of the table we can name, ourselves among them. */
static unsigned count_named(const struct node *n)
{
	unsigned named = !n->election.census.guest;

	for_each_peer (n, p) {
		named += peer_counts(p) && !p->guest;
	}
	return named;
}

/* A number of hosts that the master says is no more than we can name; while its roster, page by
 * page, names them to us for the first time, no more than we have room for. */
static void hold_to_names(struct node *n)
{
	struct census *c = &n->election.census;
	bool learns = n->step.now.ns < c->named_by.ns;
	unsigned most = learns ? (unsigned)n->store.n_peers + 1 : count_named(n);

	c->n_table = c->n_table > most ? most : c->n_table;
	c->n_alive = c->n_alive > c->n_table ? c->n_table : c->n_alive;
}

/* There is a master, who is the first since we started if there was none before. */
static void begin_to_learn(struct node *n)
{
	struct census *c = &n->election.census;
	int64_t pages = (int64_t)n->store.n_peers / WIRE_ROSTER_MAX + 2;

	if (mono_is_never(c->named_by)) {
		c->named_by = mono_add(n->step.now, ns_mul(pages, heartbeat_ns(n)));
	}
}

/* A group forgets a host that was silent to it for forget_ns, which is a guest when it comes back:
 * until then no word makes one of who was counted, or one master could make guests of all. */
static bool is_counted(const struct node *n, const struct peer *p)
{
	if (p && peer_is_struck(p)) {
		return true; /* until that is sure */
	}
	return mono_within(n->election.census.counted_at, n->step.now, n->config.forget_ns / 2) &&
	       (!p || (p->in_table && !p->guest));
}

/* Whoever is said to be gone is, if it has been silent to us for forget_ns, though we asked it.  In
 * an island that shows nothing. */
static void check_struck(struct node *n)
{
	for_each_peer (n, p) {
		if (!peer_is_struck(p)) {
			continue;
		}
		if (n->election.census.island) {
			peer_strike_anew(n, p);
		}
		int64_t since = ns_max(p->asked.ns, p->struck.ns);

		if (ns_sub(n->step.now.ns, since) >= n->config.forget_ns) {
			peer_confirm_strike(p);
		} else if (fx_has_room(n) &&
			   !mono_within(p->asked_at.at, n->step.now, n->config.forget_ns / ASKS)) {
			path_ask(n, p);
		}
	}
}

void census_hear(struct node *n, const struct wire_poll *q)
{
	struct census *c = &n->election.census;

	assert(n->election.role != ROLE_MASTER);
	begin_to_learn(n);
	c->n_table = q->n_table;
	c->n_alive = q->n_alive;
	c->island = q->island;
	c->group_new = q->group_new;
	if (!c->island && is_counted(n, NULL)) {
		c->counted_at = n->step.now;
	}
	check_struck(n);
	hold_to_names(n);
}

void census_tick(struct node *n)
{
	struct census *c = &n->election.census;
	bool over = !mono_is_long_ago(c->named_by) && n->step.now.ns >= c->named_by.ns;

	if (!over) {
		return;
	}
	c->named_by = MONO_LONG_AGO;
	if (n->election.role != ROLE_MASTER) {
		hold_to_names(n); /* as its master said last, who may be silent since */
	} else {		  /* those whom no disk and no roster has named were never there */
		unsigned named = count_named(n), kept = n->election.kept.n_table;
		unsigned most = named > kept ? named : kept;

		c->n_expected = c->n_expected > most ? most : c->n_expected;
	}
}

void census_goodbye(struct node *n, struct peer *p)
{
	struct census *c = &n->election.census;

	if (n->election.role == ROLE_MASTER) {
		if (p->expected == EXPECTED) {
			c->n_expected -= c->n_expected > 0;
			p->expected = EXPECTED_NO_MORE;
		}
	} else if (c->n_table > 1) {
		c->n_table--; /* until the next poll says so */
	}
}

void census_begin(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	n->election.census.whole_since = n->step.now;
	n->election.census.n_expected = n->election.census.n_table;
	for_each_peer (n, p) {
		p->expected = p->in_table && !p->guest ? EXPECTED : EXPECTED_UNNAMED;
		if (peer_is_struck(p)) { /* n_table is without it */
			peer_take_back(n, p);
			p->expected = EXPECTED_NO_MORE;
		}
	}
}

void census_set_new(struct node *n, bool group_new)
{
	assert(n->election.role == ROLE_MASTER);
	n->election.census.group_new = group_new;
}

void census_end(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	n->election.census.island = false;
	n->election.census.group_new = !n->steering.has_line;
}

void census_note_newcomer(struct node *n, struct peer *p)
{
	struct census *c = &n->election.census;

	assert(n->election.role == ROLE_MASTER && p->in_table);
	if (p->expected == EXPECTED_NO_MORE) { /* else its goodbyes would count out others */
		c->n_expected++;
		p->expected = EXPECTED;
	}
	/* Where members are missing whom we do not know, it may be one of them. */
	p->guest = c->island && line_bounded(n) && c->n_listed >= c->n_table;
}

void census_hear_guest(struct node *n, struct peer *p, bool guest)
{
	struct census *c = &n->election.census;

	assert(n->election.role != ROLE_MASTER);
	if (guest && is_counted(n, p)) {
		return;
	}
	if (p) {
		p->guest = guest;
	} else {
		c->guest = guest;
		c->counted_at = guest ? MONO_LONG_AGO : n->step.now;
	}
}

void census_leave(struct node *n)
{
	n->election.census.counted_at = MONO_LONG_AGO;
}

/* Who comes to an island is its guest: with it the island would outnumber those who are absent,
 * who may have gone on with the line.  A majority of the table without it must be here first.
 * Guests are admitted one by one, as Raft changes its members: each when a majority has replied
 * to a poll that was sent since the last one, so two majorities always have a host in common. */
static void admit_guests(struct node *n)
{
	struct census *c = &n->election.census;
	int64_t since = ns_max(c->whole_since.ns, c->admitted_at.ns);
	/* Nothing is promised, so nobody can break it; or there is nobody whose guests they are. */
	bool all = !line_bounded(n) || count_named(n) == 0;

	if (!all && (c->island || n->leading.confirmed.ns <= since)) {
		return;
	}
	if (c->guest) {
		c->guest = false;
		c->admitted_at = n->step.now;
	}
	for_each_peer (n, p) {
		if (p->guest && (all || (peer_alive(n, p) && c->admitted_at.ns <= since))) {
			p->guest = false;
			c->admitted_at = n->step.now;
		}
	}
}

/* Are we an island now?  People are told when one begins or ends. */
static void set_island(struct node *n, bool island)
{
	struct census *c = &n->election.census;

	if (island != c->island) {
		notice(n, NOTICE_ISLAND, island ? LEVEL_WARNING : LEVEL_NOTICE, 0,
		       .island = {.began = island, .n_alive = c->n_alive, .n_table = c->n_table});
	}
	if (c->island && !island) { /* whoever comes back may have followed another line */
		c->whole_since = n->step.now;
		bound_keep_unconfirmed(n);
	}
	c->island = island;
}

void census_update(struct node *n)
{
	struct census *c = &n->election.census;
	unsigned table = 1, alive = 1;

	assert(n->election.role == ROLE_MASTER);
	for_each_peer (n, p) {
		if (!p->guest) {
			table += p->in_table;
			alive += peer_alive(n, p) && (p->in_table || p->as_candidate.granted);
		}
	}
	if (alive > table) {
		table = alive;
	}
	/* A new master that was not the deputy has heard of some members only: the others count
	 * too, until they have been silent for long enough to a majority. */
	c->n_listed = table;
	if (c->n_expected > table &&
	    (c->island || !line_bounded(n) ||
	     mono_sub(n->step.now, c->whole_since) < n->config.forget_ns)) {
		table = c->n_expected;
	}
	c->n_table = table;
	c->n_alive = alive;
	if (alive > 1) { /* who leads others names them to himself */
		begin_to_learn(n);
	}
	set_island(n, !majority_is_here(n));
	bound_confirm(n);
	admit_guests(n);
	c->counted_at = c->guest ? MONO_LONG_AGO : n->step.now;
}

void census_confirm_struck(struct node *n)
{
	for_each_peer (n, p) {
		if (peer_is_struck(p) && !peer_heard(p, n->step.now)) {
			peer_strike(n, p, true);
		}
	}
}

static void drop(struct node *n, struct peer *p, bool by_order)
{
	assert(p->used);
	if (p->in_table) {
		if (!p->guest) {
			census_goodbye(n, p);
		}
		notice(n, NOTICE_MEMBER_LEFT, LEVEL_NOTICE, p->id,
		       .member_left = {by_order ? DEPARTURE_ORDER : DEPARTURE_FORGOTTEN});
	}
	peer_strike(n, p, by_order);
	p->guest = false;
}

void census_drop(struct node *n, struct peer *p)
{
	if (p->in_table &&
	    p->expected == EXPECTED_UNNAMED) { /* the operator knows that it is one of them */
		p->expected = EXPECTED;
	}
	drop(n, p, true);
}

bool census_is_here(const struct node *n, const struct peer *p)
{
	return n->election.role == ROLE_MASTER ? peer_alive(n, p)
					       : !p->left && peer_heard(p, n->step.now);
}

unsigned census_without(const struct node *n, const struct peer *p)
{
	unsigned n_table = n->election.census.n_table, here = 1;

	if (p) {
		return n_table - (p->in_table && !p->guest && n_table > 1);
	}
	for_each_peer (n, q) {
		here += q->in_table && !q->guest && census_is_here(n, q);
	}
	return here;
}

void census_drop_absent(struct node *n)
{
	unsigned here = census_without(n, NULL);

	for_each_peer (n, p) {
		if (!census_is_here(n, p)) {
			census_drop(n, p);
		}
	}
	if (n->election.role == ROLE_MASTER) {
		n->election.census.n_expected = 0;
	} else { /* those, too, whom nobody can name */
		n->election.census.n_table = here;
	}
}

void census_forget(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	if (n->election.census.island || !line_bounded(n)) {
		return; /* only a majority that has a time may shrink its own table */
	}
	for_each_peer (n, p) {
		if (p->in_table && peer_is_overdue(n, p) && !peer_is_twin(p)) { /* these speak */
			drop(n, p, false);
		}
	}
}

void census_replace(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	for_each_peer (n, p) {
		if (p->in_table && !p->recalled && !peer_alive(n, p) &&
		    row_is_replaced(n, p, n->step.now)) {
			peer_leave(p);
		}
	}
}
