/* message.c - each message as bytes and back: a pair of functions per message, and one table of
 * them.  Fields stand in the order of their struct in berk/wire.h. */
#include "berk/wire.h"

#include "berk/reason.h"
#include "berk/status.h"
#include "core/wire/chat.h"
#include "core/wire/order.h"
#include "core/wire/reader.h"
#include "core/wire/revoked.h"
#include "core/wire/roster.h"
#include "core/wire/writer.h"

#include <assert.h>
#include <string.h>

#define LEN_FIXED     (1 + 8) /* type and term */
#define TESTIMONY_LEN (8 + 1 + 8 + 8 + 8)
#define STAMPS_LEN    (4 + 4 + 8 + 8 + 1 + 4 + 8 + 1)
#define REPLY_MAX                                                                                  \
	(LEN_FIXED + STAMPS_LEN + 16 + 4 + 1 + 1 + 1 + 1 + 1 + 1 + 8 + 4 + 1 + 8 + 8 + 8 + 16 +    \
	 1 + 1 + NODE_NAME_MAX)
#define VOTE_REPLY_LEN (8 + 1 + 1 + 1 + 8 + 2 + 16)
#define POLL_MS_MAX    64000 /* as berkd.conf allows */

/* These enums travel as their numbers: append new values at the end and count here, or raise
 * WIRE_VERSION.  (An older host refuses a message with a value that it does not know.) */
_Static_assert(WIRE_PRIVATE_REPLY == 25 && WIRE_TYPE_MAX_ == 26,
	       "message types have fixed numbers");
_Static_assert(STAMP_HARDWARE == 2, "qualities of stamps have fixed numbers");
_Static_assert(MODE_REFERENCE == 2, "clock modes have fixed numbers");
_Static_assert(MEMBER_FORGOTTEN == 7 && MEMBER_MAX_ == 8, "states of members have fixed numbers");
_Static_assert(REASON_LEAP == 16 && REASON_MAX_ == 17, "reasons have fixed numbers");
_Static_assert(FOUNDING_ORDER == 2 && DATE_AGREES == 2 && LEAP_DELETE == 2,
	       "dates have fixed numbers");
_Static_assert(CORRECT_CEILING == 13 && CORRECT_MAX_ == 14,
	       "refused corrections have fixed numbers");
_Static_assert(DEAF_OPEN == 4 && DEAF_MAX_ == 5, "why no order is taken has fixed numbers");
_Static_assert(PRIVATE_FULL == 2 && PRIVATE_SILENT == 3,
	       "what becomes of private lines has fixed numbers");
_Static_assert(REFUSAL_DISK == 6 && REFUSAL_MAX_ == 7, "refusals have fixed numbers");

/* --- Parts of several messages --- */

static void put_stamps(struct writer *w, const struct wire_stamps *m)
{
	put_uint(w, m->seq, 4);
	put_uint(w, m->raw_life, 4);
	put_i64(w, m->rec.ns);
	put_i64(w, m->xmt.ns);
	put_uint(w, m->rec_quality, 1);
	put_uint(w, m->prev_seq, 4);
	put_i64(w, m->prev_xmt.ns);
	put_uint(w, m->prev_quality, 1);
}

static void get_stamps(struct reader *r, struct wire_stamps *m)
{
	m->seq = (uint32_t)get_uint(r, 4);
	m->raw_life = (uint32_t)get_uint(r, 4);
	m->rec.ns = get_i64(r);
	m->xmt.ns = get_i64(r);
	m->rec_quality = get_enum(r, STAMP_HARDWARE + 1);
	m->prev_seq = (uint32_t)get_uint(r, 4);
	m->prev_xmt.ns = get_i64(r);
	m->prev_quality = get_enum(r, STAMP_HARDWARE + 1);
	require_range(r, m->seq > 0 && m->raw_life > 0);
}

/* --- Exchange and correction --- */

static void put_poll(struct writer *w, const struct wire_msg *msg)
{
	const struct wire_poll *m = &msg->poll;
	const uint8_t *start = w->at;

	assert(m->n_dated <= m->n_alive && m->n_alive <= m->n_table); /* else nobody takes it */
	put_uint(w, m->seq, 4);
	put_uint(w, m->round, 8);
	put_uint(w, m->poll_ms, 4);
	put_uint(w, m->n_table, 2);
	put_uint(w, m->n_alive, 2);
	put_uint(w, m->island, 1);
	put_uint(w, m->group_new, 1);
	put_uint(w, m->founding, 1);
	put_uint(w, m->date_confirmed, 1);
	put_uint(w, m->leap, 1);
	put_uint(w, m->era, 8);
	put_uint(w, m->n_dated, 2);
	put_i64(w, m->floor.ns);
	put_time_order(w, &m->ordered);
	assert(m->n_succession <= WIRE_SUCCESSION_MAX);
	put_uint(w, m->n_succession, 1);
	for (unsigned i = 0; i < m->n_succession; i++) {
		put_uint(w, m->succession[i], 8);
	}
	put_uint(w, m->chat_stable, 8);
	put_pos(w, m->chat_last);
	put_uint(w, m->chat_acked_seq, 8);
	put_uint(w, m->max_drift_ppb, 4);
	put_hold(w, &m->hold);
	put_padding(w, start, REPLY_MAX - LEN_FIXED);
}

static void get_poll(struct reader *r, struct wire_msg *msg)
{
	struct wire_poll *m = &msg->poll;

	m->seq = (uint32_t)get_uint(r, 4);
	m->round = get_uint(r, 8);
	m->poll_ms = (uint32_t)get_uint(r, 4);
	m->n_table = (uint16_t)get_uint(r, 2);
	m->n_alive = (uint16_t)get_uint(r, 2);
	m->island = get_bool(r);
	m->group_new = get_bool(r);
	m->founding = get_enum(r, FOUNDING_ORDER + 1);
	m->date_confirmed = get_bool(r);
	m->leap = get_enum(r, LEAP_DELETE + 1);
	m->era = get_uint(r, 8);
	m->n_dated = (uint16_t)get_uint(r, 2);
	m->floor.ns = get_i64(r);
	get_time_order(r, &m->ordered);
	m->n_succession = get_enum(r, WIRE_SUCCESSION_MAX + 1);
	require_range(r, m->seq > 0 && m->poll_ms > 0 && m->poll_ms <= POLL_MS_MAX &&
				 m->n_table > 0 && m->n_alive > 0 && m->n_alive <= m->n_table &&
				 m->n_dated <= m->n_alive && (!m->founding || m->group_new));
	for (unsigned i = 0; i < m->n_succession && r->verdict == WIRE_OK; i++) {
		m->succession[i] = get_uint(r, 8);
		require_range(r, m->succession[i] != 0);
	}
	m->chat_stable = get_uint(r, 8);
	m->chat_last = get_pos(r);
	m->chat_acked_seq = get_uint(r, 8);
	m->max_drift_ppb = (uint32_t)get_uint(r, 4);
	get_hold(r, &m->hold);
	require_range(r, m->chat_stable <= m->chat_last.index);
	require_range(r, m->max_drift_ppb <= WIRE_DRIFT_PPB_MAX);
	get_padding(r);
}

static void put_reply(struct writer *w, const struct wire_msg *msg)
{
	const struct wire_reply *m = &msg->reply;

	put_stamps(w, &m->stamps);
	put_i64(w, m->pair.raw.ns);
	put_i64(w, m->pair.wall.ns);
	put_uint(w, m->clock_epoch, 4);
	put_uint(w, m->mode, 1);
	put_uint(w, m->settled, 1);
	put_uint(w, m->carried, 1);
	put_uint(w, m->date, 1);
	put_uint(w, m->leap, 1);
	put_uint(w, m->refusal, 1);
	put_uint(w, m->deaf, 1);
	put_i64(w, m->floor.ns);
	put_uint(w, m->floor_told, 1);
	put_uint(w, m->priority, 1);
	put_i64(w, m->remainder_ns);
	put_i64(w, m->bound_ns);
	put_uint(w, m->applied_round, 8);
	put_pos(w, m->chat_last);
	put_uint(w, m->max_drift_ppb, 4);
	put_name(w, m->name);
}

static void get_reply(struct reader *r, struct wire_msg *msg)
{
	struct wire_reply *m = &msg->reply;

	get_stamps(r, &m->stamps);
	m->pair.raw.ns = get_i64(r);
	m->pair.wall.ns = get_i64(r);
	m->clock_epoch = (uint32_t)get_uint(r, 4);
	m->mode = get_enum(r, MODE_REFERENCE + 1);
	m->settled = get_bool(r);
	m->carried = get_enum(r, CARRIED_MAX_);
	m->date = get_enum(r, DATE_AGREES + 1);
	m->leap = get_enum(r, LEAP_DELETE + 1);
	m->refusal = get_enum(r, CORRECT_MAX_);
	m->deaf = get_enum(r, DEAF_MAX_);
	m->floor.ns = get_i64(r);
	m->floor_told = get_bool(r);
	m->priority = (uint8_t)get_uint(r, 1);
	m->remainder_ns = get_i64(r);
	m->bound_ns = get_ns(r);
	m->applied_round = get_uint(r, 8);
	m->chat_last = get_pos(r);
	m->max_drift_ppb = (uint32_t)get_uint(r, 4);
	require_range(r, m->max_drift_ppb <= WIRE_DRIFT_PPB_MAX);
	get_name(r, m->name);
}

static void put_probe(struct writer *w, const struct wire_msg *msg)
{
	const struct wire_probe *m = &msg->probe;
	const uint8_t *start = w->at;

	put_uint(w, m->seq, 4);
	put_padding(w, start, STAMPS_LEN);
}

static void get_probe(struct reader *r, struct wire_msg *msg)
{
	struct wire_probe *m = &msg->probe;

	m->seq = (uint32_t)get_uint(r, 4);
	require_range(r, m->seq > 0);
	get_padding(r);
}

static void put_correct(struct writer *w, const struct wire_msg *msg)
{
	const struct wire_correct *m = &msg->correct;

	put_uint(w, m->round, 8);
	put_uint(w, m->seq, 4);
	put_uint(w, m->clock_epoch, 4);
	put_i64(w, m->offset_ns);
	put_rate(w, m->rate);
	put_rate(w, m->pull);
	put_i64(w, m->error_ns);
	put_i64(w, m->sd_ns);
	put_i64(w, m->growth_ppb);
	put_uint(w, m->may_step, 1);
	put_uint(w, m->reason, 1);
}

static void get_correct(struct reader *r, struct wire_msg *msg)
{
	struct wire_correct *m = &msg->correct;

	m->round = get_uint(r, 8);
	m->seq = (uint32_t)get_uint(r, 4);
	m->clock_epoch = (uint32_t)get_uint(r, 4);
	m->offset_ns = get_i64(r);
	m->rate = get_rate(r);
	m->pull = get_rate(r);
	m->error_ns = get_ns(r);
	m->sd_ns = get_ns(r);
	m->growth_ppb = get_ns(r);
	m->may_step = get_bool(r);
	m->reason = get_enum(r, REASON_MAX_);
	require_range(r, m->growth_ppb <= NS_PER_S);
}

static void put_probe_reply(struct writer *w, const struct wire_msg *msg)
{
	put_stamps(w, &msg->probe_reply);
}

static void get_probe_reply(struct reader *r, struct wire_msg *msg)
{
	get_stamps(r, &msg->probe_reply);
}

static void put_closure(struct writer *w, const struct wire_msg *msg)
{
	put_uint(w, msg->closure.member, 8);
	put_i64(w, msg->closure.closure_ns);
}

static void get_closure(struct reader *r, struct wire_msg *msg)
{
	msg->closure.member = get_uint(r, 8);
	msg->closure.closure_ns = get_i64(r);
	require_range(r, msg->closure.member != 0);
}

/* --- Election --- */

static void put_vote(struct writer *w, const struct wire_msg *msg)
{
	const struct wire_vote *m = &msg->vote;
	const uint8_t *start = w->at;

	put_uint(w, m->new_term, 8);
	put_uint(w, m->settled, 1);
	put_uint(w, m->dated, 1);
	put_uint(w, m->transfer, 1);
	put_uint(w, m->priority, 1);
	put_padding(w, start, VOTE_REPLY_LEN);
}

static void get_vote(struct reader *r, struct wire_msg *msg)
{
	struct wire_vote *m = &msg->vote;

	m->new_term = get_uint(r, 8);
	m->settled = get_bool(r);
	m->dated = get_bool(r);
	m->transfer = get_bool(r);
	m->priority = (uint8_t)get_uint(r, 1);
	get_padding(r);
}

static void put_vote_reply(struct writer *w, const struct wire_msg *msg)
{
	const struct wire_vote_reply *m = &msg->vote_reply;

	put_uint(w, m->new_term, 8);
	put_uint(w, m->granted, 1);
	put_uint(w, m->settled, 1);
	put_uint(w, m->refusal, 1);
	put_uint(w, m->master, 8);
	put_uint(w, m->n_alive, 2);
	put_pos(w, m->chat_last);
}

static void get_vote_reply(struct reader *r, struct wire_msg *msg)
{
	struct wire_vote_reply *m = &msg->vote_reply;

	m->new_term = get_uint(r, 8);
	m->granted = get_bool(r);
	m->settled = get_bool(r);
	m->refusal = get_enum(r, REFUSAL_MAX_);
	m->master = get_uint(r, 8);
	m->n_alive = (uint16_t)get_uint(r, 2);
	m->chat_last = get_pos(r);
	require_range(r, m->granted == (m->refusal == REFUSAL_NONE));
}

static void put_transfer(struct writer *w, const struct wire_msg *msg)
{
	put_uint(w, msg->transfer.to, 8);
}

static void get_transfer(struct reader *r, struct wire_msg *msg)
{
	msg->transfer.to = get_uint(r, 8);
	require_range(r, msg->transfer.to != 0);
}

static void put_witness(struct writer *w, const struct wire_msg *msg)
{
	(void)msg;
	put_padding(w, w->at, TESTIMONY_LEN);
}

static void get_witness(struct reader *r, struct wire_msg *msg)
{
	(void)msg;
	get_padding(r);
}

static void put_testimony(struct writer *w, const struct wire_msg *msg)
{
	const struct wire_testimony *m = &msg->testimony;

	put_uint(w, m->master, 8);
	put_uint(w, m->doubts, 1);
	put_i64(w, m->raw.ns);
	put_i64(w, m->time.ns);
	put_i64(w, m->error_ns);
}

static void get_testimony(struct reader *r, struct wire_msg *msg)
{
	struct wire_testimony *m = &msg->testimony;

	m->master = get_uint(r, 8);
	m->doubts = get_bool(r);
	m->raw.ns = get_i64(r);
	m->time.ns = get_i64(r);
	m->error_ns = get_ns(r);
}

/* --- All of them --- */

static void put_ping(struct writer *w, const struct wire_msg *msg)
{
	put_uint(w, msg->ping.token, 8);
	put_uint(w, msg->ping.back, 1);
}

static void get_ping(struct reader *r, struct wire_msg *msg)
{
	msg->ping.token = get_uint(r, 8);
	msg->ping.back = get_bool(r);
	require_range(r, !msg->ping.back || msg->ping.token != 0);
}

static void put_nothing(struct writer *w, const struct wire_msg *msg)
{
	(void)w;
	(void)msg;
}

static void get_nothing(struct reader *r, struct wire_msg *msg)
{
	(void)r;
	(void)msg;
}

static const struct {
	void (*put)(struct writer *, const struct wire_msg *);
	void (*get)(struct reader *, struct wire_msg *);
} codecs[WIRE_TYPE_MAX_] = {
	[WIRE_POLL] = {put_poll, get_poll},
	[WIRE_REPLY] = {put_reply, get_reply},
	[WIRE_CORRECT] = {put_correct, get_correct},
	[WIRE_ROSTER] = {put_roster, get_roster},
	[WIRE_PREVOTE] = {put_vote, get_vote},
	[WIRE_PREVOTE_REPLY] = {put_vote_reply, get_vote_reply},
	[WIRE_VOTE] = {put_vote, get_vote},
	[WIRE_VOTE_REPLY] = {put_vote_reply, get_vote_reply},
	[WIRE_TRANSFER] = {put_transfer, get_transfer},
	[WIRE_BYE] = {put_nothing, get_nothing},
	[WIRE_CHAT_POST] = {put_chat_post, get_chat_post},
	[WIRE_CHAT_LINES] = {put_chat_lines, get_chat_lines},
	[WIRE_CHAT_PULL] = {put_chat_pull, get_chat_pull},
	[WIRE_PING] = {put_ping, get_ping},
	[WIRE_PROBE] = {put_probe, get_probe},
	[WIRE_PROBE_REPLY] = {put_probe_reply, get_probe_reply},
	[WIRE_CLOSURE] = {put_closure, get_closure},
	[WIRE_ORDER] = {put_order, get_order},
	[WIRE_ORDER_REPLY] = {put_order_reply, get_order_reply},
	[WIRE_WITNESS] = {put_witness, get_witness},
	[WIRE_TESTIMONY] = {put_testimony, get_testimony},
	[WIRE_REVOKED] = {put_revoked, get_revoked},
	[WIRE_REVOKED_REPLY] = {put_revoked_reply, get_revoked_reply},
	[WIRE_PRIVATE] = {put_private, get_private},
	[WIRE_PRIVATE_REPLY] = {put_private_reply, get_private_reply},
};

static bool is_message_type(enum wire_type type)
{
	return type >= WIRE_POLL && type < WIRE_TYPE_MAX_;
}

size_t wire_encode(const struct wire_msg *msg, uint8_t *out, size_t size)
{
	struct writer w = {.at = out, .end = out + size};

	assert(is_message_type(msg->type));
	put_uint(&w, (uint64_t)msg->type, 1);
	put_uint(&w, msg->term, 8);
	codecs[msg->type].put(&w, msg);
	return w.bad ? 0 : (size_t)(w.at - out);
}

enum wire_verdict wire_decode(const uint8_t *in, size_t len, struct wire_msg *ret)
{
	struct reader r = {.at = in, .end = in + len};

	memset(ret, 0, sizeof(*ret));
	ret->type = (enum wire_type)get_uint(&r, 1);
	ret->term = get_uint(&r, 8);
	if (r.verdict != WIRE_OK) {
		return r.verdict;
	}
	if (!is_message_type(ret->type)) {
		return WIRE_BAD_TYPE;
	}
	codecs[ret->type].get(&r, ret);
	return r.verdict == WIRE_OK && r.at != r.end ? WIRE_TRAILING : r.verdict;
}
