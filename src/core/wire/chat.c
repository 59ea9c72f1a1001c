/* chat.c - the messages of the chat as bytes and back, and a place in its log. */
#include "core/wire/chat.h"

#include <assert.h>

void put_pos(struct writer *w, struct chat_pos pos)
{
	put_uint(w, pos.term, 8);
	put_uint(w, pos.index, 8);
}

struct chat_pos get_pos(struct reader *r)
{
	struct chat_pos pos;

	pos.term = get_uint(r, 8);
	pos.index = get_uint(r, 8);
	require_range(r, pos.index <= CHAT_INDEX_MAX && (pos.index > 0 || pos.term == 0));
	return pos;
}

/* What a line has wherever it goes. */
static void put_said(struct writer *w, const struct wire_chat_line *m)
{
	put_uint(w, m->origin_seq, 8);
	put_i64(w, m->wall_ns);
	assert(m->len <= WIRE_CHAT_TEXT_MAX);
	put_uint(w, m->len, 2);
	put_bytes(w, m->text, m->len);
	put_name(w, m->name);
}

static void get_said(struct reader *r, struct wire_chat_line *m)
{
	m->origin_seq = get_uint(r, 8);
	m->wall_ns = get_i64(r);
	m->len = (uint16_t)get_uint(r, 2);
	require_range(r, m->len > 0 && m->len <= WIRE_CHAT_TEXT_MAX);
	if (r->verdict == WIRE_OK) {
		get_text(r, m->text, m->len);
	}
	get_name(r, m->name);
}

static void put_line(struct writer *w, const struct wire_chat_line *m)
{
	put_pos(w, m->pos);
	put_uint(w, m->origin, 8);
	put_said(w, m);
}

static void get_line(struct reader *r, struct wire_chat_line *m)
{
	m->pos = get_pos(r);
	m->origin = get_uint(r, 8);
	require_range(r, m->origin != 0);
	get_said(r, m);
}

static void put_lines(struct writer *w, uint8_t n, const struct wire_chat_line *line)
{
	assert(n <= WIRE_CHAT_LINES_MAX);
	put_uint(w, n, 1);
	for (unsigned i = 0; i < n; i++) {
		put_line(w, &line[i]);
	}
}

static uint8_t get_lines(struct reader *r, struct wire_chat_line *line)
{
	uint8_t n = get_enum(r, WIRE_CHAT_LINES_MAX + 1);

	for (unsigned i = 0; i < n && r->verdict == WIRE_OK; i++) {
		get_line(r, &line[i]);
	}
	return n;
}

void put_chat_post(struct writer *w, const struct wire_msg *msg)
{
	put_uint(w, msg->chat_post.after, 8);
	put_lines(w, msg->chat_post.n, msg->chat_post.line);
}

void get_chat_post(struct reader *r, struct wire_msg *msg)
{
	msg->chat_post.after = get_uint(r, 8);
	msg->chat_post.n = get_lines(r, msg->chat_post.line);
	/* No line at all has the origin_seq 0 here. */
	require_range(r, msg->chat_post.after < msg->chat_post.line[0].origin_seq);
}

void put_chat_lines(struct writer *w, const struct wire_msg *msg)
{
	put_pos(w, msg->chat_lines.prev);
	put_uint(w, msg->chat_lines.stable, 8);
	put_lines(w, msg->chat_lines.n, msg->chat_lines.line);
}

void get_chat_lines(struct reader *r, struct wire_msg *msg)
{
	msg->chat_lines.prev = get_pos(r);
	msg->chat_lines.stable = get_uint(r, 8);
	msg->chat_lines.n = get_lines(r, msg->chat_lines.line);
}

void put_chat_pull(struct writer *w, const struct wire_msg *msg)
{
	put_uint(w, msg->chat_pull.from, 8);
	put_pos(w, msg->chat_pull.have);
}

void get_chat_pull(struct reader *r, struct wire_msg *msg)
{
	msg->chat_pull.from = get_uint(r, 8);
	msg->chat_pull.have = get_pos(r);
	require_range(r, msg->chat_pull.from > 0);
}

void put_private(struct writer *w, const struct wire_msg *msg)
{
	put_said(w, &msg->private_line);
}

void get_private(struct reader *r, struct wire_msg *msg)
{
	get_said(r, &msg->private_line);
	require_range(r, msg->private_line.origin_seq > 0);
}

void put_private_reply(struct writer *w, const struct wire_msg *msg)
{
	put_uint(w, msg->private_reply.origin_seq, 8);
	put_uint(w, msg->private_reply.outcome, 1);
}

void get_private_reply(struct reader *r, struct wire_msg *msg)
{
	msg->private_reply.origin_seq = get_uint(r, 8);
	msg->private_reply.outcome = get_enum(r, PRIVATE_SILENT);
	require_range(r, msg->private_reply.origin_seq > 0);
}
