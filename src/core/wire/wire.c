/* wire.c - message bytes.  One cursor each way; it goes bad once and stays bad. */
#include "berk/wire.h"

#include "berk/node.h"
#include "berk/utf8.h"
#include "core/rules/chat.h"
#include "core/rules/election.h"
#include "core/rules/ensemble.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define RATE_MAX   0.01	   /* no oscillator is off by a percent */
#define LEN_FIXED  (1 + 8) /* type and term */
#define STAMPS_LEN (4 + 8 + 8 + 1 + 4 + 8 + 1)
#define REPLY_MAX                                                                                  \
	(LEN_FIXED + STAMPS_LEN + 16 + 4 + 1 + 1 + 1 + 8 + 8 + 8 + 8 + 16 + 1 + NODE_NAME_MAX)

/* --- Cursors --- */

struct writer {
	uint8_t *p, *end;
	bool bad;
};

struct reader {
	const uint8_t *p, *end;
	enum wire_verdict verdict;
};

static void put(struct writer *w, uint64_t v, unsigned bytes)
{
	if (w->bad || (size_t)(w->end - w->p) < bytes) {
		w->bad = true;
		return;
	}
	for (unsigned i = bytes; i-- > 0;) {
		*w->p++ = (uint8_t)(v >> (8 * i));
	}
}

static void put_i64(struct writer *w, int64_t v)
{
	put(w, (uint64_t)v, 8);
}

static void put_bytes(struct writer *w, const void *data, size_t len)
{
	if (w->bad || (size_t)(w->end - w->p) < len) {
		w->bad = true;
		return;
	}
	memcpy(w->p, data, len);
	w->p += len;
}

static void put_rate(struct writer *w, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	put(w, bits, 8);
}

/* A name: length and bytes, no NUL. */
static void put_name(struct writer *w, const char name[NODE_NAME_MAX])
{
	size_t len = strnlen(name, NODE_NAME_MAX - 1);

	put(w, len, 1);
	put_bytes(w, name, len);
}

static void put_pos(struct writer *w, struct chat_pos pos)
{
	put(w, pos.term, 8);
	put(w, pos.index, 8);
}

static void put_addr(struct writer *w, const struct addr *a)
{
	put_bytes(w, a->ip, sizeof(a->ip));
	put(w, a->port, 2);
}

static uint64_t get(struct reader *r, unsigned bytes)
{
	uint64_t v = 0;

	if (r->verdict != WIRE_OK || (size_t)(r->end - r->p) < bytes) {
		r->verdict = r->verdict == WIRE_OK ? WIRE_TRUNCATED : r->verdict;
		return 0;
	}
	for (unsigned i = 0; i < bytes; i++) {
		v = v << 8 | *r->p++;
	}
	return v;
}

static void range(struct reader *r, bool ok)
{
	if (r->verdict == WIRE_OK && !ok) {
		r->verdict = WIRE_BAD_RANGE;
	}
}

static int64_t get_i64(struct reader *r)
{
	return (int64_t)get(r, 8);
}

/* An instant or interval that must not be negative. */
static int64_t get_ns(struct reader *r)
{
	int64_t v = get_i64(r);

	range(r, v >= 0);
	return v;
}

static uint8_t get_enum(struct reader *r, unsigned end)
{
	uint64_t v = get(r, 1);

	range(r, v < end);
	return (uint8_t)v;
}

static bool get_bool(struct reader *r)
{
	return get_enum(r, 2) == 1;
}

static double get_rate(struct reader *r)
{
	uint64_t bits = get(r, 8);
	double v;

	memcpy(&v, &bits, sizeof(v));
	range(r, v >= -RATE_MAX && v <= RATE_MAX); /* false for NaN */
	return v;
}

bool wire_text_valid(const char *text, size_t len)
{
	size_t used;

	for (size_t i = 0; i < len; i += used) {
		uint32_t c = 0;

		used = utf8_decode((const uint8_t *)text + i, len - i, &c);
		if (used == 0 || c == 0) {
			return false;
		}
	}
	return len > 0;
}

static void get_text(struct reader *r, char *out, size_t len)
{
	if (r->verdict != WIRE_OK || (size_t)(r->end - r->p) < len) {
		r->verdict = r->verdict == WIRE_OK ? WIRE_TRUNCATED : r->verdict;
		return;
	}
	if (!wire_text_valid((const char *)r->p, len)) {
		r->verdict = WIRE_BAD_TEXT;
		return;
	}
	memcpy(out, r->p, len);
	r->p += len;
}

static void get_name(struct reader *r, char out[NODE_NAME_MAX])
{
	size_t len = (size_t)get(r, 1);

	memset(out, 0, NODE_NAME_MAX);
	range(r, len < NODE_NAME_MAX);
	get_text(r, out, len);
}

static struct chat_pos get_pos(struct reader *r)
{
	struct chat_pos pos;

	pos.term = get(r, 8);
	pos.index = get(r, 8);
	range(r, pos.index < UINT64_MAX / 2 && (pos.index > 0 || pos.term == 0));
	return pos;
}

static struct addr get_addr(struct reader *r)
{
	struct addr a = {0};

	for (unsigned i = 0; i < sizeof(a.ip); i++) {
		a.ip[i] = (uint8_t)get(r, 1);
	}
	a.port = (uint16_t)get(r, 2);
	return a;
}

/* Requests are as long as their replies, so that nobody can make us send more than he sends. */
static void pad(struct writer *w, const uint8_t *start, ptrdiff_t len)
{
	while (!w->bad && w->p - start < len) {
		put(w, 0, 1);
	}
}

static void padding(struct reader *r)
{
	while (r->verdict == WIRE_OK && r->p < r->end) {
		range(r, get(r, 1) == 0);
	}
}

/* --- Messages --- */

static void put_poll(struct writer *w, const struct wire_poll *m)
{
	const uint8_t *start = w->p;

	put(w, m->seq, 4);
	put(w, m->round, 8);
	put(w, m->poll_ms, 4);
	put(w, m->n_table, 2);
	put(w, m->n_alive, 2);
	put(w, m->island, 1);
	put(w, m->group_new, 1);
	put(w, m->n_succession, 1);
	for (unsigned i = 0; i < m->n_succession; i++) {
		put(w, m->succession[i], 8);
	}
	put(w, m->chat_stable, 8);
	put_pos(w, m->chat_last);
	put(w, m->chat_acked_seq, 8);
	pad(w, start, REPLY_MAX - LEN_FIXED);
}

static void get_poll(struct reader *r, struct wire_poll *m)
{
	m->seq = (uint32_t)get(r, 4);
	m->round = get(r, 8);
	m->poll_ms = (uint32_t)get(r, 4);
	m->n_table = (uint16_t)get(r, 2);
	m->n_alive = (uint16_t)get(r, 2);
	m->island = get_bool(r);
	m->group_new = get_bool(r);
	m->n_succession = get_enum(r, WIRE_SUCCESSION_MAX + 1);
	range(r, m->seq > 0 && m->poll_ms > 0 && m->poll_ms <= 3600000 && m->n_table > 0 &&
			 m->n_alive > 0 && m->n_alive <= m->n_table);
	for (unsigned i = 0; i < m->n_succession && r->verdict == WIRE_OK; i++) {
		m->succession[i] = get(r, 8);
		range(r, m->succession[i] != 0);
	}
	m->chat_stable = get(r, 8);
	m->chat_last = get_pos(r);
	m->chat_acked_seq = get(r, 8);
	range(r, m->chat_stable <= m->chat_last.index);
	padding(r);
}

static void put_stamps(struct writer *w, const struct wire_stamps *m)
{
	put(w, m->seq, 4);
	put_i64(w, m->rec.ns);
	put_i64(w, m->xmt.ns);
	put(w, m->rec_quality, 1);
	put(w, m->prev_seq, 4);
	put_i64(w, m->prev_xmt.ns);
	put(w, m->prev_quality, 1);
}

static void get_stamps(struct reader *r, struct wire_stamps *m)
{
	m->seq = (uint32_t)get(r, 4);
	m->rec.ns = get_i64(r);
	m->xmt.ns = get_i64(r);
	m->rec_quality = get_enum(r, STAMP_HARDWARE + 1);
	m->prev_seq = (uint32_t)get(r, 4);
	m->prev_xmt.ns = get_i64(r);
	m->prev_quality = get_enum(r, STAMP_HARDWARE + 1);
	range(r, m->seq > 0);
}

static void put_reply(struct writer *w, const struct wire_reply *m)
{
	put_stamps(w, &m->stamps);
	put_i64(w, m->pair.raw.ns);
	put_i64(w, m->pair.wall.ns);
	put(w, m->clock_epoch, 4);
	put(w, m->mode, 1);
	put(w, m->settled, 1);
	put(w, m->priority, 1);
	put_i64(w, m->freq_ppb);
	put_i64(w, m->remainder_ns);
	put_i64(w, m->bound_ns);
	put(w, m->applied_round, 8);
	put_pos(w, m->chat_last);
	put_name(w, m->name);
}

static void get_reply(struct reader *r, struct wire_reply *m)
{
	get_stamps(r, &m->stamps);
	m->pair.raw.ns = get_i64(r);
	m->pair.wall.ns = get_i64(r);
	m->clock_epoch = (uint32_t)get(r, 4);
	m->mode = get_enum(r, MODE_REFERENCE + 1);
	m->settled = get_bool(r);
	m->priority = (uint8_t)get(r, 1);
	m->freq_ppb = get_i64(r);
	m->remainder_ns = get_i64(r);
	m->bound_ns = get_ns(r);
	m->applied_round = get(r, 8);
	m->chat_last = get_pos(r);
	get_name(r, m->name);
}

static void put_probe(struct writer *w, const struct wire_probe *m)
{
	const uint8_t *start = w->p;

	put(w, m->seq, 4);
	pad(w, start, STAMPS_LEN);
}

static void get_probe(struct reader *r, struct wire_probe *m)
{
	m->seq = (uint32_t)get(r, 4);
	range(r, m->seq > 0);
	padding(r);
}

static void put_correct(struct writer *w, const struct wire_correct *m)
{
	put(w, m->round, 8);
	put(w, m->seq, 4);
	put(w, m->clock_epoch, 4);
	put_i64(w, m->offset_ns);
	put_rate(w, m->rate);
	put_i64(w, m->error_ns);
	put_i64(w, m->sd_ns);
	put_i64(w, m->growth_ppb);
	put(w, m->may_step, 1);
	put(w, m->averaged, 1);
	put(w, m->reason, 1);
}

static void get_correct(struct reader *r, struct wire_correct *m)
{
	m->round = get(r, 8);
	m->seq = (uint32_t)get(r, 4);
	m->clock_epoch = (uint32_t)get(r, 4);
	m->offset_ns = get_i64(r);
	m->rate = get_rate(r);
	m->error_ns = get_ns(r);
	m->sd_ns = get_ns(r);
	m->growth_ppb = get_ns(r);
	m->may_step = get_bool(r);
	m->averaged = get_bool(r);
	m->reason = get_enum(r, REASON_MAX_);
	range(r, m->growth_ppb <= NS_PER_S);
}

static void put_entry(struct writer *w, const struct wire_roster_entry *m)
{
	put(w, m->id, 8);
	put_addr(w, &m->addr);
	put_name(w, m->name);
	put(w, m->state, 1);
	put(w, m->reason, 1);
	put(w, m->mode, 1);
	put(w, m->priority, 1);
	put_i64(w, m->offset_ns);
	put_i64(w, m->at.ns);
	put_rate(w, m->rate);
	put_rate(w, m->own_rate);
	put_i64(w, m->sd_ns);
	put_i64(w, m->delay_ns);
	put_i64(w, m->bound_ns);
	put_i64(w, m->wall_offset_ns);
	put(w, m->weight, 2);
	put_i64(w, m->closure_ns);
}

static void get_entry(struct reader *r, struct wire_roster_entry *m)
{
	m->id = get(r, 8);
	m->addr = get_addr(r);
	get_name(r, m->name);
	m->state = get_enum(r, MEMBER_MAX_);
	m->reason = get_enum(r, REASON_MAX_);
	m->mode = get_enum(r, MODE_REFERENCE + 1);
	m->priority = (uint8_t)get(r, 1);
	m->offset_ns = get_i64(r);
	m->at.ns = get_i64(r);
	m->rate = get_rate(r);
	m->own_rate = get_rate(r);
	m->sd_ns = get_ns(r);
	m->delay_ns = get_ns(r);
	m->bound_ns = get_ns(r);
	m->wall_offset_ns = get_i64(r);
	m->weight = (uint16_t)get(r, 2);
	m->closure_ns = get_i64(r);
	range(r, m->id != 0 && m->weight <= 1000);
}

static void put_roster(struct writer *w, const struct wire_roster *m)
{
	put(w, m->first, 2);
	put(w, m->total, 2);
	put(w, m->version, 8);
	put_i64(w, m->line_r0.ns);
	put_i64(w, m->line_g0.ns);
	put_rate(w, m->line_rate);
	put(w, m->n, 1);
	for (unsigned i = 0; i < m->n; i++) {
		put_entry(w, &m->entry[i]);
	}
}

static void get_roster(struct reader *r, struct wire_roster *m)
{
	m->first = (uint16_t)get(r, 2);
	m->total = (uint16_t)get(r, 2);
	m->version = get(r, 8);
	m->line_r0.ns = get_i64(r);
	m->line_g0.ns = get_i64(r);
	m->line_rate = get_rate(r);
	m->n = get_enum(r, WIRE_ROSTER_MAX + 1);
	range(r, m->n > 0);
	for (unsigned i = 0; i < m->n && r->verdict == WIRE_OK; i++) {
		get_entry(r, &m->entry[i]);
	}
}

static void put_vote(struct writer *w, const struct wire_vote *m)
{
	put(w, m->new_term, 8);
	put(w, m->settled, 1);
	put(w, m->transfer, 1);
	put(w, m->priority, 1);
	put_pos(w, m->chat_last);
}

static void get_vote(struct reader *r, struct wire_vote *m)
{
	m->new_term = get(r, 8);
	m->settled = get_bool(r);
	m->transfer = get_bool(r);
	m->priority = (uint8_t)get(r, 1);
	m->chat_last = get_pos(r);
}

static void put_vote_reply(struct writer *w, const struct wire_vote_reply *m)
{
	put(w, m->new_term, 8);
	put(w, m->granted, 1);
	put(w, m->settled, 1);
	put(w, m->refusal, 1);
	put(w, m->master, 8);
	put(w, m->n_table, 2);
	put_pos(w, m->chat_last);
}

static void get_vote_reply(struct reader *r, struct wire_vote_reply *m)
{
	m->new_term = get(r, 8);
	m->granted = get_bool(r);
	m->settled = get_bool(r);
	m->refusal = get_enum(r, REFUSAL_MAX_);
	m->master = get(r, 8);
	m->n_table = (uint16_t)get(r, 2);
	m->chat_last = get_pos(r);
	range(r, m->granted == (m->refusal == REFUSAL_NONE));
}

static void put_line(struct writer *w, const struct wire_chat_line *m)
{
	put_pos(w, m->pos);
	put(w, m->origin, 8);
	put(w, m->origin_seq, 8);
	put_i64(w, m->wall_ns);
	put(w, m->len, 2);
	put_bytes(w, m->text, m->len);
	put_name(w, m->name);
}

static void get_line(struct reader *r, struct wire_chat_line *m)
{
	m->pos = get_pos(r);
	m->origin = get(r, 8);
	m->origin_seq = get(r, 8);
	m->wall_ns = get_i64(r);
	m->len = (uint16_t)get(r, 2);
	range(r, m->origin != 0 && m->len > 0 && m->len <= WIRE_CHAT_TEXT_MAX);
	if (r->verdict == WIRE_OK) {
		get_text(r, m->text, m->len);
	}
	get_name(r, m->name);
}

static void get_lines(struct reader *r, uint8_t n, struct wire_chat_line *line)
{
	for (unsigned i = 0; i < n && r->verdict == WIRE_OK; i++) {
		get_line(r, &line[i]);
	}
}

static void put_message(struct writer *w, const struct wire_msg *m)
{
	switch (m->type) {
	case WIRE_POLL:
		put_poll(w, &m->poll);
		break;
	case WIRE_REPLY:
		put_reply(w, &m->reply);
		break;
	case WIRE_CORRECT:
		put_correct(w, &m->correct);
		break;
	case WIRE_ROSTER:
		put_roster(w, &m->roster);
		break;
	case WIRE_PREVOTE:
	case WIRE_VOTE:
		put_vote(w, &m->vote);
		break;
	case WIRE_PREVOTE_REPLY:
	case WIRE_VOTE_REPLY:
		put_vote_reply(w, &m->vote_reply);
		break;
	case WIRE_TRANSFER:
		put(w, m->transfer.to, 8);
		break;
	case WIRE_BYE:
		put(w, m->bye.resign, 1);
		break;
	case WIRE_CHAT_POST:
		put(w, m->chat_post.n, 1);
		for (unsigned i = 0; i < m->chat_post.n; i++) {
			put_line(w, &m->chat_post.line[i]);
		}
		break;
	case WIRE_CHAT_LINES:
		put_pos(w, m->chat_lines.prev);
		put(w, m->chat_lines.stable, 8);
		put(w, m->chat_lines.n, 1);
		for (unsigned i = 0; i < m->chat_lines.n; i++) {
			put_line(w, &m->chat_lines.line[i]);
		}
		break;
	case WIRE_CHAT_PULL:
		put(w, m->chat_pull.from, 8);
		put_pos(w, m->chat_pull.have);
		break;
	case WIRE_PROBE:
		put_probe(w, &m->probe);
		break;
	case WIRE_PROBE_REPLY:
		put_stamps(w, &m->probe_reply);
		break;
	case WIRE_CLOSURE:
		put(w, m->closure.member, 8);
		put_i64(w, m->closure.closure_ns);
		break;
	case WIRE_PING:
	case WIRE_TYPE_MAX_:
		break;
	}
}

size_t wire_encode(const struct wire_msg *msg, uint8_t *out, size_t size)
{
	struct writer w = {.p = out, .end = out + size};

	put(&w, (uint64_t)msg->type, 1);
	put(&w, msg->term, 8);
	put_message(&w, msg);
	return w.bad ? 0 : (size_t)(w.p - out);
}

static void get_message(struct reader *r, struct wire_msg *m)
{
	switch (m->type) {
	case WIRE_POLL:
		get_poll(r, &m->poll);
		return;
	case WIRE_REPLY:
		get_reply(r, &m->reply);
		return;
	case WIRE_CORRECT:
		get_correct(r, &m->correct);
		return;
	case WIRE_ROSTER:
		get_roster(r, &m->roster);
		return;
	case WIRE_PREVOTE:
	case WIRE_VOTE:
		get_vote(r, &m->vote);
		return;
	case WIRE_PREVOTE_REPLY:
	case WIRE_VOTE_REPLY:
		get_vote_reply(r, &m->vote_reply);
		return;
	case WIRE_TRANSFER:
		m->transfer.to = get(r, 8);
		range(r, m->transfer.to != 0);
		return;
	case WIRE_BYE:
		m->bye.resign = get_bool(r);
		return;
	case WIRE_CHAT_POST:
		m->chat_post.n = get_enum(r, WIRE_CHAT_LINES_MAX + 1);
		range(r, m->chat_post.n > 0);
		get_lines(r, m->chat_post.n, m->chat_post.line);
		return;
	case WIRE_CHAT_LINES:
		m->chat_lines.prev = get_pos(r);
		m->chat_lines.stable = get(r, 8);
		m->chat_lines.n = get_enum(r, WIRE_CHAT_LINES_MAX + 1);
		get_lines(r, m->chat_lines.n, m->chat_lines.line);
		return;
	case WIRE_CHAT_PULL:
		m->chat_pull.from = get(r, 8);
		m->chat_pull.have = get_pos(r);
		range(r, m->chat_pull.from > 0);
		return;
	case WIRE_PING:
		return;
	case WIRE_PROBE:
		get_probe(r, &m->probe);
		return;
	case WIRE_PROBE_REPLY:
		get_stamps(r, &m->probe_reply);
		return;
	case WIRE_CLOSURE:
		m->closure.member = get(r, 8);
		m->closure.closure_ns = get_i64(r);
		range(r, m->closure.member != 0);
		return;
	case WIRE_TYPE_MAX_:
		break;
	}
	r->verdict = WIRE_BAD_TYPE;
}

enum wire_verdict wire_decode(const uint8_t *in, size_t len, struct wire_msg *ret)
{
	struct reader r = {.p = in, .end = in + len};

	memset(ret, 0, sizeof(*ret));
	ret->type = (enum wire_type)get(&r, 1);
	ret->term = get(&r, 8);
	if (r.verdict == WIRE_OK) {
		get_message(&r, ret);
	}
	if (r.verdict == WIRE_OK && r.p != r.end) {
		r.verdict = WIRE_TRAILING;
	}
	return r.verdict;
}

const char *wire_verdict_name(enum wire_verdict v)
{
	static const char *const names[] = {"ok",	"truncated", "trailing-bytes",
					    "bad-type", "bad-range", "bad-text"};

	return (size_t)v < sizeof(names) / sizeof(names[0]) ? names[v] : "unknown";
}

/* --- Header --- */

void wire_header_put(const struct wire_header *h, uint8_t out[static WIRE_HEADER_LEN])
{
	struct writer w = {.p = out, .end = out + WIRE_HEADER_LEN};

	put(&w, 'B', 1);
	put(&w, 'k', 1);
	put(&w, WIRE_VERSION, 1);
	put(&w, h->type, 1);
	put(&w, h->session, 4);
	put(&w, h->counter, 8);
	assert(!w.bad);
}

enum wire_verdict wire_header_get(const uint8_t *in, size_t len, struct wire_header *ret)
{
	struct reader r = {.p = in, .end = in + len};
	bool ours = get(&r, 1) == 'B';

	ours = get(&r, 1) == 'k' && ours;
	ours = get(&r, 1) == WIRE_VERSION && ours;
	uint64_t type = get(&r, 1);

	range(&r, ours && ((type >= WIRE_HELLO && type <= WIRE_DISCOVER) || type == WIRE_DATA));
	struct wire_header h = {.type = (uint8_t)type, .session = (uint32_t)get(&r, 4)};

	h.counter = get(&r, 8);
	if (r.verdict == WIRE_OK) {
		*ret = h;
	}
	return r.verdict;
}
