/* chat_log.c - the ring of lines and what is known of their origins. */
#include "core/rules/chat_log.h"

#include <assert.h>

#define BOOT_BITS 20 /* of an origin_seq: lines of one boot; above them the boot */

bool chat_pos_after(struct chat_pos a, struct chat_pos b)
{
	return a.term != b.term ? a.term > b.term : a.index > b.index;
}

bool chat_has(const struct chat *c, struct chat_pos pos)
{
	if (pos.index < c->first) {
		return true;
	}
	return chat_keeps(c, pos.index) && chat_entry(c, pos.index)->pos.term == pos.term;
}

/* --- Origins --- */

static uint64_t boot_of(uint64_t origin_seq)
{
	return origin_seq >> BOOT_BITS;
}

bool chat_is_same_boot(uint64_t a, uint64_t b)
{
	return boot_of(a) == boot_of(b);
}

const struct chat_origin *chat_origin_find(const struct chat *c, node_id id, uint64_t seq)
{
	for (size_t i = 0; i < c->n_origin; i++) {
		if (c->origin[i].id == id && c->origin[i].boot == boot_of(seq)) {
			return &c->origin[i];
		}
	}
	return NULL;
}

static struct chat_origin *origin_longest_silent(struct chat *c)
{
	struct chat_origin *o = &c->origin[0];

	for (size_t i = 1; i < c->n_origin; i++) {
		o = c->origin[i].index < o->index ? &c->origin[i] : o;
	}
	return o;
}

struct chat_origin *chat_origin_remember(struct chat *c, node_id id, uint64_t seq)
{
	const struct chat_origin *known = chat_origin_find(c, id, seq);
	struct chat_origin *o;

	if (known) {
		return &c->origin[known - c->origin];
	}
	if (c->n_origin < CHAT_ORIGIN_MAX) {
		o = &c->origin[c->n_origin++];
	} else {
		o = origin_longest_silent(c);
	}
	*o = (struct chat_origin){.id = id, .boot = boot_of(seq)};
	return o;
}

/* What the log holds of @o before @index. */
static void origin_look_up(const struct chat *c, struct chat_origin *o, uint64_t index)
{
	o->seq = 0;
	o->index = 0;
	for (uint64_t k = index; k-- > c->first;) {
		const struct wire_chat_line *line = chat_entry(c, k);

		if (line->origin == o->id && boot_of(line->origin_seq) == o->boot) {
			o->seq = line->origin_seq;
			o->index = k;
			return;
		}
	}
}

/* --- The log --- */

void chat_append(struct chat *c, const struct wire_chat_line *line)
{
	struct chat_origin *o = chat_origin_remember(c, line->origin, line->origin_seq);

	assert(line->pos.index == c->last.index + 1);
	*chat_entry(c, line->pos.index) = *line;
	c->last = line->pos;
	if (c->last.index - c->first >= c->n_log) {
		c->first = c->last.index - c->n_log + 1;
	}
	o->seq = line->origin_seq;
	o->index = line->pos.index;
	if (line->origin == c->self && chat_is_same_boot(line->origin_seq, c->out_seq) &&
	    line->origin_seq > c->out_acked) {
		c->out_acked = line->origin_seq;
	}
}

void chat_truncate(struct chat *c, uint64_t index)
{
	assert(index > 0);
	c->last.index = index - 1;
	c->last.term = chat_keeps(c, index - 1) ? chat_entry(c, index - 1)->pos.term : 0;
	if (c->first > index) {
		c->first = index;
	}
	c->stable = c->stable < index ? c->stable : index - 1;
	c->shown = c->shown < index ? c->shown : index - 1; /* origins remember what was shown */
	for (size_t i = 0; i < c->n_origin; i++) {
		struct chat_origin *o = &c->origin[i];

		if (o->index < index) {
			continue;
		}
		origin_look_up(c, o, index);
		if (o->id == c->self && o->boot == boot_of(c->out_seq)) {
			c->out_acked = o->seq; /* what went under goes out again */
		}
	}
}

bool chat_has_room(const struct chat *c)
{
	return c->last.index < CHAT_INDEX_MAX && c->last.index - c->stable < c->n_log / 2;
}

bool chat_is_in_log(const struct chat *c, uint64_t own_seq)
{
	const struct chat_origin *o = chat_origin_find(c, c->self, own_seq);

	return o && o->seq >= own_seq;
}

static bool waits_for_stable(const struct chat *c, uint64_t own_seq)
{
	for (uint64_t k = c->stable + 1; k <= c->last.index; k++) {
		const struct wire_chat_line *line = chat_entry(c, k);

		if (line->origin == c->self && line->origin_seq == own_seq) {
			return true;
		}
	}
	return false;
}

/* Own lines that are stable need no keeping. */
static void drop_stable_lines(struct chat *c)
{
	while (c->n_out > 0) {
		uint64_t seq = c->outbox[c->out_first].origin_seq;

		if (!chat_is_in_log(c, seq) || waits_for_stable(c, seq)) {
			return;
		}
		c->out_first = (c->out_first + 1) % CHAT_OUTBOX_MAX;
		c->n_out--;
	}
}

void chat_raise_stable(struct chat *c, uint64_t index)
{
	index = index < c->last.index ? index : c->last.index;
	if (index > c->stable) {
		c->stable = index;
		drop_stable_lines(c);
	}
}
