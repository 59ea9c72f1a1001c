/* lead.c - what a master does: beginning and end, rounds, naming its deputy. */
#include "core/node/lead.h"

#include "berk/term.h"
#include "core/estimate/estimator_view.h"
#include "core/node/bound.h"
#include "core/node/budget.h"
#include "core/node/census.h"
#include "core/node/chat.h"
#include "core/node/clock.h"
#include "core/node/copies.h"
#include "core/node/date.h"
#include "core/node/deputy.h"
#include "core/node/doubt.h"
#include "core/node/drift.h"
#include "core/node/effects.h"
#include "core/node/estimators.h"
#include "core/node/evidence.h"
#include "core/node/exchange.h"
#include "core/node/follow.h"
#include "core/node/grant.h"
#include "core/node/group.h"
#include "core/node/hold.h"
#include "core/node/joint.h"
#include "core/node/judge.h"
#include "core/node/lease.h"
#include "core/node/paper.h"
#include "core/node/peer.h"
#include "core/node/poll.h"
#include "core/node/reference.h"
#include "core/node/role.h"
#include "core/node/roster.h"
#include "core/node/settime.h"
#include "core/node/standing.h"
#include "core/node/table.h"
#include "core/node/timeline.h"
#include "core/rules/bound.h"
#include "core/rules/election.h"

#include <assert.h>

/* @p is a member of ours from now on; nothing is known of it but what we measured as deputy. */
static void lead_enlist(struct node *n, struct peer *p)
{
	bool measured = deputy_measured(n, p);

	poll_enlist(n, p);
	standing_begin(p);
	judge_pardon(p);
	paper_enlist(p);
	copies_enlist(p);
	deputy_forget_closure(p);
	if (measured) {
		exchange_resume(p);
	} else {
		exchange_begin(n, p);
	}
}

/* What the last master's roster said of @p is a beginning. */
static void lead_recall(struct node *n, struct peer *p)
{
	struct estimate prior;

	if (!n->steering.has_line || !p->roster.known || p->roster.state != MEMBER_SETTLED) {
		return;
	}
	if (peer_estimator(n, p) && estimator_count(peer_estimator(n, p)) == 0 &&
	    roster_offset(n, p, &prior)) {
		estimator_prime(peer_estimator(n, p), &prior);
	}
	standing_set_averaged(p, true); /* own_rate came with the roster */
}

static void tell_became_master(struct node *n, unsigned n_reached)
{
	notice(n, NOTICE_BECAME_MASTER, LEVEL_NOTICE, 0,
	       .became_master = {.term = n->election.term,
				 .n_reached = n_reached,
				 .island = n->election.census.island});
}

void lead_begin(struct node *n)
{
	unsigned reached = 1;

	assert(n->election.role == ROLE_MASTER);
	n->leading.round = 0;
	n->leading.led_since = n->step.now;
	n->leading.next_round = n->step.now;
	n->leading.founding_since = n->step.now;
	census_begin(n);
	roster_begin(n);
	follow_own_term(n);
	date_begin(n);
	settime_begin(n);
	hold_begin_reign(n);
	bound_begin(n);
	paper_begin(n);
	reference_begin(n);
	joint_begin(n);
	for_each_peer (n, p) {
		if (peer_is_rumour(p)) {
			continue; /* until it has shown its key */
		}
		lead_enlist(n, p);
		lead_recall(n, p);
		if (p->as_candidate.granted) {
			poll_count_vote(n, p);
			reached++;
		}
	}
	census_update(n);
	tell_became_master(n, reached);
}

void lead_end(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	for_each_peer (n, p) {
		poll_end(p);
		estimator_release(p);
	}
	if (n->steering.has_line) { /* from here on it is a member's line: its error grows */
		bound_keep_unconfirmed(n);
		timeline_rebase(n);
		timeline_set_growth(n, bound_holdover_ppb(n));
	}
	n->leading.next_round = MONO_NEVER;
	census_end(n);
}

void lead_raise_term(struct node *n, uint64_t above)
{
	uint64_t seen = n->election.terms.seen;

	assert(n->election.role == ROLE_MASTER);
	bound_keep_unconfirmed(n); /* whoever granted that term may have followed another line */
	grant_term(n, term_next(above > seen ? above : seen, n->self.id), n->self.id);
	follow_own_term(n);
	for_each_peer (n, p) {
		poll_new_term(n, p);
	}
	chatting_raise_term(n);
	tell_became_master(n, n->election.census.n_alive);
}

void lead_on_session(struct node *n, struct peer *p)
{
	assert(n->election.role == ROLE_MASTER);
	if (mono_is_never(p->as_master.polled.next_poll) || !peer_estimator(n, p)) {
		lead_enlist(n, p);
	}
	poll_now(n, p);
	if (!n->steering.has_line) { /* it may be who was missing for a founding */
		n->leading.next_round = mono_min(n->leading.next_round,
						 mono_add(n->step.now, founding_round_ns(n)));
	}
}

/* Put @id with @r where it belongs among the @k best so far; returns how many there are now. */
static uint8_t rank_insert(node_id *list, struct rank *rank, uint8_t k, node_id id, struct rank r)
{
	uint8_t at = k;

	while (at > 0 && rank_better(&r, &rank[at - 1])) {
		at--;
	}
	if (at >= WIRE_SUCCESSION_MAX) {
		return k;
	}
	k = k < WIRE_SUCCESSION_MAX ? (uint8_t)(k + 1) : k;
	for (uint8_t j = (uint8_t)(k - 1); j > at; j--) {
		list[j] = list[j - 1];
		rank[j] = rank[j - 1];
	}
	list[at] = id;
	rank[at] = r;
	return k;
}

/* The deputy and those after it: who is alive, settled, allowed; by rank, but a good deputy stays.
 */
static void succession_update(struct node *n)
{
	node_id list[WIRE_SUCCESSION_MAX], before = n->election.deputy;
	struct rank rank[WIRE_SUCCESSION_MAX];
	uint8_t k = 0;

	for_each_peer (n, p) {
		struct rank r = {.settled = p->settled, .priority = p->priority, .id = p->id};

		if (!peer_alive(n, p) || !peer_may_lead(n, p) || !p->settled ||
		    p->as_master.judged.operator_excluded) {
			continue;
		}
		if (p->id == before) {
			r.id = 0; /* wins every tie */
		}
		k = rank_insert(list, rank, k, p->id, r);
	}
	role_name_successors(n, list, k);
	if (n->election.deputy == before) {
		return;
	}
	for_each_peer (n, p) {
		deputy_forget_closure(p);
	}
	notice(n, NOTICE_DEPUTY_NAMED, LEVEL_NOTICE, n->election.deputy);
}

bool lead_lost_quorum(const struct node *n)
{
	return n->election.role == ROLE_MASTER && n->config.quorum == QUORUM_MAJORITY &&
	       !majority_is_here(n);
}

void lead_found_anew(struct node *n, enum founding why)
{
	assert(n->election.role == ROLE_MASTER && n->steering.has_line);
	if (why == FOUNDING_DATE) {
		clock_note_founding(n);
	}
	lead_raise_term(n, n->election.term);
	timeline_lose(n);
	doubt_forget(n);
	clock_leave(n);
	clock_allow_step(n, STEP_FOUNDING);
	budget_found_anew(n);
	date_leave(n);
	date_begin_founding(n, why);
	census_set_new(n, true);
	n->leading.founding_since = n->step.now;
	n->leading.next_round =
		mono_min(n->leading.next_round, mono_add(n->step.now, founding_round_ns(n)));
	for_each_peer (n, p) {
		standing_begin(p);
	}
}

static void lead_round(struct node *n)
{
	bool alone = n->election.census.n_alive < n->config.min_hosts;
	int64_t every = n->steering.has_line || alone ? n->config.poll_ns : founding_round_ns(n);
	mono_t next = mono_add(n->leading.next_round, every);

	n->leading.next_round = next.ns > n->step.now.ns ? next : mono_add(n->step.now, every);
	n->leading.round++;
	census_forget(n);
	census_replace(n);
	census_update(n);
	date_count(n);
	if (!n->steering.has_line && alone) {
		n->leading.founding_since = n->step.now; /* a founding begins with company */
	}
	if (n->steering.has_line && may_take_term(n) && !hold_is_on(n) && evidence_doubts_date(n)) {
		if (budget_takes_date(n)) {
			lead_found_anew(n, FOUNDING_DATE);
		} else {
			date_tell_kept(n);
		}
	}
	group_round(n);
	joint_round(n);
	n->leading.last_round = n->step.now;
	succession_update(n);
	roster_round(n);
}

void lead_tick(struct node *n)
{
	if (n->election.role != ROLE_MASTER) {
		return;
	}
	if (n->step.now.ns >= n->leading.next_round.ns) {
		lead_round(n);
	}
	for_each_peer (n, p) {
		if (!p->left && fx_has_room(n)) {
			poll_tick(n, p);
		}
	}
	roster_tick(n);
	if (n->election.transfer_to && n->step.now.ns >= n->election.transfer_until.ns) {
		grant_transfer_to(n, 0, MONO_LONG_AGO); /* it did not come */
	}
}

void lead_init(struct node *n)
{
	n->leading.next_round = MONO_NEVER;
	n->leading.founding_since = MONO_NEVER;
}

mono_t lead_deadline(const struct node *n)
{
	mono_t d = mono_min(n->leading.next_round, roster_deadline(n));

	if (n->election.role != ROLE_MASTER) {
		return MONO_NEVER;
	}
	for_each_peer (n, p) {
		if (!p->left) {
			d = mono_min(d, poll_deadline(p));
		}
	}
	return d;
}
