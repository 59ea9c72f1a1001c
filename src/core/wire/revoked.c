/* revoked.c - the messages that say who is revoked, as bytes and back. */
#include "core/wire/revoked.h"

void put_revoked(struct writer *w, const struct wire_msg *msg)
{
	const struct wire_revoked *m = &msg->revoked;

	put_uint(w, m->list, 4);
	put_uint(w, m->n, 1);
	for (unsigned i = 0; i < m->n; i++) {
		put_uint(w, m->entry[i].id, 8);
		put_uint(w, m->entry[i].number, 8);
		put_uint(w, m->entry[i].revoked, 1);
	}
}

void get_revoked(struct reader *r, struct wire_msg *msg)
{
	struct wire_revoked *m = &msg->revoked;
	node_id before = 0;

	m->list = (uint32_t)get_uint(r, 4);
	m->n = (uint8_t)get_uint(r, 1);
	require_range(r, m->list > 0 && m->n > 0 && m->n <= REVOKED_MAX);
	for (unsigned i = 0; r->verdict == WIRE_OK && i < m->n; i++) {
		m->entry[i].id = get_uint(r, 8);
		m->entry[i].number = get_uint(r, 8);
		m->entry[i].revoked = get_bool(r);
		require_range(r, m->entry[i].id > before && m->entry[i].number > 0);
		before = m->entry[i].id;
	}
}

void put_revoked_reply(struct writer *w, const struct wire_msg *msg)
{
	put_uint(w, msg->revoked_reply.list, 4);
	put_uint(w, msg->revoked_reply.agrees, 8);
}

void get_revoked_reply(struct reader *r, struct wire_msg *msg)
{
	msg->revoked_reply.list = (uint32_t)get_uint(r, 4);
	msg->revoked_reply.agrees = get_uint(r, 8);
	require_range(r, msg->revoked_reply.list > 0);
}
