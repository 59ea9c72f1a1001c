/* reply.c - our answers to polls and probes. */
#include "core/node/reply.h"

#include "core/node/carried.h"
#include "core/node/clock.h"
#include "core/node/date.h"
#include "core/node/obey.h"
#include "core/node/outbox.h"
#include "core/node/table.h"
#include "core/node/timeline.h"

#include <assert.h>
#include <string.h>

/* A poll wakes us, which takes long: processors that idle, machines that halt.  A reply sent at
 * once would find the master still awake, and half of the difference would pass for an offset:
 * in guests of a virtual machine members stayed 4 to 16 us behind their master.  After so long
 * both are asleep. */
#define REPLY_HOLD_NS (2 * NS_PER_MS)

static void stamps_fill(const struct node *n, struct peer *p, uint32_t seq, raw_t at,
			uint8_t quality, struct wire_stamps *ret)
{
	*ret = (struct wire_stamps){.seq = seq,
				    .raw_life = n->steering.sent.raw_life,
				    .rec = at,
				    .rec_quality = quality,
				    .xmt = n->step.pair.raw};
	if (p->as_member.reply_stamped) {
		ret->prev_seq = p->as_member.reply_seq;
		ret->prev_xmt = p->as_member.reply_xmt;
		ret->prev_quality = p->as_member.reply_quality;
	}
	p->as_member.reply_seq = seq;
	p->as_member.reply_stamped = false;
}

static void reply_send(struct node *n, struct peer *p, uint32_t seq, raw_t at, uint8_t quality)
{
	struct wire_msg msg = {.type = WIRE_REPLY, .term = n->election.term};
	struct wire_reply *r = &msg.reply;

	stamps_fill(n, p, seq, at, quality, &r->stamps);
	r->pair = n->step.pair;
	r->clock_epoch = n->steering.clock.epoch;
	r->mode = (uint8_t)n->config.mode;
	r->settled = n->steering.clock.settled;
	r->carried = (uint8_t)carried_here(n);
	r->date = (uint8_t)n->steering.date.ours;
	r->leap = (uint8_t)n->step.leap;
	r->refusal = (uint8_t)(n->steering.date.refusal != CORRECT_OK ? n->steering.date.refusal
								      : n->steering.taken.refusal);
	r->deaf = (uint8_t)obey_deaf_to(n, p->id);
	r->floor = n->steering.date.own_floor;
	r->floor_told = n->steering.date.told;
	r->max_drift_ppb = (uint32_t)ns_min(n->config.max_drift_ppb, WIRE_DRIFT_PPB_MAX);
	r->priority = n->election.disk_failed ? 0 : n->config.priority; /* it cannot stand */
	r->remainder_ns = line_remainder_ns(n, n->step.pair);
	r->bound_ns = clock_bound_ns(n, n->step.now, n->step.pair);
	r->applied_round = n->steering.taken.term == n->election.term ? n->steering.taken.round : 0;
	r->chat_last = n->chat.log.last;
	memcpy(r->name, n->config.name, sizeof(r->name));
	n->steering.sent.pair[n->steering.sent.n++ % REPLIES_KEPT] =
		(struct sent_pair){.seq = seq,
				   .epoch = n->steering.clock.epoch,
				   .pair = n->step.pair};
	outbox_send(n, p, &msg, true, seq);
}

static void reply_answer_held(struct node *n, struct peer *p)
{
	const struct held h = p->as_member.held;

	p->as_member.held.any = false;
	if (h.term != n->election.term || n->election.role == ROLE_MASTER) {
		return;
	}
	if (h.probe) {
		struct wire_msg msg = {.type = WIRE_PROBE_REPLY, .term = n->election.term};

		stamps_fill(n, p, h.seq, h.at, h.quality, &msg.probe_reply);
		outbox_send(n, p, &msg, true, h.seq);
	} else if (p->id == n->election.master) {
		reply_send(n, p, h.seq, h.at, h.quality);
	}
}

void reply_hold(struct node *n, struct peer *p, uint32_t seq, bool probe, raw_t at, uint8_t quality)
{
	assert(p->used && n->election.role != ROLE_MASTER);
	if (p->as_member.held.any) {
		reply_answer_held(n, p);
	}
	p->as_member.held = (struct held){.any = true,
					  .probe = probe,
					  .quality = quality,
					  .seq = seq,
					  .term = n->election.term,
					  .at = at,
					  .until = mono_add(n->step.now, REPLY_HOLD_NS)};
}

void reply_tick(struct node *n)
{
	for_each_peer (n, p) {
		if (p->as_member.held.any && n->step.now.ns >= p->as_member.held.until.ns) {
			reply_answer_held(n, p);
		}
	}
}

mono_t reply_deadline(const struct node *n)
{
	mono_t d = MONO_NEVER;

	for_each_peer (n, p) {
		d = p->as_member.held.any ? mono_min(d, p->as_member.held.until) : d;
	}
	return d;
}

const struct sent_pair *reply_pair(const struct node *n, uint32_t seq)
{
	unsigned kept = n->steering.sent.n < REPLIES_KEPT ? n->steering.sent.n : REPLIES_KEPT;

	for (unsigned i = 1; i <= kept; i++) { /* the newest first: numbers may start anew */
		const struct sent_pair *s =
			&n->steering.sent.pair[(n->steering.sent.n - i) % REPLIES_KEPT];

		if (s->seq == seq) {
			return s;
		}
	}
	return NULL;
}

void reply_stamp(struct peer *p, uint32_t seq, raw_t at, uint8_t quality)
{
	assert(p->used);
	if (p->as_member.reply_seq == seq) {
		p->as_member.reply_xmt = at;
		p->as_member.reply_quality = quality;
		p->as_member.reply_stamped = true;
	}
}

void reply_forget_pairs(struct node *n)
{
	n->steering.sent.n = 0;
}

void reply_begin_life(struct node *n)
{
	n->steering.sent.raw_life = 1 + (uint32_t)rng_below(&n->rng, UINT32_MAX);
}

void reply_end_life(struct node *n)
{
	n->steering.sent.raw_life = raw_life_next(n->steering.sent.raw_life);
	for_each_peer (n, p) {
		p->as_member.reply_stamped = false;
		p->as_member.held.any = false;
	}
}
