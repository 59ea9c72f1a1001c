/* poll.c - the master's polls of each member, their replies, and the correction after each. */
#include "core/node/poll.h"

#include "core/node/bound.h"
#include "core/node/census.h"
#include "core/node/contacts.h"
#include "core/node/copies.h"
#include "core/node/drift.h"
#include "core/node/effects.h"
#include "core/node/estimators.h"
#include "core/node/exchange.h"
#include "core/node/hold.h"
#include "core/node/judge.h"
#include "core/node/lease.h"
#include "core/node/outbox.h"
#include "core/node/peer.h"
#include "core/node/recall.h"
#include "core/node/settime.h"
#include "core/node/table.h"
#include "core/node/timeline.h"

#include <assert.h>
#include <string.h>

#define RETRIES_MAX    2
#define BEYOND_TELL_NS (60 * NS_PER_S)

static struct pace_limits pace_limits(const struct node *n)
{
	return (struct pace_limits){.poll_ns_min = n->config.poll_ns_min,
				    .poll_ns = n->config.poll_ns,
				    .precision_ns = n->config.precision_ns};
}

/* From this poll to the next. */
static int64_t poll_interval(const struct node *n, struct peer *p)
{
	const struct pace_limits limits = pace_limits(n);

	if (p->as_master.polled.reach == 0 &&
	    mono_sub(n->step.now, n->leading.led_since) > 3 * heartbeat_ns(n)) {
		return 2 * heartbeat_ns(n); /* silent: knock now and then */
	}
	return exchange_interval_next(p, &limits);
}

/* When to repeat a poll that is not answered. */
static mono_t poll_retry(const struct node *n, const struct peer *p, int64_t every)
{
	return mono_add(n->step.now, ns_max(every / 4, ns_mul(3, p->roster.delay_ns)));
}

static void poll_send(struct node *n, struct peer *p)
{
	struct wire_msg msg = {.type = WIRE_POLL, .term = n->election.term};
	struct wire_poll *q = &msg.poll;

	q->seq = exchange_open(n, p);
	q->round = n->leading.round;
	q->poll_ms = (uint32_t)(n->config.poll_ns / NS_PER_MS);
	q->n_table = (uint16_t)n->election.census.n_table;
	q->n_alive = (uint16_t)n->election.census.n_alive;
	q->island = n->election.census.island;
	q->group_new = !line_bounded(n);
	q->founding = (uint8_t)(n->steering.has_line ? FOUNDING_NONE : n->steering.date.founding);
	q->era = n->steering.date.era;
	q->date_confirmed = n->steering.date.confirmed;
	q->leap = (uint8_t)n->steering.date.leap;
	/* It was counted at the last round, and some may have gone since. */
	q->n_dated = (uint16_t)ns_min(n->steering.date.n_dated, q->n_alive);
	q->floor = n->steering.date.floor;
	q->ordered = settime_order(n, n->step.pair.raw);
	q->hold = hold_left(n, n->step.now);
	q->max_drift_ppb = (uint32_t)ns_min(drift_max_ppb(n), WIRE_DRIFT_PPB_MAX);
	q->n_succession = n->election.n_succession;
	memcpy(q->succession, n->election.succession, sizeof(q->succession));
	q->chat_stable = n->chat.log.stable;
	q->chat_last = n->chat.log.last;
	q->chat_acked_seq = chat_origin_seq(&n->chat.log, p->id);
	outbox_send(n, p, &msg, true, q->seq);
}

static void poll_begin(struct node *n, struct peer *p)
{
	const struct pace_limits limits = pace_limits(n);
	struct polled *q = &p->as_master.polled;
	int64_t interval = pace_interval(&p->measure.pace, &limits), every = poll_interval(n, p);
	mono_t next = mono_add(q->next_poll, every);

	q->next_poll = next.ns > n->step.now.ns ? next : mono_add(n->step.now, every);
	if (interval > q->interval_ns) {
		/* Members that begin or slow down together are spread over the interval: a poll
		 * that is one of many waits, and is stamped, behind the others.  Sooner, not later:
		 * a lease must not run out. */
		q->next_poll =
			mono_add(n->step.now, 1 + (int64_t)rng_below(&n->rng, (uint64_t)every));
	}
	q->interval_ns = interval;
	q->reach = (uint8_t)(q->reach << 1);
	q->retries = 0;
	q->retry_at = q->reach ? poll_retry(n, p, every) : MONO_NEVER;
	if (!q->reach && !session_can_send(&p->session)) {
		contact_want_session(n, p);
	}
	poll_send(n, p);
}

static void poll_repeat(struct node *n, struct peer *p)
{
	const struct pace_limits limits = pace_limits(n);
	struct polled *q = &p->as_master.polled;

	q->retries++;
	q->retry_at = q->retries < RETRIES_MAX
			      ? poll_retry(n, p, pace_interval(&p->measure.pace, &limits))
			      : MONO_NEVER;
	poll_send(n, p);
}

void poll_tick(struct node *n, struct peer *p)
{
	assert(n->election.role == ROLE_MASTER);
	if (n->step.now.ns >= p->as_master.polled.next_poll.ns) {
		poll_begin(n, p);
	} else if (n->step.now.ns >= p->as_master.polled.retry_at.ns) {
		poll_repeat(n, p);
	}
}

mono_t poll_deadline(const struct peer *p)
{
	return mono_min(p->as_master.polled.next_poll, p->as_master.polled.retry_at);
}

/* That it was there is proved for when it was @asked, however late the reply is looked at: it
 * may have waited in our socket while we did not run. */
static void reply_note(struct node *n, struct peer *p, const struct wire_reply *r, mono_t asked)
{
	struct polled *q = &p->as_master.polled;
	bool news = !p->in_table || !q->follows;

	peer_name_itself(p, r->name);
	peer_describe(p, (enum clock_mode)r->mode, r->priority, r->settled);
	q->pair = r->pair;
	q->pair_seq = r->stamps.seq;
	if (q->clock_epoch != r->clock_epoch) {
		q->clock_epoch = r->clock_epoch;
		judge_pardon(p);
	}
	q->date = (enum date_evidence)r->date;
	q->leap = (enum leap)r->leap;
	q->refusal = (enum correct_refusal)r->refusal;
	q->deaf = (enum deaf)r->deaf;
	q->carried = (enum carried)r->carried;
	q->floor = r->floor;
	q->floor_told = r->floor_told;
	q->remainder_ns = r->remainder_ns;
	q->bound_ns = r->bound_ns;
	q->n_unapplied = r->applied_round > 0 ? 0 : q->n_unapplied;
	q->applied_round = r->applied_round;
	q->follows = true;
	q->replied = asked.ns > q->replied.ns ? asked : q->replied;
	q->reach |= 1;
	q->retry_at = MONO_NEVER;
	if (news) {
		if (!p->in_table) {
			notice(n, NOTICE_MEMBER_JOINED, LEVEL_NOTICE, p->id);
		}
		bool newcomer = !p->in_table;

		peer_set_in_table(p, true);
		if (newcomer) {
			recall_replace(n, p);
			census_note_newcomer(n, p);
		}
		census_update(n);
	}
}

/* @p would have to run at @wanted to keep with the group, and is asked for @rate: told at once,
 * and then once a minute while it stands. */
static void tell_beyond(struct node *n, struct peer *p, double wanted, double rate)
{
	struct polled *q = &p->as_master.polled;

	if (!mono_is_long_ago(q->beyond_told) &&
	    mono_sub(n->step.now, q->beyond_told) < BEYOND_TELL_NS) {
		return;
	}
	q->beyond_told = n->step.now;
	notice(n, NOTICE_LIMIT_TRIPPED, LEVEL_WARNING, p->id,
	       .limit_tripped = {.limit = LIMIT_ASKED,
				 .value_ppb = ns_from_double(wanted * 1e9),
				 .max_ppb = ns_from_double(rate * 1e9)});
}

void poll_correct(struct node *n, struct peer *p)
{
	struct wire_msg out = {.type = WIRE_CORRECT, .term = n->election.term};
	struct wire_correct *c = &out.correct;
	double wanted;

	assert(n->election.role == ROLE_MASTER);
	if (!bound_correction(n, p, c, &wanted)) {
		return;
	}
	p->as_master.polled.wall_offset_ns = ns_sub(0, c->offset_ns);
	if (hold_is_on(n)) {
		return;
	}
	if (wanted != c->rate) {
		tell_beyond(n, p, wanted, c->rate);
	}
	if (outbox_send(n, p, &out, false, 0)) {
		p->as_master.polled.sent_round = c->round;
		p->as_master.polled.n_unapplied++;
	}
}

void poll_on_reply(struct node *n, struct peer *p, const struct wire_msg *msg, raw_t at,
		   uint8_t quality)
{
	const struct wire_reply *r = &msg->reply;
	const struct pace_limits limits = pace_limits(n);
	mono_t asked = exchange_asked(p, r->stamps.seq);

	if (n->election.role != ROLE_MASTER || msg->term != n->election.term) {
		return;
	}
	if (drift_hear(n, p, r->max_drift_ppb)) {
		estimators_configure(n);
	}
	switch (exchange_close(n, p, &r->stamps, at, quality, &limits)) {
	case EXCHANGE_UNASKED:
		return;
	case EXCHANGE_ANEW:
	case EXCHANGE_ODD:
		/* The next one tells.  Not at once: an interval that was cut short by a stamp in
		 * error must grow until it agrees. */
		p->as_master.polled.next_poll = mono_min(p->as_master.polled.next_poll,
							 mono_add(n->step.now, limits.poll_ns_min));
		break;
	case EXCHANGE_CLOSED:
		break;
	}
	reply_note(n, p, r, asked);
	copies_on_receipt(n, p, r->chat_last);
	if (peer_estimator(n, p) && estimator_odd(peer_estimator(n, p))) {
		return; /* where its clocks are is not known before the next exchange */
	}
	poll_correct(n, p);
}

void poll_note_offset(struct peer *p, int64_t offset_ns)
{
	assert(p->used);
	p->as_master.polled.wall_offset_ns = offset_ns;
}

void poll_enlist(struct node *n, struct peer *p)
{
	struct polled *q = &p->as_master.polled;

	assert(n->election.role == ROLE_MASTER);
	*q = (struct polled){.next_poll = n->step.now,
			     .retry_at = MONO_NEVER,
			     .replied = MONO_LONG_AGO,
			     .beyond_told = MONO_LONG_AGO,
			     .deaf = q->deaf}; /* else an order might go where it does not */
}

void poll_count_vote(struct node *n, struct peer *p)
{
	assert(n->election.role == ROLE_MASTER);
	p->as_master.polled.follows = true;
	p->as_master.polled.replied = n->election.candidacy.begun;
}

void poll_now(struct node *n, struct peer *p)
{
	assert(n->election.role == ROLE_MASTER);
	p->as_master.polled.next_poll = n->step.now;
}

void poll_soon(struct node *n, struct peer *p)
{
	assert(n->election.role == ROLE_MASTER);
	if (!mono_is_never(p->as_master.polled.next_poll)) {
		poll_now(n, p);
	}
}

void poll_all_soon(struct node *n)
{
	for_each_peer (n, p) {
		poll_soon(n, p);
	}
}

void poll_new_term(struct node *n, struct peer *p)
{
	assert(n->election.role == ROLE_MASTER);
	p->as_master.polled.applied_round = 0;
	poll_soon(n, p); /* before any lease runs out */
}

void poll_end(struct peer *p)
{
	assert(p->used);
	p->as_master.polled.next_poll = MONO_NEVER;
	p->as_master.polled.retry_at = MONO_NEVER;
	p->as_master.polled.follows = false;
}
