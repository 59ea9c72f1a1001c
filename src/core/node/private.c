/* private.c - a line of the chat for one host alone.  ARCHITECTURE.md, "Chat".
 *
 * The log is everybody's, so such a line never enters it: it goes to its addressee itself, under
 * the keys of the pair, and nothing of it is kept.  Members that have no session, as no member
 * polls another, make one for it.  It is repeated until it is answered, and the addressee shows a
 * number once and answers it alike each time.  Without an answer it may have been shown, and people
 * are told so. */
#include "core/node/private.h"

#include "core/node/chat.h"
#include "core/node/contacts.h"
#include "core/node/effects.h"
#include "core/node/outbox.h"
#include "core/node/rows.h"
#include "core/node/table.h"

#define RESEND_NS  (NS_PER_S / 2)
#define LOST_AFTER 3 /* times without an answer: the addressee may have lost its keys */
#define WAIT_NS	   (5 * NS_PER_S)

/* The same where a line is typed and where it is heard: who keeps to it is never refused. */
static const struct chat_pace_limit said = {.burst = PRIVATE_LINES,
					    .every_ns = NS_PER_S / CHAT_PER_S};

/* --- Where it is typed --- */

/* Whoever is said to be there is called now, however long nobody answered there. */
static void call(struct node *n, struct peer *p)
{
	contact_want_session(n, p);
	struct contact *c = contact_find(n, &p->addr);

	if (c) {
		contact_call(n, c, n->step.now);
	}
}

static void post(struct node *n, struct peer *p)
{
	struct private_talk *t = &n->chat.private;
	struct wire_msg msg = {.type = WIRE_PRIVATE,
			       .term = n->election.term,
			       .private_line = t->line};

	t->resend = mono_add(n->step.now, RESEND_NS);
	t->keys = p->session.now.name;
	if (outbox_send(n, p, &msg, false, 0) && ++t->n_sent == LOST_AFTER) {
		call(n, p);
	}
}

enum order_verdict private_order(struct node *n, node_id to, const char *text, size_t len)
{
	struct private_talk *t = &n->chat.private;
	struct peer *p = peer_find(n, to);
	struct wire_chat_line line;

	if (!p) {
		return ORDER_NO_SUCH_PEER;
	}
	if (!chat_write(&line, text, len, n->config.name, chatting_time_ns(n))) {
		return ORDER_BAD_TEXT;
	}
	if (!row_is_here(n, p, n->step.now)) {
		return ORDER_ABSENT;
	}
	if (t->to != 0 || chat_pace_allows(&t->pace, &said, n->step.now, 1) == 0) {
		return ORDER_CHAT_FULL;
	}
	chat_pace_take(&t->pace, &said, n->step.now, 1);
	/* Numbered as lines of the log are, so that no other boot is likely to use the number. */
	line.origin_seq = (t->line.origin_seq ? t->line.origin_seq : n->chat.log.out_seq) + 1;
	t->line = line;
	t->to = to;
	t->n_sent = 0;
	t->until = mono_add(n->step.now, WAIT_NS);
	if (!session_can_send(&p->session)) {
		call(n, p);
	}
	post(n, p);
	return ORDER_SENT;
}

static void finish(struct node *n, enum private_outcome outcome)
{
	struct effect *e = fx_add(n, FX_PRIVATE_DONE);

	e->private_done.to = n->chat.private.to;
	e->private_done.outcome = outcome;
	n->chat.private.to = 0;
}

void private_tick(struct node *n)
{
	const struct private_talk *t = &n->chat.private;
	struct peer *p = t->to ? peer_find(n, t->to) : NULL;

	if (t->to == 0) {
		return;
	}
	if (!p || p->left || n->step.now.ns >= t->until.ns) {
		finish(n, PRIVATE_SILENT);
	} else if (n->step.now.ns >= t->resend.ns || p->session.now.name != t->keys) {
		post(n, p);
	}
}

mono_t private_deadline(const struct node *n)
{
	const struct private_talk *t = &n->chat.private;

	return t->to ? mono_min(t->resend, t->until) : MONO_NEVER;
}

/* --- Where it is for --- */

static void show(struct node *n, const struct peer *p, const struct wire_chat_line *line)
{
	n->chat.private.heard = *line;
	n->chat.private.heard.origin = p->id; /* by its keys, and not by its word */
	fx_add(n, FX_PRIVATE)->chat = &n->chat.private.heard;
}

static enum private_outcome take(struct node *n, struct peer *p, const struct wire_chat_line *line)
{
	if (!n->step.chat_is_read) {
		return PRIVATE_UNREAD;
	}
	if (chat_pace_allows(&p->private.pace, &said, n->step.now, 1) == 0) {
		chatting_tell_pace(n, p, LIMIT_CHAT);
		return PRIVATE_FULL;
	}
	chat_pace_take(&p->private.pace, &said, n->step.now, 1);
	show(n, p, line);
	return PRIVATE_SHOWN;
}

static void on_line(struct node *n, struct peer *p, const struct wire_chat_line *line)
{
	struct private_heard *h = &p->private;
	const uint64_t seq = line->origin_seq;

	if (seq < h->answer.origin_seq && chat_is_same_boot(seq, h->answer.origin_seq)) {
		return; /* it was late, and a later one was answered */
	}
	if (seq != h->answer.origin_seq) {
		h->answer.outcome = (uint8_t)take(n, p, line);
		h->answer.origin_seq = seq;
	}
	struct wire_msg msg = {.type = WIRE_PRIVATE_REPLY,
			       .term = n->election.term,
			       .private_reply = h->answer};

	(void)outbox_send(n, p, &msg, false, 0);
}

void private_on_message(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	const struct private_talk *t = &n->chat.private;

	if (msg->type == WIRE_PRIVATE) {
		on_line(n, p, &msg->private_line);
	} else if (t->to == p->id && msg->private_reply.origin_seq == t->line.origin_seq) {
		finish(n, (enum private_outcome)msg->private_reply.outcome);
	}
}
