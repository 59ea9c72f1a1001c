/* lead.c - what a master does: beginning and end, rounds, roster, its deputy. */
#include "core/node/node_private.h"

#include <assert.h>
#include <string.h>

#define ALIVE_POLLS 3 /* a member that missed so many is silent */

struct estimator *peer_estimator(const struct node *n, const struct peer *p)
{
	return p->estimator == NO_INDEX ? NULL : &n->store.estimators[p->estimator];
}

bool peer_alive(const struct node *n, const struct peer *p)
{
	int64_t limit = ns_max(ALIVE_POLLS * lease_unit(n) + lease_unit(n) / 2, NS_PER_S);

	return p->used && !p->left && p->follows && p->replied.ns != INT64_MIN &&
	       mono_sub(n->now, p->replied) < limit;
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

	if (p->estimator == NO_INDEX) {
		for (size_t i = 0; i < n->store.n_peers; i++) {
			if (n->store.peers[i].used && n->store.peers[i].estimator != NO_INDEX) {
				taken[n->store.peers[i].estimator] = true;
			}
		}
		for (size_t i = 0; i < n->store.n_estimators && i < NODE_PEERS_MAX; i++) {
			if (!taken[i]) {
				p->estimator = (uint16_t)i;
				break;
			}
		}
	}
	if (p->estimator == NO_INDEX) {
		notice(n, NOTICE_LIMIT_TRIPPED, LEVEL_WARNING, p->id, 3,
		       (int64_t)n->store.n_estimators, (int64_t)n->store.n_estimators);
		return;
	}
	estimator_init(peer_estimator(n, p), &config);
	p->marked = false;
}

/* What the last master knew of @p, seen from our own RAW: offset = (its RAW - M's) - (ours - M's).
 */
bool roster_offset(const struct node *n, const struct peer *p, struct estimate *ret)
{
	const struct roster_info *it = &p->roster, *we = &n->own_roster;

	if (!it->known || !we->known || it->term != we->term || it->state != MEMBER_SETTLED) {
		return false;
	}
	/* Our RAW now in M's RAW: m + we(m) = now. */
	raw_t m = raw_add(n->pair.raw, ns_sub(0, we->offset_ns));

	m = raw_add(m, ns_from_double(-(double)raw_sub(m, we->at) * we->rate));
	double age_it = (double)raw_sub(m, it->at), age_we = (double)raw_sub(m, we->at);
	double age = age_it > age_we ? age_it : age_we;
	/* Old, and learnt over other paths, whose asymmetry may be any: members hold their own
	 * lines meanwhile, so a wide prior costs nothing. */
	double sd = 3 * (double)(it->sd_ns + we->sd_ns) + 2000 + (double)it->delay_ns / 16;

	memset(ret, 0, sizeof(*ret));
	ret->at = n->pair.raw;
	ret->offset_ns = ns_sub(ns_add(it->offset_ns, ns_from_double(age_it * it->rate)),
				ns_add(we->offset_ns, ns_from_double(age_we * we->rate)));
	ret->rate = (it->rate - we->rate) / (1 + we->rate);
	ret->rate_sd = 1e-7 + sd / 60e9;
	ret->sd_ns = sd + age * ret->rate_sd;
	return true;
}

static void peer_enlist(struct node *n, struct peer *p)
{
	pace_start(&p->pace);
	p->next_poll = n->now;
	p->interval_ns = 0;
	p->retry_at = MONO_NEVER;
	p->retries = 0;
	p->reach = 0;
	p->follows = false;
	p->replied = NEVER_HEARD;
	p->applied_round = 0;
	p->sent_round = 0;
	p->disobeyed = 0;
	p->averaged = false;
	p->paper.phase_ns = 0;
	p->paper.unrest = 0;
	p->paper.measured = false;
	p->chat_acked = 0;
	p->chat_sent_to = 0;
	p->weight_used = 0;
	p->closure_ns = CLOSURE_UNKNOWN;
	p->reason = REASON_NEWCOMER;
	p->reason_told = REASON_NEWCOMER;
	p->reason_rounds = 0;
	memset(p->exchange, 0, sizeof(p->exchange));
	estimator_take(n, p);
}

void master_begin(struct node *n)
{
	unsigned reached = 1;

	n->round = 0;
	n->led_since = n->now;
	n->whole_since = n->now;
	n->n_expected = n->n_table;
	n->next_round = n->now;
	n->cold_until = mono_add(n->now, ns_max(3 * n->config.poll_ns_min, NS_PER_S / 2));
	n->group_new = !n->has_line;
	n->confirmed = n->now;
	n->lease_poll_ns = n->config.poll_ns;
	n->deputy = 0;
	n->n_succession = 0;
	n->roster_next = 0;
	n->transfer_to = 0;
	n->line_term = n->term;
	n->voters = 0;
	n->phase_ns = 0;
	n->paper.phase_ns = 0;
	n->paper.unrest = 0;
	n->paper.measured = false;
	joint_init(&n->joint);
	if (n->has_line) {
		/* Group time goes on from our own line; what that line may be wrong by goes with
		 * it. */
		line_rebase(&n->line, n->pair.raw);
		n->line.growth_ppb = 0;
		n->vote_rate = n->line.rate;
	}
	for (size_t i = 0; i < n->store.n_peers; i++) {
		struct peer *p = &n->store.peers[i];

		if (!p->used) {
			continue;
		}
		bool settled = p->roster.known && p->roster.state == MEMBER_SETTLED;

		peer_enlist(n, p);
		if (n->has_line && settled) {
			struct estimate prior;

			if (p->estimator != NO_INDEX && roster_offset(n, p, &prior)) {
				estimator_prime(peer_estimator(n, p), &prior);
			}
			p->averaged = true; /* own_rate came with the roster */
		}
		if (p->granted) {
			p->follows = true;
			p->replied = n->now;
			reached++;
		}
	}
	group_update_membership(n);
	notice(n, NOTICE_BECAME_MASTER, LEVEL_NOTICE, 0, (int64_t)n->term, reached, n->island);
}

void master_end(struct node *n)
{
	for (size_t i = 0; i < n->store.n_peers; i++) {
		struct peer *p = &n->store.peers[i];

		p->next_poll = MONO_NEVER;
		p->retry_at = MONO_NEVER;
		p->follows = false;
		p->estimator = NO_INDEX;
	}
	if (n->has_line) { /* from here on it is a member's line: its error grows */
		group_base_error(n);
		line_rebase(&n->line, n->pair.raw);
		n->line.growth_ppb = bound_growth_ppb(n->config.max_drift_ppb, n->line.rate);
	}
	n->next_round = MONO_NEVER;
	n->island = false;
	n->group_new = !n->has_line;
}

/* Some member has granted a term above ours, of nobody who leads: take one above it. */
void master_raise_term(struct node *n, uint64_t above)
{
	group_base_error(n); /* whoever granted that term may have followed another line */
	n->term = term_next(above > n->term_seen ? above : n->term_seen, n->id);
	n->granted_to = n->id;
	n->line_term = n->term;
	node_save_term(n);
	for (size_t i = 0; i < n->store.n_peers; i++) {
		struct peer *p = &n->store.peers[i];

		p->applied_round = 0;
		if (p->used && p->next_poll.ns != INT64_MAX) {
			p->next_poll = n->now; /* before any lease runs out */
		}
	}
	chat_lead(&n->chat, n->term);
	notice(n, NOTICE_BECAME_MASTER, LEVEL_NOTICE, 0, (int64_t)n->term, n->n_alive, n->island);
}

void master_on_session(struct node *n, struct peer *p)
{
	if (n->role == ROLE_MASTER) {
		if (p->next_poll.ns == INT64_MAX || p->estimator == NO_INDEX) {
			peer_enlist(n, p);
		}
		p->next_poll = n->now;
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
	e->at = n->pair.raw;
	e->own_rate = rate_sane(p->paper.own_rate);
	if (est_of && estimator_at(est_of, n->pair.raw, &est)) {
		e->offset_ns = est.offset_ns;
		e->rate = rate_sane(est.rate);
		e->sd_ns = ns_max(0, ns_from_double(est.sd_ns));
		e->delay_ns = ns_max(0, est.delay_ns);
	}
	e->bound_ns = p->bound_ns;
	e->wall_offset_ns = p->wall_offset_ns;
	e->weight = (uint16_t)(p->weight_used * 1000 + 0.5);
	e->closure_ns = closure_of(p);
	e->reason = (uint8_t)p->reason;
	e->state = p->left	       ? MEMBER_LEFT
		   : !p->in_table      ? MEMBER_JOINING
		   : !peer_alive(n, p) ? MEMBER_SILENT
		   : p->averaged       ? MEMBER_SETTLED
				       : MEMBER_NEW;
}

static void roster_self(const struct node *n, struct wire_roster_entry *e)
{
	e->id = n->id;
	memcpy(e->name, n->config.name, sizeof(e->name));
	e->state = MEMBER_SETTLED;
	e->reason = (uint8_t)n->reason;
	e->mode = (uint8_t)n->config.mode;
	e->priority = n->config.priority;
	e->at = n->pair.raw;
	e->own_rate = rate_sane(n->paper.own_rate);
	e->bound_ns = node_bound(n, n->now, n->pair);
	e->wall_offset_ns = -n->servo.remainder_ns;
	e->weight = (uint16_t)(n->weight_used * 1000 + 0.5);
	e->closure_ns = CLOSURE_UNKNOWN;
}

/* Entries from @first on (0: ourselves, then the table in slot order) to @to. */
void master_send_roster(struct node *n, struct peer *to, size_t first)
{
	struct wire_msg msg = {.type = WIRE_ROSTER, .term = n->term};
	struct wire_roster *r = &msg.roster;
	size_t k = 0;

	r->first = (uint16_t)first;
	r->total = 1;
	r->version = n->roster_version;
	if (n->has_line) {
		r->line_r0 = n->line.r0;
		r->line_g0 = n->line.g0;
		r->line_rate = n->line.rate;
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
		    p->operator_excluded) {
			continue;
		}
		if (p->id == n->deputy) {
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

	n->n_succession = k;
	memset(n->succession, 0, sizeof(n->succession));
	memcpy(n->succession, list, k * sizeof(list[0]));
	if (deputy != n->deputy) {
		n->deputy = deputy;
		for (size_t i = 0; i < n->store.n_peers; i++) { /* of other loops */
			n->store.peers[i].closure_ns = CLOSURE_UNKNOWN;
		}
		notice(n, NOTICE_DEPUTY_NAMED, LEVEL_NOTICE, deputy, 0, 0, 0);
	}
}

/* The deputy gets the whole table each round, the others one page each, turn by turn. */
static void roster_round(struct node *n)
{
	struct peer *deputy = n->deputy ? peer_find(n, n->deputy) : NULL;

	for (size_t first = 0; deputy && first < n->n_table; first += WIRE_ROSTER_MAX) {
		master_send_roster(n, deputy, first);
	}
	for (size_t i = 0; i < n->store.n_peers; i++) {
		struct peer *p = &n->store.peers[i];

		if (p != deputy && peer_alive(n, p)) {
			master_send_roster(n, p, n->roster_next);
		}
	}
	n->roster_next = (uint16_t)(n->roster_next + WIRE_ROSTER_MAX);
	if (n->roster_next >= n->n_table) {
		n->roster_next = 0;
	}
}

static void forget_tick(struct node *n)
{
	for (size_t i = 0; i < n->store.n_peers && !n->island; i++) {
		struct peer *p = &n->store.peers[i];
		int64_t since = ns_max(p->replied.ns, n->whole_since.ns);

		/* Only a majority may shrink the table it is counted of. */
		if (p->used && p->in_table && !peer_alive(n, p) &&
		    ns_sub(n->now.ns, since) > n->config.forget_ns) {
			p->in_table = false;
			notice(n, NOTICE_MEMBER_LEFT, LEVEL_NOTICE, p->id, 2, 0, 0);
		}
	}
}

void master_tick(struct node *n)
{
	if (n->role != ROLE_MASTER) {
		return;
	}
	if (n->config.quorum == QUORUM_MAJORITY && 2 * n->n_alive <= electorate(n)) {
		step_down(n, 0, 0);
		return;
	}
	if (n->now.ns >= n->next_round.ns) {
		int64_t every = n->has_line ? n->config.poll_ns : n->config.poll_ns_min;
		mono_t next = mono_add(n->next_round, every);

		n->next_round = next.ns > n->now.ns ? next : mono_add(n->now, every);
		n->round++;
		forget_tick(n);
		group_update_membership(n);
		group_round(n);
		joint_round(n);
		n->last_round = n->now;
		succession_update(n);
		roster_round(n);
	}
	for (size_t i = 0; i < n->store.n_peers; i++) {
		struct peer *p = &n->store.peers[i];

		if (p->used && !p->left && fx_room_to_send(n)) {
			poll_tick(n, p);
		}
	}
	if (n->transfer_to && n->now.ns >= n->transfer_until.ns) {
		n->transfer_to = 0; /* it did not come */
	}
}

mono_t master_deadline(const struct node *n)
{
	mono_t d = n->next_round;

	if (n->role != ROLE_MASTER) {
		return MONO_NEVER;
	}
	for (size_t i = 0; i < n->store.n_peers; i++) {
		const struct peer *p = &n->store.peers[i];

		if (p->used && !p->left) {
			d = mono_min(d, mono_min(p->next_poll, p->retry_at));
		}
	}
	return d;
}
