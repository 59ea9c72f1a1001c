/* chat.c - chat over the wire: post, copy, pull, show.  The rules of the log are in
 * core/rules/chat.c. */
#include "core/node/chat.h"

#include "core/node/effects.h"
#include "core/node/lease.h"
#include "core/node/outbox.h"
#include "core/node/table.h"

#include <assert.h>
#include <string.h>

#define RESEND_NS (100 * NS_PER_MS) /* own lines, until the master has them */
#define WINDOW	  4		    /* messages of lines under way to one member */
#define SHOW_MAX  8		    /* lines shown per step */

void chatting_emit(struct node *n)
{
	const struct wire_chat_line *line;

	for (unsigned i = 0;
	     i < SHOW_MAX && n->step.fx->n < FX_MAX - 2 && chat_show(&n->chat.log, &line); i++) {
		fx_add(n, FX_CHAT)->chat = line;
	}
}

static bool show_waits(const struct node *n)
{
	return n->chat.log.shown < n->chat.log.stable;
}

static struct peer *master_peer(const struct node *n)
{
	return n->election.master && n->election.role != ROLE_MASTER
		       ? peer_find(n, n->election.master)
		       : NULL;
}

static void lines_window(struct node *n, struct peer *p, uint64_t from)
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

static void pull_send(struct node *n, struct peer *p, uint64_t from)
{
	struct wire_msg msg = {.type = WIRE_CHAT_PULL,
			       .term = n->election.term,
			       .chat_pull = {.from = from, .have = n->chat.log.last}};

	outbox_send(n, p, &msg, false, 0);
}

static void post_outbox(struct node *n)
{
	struct wire_msg msg = {.type = WIRE_CHAT_POST, .term = n->election.term};
	struct peer *m = master_peer(n);

	if (m && chat_outbox(&n->chat.log, &msg.chat_post)) {
		outbox_send(n, m, &msg, false, 0);
	}
	n->chat.resend = mono_add(n->step.now, RESEND_NS);
}

/* How many hold our log up to @index, we among them? */
static unsigned holders(const struct node *n, uint64_t index)
{
	unsigned have = 1;

	for_each_peer (n, p) {
		have += p->as_master.polled.follows && p->as_master.chat.acked >= index;
	}
	return have;
}

/* Stable: held by a majority of the table, or, in an island, of those who are here. */
static void stable_update(struct node *n)
{
	const struct census *c = &n->election.census;
	uint64_t before = n->chat.log.stable, best = before;
	unsigned need = (c->island ? c->n_alive : c->n_table) / 2 + 1;

	for_each_peer (n, p) {
		uint64_t index = p->as_master.chat.acked;

		if (index > best && holders(n, index) >= need) {
			best = index;
		}
	}
	if (n->chat.log.last.index > best && holders(n, n->chat.log.last.index) >= need) {
		best = n->chat.log.last.index;
	}
	if (best > before) {
		chat_set_stable(&n->chat.log, best);
	}
	if (n->chat.log.stable == before) {
		return;
	}
	for_each_peer (n, p) {
		p->as_master.chat.stable_due = true;
	}
}

void chatting_begin_lead(struct node *n, uint16_t source, struct chat_pos target)
{
	assert(n->election.role == ROLE_MASTER);
	n->chat.source = source;
	n->chat.target = target;
	if (source == NO_INDEX) {
		chat_lead(&n->chat.log, n->election.term);
		n->chat.lead_at = MONO_NEVER;
		return;
	}
	/* A voter's log is further on: some of its lines may have been shown.  Take them over
	 * first. */
	chat_follow(&n->chat.log);
	n->chat.lead_at = mono_add(n->step.now, 2 * heartbeat_ns(n));
	n->chat.resend = n->step.now;
}

static void takeover_tick(struct node *n)
{
	bool done = !chat_pos_after(n->chat.target, n->chat.log.last);

	if (mono_is_never(n->chat.lead_at)) {
		return;
	}
	if (done || n->step.now.ns >= n->chat.lead_at.ns) {
		n->chat.lead_at = MONO_NEVER;
		n->chat.source = NO_INDEX;
		chat_lead(&n->chat.log, n->election.term);
	} else if (n->step.now.ns >= n->chat.resend.ns) {
		pull_send(n, &n->store.peers[n->chat.source], n->chat.log.last.index + 1);
		n->chat.resend = mono_add(n->step.now, RESEND_NS);
	}
}

static bool taking_over(const struct node *n, const struct peer *p)
{
	return n->election.role == ROLE_MASTER && !mono_is_never(n->chat.lead_at) &&
	       peer_index(n, p) == n->chat.source;
}

void chatting_on_message(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	uint64_t from;
	bool ours = p->id == n->election.master && msg->term == n->election.term &&
		    n->election.role != ROLE_MASTER;

	if (msg->type == WIRE_CHAT_POST) {
		if (n->election.role == ROLE_MASTER && n->chat.log.leading) {
			chat_on_post(&n->chat.log, p->id, &msg->chat_post);
		}
	} else if (msg->type == WIRE_CHAT_PULL) {
		chatting_on_receipt(n, p, msg->chat_pull.have); /* a pull is a receipt too */
		if (n->election.role != ROLE_MASTER ||
		    msg->chat_pull.from > p->as_master.chat.sent_to ||
		    mono_sub(n->step.now, p->as_master.chat.sent_at) >= RESEND_NS / 4 ||
		    msg->chat_pull.from <= msg->chat_pull.have.index) {
			lines_window(n, p, msg->chat_pull.from);
		}
	} else if (ours || taking_over(n, p)) {
		enum chat_verdict v = chat_on_lines(&n->chat.log, &msg->chat_lines, &from);

		if (v == CHAT_GAP) {
			pull_send(n, p, from);
		} else if (msg->chat_lines.n > 0) {
			pull_send(n, p, n->chat.log.last.index + 1);
			if (ours && n->chat.log.n_out > 0) {
				post_outbox(n); /* ours are in: the next */
			}
		}
	}
}

void chatting_on_poll(struct node *n, struct peer *p, const struct wire_poll *q)
{
	uint64_t from;

	chat_acked(&n->chat.log, q->chat_acked_seq);
	if (chat_on_poll(&n->chat.log, q->chat_stable, q->chat_last, &from)) {
		pull_send(n, p, from);
	}
}

void chatting_on_receipt(struct node *n, struct peer *p, struct chat_pos last)
{
	peer_note_chat(p, last);
	if (n->chat.log.leading && last.index <= n->chat.log.last.index &&
	    chat_has(&n->chat.log, last)) {
		p->as_master.chat.acked =
			last.index > p->as_master.chat.acked ? last.index : p->as_master.chat.acked;
	}
}

enum order_verdict chatting_order(struct node *n, const char *text, size_t len)
{
	wall_t at = n->steering.has_line ? line_at(&n->steering.line, n->step.pair.raw)
					 : n->step.pair.wall;

	switch (chat_type(&n->chat.log, text, len, n->config.name, at.ns)) {
	case CHAT_OK:
		break;
	case CHAT_FULL:
		return ORDER_CHAT_FULL;
	case CHAT_BAD_TEXT:
	case CHAT_GAP:
		return ORDER_BAD_TEXT;
	}
	if (n->election.role != ROLE_MASTER && n->chat.resend.ns > n->step.now.ns) {
		post_outbox(n);
	}
	return ORDER_OK;
}

/* The master gives new lines to everyone at once, and again to who is silent about them. */
static void copy_tick(struct node *n)
{
	stable_update(n);
	for_each_peer (n, p) {
		if (!p->as_master.polled.follows || p->left || !fx_has_room(n)) {
			continue;
		}
		bool behind = p->as_master.chat.acked < n->chat.log.last.index;
		bool due = mono_sub(n->step.now, p->as_master.chat.sent_at) >= RESEND_NS;
		bool fresh = p->as_master.chat.sent_to < n->chat.log.last.index &&
			     p->as_master.chat.sent_to < p->as_master.chat.acked + 2 * WINDOW;

		if (behind && (due || fresh) && peer_alive(n, p)) {
			lines_window(n, p,
				     fresh && !due ? p->as_master.chat.sent_to + 1
						   : p->as_master.chat.acked + 1);
			p->as_master.chat.stable_due = false; /* lines carry it */
		} else if (p->as_master.chat.stable_due) {
			struct wire_msg msg = {.type = WIRE_CHAT_LINES,
					       .term = n->election.term,
					       .chat_lines = {.prev = n->chat.log.last,
							      .stable = n->chat.log.stable}};

			p->as_master.chat.stable_due = !outbox_send(n, p, &msg, false, 0);
		}
	}
}

void chatting_tick(struct node *n)
{
	if (n->election.role == ROLE_MASTER) {
		takeover_tick(n);
		copy_tick(n);
	} else if (n->chat.log.n_out > 0 && n->step.now.ns >= n->chat.resend.ns) {
		post_outbox(n);
	}
}

mono_t chatting_deadline(const struct node *n)
{
	mono_t d = MONO_NEVER;

	if (show_waits(n)) {
		return n->step.now;
	}
	if (n->election.role != ROLE_MASTER) {
		return n->chat.log.n_out > 0 ? n->chat.resend : MONO_NEVER;
	}
	if (!mono_is_never(n->chat.lead_at)) {
		d = mono_min(n->chat.lead_at, n->chat.resend);
	}
	for_each_peer (n, p) {
		if (p->as_master.polled.follows &&
		    p->as_master.chat.acked < n->chat.log.last.index && peer_alive(n, p)) {
			d = mono_min(d, mono_add(p->as_master.chat.sent_at, RESEND_NS));
		}
	}
	return d;
}

void chatting_init(struct node *n)
{
	n->chat.source = NO_INDEX;
	n->chat.lead_at = MONO_NEVER;
	n->chat.resend = MONO_NEVER;
}

void chatting_start(struct node *n)
{
	/* Own lines of this boot are numbered above those of any other. */
	chat_init(&n->chat.log, n->store.chat_log, n->store.n_chat_log, n->self.id,
		  (rng_u64(&n->rng) >> 24) << 20);
}

void chatting_raise_term(struct node *n)
{
	chat_lead(&n->chat.log, n->election.term);
}

void chatting_begin_follow(struct node *n)
{
	chat_follow(&n->chat.log);
}

void chatting_enlist(struct peer *p)
{
	p->as_master.chat.acked = 0;
	p->as_master.chat.sent_to = 0;
}
