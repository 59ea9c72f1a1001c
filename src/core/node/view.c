/* view.c - what a node tells of itself: status, members, rounds.  No side effects. */
#include "core/node/budget.h"
#include "core/node/clock.h"
#include "core/node/deputy.h"
#include "core/node/estimators.h"
#include "core/node/hold.h"
#include "core/node/lease.h"
#include "core/node/roster.h"
#include "core/node/rows.h"
#include "core/node/settime.h"
#include "core/node/state.h"
#include "core/node/table.h"
#include "core/node/timeline.h"

#include <string.h>

/* By our own measurement, or our master's. */
static bool oscillator_is_bad(const struct node *n, mono_t now)
{
	return is_runaway(n, now) ||
	       (n->election.role != ROLE_MASTER && n->leading.paper.reason == REASON_RATE);
}

/* Too few to make a group: of whom a master counts, or of whom it has met since its start. */
static bool lacks_company(const struct node *n)
{
	unsigned here = 1;

	if (n->election.role == ROLE_MASTER) {
		return n->election.census.n_alive < n->config.min_hosts;
	}
	for_each_peer (n, p) {
		here += !p->left && !mono_is_long_ago(p->heard);
	}
	return n->election.master == 0 && here < n->config.min_hosts;
}

/* Why our clock is not on the line, or does not go where it was corrected to. */
static enum correct_refusal refusal_of(const struct node *n)
{
	return n->steering.date.refusal != CORRECT_OK ? n->steering.date.refusal
						      : n->steering.taken.refusal;
}

static enum lack find_lack(const struct node *n, mono_t now, struct clock_pair pair)
{
	if (clock_synced(n, now, pair)) {
		return LACK_NOTHING;
	}
	if (has_clone(n)) {
		return LACK_IDENTITY;
	}
	if (!n->steering.has_line && lacks_company(n)) {
		return LACK_COMPANY;
	}
	if (!n->steering.has_line) {
		return n->election.master == 0 ? LACK_MASTER : LACK_LINE;
	}
	if (n->steering.taken.refusal == CORRECT_RATE || oscillator_is_bad(n, now)) {
		return LACK_OSCILLATOR;
	}
	if (budget_is_spent(n) || refusal_of(n) == CORRECT_OPEN) {
		return LACK_KEY;
	}
	if (refusal_of(n) != CORRECT_OK && refusal_of(n) != CORRECT_DOUBTED) {
		return LACK_CONSENT; /* a doubt is over soon, whatever people do */
	}
	return clock_bound_ns(n, now, pair) == BOUND_UNKNOWN ? LACK_OTHERS : LACK_BOUND;
}

void node_status(const struct node *n, mono_t now, struct clock_pair pair, struct node_status *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->id = n->self.id;
	memcpy(ret->public_key, n->trust.pub, KEY_LEN);
	memcpy(ret->name, n->config.name, sizeof(ret->name));
	ret->role = n->election.role;
	ret->master = n->election.master;
	ret->deputy = n->election.deputy;
	ret->term = n->election.term;
	ret->round = n->election.role == ROLE_MASTER ? n->leading.round : n->steering.taken.round;
	ret->island = n->election.census.island;
	ret->synced = clock_synced(n, now, pair);
	ret->settled = n->steering.clock.settled;
	ret->lack = find_lack(n, now, pair);
	ret->date = n->steering.date.ours;
	ret->date_confirmed = n->steering.has_line && n->steering.date.confirmed;
	ret->refusal = refusal_of(n);
	ret->leap = n->steering.has_line ? n->steering.date.leap : LEAP_NONE;
	ret->last_order = settime_order(n, pair.raw);
	ret->hold = hold_left(n, now);
	ret->has_line = n->steering.has_line;
	ret->era = n->steering.date.era;
	ret->line = n->steering.line;
	ret->bound_ns = clock_bound_ns(n, now, pair);
	ret->offset_ns = ns_sub(0, line_remainder_ns(n, pair));
	ret->est_error_ns = ns_add(ns_abs(ret->offset_ns), n->steering.line.sd_ns);
	ret->freq_ppb = n->steering.clock.servo.freq_ppb;
	ret->poll_ns =
		n->election.role == ROLE_MASTER ? n->config.poll_ns : n->election.lease_poll_ns;
	ret->spread_ns = n->election.role == ROLE_MASTER ? n->leading.group.spread_ns : 0;
	ret->heard = n->election.heard;
	ret->last_round = n->leading.last_round;
	ret->n_table = n->election.census.n_table;
	ret->n_alive = n->election.census.n_alive;
	ret->n_used = n->election.role == ROLE_MASTER ? n->leading.paper.n_used : 0;
	ret->n_rx = n->outbox.n_rx;
	ret->n_tx = n->outbox.n_tx;
	ret->n_bad = n->outbox.n_bad;
	ret->n_steps = n->steering.clock.n_steps;
	ret->n_corrections = n->steering.taken.n_corrections;
	ret->n_refused = n->steering.taken.n_refused;
	ret->clock_epoch = n->steering.clock.epoch;
	ret->tripped = n->steering.budget.tripped;
	ret->interrupted = n->steering.clock.interrupted;
	ret->chat_last = n->chat.log.last.index;
	ret->chat_stable = n->chat.log.stable;
	ret->open_group = n->config.open_group;
	ret->open_moved_ns = budget_is_capped(n) ? n->steering.budget.open.moved_ns : 0;
	ret->open_max_ns = budget_is_capped(n) ? OPEN_NS_MAX : 0;
	ret->open_spent = budget_is_spent(n);
	ret->disk_failed = n->election.disk_failed;
	if (has_clone(n)) {
		ret->clone = n->joining.clone.at;
	}
}

static enum member_state own_state(const struct node *n)
{
	if (n->steering.clock.settled) {
		return MEMBER_SETTLED;
	}
	return n->steering.has_line ? MEMBER_NEW : MEMBER_JOINING;
}

static void view_self(const struct node *n, mono_t now, struct clock_pair pair,
		      struct member_view *v)
{
	v->id = n->self.id;
	v->key_known = true;
	memcpy(v->public_key, n->trust.pub, KEY_LEN);
	memcpy(v->name, n->config.name, sizeof(v->name));
	v->is_self = true;
	v->is_master = n->election.role == ROLE_MASTER;
	v->is_deputy = n->election.deputy != 0 && n->election.deputy == n->self.id;
	v->state = own_state(n);
	v->reason = n->leading.paper.reason;
	v->mode = n->config.mode;
	v->exact = true;
	v->priority = n->config.priority;
	v->offset_ns = ns_sub(0, line_remainder_ns(n, pair));
	v->has_offset = v->has_rate = n->steering.has_line;
	v->rate = n->steering.has_line ? n->steering.line.pull - n->steering.line.rate : 0;
	v->bound_ns = clock_bound_ns(n, now, pair);
	v->sd_ns = n->steering.line.sd_ns;
	v->weight = n->leading.paper.weight_used;
	v->closure_ns = n->election.role != ROLE_MASTER && n->leading.own_roster.known
				? n->leading.own_roster.closure_ns
				: CLOSURE_UNKNOWN;
}

/* What the master told of @p, now or before it was us. */
static void view_listed(const struct node *n, const struct peer *p, struct member_view *v)
{
	const struct roster_info *r = &p->roster;
	bool known = r->known && member_state_has_figures((enum member_state)r->state);

	v->reason = r->known ? (enum reason)r->reason : REASON_NONE;
	v->has_path = known && r->delay_ns > 0;
	/* The master measures itself against nobody. */
	v->has_rate = v->has_path || (known && p->id == n->election.master);
	v->has_offset = v->has_rate || (known && r->bound_ns != BOUND_UNKNOWN);
	v->offset_ns = r->wall_offset_ns;
	v->rate = -r->own_rate;
	v->delay_ns = r->delay_ns;
	v->sd_ns = r->sd_ns;
	v->weight = r->known ? r->weight / 1000.0 : 0;
	v->closure_ns = r->known ? r->closure_ns : CLOSURE_UNKNOWN;
}

static void view_measured(const struct node *n, const struct peer *p, raw_t now,
			  struct member_view *v)
{
	const struct estimator *e = peer_estimator(n, p);
	struct estimate est;

	view_listed(n, p, v); /* of who has not answered us yet */
	v->exact = true;
	v->reason = p->as_master.judged.reason;
	v->weight = p->as_master.paper.weight_used;
	v->closure_ns = closure_of(p);
	v->reach = p->as_master.polled.reach;
	v->quality = p->measure.quality;
	if (row_is_corrected(n, p)) {
		v->has_offset = true;
		v->offset_ns = p->as_master.polled.wall_offset_ns;
	}
	if (e && estimator_at(e, now, &est)) {
		v->has_path = v->has_rate = true;
		v->rate = (1 + est.rate) / (1 + n->steering.line.rate - n->steering.line.pull) - 1;
		v->delay_ns = est.delay_ns;
		v->jitter_ns = est.jitter_ns;
		v->sd_ns = ns_from_double(est.sd_ns);
		v->n_samples = est.n;
	}
}

static void view_peer(const struct node *n, const struct peer *p, mono_t now,
		      struct clock_pair pair, struct member_view *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->id = p->id;
	ret->key_known = id_from_key(p->session.peer_pub) == p->id;
	memcpy(ret->public_key, p->session.peer_pub, KEY_LEN);
	memcpy(ret->name, p->name, sizeof(ret->name));
	ret->addr = p->addr;
	ret->mode = p->mode;
	ret->priority = p->priority;
	ret->is_master = p->id == n->election.master;
	ret->is_deputy = p->id == n->election.deputy;
	ret->heard_ago_ns = mono_is_long_ago(p->heard) ? INT64_MAX : mono_sub(now, p->heard);
	ret->state = row_state(n, p, now);
	ret->bound_ns = row_bound_ns(n, p, now);
	if (n->election.role == ROLE_MASTER) {
		view_measured(n, p, pair.raw, ret);
	} else {
		view_listed(n, p, ret);
	}
	if (!member_state_has_figures(ret->state)) {
		ret->has_offset = ret->has_rate = ret->has_path = false;
		ret->bound_ns = BOUND_UNKNOWN;
		ret->weight = 0;
	}
	if (ret->state == MEMBER_LEFT || ret->state == MEMBER_FORGOTTEN) {
		ret->reason = REASON_NONE; /* of when it was here */
	}
	if (peer_is_twin(p)) {
		ret->addr = p->twin.at[0];
		ret->clone = p->twin.at[1];
		ret->reason = REASON_CLONE;
	}
}

bool node_member(const struct node *n, size_t *at, mono_t now, struct clock_pair pair,
		 struct member_view *ret)
{
	if (*at == 0) {
		*at = 1;
		memset(ret, 0, sizeof(*ret));
		view_self(n, now, pair, ret);
		return true;
	}
	for (; *at <= n->joining.n_slots; (*at)++) {
		const struct peer *p = &n->store.peers[*at - 1];

		if (p->used && !row_is_hidden(n, p, now)) {
			view_peer(n, p, now, pair, ret);
			(*at)++;
			return true;
		}
	}
	return false;
}

bool node_member_of(const struct node *n, node_id id, mono_t now, struct clock_pair pair,
		    struct member_view *ret)
{
	const struct peer *p = peer_find(n, id);

	memset(ret, 0, sizeof(*ret));
	if (id == n->self.id) {
		view_self(n, now, pair, ret);
		return true;
	}
	if (!p || row_is_hidden(n, p, now)) {
		return false;
	}
	view_peer(n, p, now, pair, ret);
	return true;
}

const char *node_name_of(const struct node *n, node_id id)
{
	const struct peer *p = peer_find(n, id);
	const char *name = id == n->self.id ? n->config.name : p ? p->name : "";

	return name[0] != '\0' ? name : NULL;
}

bool node_addr_of(const struct node *n, node_id id, struct addr *ret)
{
	const struct peer *p = peer_find(n, id);

	*ret = p ? p->addr : (struct addr){0};
	return ret->port > 0;
}

bool node_round(const struct node *n, size_t i, struct round_view *ret)
{
	size_t kept = n->leading.group.n_rounds < NODE_ROUNDS_KEPT
			      ? (size_t)n->leading.group.n_rounds
			      : NODE_ROUNDS_KEPT;

	if (i >= kept) {
		return false;
	}
	*ret = n->leading.group.rounds[(n->leading.group.n_rounds - 1 - i) % NODE_ROUNDS_KEPT];
	return true;
}

const struct wire_chat_line *node_chat_line(const struct node *n, uint64_t index)
{
	return chat_get(&n->chat.log, index);
}

const struct wire_chat_line *node_chat_log(const struct node *n, uint64_t index,
					   struct chat_pos *ret_last, uint64_t *ret_stable)
{
	const struct chat *c = &n->chat.log;

	*ret_last = c->last;
	*ret_stable = c->stable;
	return chat_keeps(c, index) ? chat_entry(c, index) : NULL;
}
