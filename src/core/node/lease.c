/* lease.c - what everybody asks of the election: who is alive, who counts, who may stand. */
#include "core/node/lease.h"

#include "berk/term.h"
#include "core/node/budget.h"
#include "core/node/peer.h"
#include "core/node/table.h"
#include "core/node/timeline.h"

#define HEARTBEAT_NS_MIN (200 * NS_PER_MS)
#define LISTEN_NS_MIN	 (1500 * NS_PER_MS)
#define LISTEN_NS_MAX                                                                              \
	(3 * NS_PER_S) /* who stands too soon is refused: the others hear their master */
#define BALLOT_PACE_NS_MAX    (2 * NS_PER_S)
#define FOUNDING_ROUND_NS_MAX (NS_PER_S / 2)
#define ALIVE_POLLS	      3 /* a member that missed so many is silent */
#define DOUBT_BEATS	      6
#define TIMEOUT_TENTHS	      16 /* of a heartbeat: the deputy's election timeout, ... */
#define TIMEOUT_STEP_TENTHS   5	 /* ... and what each further place in the succession adds */

int64_t heartbeat_ns(const struct node *n)
{
	return ns_max(n->election.lease_poll_ns, HEARTBEAT_NS_MIN);
}

int64_t ballot_pace_ns(const struct node *n)
{
	int64_t heartbeat = heartbeat_ns(n);

	return mono_is_long_ago(n->election.heard) ? ns_min(heartbeat, BALLOT_PACE_NS_MAX)
						   : heartbeat;
}

int64_t founding_round_ns(const struct node *n)
{
	return ns_min(n->config.poll_ns_min, FOUNDING_ROUND_NS_MAX);
}

/* The lease that a voter keeps: a poll and a quarter; a lost poll is repeated within that time. */
bool master_alive(const struct node *n)
{
	return n->election.role == ROLE_MASTER ||
	       (n->election.master != 0 && !mono_is_long_ago(n->election.heard) &&
		mono_sub(n->step.now, n->election.heard) < heartbeat_ns(n) * 5 / 4);
}

bool doubts_master(const struct node *n)
{
	return n->steering.doubt.opinion == OPINION_DOUBT &&
	       mono_within(n->steering.doubt.since, n->step.now, DOUBT_BEATS * heartbeat_ns(n));
}

mono_t came_at(const struct node *n, raw_t at)
{
	return mono_add(n->step.now, -ns_max(0, raw_sub(n->step.pair.raw, at)));
}

int64_t election_timeout_ns(const struct node *n)
{
	int64_t place = WIRE_SUCCESSION_MAX;

	for (unsigned i = 0; i < n->election.n_succession; i++) {
		if (n->election.succession[i] == n->self.id) {
			place = (int64_t)i;
			break;
		}
	}
	return heartbeat_ns(n) * (TIMEOUT_TENTHS + place * TIMEOUT_STEP_TENTHS) / 10;
}

int64_t election_wait_ns(const struct node *n, enum election_wait why)
{
	switch (why) {
	case WAIT_START:
		return ns_clamp(2 * heartbeat_ns(n), LISTEN_NS_MIN, LISTEN_NS_MAX);
	case WAIT_BALLOT_LOST:
		return ballot_pace_ns(n) / 4;
	case WAIT_BALLOT_LOST_ALONE:
		return ballot_pace_ns(n) / 2;
	case WAIT_GOODBYE:
		return election_timeout_ns(n) - heartbeat_ns(n) / 2;
	case WAIT_GRANTED:
		return 2 * ballot_pace_ns(n);
	case WAIT_STEPPED_DOWN:
		return 3 * heartbeat_ns(n);
	}
	return INT64_MAX;
}

bool peer_heard(const struct peer *p, mono_t now)
{
	return mono_within(p->heard, now, HERE_NS);
}

bool peer_alive(const struct node *n, const struct peer *p)
{
	int64_t limit = ns_max(ALIVE_POLLS * heartbeat_ns(n) + heartbeat_ns(n) / 2, NS_PER_S);

	return !p->left && p->as_master.polled.follows &&
	       mono_within(p->as_master.polled.replied, n->step.now, limit);
}

bool peer_is_overdue(const struct node *n, const struct peer *p)
{
	int64_t since = ns_max(p->as_master.polled.replied.ns, n->election.census.whole_since.ns);

	return !peer_alive(n, p) && ns_sub(n->step.now.ns, since) > n->config.forget_ns;
}

/* How many configured peers were never met: none of their addresses has led to anybody. */
static unsigned count_unmet(const struct node *n)
{
	bool unmet[NODE_HOSTS_MAX] = {false}, met[NODE_HOSTS_MAX] = {false};
	unsigned count = n->joining.n_nameless;

	for (size_t i = 0; i < n->store.n_contacts; i++) {
		const struct contact *c = &n->store.contacts[i];

		if (c->used && contact_is_configured(c)) {
			bool leads = c->is_self || c->forgiven || c->peer != NO_INDEX;

			met[c->host] = met[c->host] || leads;
			unmet[c->host] = unmet[c->host] || !leads;
		}
	}
	for (size_t h = 0; h < NODE_HOSTS_MAX; h++) {
		count += unmet[h] && !met[h];
	}
	return count;
}

/* The last known table without guests, and whoever is configured beyond it: what a majority is
 * counted of.  That a configured host was never met is no evidence that there is none. */
unsigned electorate(const struct node *n)
{
	unsigned known = !n->election.census.guest + count_unmet(n);

	for_each_peer (n, p) {
		bool configured = p->contact != NO_INDEX &&
				  contact_is_configured(&n->store.contacts[p->contact]);

		known += !p->guest && (peer_counts(p) || (configured && !p->left && !p->forgotten));
	}
	return known > n->election.census.n_table ? known : n->election.census.n_table;
}

unsigned known_of(const struct node *n, unsigned n_said)
{
	unsigned known = 1;

	for_each_peer (n, p) {
		known++;
	}
	return n_said < known ? n_said : known;
}

bool majority_is_here(const struct node *n)
{
	const struct census *c = &n->election.census;

	return 2 * (c->n_alive - c->guest) > electorate(n);
}

bool takes_term(const struct node *n, uint64_t term)
{
	return term == n->election.term || window_has(&n->election.terms, term);
}

bool may_take_term(const struct node *n)
{
	return !term_is_last(n->election.term) && !term_is_last(n->election.terms.seen) &&
	       !n->election.disk_failed;
}

bool has_clone(const struct node *n)
{
	return !mono_is_never(n->joining.clone.until);
}

bool is_unfit(const struct node *n)
{
	return n->leading.unfit.yields && n->step.now.ns < n->leading.unfit.until.ns;
}

bool is_runaway(const struct node *n, mono_t now)
{
	bool led = (n->election.role == ROLE_MEMBER || n->election.role == ROLE_DEPUTY) &&
		   n->steering.taken.n_term_lines > 0;

	return !led && now.ns < n->leading.unfit.until.ns;
}

bool may_stand(const struct node *n)
{
	return may_take_term(n) && !is_unfit(n) && !has_clone(n) && !budget_is_spent(n) &&
	       n->config.priority > 0 && n->config.mode != MODE_OBSERVE &&
	       id_may_lead(n, n->self.id);
}

/* A host whose wall clock was moved by another hand does: its line is over RAW. */
bool knows_time(const struct node *n)
{
	return n->steering.clock.settled || (line_bounded(n) && !n->steering.clock.joined);
}

/* Who may not lead must not stop those who may. */
bool carries_time(const struct node *n)
{
	return knows_time(n) && may_stand(n);
}
