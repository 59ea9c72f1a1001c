/* copies.c - as master of the chat: which member holds how much of our log, and sending it the
 * rest. */
#include "core/node/copies.h"

#include "core/node/effects.h"
#include "core/node/lease.h"
#include "core/node/outbox.h"
#include "core/node/peer.h"
#include "core/node/table.h"

#include <assert.h>

#define WINDOW 4 /* messages of lines under way to one member */

/* Send lines from @from on, as many as may be under way at once. */
static void send_window(struct node *n, struct peer *p, uint64_t from)
{
	for (unsigned i = 0; i < WINDOW && from <= n->chat.log.last.index; i++) {
		struct wire_msg msg = {.type = WIRE_CHAT_LINES, .term = n->election.term};

		if (!chat_lines_from(&n->chat.log, from, &msg.chat_lines) ||
		    !outbox_send(n, p, &msg, false, 0)) {
			return;
		}
		from = msg.chat_lines.line[msg.chat_lines.n - 1].pos.index + 1;
		p->as_master.chat.sent_to = from - 1;
	}
	p->as_master.chat.sent_at = n->step.now;
}

/* Does @p lack lines that we have?  There is a last index without any line when the lines before it
 * were lost to us, and nothing to send then. */
static bool lacks_lines(const struct node *n, const struct peer *p)
{
	const struct chat *c = &n->chat.log;

	return p->as_master.chat.acked < c->last.index && c->first <= c->last.index;
}

/* How many hold our log up to @index, we among them? */
static unsigned count_holders(const struct node *n, uint64_t index)
{
	unsigned n_holders = 1;

	for_each_peer (n, p) {
		bool here = n->election.census.island ? peer_alive(n, p) : p->in_table;

		n_holders += here && !p->guest && p->as_master.polled.follows &&
			     p->as_master.chat.acked >= index;
	}
	return n_holders;
}

/* Stable is what a majority of the table holds, or, in an island, of those who are here. */
uint64_t copies_stable_index(const struct node *n)
{
	const struct census *c = &n->election.census;
	uint64_t last = n->chat.log.last.index, best = n->chat.log.stable;
	unsigned need = (c->island ? c->n_alive : c->n_table) / 2 + 1;

	for_each_peer (n, p) {
		uint64_t index = p->as_master.chat.acked;

		if (index > best && count_holders(n, index) >= need) {
			best = index;
		}
	}
	return last > best && count_holders(n, last) >= need ? last : best;
}

void copies_note_stable(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	for_each_peer (n, p) {
		p->as_master.chat.stable_due = true;
	}
}

/* What it says now counts, and not what it said before: its log may have been cut meanwhile, or be
 * another below a last entry that a liar made equal to ours. */
void copies_on_receipt(struct node *n, struct peer *p, struct chat_pos last)
{
	uint64_t *acked = &p->as_master.chat.acked;

	peer_note_chat(p, last);
	if (!n->chat.log.leading) {
		return;
	}
	if (last.index <= n->chat.log.last.index && chat_has(&n->chat.log, last)) {
		*acked = last.index;
	} else if (last.index <= *acked) { /* ours begins at 1 or later: it is not 0 */
		*acked = last.index - 1;
	}
}

void copies_on_pull(struct node *n, struct peer *p, const struct wire_chat_pull *pull)
{
	copies_on_receipt(n, p, pull->have); /* a pull is a receipt too */
	/* Each message of lines is answered by a pull: those for what is under way are not served,
	 * or packets would become more and more.  Whose log is another goes back to where both are
	 * one, each time further: who asks again from the same place waits. */
	const bool late = mono_sub(n->step.now, p->as_master.chat.sent_at) >= CHAT_RESEND_NS / 4;
	const bool back = pull->from <= pull->have.index;
	const uint64_t before = p->as_master.chat.back_to;

	if (pull->from > p->as_master.chat.sent_to || late ||
	    (back && (before == 0 || pull->from < before))) {
		p->as_master.chat.back_to = back ? pull->from : late ? 0 : before;
		send_window(n, p, pull->from);
	}
}

/* Tell a member up to where our log is stable, without any line. */
static void send_stable(struct node *n, struct peer *p)
{
	struct wire_msg msg = {.type = WIRE_CHAT_LINES,
			       .term = n->election.term,
			       .chat_lines = {.prev = n->chat.log.last,
					      .stable = n->chat.log.stable}};

	p->as_master.chat.stable_due = !outbox_send(n, p, &msg, false, 0);
}

static void copy_to(struct node *n, struct peer *p)
{
	bool behind = lacks_lines(n, p);
	bool due = mono_sub(n->step.now, p->as_master.chat.sent_at) >= CHAT_RESEND_NS;
	uint64_t acked = p->as_master.chat.acked, sent_to = p->as_master.chat.sent_to;
	bool fresh = sent_to < n->chat.log.last.index && sent_to < acked + 2 * WINDOW;

	if (behind && (due || fresh) && peer_alive(n, p)) {
		send_window(n, p, fresh && !due ? sent_to + 1 : acked + 1);
		p->as_master.chat.stable_due = false; /* lines carry it */
	} else if (p->as_master.chat.stable_due) {
		send_stable(n, p);
	}
}

/* A step has room for some: those after them have their turn in the next, which is due at once,
 * since whoever was sent a window has to acknowledge it first. */
void copies_tick(struct node *n)
{
	assert(n->election.role == ROLE_MASTER);
	for_each_peer (n, p) {
		if (p->as_master.polled.follows && !p->left && fx_has_room(n)) {
			copy_to(n, p);
		}
	}
	n->chat.copies_cut = !fx_has_room(n);
}

mono_t copies_deadline(const struct node *n)
{
	mono_t d = n->chat.copies_cut ? n->step.now : MONO_NEVER;

	for_each_peer (n, p) {
		if (p->as_master.polled.follows && lacks_lines(n, p) && peer_alive(n, p)) {
			d = mono_min(d, mono_add(p->as_master.chat.sent_at, CHAT_RESEND_NS));
		}
	}
	return d;
}

void copies_enlist(struct peer *p)
{
	assert(p->used);
	p->as_master.chat.acked = 0;
	p->as_master.chat.sent_to = 0;
	p->as_master.chat.back_to = 0;
}
