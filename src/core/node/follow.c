/* follow.c - what every host does with its own clock: answer polls, take corrections, follow
 * the line. */
#include "core/node/node_private.h"

#include <string.h>

/* A poll wakes us, which takes long: processors that idle, machines that halt.  A reply sent at
 * once would find the master still awake, and half of the difference would pass for an offset: in
 * guests of a virtual machine members stayed 4 to 16 us behind their master.  After so long both
 * are asleep.
 */
#define REPLY_HOLD_NS	(2 * NS_PER_MS)
#define SETTLED_NS	NS_PER_MS
#define UNSETTLED_NS	(10 * NS_PER_MS)
#define SETTLED_LINES	4
#define SYNCED_BOUND_NS (500 * NS_PER_MS)
#define CORRECT_AGE_NS                                                                             \
	(2 * NS_PER_S)	       /* a correction older than this, or than four polls, has expired */
#define HOLD_LINES	  16   /* corrections of a new master that may be found wanting */
#define HOLD_WANDER	  2e-8 /* how an own line gets worse with age, s/s */
#define LIMIT_TELL_NS	  (60 * NS_PER_S)
#define DRIFT_SAVE_NS	  (600 * NS_PER_S)
#define ACCUMULATE_LEAK_S 3600 /* max_accumulated_ns is per so many seconds */

int64_t node_bound(const struct node *n, mono_t now, struct clock_pair pair)
{
	if (!n->steering.has_line) {
		return BOUND_UNKNOWN;
	}
	return ns_add(bound_of(&n->steering.line, pair, n->step.read_error_ns),
		      group_unconfirmed(n, now));
}

bool node_synced(const struct node *n, mono_t now, struct clock_pair pair)
{
	return n->steering.has_line && n->steering.clock.joined &&
	       node_bound(n, now, pair) < SYNCED_BOUND_NS;
}

/* --- The clock --- */

void clock_step(struct node *n, int64_t step_ns, int why)
{
	fx_add(n, FX_STEP)->step_ns = step_ns;
	n->step.pair.wall = wall_add(n->step.pair.wall, step_ns);
	n->steering.clock.epoch++;
	n->steering.clock.n_steps++;
	n->steering.sent.n = 0; /* pairs from before the step are worth nothing */
	notice(n, NOTICE_STEP, LEVEL_NOTICE, 0, step_ns, why, 0);
}

static void alarm_check(struct node *n, int64_t bound)
{
	int64_t limit = n->config.max_skew_ns;
	bool over = limit > 0 && n->steering.clock.settled && bound > limit / 2;

	/* Two hosts differ by at most the sum of their bounds: half of max_skew each.  Back below
	 * 4/5 of it. */
	if (n->steering.clock.alarmed ? bound < limit / 5 * 2 : over) {
		n->steering.clock.alarmed = !n->steering.clock.alarmed;
		notice(n, NOTICE_BOUND_EXCEEDED,
		       n->steering.clock.alarmed ? LEVEL_WARNING : LEVEL_NOTICE, 0, bound, limit,
		       !n->steering.clock.alarmed);
	}
}

static void status_tell(struct node *n)
{
	int64_t bound = node_bound(n, n->step.now, n->step.pair);
	int64_t off = ns_abs(n->steering.clock.servo.remainder_ns);

	n->steering.clock.status_at = n->step.now;
	n->steering.clock.settled =
		line_bounded(n) && n->steering.clock.joined &&
		(n->election.role == ROLE_MASTER || n->steering.taken.n_lines >= SETTLED_LINES) &&
		off < (n->steering.clock.settled ? UNSETTLED_NS : SETTLED_NS);
	alarm_check(n, bound);
	if (n->config.mode == MODE_STEER) {
		struct effect *e = fx_add(n, FX_STATUS);

		e->status.synced = node_synced(n, n->step.now, n->step.pair);
		e->status.est_error_ns = ns_add(off, n->steering.line.sd_ns);
		e->status.max_error_ns = bound;
	}
}

void clock_follow(struct node *n, bool may_step)
{
	int64_t hold;

	if (!n->steering.has_line) {
		return;
	}
	int64_t off = wall_sub(line_at(&n->steering.line, n->step.pair.raw), n->step.pair.wall);

	if (n->config.mode != MODE_STEER) {
		n->steering.clock.servo.remainder_ns = off;
		n->steering.clock.joined = true;
		status_tell(n);
		return;
	}
	if (!n->steering.clock.joined && may_step && ns_abs(off) > n->config.step_threshold_ns) {
		clock_step(n, off, 0);
	}
	n->steering.clock.joined = n->steering.clock.joined || may_step;
	int64_t before = n->steering.clock.servo.freq_ppb;
	int64_t freq = servo_step(&n->steering.clock.servo, &n->steering.line, n->step.pair, &hold);

	if (freq != before) {
		fx_add(n, FX_ADJ_FREQ)->freq_ppb = freq;
	}
	n->steering.clock.servo_due = hold == INT64_MAX ? MONO_NEVER : mono_add(n->step.now, hold);
	status_tell(n);
}

void clock_tick(struct node *n)
{
	if (n->steering.has_line &&
	    mono_sub(n->step.now, n->steering.clock.status_at) > 2 * lease_unit(n)) {
		/* No master speaks: the bound grows all the same, and what we say of ourselves with
		 * it. */
		n->steering.clock.servo.remainder_ns =
			wall_sub(line_at(&n->steering.line, n->step.pair.raw), n->step.pair.wall);
		status_tell(n);
	}
	if (n->steering.clock.settled && n->steering.clock.drift_due.ns == INT64_MAX) {
		n->steering.clock.drift_due = mono_add(n->step.now, DRIFT_SAVE_NS);
	} else if (n->steering.clock.settled && n->step.now.ns >= n->steering.clock.drift_due.ns) {
		n->steering.clock.drift_due = mono_add(n->step.now, DRIFT_SAVE_NS);
		fx_add(n, FX_SAVE_DRIFT)->freq_ppb = ns_from_double(n->steering.line.rate * 1e9);
	}
	if (n->step.now.ns >= n->steering.clock.servo_due.ns) {
		clock_follow(n, false);
	}
}

void member_newcomer(struct node *n, bool raw_lost)
{
	bool others = n->election.role == ROLE_MASTER && n->election.census.n_alive > 1;

	n->steering.clock.joined = false;
	n->steering.clock.settled = false;
	n->steering.taken.n_lines = 0;
	n->steering.sent.n = 0;
	n->steering.taken.round = 0;
	if (raw_lost) {
		/* RAW stood still while time went on: all that was measured over it is void. */
		n->steering.has_line = false;
		n->steering.clock.servo_due = MONO_NEVER;
		for (size_t i = 0; i < n->store.n_peers; i++) {
			struct peer *p = &n->store.peers[i];

			p->as_member.reply_stamped = false;
			p->as_member.held.any = false;
			p->roster.known = false;
			p->measure.estimator = NO_INDEX;
			memset(p->measure.exchange, 0, sizeof(p->measure.exchange));
		}
		n->leading.own_roster.known = false;
		n->election.heard = NEVER_HEARD; /* and so are our leases */
	}
	if (n->election.role == ROLE_MASTER && (others || raw_lost)) {
		step_down(n, 0, 0);
	} else if (n->election.role == ROLE_MASTER) {
		clock_follow(n, true); /* alone: our own line says where the clock was */
	}
}

/* --- Polls --- */

void reply_stamps(const struct node *n, struct peer *p, uint32_t seq, raw_t at, uint8_t quality,
		  struct wire_stamps *ret)
{
	*ret = (struct wire_stamps){.seq = seq,
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

	reply_stamps(n, p, seq, at, quality, &r->stamps);
	r->pair = n->step.pair;
	r->clock_epoch = n->steering.clock.epoch;
	r->mode = (uint8_t)n->config.mode;
	r->settled = n->steering.clock.settled;
	r->priority = n->config.priority;
	r->freq_ppb = n->steering.clock.servo.freq_ppb;
	r->remainder_ns =
		n->steering.has_line
			? wall_sub(line_at(&n->steering.line, n->step.pair.raw), n->step.pair.wall)
			: 0;
	r->bound_ns = node_bound(n, n->step.now, n->step.pair);
	r->applied_round = n->steering.taken.term == n->election.term ? n->steering.taken.round : 0;
	r->chat_last = n->chat.log.last;
	memcpy(r->name, n->config.name, sizeof(r->name));
	n->steering.sent.pair[n->steering.sent.n++ % REPLIES_KEPT] =
		(struct sent_pair){.seq = seq,
				   .epoch = n->steering.clock.epoch,
				   .pair = n->step.pair};
	node_send(n, p, &msg, true, seq);
}

static void held_answer(struct node *n, struct peer *p)
{
	const struct held h = p->as_member.held;

	p->as_member.held.any = false;
	if (h.term != n->election.term || n->election.role == ROLE_MASTER) {
		return;
	}
	if (h.probe) {
		struct wire_msg msg = {.type = WIRE_PROBE_REPLY, .term = n->election.term};

		reply_stamps(n, p, h.seq, h.at, h.quality, &msg.probe_reply);
		node_send(n, p, &msg, true, h.seq);
	} else if (p->id == n->election.master) {
		reply_send(n, p, h.seq, h.at, h.quality);
	}
}

void reply_hold(struct node *n, struct peer *p, uint32_t seq, bool probe, raw_t at, uint8_t quality)
{
	if (p->as_member.held.any) {
		held_answer(n, p);
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
	for (size_t i = 0; i < n->store.n_peers; i++) {
		struct peer *p = &n->store.peers[i];

		if (p->used && p->as_member.held.any &&
		    n->step.now.ns >= p->as_member.held.until.ns) {
			held_answer(n, p);
		}
	}
}

mono_t reply_deadline(const struct node *n)
{
	mono_t d = MONO_NEVER;

	for (size_t i = 0; i < n->store.n_peers; i++) {
		const struct peer *p = &n->store.peers[i];

		d = p->used && p->as_member.held.any ? mono_min(d, p->as_member.held.until) : d;
	}
	return d;
}

/* Is the sender of this poll the master we follow, or to be followed from now on? */
static bool poll_accept(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	const struct wire_poll *q = &msg->poll;

	if (!term_is_of(msg->term, p->id) || !peer_may_lead(n, p)) {
		return false;
	}
	if (n->election.role != ROLE_MASTER && p->id == n->election.master &&
	    msg->term == n->election.term) {
		return true;
	}
	if (msg->poll.group_new &&
	    (vote_carries(n) || (n->steering.clock.settled && master_alive(n)))) {
		return false; /* we carry the group's time, it has none */
	}
	if (n->election.role == ROLE_MASTER) {
		bool better = vote_side_better(n, msg->term, q->n_alive);

		if (!line_bounded(n) && !q->group_new) {
			return msg->term > n->election.term ||
			       (step_down(n, p->id, msg->term), false);
		}
		if (better && msg->term > n->election.term) {
			return true;
		}
		if (better) {
			step_down(n, p->id, msg->term);
		} else if (msg->term > n->election.term) {
			master_raise_term(n, msg->term);
		}
		return false;
	}
	if (msg->term == n->election.term) {
		return true; /* we granted it, or it is our old master again */
	}
	return msg->term > n->election.term && (!master_alive(n) || n->election.master == p->id ||
						vote_side_better(n, msg->term, q->n_alive));
}

void member_on_poll(struct node *n, struct peer *p, const struct wire_msg *msg, raw_t at,
		    uint8_t quality)
{
	const struct wire_poll *q = &msg->poll;

	if (!poll_accept(n, p, msg)) {
		vote_refuse_poll(n, p, msg);
		return;
	}
	follow(n, p, msg->term);
	p->in_table = true;
	n->election.lease_poll_ns = (int64_t)q->poll_ms * NS_PER_MS;
	n->election.census.n_table = q->n_table;
	n->election.census.n_alive = q->n_alive;
	n->election.census.island = q->island;
	n->election.census.group_new = q->group_new;
	n->election.n_succession = q->n_succession;
	memcpy(n->election.succession, q->succession, sizeof(n->election.succession));
	n->election.deputy = q->n_succession ? q->succession[0] : 0;
	n->election.role = n->election.deputy == n->self.id ? ROLE_DEPUTY : ROLE_MEMBER;
	chat_from_poll(n, p, q);
	reply_hold(n, p, q->seq, false, at, quality);
	join_hint_tick(n);
}

/* --- Corrections --- */

enum correct_refusal {
	CORRECT_OK = 0,
	CORRECT_NOT_MASTER,
	CORRECT_APPLIED, /* this round or a later one was applied already */
	CORRECT_UNKNOWN, /* of no reply that we remember */
	CORRECT_EPOCH,	 /* our clock was stepped since */
	CORRECT_EXPIRED,
	CORRECT_RATE,
	CORRECT_LIMIT,
};

static const struct sent_pair *sent_find(const struct node *n, uint32_t seq)
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

/* Told at once, and then once a minute while it stands: a master may ask for too much with every
 * poll. */
static void limit_tell(struct node *n, int64_t what, int64_t value, int64_t limit)
{
	if (n->steering.taken.limit_told.ns != INT64_MIN &&
	    mono_sub(n->step.now, n->steering.taken.limit_told) < LIMIT_TELL_NS) {
		return;
	}
	n->steering.taken.limit_told = n->step.now;
	notice(n, NOTICE_LIMIT_TRIPPED, LEVEL_ERR, n->election.master, what, value, limit);
}

/* Caps bound the harm of a bad master: per correction and accumulated. */
static bool within_limits(struct node *n, const struct line *line)
{
	if (!n->steering.clock.joined || !line_bounded(n)) {
		return true;
	}
	int64_t move = ns_abs(wall_sub(line_at(line, n->step.pair.raw),
				       line_at(&n->steering.line, n->step.pair.raw)));
	double leak = (double)mono_sub(n->step.now, n->steering.taken.accumulated_at) /
		      (ACCUMULATE_LEAK_S * 1e9) * (double)n->config.max_accumulated_ns;

	if (move > n->config.max_correction_ns) {
		limit_tell(n, 0, move, n->config.max_correction_ns);
		return false;
	}
	n->steering.taken.accumulated_at = n->step.now;
	n->steering.taken.accumulated_ns =
		ns_max(0, ns_sub(n->steering.taken.accumulated_ns, ns_from_double(leak)));
	if (ns_add(n->steering.taken.accumulated_ns, move) > n->config.max_accumulated_ns) {
		limit_tell(n, 1, ns_add(n->steering.taken.accumulated_ns, move),
			   n->config.max_accumulated_ns);
		return false;
	}
	n->steering.taken.accumulated_ns = ns_add(n->steering.taken.accumulated_ns, move);
	return true;
}

static enum correct_refusal correct_judge(struct node *n, const struct peer *p,
					  const struct wire_msg *msg, struct line *ret)
{
	const struct wire_correct *c = &msg->correct;
	const struct sent_pair *s = sent_find(n, c->seq);
	double limit = 4e-9 * (double)n->config.max_drift_ppb;

	if (p->id != n->election.master || msg->term != n->election.term ||
	    n->election.role == ROLE_MASTER) {
		return CORRECT_NOT_MASTER;
	}
	if (c->round <= n->steering.taken.round) {
		return CORRECT_APPLIED;
	}
	if (!s) {
		return CORRECT_UNKNOWN;
	}
	if (s->epoch != n->steering.clock.epoch || c->clock_epoch != n->steering.clock.epoch) {
		return CORRECT_EPOCH;
	}
	if (raw_sub(n->step.pair.raw, s->pair.raw) > ns_max(CORRECT_AGE_NS, 4 * lease_unit(n))) {
		return CORRECT_EXPIRED;
	}
	if (c->rate > limit || c->rate < -limit) {
		limit_tell(n, 2, ns_from_double(c->rate * 1e9), ns_from_double(limit * 1e9));
		return CORRECT_RATE;
	}
	*ret = (struct line){.r0 = s->pair.raw,
			     .g0 = wall_add(s->pair.wall, c->offset_ns),
			     .rate = c->rate,
			     .error_ns = ns_add(c->error_ns, n->step.read_error_ns),
			     .growth_ppb = c->growth_ppb,
			     .sd_ns = c->sd_ns};
	return within_limits(n, ret) ? CORRECT_OK : CORRECT_LIMIT;
}

/* A new master measures us afresh, and its first exchanges, amid handshakes, are poor.  A settled
 * host keeps its own line while that is the better known one and the new one does not contradict
 * it; the bound is the new one's, and what lies between. */
static bool keep_own_line(struct node *n, const struct line *new)
{
	struct line own = n->steering.line;

	if (!n->steering.clock.settled || n->steering.taken.n_term_lines >= HOLD_LINES) {
		return false;
	}
	double age = (double)raw_sub(n->step.pair.raw, own.r0);
	int64_t own_sd = ns_add(own.sd_ns, ns_from_double(age * HOLD_WANDER));
	int64_t apart =
		ns_abs(wall_sub(line_at(new, n->step.pair.raw), line_at(&own, n->step.pair.raw)));

	if (new->sd_ns <= own_sd || apart > ns_add(own_sd, 4 * new->sd_ns)) {
		return false;
	}
	line_rebase(&own, n->step.pair.raw);
	own.sd_ns = own_sd;
	own.error_ns = ns_add(line_error(new, n->step.pair.raw), apart);
	own.growth_ppb = ns_max(new->growth_ppb, own.growth_ppb);
	n->steering.line = own;
	return true;
}

void member_on_correct(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	const struct wire_correct *c = &msg->correct;
	struct line line = {.rate = 0};
	enum correct_refusal r = correct_judge(n, p, msg, &line);

	if (r == CORRECT_LIMIT) {
		/* We stay where we are, and say how far from the group that is. */
		int64_t apart = ns_abs(wall_sub(line_at(&line, n->step.pair.raw),
						line_at(&n->steering.line, n->step.pair.raw)));

		line_rebase(&n->steering.line, n->step.pair.raw);
		n->steering.line.error_ns =
			ns_max(n->steering.line.error_ns,
			       ns_add(apart, line_error(&line, n->step.pair.raw)));
	}
	if (r != CORRECT_OK) {
		n->steering.taken.n_refused++;
		notice(n, NOTICE_CORRECTION_REFUSED, LEVEL_DEBUG, p->id, (int64_t)r, 0, 0);
		return;
	}
	if (!keep_own_line(n, &line)) {
		n->steering.line = line;
		n->steering.taken.n_term_lines =
			HOLD_LINES; /* from here on this master knows us best */
	}
	n->steering.taken.n_term_lines++;
	n->steering.has_line = true;
	n->steering.taken.round = c->round;
	n->steering.taken.term = msg->term;
	n->steering.taken.n_lines++;
	n->steering.taken.n_corrections++;
	n->leading.paper.reason = (enum reason)c->reason;
	clock_follow(n, c->may_step);
	n->steering.clock.joined = true;
	notice(n, NOTICE_CORRECTION, LEVEL_DEBUG, p->id, c->offset_ns,
	       n->steering.clock.servo.freq_ppb, node_bound(n, n->step.now, n->step.pair));
}
