/* chat_log.c - the ring of lines and what is known of their origins. */
#include "core/rules/chat_log.h"

#include <assert.h>
#include <string.h>

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

/* Is this a line of that life? */
static bool is_line_of(const struct chat *c, uint64_t index, const struct chat_origin *o)
{
	const struct wire_chat_line *line = chat_entry(c, index);

	return line->origin == o->id && boot_of(line->origin_seq) == o->boot;
}

/* The lines from @index to @end are cut: what does the log hold of @o before them?  What was before
 * the first that is cut was in it, though the ring may no longer keep it. */
static void origin_cut(const struct chat *c, struct chat_origin *o, uint64_t index, uint64_t end)
{
	for (uint64_t k = index < c->first ? c->first : index; k <= end; k++) {
		if (is_line_of(c, k, o)) {
			o->seq = chat_entry(c, k)->origin_seq - 1;
			break;
		}
	}
	o->index = 0;
	for (uint64_t k = index; k-- > c->first;) {
		if (is_line_of(c, k, o)) {
			o->seq = chat_entry(c, k)->origin_seq;
			o->index = k;
			return;
		}
	}
}

/* --- The log --- */

/* Lines from @index on are to be saved. */
static void note_change(struct chat *c, uint64_t index)
{
	c->unsaved = index < c->unsaved ? index : c->unsaved;
	c->is_unsaved = true;
}

/* A line of our present life: have we said it?  What is no longer kept cannot be compared. */
static bool is_said(const struct chat *c, const struct wire_chat_line *line)
{
	const struct wire_chat_line *own = chat_own(c, line->origin_seq);

	return line->origin_seq < c->out_seq &&
	       (line->origin_seq < c->own_first ||
		(line->len == own->len && memcmp(line->text, own->text, own->len) == 0));
}

void chat_append(struct chat *c, const struct wire_chat_line *line)
{
	struct chat_origin *o = chat_origin_remember(c, line->origin, line->origin_seq);

	assert(line->pos.index == c->last.index + 1);
	*chat_entry(c, line->pos.index) = *line;
	note_change(c, line->pos.index);
	c->last = line->pos;
	if (c->last.index - c->first >= c->n_log) {
		c->first = c->last.index - c->n_log + 1;
	}
	o->seq = line->origin_seq;
	o->index = line->pos.index;
	if (line->origin == c->self && chat_is_same_boot(line->origin_seq, c->out_seq)) {
		c->is_forged = c->is_forged || !is_said(c, line);
		if (line->origin_seq > c->out_acked) {
			c->out_acked = line->origin_seq;
		}
	}
}

unsigned chat_begin_life(struct chat *c, uint64_t out_seq0)
{
	uint64_t moved = out_seq0 - (boot_of(c->out_seq) << BOOT_BITS);
	uint64_t first = c->own_firm + 1;

	assert(c->n_own <= UINT64_C(1) << BOOT_BITS); /* so each line keeps its place */
	for (uint64_t seq = first; seq < c->out_seq; seq++) {
		chat_own(c, seq)->origin_seq += moved;
	}
	c->own_first = first + moved;
	c->own_firm += moved;
	c->out_seq += moved;
	c->out_acked = 0;
	c->is_forged = false;
	return (unsigned)(c->out_seq - c->own_first);
}

/* Our own lines after @seq are no longer in the log. */
static void own_cut(struct chat *c, uint64_t seq)
{
	c->out_acked = seq; /* what went under goes out again */
	if (c->own_firm > seq) {
		c->own_firm = seq < c->own_first ? c->own_first - 1 : seq;
	}
}

void chat_truncate(struct chat *c, uint64_t index)
{
	uint64_t end = c->last.index;

	assert(index > 0);
	note_change(c, index);
	c->n_cut += c->shown >= index ? c->shown - index + 1 : 0;
	for (size_t i = 0; i < c->n_origin; i++) {
		struct chat_origin *o = &c->origin[i];

		if (o->index < index) {
			continue;
		}
		origin_cut(c, o, index, end);
		if (o->id == c->self && o->boot == boot_of(c->out_seq)) {
			own_cut(c, o->seq);
		}
	}
	c->last.index = index - 1;
	c->last.term = chat_keeps(c, index - 1) ? chat_entry(c, index - 1)->pos.term : 0;
	if (c->first > index) {
		c->first = index;
	}
	c->stable = c->stable < index ? c->stable : index - 1;
	c->shown = c->shown < index ? c->shown : index - 1; /* origins remember what was shown */
	c->firm = c->firm < index ? c->firm : index - 1;
	c->agrees = false;
}

bool chat_has_room(const struct chat *c)
{
	return c->last.index < CHAT_INDEX_MAX && c->last.index - c->stable < c->n_log / 2;
}

uint64_t chat_own_next(const struct chat *c)
{
	const struct chat_origin *o = chat_origin_find(c, c->self, c->out_seq);
	uint64_t in = o && o->seq > c->own_firm ? o->seq : c->own_firm;

	return in + 1;
}

void chat_raise_stable(struct chat *c, uint64_t index)
{
	index = index < c->last.index ? index : c->last.index;
	if (index > c->stable) {
		c->stable = index;
		c->is_unsaved = true;
	}
}

void chat_make_firm(struct chat *c, uint64_t index)
{
	index = index < c->stable ? index : c->stable;
	for (uint64_t k = c->firm < c->first ? c->first : c->firm + 1; k <= index; k++) {
		const struct wire_chat_line *line = chat_entry(c, k);

		if (line->origin == c->self && chat_is_same_boot(line->origin_seq, c->out_seq) &&
		    line->origin_seq > c->own_firm) {
			c->own_firm = line->origin_seq;
		}
	}
	c->firm = index > c->firm ? index : c->firm;
}

void chat_forget_cut(struct chat *c)
{
	c->n_cut = 0;
}

void chat_relabel(struct chat *c, uint64_t term)
{
	for (uint64_t k = c->stable + 1; k <= c->last.index; k++) {
		if (chat_keeps(c, k)) {
			chat_entry(c, k)->pos.term = term;
		}
	}
	if (c->last.index > c->stable) {
		c->last.term = term;
		note_change(c, c->stable + 1);
	}
}

bool chat_take_unsaved(struct chat *c, uint64_t *ret_from)
{
	bool any = c->is_unsaved;

	*ret_from = c->unsaved;
	c->unsaved = UINT64_MAX;
	c->is_unsaved = false;
	return any;
}

void chat_restore(struct chat *c, struct chat_pos last, uint64_t stable)
{
	uint64_t first = last.index + 1;

	while (first > 1 && chat_entry(c, first - 1)->pos.index == first - 1) {
		first--;
	}
	c->first = first;
	c->last = last;
	c->stable = c->shown = c->firm = stable < last.index ? stable : last.index;
	for (uint64_t k = first; k <= last.index; k++) {
		const struct wire_chat_line *line = chat_entry(c, k);
		struct chat_origin *o = chat_origin_remember(c, line->origin, line->origin_seq);

		o->seq = line->origin_seq;
		o->index = k;
		o->shown = k <= c->stable ? line->origin_seq : o->shown;
		c->last.term = line->pos.term;
	}
}
