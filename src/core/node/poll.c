/* poll.c - the master's polls of each member, their replies, and the correction after each. */
#include "core/node/node_private.h"

#include <string.h>

#define RETRIES_MAX 2

/* --- Polls --- */

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
	    mono_sub(n->step.now, n->leading.led_since) > 3 * lease_unit(n)) {
		return 2 * lease_unit(n); /* silent: knock now and then */
	}
	return pace_next(&p->measure.pace, &limits);
}

/* When to repeat a poll that is not answered. */
static mono_t poll_retry(const struct node *n, const struct peer *p, int64_t every)
{
	return mono_add(n->step.now, ns_max(every / 4, 3 * p->roster.delay_ns));
}

static void poll_send(struct node *n, struct peer *p)
{
	struct wire_msg msg = {.type = WIRE_POLL, .term = n->election.term};
	struct wire_poll *q = &msg.poll;

	q->seq = exchange_open(p, n->step.pair.raw);
	q->round = n->leading.round;
	q->poll_ms = (uint32_t)(n->config.poll_ns / NS_PER_MS);
	q->n_table = (uint16_t)n->election.census.n_table;
	q->n_alive = (uint16_t)n->election.census.n_alive;
	q->island = n->election.census.island;
	q->group_new = !line_bounded(n);
	q->n_succession = n->election.n_succession;
	memcpy(q->succession, n->election.succession, sizeof(q->succession));
	q->chat_stable = n->chat.log.stable;
	q->chat_last = n->chat.log.last;
	q->chat_acked_seq = chat_origin_seq(&n->chat.log, p->id);
	node_send(n, p, &msg, true, q->seq);
}

void poll_tick(struct node *n, struct peer *p)
{
	if (n->step.now.ns >= p->as_master.polled.next_poll.ns) {
		const struct pace_limits limits = pace_limits(n);
		int64_t interval = pace_interval(&p->measure.pace, &limits),
			every = poll_interval(n, p);
		mono_t next = mono_add(p->as_master.polled.next_poll, every);

		p->as_master.polled.next_poll =
			next.ns > n->step.now.ns ? next : mono_add(n->step.now, every);
		if (interval > p->as_master.polled.interval_ns) {
			/* Members that begin or slow down together are spread over the interval: a
			 * poll that is one of many waits, and is stamped, behind the others.
			 * Sooner, not later: a lease must not run out. */
			p->as_master.polled.next_poll =
				mono_add(n->step.now,
					 1 + (int64_t)rng_below(&n->rng, (uint64_t)every));
		}
		p->as_master.polled.interval_ns = interval;
		p->as_master.polled.reach = (uint8_t)(p->as_master.polled.reach << 1);
		p->as_master.polled.retries = 0;
		p->as_master.polled.retry_at =
			p->as_master.polled.reach ? poll_retry(n, p, every) : MONO_NEVER;
		if (!p->as_master.polled.reach && !session_can_send(&p->session)) {
			join_want_session(n, p);
		}
		poll_send(n, p);
	} else if (n->step.now.ns >= p->as_master.polled.retry_at.ns) {
		const struct pace_limits limits = pace_limits(n);

		p->as_master.polled.retries++;
		p->as_master.polled.retry_at =
			p->as_master.polled.retries < RETRIES_MAX
				? poll_retry(n, p, pace_interval(&p->measure.pace, &limits))
				: MONO_NEVER;
		poll_send(n, p);
	}
}

/* --- Replies --- */

static void member_seen(struct node *n, struct peer *p, const struct wire_reply *r)
{
	bool news = !p->in_table || !p->as_master.polled.follows;

	memcpy(p->name, r->name, sizeof(p->name));
	p->mode = (enum clock_mode)r->mode;
	p->priority = r->priority;
	p->settled = r->settled;
	p->as_master.polled.pair = r->pair;
	p->as_master.polled.pair_seq = r->stamps.seq;
	if (p->as_master.polled.clock_epoch != r->clock_epoch) {
		p->as_master.polled.clock_epoch = r->clock_epoch;
		p->as_master.judged.disobeyed = 0;
	}
	p->as_master.polled.freq_ppb = r->freq_ppb;
	p->as_master.polled.remainder_ns = r->remainder_ns;
	p->as_master.polled.bound_ns = r->bound_ns;
	p->as_master.polled.applied_round = r->applied_round;
	p->as_master.polled.follows = true;
	p->as_master.polled.replied = n->step.now;
	p->as_master.polled.reach |= 1;
	p->as_master.polled.retry_at = MONO_NEVER;
	if (news) {
		if (!p->in_table) {
			notice(n, NOTICE_MEMBER_JOINED, LEVEL_NOTICE, p->id, 0, 0, 0);
		}
		p->in_table = true;
		group_update_membership(n);
	}
}

void master_on_reply(struct node *n, struct peer *p, const struct wire_msg *msg, raw_t at,
		     uint8_t quality)
{
	const struct wire_reply *r = &msg->reply;
	const struct pace_limits limits = pace_limits(n);

	if (n->election.role != ROLE_MASTER || msg->term != n->election.term ||
	    !exchange_close(n, p, &r->stamps, at, quality, &limits)) {
		return;
	}
	member_seen(n, p, r);
	chat_from_reply(n, p, r->chat_last);
	if (peer_estimator(n, p) && estimator_odd(peer_estimator(n, p))) {
		return; /* where its clocks are is not known before the next exchange */
	}

	struct wire_msg out = {.type = WIRE_CORRECT, .term = n->election.term};

	if (group_correction(n, p, &out.correct) && node_send(n, p, &out, false, 0)) {
		p->as_master.polled.sent_round = out.correct.round;
	}
}
