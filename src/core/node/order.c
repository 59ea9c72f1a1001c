/* order.c - what an operator may order. */
#include "core/node/order.h"

#include "core/node/bound.h"
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
#include "core/node/hold.h"
#include "core/node/judge.h"
#include "core/node/lead.h"
#include "core/node/lease.h"
#include "core/node/obey.h"
#include "core/node/peer.h"
#include "core/node/poll.h"
#include "core/node/private.h"
#include "core/node/revoke.h"
#include "core/node/settime.h"
#include "core/node/standing.h"
#include "core/node/table.h"
#include "core/node/timeline.h"
#include "core/rules/bound.h"

#include <assert.h>

#define SET_TIME_NS (3 * NS_PER_S) /* a founding waits so long for who does not answer */

/* --- What concerns the group: as master --- */

/* To whom, or to the deputy.  It leads within three heartbeats, or we stay. */
static struct wire_order_reply transfer(struct node *n, const struct wire_order *o)
{
	node_id to = o->peer ? o->peer : n->election.deputy;
	struct wire_order_reply r = {.peer = to, .takes_ns = ns_mul(3, heartbeat_ns(n))};
	const struct peer *p = peer_find(n, to);

	if (to == 0) {
		r.verdict = ORDER_NO_DEPUTY;
	} else if (to == n->self.id) {
		r.verdict = ORDER_LEADS;
	} else if (!p) {
		r.verdict = ORDER_NO_SUCH_PEER;
	} else if (!peer_may_lead(n, p) || !peer_alive(n, p) || !p->settled) {
		r.verdict = ORDER_NOT_ALLOWED;
	} else if (!o->dry_run) {
		grant_transfer_to(n, to, mono_add(n->step.now, r.takes_ns));
		handover_announce(n, to);
	}
	return r;
}

/* Out of the average, or into it again: from the next round on, or once it is settled. */
static struct wire_order_reply exclude(struct node *n, const struct wire_order *o)
{
	struct wire_order_reply r = {.n_before = (uint16_t)standing_count(n)};
	struct peer *p = peer_find(n, o->peer);
	bool out = o->what == ORDER_EXCLUDE;

	r.n_after = r.n_before;
	if (o->peer == n->self.id) {
		r.verdict = ORDER_LEADS;
	} else if (!p) {
		r.verdict = ORDER_NO_SUCH_PEER;
	} else {
		bool counts = p->in_table && reason_counts(p->as_master.judged.reason);
		bool comes = !out && p->as_master.judged.operator_excluded && !counts &&
			     p->in_table && peer_alive(n, p);

		r.n_after = (uint16_t)(r.n_before - (out && counts) + comes);
	}
	if (r.verdict == ORDER_OK && !o->dry_run) {
		standing_exclude(p, out);
	}
	return r;
}

/* What is out of sight counts no more: one host, or, without an id, all.  The others hear it of the
 * master; where there is none, each is told by itself. */
static struct wire_order_reply forget(struct node *n, const struct wire_order *o)
{
	struct wire_order_reply r = {.n_before = (uint16_t)n->election.census.n_table};
	struct peer *p = o->peer ? peer_find(n, o->peer) : NULL;

	r.n_after = (uint16_t)census_without(n, p);
	if (o->peer == n->self.id || (p && census_is_here(n, p))) {
		r.verdict = ORDER_IS_HERE;
	} else if (o->peer && !p) {
		r.verdict = ORDER_NO_SUCH_PEER;
	}
	if (r.verdict != ORDER_OK || o->dry_run) {
		return r;
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
	return r;
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
	if (hold_is_on(n)) {
		return ORDER_HELD;
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

/* For a time that has an end, for whoever holds a group may forget it; @host orders it. */
static struct wire_order_reply hold(struct node *n, const struct wire_order *o, node_id host)
{
	struct wire_order_reply r = {.takes_ns = o->hold_ms * NS_PER_MS};

	if (!n->steering.has_line) {
		r.verdict = ORDER_NO_LINE;
	} else if (settime_slews(n)) { /* who hears nothing more would not end it */
		r.verdict = ORDER_SLEWS;
	} else {
		r.moved_ns = bound_grown_ns(bound_holdover_ppb(n), r.takes_ns);
	}
	if (r.verdict == ORDER_OK && !o->dry_run) {
		hold_order(n, o->hold_ms, host, o->uid);
		poll_all_soon(n);
	}
	return r;
}

static struct wire_order_reply resume(struct node *n, const struct wire_order *o)
{
	struct wire_order_reply r = {.verdict = hold_is_on(n) ? ORDER_OK : ORDER_NOT_HELD,
				     .takes_ns = hold_left(n, n->step.now).left_ms * NS_PER_MS};

	if (r.verdict == ORDER_OK && !o->dry_run) {
		hold_end(n);
		poll_all_soon(n);
	}
	return r;
}

static void tell_ordered(struct node *n, const struct wire_order *o, node_id host, node_id whom)
{
	notice(n, NOTICE_ORDERED, LEVEL_NOTICE, host,
	       .ordered = {.what = (enum order)o->what, .whom = whom, .uid = o->uid});
}

/* @host orders @o: it is judged, and, unless it is a dry run, carried out and told. */
static struct wire_order_reply carry_out(struct node *n, const struct wire_order *o, node_id host)
{
	struct wire_order_reply r = {.verdict = ORDER_NOT_ALLOWED};

	assert(n->election.role == ROLE_MASTER);
	switch ((enum order)o->what) {
	case ORDER_SET_TIME: /* which all hosts tell */
		return set_time(n, o, host);
	case ORDER_TRANSFER:
		r = transfer(n, o);
		break;
	case ORDER_EXCLUDE:
	case ORDER_INCLUDE:
		r = exclude(n, o);
		break;
	case ORDER_FORGET:
		r = forget(n, o);
		break;
	case ORDER_HOLD:
		r = hold(n, o, host);
		break;
	case ORDER_RESUME:
		r = resume(n, o);
		break;
	case ORDER_STEP:
	case ORDER_CHAT:
	case ORDER_REVOKE:
	case ORDER_RESTORE:
	case ORDER_PRIVATE:
		return r;
	}
	if (r.verdict == ORDER_OK && !o->dry_run) {
		tell_ordered(n, o, host, r.peer ? r.peer : o->peer);
	}
	return r;
}

/* --- What concerns this host --- */

/* Onto the line, now. */
static enum order_verdict order_step(struct node *n, bool dry_run)
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
	if (dry_run) {
		fx_tell_moved(n, wall_sub(line_at(onto, n->step.pair.raw), n->step.pair.wall));
		return ORDER_OK;
	}
	if (refused) {
		follow_take_refused(n);
	}
	budget_renew(n, false);
	int64_t off_ns = line_remainder_ns(n, n->step.pair);

	fx_tell_moved(n, off_ns);
	clock_step(n, off_ns, STEP_BY_ORDER);
	hold_renew_line(n);
	budget_forgive(n);
	date_order(n);
	clock_set_joined(n, true);
	clock_follow(n, false);
	return ORDER_OK;
}

/* --- Where it is given --- */

/* The time as an interval, for that does not age on the way. */
static struct wire_order order_of(const struct node *n, const struct node_event *ev)
{
	wall_t now = line_at(&n->steering.line, n->step.pair.raw); /* void without a line */
	struct wire_order o = {.what = (uint8_t)ev->order.order,
			       .dry_run = ev->order.dry_run,
			       .uid = ev->order.uid};

	if (ev->order.order == ORDER_SET_TIME) {
		o.shift_ns = ev->order.set_time.relative
				     ? ev->order.set_time.shift_ns
				     : ns_max(wall_sub(ev->order.set_time.to, now), -INT64_MAX);
		o.step = ev->order.set_time.step;
	} else if (ev->order.order == ORDER_HOLD) {
		o.hold_ms = (uint32_t)ns_min(ns_max(ev->order.hold_ms, HOLD_MS_MIN), HOLD_MS_MAX);
	} else if (ev->order.order != ORDER_RESUME) {
		o.peer = ev->order.peer;
	}
	return o;
}

/* Does it concern one whom our master has forgotten already, by its word alone?  Then it is so. */
static bool confirms(const struct node *n, const struct wire_order *o)
{
	const struct peer *p = o->what == ORDER_FORGET ? peer_find(n, o->peer) : NULL;

	return p && peer_is_struck(p) && !peer_heard(p, n->step.now);
}

static struct wire_order_reply confirm(struct node *n, const struct wire_order *o)
{
	struct wire_order_reply r = {.n_before = (uint16_t)electorate(n)};

	r.n_after = (uint16_t)(r.n_before - 1);
	if (!o->dry_run) {
		peer_strike(n, peer_find(n, o->peer), true);
	}
	return r;
}

/* On the master it is carried out, and elsewhere it travels there.  Who is out of sight can be
 * forgotten where nobody leads, too. */
static enum order_verdict order_group(struct node *n, const struct node_event *ev)
{
	struct wire_order o = order_of(n, ev);
	struct wire_order_reply r;

	if (n->election.role == ROLE_MASTER) {
		r = carry_out(n, &o, n->self.id);
		if (o.what == ORDER_FORGET && r.verdict == ORDER_OK) { /* these ask it first */
			obey_list_deaf(n, n->self.id, true, &r.deaf);
		}
	} else if (o.what == ORDER_FORGET && !master_alive(n)) {
		r = forget(n, &o);
	} else if (confirms(n, &o)) {
		r = confirm(n, &o);
	} else {
		if (o.what == ORDER_FORGET && o.peer == 0 && !o.dry_run) {
			census_confirm_struck(n); /* whom the master has forgotten already */
		}
		bool lost = o.what == ORDER_SET_TIME && !n->steering.has_line &&
			    n->election.master != 0;

		return lost ? ORDER_NO_LINE : forward_send(n, &o);
	}
	struct order_outcome done = forward_outcome(&o, &r);

	fx_tell_outcome(n, &done);
	return done.verdict;
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
		r = carry_out(n, &msg->order, p->id);
		if (msg->order.what == ORDER_FORGET && r.verdict == ORDER_OK &&
		    !msg->order.dry_run) {
			fx_add(n, FX_FORGOTTEN)->forgotten = msg->order.peer;
		}
	} else if (r.verdict == ORDER_NOT_TRUSTED) {
		obey_list_deaf(n, p->id, msg->order.step, &r.deaf);
		obey_tell_refused(n, p->id, (enum order)msg->order.what, obey_why_not(n, p->id));
	}
	forward_answer(n, p, &msg->order, &r);
}

enum order_verdict order_execute(struct node *n, const struct node_event *ev)
{
	switch (ev->order.order) {
	case ORDER_SET_TIME:
	case ORDER_TRANSFER:
	case ORDER_EXCLUDE:
	case ORDER_INCLUDE:
	case ORDER_FORGET:
	case ORDER_HOLD:
	case ORDER_RESUME:
		return order_group(n, ev);
	case ORDER_STEP:
		return order_step(n, ev->order.dry_run);
	case ORDER_CHAT:
		return chatting_order(n, ev->order.text, ev->order.text_len);
	case ORDER_PRIVATE:
		return private_order(n, ev->order.peer, ev->order.text, ev->order.text_len);
	case ORDER_REVOKE:
	case ORDER_RESTORE:
		return revoke_order(n, ev->order.peer, ev->order.order == ORDER_REVOKE);
	}
	return ORDER_NOT_ALLOWED;
}

void order_init(struct node *n)
{
	hold_init(n);
}

void order_tick(struct node *n)
{
	forward_tick(n);
	hold_tick(n);
}

mono_t order_deadline(const struct node *n)
{
	return mono_min(forward_deadline(n), hold_deadline(n));
}
