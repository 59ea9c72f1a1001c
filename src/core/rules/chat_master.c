/* chat_master.c - what a master does: it gives indices and says what is stable. */
#include "core/rules/chat_master.h"

#include <assert.h>

void chat_lead(struct chat *c, uint64_t term)
{
	assert(term > 0);
	c->leading = true;
	c->term = term;
	chat_relabel(c, term);
	chat_append_own(c);
}

void chat_follow(struct chat *c)
{
	c->leading = false;
}

unsigned chat_on_post(struct chat *c, node_id from, const struct wire_chat_post *m)
{
	unsigned entered = 0;

	for (unsigned i = 0; i < m->n && c->leading && chat_has_room(c); i++) {
		struct wire_chat_line line = m->line[i];
		const struct chat_origin *o = chat_origin_find(c, from, line.origin_seq);
		uint64_t known = o ? o->seq : 0, after = i ? m->line[i - 1].origin_seq : m->after;

		/* In the order of the origin, and without gaps but where it keeps nothing older. */
		if (line.origin != from || line.origin_seq <= known || after > known) {
			continue;
		}
		line.pos = (struct chat_pos){.term = c->term, .index = c->last.index + 1};
		chat_append(c, &line);
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

void chat_set_stable(struct chat *c, uint64_t index)
{
	/* Raft, section 5.4.2: only what was proposed under the present term is counted. */
	if (chat_keeps(c, index) && chat_entry(c, index)->pos.term == c->term) {
		chat_raise_stable(c, index);
		if (c->leading) {
			chat_append_own(c); /* there may be room again */
		}
	}
}
