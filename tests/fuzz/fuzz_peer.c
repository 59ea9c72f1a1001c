/* fuzz_peer.c - whatever a proved member or master says, to a node that has just met it, that leads
 * or that follows it: nothing crashes or overflows, terms only grow, and no message gives back what
 * limits how far others may move the clock.
 *
 * Input: a byte of the setup, then records of FLAGS, LEN, LEN bytes of one message.  The flags put
 * the fields right that noise would never hit: a term of either side, the sequence of the last poll
 * or reply.  After a message of AT_ONCE bytes or more no time passes.  A LEN from BENT on is one of
 * the things that a whole master does, bent by what follows. */
#include "berk/term.h"
#include "fuzz.h"
#include "tests/world/node.h"
#include "tests/world/reign.h"

#include <stdlib.h>
#include <string.h>

#define TABLE	       4
#define ORDERS_MAX     4    /* steps that others may order within an hour: core/node/budget.c */
#define STRAY_PART     1000 /* an honest clock may stray from its oscillator by a part of so many */
#define STRAY_NS       NS_PER_MS
#define MINUTES_NS     (100 * NS_PER_S) /* all moves of so long are together one correction's */
#define END_NS	       (600 * NS_PER_S) /* the keys of a puppet last for an hour */
#define FAR_NS	       (INT64_C(1) << 61)
#define AT_ONCE	       0xe0
#define BENT	       0xf0
#define LEAD_ROUNDS    3
#define POST_AT_ORIGIN 34 /* of the first line of a CHAT_POST: core/wire/chat.c */

/* The setup. */
enum {
	HOW = 3,
	MEETS = 0,
	FOLLOWS = 1, /* the peer's lines, since some rounds */
	LEADS = 2,
	FOLLOWS_TIGHTLY = 3, /* and its limits are narrow */
	PINS_MASTERS = 4,    /* the peer may not be master */
	PINS_MEMBERS = 8,    /* the peer is among them and gives orders; dates have an end */
	REFERENCE = 16,
	OBSERVER = 32,
	OPEN_GROUP = REFERENCE | OBSERVER, /* one without a key, that steers its clock */
	MAJORITY = 64,
	TWO_PEERS = 128, /* they speak by turns */
};

/* Of a record. */
enum {
	TERM_OURS = 1,	 /* the term of the node */
	TERM_NEXT = 2,	 /* the peer's next one; with TERM_OURS: its last, which has none above */
	SEQ_RIGHT = 4,	 /* POLL, PROBE: the next; replies, CORRECT: of what the node sent last;
			  * CHAT_POST: a line of the peer's own */
	LONG_PAUSE = 8,	 /* four seconds pass, else a tenth */
	TYPE_HERE = 0xf0 /* if not 0: the message's type; 15: one of those from PROBE on */
};

static struct reign reign;
static struct stage *const stage = &reign.stage;
static uint8_t members[2][KEY_LEN]; /* the keys of both peers */
static uint64_t term_saved;
static unsigned n_steps, n_ordered; /* of the node; that a master may have had it take */
static unsigned n_own;		    /* orders of an operator here, each renews the budget */

static void check_effect(struct stage *s, const struct effect *e)
{
	if ((e->type == FX_SAVE_TERM && e->term < term_saved) ||
	    (e->type == FX_ADJ_FREQ && llabs(e->freq_ppb) > s->config.freq_ppb_max) ||
	    (e->type == FX_STATUS && e->status.max_error_ns < 0)) {
		abort();
	}
	if (e->type == FX_SAVE_TERM) {
		term_saved = e->term;
	}
	n_steps += e->type == FX_STEP;
}

static bool follows(unsigned setup)
{
	return (setup & HOW) == FOLLOWS || (setup & HOW) == FOLLOWS_TIGHTLY;
}

/* What is asked of a clock that follows and has taken its one step. */
struct held {
	int64_t at, wall_less_raw_ns;
	bool tripped;
};

static int64_t wall_less_raw_ns(void)
{
	struct clock_pair p = stage_pair(stage);

	return p.wall.ns - p.raw.ns;
}

static void check_limits(struct held *h)
{
	bool tripped = stage_status(stage).tripped;
	int64_t stray_ns = STRAY_NS + (stage->now - h->at) / STRAY_PART;

	int64_t max_ns = stage->now - h->at < MINUTES_NS ? stage->config.max_correction_ns
							 : stage->config.max_accumulated_ns;

	if (n_steps > ORDERS_MAX + n_own || n_steps > n_ordered) {
		abort(); /* it stepped more often than operators of other hosts have ordered, or may */
	}
	if (n_steps > 0 || n_own > 0) {
		return; /* what was ordered is not counted */
	}
	if (h->tripped && !tripped) {
		abort(); /* a message has given a spent budget back */
	}
	if (llabs(wall_less_raw_ns() - h->wall_less_raw_ns) > max_ns + stray_ns) {
		abort(); /* it was moved further than others may */
	}
	h->tripped = tripped;
}

static struct node_config config_of(unsigned setup)
{
	static uint8_t masters[1][KEY_LEN] = {{9}};
	struct node_config c = node_config_default();

	if ((setup & HOW) == FOLLOWS_TIGHTLY) {
		c.max_correction_ns = 10 * NS_PER_MS;
		c.max_accumulated_ns = 50 * NS_PER_MS;
	}
	if (setup & PINS_MASTERS && !follows(setup)) {
		c.master_keys = masters;
		c.n_master_keys = 1;
	}
	if (setup & PINS_MEMBERS) {
		c.member_keys = members;
		c.n_member_keys = 2;
		c.orders = ORDERS_OF_MEMBERS;
		c.ceiling.ns = FAR_NS;
	}
	c.open_group = (setup & OPEN_GROUP) == OPEN_GROUP;
	c.mode = c.open_group	     ? MODE_STEER
		 : setup & REFERENCE ? MODE_REFERENCE
		 : setup & OBSERVER  ? MODE_OBSERVE
				     : MODE_STEER;
	c.quorum = setup & MAJORITY ? QUORUM_MAJORITY : QUORUM_ISLAND;
	return c;
}

static void start_stage(unsigned setup)
{
	static bool opened;
	unsigned n_puppets = setup & TWO_PEERS ? 2 : 1;

	if (!opened) {
		struct node_config any = node_config_default();

		reign_open(&reign, &any, 2);
		for (unsigned k = 0; k < 2; k++) {
			memcpy(members[k], stage->puppet[k].trust.pub, KEY_LEN);
		}
		opened = true;
	}
	struct node_config c = config_of(setup);

	reign_close(&reign);
	term_saved = 0;
	if (follows(setup)) {
		reign_open(&reign, &c, n_puppets);
		stage->effect = check_effect;
		reign_lead(&reign, LEAD_ROUNDS, 0);
	} else {
		stage->effect = check_effect;
		stage_open(stage, &c, n_puppets, TABLE);
		for (unsigned k = 0; k < n_puppets; k++) {
			stage_meet(stage, k);
			stage->puppet[k].answers_polls = stage->puppet[k].grants =
				(setup & HOW) == LEADS;
		}
		stage_wait(stage, (setup & HOW) == LEADS ? 3 * NS_PER_S : 0);
	}
	n_steps = n_ordered = n_own = 0;
}

static void put_number(uint8_t *p, uint64_t v, unsigned bytes)
{
	for (unsigned i = bytes; i-- > 0; v >>= 8) {
		p[i] = (uint8_t)v;
	}
}

/* The sequence of the last poll or probe that the node sent, of whichever there were more. */
static uint32_t asked_last(const struct puppet *p)
{
	uint32_t poll = p->heard[WIRE_POLL].poll.seq, probe = p->heard[WIRE_PROBE].probe.seq;

	return poll > probe ? poll : probe;
}

static uint64_t term_of_flags(const struct stage *s, unsigned flags)
{
	uint64_t ours = stage_status(s).term, last = (TERM_COUNTER_MAX - 1) << TERM_TAG_BITS;

	if (!(flags & TERM_NEXT)) {
		return ours;
	}
	return term_next(flags & TERM_OURS ? last : ours, s->puppet[0].trust.id);
}

static void put_right(struct stage *s, unsigned k, uint8_t *m, size_t len, unsigned flags)
{
	struct puppet *p = &s->puppet[k];

	if ((flags & TYPE_HERE) && len > 0) {
		unsigned type = flags >> 4;

		m[0] = (uint8_t)(type < WIRE_PROBE ? type
						   : type + m[0] % (WIRE_TYPE_MAX_ - WIRE_PROBE));
	}
	if ((flags & (TERM_OURS | TERM_NEXT)) && len >= 9) {
		put_number(m + 1, term_of_flags(s, flags), 8);
	}
	if (!(flags & SEQ_RIGHT) || len < 21) {
		return;
	}
	if (m[0] == WIRE_POLL || m[0] == WIRE_PROBE) {
		put_number(m + 9, ++p->seq, 4);
	} else if (m[0] == WIRE_REPLY || m[0] == WIRE_PROBE_REPLY) {
		put_number(m + 9, asked_last(p), 4);
	} else if (m[0] == WIRE_CHAT_POST && len >= POST_AT_ORIGIN + 8) {
		put_number(m + POST_AT_ORIGIN, p->trust.id, 8);
	} else if (m[0] == WIRE_CORRECT) {
		put_number(m + 17, p->heard[WIRE_REPLY].reply.stamps.seq, 4);
	}
}

static int64_t take_number(const uint8_t **data, size_t *size)
{
	int64_t v = 0;
	size_t n = *size > 0 ? *(*data)++ % 9 : 0;

	*size -= *size > 0;
	for (; n > 0 && *size > 0; n--, (*size)--) {
		v = (int64_t)((uint64_t)v << 8 | *(*data)++);
	}
	return v;
}

static void bend_correction(struct wire_msg *m, unsigned how, int64_t v)
{
	switch (how) {
	case 14:
		m->correct.offset_ns = ns_add(m->correct.offset_ns, v);
		break;
	case 1:
		m->correct.offset_ns = v;
		break;
	case 2:
		m->correct.rate = (double)(int32_t)v * 1e-12;
		break;
	case 3:
		m->correct.error_ns = v >= 0 ? v : INT64_MAX;
		m->correct.sd_ns = ns_abs(v >> 8);
		break;
	case 4:
		m->correct.growth_ppb = v & 0x3fffffff;
		m->correct.pull = (double)(int32_t)(v >> 32) * 1e-12;
		m->correct.may_step = v & 1;
		break;
	case 5: /* after a founding */
		m->correct.offset_ns = ns_add(m->correct.offset_ns, v >> 8);
		break;
	case 8: /* one that was applied */
		m->correct.round -= (uint64_t)v & 3;
		break;
	case 9: /* of no reply */
		m->correct.seq -= (uint32_t)v;
		break;
	case 10:
		m->correct.clock_epoch += (uint32_t)v;
		break;
	case 11: /* late */
		stage_hold(stage, (v & 15) * NS_PER_S);
		break;
	case 12:
		m->term = (uint64_t)v;
		break;
	case 13: /* worse than what the node has */
		m->correct.sd_ns = NS_PER_S + (v & 0xffff);
		m->correct.error_ns = 10 * m->correct.sd_ns;
		break;
	default:
		break;
	}
}

/* An operator has the node step onto what its master says, or said in vain. */
static void order_step(void)
{
	struct node_event ev = {.type = EV_ORDER, .order = {.order = ORDER_STEP}};

	n_ordered++;
	n_own++;
	stage_event(stage, &ev);
}

/* The master polls, and corrects by the reply; one of the fields is what the input says. */
static void say_bent(unsigned what, const uint8_t **data, size_t *size)
{
	struct puppet *p = &stage->puppet[0];
	int64_t v = take_number(data, size);

	if (what == BENT + 15) {
		order_step();
		return;
	}
	if (what == BENT + 7 || (what == BENT + 13 && v & 1)) {
		reign.term = term_next(stage_status(stage).term, p->trust.id);
	}
	struct wire_msg m = {.type = WIRE_POLL,
			     .term = reign.term,
			     .poll = {.seq = ++p->seq,
				      .round = ++reign.round,
				      .poll_ms = 1000,
				      .n_table = 2,
				      .n_alive = 2,
				      .era = reign.era,
				      .date_confirmed = true}};

	if (what == BENT + 5) {
		m.poll.founding = (uint8_t)((uint64_t)v % 4);
		m.poll.era ^= (uint64_t)v >> 8;
		reign.era = m.poll.era;
		n_ordered += m.poll.founding == FOUNDING_ORDER;
	} else if (what == BENT + 6) {
		m.poll.poll_ms = (uint32_t)v;
		m.poll.max_drift_ppb = (uint32_t)(v >> 32);
	}
	stage_say(stage, 0, &m);
	stage_wait(stage, 5 * NS_PER_MS);
	if (what == BENT) { /* group time goes on from there */
		reign.wall_less_raw_ns = ns_clamp(ns_add(reign.wall_less_raw_ns, v), 0, FAR_NS);
	}
	m = reign_correction(&reign);
	bend_correction(&m, what - BENT, v);
	stage_say(stage, 0, &m);
	stage_wait(stage, NS_PER_S - 5 * NS_PER_MS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t plain[WIRE_MESSAGE_MAX];

	if (size < 1) {
		return 0;
	}
	unsigned setup = data[0], k = 0;

	start_stage(setup);
	struct held held = {.at = stage->now,
			    .wall_less_raw_ns = wall_less_raw_ns(),
			    .tripped = stage_status(stage).tripped};

	data++;
	size--;
	while (size > 2 && stage->now < END_NS) {
		unsigned flags = data[0], what = data[1];
		size_t len = what < size - 2 ? what : size - 2;
		struct node_event timer = {.type = EV_TIMER};

		if (what >= BENT && follows(setup)) {
			data += 2;
			size -= 2;
			say_bent(what, &data, &size);
			check_limits(&held);
			continue;
		}
		memcpy(plain, data + 2, len);
		put_right(stage, k, plain, len, flags);
		int64_t pause_ns = what >= AT_ONCE	? 0
				   : flags & LONG_PAUSE ? 4 * NS_PER_S
							: NS_PER_S / 10;

		n_ordered += len > 0 && (plain[0] == WIRE_POLL || plain[0] == WIRE_ORDER);
		stage_say_bytes(stage, k, plain, len);
		if (follows(setup)) { /* a slew must end in time */
			stage_wait(stage, pause_ns);
			check_limits(&held);
		} else {
			stage_hold(stage, pause_ns);
			stage_event(stage, &timer);
		}
		k = (k + 1) % stage->n_puppets;
		data += 2 + len;
		size -= 2 + len;
	}
	return 0;
}
