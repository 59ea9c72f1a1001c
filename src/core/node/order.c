/* order.c - what an operator may order. */
#include "core/node/order.h"

#include "core/node/budget.h"
#include "core/node/carried.h"
#include "core/node/census.h"
#include "core/node/chat.h"
#include "core/node/clock.h"
#include "core/node/contacts.h"
#include "core/node/date.h"
#include "core/node/effects.h"
#include "core/node/follow.h"
#include "core/node/forward.h"
#include "core/node/grant.h"
#include "core/node/handover.h"
#include "core/node/judge.h"
#include "core/node/lead.h"
#include "core/node/lease.h"
#include "core/node/obey.h"
#include "core/node/revoke.h"
#include "core/node/settime.h"
#include "core/node/standing.h"
#include "core/node/table.h"
#include "core/node/timeline.h"

#include <assert.h>

#define SET_TIME_NS (3 * NS_PER_S) /* a founding waits so long for who does not answer */

static enum order_verdict order_peer(struct node *n, const struct node_event *ev)
{
	struct peer *p = peer_find(n, ev->order.peer);

	if (n->election.role != ROLE_MASTER) {
		return ORDER_NOT_MASTER;
	}
	if (!p) {
		return ORDER_NO_SUCH_PEER;
	}
	standing_exclude(p, ev->order.order == ORDER_EXCLUDE);
	return ORDER_OK;
}

static enum order_verdict order_transfer(struct node *n, node_id to)
{
	if (n->election.role != ROLE_MASTER) {
		return ORDER_NOT_MASTER;
	}
	if (to == 0) {
		to = n->election.deputy;
	}
	if (to == 0) {
		return ORDER_NO_DEPUTY;
	}
	struct peer *p = peer_find(n, to);

	if (!p) {
		return ORDER_NO_SUCH_PEER;
	}
	if (!peer_may_lead(n, p) || !peer_alive(n, p) || !p->settled) {
		return ORDER_NOT_ALLOWED;
	}
	grant_transfer_to(n, to, mono_add(n->step.now, 3 * heartbeat_ns(n)));
	handover_announce(n, to);
	return ORDER_OK;
}

/* What is out of sight counts no more: one host, or, without an id, all.  The others hear it of the
 * master; where there is none, each is told by itself. */
static enum order_verdict order_forget(struct node *n, node_id id)
{
	struct peer *p = id ? peer_find(n, id) : NULL;

	if (n->election.role != ROLE_MASTER && master_alive(n)) {
		return ORDER_NOT_MASTER;
	}
	if (id && !p) {
		return ORDER_NO_SUCH_PEER;
	}
	if (p && census_is_here(n, p)) {
		return ORDER_IS_HERE;
	}
	if (p) {
		census_drop(n, p);
	} else {
		census_drop_absent(n);
		contacts_forgive(n);
	}
	if (n->election.role == ROLE_MASTER) {
		census_update(n);
	}
	return ORDER_OK;
}

/* Onto the line, now. */
static enum order_verdict order_step(struct node *n)
{
	if (n->config.mode != MODE_STEER) {
		return ORDER_NO_STEP;
	}
	if (!n->steering.has_line) {
		return ORDER_NO_LINE;
	}
	const struct line *refused = follow_refused(n);
	const struct line *onto = refused ? refused : &n->steering.line;

	if (line_at(onto, n->step.pair.raw).ns > n->config.ceiling.ns) {
		return ORDER_TOO_LATE;
	}
	if (refused) {
		follow_take_refused(n);
	}
	budget_renew(n, false);
	int64_t off_ns = line_remainder_ns(n, n->step.pair);

	fx_tell_moved(n, off_ns);
	clock_step(n, off_ns, STEP_BY_ORDER);
	budget_forgive(n);
	date_order(n);
	clock_set_joined(n, true);
	clock_follow(n, false);
	return ORDER_OK;
}

/* May the group's time be moved as @o says, which takes @takes_ns?  As master with a line. */
static enum order_verdict judge_time(const struct node *n, const struct wire_order *o,
				     int64_t takes_ns)
{
	wall_t to = wall_add(line_at(&n->steering.line, n->step.pair.raw), o->shift_ns);

	if (to.ns < n->config.earliest.ns) {
		return ORDER_TOO_EARLY;
	}
	if (to.ns > n->config.ceiling.ns) {
		return ORDER_TOO_LATE;
	}
	if (judge_any_reference(n)) {
		return ORDER_REFERENCE;
	}
	if (n->election.census.n_alive < electorate(n) + carried_elsewhere(n)) {
		return ORDER_ABSENT;
	}
	if (!o->step) {
		return takes_ns > SLEW_NS_MAX ? ORDER_TOO_FAR : ORDER_OK;
	}
	return may_take_term(n) ? ORDER_OK : ORDER_NOT_ALLOWED;
}

/* As master: @host orders @o.  Stepping, all give the line up, and the group is founded anew at
 * the time that is ordered. */
static struct wire_order_reply set_time(struct node *n, const struct wire_order *o, node_id host)
{
	struct wire_order_reply r = {.verdict = ORDER_NO_LINE};
	struct time_order order = {.shift_ns = o->shift_ns,
				   .host = host,
				   .uid = o->uid,
				   .dated = o->step};
	int64_t takes_ns = o->step ? SET_TIME_NS : settime_takes_ns(n, o->shift_ns);

	assert(n->election.role == ROLE_MASTER);
	if (!n->steering.has_line) {
		return r;
	}
	r.verdict = (uint8_t)judge_time(n, o, takes_ns);
	if (r.verdict == ORDER_OK && o->step && host != n->self.id && !budget_takes_order(n)) {
		r.verdict = ORDER_BUSY;
	}
	if (r.verdict == ORDER_OK && o->step) { /* we do not go where nobody follows */
		obey_list_deaf(n, host, true, &r.deaf);
		r.verdict = r.deaf.n ? ORDER_NOT_TRUSTED : ORDER_OK;
	}
	if (r.verdict != ORDER_OK) {
		return r;
	}
	r.moved_ns = o->shift_ns;
	r.takes_ns = ns_add(takes_ns, 2 * heartbeat_ns(n));
	if (!o->dry_run && o->step) {
		if (host != n->self.id) {
			budget_note_order(n);
		}
		order.at = wall_add(line_at(&n->steering.line, n->step.pair.raw), o->shift_ns);
		lead_found_anew(n, FOUNDING_ORDER);
		date_set(n, &order);
	} else if (!o->dry_run) {
		settime_slew(n, &order);
	}
	return r;
}

/* Elsewhere than on the master it travels there; as an interval, for that does not age on the
 * way. */
static enum order_verdict order_set_time(struct node *n, const struct node_event *ev)
{
	wall_t now = line_at(&n->steering.line, n->step.pair.raw); /* void without a line */
	struct wire_order o = {.shift_ns = ev->order.set_time.relative
						   ? ev->order.set_time.shift_ns
						   : ns_max(wall_sub(ev->order.set_time.to, now),
							    -INT64_MAX),
			       .step = ev->order.set_time.step,
			       .dry_run = ev->order.set_time.dry_run,
			       .uid = ev->order.set_time.uid};

	if (n->election.role != ROLE_MASTER) {
		bool lost = !n->steering.has_line && n->election.master != 0;

		return lost ? ORDER_NO_LINE : forward_send(n, &o);
	}
	struct wire_order_reply r = set_time(n, &o, n->self.id);

	fx_tell_moved(n, r.moved_ns);
	fx_tell_takes(n, r.takes_ns);
	fx_tell_deaf(n, &r.deaf);
	return (enum order_verdict)r.verdict;
}

void order_on_message(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	if (msg->type == WIRE_REVOKED || msg->type == WIRE_REVOKED_REPLY) {
		revoke_on_message(n, p, msg);
		return;
	}
	if (msg->type == WIRE_ORDER_REPLY) {
		forward_on_reply(n, p, msg);
		return;
	}
	if (forward_is_old(n, p, msg)) {
		return;
	}
	struct wire_order_reply r = {.verdict = (uint8_t)forward_judge(n, p, msg)};

	if (r.verdict == ORDER_OK) {
		r = set_time(n, &msg->order, p->id);
	} else if (r.verdict == ORDER_NOT_TRUSTED) {
		obey_list_deaf(n, p->id, msg->order.step, &r.deaf);
		obey_tell_refused(n, p->id, obey_why_not(n, p->id));
	}
	forward_answer(n, p, &msg->order, &r);
}

enum order_verdict order_execute(struct node *n, const struct node_event *ev)
{
	switch (ev->order.order) {
	case ORDER_TRANSFER:
		return order_transfer(n, ev->order.peer);
	case ORDER_STEP_DOWN:
		return order_transfer(n, 0);
	case ORDER_STEP:
		return order_step(n);
	case ORDER_FORGET:
		return order_forget(n, ev->order.peer);
	case ORDER_SET_TIME:
		return order_set_time(n, ev);
	case ORDER_CHAT:
		return chatting_order(n, ev->order.text, ev->order.text_len);
	case ORDER_REVOKE:
	case ORDER_RESTORE:
		return revoke_order(n, ev->order.peer, ev->order.order == ORDER_REVOKE);
	case ORDER_EXCLUDE:
	case ORDER_INCLUDE:
		return order_peer(n, ev);
	}
	return ORDER_NOT_ALLOWED;
}
