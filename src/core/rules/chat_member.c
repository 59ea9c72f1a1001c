/* chat_member.c - what a member does: it sends its own lines and copies the master's log. */
#include "core/rules/chat_member.h"

/* An index is a count of lines, and no group types so many while a host is away: without this, one
 * message of a liar could leave no index for any later line. */
#define JUMP_MAX (UINT64_C(1) << 32)

/* Does the master lack firm lines of ours because it keeps nothing so old, and not because its
 * log is another? */
static bool forgot_firm(const struct chat *c)
{
	return c->agrees && c->out_acked < c->own_firm;
}

/* The first own line that the master does not have, as far as we know. */
static uint64_t first_to_send(const struct chat *c)
{
	uint64_t have = forgot_firm(c) ? c->own_firm : c->out_acked;

	return have < c->own_first ? c->own_first : have + 1;
}

bool chat_has_to_send(const struct chat *c)
{
	return first_to_send(c) < c->out_seq;
}

bool chat_outbox(const struct chat *c, struct wire_chat_post *ret)
{
	uint64_t seq = first_to_send(c);

	ret->n = 0;
	ret->after = seq == c->own_first || forgot_firm(c) ? 0 : seq - 1;
	for (; seq < c->out_seq && ret->n < WIRE_CHAT_LINES_MAX; seq++) {
		ret->line[ret->n++] = *chat_own(c, seq);
	}
	return ret->n > 0;
}

void chat_acked(struct chat *c, uint64_t origin_seq)
{
	bool same = chat_is_same_boot(origin_seq, c->out_seq);

	c->out_acked = same ? origin_seq : 0;
	c->is_forged = c->is_forged || (same && origin_seq >= c->out_seq);
}

enum chat_verdict chat_on_lines(struct chat *c, const struct wire_chat_lines *m, uint64_t *ret_pull)
{
	bool from_oldest = m->prev.term == 0 && m->prev.index > 0;

	if (m->prev.index > c->last.index && m->prev.index - c->last.index > JUMP_MAX) {
		return CHAT_OK; /* nothing of it is taken, nor asked for */
	}
	if (from_oldest && m->n > 0 && m->prev.index > c->last.index) {
		/* The master keeps nothing older: we were away too long, start there.  What is not
		 * firm may not be in its log. */
		if (c->last.index > c->firm) {
			chat_truncate(c, c->firm + 1);
		}
		c->last = (struct chat_pos){.index = m->prev.index};
		c->first = m->prev.index + 1;
		c->stable = m->prev.index;
		c->is_unsaved = true;
		c->shown = c->shown > m->prev.index ? c->shown : m->prev.index;
	} else if (m->prev.index > c->last.index) {
		*ret_pull = c->last.index + 1;
		return CHAT_GAP;
	} else if (!from_oldest && !chat_has(c, m->prev)) {
		/* A master's log only grows within its term: our entry there is of a tail that
		 * lost. */
		chat_truncate(c, m->prev.index);
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
		    (chat_keeps(c, line->pos.index) &&
		     chat_entry(c, line->pos.index)->pos.term == line->pos.term)) {
			continue;
		}
		if (line->pos.index <= c->last.index) {
			chat_truncate(c, line->pos.index);
		}
		chat_append(c, line);
	}
	uint64_t joined = m->prev.index + m->n;

	chat_raise_stable(c, m->stable < joined ? m->stable : joined);
	return CHAT_OK;
}

bool chat_on_poll(struct chat *c, uint64_t stable, struct chat_pos master_last, uint64_t *ret_pull)
{
	c->agrees = false;
	if (master_last.index == 0) {
		return false;
	}
	if (master_last.index + 1 < c->first) {
		chat_truncate(c, 1); /* it began anew: nothing that we keep is in its log */
	}
	if (master_last.index <= c->last.index && chat_has(c, master_last)) {
		c->agrees = master_last.index >= c->firm;
		chat_raise_stable(c, stable);
		return false;
	}
	*ret_pull = c->last.index < master_last.index ? c->last.index + 1 : master_last.index;
	return true;
}
