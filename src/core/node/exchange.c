/* exchange.c - two-way exchanges with a peer, the master's and the deputy's alike: open until
 * the reply comes, complete with the exact transmit stamp, which comes with the next. */
#include "core/node/exchange.h"

#include "core/node/effects.h"
#include "core/node/estimators.h"
#include "core/node/joint.h"
#include "core/node/roster.h"
#include "core/node/runaway.h"
#include "core/node/standing.h"

#include <assert.h>
#include <string.h>

uint32_t exchange_open(const struct node *n, struct peer *p)
{
	assert(p->used);
	p->measure.seq += p->measure.seq == UINT32_MAX ? 2 : 1; /* 0 is none */
	p->measure.exchange[p->measure.seq % EXCHANGES_KEPT] =
		(struct exchange_slot){.seq = p->measure.seq,
				       .asked = n->step.now,
				       .x.org = n->step.pair.raw,
				       .org_quality = STAMP_USER};
	return p->measure.seq;
}

mono_t exchange_asked(const struct peer *p, uint32_t seq)
{
	const struct exchange_slot *x = &p->measure.exchange[seq % EXCHANGES_KEPT];

	return seq != 0 && x->seq == seq ? x->asked : MONO_LONG_AGO;
}

/* What a deputy measures has no consequences. */
static void tell_jump(struct node *n, struct peer *p)
{
	if (n->election.role == ROLE_MASTER) {
		standing_note_jump(n, p);
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

	if (v == SAMPLE_JUMP) {
		runaway_note(n, p, &x->x);
	} else {
		runaway_look(n, p);
	}
	struct estimate est;

	if (estimator_routes(e) != routes || (estimator_doubts(e) && !doubted)) {
		pace_hurry(&p->measure.pace);
	}
	pace_sampled(&p->measure.pace, limits, e, x->x.dst);

	p->measure.quality = x->x.quality;
	if (v == SAMPLE_OK) {
		p->measure.sampled = n->step.now;
	}
	if (v == SAMPLE_JUMP) {
		const struct estimator_config config = estimator_config_of(n, p);

		estimator_configure(e, &config);
		tell_jump(n, p);
	} else if (v == SAMPLE_DELAY) {
		standing_note_delay(p);
	}
	if (n->election.role != ROLE_MASTER) {
		return;
	}
	if (v == SAMPLE_OK) {
		joint_tell(n, p);
	}
	if (estimator_at(e, n->step.pair.raw, &est)) {
		roster_note_delay(p, ns_max(0, est.delay_ns));
		notice(n, NOTICE_SAMPLE, LEVEL_DEBUG, p->id,
		       .sample = {.offset_ns = est.offset_ns,
				  .delay_ns = est.delay_ns,
				  .verdict = v});
	}
}

static uint8_t worse_quality(uint8_t a, uint8_t b)
{
	return a < b ? a : b;
}

/* A reply completes the exchange before it, with that one's exact transmit stamp (interleaved, as
 * in RFC 9769). */
static void exchanges_complete(struct node *n, struct peer *p, const struct wire_stamps *r,
			       const struct pace_limits *limits)
{
	for (uint32_t back = EXCHANGES_KEPT - 1; back > 0; back--) {
		uint32_t seq = r->seq - back;
		struct exchange_slot *x = &p->measure.exchange[seq % EXCHANGES_KEPT];

		if (x->seq != seq || seq == 0 || !x->replied) {
			continue;
		}
		if (r->prev_seq == seq) {
			x->x.xmt = r->prev_xmt;
			x->x.quality = worse_quality(worse_quality(x->org_quality, x->x.quality),
						     r->prev_quality);
		} else {
			x->x.quality = STAMP_USER;
		}
		sample_push(n, p, x, limits);
	}
}

/* Does this exchange, as it is, contradict all before it?  Once it may be a stamp in error: it is
 * left out.  Twice, and a RAW clock stood still or jumped (a host slept): what was known is void
 * now, not one poll later when the exact stamp comes. */
static enum sample_verdict exchange_check(struct node *n, struct peer *p,
					  const struct exchange_slot *x)
{
	struct estimator *e = peer_estimator(n, p);
	enum sample_verdict v = e ? estimator_check(e, &x->x) : SAMPLE_OK;

	if (v == SAMPLE_JUMP) {
		for (unsigned i = 0; i < EXCHANGES_KEPT; i++) {
			if (p->measure.exchange[i].seq != x->seq) {
				p->measure.exchange[i].seq = 0;
			}
		}
		runaway_note(n, p, &x->x);
		estimator_take(n, p);
		joint_forget(p);
		tell_jump(n, p);
	}
	return v;
}

/* All that is known of @p but for this reply is over a RAW that is no more: its host slept, or its
 * berkd started anew and cannot tell whether the host slept before.  A sleep of milliseconds
 * contradicts nothing where the delays are larger, so a host has to say so.  True: so it is. */
static bool follow_life(struct node *n, struct peer *p, struct exchange_slot *x, uint32_t life)
{
	const uint32_t before = p->measure.raw_life;
	const struct exchange_slot kept = *x;

	if (before == 0 || before == life) {
		p->measure.raw_life = life;
		return false;
	}
	exchange_begin(n, p);
	*x = kept;
	p->measure.raw_life = life;
	if (life == raw_life_next(before)) {
		tell_jump(n, p);
	} else if (n->election.role == ROLE_MASTER) {
		standing_begin(p);
	}
	return true;
}

enum exchange_verdict exchange_close(struct node *n, struct peer *p, const struct wire_stamps *r,
				     raw_t at, uint8_t quality, const struct pace_limits *limits)
{
	struct exchange_slot *x = &p->measure.exchange[r->seq % EXCHANGES_KEPT];

	if (x->seq != r->seq || x->replied) {
		return EXCHANGE_UNASKED;
	}
	bool anew = follow_life(n, p, x, r->raw_life);

	x->replied = true;
	x->x.rec = r->rec;
	x->x.xmt = r->xmt;
	x->x.dst = at;
	x->x.quality =
		worse_quality(r->rec_quality, quality); /* the transmit stamps may come later */
	exchanges_complete(n, p, r, limits);
	if (exchange_check(n, p, x) == SAMPLE_ODD) {
		x->seq = 0;
		return EXCHANGE_ODD;
	}
	/* Its own exchange is complete where no better stamp will come or nothing is known yet. */
	struct estimator *e = peer_estimator(n, p);

	if (e && (r->rec_quality == STAMP_USER || estimator_count(e) == 0)) {
		struct exchange_slot copy = *x;

		copy.x.quality = STAMP_USER;
		x->seq = 0;
		sample_push(n, p, &copy, limits);
	}
	return anew ? EXCHANGE_ANEW : EXCHANGE_CLOSED;
}

void exchange_stamp(struct peer *p, uint32_t seq, raw_t at, uint8_t quality)
{
	assert(p->used);
	for (unsigned i = 0; i < EXCHANGES_KEPT; i++) {
		struct exchange_slot *x = &p->measure.exchange[i];

		if (x->seq == seq) {
			x->x.org = at;
			x->org_quality = quality;
		}
	}
}

void exchange_forget(struct peer *p)
{
	assert(p->used);
	memset(p->measure.exchange, 0, sizeof(p->measure.exchange));
}

void exchange_begin(struct node *n, struct peer *p)
{
	assert(n->election.role == ROLE_MASTER || n->election.role == ROLE_DEPUTY);
	exchange_forget(p);
	p->measure.raw_life = 0;
	p->measure.sampled = MONO_LONG_AGO;
	pace_start(&p->measure.pace);
	runaway_forget(p);
	estimator_take(n, p);
	joint_forget(p);
}

void exchange_resume(struct peer *p)
{
	exchange_forget(p);
	pace_start(&p->measure.pace);
}

int64_t exchange_interval_next(struct peer *p, const struct pace_limits *limits)
{
	assert(p->used);
	return pace_next(&p->measure.pace, limits);
}
