/* rows.c - see rows.h. */
#include "core/node/rows.h"

#include "core/node/drift.h"
#include "core/node/judge.h"
#include "core/node/lease.h"
#include "core/node/peer.h"
#include "core/node/table.h"
#include "core/rules/bound.h"

#include <string.h>

#define MISSED_POLLS 3 /* after which a master is silent */
#define CYCLES_STALE 3 /* rosters that did not name a host */

/* How long the master may take to tell of each host once: a page in each round. */
static int64_t stale_ns(const struct node *n)
{
	int64_t pages = n->election.census.n_table / WIRE_ROSTER_MAX + 1;

	return ns_add(HERE_NS, ns_mul(CYCLES_STALE * pages, heartbeat_ns(n)));
}

static bool is_told_lately(const struct node *n, const struct peer *p, mono_t now)
{
	return p->roster.known && mono_within(p->roster.told, now, stale_ns(n));
}

/* Does a master lead us?  As of @now: a host that nobody speaks to may have had no event for
 * long. */
static bool is_led(const struct node *n, mono_t now)
{
	return n->election.role != ROLE_MASTER && n->election.master != 0 &&
	       mono_within(n->election.heard, now, MISSED_POLLS * heartbeat_ns(n));
}

static enum member_state listed_state(const struct node *n, const struct peer *p, mono_t now)
{
	enum member_state told = (enum member_state)p->roster.state;

	if (p->forgotten && !peer_is_struck(p)) {
		return MEMBER_FORGOTTEN;
	}
	if (p->left) {
		return MEMBER_LEFT;
	}
	if (p->recalled && peer_counts(p)) {
		return MEMBER_UNSEEN;
	}
	if (p->id == n->election.master && !is_led(n, now)) {
		return MEMBER_SILENT;
	}
	if (!p->roster.known || told == MEMBER_LEFT) {
		return MEMBER_CONTACT;
	}
	if (p->id == n->election.master) {
		return told;
	}
	return is_told_lately(n, p, now) || peer_heard(p, now) ? told : MEMBER_SILENT;
}

enum member_state row_state(const struct node *n, const struct peer *p, mono_t now)
{
	return n->election.role == ROLE_MASTER ? judge_state(n, p) : listed_state(n, p, now);
}

bool row_is_corrected(const struct node *n, const struct peer *p)
{
	return n->election.role == ROLE_MASTER && p->as_master.polled.sent_round != 0;
}

int64_t row_bound_ns(const struct node *n, const struct peer *p, mono_t now)
{
	const struct polled *q = &p->as_master.polled;
	const struct roster_info *r = &p->roster;
	bool corrected = row_is_corrected(n, p);
	int64_t bound = corrected ? q->bound_ns : r->bound_ns;
	mono_t at = corrected ? q->replied : r->told;
	double rate = corrected ? p->as_master.paper.clock.own_rate : r->own_rate;

	if ((!corrected && !r->known) || bound == BOUND_UNKNOWN || mono_is_long_ago(at)) {
		return BOUND_UNKNOWN;
	}
	int64_t growth = bound_growth_ppb(drift_max_ppb(n), rate);

	/* Our own line grows faster while the group follows references. */
	growth = n->steering.has_line ? ns_max(growth, n->steering.line.growth_ppb) : growth;
	return ns_add(bound, bound_grown_ns(growth, mono_sub(now, at)));
}

/* Its last sign of life, or the last word of another about it. */
static mono_t last_of(const struct peer *p)
{
	return p->heard.ns > p->listed.ns ? p->heard : p->listed;
}

bool row_is_here(const struct node *n, const struct peer *p, mono_t now)
{
	if (p->left) {
		return false;
	}
	return peer_heard(p, now) ||
	       (n->election.role == ROLE_MASTER ? peer_alive(n, p)
						: member_state_is_here(listed_state(n, p, now)));
}

/* Has it shown its key, or does our master list it?  Of who else may be there rows say nothing. */
static bool is_shown(const struct node *n, const struct peer *p)
{
	return peer_is_proved(p) || (n->election.role != ROLE_MASTER && p->roster.known);
}

bool row_is_replaced(const struct node *n, const struct peer *p, mono_t now)
{
	if (!p->name[0] || p->addr.port == 0 || row_is_here(n, p, now)) {
		return false;
	}
	for_each_peer (n, q) {
		if (q != p && is_shown(n, q) && last_of(q).ns > last_of(p).ns &&
		    addr_equal(&q->addr, &p->addr) &&
		    memcmp(q->name, p->name, sizeof(p->name)) == 0) {
			return true;
		}
	}
	return false;
}

bool row_is_hidden(const struct node *n, const struct peer *p, mono_t now)
{
	bool gone = !mono_within(last_of(p), now, n->config.forget_ns);
	bool led = is_led(n, now);

	if (p->forgotten) { /* an order that is not taken here can be given here, too */
		return p->dropped || !peer_is_struck(p);
	}
	if (p->id == n->election.master || p->id == n->election.deputy || row_is_here(n, p, now)) {
		return false;
	}
	if (row_is_replaced(n, p, now)) {
		return true;
	}
	if (p->recalled && peer_counts(p)) {
		return false;
	}
	if (led && p->roster.known && !is_told_lately(n, p, now) &&
	    !member_state_is_here((enum member_state)p->roster.state)) {
		return true; /* the master has forgotten it, and lists it no more */
	}
	/* Whoever is out of sight of all that we see is not forgotten: it may be a half of the
	 * group. */
	return gone && (led || !p->in_table);
}
