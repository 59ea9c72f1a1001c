/* words.c - what a traitor may say: any message, any value in each of its fields.
 *
 * Values are drawn where the receivers' beliefs have their edges: 0, the largest, the smallest, a
 * little below and above the caps of corrections, rates that no oscillator has, identities of
 * others and of nobody. */
#include "tests/traitor/traitor.h"

#include "berk/status.h"
#include "berk/term.h"
#include "core/node/state.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define ANY  WIRE_TYPE_MAX_
#define YEAR (INT64_C(365) * 86400 * NS_PER_S)

enum kind { K_BOOL, K_SMALL, K_U16, K_U32, K_U64, K_NS, K_PPB, K_RATE, K_ID, K_TERM, K_MS };

struct field {
	uint8_t type, kind;
	uint16_t at;
};

#define F(type, kind, member)                                                                      \
	{                                                                                          \
		type, kind, offsetof(struct wire_msg, member)                                      \
	}
#define F_STAMPS(type, m)                                                                          \
	F(type, K_U32, m.seq), F(type, K_U32, m.raw_life), F(type, K_NS, m.rec),                   \
		F(type, K_NS, m.xmt), F(type, K_SMALL, m.rec_quality), F(type, K_U32, m.prev_seq), \
		F(type, K_NS, m.prev_xmt), F(type, K_SMALL, m.prev_quality)
#define F_VOTE(type)                                                                               \
	F(type, K_TERM, vote.new_term), F(type, K_BOOL, vote.settled),                             \
		F(type, K_BOOL, vote.dated), F(type, K_BOOL, vote.transfer),                       \
		F(type, K_SMALL, vote.priority)
#define F_GRANT(type)                                                                              \
	F(type, K_TERM, vote_reply.new_term), F(type, K_BOOL, vote_reply.granted),                 \
		F(type, K_SMALL, vote_reply.refusal), F(type, K_ID, vote_reply.master),            \
		F(type, K_U16, vote_reply.n_alive), F(type, K_U64, vote_reply.chat_last.index),    \
		F(type, K_TERM, vote_reply.chat_last.term)

static const struct field fields[] = {
	F(ANY, K_TERM, term),
	F(WIRE_POLL, K_U64, poll.round),
	F(WIRE_POLL, K_MS, poll.poll_ms),
	F(WIRE_POLL, K_U16, poll.n_table),
	F(WIRE_POLL, K_U16, poll.n_alive),
	F(WIRE_POLL, K_U16, poll.n_dated),
	F(WIRE_POLL, K_BOOL, poll.island),
	F(WIRE_POLL, K_BOOL, poll.group_new),
	F(WIRE_POLL, K_SMALL, poll.founding),
	F(WIRE_POLL, K_BOOL, poll.date_confirmed),
	F(WIRE_POLL, K_SMALL, poll.leap),
	F(WIRE_POLL, K_TERM, poll.era),
	F(WIRE_POLL, K_NS, poll.floor),
	F(WIRE_POLL, K_NS, poll.ordered.at),
	F(WIRE_POLL, K_NS, poll.ordered.shift_ns),
	F(WIRE_POLL, K_ID, poll.ordered.host),
	F(WIRE_POLL, K_SMALL, poll.ordered.way),
	F(WIRE_POLL, K_BOOL, poll.ordered.dated),
	F(WIRE_POLL, K_NS, poll.ordered.left_ns),
	F(WIRE_POLL, K_PPB, poll.max_drift_ppb),
	F(WIRE_POLL, K_MS, poll.hold.left_ms),
	F(WIRE_POLL, K_ID, poll.hold.host),
	F(WIRE_POLL, K_SMALL, poll.n_succession),
	F(WIRE_POLL, K_ID, poll.succession[0]),
	F(WIRE_POLL, K_ID, poll.succession[1]),
	F(WIRE_POLL, K_U64, poll.chat_stable),
	F(WIRE_POLL, K_U64, poll.chat_last.index),
	F(WIRE_POLL, K_TERM, poll.chat_last.term),
	F(WIRE_POLL, K_U64, poll.chat_acked_seq),
	F_STAMPS(WIRE_REPLY, reply.stamps),
	F(WIRE_REPLY, K_NS, reply.pair.raw),
	F(WIRE_REPLY, K_NS, reply.pair.wall),
	F(WIRE_REPLY, K_U32, reply.clock_epoch),
	F(WIRE_REPLY, K_SMALL, reply.mode),
	F(WIRE_REPLY, K_BOOL, reply.settled),
	F(WIRE_REPLY, K_SMALL, reply.carried),
	F(WIRE_REPLY, K_SMALL, reply.date),
	F(WIRE_REPLY, K_SMALL, reply.leap),
	F(WIRE_REPLY, K_SMALL, reply.refusal),
	F(WIRE_REPLY, K_SMALL, reply.deaf),
	F(WIRE_REPLY, K_NS, reply.floor),
	F(WIRE_REPLY, K_BOOL, reply.floor_told),
	F(WIRE_REPLY, K_PPB, reply.max_drift_ppb),
	F(WIRE_REPLY, K_SMALL, reply.priority),
	F(WIRE_REPLY, K_NS, reply.remainder_ns),
	F(WIRE_REPLY, K_NS, reply.bound_ns),
	F(WIRE_REPLY, K_U64, reply.applied_round),
	F(WIRE_REPLY, K_U64, reply.chat_last.index),
	F(WIRE_REPLY, K_TERM, reply.chat_last.term),
	F(WIRE_CORRECT, K_U64, correct.round),
	F(WIRE_CORRECT, K_U32, correct.seq),
	F(WIRE_CORRECT, K_U32, correct.clock_epoch),
	F(WIRE_CORRECT, K_NS, correct.offset_ns),
	F(WIRE_CORRECT, K_RATE, correct.rate),
	F(WIRE_CORRECT, K_RATE, correct.pull),
	F(WIRE_CORRECT, K_NS, correct.error_ns),
	F(WIRE_CORRECT, K_NS, correct.sd_ns),
	F(WIRE_CORRECT, K_NS, correct.growth_ppb),
	F(WIRE_CORRECT, K_BOOL, correct.may_step),
	F(WIRE_CORRECT, K_SMALL, correct.reason),
	F(WIRE_ROSTER, K_SMALL, roster.entry[0].mode),
	F(WIRE_ROSTER, K_U16, roster.first),
	F(WIRE_ROSTER, K_U16, roster.total),
	F(WIRE_ROSTER, K_ID, roster.entry[0].id),
	F(WIRE_ROSTER, K_SMALL, roster.entry[0].state),
	F(WIRE_ROSTER, K_SMALL, roster.entry[0].priority),
	F(WIRE_ROSTER, K_SMALL, roster.entry[0].addr.ip[15]),
	F(WIRE_ROSTER, K_NS, roster.entry[0].offset_ns),
	F(WIRE_ROSTER, K_NS, roster.entry[0].at),
	F(WIRE_ROSTER, K_RATE, roster.entry[0].rate),
	F(WIRE_ROSTER, K_RATE, roster.entry[0].own_rate),
	F(WIRE_ROSTER, K_NS, roster.entry[0].bound_ns),
	F(WIRE_ROSTER, K_NS, roster.entry[0].phase_ps),
	F(WIRE_ROSTER, K_NS, roster.entry[0].closure_ns),
	F(WIRE_ROSTER, K_BOOL, roster.entry[0].guest),
	F(WIRE_ROSTER, K_SMALL, roster.entry[1].state),
	F(WIRE_ROSTER, K_ID, roster.entry[1].id),
	F_VOTE(WIRE_PREVOTE),
	F_VOTE(WIRE_VOTE),
	F_GRANT(WIRE_PREVOTE_REPLY),
	F_GRANT(WIRE_VOTE_REPLY),
	F(WIRE_TRANSFER, K_ID, transfer.to),
	F(WIRE_CHAT_POST, K_U64, chat_post.after),
	F(WIRE_CHAT_POST, K_ID, chat_post.line[0].origin),
	F(WIRE_CHAT_POST, K_U64, chat_post.line[0].origin_seq),
	F(WIRE_CHAT_LINES, K_U64, chat_lines.prev.index),
	F(WIRE_CHAT_LINES, K_TERM, chat_lines.prev.term),
	F(WIRE_CHAT_LINES, K_U64, chat_lines.stable),
	F(WIRE_CHAT_LINES, K_U64, chat_lines.line[0].pos.index),
	F(WIRE_CHAT_LINES, K_TERM, chat_lines.line[0].pos.term),
	F(WIRE_CHAT_LINES, K_ID, chat_lines.line[0].origin),
	F(WIRE_CHAT_PULL, K_U64, chat_pull.from),
	F(WIRE_CHAT_PULL, K_U64, chat_pull.have.index),
	F(WIRE_PROBE, K_U32, probe.seq),
	F_STAMPS(WIRE_PROBE_REPLY, probe_reply),
	F(WIRE_TESTIMONY, K_ID, testimony.master),
	F(WIRE_TESTIMONY, K_BOOL, testimony.doubts),
	F(WIRE_TESTIMONY, K_NS, testimony.raw),
	F(WIRE_TESTIMONY, K_NS, testimony.time),
	F(WIRE_TESTIMONY, K_NS, testimony.error_ns),
	F(WIRE_CLOSURE, K_ID, closure.member),
	F(WIRE_CLOSURE, K_NS, closure.closure_ns),
	F(WIRE_ORDER, K_U64, order.seq),
	F(WIRE_ORDER, K_NS, order.shift_ns),
	F(WIRE_ORDER, K_BOOL, order.step),
	F(WIRE_ORDER, K_BOOL, order.dry_run),
	F(WIRE_ORDER, K_SMALL, order.what),
	F(WIRE_ORDER, K_ID, order.peer),
	F(WIRE_ORDER, K_MS, order.hold_ms),
	F(WIRE_ORDER_REPLY, K_U64, order_reply.seq),
	F(WIRE_ORDER_REPLY, K_SMALL, order_reply.verdict),
	F(WIRE_ORDER_REPLY, K_NS, order_reply.moved_ns),
	F(WIRE_REVOKED, K_ID, revoked.entry[0].id),
	F(WIRE_REVOKED, K_U64, revoked.entry[0].number),
	F(WIRE_REVOKED, K_BOOL, revoked.entry[0].revoked),
	F(WIRE_REVOKED_REPLY, K_U64, revoked_reply.agrees),
	F(WIRE_ORDER_REPLY, K_SMALL, order_reply.deaf.n_named),
	F(WIRE_ORDER_REPLY, K_SMALL, order_reply.deaf.host[0].why),
	F(WIRE_PRIVATE, K_U64, private_line.origin_seq),
	F(WIRE_PRIVATE_REPLY, K_U64, private_reply.origin_seq),
	F(WIRE_PRIVATE_REPLY, K_SMALL, private_reply.outcome),
};

#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

/* --- Values --- */

static uint64_t below(struct traitor *t, uint64_t n)
{
	return rng_below(&t->rng, n);
}

/* A positive number of any size up to 10^@digits. */
static double any_size(struct traitor *t, double digits)
{
	return pow(10, digits * rng_unit(&t->rng));
}

int64_t word_ns(struct traitor *t)
{
	static const int64_t edges[] = {0,
					1,
					NS_PER_S / 10,
					NS_PER_S / 2,
					NS_PER_S,
					2 * NS_PER_S,
					10 * NS_PER_S,
					3600 * NS_PER_S,
					YEAR,
					10 * YEAR,
					INT64_MAX,
					INT64_MAX / 2};
	int64_t v;

	if (below(t, 2)) {
		v = edges[below(t, sizeof(edges) / sizeof(edges[0]))];
		v = below(t, 2) && v > 100 && v < YEAR
			    ? v - v / 20 + (int64_t)below(t, (uint64_t)v / 10)
			    : v; /* just within, or just beyond */
	} else {
		v = (int64_t)any_size(t, 18);
	}
	return below(t, 2) ? v : below(t, 20) ? -v : INT64_MIN;
}

static node_id any_id(struct traitor *t)
{
	size_t slot = below(t, t->node->store.n_peers);
	const struct peer *p = &t->node->store.peers[slot];

	switch (below(t, 4)) {
	case 0:
		return t->node->self.id;
	case 1:
		return rng_u64(&t->rng) | 1;
	default:
		return p->used ? p->id : t->node->election.master | 1;
	}
}

uint64_t term_unit(void)
{
	return term_next(term_next(0, 1), 1) - term_next(0, 1);
}

uint64_t word_term(struct traitor *t)
{
	const struct election *e = &t->node->election;
	uint64_t above = below(t, 2) ? e->term : t->term_seen;
	node_id whom = below(t, 2) ? t->node->self.id : any_id(t);

	switch (below(t, 8)) {
	case 0:
		return UINT64_MAX;
	case 1:
		return UINT64_MAX - below(t, 4 * term_unit());
	case 2:
		return rng_u64(&t->rng);
	case 3:
		return e->term;
	case 4: /* about the end of the window that is taken, or within it */
		return above + term_unit() * (below(t, 2) ? below(t, 1000) : 4090 + below(t, 10));
	default:
		return term_is_last(above) ? above : term_next(above, whom);
	}
}

static uint64_t any_count(struct traitor *t, uint64_t max)
{
	switch (below(t, 6)) {
	case 0:
		return 0;
	case 1:
		return max;
	case 2:
		return max - 1;
	case 3:
		return below(t, 16);
	case 4:
		return 60000 % (max + 1 ? max + 1 : max);
	default:
		return (uint64_t)any_size(t, log10((double)max)) % (max ? max : 1);
	}
}

static uint64_t of_double(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits;
}

static double any_rate(struct traitor *t)
{
	static const double edges[] = {0, 99e-6, 101e-6, 199e-6, 201e-6, 399e-6, 401e-6, 0.0099};
	double v = below(t, 2) ? edges[below(t, sizeof(edges) / sizeof(edges[0]))]
			       : 1e-9 * any_size(t, 7);

	return below(t, 2) ? v : -v;
}

static uint64_t any_value(struct traitor *t, enum kind kind)
{
	switch (kind) {
	case K_BOOL:
		return below(t, 2);
	case K_SMALL:
		return below(t, 8) ? below(t, 12) : below(t, 256);
	case K_U16:
		return any_count(t, UINT16_MAX);
	case K_U32:
		return any_count(t, UINT32_MAX);
	case K_U64:
		return any_count(t, below(t, 2) ? UINT64_MAX : CHAT_INDEX_MAX);
	case K_NS:
		return (uint64_t)word_ns(t);
	case K_PPB:
		return below(t, 2) ? 0 : (uint64_t)any_size(t, 6);
	case K_MS:
		return below(t, 2) ? 1 + below(t, 4000) : (uint64_t)any_size(t, 6.556);
	case K_RATE:
		return of_double(any_rate(t));
	case K_ID:
		return any_id(t);
	case K_TERM:
		return word_term(t);
	}
	return 0;
}

/* --- Fields --- */

static void field_put(uint8_t *at, enum kind kind, uint64_t v)
{
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;
	bool flag = v & 1;

	switch (kind) {
	case K_BOOL:
		memcpy(at, &flag, sizeof(flag));
		break;
	case K_SMALL:
		*at = (uint8_t)v;
		break;
	case K_U16:
		memcpy(at, &v16, sizeof(v16));
		break;
	case K_U32:
	case K_PPB:
	case K_MS:
		memcpy(at, &v32, sizeof(v32));
		break;
	case K_U64:
	case K_NS:
	case K_RATE:
	case K_ID:
	case K_TERM:
		memcpy(at, &v, sizeof(v));
		break;
	}
}

/* @times: how often @value is added. */
static uint64_t field_add(const uint8_t *at, enum kind kind, uint64_t value, double times)
{
	uint64_t old = 0, more = 0;
	double rate, add;

	memcpy(&old, at, kind == K_U32 || kind == K_PPB || kind == K_MS ? 4 : 8);
	if (kind == K_RATE) {
		memcpy(&rate, &old, sizeof(rate));
		memcpy(&add, &value, sizeof(add));
		return of_double(rate + add);
	}
	more = (uint64_t)ns_from_double((double)(int64_t)value * times);
	return old + (times == 1 ? value : more);
}

static bool can_add(enum kind kind)
{
	return kind == K_NS || kind == K_RATE || kind == K_U32 || kind == K_U64;
}

static const struct field *any_field(struct traitor *t, enum wire_type type)
{
	const struct field *found = NULL;
	unsigned n = 0;

	for (size_t i = 0; i < N_FIELDS; i++) {
		if ((fields[i].type == type || fields[i].type == ANY) && below(t, ++n) == 0) {
			found = &fields[i];
		}
	}
	return found;
}

void word_bend(struct traitor *t, struct wire_msg *m)
{
	const struct field *f = any_field(t, m->type);
	uint8_t *at = (uint8_t *)m + f->at;
	uint64_t v = any_value(t, f->kind);

	field_put(at, f->kind, can_add(f->kind) && below(t, 2) ? field_add(at, f->kind, v, 1) : v);
}

void bend_draw(struct traitor *t, struct bend *ret)
{
	const struct field *f = &fields[below(t, N_FIELDS)];

	*ret = (struct bend){.field = f, .value = any_value(t, f->kind)};
	ret->add = can_add(f->kind) && below(t, 4);
	ret->ramp = f->kind == K_NS && ret->add && below(t, 2);
	ret->whom = below(t, 2) ? UINT64_MAX : rng_u64(&t->rng);
}

void word_bend_by(struct traitor *t, const struct bend *b, struct wire_msg *m)
{
	const struct field *f = b->field;

	if (!f || (f->type != m->type && f->type != ANY) || !(b->whom >> (t->to % 64) & 1)) {
		return;
	}
	uint8_t *at = (uint8_t *)m + f->at;
	double s = (double)mono_sub(t->now, t->campaign_begun) / 1e9;

	field_put(at, f->kind,
		  b->add ? field_add(at, f->kind, b->value, b->ramp ? s : 1) : b->value);
}

static unsigned at_most(unsigned n, unsigned max)
{
	return n < max ? n : max;
}

/* An order of one kind has nothing of another. */
static void mend_order(struct wire_order *o)
{
	o->what %= ORDER_STAYS_;
	if (o->what != ORDER_SET_TIME) {
		o->shift_ns = 0;
		o->step = false;
	}
	if (o->what == ORDER_SET_TIME || o->what == ORDER_HOLD || o->what == ORDER_RESUME) {
		o->peer = 0;
	}
	o->hold_ms =
		o->what == ORDER_HOLD ? HOLD_MS_MIN + o->hold_ms % (HOLD_MS_MAX - HOLD_MS_MIN) : 0;
}

static void mend_hold(struct hold *h)
{
	h->left_ms = h->host ? h->left_ms % HOLD_MS_MAX : 0;
	h->host = h->left_ms ? h->host : 0;
	h->uid = h->left_ms ? h->uid : 0;
}

void word_mend(struct wire_msg *m)
{
	struct wire_poll *p = &m->poll;

	if (m->type == WIRE_POLL) {
		p->n_alive = (uint16_t)at_most(p->n_alive, p->n_table);
		p->n_dated = (uint16_t)at_most(p->n_dated, p->n_alive);
		p->n_succession = (uint8_t)at_most(p->n_succession, WIRE_SUCCESSION_MAX);
		p->chat_stable =
			p->chat_stable < p->chat_last.index ? p->chat_stable : p->chat_last.index;
		p->founding = p->group_new ? p->founding : FOUNDING_NONE;
		mend_hold(&p->hold);
	} else if (m->type == WIRE_ORDER) {
		mend_order(&m->order);
	} else if (m->type == WIRE_VOTE_REPLY || m->type == WIRE_PREVOTE_REPLY) {
		m->vote_reply.refusal = m->vote_reply.granted ? 0 : m->vote_reply.refusal;
	} else if (m->type == WIRE_ORDER_REPLY) {
		struct deaf_hosts *d = &m->order_reply.deaf;

		d->n_named = (uint8_t)at_most(d->n_named, WIRE_DEAF_MAX);
		d->n = d->n_named;
	}
}

/* --- Messages --- */

static void draw_roster(struct traitor *t, struct wire_roster *r)
{
	r->n = (uint8_t)(1 + below(t, WIRE_ROSTER_MAX));
	r->total = (uint16_t)(below(t, 2) ? 200 : t->node->election.census.n_table);
	r->first = (uint16_t)below(t, r->total);
	for (unsigned i = 0; i < r->n; i++) {
		struct wire_roster_entry *e = &r->entry[i];
		const struct peer *p = &t->node->store.peers[below(t, t->node->store.n_peers)];

		*e = (struct wire_roster_entry){.id = any_id(t),
						.priority = 100,
						.bound_ns = NS_PER_MS,
						.closure_ns = CLOSURE_UNKNOWN};
		e->state = (uint8_t)below(t, MEMBER_MAX_);
		e->addr = p->used ? p->addr : (struct addr){.ip = {[15] = 7}, .port = 1};
		(void)snprintf(e->name, sizeof(e->name), "g%u", (unsigned)below(t, 1000));
	}
}

static void draw_line(struct traitor *t, struct wire_chat_line *l)
{
	*l = (struct wire_chat_line){.origin = any_id(t)};
	l->origin_seq = rng_u64(&t->rng) >> 8;
	l->len = (uint16_t)snprintf(l->text, sizeof(l->text), "word %u", (unsigned)below(t, 1000));
	(void)snprintf(l->name, sizeof(l->name), "h%u", (unsigned)below(t, 10));
}

static void draw_stamps(struct traitor *t, struct wire_stamps *s)
{
	*s = (struct wire_stamps){.seq = 1 + (uint32_t)below(t, 1000),
				  .raw_life = t->node->steering.sent.raw_life,
				  .rec = t->pair.raw,
				  .xmt = t->pair.raw,
				  .rec_quality = STAMP_KERNEL};
}

/* As an honest host might say it, more or less.  A statement draws once: C leaves it open which of
 * two draws in one comes first, and a seed must give the same run whatever compiled it. */
static void draw_fresh(struct traitor *t, struct wire_msg *m)
{
	const struct node *n = t->node;

	*m = (struct wire_msg){.type = 1 + (enum wire_type)below(t, WIRE_TYPE_MAX_ - 1)};
	m->term = below(t, 2) ? n->election.term : word_term(t);
	switch (m->type) {
	case WIRE_POLL:
		m->poll = (struct wire_poll){.seq = 1 + (uint32_t)below(t, 1000),
					     .poll_ms = 1000,
					     .n_table = (uint16_t)(1 + n->election.census.n_table),
					     .n_alive = (uint16_t)(1 + n->election.census.n_alive),
					     .date_confirmed = true,
					     .era = n->steering.date.era};
		m->poll.round = below(t, 100000);
		break;
	case WIRE_REPLY:
		draw_stamps(t, &m->reply.stamps);
		m->reply.pair = t->pair;
		m->reply.settled = true;
		m->reply.priority = 100;
		m->reply.bound_ns = NS_PER_MS;
		m->reply.name[0] = 't';
		break;
	case WIRE_CORRECT:
		m->correct = (struct wire_correct){.round = below(t, 100000), .growth_ppb = 200000};
		m->correct.seq = 1 + (uint32_t)below(t, 1000);
		break;
	case WIRE_ROSTER:
		draw_roster(t, &m->roster);
		break;
	case WIRE_PREVOTE:
	case WIRE_VOTE:
		m->vote = (struct wire_vote){.new_term = word_term(t),
					     .settled = true,
					     .dated = true,
					     .priority = 255};
		m->vote.transfer = below(t, 2);
		break;
	case WIRE_PREVOTE_REPLY:
	case WIRE_VOTE_REPLY:
		m->vote_reply = (struct wire_vote_reply){.new_term = word_term(t)};
		m->vote_reply.granted = below(t, 2);
		m->vote_reply.master = any_id(t);
		m->vote_reply.refusal =
			m->vote_reply.granted ? 0 : (uint8_t)(1 + below(t, REFUSAL_MAX_ - 1));
		break;
	case WIRE_TRANSFER:
		m->transfer.to = any_id(t);
		break;
	case WIRE_CHAT_POST:
		m->chat_post.n = 1;
		draw_line(t, &m->chat_post.line[0]);
		break;
	case WIRE_CHAT_LINES:
		m->chat_lines.n = 1;
		draw_line(t, &m->chat_lines.line[0]);
		m->chat_lines.prev.term = word_term(t);
		m->chat_lines.prev.index = any_count(t, 1000);
		m->chat_lines.line[0].pos =
			(struct chat_pos){m->term, m->chat_lines.prev.index + 1};
		break;
	case WIRE_CHAT_PULL:
		m->chat_pull.from = 1 + below(t, 100);
		break;
	case WIRE_PROBE:
		m->probe.seq = 1 + (uint32_t)below(t, 1000);
		break;
	case WIRE_PROBE_REPLY:
		draw_stamps(t, &m->probe_reply);
		break;
	case WIRE_CLOSURE:
		m->closure.member = any_id(t);
		m->closure.closure_ns = word_ns(t);
		break;
	case WIRE_ORDER:
		m->order.seq = rng_u64(&t->rng) >> 4;
		m->order.shift_ns = word_ns(t);
		m->order.step = below(t, 2);
		m->order.what = (uint8_t)below(t, ORDER_STAYS_);
		m->order.peer = any_id(t);
		m->order.hold_ms = (uint32_t)below(t, HOLD_MS_MAX);
		break;
	case WIRE_ORDER_REPLY:
		m->order_reply.seq = n->steering.forward.order.seq;
		break;
	case WIRE_TESTIMONY:
		m->testimony.master = any_id(t);
		m->testimony.doubts = below(t, 2);
		m->testimony.raw.ns = word_ns(t);
		m->testimony.time.ns = word_ns(t);
		m->testimony.error_ns = word_ns(t);
		break;
	case WIRE_REVOKED:
		m->revoked = (struct wire_revoked){.list = 1, .n = 1};
		m->revoked.entry[0].id = any_id(t);
		m->revoked.entry[0].number = 1 + below(t, 3);
		m->revoked.entry[0].revoked = below(t, 4);
		break;
	case WIRE_REVOKED_REPLY:
		m->revoked_reply.list = 1;
		break;
	case WIRE_PRIVATE:
		draw_line(t, &m->private_line);
		break;
	case WIRE_PRIVATE_REPLY:
		m->private_reply.origin_seq = n->chat.private.line.origin_seq;
		m->private_reply.outcome = (uint8_t)below(t, PRIVATE_SILENT);
		break;
	case WIRE_BYE:
	case WIRE_WITNESS:
	case WIRE_PING:
	case WIRE_TYPE_MAX_:
		break;
	}
}

void word_draw(struct traitor *t, struct wire_msg *ret)
{
	if (t->n_heard > 0 && below(t, 3) == 0) {
		*ret = t->heard[below(t, t->n_heard < TRAITOR_HEARD ? t->n_heard : TRAITOR_HEARD)];
	} else {
		draw_fresh(t, ret);
	}
	for (uint64_t n = below(t, 4); n > 0; n--) {
		word_bend(t, ret);
	}
}
