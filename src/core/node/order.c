/* order.c - what an operator may order. */
#include "core/node/order.h"

#include "core/node/census.h"
#include "core/node/chat.h"
#include "core/node/clock.h"
#include "core/node/contacts.h"
#include "core/node/date.h"
#include "core/node/effects.h"
#include "core/node/follow.h"
#include "core/node/grant.h"
#include "core/node/handover.h"
#include "core/node/judge.h"
#include "core/node/lead.h"
#include "core/node/lease.h"
#include "core/node/settime.h"
#include "core/node/standing.h"
#include "core/node/table.h"
#include "core/node/timeline.h"

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
	(void)follow_take_refused(n);
	int64_t off_ns = line_remainder_ns(n, n->step.pair);

	fx_tell_moved(n, off_ns);
	clock_step(n, off_ns, STEP_BY_ORDER);
	date_order(n);
	clock_set_joined(n, true);
	clock_follow(n, false);
	return ORDER_OK;
}

/* May the group's time be set to @to, @shift_ns from where it is? */
static enum order_verdict judge_time(const struct node *n, wall_t to)
{
	if (n->election.role != ROLE_MASTER) {
		return ORDER_NOT_MASTER;
	}
	if (!n->steering.has_line) {
		return ORDER_NO_LINE;
	}
	if (to.ns < n->config.earliest.ns) {
		return ORDER_TOO_EARLY;
	}
	if (to.ns > n->config.ceiling.ns) {
		return ORDER_TOO_LATE;
	}
	if (judge_any_reference(n)) {
		return ORDER_REFERENCE;
	}
	if (n->election.census.n_alive < electorate(n)) {
		return ORDER_ABSENT;
	}
	return ORDER_OK;
}

/* Stepping, all give the line up, and the group is founded anew at the time that is ordered. */
static enum order_verdict order_set_time(struct node *n, const struct node_event *ev)
{
	wall_t now = line_at(&n->steering.line, n->step.pair.raw); /* void without a line */
	wall_t to = ev->order.set_time.relative ? wall_add(now, ev->order.set_time.shift_ns)
						: ev->order.set_time.to;
	enum order_verdict v = judge_time(n, to);
	struct time_order o = {.at = to,
			       .shift_ns = wall_sub(to, now),
			       .host = n->self.id,
			       .uid = ev->order.set_time.uid};
	bool step = ev->order.set_time.step;
	int64_t takes_ns = step ? SET_TIME_NS : settime_takes_ns(n, o.shift_ns);

	if (v == ORDER_OK && step && !may_take_term(n)) {
		v = ORDER_NOT_ALLOWED;
	} else if (v == ORDER_OK && !step && takes_ns > SLEW_NS_MAX) {
		v = ORDER_TOO_FAR;
	}
	if (v != ORDER_OK) {
		return v;
	}
	fx_tell_moved(n, o.shift_ns);
	fx_tell_takes(n, ns_add(takes_ns, 2 * heartbeat_ns(n)));
	if (!ev->order.set_time.dry_run && step) {
		o.dated = true;
		lead_found_anew(n, FOUNDING_ORDER);
		date_set(n, &o);
	} else if (!ev->order.set_time.dry_run) {
		settime_slew(n, &o);
	}
	return ORDER_OK;
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
	case ORDER_EXCLUDE:
	case ORDER_INCLUDE:
		return order_peer(n, ev);
	}
	return ORDER_NOT_ALLOWED;
}
