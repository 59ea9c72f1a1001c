/* peer.c - what is noted of one peer: that it is here, what it says of itself, that it is gone. */
#include "core/node/peer.h"

#include <assert.h>
#include <string.h>

bool peer_is_proved(const struct peer *p)
{
	return !mono_is_long_ago(p->heard) || p->session.now.valid || p->session.next.valid;
}

bool peer_is_rumour(const struct peer *p)
{
	return !peer_is_proved(p) && !p->in_table && !p->recalled && !p->left && !p->forgotten;
}

void peer_leave(struct peer *p)
{
	assert(p->used);
	p->left = p->gone = true;
	p->in_table = p->dropped = false;
	p->struck = MONO_LONG_AGO;
}

void peer_strike(const struct node *n, struct peer *p, bool for_good)
{
	assert(p->used);
	p->in_table = p->recalled = false;
	p->forgotten = true;
	p->dropped = !for_good;
	p->listed = n->step.now;
	p->struck = MONO_LONG_AGO;
}

bool peer_is_struck(const struct peer *p)
{
	return !mono_is_long_ago(p->struck);
}

bool peer_counts(const struct peer *p)
{
	return p->in_table || peer_is_struck(p);
}

/* Our master says that @p has gone, which may have said so itself.  Whom we miss since we started
 * we miss until that is sure. */
static void take_out_by_word(const struct node *n, struct peer *p)
{
	p->struck = p->in_table && !p->guest && !p->gone ? n->step.now : p->struck;
	p->in_table = false;
	p->recalled = p->recalled && peer_counts(p);
}

void peer_strike_by_word(const struct node *n, struct peer *p, bool for_good)
{
	assert(p->used && n->election.role != ROLE_MASTER);
	take_out_by_word(n, p);
	p->forgotten = true;
	p->dropped = !for_good;
	p->listed = n->step.now;
}

void peer_confirm_strike(struct peer *p)
{
	assert(p->used && peer_is_struck(p));
	p->struck = MONO_LONG_AGO;
	p->recalled = false;
}

void peer_strike_anew(const struct node *n, struct peer *p)
{
	assert(p->used && peer_is_struck(p));
	p->struck = n->step.now;
}

void peer_take_back(const struct node *n, struct peer *p)
{
	assert(p->used && peer_is_struck(p));
	p->left = p->forgotten = p->dropped = false;
	p->in_table = true;
	p->struck = MONO_LONG_AGO;
	p->listed = n->step.now;
}

void peer_recall(struct peer *p)
{
	assert(p->used);
	p->in_table = p->recalled = true;
}

void peer_set_in_table(struct peer *p, bool in_table)
{
	assert(p->used && !(in_table && p->left));
	p->in_table = in_table;
	p->struck = in_table ? MONO_LONG_AGO : p->struck;
	p->forgotten = p->forgotten && !in_table;
	p->dropped = p->dropped && !in_table;
}

void peer_list(const struct node *n, struct peer *p, enum member_state state)
{
	assert(p->used && n->election.role != ROLE_MASTER);
	p->left = state == MEMBER_LEFT;
	p->forgotten = p->dropped = false;
	if (p->left) {
		take_out_by_word(n, p);
	} else {
		p->in_table = true;
		p->struck = MONO_LONG_AGO;
		p->recalled = p->recalled && !member_state_is_here(state);
	}
	p->listed = n->step.now;
}

void peer_note_mention(const struct node *n, struct peer *p)
{
	assert(p->used);
	p->listed = n->step.now;
}

void peer_note_packet(const struct node *n, struct peer *p, bool goodbye)
{
	assert(p->used);
	p->heard = n->step.now;
	p->asked = MONO_NEVER;
	p->listed = n->step.now;
	p->recalled = false;
	if (!goodbye) {
		p->left = p->gone = p->forgotten = false;
	}
}

void peer_note_request(const struct node *n, struct peer *p)
{
	assert(p->used);
	if (mono_is_never(p->asked)) {
		p->asked = n->step.now;
	}
}

void peer_note_session(const struct node *n, struct peer *p)
{
	assert(p->used);
	p->listed = n->step.now;
	p->asked = MONO_NEVER;
	p->named = false; /* it may be called otherwise since its start */
}

void peer_describe(struct peer *p, enum clock_mode mode, uint8_t priority, bool settled)
{
	assert(p->used);
	p->mode = mode;
	p->priority = priority;
	p->settled = settled;
}

void peer_rename(struct peer *p, const char name[static NODE_NAME_MAX])
{
	assert(p->used);
	if (!p->named) {
		memcpy(p->name, name, sizeof(p->name));
	}
}

void peer_name_itself(struct peer *p, const char name[static NODE_NAME_MAX])
{
	assert(p->used);
	memcpy(p->name, name, sizeof(p->name));
	p->named = name[0] != '\0';
}

void peer_note_chat(struct peer *p, struct chat_pos last)
{
	assert(p->used);
	p->chat_last = last;
}
