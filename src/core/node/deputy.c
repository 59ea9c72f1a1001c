/* deputy.c - what a deputy measures: each member's clock, rarely, beside the master's polls.
 *
 * Master, deputy and member are a loop of three offsets, whose sum is 0 but for what the three
 * paths are asymmetric: the closure error, half of the sum of the asymmetries around the loop.  No
 * two-way exchange can see an asymmetry; a loop shows that there is one, though not which path has
 * it.  The figure is for people, who may then look at a path and set `asymmetry`; nothing is
 * steered by it.
 */
#include "core/node/deputy.h"

#include "core/node/effects.h"
#include "core/node/estimators.h"
#include "core/node/exchange.h"
#include "core/node/outbox.h"
#include "core/node/reply.h"
#include "core/node/roster.h"
#include "core/node/table.h"
#include "core/node/timeline.h"

#include <assert.h>

#define PROBES_RARER  16 /* than the master's polls, at last */
#define CLOSURE_COUNT 32 /* samples: until then it says more of our noise than of the paths */

static struct pace_limits probe_limits(const struct node *n)
{
	return (struct pace_limits){.poll_ns_min = n->election.lease_poll_ns,
				    .poll_ns = PROBES_RARER * n->election.lease_poll_ns};
}

static bool is_probed(const struct node *n, const struct peer *p)
{
	return !p->left && p->id != n->election.master && p->roster.known &&
	       p->roster.term == n->election.term && p->roster.state == MEMBER_SETTLED;
}

static void probe_send(struct node *n, struct peer *p)
{
	const struct pace_limits limits = probe_limits(n);
	struct wire_msg msg = {.type = WIRE_PROBE, .term = n->election.term};

	if (p->measure.estimator == NO_INDEX ||
	    mono_sub(n->step.now, p->as_deputy.next_probe) > limits.poll_ns) {
		/* Not probed of late: begin anew, and not with all members at one instant. */
		exchange_begin(n, p);
		p->as_deputy.next_probe =
			mono_add(n->step.now,
				 1 + (int64_t)rng_below(&n->rng, (uint64_t)limits.poll_ns_min));
		return;
	}
	p->as_deputy.next_probe = mono_add(n->step.now, exchange_interval_next(p, &limits));
	msg.probe.seq = exchange_open(n, p);
	outbox_send(n, p, &msg, true, msg.probe.seq);
}

void deputy_tick(struct node *n)
{
	if (n->election.role != ROLE_DEPUTY) {
		return;
	}
	for_each_peer (n, p) {
		if (is_probed(n, p) && n->step.now.ns >= p->as_deputy.next_probe.ns &&
		    fx_has_room(n)) {
			probe_send(n, p);
		}
	}
}

mono_t deputy_deadline(const struct node *n)
{
	mono_t d = MONO_NEVER;

	if (n->election.role != ROLE_DEPUTY) {
		return d;
	}
	for_each_peer (n, p) {
		if (is_probed(n, p)) {
			d = mono_min(d, p->as_deputy.next_probe);
		}
	}
	return d;
}

void deputy_on_reply(struct node *n, struct peer *p, const struct wire_msg *msg, raw_t at,
		     uint8_t quality)
{
	const struct pace_limits limits = probe_limits(n);
	struct peer *master = peer_find(n, n->election.master);
	struct wire_msg out = {.type = WIRE_CLOSURE,
			       .term = n->election.term,
			       .closure = {.member = p->id}};
	const struct estimator *e = peer_estimator(n, p);
	struct estimate ours, theirs;

	if (n->election.role != ROLE_DEPUTY || msg->term != n->election.term || !master || !e ||
	    !is_probed(n, p) ||
	    exchange_close(n, p, &msg->probe_reply, at, quality, &limits) == EXCHANGE_UNASKED) {
		return;
	}
	if (!estimator_at(e, n->step.pair.raw, &ours) || ours.n < CLOSURE_COUNT ||
	    !roster_offset(n, p, &theirs)) {
		return;
	}
	out.closure.closure_ns = ns_sub(ours.offset_ns, theirs.offset_ns);
	outbox_send(n, master, &out, false, 0);
}

void deputy_on_probe(struct node *n, struct peer *p, const struct wire_msg *msg, raw_t at,
		     uint8_t quality)
{
	if (n->election.role != ROLE_MASTER && msg->term == n->election.term &&
	    p->id == n->election.deputy) {
		reply_hold(n, p, msg->probe.seq, true, at, quality);
	}
}

void deputy_on_closure(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	struct peer *of = peer_find(n, msg->closure.member);

	if (n->election.role == ROLE_MASTER && msg->term == n->election.term &&
	    p->id == n->election.deputy && of && of != p) {
		of->as_master.closure_ns = msg->closure.closure_ns;
	}
}

bool deputy_measured(const struct node *n, const struct peer *p)
{
	const struct estimator *e = peer_estimator(n, p);

	/* That we probed it says nothing: it may have been silent. */
	return e && estimator_count(e) >= CLOSURE_COUNT &&
	       mono_sub(n->step.now, p->measure.sampled) <= 2 * probe_limits(n).poll_ns;
}

void deputy_tell_clock(const struct node *n, const struct peer *p, struct wire_testimony *ret)
{
	struct estimate e;

	if (n->election.role != ROLE_DEPUTY || !line_bounded(n) || !deputy_measured(n, p) ||
	    !estimator_at(peer_estimator(n, p), n->step.pair.raw, &e)) {
		return;
	}
	ret->raw = raw_add(n->step.pair.raw, e.offset_ns);
	ret->time = line_at(&n->steering.line, n->step.pair.raw);
	ret->error_ns = ns_add(line_error(&n->steering.line, n->step.pair.raw),
			       ns_max(ns_sub(e.hi_ns, e.offset_ns), ns_sub(e.offset_ns, e.lo_ns)));
}

void deputy_forget_closure(struct peer *p)
{
	assert(p->used);
	p->as_master.closure_ns = CLOSURE_UNKNOWN;
}
