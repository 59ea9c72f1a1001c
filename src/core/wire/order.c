/* order.c - what operators order and have ordered, as bytes and back. */
#include "core/wire/order.h"

#include "berk/node.h"

#define ORDER_REPLY_LEN (8 + 1 + 8 + 8)

_Static_assert(TIME_SLEW_ENDED == 3, "how an order sets the time has fixed numbers");
_Static_assert(ORDER_NOT_REVOKED == 20 && ORDER_MAX_ == 21,
	       "outcomes of orders have fixed numbers");

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

void put_order(struct writer *w, const struct wire_msg *msg)
{
	const struct wire_order *m = &msg->order;
	const uint8_t *start = w->at;

	put_uint(w, m->seq, 8);
	put_i64(w, m->shift_ns);
	put_uint(w, m->step, 1);
	put_uint(w, m->dry_run, 1);
	put_uint(w, m->uid, 4);
	put_padding(w, start, ORDER_REPLY_LEN);
}

void get_order(struct reader *r, struct wire_msg *msg)
{
	struct wire_order *m = &msg->order;

	m->seq = get_uint(r, 8);
	m->shift_ns = get_i64(r);
	m->step = get_bool(r);
	m->dry_run = get_bool(r);
	m->uid = (uint32_t)get_uint(r, 4);
	require_range(r, m->seq > 0 && m->shift_ns > INT64_MIN);
	get_padding(r);
}

void put_order_reply(struct writer *w, const struct wire_msg *msg)
{
	const struct wire_order_reply *m = &msg->order_reply;

	put_uint(w, m->seq, 8);
	put_uint(w, m->verdict, 1);
	put_i64(w, m->moved_ns);
	put_i64(w, m->takes_ns);
}

void get_order_reply(struct reader *r, struct wire_msg *msg)
{
	struct wire_order_reply *m = &msg->order_reply;

	m->seq = get_uint(r, 8);
	m->verdict = get_enum(r, ORDER_MAX_);
	m->moved_ns = get_i64(r);
	m->takes_ns = get_ns(r);
	require_range(r, m->seq > 0 && m->verdict != ORDER_SENT);
}
