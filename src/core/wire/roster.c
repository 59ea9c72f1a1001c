/* roster.c - the ROSTER message: entries of the table of members. */
#include "core/wire/roster.h"

#include "berk/reason.h"
#include "berk/status.h"

#include <assert.h>

static void put_addr(struct writer *w, const struct addr *a)
{
	put_bytes(w, a->ip, sizeof(a->ip));
	put_uint(w, a->port, 2);
}

static struct addr get_addr(struct reader *r)
{
	struct addr a = {0};

	for (unsigned i = 0; i < sizeof(a.ip); i++) {
		a.ip[i] = (uint8_t)get_uint(r, 1);
	}
	a.port = (uint16_t)get_uint(r, 2);
	return a;
}

static void put_entry(struct writer *w, const struct wire_roster_entry *m)
{
	put_uint(w, m->id, 8);
	put_addr(w, &m->addr);
	put_name(w, m->name);
	put_uint(w, m->state, 1);
	put_uint(w, m->reason, 1);
	put_uint(w, m->mode, 1);
	put_uint(w, m->priority, 1);
	put_i64(w, m->offset_ns);
	put_i64(w, m->at.ns);
	put_rate(w, m->rate);
	put_rate(w, m->own_rate);
	put_i64(w, m->sd_ns);
	put_i64(w, m->delay_ns);
	put_i64(w, m->bound_ns);
	put_i64(w, m->wall_offset_ns);
	put_uint(w, m->weight, 2);
	put_i64(w, m->phase_ps);
	put_i64(w, m->unrest_ps);
	put_i64(w, m->closure_ns);
	put_uint(w, m->guest, 1);
}

static void get_entry(struct reader *r, struct wire_roster_entry *m)
{
	m->id = get_uint(r, 8);
	m->addr = get_addr(r);
	get_name(r, m->name);
	m->state = get_enum(r, MEMBER_MAX_);
	m->reason = get_enum(r, REASON_MAX_);
	m->mode = get_enum(r, MODE_REFERENCE + 1);
	m->priority = (uint8_t)get_uint(r, 1);
	m->offset_ns = get_i64(r);
	m->at.ns = get_i64(r);
	m->rate = get_rate(r);
	m->own_rate = get_rate(r);
	m->sd_ns = get_ns(r);
	m->delay_ns = get_ns(r);
	m->bound_ns = get_ns(r);
	m->wall_offset_ns = get_i64(r);
	m->weight = (uint16_t)get_uint(r, 2);
	m->phase_ps = get_i64(r);
	m->unrest_ps = get_ns(r);
	m->closure_ns = get_i64(r);
	m->guest = get_bool(r);
	require_range(r, m->id != 0 && m->weight <= 1000);
	require_range(r, m->phase_ps >= -WIRE_PHASE_PS_MAX && m->phase_ps <= WIRE_PHASE_PS_MAX);
	require_range(r, m->unrest_ps <= WIRE_PHASE_PS_MAX);
}

void put_roster(struct writer *w, const struct wire_msg *msg)
{
	const struct wire_roster *m = &msg->roster;

	put_uint(w, m->first, 2);
	put_uint(w, m->total, 2);
	assert(m->n <= WIRE_ROSTER_MAX);
	put_uint(w, m->n, 1);
	for (unsigned i = 0; i < m->n; i++) {
		put_entry(w, &m->entry[i]);
	}
}

void get_roster(struct reader *r, struct wire_msg *msg)
{
	struct wire_roster *m = &msg->roster;

	m->first = (uint16_t)get_uint(r, 2);
	m->total = (uint16_t)get_uint(r, 2);
	m->n = get_enum(r, WIRE_ROSTER_MAX + 1);
	require_range(r, m->n > 0 && m->first + m->n <= m->total && m->total <= NODE_PEERS_MAX + 1);
	for (unsigned i = 0; i < m->n && r->verdict == WIRE_OK; i++) {
		get_entry(r, &m->entry[i]);
	}
}
