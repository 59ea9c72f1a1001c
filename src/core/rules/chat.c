/* chat.c - lines typed here, lines shown here, and lines for whoever lacks them. */
#include "core/rules/chat.h"

#include "berk/utf8.h"

#include <assert.h>
#include <string.h>

void chat_init(struct chat *c, const struct chat_rings *rings, node_id self, uint64_t out_seq0)
{
	assert(rings->n_log >= 16 && (rings->n_log & (rings->n_log - 1)) == 0);
	assert(rings->n_own >= 16 && (rings->n_own & (rings->n_own - 1)) == 0);
	memset(c, 0, sizeof(*c));
	c->log = rings->log;
	c->n_log = rings->n_log;
	c->own = rings->own;
	c->n_own = rings->n_own;
	c->self = self;
	c->first = 1;
	c->unsaved = UINT64_MAX;
	c->out_seq = out_seq0 + 1;
	c->own_first = c->out_seq;
	c->own_firm = out_seq0;
}

void chat_append_own(struct chat *c)
{
	assert(c->leading);
	for (uint64_t seq = chat_own_next(c); seq < c->out_seq && chat_has_room(c); seq++) {
		struct wire_chat_line line = *chat_own(c, seq);

		line.pos = (struct chat_pos){.term = c->term, .index = c->last.index + 1};
		chat_append(c, &line);
	}
}

/* Is there a place among our own lines for one more?  The oldest gives way if it is firm. */
static bool make_place(struct chat *c)
{
	if (c->out_seq - c->own_first < c->n_own) {
		return true;
	}
	if (c->own_first > c->own_firm) {
		return false;
	}
	c->own_first++;
	return true;
}

bool chat_write(struct wire_chat_line *ret, const char *text, size_t len, const char *name,
		int64_t wall_ns)
{
	if (len > WIRE_CHAT_TEXT_MAX || !utf8_is_text(text, len)) {
		return false;
	}
	*ret = (struct wire_chat_line){.wall_ns = wall_ns, .len = (uint16_t)len};
	memcpy(ret->text, text, len);
	memcpy(ret->name, name, strnlen(name, sizeof(ret->name) - 1));
	return true;
}

enum chat_verdict chat_type(struct chat *c, const char *text, size_t len, const char *name,
			    int64_t wall_ns)
{
	struct wire_chat_line line;

	if (!chat_write(&line, text, len, name, wall_ns)) {
		return CHAT_BAD_TEXT;
	}
	if (!make_place(c)) {
		return CHAT_FULL;
	}
	line.origin = c->self;
	line.origin_seq = c->out_seq++;
	*chat_own(c, line.origin_seq) = line;
	if (c->leading) {
		chat_append_own(c);
	}
	return CHAT_OK;
}

bool chat_lines_from(const struct chat *c, uint64_t from, struct wire_chat_lines *ret)
{
	memset(ret, 0, sizeof(*ret));
	from = from < c->first ? c->first : from;
	if (from > c->last.index) {
		return false;
	}
	ret->prev.index = from - 1;
	ret->prev.term = chat_keeps(c, from - 1) ? chat_entry(c, from - 1)->pos.term : 0;
	ret->stable = c->stable;
	for (uint64_t k = from; k <= c->last.index && ret->n < WIRE_CHAT_LINES_MAX; k++) {
		ret->line[ret->n++] = *chat_entry(c, k);
	}
	return true;
}

bool chat_show(struct chat *c, const struct wire_chat_line **ret)
{
	if (c->shown + 1 < c->first) {
		c->shown = c->first - 1;
	}
	while (c->shown < c->stable) {
		c->shown++;
		const struct wire_chat_line *line = chat_entry(c, c->shown);
		struct chat_origin *o = chat_origin_remember(c, line->origin, line->origin_seq);

		if (line->origin_seq <= o->shown) {
			continue; /* shown before a partition healed */
		}
		o->shown = line->origin_seq;
		*ret = line;
		return true;
	}
	return false;
}

const struct wire_chat_line *chat_get(const struct chat *c, uint64_t index)
{
	return chat_keeps(c, index) && index <= c->stable ? chat_entry(c, index) : NULL;
}
