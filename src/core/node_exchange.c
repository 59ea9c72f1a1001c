/* node_exchange.c - two-way exchanges with a peer, the master's and the deputy's alike: open until
 * the reply comes, complete with the exact transmit stamp, which comes with the next. */
#include "node_private.h"

uint32_t exchange_open(struct peer *p, raw_t org)
{
	p->seq += p->seq == UINT32_MAX ? 2 : 1; /* 0 is none */
	p->exchange[p->seq % EXCHANGES_KEPT] =
		(struct exchange_slot){.seq = p->seq, .x.org = org, .org_quality = STAMP_USER};
	return p->seq;
}

/* What a deputy measures has no consequences. */
static void jumped(struct node *n, struct peer *p)
{
	if (n->role == ROLE_MASTER) {
		group_jumped(n, p);
	}
}

static void sample_push(struct node *n, struct peer *p, struct exchange_slot *x,
			const struct pace_limits *limits)
{
	struct estimator *e = peer_estimator(n, p);

	x->seq = 0;
	if (!e) {
		return;
	}
	unsigned routes = estimator_routes(e);
	bool doubted = estimator_doubts(e);
	enum sample_verdict v = estimator_push(e, &x->x);
	struct estimate est;

	if (estimator_routes(e) != routes || (estimator_doubts(e) && !doubted)) {
		pace_hurry(&p->pace);
	}
	pace_sampled(&p->pace, limits, e, x->x.dst);

	p->quality = x->x.quality;
	if (v == SAMPLE_JUMP) {
		jumped(n, p);
	} else if (v == SAMPLE_DELAY) {
		p->reason = p->averaged ? p->reason : REASON_DELAY;
	}
	if (n->role != ROLE_MASTER) {
		return;
	}
	if (v == SAMPLE_OK) {
		joint_tell(n, p);
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
static void exchanges_complete(struct node *n, struct peer *p, const struct wire_stamps *r,
			       struct exchange_slot *now, const struct pace_limits *limits)
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
			x->x.quality = worst(worst(x->org_quality, x->x.quality), r->prev_quality);
		} else {
			x->x.quality = STAMP_USER;
		}
		sample_push(n, p, x, limits);
	}
	if (now && e && (r->rec_quality == STAMP_USER || estimator_count(e) == 0)) {
		struct exchange_slot copy = *now;

		copy.x.quality = STAMP_USER;
		now->seq = 0;
		sample_push(n, p, &copy, limits);
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
	jumped(n, p);
}

bool exchange_close(struct node *n, struct peer *p, const struct wire_stamps *r, raw_t at,
		    uint8_t quality, const struct pace_limits *limits)
{
	struct exchange_slot *x = &p->exchange[r->seq % EXCHANGES_KEPT];

	if (x->seq != r->seq || x->replied) {
		return false;
	}
	x->replied = true;
	x->x.rec = r->rec;
	x->x.xmt = r->xmt;
	x->x.dst = at;
	x->x.quality = worst(r->rec_quality, quality); /* the transmit stamps may come later */
	jump_check(n, p, x);
	exchanges_complete(n, p, r, x, limits);
	return true;
}
