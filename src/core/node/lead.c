/* lead.c - what a master does: beginning and end, rounds, roster, its deputy. */
#include "core/node/node_private.h"

#include <assert.h>
#include <string.h>

#define ALIVE_POLLS 3 /* a member that missed so many is silent */

struct estimator *peer_estimator(const struct node *n, const struct peer *p)
{
	return p->measure.estimator == NO_INDEX
		       ? NULL
		       : estimator_slot(n->store.estimators, p->measure.estimator);
}

bool peer_alive(const struct node *n, const struct peer *p)
{
	int64_t limit = ns_max(ALIVE_POLLS * lease_unit(n) + lease_unit(n) / 2, NS_PER_S);

	return p->used && !p->left && p->as_master.polled.follows &&
	       p->as_master.polled.replied.ns != INT64_MIN &&
	       mono_sub(n->step.now, p->as_master.polled.replied) < limit;
}

struct estimator_config estimator_config_of(const struct node *n)
{
	return (struct estimator_config){.max_drift_ppb = n->config.max_drift_ppb,
					 .delay_ns_max = n->config.max_delay_ns};
}

void estimator_take(struct node *n, struct peer *p)
{
	struct estimator_config config = estimator_config_of(n);
	bool taken[NODE_PEERS_MAX] = {false};

	if (p->measure.estimator == NO_INDEX) {
		for (size_t i = 0; i < n->store.n_peers; i++) {
			if (n->store.peers[i].used &&
			    n->store.peers[i].measure.estimator != NO_INDEX) {
				taken[n->store.peers[i].measure.estimator] = true;
			}
		}
		for (size_t i = 0; i < n->store.n_estimators && i < NODE_PEERS_MAX; i++) {
			if (!taken[i]) {
				p->measure.estimator = (uint16_t)i;
				break;
			}
		}
	}
	if (p->measure.estimator == NO_INDEX) {
		notice(n, NOTICE_LIMIT_TRIPPED, LEVEL_WARNING, p->id, 3,
		       (int64_t)n->store.n_estimators, (int64_t)n->store.n_estimators);
		return;
	}
	estimator_init(peer_estimator(n, p), &config);
	p->as_master.joint.marked = false;
}

/* What the last master knew of @p, seen from our own RAW: offset = (its RAW - M's) - (ours - M's).
 */
bool roster_offset(const struct node *n, const struct peer *p, struct estimate *ret)
{
	const struct roster_info *it = &p->roster, *we = &n->leading.own_roster;

	if (!it->known || !we->known || it->term != we->term || it->state != MEMBER_SETTLED) {
		return false;
	}
	/* Our RAW now in M's RAW: m + we(m) = now. */
	raw_t m = raw_add(n->step.pair.raw, ns_sub(0, we->offset_ns));

	m = raw_add(m, ns_from_double(-(double)raw_sub(m, we->at) * we->rate));
	double age_it = (double)raw_sub(m, it->at), age_we = (double)raw_sub(m, we->at);
	double age = age_it > age_we ? age_it : age_we;
	/* Old, and learnt over other paths, whose asymmetry may be any: members hold their own
	 * lines meanwhile, so a wide prior costs nothing. */
	double sd = 3 * (double)(it->sd_ns + we->sd_ns) + 2000 + (double)it->delay_ns / 16;

	memset(ret, 0, sizeof(*ret));
	ret->at = n->step.pair.raw;
	ret->offset_ns = ns_sub(ns_add(it->offset_ns, ns_from_double(age_it * it->rate)),
				ns_add(we->offset_ns, ns_from_double(age_we * we->rate)));
	ret->rate = (it->rate - we->rate) / (1 + we->rate);
	ret->rate_sd = 1e-7 + sd / 60e9;
	ret->sd_ns = sd + age * ret->rate_sd;
	return true;
}

static void peer_enlist(struct node *n, struct peer *p)
{
	pace_start(&p->measure.pace);
	p->as_master.polled.next_poll = n->step.now;
	p->as_master.polled.interval_ns = 0;
	p->as_master.polled.retry_at = MONO_NEVER;
	p->as_master.polled.retries = 0;
	p->as_master.polled.reach = 0;
	p->as_master.polled.follows = false;
	p->as_master.polled.replied = NEVER_HEARD;
	p->as_master.polled.applied_round = 0;
	p->as_master.polled.sent_round = 0;
	p->as_master.judged.disobeyed = 0;
	p->as_master.judged.averaged = false;
	p->as_master.paper.clock.phase_ns = 0;
	p->as_master.paper.clock.unrest = 0;
	p->as_master.paper.clock.measured = false;
	p->as_master.chat.acked = 0;
	p->as_master.chat.sent_to = 0;
	p->as_master.paper.weight_used = 0;
	p->as_master.closure_ns = CLOSURE_UNKNOWN;
	p->as_master.judged.reason = REASON_NEWCOMER;
	p->as_master.judged.reason_told = REASON_NEWCOMER;
	p->as_master.judged.reason_rounds = 0;
	memset(p->measure.exchange, 0, sizeof(p->measure.exchange));
	estimator_take(n, p);
}

void master_begin(struct node *n)
{
	unsigned reached = 1;

	n->leading.round = 0;
	n->leading.led_since = n->step.now;
	n->election.census.whole_since = n->step.now;
	n->election.census.n_expected = n->election.census.n_table;
	n->leading.next_round = n->step.now;
	n->leading.cold_until =
		mono_add(n->step.now, ns_max(3 * n->config.poll_ns_min, NS_PER_S / 2));
	n->election.census.group_new = !n->steering.has_line;
	n->leading.confirmed = n->step.now;
	n->election.lease_poll_ns = n->config.poll_ns;
	n->election.deputy = 0;
	n->election.n_succession = 0;
	n->leading.roster.next = 0;
	n->election.transfer_to = 0;
	n->steering.taken.term = n->election.term;
	n->leading.paper.voters = 0;
	n->leading.paper.phase_ns = 0;
	n->leading.paper.own.phase_ns = 0;
	n->leading.paper.own.unrest = 0;
	n->leading.paper.own.measured = false;
	joint_init(&n->leading.joint);
	if (n->steering.has_line) {
		/* Group time goes on from our own line; what that line may be wrong by goes with
		 * it. */
		line_rebase(&n->steering.line, n->step.pair.raw);
		n->steering.line.growth_ppb = 0;
		n->leading.paper.vote_rate = n->steering.line.rate;
	}
	for (size_t i = 0; i < n->store.n_peers; i++) {
		struct peer *p = &n->store.peers[i];

		if (!p->used) {
			continue;
		}
		bool settled = p->roster.known && p->roster.state == MEMBER_SETTLED;

		peer_enlist(n, p);
		if (n->steering.has_line && settled) {
			struct estimate prior;

			if (p->measure.estimator != NO_INDEX && roster_offset(n, p, &prior)) {
				estimator_prime(peer_estimator(n, p), &prior);
			}
			p->as_master.judged.averaged = true; /* own_rate came with the roster */
		}
		if (p->as_candidate.granted) {
			p->as_master.polled.follows = true;
			p->as_master.polled.replied = n->step.now;
			reached++;
		}
	}
	group_update_membership(n);
	notice(n, NOTICE_BECAME_MASTER, LEVEL_NOTICE, 0, (int64_t)n->election.term, reached,
	       n->election.census.island);
}

void master_end(struct node *n)
{
	for (size_t i = 0; i < n->store.n_peers; i++) {
		struct peer *p = &n->store.peers[i];

		p->as_master.polled.next_poll = MONO_NEVER;
		p->as_master.polled.retry_at = MONO_NEVER;
		p->as_master.polled.follows = false;
		p->measure.estimator = NO_INDEX;
	}
	if (n->steering.has_line) { /* from here on it is a member's line: its error grows */
		group_base_error(n);
		line_rebase(&n->steering.line, n->step.pair.raw);
		n->steering.line.growth_ppb =
			bound_growth_ppb(n->config.max_drift_ppb, n->steering.line.rate);
	}
	n->leading.next_round = MONO_NEVER;
	n->election.census.island = false;
	n->election.census.group_new = !n->steering.has_line;
}

/* Some member has granted a term above ours, of nobody who leads: take one above it. */
void master_raise_term(struct node *n, uint64_t above)
{
	group_base_error(n); /* whoever granted that term may have followed another line */
	n->election.term = term_next(above > n->election.term_seen ? above : n->election.term_seen,
				     n->self.id);
	n->election.granted_to = n->self.id;
	n->steering.taken.term = n->election.term;
	node_save_term(n);
	for (size_t i = 0; i < n->store.n_peers; i++) {
		struct peer *p = &n->store.peers[i];

		p->as_master.polled.applied_round = 0;
		if (p->used && p->as_master.polled.next_poll.ns != INT64_MAX) {
			p->as_master.polled.next_poll = n->step.now; /* before any lease runs out */
		}
	}
	chat_lead(&n->chat.log, n->election.term);
	notice(n, NOTICE_BECAME_MASTER, LEVEL_NOTICE, 0, (int64_t)n->election.term,
	       n->election.census.n_alive, n->election.census.island);
}

void master_on_session(struct node *n, struct peer *p)
{
	if (n->election.role == ROLE_MASTER) {
		if (p->as_master.polled.next_poll.ns == INT64_MAX ||
		    p->measure.estimator == NO_INDEX) {
			peer_enlist(n, p);
		}
		p->as_master.polled.next_poll = n->step.now;
		return;
	}
	join_hint(n, p);
}

/* --- Rounds --- */

/* A member's stamps may be anything; what goes to all the others must be decodable. */
static double rate_sane(double r)
{
	return r > 0.01 ? 0.01 : r < -0.01 ? -0.01 : r == r ? r : 0;
}

static void roster_fill(const struct node *n, const struct peer *p, struct wire_roster_entry *e)
{
	struct estimate est;
	const struct estimator *est_of = peer_estimator(n, p);

	e->id = p->id;
	e->addr = p->addr;
	memcpy(e->name, p->name[0] ? p->name : "?", p->name[0] ? sizeof(e->name) : 2);
	e->mode = (uint8_t)p->mode;
	e->priority = p->priority;
	e->at = n->step.pair.raw;
	e->own_rate = rate_sane(p->as_master.paper.clock.own_rate);
	if (est_of && estimator_at(est_of, n->step.pair.raw, &est)) {
		e->offset_ns = est.offset_ns;
		e->rate = rate_sane(est.rate);
		e->sd_ns = ns_max(0, ns_from_double(est.sd_ns));
		e->delay_ns = ns_max(0, est.delay_ns);
	}
	e->bound_ns = p->as_master.polled.bound_ns;
	e->wall_offset_ns = p->as_master.polled.wall_offset_ns;
	e->weight = (uint16_t)(p->as_master.paper.weight_used * 1000 + 0.5);
	e->closure_ns = closure_of(p);
	e->reason = (uint8_t)p->as_master.judged.reason;
	e->state = p->left			  ? MEMBER_LEFT
		   : !p->in_table		  ? MEMBER_JOINING
		   : !peer_alive(n, p)		  ? MEMBER_SILENT
		   : p->as_master.judged.averaged ? MEMBER_SETTLED
						  : MEMBER_NEW;
}

static void roster_self(const struct node *n, struct wire_roster_entry *e)
{
	e->id = n->self.id;
	memcpy(e->name, n->config.name, sizeof(e->name));
	e->state = MEMBER_SETTLED;
	e->reason = (uint8_t)n->leading.paper.reason;
	e->mode = (uint8_t)n->config.mode;
	e->priority = n->config.priority;
	e->at = n->step.pair.raw;
	e->own_rate = rate_sane(n->leading.paper.own.own_rate);
	e->bound_ns = node_bound(n, n->step.now, n->step.pair);
	e->wall_offset_ns = -n->steering.clock.servo.remainder_ns;
	e->weight = (uint16_t)(n->leading.paper.weight_used * 1000 + 0.5);
	e->closure_ns = CLOSURE_UNKNOWN;
}

/* Entries from @first on (0: ourselves, then the table in slot order) to @to. */
void master_send_roster(struct node *n, struct peer *to, size_t first)
{
	struct wire_msg msg = {.type = WIRE_ROSTER, .term = n->election.term};
	struct wire_roster *r = &msg.roster;
	size_t k = 0;

	r->first = (uint16_t)first;
	r->total = 1;
	r->version = n->leading.roster.version;
	if (n->steering.has_line) {
		r->line_r0 = n->steering.line.r0;
		r->line_g0 = n->steering.line.g0;
		r->line_rate = n->steering.line.rate;
	}
	if (first == 0) {
		roster_self(n, &r->entry[r->n++]);
	}
	for (size_t i = 0; i < n->store.n_peers; i++) {
		const struct peer *p = &n->store.peers[i];

		if (!p->used || !p->in_table) {
			continue;
		}
		k++;
		r->total++;
		if (k >= first && r->n < WIRE_ROSTER_MAX) {
			roster_fill(n, p, &r->entry[r->n++]);
		}
	}
	if (r->n > 0) {
		node_send(n, to, &msg, false, 0);
	}
}

/* The deputy and those after it: who is alive, settled, allowed; by rank, but a good deputy stays.
 */
static void succession_update(struct node *n)
{
	node_id list[WIRE_SUCCESSION_MAX];
	struct rank rank[WIRE_SUCCESSION_MAX];
	uint8_t k = 0;

	for (size_t i = 0; i < n->store.n_peers; i++) {
		const struct peer *p = &n->store.peers[i];
		struct rank r = {.settled = p->settled, .priority = p->priority, .id = p->id};

		if (!peer_alive(n, p) || !peer_may_lead(n, p) || !p->settled ||
		    p->as_master.judged.operator_excluded) {
			continue;
		}
		if (p->id == n->election.deputy) {
			r.id = 0; /* wins every tie */
		}
		uint8_t at = k;

		while (at > 0 && rank_better(&r, &rank[at - 1])) {
			at--;
		}
		if (at >= WIRE_SUCCESSION_MAX) {
			continue;
		}
		k = k < WIRE_SUCCESSION_MAX ? (uint8_t)(k + 1) : k;
		for (uint8_t j = (uint8_t)(k - 1); j > at; j--) {
			list[j] = list[j - 1];
			rank[j] = rank[j - 1];
		}
		list[at] = p->id;
		rank[at] = r;
	}
	node_id deputy = k ? list[0] : 0;

	n->election.n_succession = k;
	memset(n->election.succession, 0, sizeof(n->election.succession));
	memcpy(n->election.succession, list, k * sizeof(list[0]));
	if (deputy != n->election.deputy) {
		n->election.deputy = deputy;
		for (size_t i = 0; i < n->store.n_peers; i++) { /* of other loops */
			n->store.peers[i].as_master.closure_ns = CLOSURE_UNKNOWN;
		}
		notice(n, NOTICE_DEPUTY_NAMED, LEVEL_NOTICE, deputy, 0, 0, 0);
	}
}

/* The deputy gets the whole table each round, the others one page each, turn by turn. */
static void roster_round(struct node *n)
{
	struct peer *deputy = n->election.deputy ? peer_find(n, n->election.deputy) : NULL;

	for (size_t first = 0; deputy && first < n->election.census.n_table;
	     first += WIRE_ROSTER_MAX) {
		master_send_roster(n, deputy, first);
	}
	for (size_t i = 0; i < n->store.n_peers; i++) {
		struct peer *p = &n->store.peers[i];

		if (p != deputy && peer_alive(n, p)) {
			master_send_roster(n, p, n->leading.roster.next);
		}
	}
	n->leading.roster.next = (uint16_t)(n->leading.roster.next + WIRE_ROSTER_MAX);
	if (n->leading.roster.next >= n->election.census.n_table) {
		n->leading.roster.next = 0;
	}
}

static void forget_tick(struct node *n)
{
	for (size_t i = 0; i < n->store.n_peers && !n->election.census.island; i++) {
		struct peer *p = &n->store.peers[i];
		int64_t since =
			ns_max(p->as_master.polled.replied.ns, n->election.census.whole_since.ns);

		/* Only a majority may shrink the table it is counted of. */
		if (p->used && p->in_table && !peer_alive(n, p) &&
		    ns_sub(n->step.now.ns, since) > n->config.forget_ns) {
			p->in_table = false;
			notice(n, NOTICE_MEMBER_LEFT, LEVEL_NOTICE, p->id, 2, 0, 0);
		}
	}
}

void master_tick(struct node *n)
{
	if (n->election.role != ROLE_MASTER) {
		return;
	}
	if (n->config.quorum == QUORUM_MAJORITY &&
	    2 * n->election.census.n_alive <= electorate(n)) {
		step_down(n, 0, 0);
		return;
	}
	if (n->step.now.ns >= n->leading.next_round.ns) {
		int64_t every = n->steering.has_line ? n->config.poll_ns : n->config.poll_ns_min;
		mono_t next = mono_add(n->leading.next_round, every);

		n->leading.next_round =
			next.ns > n->step.now.ns ? next : mono_add(n->step.now, every);
		n->leading.round++;
		forget_tick(n);
		group_update_membership(n);
		group_round(n);
		joint_round(n);
		n->leading.last_round = n->step.now;
		succession_update(n);
		roster_round(n);
	}
	for (size_t i = 0; i < n->store.n_peers; i++) {
		struct peer *p = &n->store.peers[i];

		if (p->used && !p->left && fx_room_to_send(n)) {
			poll_tick(n, p);
		}
	}
	if (n->election.transfer_to && n->step.now.ns >= n->election.transfer_until.ns) {
		n->election.transfer_to = 0; /* it did not come */
	}
}

mono_t master_deadline(const struct node *n)
{
	mono_t d = n->leading.next_round;

	if (n->election.role != ROLE_MASTER) {
		return MONO_NEVER;
	}
	for (size_t i = 0; i < n->store.n_peers; i++) {
		const struct peer *p = &n->store.peers[i];

		if (p->used && !p->left) {
			d = mono_min(d, mono_min(p->as_master.polled.next_poll,
						 p->as_master.polled.retry_at));
		}
	}
	return d;
}
