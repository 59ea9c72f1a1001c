/* order.c - what operators order and have ordered, as bytes and back. */
#include "core/wire/order.h"

_Static_assert(TIME_SLEW_ENDED == 3, "how an order sets the time has fixed numbers");

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

void get_time_order(struct reader *r, struct time_order *m)
{
	m->at.ns = get_i64(r);
	m->shift_ns = get_i64(r);
	m->host = get_uint(r, 8);
	m->uid = (uint32_t)get_uint(r, 4);
	m->way = get_enum(r, TIME_SLEW_ENDED + 1);
	m->dated = get_bool(r);
	m->left_ns = get_i64(r);
	bool none = m->shift_ns == 0 && m->uid == 0 && m->way == 0 && !m->dated;
	bool slew = m->way == TIME_SLEWS || m->way == TIME_SLEW_ENDED;

	require_range(r, m->at.ns >= 0 && (m->at.ns != 0) == (m->host != 0) &&
				 (m->at.ns != 0 || none) && (m->left_ns == 0 || slew) &&
				 m->left_ns <= WIRE_SLEW_NS_MAX && m->left_ns >= -WIRE_SLEW_NS_MAX);
}
