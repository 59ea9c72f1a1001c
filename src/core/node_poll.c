/* node_poll.c - the master's exchanges with each member: polls, replies, samples, the correction
 * after each. */
#include "node_private.h"

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

	if (p->reach == 0 && mono_sub(n->now, n->led_since) > 3 * lease_unit(n)) {
		return 2 * lease_unit(n); /* silent: knock now and then */
	}
	return pace_next(&p->pace, &limits);
}

/* When to repeat a poll that is not answered. */
static mono_t poll_retry(const struct node *n, const struct peer *p, int64_t every)
{
	return mono_add(n->now, ns_max(every / 4, 3 * p->roster.delay_ns));
}

static void exchange_open(struct peer *p, uint32_t seq, raw_t org)
{
	struct exchange_slot *x = &p->exchange[seq % EXCHANGES_KEPT];

	*x = (struct exchange_slot){.seq = seq, .x = {.org = org, .quality = STAMP_USER}};
}

static void poll_send(struct node *n, struct peer *p)
{
	struct wire_msg msg = {.type = WIRE_POLL, .term = n->term};
	struct wire_poll *q = &msg.poll;

	if (++p->seq == 0) {
		p->seq = 1;
	}
	q->seq = p->seq;
	q->round = n->round;
	q->poll_ms = (uint32_t)(n->config.poll_ns / NS_PER_MS);
	q->n_table = (uint16_t)n->n_table;
	q->n_alive = (uint16_t)n->n_alive;
	q->island = n->island;
	q->group_new = !line_bounded(n);
	q->n_succession = n->n_succession;
	memcpy(q->succession, n->succession, sizeof(q->succession));
	q->chat_stable = n->chat.stable;
	q->chat_last = n->chat.last;
	q->chat_acked_seq = chat_origin_seq(&n->chat, p->id);
	exchange_open(p, p->seq, n->pair.raw);
	node_send(n, p, &msg, true, p->seq);
}

void poll_tick(struct node *n, struct peer *p)
{
	if (n->now.ns >= p->next_poll.ns) {
		const struct pace_limits limits = pace_limits(n);
		int64_t interval = pace_interval(&p->pace, &limits), every = poll_interval(n, p);
		mono_t next = mono_add(p->next_poll, every);

		p->next_poll = next.ns > n->now.ns ? next : mono_add(n->now, every);
		if (p->interval_ns > 0 && interval > p->interval_ns) {
			/* Members that slow down together are spread over the longer interval;
			 * sooner, not later: a lease must not run out. */
			p->next_poll =
				mono_add(n->now, 1 + (int64_t)rng_below(&n->rng, (uint64_t)every));
		}
		p->interval_ns = interval;
		p->reach = (uint8_t)(p->reach << 1);
		p->retries = 0;
		p->retry_at = p->reach ? poll_retry(n, p, every) : MONO_NEVER;
		if (!p->reach && !session_can_send(&p->session)) {
			join_want_session(n, p);
		}
		poll_send(n, p);
	} else if (n->now.ns >= p->retry_at.ns) {
		const struct pace_limits limits = pace_limits(n);

		p->retries++;
		p->retry_at = p->retries < RETRIES_MAX
				      ? poll_retry(n, p, pace_interval(&p->pace, &limits))
				      : MONO_NEVER;
		poll_send(n, p);
	}
}

/* --- Exchanges --- */

static void sample_push(struct node *n, struct peer *p, struct exchange_slot *x)
{
	struct estimator *e = peer_estimator(n, p);

	x->seq = 0;
	if (!e) {
		return;
	}
	const struct pace_limits limits = pace_limits(n);
	unsigned routes = estimator_routes(e);
	enum sample_verdict v = estimator_push(e, &x->x);
	struct estimate est;

	if (estimator_routes(e) != routes) {
		pace_hurry(&p->pace);
	}
	pace_sampled(&p->pace, &limits, e, x->x.dst);

	p->quality = x->x.quality;
	if (v == SAMPLE_JUMP) {
		group_jumped(n, p);
	} else if (v == SAMPLE_DELAY) {
		p->reason = p->averaged ? p->reason : REASON_DELAY;
	}
	if (estimator_at(e, n->pair.raw, &est)) {
		p->roster.delay_ns = ns_max(0, est.delay_ns);
		notice(n, NOTICE_SAMPLE, LEVEL_DEBUG, p->id, est.offset_ns, est.delay_ns,
		       (int64_t)v);
	}
}

static uint8_t worst(uint8_t a, uint8_t b)
{
	return a < b ? a : b;
}

/* A reply completes the exchange before it, with that one's exact transmit stamp (interleaved, as
 * in RFC 9769); its own is complete at once only where no better stamp will come or nothing is
 * known yet. */
static void exchanges_complete(struct node *n, struct peer *p, const struct wire_reply *r,
			       struct exchange_slot *now)
{
	struct estimator *e = peer_estimator(n, p);

	for (uint32_t back = EXCHANGES_KEPT - 1; back > 0; back--) {
		uint32_t seq = r->seq - back;
		struct exchange_slot *x = &p->exchange[seq % EXCHANGES_KEPT];

		if (x->seq != seq || seq == 0 || !x->replied) {
			continue;
		}
		if (r->prev_seq == seq) {
			x->x.xmt = r->prev_xmt;
			x->x.quality = worst(x->x.quality, r->prev_quality);
		} else {
			x->x.quality = STAMP_USER;
		}
		sample_push(n, p, x);
	}
	if (now && e && (r->rec_quality == STAMP_USER || estimator_count(e) == 0)) {
		struct exchange_slot copy = *now;

		copy.x.quality = STAMP_USER;
		now->seq = 0;
		sample_push(n, p, &copy);
	}
}

/* Does this exchange, as it is, contradict all before it?  Then a RAW clock stood still or jumped
 * (a host slept), and what was known is void now, not one poll later when the exact stamp comes. */
static void jump_check(struct node *n, struct peer *p, const struct exchange_slot *x)
{
	struct estimator *e = peer_estimator(n, p);
	struct estimate est;

	if (!e || estimator_count(e) == 0 || !estimator_at(e, x->x.dst, &est)) {
		return;
	}
	if (raw_sub(x->x.xmt, x->x.dst) <= est.hi_ns && raw_sub(x->x.rec, x->x.org) >= est.lo_ns) {
		return;
	}
	for (unsigned i = 0; i < EXCHANGES_KEPT; i++) {
		if (p->exchange[i].seq != x->seq) {
			p->exchange[i].seq = 0;
		}
	}
	estimator_take(n, p);
	group_jumped(n, p);
}

static void member_seen(struct node *n, struct peer *p, const struct wire_reply *r)
{
	bool news = !p->in_table || !p->follows;

	memcpy(p->name, r->name, sizeof(p->name));
	p->mode = (enum clock_mode)r->mode;
	p->priority = r->priority;
	p->settled = r->settled;
	p->pair = r->pair;
	p->pair_seq = r->seq;
	if (p->clock_epoch != r->clock_epoch) {
		p->clock_epoch = r->clock_epoch;
		p->disobeyed = 0;
	}
	p->freq_ppb = r->freq_ppb;
	p->remainder_ns = r->remainder_ns;
	p->bound_ns = r->bound_ns;
	p->applied_round = r->applied_round;
	p->follows = true;
	p->replied = n->now;
	p->reach |= 1;
	p->retry_at = MONO_NEVER;
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
	struct exchange_slot *x = &p->exchange[r->seq % EXCHANGES_KEPT];

	if (n->role != ROLE_MASTER || msg->term != n->term || r->seq == 0) {
		return;
	}
	if (x->seq != r->seq || x->replied) {
		return; /* not asked, or answered already */
	}
	x->replied = true;
	x->x.rec = r->rec;
	x->x.xmt = r->xmt;
	x->x.dst = at;
	x->x.quality = worst(worst(x->x.quality, r->rec_quality), quality);
	jump_check(n, p, x);
	member_seen(n, p, r);
	exchanges_complete(n, p, r, x);
	chat_from_reply(n, p, r->chat_last);

	struct wire_msg out = {.type = WIRE_CORRECT, .term = n->term};

	if (group_correction(n, p, &out.correct) && node_send(n, p, &out, false, 0)) {
		p->sent_round = out.correct.round;
	}
}
