/* chat.c - chat over the wire: post, copy, pull, show.  The rules are chat.c's. */
#include "core/node/node_private.h"

#include <assert.h>
#include <string.h>

#define RESEND_NS (100 * NS_PER_MS) /* own lines, until the master has them */
#define WINDOW	  4		    /* messages of lines under way to one member */
#define SHOW_MAX  8		    /* lines shown per step */

void chat_emit(struct node *n)
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
		    !node_send(n, p, &msg, false, 0)) {
			return;
		}
		from = msg.chat_lines.line[msg.chat_lines.n - 1].pos.index + 1;
		p->as_master.chat.sent_to = from - 1;
	}
	p->as_master.chat.sent_at = n->step.now;
}

static void pull(struct node *n, struct peer *p, uint64_t from)
{
	struct wire_msg msg = {.type = WIRE_CHAT_PULL,
			       .term = n->election.term,
			       .chat_pull = {.from = from, .have = n->chat.log.last}};

	node_send(n, p, &msg, false, 0);
}

static void post_outbox(struct node *n)
{
	struct wire_msg msg = {.type = WIRE_CHAT_POST, .term = n->election.term};
	struct peer *m = master_peer(n);

	if (m && chat_outbox(&n->chat.log, &msg.chat_post)) {
		node_send(n, m, &msg, false, 0);
	}
	n->chat.resend = mono_add(n->step.now, RESEND_NS);
}

/* Stable: held by a majority of the table, or, in an island, of those who are here. */
static void stable_update(struct node *n)
{
	assert(n->store.peers);
	uint64_t best = n->chat.log.stable;
	unsigned need = (n->election.census.island ? n->election.census.n_alive
						   : n->election.census.n_table) /
				2 +
			1;

	for (size_t i = 0; i <= n->store.n_peers; i++) {
		const struct peer *p = i < n->store.n_peers ? &n->store.peers[i] : NULL;
		uint64_t candidate = p ? p->as_master.chat.acked : n->chat.log.last.index;
		unsigned have = 1;

		if ((p && !p->used) || candidate <= best) {
			continue;
		}
		for (size_t j = 0; j < n->store.n_peers; j++) {
			have += n->store.peers[j].used &&
				n->store.peers[j].as_master.polled.follows &&
				n->store.peers[j].as_master.chat.acked >= candidate;
		}
		if (have >= need) {
			best = candidate;
		}
	}
	if (best > n->chat.log.stable) {
		uint64_t before = n->chat.log.stable;

		chat_set_stable(&n->chat.log, best);
		for (size_t i = 0; n->chat.log.stable > before && i < n->store.n_peers; i++) {
			n->store.peers[i].as_master.chat.stable_due = true;
		}
	}
}

void chat_master_began(struct node *n)
{
	if (n->chat.source == NO_INDEX) {
		chat_lead(&n->chat.log, n->election.term);
		n->chat.lead_at = MONO_NEVER;
		return;
	}
	/* A voter's log is further on: some of its lines may have been shown.  Take them over
	 * first. */
	chat_follow(&n->chat.log);
	n->chat.lead_at = mono_add(n->step.now, 2 * lease_unit(n));
	n->chat.resend = n->step.now;
}

static void takeover_tick(struct node *n)
{
	bool done = !chat_pos_after(n->chat.target, n->chat.log.last);

	if (n->chat.lead_at.ns == INT64_MAX) {
		return;
	}
	if (done || n->step.now.ns >= n->chat.lead_at.ns) {
		n->chat.lead_at = MONO_NEVER;
		n->chat.source = NO_INDEX;
		chat_lead(&n->chat.log, n->election.term);
	} else if (n->step.now.ns >= n->chat.resend.ns) {
		pull(n, &n->store.peers[n->chat.source], n->chat.log.last.index + 1);
		n->chat.resend = mono_add(n->step.now, RESEND_NS);
	}
}

static bool taking_over(const struct node *n, const struct peer *p)
{
	return n->election.role == ROLE_MASTER && n->chat.lead_at.ns != INT64_MAX &&
	       peer_index(n, p) == n->chat.source;
}

void chat_on_msg(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	uint64_t from;
	bool ours = p->id == n->election.master && msg->term == n->election.term &&
		    n->election.role != ROLE_MASTER;

	if (msg->type == WIRE_CHAT_POST) {
		if (n->election.role == ROLE_MASTER && n->chat.log.leading) {
			chat_on_post(&n->chat.log, p->id, &msg->chat_post);
		}
	} else if (msg->type == WIRE_CHAT_PULL) {
		chat_from_reply(n, p, msg->chat_pull.have); /* a pull is a receipt too */
		if (n->election.role != ROLE_MASTER ||
		    msg->chat_pull.from > p->as_master.chat.sent_to ||
		    mono_sub(n->step.now, p->as_master.chat.sent_at) >= RESEND_NS / 4 ||
		    msg->chat_pull.from <= msg->chat_pull.have.index) {
			lines_window(n, p, msg->chat_pull.from);
		}
	} else if (ours || taking_over(n, p)) {
		enum chat_verdict v = chat_on_lines(&n->chat.log, &msg->chat_lines, &from);

		if (v == CHAT_GAP) {
			pull(n, p, from);
		} else if (msg->chat_lines.n > 0) {
			pull(n, p, n->chat.log.last.index + 1);
			if (ours && n->chat.log.n_out > 0) {
				post_outbox(n); /* ours are in: the next */
			}
		}
	}
}

void chat_from_poll(struct node *n, struct peer *p, const struct wire_poll *q)
{
	uint64_t from;

	chat_acked(&n->chat.log, q->chat_acked_seq);
	if (chat_on_poll(&n->chat.log, q->chat_stable, q->chat_last, &from)) {
		pull(n, p, from);
	}
}

void chat_from_reply(struct node *n, struct peer *p, struct chat_pos last)
{
	p->chat_last = last;
	if (n->chat.log.leading && last.index <= n->chat.log.last.index &&
	    chat_has(&n->chat.log, last)) {
		p->as_master.chat.acked =
			last.index > p->as_master.chat.acked ? last.index : p->as_master.chat.acked;
	}
}

enum order_verdict chat_order(struct node *n, const char *text, size_t len)
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
	for (size_t i = 0; i < n->store.n_peers; i++) {
		struct peer *p = &n->store.peers[i];

		if (!p->used || !p->as_master.polled.follows || p->left || !fx_room_to_send(n)) {
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

			p->as_master.chat.stable_due = !node_send(n, p, &msg, false, 0);
		}
	}
}

void chat_tick(struct node *n)
{
	if (n->election.role == ROLE_MASTER) {
		takeover_tick(n);
		copy_tick(n);
	} else if (n->chat.log.n_out > 0 && n->step.now.ns >= n->chat.resend.ns) {
		post_outbox(n);
	}
}

mono_t chat_deadline(const struct node *n)
{
	mono_t d = MONO_NEVER;

	if (show_waits(n)) {
		return n->step.now;
	}
	if (n->election.role != ROLE_MASTER) {
		return n->chat.log.n_out > 0 ? n->chat.resend : MONO_NEVER;
	}
	if (n->chat.lead_at.ns != INT64_MAX) {
		d = mono_min(n->chat.lead_at, n->chat.resend);
	}
	for (size_t i = 0; i < n->store.n_peers; i++) {
		const struct peer *p = &n->store.peers[i];

		if (p->used && p->as_master.polled.follows &&
		    p->as_master.chat.acked < n->chat.log.last.index && peer_alive(n, p)) {
			d = mono_min(d, mono_add(p->as_master.chat.sent_at, RESEND_NS));
		}
	}
	return d;
}
