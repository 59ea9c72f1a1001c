/* order.c - what operators order and have ordered, as bytes and back. */
#include "core/wire/order.h"

#include "berk/node.h"
#include "berk/reason.h"

#include <assert.h>

#define REPLY_MAX (8 + 1 + 8 + 8 + 8 + 2 + 2 + 2 + 1 + WIRE_DEAF_MAX * (8 + 1))

_Static_assert(TIME_SLEW_ENDED == 3, "how an order sets the time has fixed numbers");
_Static_assert(ORDER_SLEWS == 24 && ORDER_MAX_ == 25, "outcomes of orders have fixed numbers");
_Static_assert(ORDER_RESUME == 6 && ORDER_STAYS_ == 7, "orders that travel have fixed numbers");

void put_time_order(struct writer *w, const struct time_order *m)
{
	put_i64(w, m->at.ns);
	put_i64(w, m->shift_ns);
	put_uint(w, m->host, 8);
	put_uint(w, m->uid, 4);
	put_uint(w, m->way, 1);
	put_uint(w, m->dated, 1);
	put_i64(w, m->left_ns);
}

bool time_order_valid(const struct time_order *m)
{
	bool none = m->shift_ns == 0 && m->uid == 0 && m->way == 0 && !m->dated;
	bool slew = m->way == TIME_SLEWS || m->way == TIME_SLEW_ENDED;

	return m->way <= TIME_SLEW_ENDED && m->at.ns >= 0 && m->shift_ns > INT64_MIN &&
	       (m->at.ns != 0) == (m->host != 0) && (m->at.ns != 0 || none) &&
	       (m->left_ns == 0 || slew) && m->left_ns <= WIRE_SLEW_NS_MAX &&
	       m->left_ns >= -WIRE_SLEW_NS_MAX;
}

void get_time_order(struct reader *r, struct time_order *m)
{
	m->at.ns = get_i64(r);
	m->shift_ns = get_i64(r);
	m->host = get_uint(r, 8);
	m->uid = (uint32_t)get_uint(r, 4);
	m->way = get_enum(r, TIME_SLEW_ENDED + 1);
	m->dated = get_bool(r);
	m->left_ns = get_i64(r);
	require_range(r, time_order_valid(m));
}

void put_hold(struct writer *w, const struct hold *m)
{
	put_uint(w, m->left_ms, 4);
	put_uint(w, m->host, 8);
	put_uint(w, m->uid, 4);
}

void get_hold(struct reader *r, struct hold *m)
{
	m->left_ms = (uint32_t)get_uint(r, 4);
	m->host = get_uint(r, 8);
	m->uid = (uint32_t)get_uint(r, 4);
	require_range(r, m->left_ms <= HOLD_MS_MAX && (m->left_ms != 0) == (m->host != 0) &&
				 (m->left_ms != 0 || m->uid == 0));
}

void put_order(struct writer *w, const struct wire_msg *msg)
{
	const struct wire_order *m = &msg->order;
	const uint8_t *start = w->at;

	put_uint(w, m->seq, 8);
	put_i64(w, m->shift_ns);
	put_uint(w, m->step, 1);
	put_uint(w, m->dry_run, 1);
	put_uint(w, m->uid, 4);
	put_uint(w, m->what, 1);
	put_uint(w, m->peer, 8);
	put_uint(w, m->hold_ms, 4);
	put_padding(w, start, REPLY_MAX);
}

/* Has it what an order of its kind has, and nothing else? */
static bool is_whole(const struct wire_order *m)
{
	bool needs_host = m->what == ORDER_EXCLUDE || m->what == ORDER_INCLUDE;
	bool may_have_host = needs_host || m->what == ORDER_TRANSFER || m->what == ORDER_FORGET;
	bool times = m->what == ORDER_SET_TIME || (m->shift_ns == 0 && !m->step);
	bool lasts = m->what == ORDER_HOLD ? m->hold_ms >= HOLD_MS_MIN && m->hold_ms <= HOLD_MS_MAX
					   : m->hold_ms == 0;

	return times && lasts && (m->peer != 0 ? may_have_host : !needs_host);
}

void get_order(struct reader *r, struct wire_msg *msg)
{
	struct wire_order *m = &msg->order;

	m->seq = get_uint(r, 8);
	m->shift_ns = get_i64(r);
	m->step = get_bool(r);
	m->dry_run = get_bool(r);
	m->uid = (uint32_t)get_uint(r, 4);
	m->what = get_enum(r, ORDER_STAYS_);
	m->peer = get_uint(r, 8);
	m->hold_ms = (uint32_t)get_uint(r, 4);
	require_range(r, m->seq > 0 && m->shift_ns > INT64_MIN && is_whole(m));
	get_padding(r);
}

static void put_deaf(struct writer *w, const struct deaf_hosts *m)
{
	assert(m->n_named <= WIRE_DEAF_MAX && m->n_named <= m->n);
	put_uint(w, m->n, 2);
	put_uint(w, m->n_named, 1);
	for (unsigned i = 0; i < m->n_named; i++) {
		put_uint(w, m->host[i].id, 8);
		put_uint(w, m->host[i].why, 1);
	}
}

static void get_deaf(struct reader *r, struct deaf_hosts *m)
{
	m->n = (uint16_t)get_uint(r, 2);
	m->n_named = get_enum(r, WIRE_DEAF_MAX + 1);
	require_range(r, m->n_named <= m->n);
	for (unsigned i = 0; i < m->n_named && r->verdict == WIRE_OK; i++) {
		m->host[i].id = get_uint(r, 8);
		m->host[i].why = get_enum(r, DEAF_MAX_);
		require_range(r, m->host[i].id != 0 && m->host[i].why != DEAF_NOT);
	}
}

void put_order_reply(struct writer *w, const struct wire_msg *msg)
{
	const struct wire_order_reply *m = &msg->order_reply;

	put_uint(w, m->seq, 8);
	put_uint(w, m->verdict, 1);
	put_i64(w, m->moved_ns);
	put_i64(w, m->takes_ns);
	put_uint(w, m->peer, 8);
	put_uint(w, m->n_before, 2);
	put_uint(w, m->n_after, 2);
	put_deaf(w, &m->deaf);
}

void get_order_reply(struct reader *r, struct wire_msg *msg)
{
	struct wire_order_reply *m = &msg->order_reply;

	m->seq = get_uint(r, 8);
	m->verdict = get_enum(r, ORDER_MAX_);
	m->moved_ns = get_i64(r);
	m->takes_ns = get_ns(r);
	m->peer = get_uint(r, 8);
	m->n_before = (uint16_t)get_uint(r, 2);
	m->n_after = (uint16_t)get_uint(r, 2);
	get_deaf(r, &m->deaf);
	require_range(r, m->seq > 0 && m->verdict != ORDER_SENT);
	require_range(r, m->n_before <= NODE_PEERS_MAX + 1 && m->n_after <= NODE_PEERS_MAX + 1);
	require_range(r, m->deaf.n == 0 || m->verdict == ORDER_NOT_TRUSTED);
}
