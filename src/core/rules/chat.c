/* chat.c - the log of lines, the outbox, and what may be shown.  The rules are in chat.h. */
#include "core/rules/chat.h"

#include <assert.h>
#include <string.h>

#define BOOT_BITS 20 /* of an origin_seq: lines of one boot; above them the boot */

bool chat_pos_after(struct chat_pos a, struct chat_pos b)
{
	return a.term != b.term ? a.term > b.term : a.index > b.index;
}

static struct wire_chat_line *entry(const struct chat *c, uint64_t index)
{
	return &c->log[index & (c->n_log - 1)];
}

static bool kept(const struct chat *c, uint64_t index)
{
	return index >= c->first && index <= c->last.index && index > 0;
}

bool chat_has(const struct chat *c, struct chat_pos pos)
{
	if (pos.index < c->first) {
		return true;
	}
	return kept(c, pos.index) && entry(c, pos.index)->pos.term == pos.term;
}

void chat_init(struct chat *c, struct wire_chat_line *log, size_t n_log, node_id self,
	       uint64_t out_seq0)
{
	assert(n_log >= 16 && (n_log & (n_log - 1)) == 0);
	memset(c, 0, sizeof(*c));
	c->log = log;
	c->n_log = n_log;
	c->self = self;
	c->first = 1;
	c->out_seq = out_seq0 + 1;
	c->out_acked = out_seq0;
}

/* --- Origins --- */

static uint64_t boot_of(uint64_t origin_seq)
{
	return origin_seq >> BOOT_BITS;
}

static bool same_boot(uint64_t a, uint64_t b)
{
	return boot_of(a) == boot_of(b);
}

static const struct chat_origin *origin_find(const struct chat *c, node_id id, uint64_t seq)
{
	for (size_t i = 0; i < c->n_origin; i++) {
		if (c->origin[i].id == id && c->origin[i].boot == boot_of(seq)) {
			return &c->origin[i];
		}
	}
	return NULL;
}

static struct chat_origin *origin_get(struct chat *c, node_id id, uint64_t seq)
{
	const struct chat_origin *known = origin_find(c, id, seq);
	struct chat_origin *o;

	if (known) {
		return &c->origin[known - c->origin];
	}
	if (c->n_origin < CHAT_ORIGIN_MAX) {
		o = &c->origin[c->n_origin++];
	} else {
		o = &c->origin[0];
		for (size_t i = 1; i < CHAT_ORIGIN_MAX; i++) {
			o = c->origin[i].index < o->index ? &c->origin[i] : o;
		}
	}
	*o = (struct chat_origin){.id = id, .boot = boot_of(seq)};
	return o;
}

/* --- The log --- */

static void append(struct chat *c, const struct wire_chat_line *line)
{
	struct chat_origin *o = origin_get(c, line->origin, line->origin_seq);

	*entry(c, line->pos.index) = *line;
	c->last = line->pos;
	if (c->last.index - c->first >= c->n_log) {
		c->first = c->last.index - c->n_log + 1;
	}
	o->seq = line->origin_seq;
	o->index = line->pos.index;
	if (line->origin == c->self && same_boot(line->origin_seq, c->out_seq) &&
	    line->origin_seq > c->out_acked) {
		c->out_acked = line->origin_seq;
	}
}

/* Drop the lines from @index on: a master's log says otherwise. */
static void truncate_at(struct chat *c, uint64_t index)
{
	c->last.index = index - 1;
	c->last.term = kept(c, index - 1) ? entry(c, index - 1)->pos.term : 0;
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
		o->seq = 0;
		o->index = 0;
		for (uint64_t k = index; k-- > c->first;) {
			if (entry(c, k)->origin == o->id &&
			    boot_of(entry(c, k)->origin_seq) == o->boot) {
				o->seq = entry(c, k)->origin_seq;
				o->index = k;
				break;
			}
		}
		if (o->id == c->self && o->boot == boot_of(c->out_seq)) {
			c->out_acked = o->seq; /* what went under goes out again */
		}
	}
}

/* A master takes no more while half the ring waits to become stable, so that no line is overwritten
 * before it was shown: it waits in its outbox. */
static bool log_has_room(const struct chat *c)
{
	return c->last.index - c->stable < c->n_log / 2;
}

/* Own lines that are stable need no keeping. */
static void outbox_settle(struct chat *c)
{
	while (c->n_out > 0) {
		const struct wire_chat_line *line = &c->outbox[c->out_first];
		const struct chat_origin *o = origin_find(c, c->self, line->origin_seq);
		bool in_log = o && o->seq >= line->origin_seq;

		if (!in_log) {
			return;
		}
		for (uint64_t k = c->stable + 1; k <= c->last.index; k++) {
			const struct wire_chat_line *e = entry(c, k);

			if (e->origin == c->self && e->origin_seq == line->origin_seq) {
				return; /* in the log, not yet stable */
			}
		}
		c->out_first = (c->out_first + 1) % CHAT_OUTBOX_MAX;
		c->n_out--;
	}
}

static void stable_raise(struct chat *c, uint64_t index)
{
	index = index < c->last.index ? index : c->last.index;
	if (index > c->stable) {
		c->stable = index;
		outbox_settle(c);
	}
}

/* --- Own lines --- */

static void append_own(struct chat *c)
{
	for (size_t i = 0; i < c->n_out && log_has_room(c); i++) {
		struct wire_chat_line line = c->outbox[(c->out_first + i) % CHAT_OUTBOX_MAX];
		const struct chat_origin *o = origin_find(c, c->self, line.origin_seq);

		if (o && o->seq >= line.origin_seq) {
			continue;
		}
		line.pos = (struct chat_pos){.term = c->term, .index = c->last.index + 1};
		append(c, &line);
	}
}

enum chat_verdict chat_type(struct chat *c, const char *text, size_t len, const char *name,
			    int64_t wall_ns)
{
	if (len > WIRE_CHAT_TEXT_MAX || !wire_text_valid(text, len)) {
		return CHAT_BAD_TEXT;
	}
	if (c->n_out == CHAT_OUTBOX_MAX) {
		return CHAT_FULL;
	}
	struct wire_chat_line *line = &c->outbox[(c->out_first + c->n_out) % CHAT_OUTBOX_MAX];

	*line = (struct wire_chat_line){.origin = c->self,
					.origin_seq = c->out_seq++,
					.wall_ns = wall_ns,
					.len = (uint16_t)len};
	memcpy(line->text, text, len);
	memcpy(line->name, name, strnlen(name, sizeof(line->name) - 1));
	c->n_out++;
	if (c->leading) {
		append_own(c);
	}
	return CHAT_OK;
}

bool chat_outbox(const struct chat *c, struct wire_chat_post *ret)
{
	ret->n = 0;
	for (size_t i = 0; i < c->n_out && ret->n < WIRE_CHAT_LINES_MAX; i++) {
		const struct wire_chat_line *line =
			&c->outbox[(c->out_first + i) % CHAT_OUTBOX_MAX];

		if (line->origin_seq > c->out_acked) {
			ret->line[ret->n++] = *line;
		}
	}
	return ret->n > 0;
}

void chat_acked(struct chat *c, uint64_t origin_seq)
{
	c->out_acked = same_boot(origin_seq, c->out_seq) ? origin_seq : 0;
}

/* --- Member --- */

enum chat_verdict chat_on_lines(struct chat *c, const struct wire_chat_lines *m, uint64_t *ret_pull)
{
	bool from_oldest = m->prev.term == 0 && m->prev.index > 0;

	if (from_oldest && m->n > 0 && m->prev.index > c->last.index) {
		/* The master keeps nothing older: we were away too long, start there. */
		c->last = (struct chat_pos){.index = m->prev.index};
		c->first = m->prev.index + 1;
		c->stable = m->prev.index;
		c->shown = c->shown > m->prev.index ? c->shown : m->prev.index;
	} else if (m->prev.index > c->last.index) {
		*ret_pull = c->last.index + 1;
		return CHAT_GAP;
	} else if (!from_oldest && !chat_has(c, m->prev)) {
		/* A master's log only grows within its term: our entry there is of a tail that
		 * lost. */
		truncate_at(c, m->prev.index);
		*ret_pull = c->last.index + 1;
		return CHAT_GAP;
	}
	for (unsigned i = 0; i < m->n; i++) {
		const struct wire_chat_line *line = &m->line[i];

		if (line->pos.index != m->prev.index + 1 + i) {
			*ret_pull = c->last.index + 1;
			return CHAT_GAP; /* not in a row: a master's bug, harmless */
		}
		if (line->pos.index < c->first ||
		    (kept(c, line->pos.index) &&
		     entry(c, line->pos.index)->pos.term == line->pos.term)) {
			continue;
		}
		if (line->pos.index <= c->last.index) {
			truncate_at(c, line->pos.index);
		}
		append(c, line);
	}
	uint64_t joined = m->prev.index + m->n;

	stable_raise(c, m->stable < joined ? m->stable : joined);
	return CHAT_OK;
}

bool chat_on_poll(struct chat *c, uint64_t stable, struct chat_pos master_last, uint64_t *ret_pull)
{
	if (master_last.index == 0) {
		return false;
	}
	if (master_last.index + 1 < c->first) {
		truncate_at(c, 1); /* it began anew: nothing that we keep is in its log */
	}
	if (master_last.index <= c->last.index && chat_has(c, master_last)) {
		stable_raise(c, stable);
		return false;
	}
	*ret_pull = c->last.index < master_last.index ? c->last.index + 1 : master_last.index;
	return true;
}

/* --- Master --- */

void chat_lead(struct chat *c, uint64_t term)
{
	c->leading = true;
	c->term = term;
	for (uint64_t k = c->stable + 1; k <= c->last.index; k++) {
		if (kept(c, k)) {
			entry(c, k)->pos.term = term;
		}
	}
	if (c->last.index > c->stable) {
		c->last.term = term;
	}
	append_own(c);
}

void chat_follow(struct chat *c)
{
	c->leading = false;
}

unsigned chat_on_post(struct chat *c, node_id from, const struct wire_chat_post *m)
{
	unsigned entered = 0;

	for (unsigned i = 0; i < m->n && c->leading && log_has_room(c); i++) {
		struct wire_chat_line line = m->line[i];
		const struct chat_origin *o = origin_find(c, from, line.origin_seq);

		/* In the order of the origin, without gaps; a new boot starts a new row. */
		if (line.origin != from || (o && o->seq && line.origin_seq != o->seq + 1)) {
			continue;
		}
		line.pos = (struct chat_pos){.term = c->term, .index = c->last.index + 1};
		append(c, &line);
		entered++;
	}
	return entered;
}

uint64_t chat_origin_seq(const struct chat *c, node_id origin)
{
	const struct chat_origin *latest = NULL; /* of its lives the one heard last */

	for (size_t i = 0; i < c->n_origin; i++) {
		const struct chat_origin *o = &c->origin[i];

		if (o->id == origin && o->seq && (!latest || o->index > latest->index)) {
			latest = o;
		}
	}
	return latest ? latest->seq : 0;
}

bool chat_lines_from(const struct chat *c, uint64_t from, struct wire_chat_lines *ret)
{
	memset(ret, 0, sizeof(*ret));
	from = from < c->first ? c->first : from;
	if (from > c->last.index) {
		return false;
	}
	ret->prev.index = from - 1;
	ret->prev.term = kept(c, from - 1) ? entry(c, from - 1)->pos.term : 0;
	ret->stable = c->stable;
	for (uint64_t k = from; k <= c->last.index && ret->n < WIRE_CHAT_LINES_MAX; k++) {
		ret->line[ret->n++] = *entry(c, k);
	}
	return true;
}

void chat_set_stable(struct chat *c, uint64_t index)
{
	/* Raft, section 5.4.2: only what was proposed under the present term is counted. */
	if (kept(c, index) && entry(c, index)->pos.term == c->term) {
		stable_raise(c, index);
		if (c->leading) {
			append_own(c); /* there may be room again */
		}
	}
}

/* --- Showing --- */

bool chat_show(struct chat *c, const struct wire_chat_line **ret)
{
	if (c->shown + 1 < c->first) {
		c->shown = c->first - 1;
	}
	while (c->shown < c->stable) {
		const struct wire_chat_line *line = entry(c, ++c->shown);
		struct chat_origin *o = origin_get(c, line->origin, line->origin_seq);

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
	return kept(c, index) && index <= c->stable ? entry(c, index) : NULL;
}
