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

	for (unsigned i = 0; i < SHOW_MAX && n->fx->n < FX_MAX - 2 && chat_show(&n->chat, &line);
	     i++) {
		fx_add(n, FX_CHAT)->chat = line;
	}
}

static bool show_waits(const struct node *n)
{
	return n->chat.shown < n->chat.stable;
}

static struct peer *master_peer(const struct node *n)
{
	return n->master && n->role != ROLE_MASTER ? peer_find(n, n->master) : NULL;
}

static void lines_window(struct node *n, struct peer *p, uint64_t from)
{
	for (unsigned i = 0; i < WINDOW && from <= n->chat.last.index; i++) {
		struct wire_msg msg = {.type = WIRE_CHAT_LINES, .term = n->term};

		if (!chat_lines_from(&n->chat, from, &msg.chat_lines) ||
		    !node_send(n, p, &msg, false, 0)) {
			return;
		}
		from = msg.chat_lines.line[msg.chat_lines.n - 1].pos.index + 1;
		p->chat_sent_to = from - 1;
	}
	p->chat_sent = n->now;
}

static void pull(struct node *n, struct peer *p, uint64_t from)
{
	struct wire_msg msg = {.type = WIRE_CHAT_PULL,
			       .term = n->term,
			       .chat_pull = {.from = from, .have = n->chat.last}};

	node_send(n, p, &msg, false, 0);
}

static void post_outbox(struct node *n)
{
	struct wire_msg msg = {.type = WIRE_CHAT_POST, .term = n->term};
	struct peer *m = master_peer(n);

	if (m && chat_outbox(&n->chat, &msg.chat_post)) {
		node_send(n, m, &msg, false, 0);
	}
	n->chat_resend = mono_add(n->now, RESEND_NS);
}

/* Stable: held by a majority of the table, or, in an island, of those who are here. */
static void stable_update(struct node *n)
{
	assert(n->store.peers);
	uint64_t best = n->chat.stable;
	unsigned need = (n->island ? n->n_alive : n->n_table) / 2 + 1;

	for (size_t i = 0; i <= n->store.n_peers; i++) {
		const struct peer *p = i < n->store.n_peers ? &n->store.peers[i] : NULL;
		uint64_t candidate = p ? p->chat_acked : n->chat.last.index;
		unsigned have = 1;

		if ((p && !p->used) || candidate <= best) {
			continue;
		}
		for (size_t j = 0; j < n->store.n_peers; j++) {
			have += n->store.peers[j].used && n->store.peers[j].follows &&
				n->store.peers[j].chat_acked >= candidate;
		}
		if (have >= need) {
			best = candidate;
		}
	}
	if (best > n->chat.stable) {
		uint64_t before = n->chat.stable;

		chat_set_stable(&n->chat, best);
		for (size_t i = 0; n->chat.stable > before && i < n->store.n_peers; i++) {
			n->store.peers[i].chat_stable_due = true;
		}
	}
}

void chat_master_began(struct node *n)
{
	if (n->chat_source == NO_INDEX) {
		chat_lead(&n->chat, n->term);
		n->chat_lead_at = MONO_NEVER;
		return;
	}
	/* A voter's log is further on: some of its lines may have been shown.  Take them over
	 * first. */
	chat_follow(&n->chat);
	n->chat_lead_at = mono_add(n->now, 2 * lease_unit(n));
	n->chat_resend = n->now;
}

static void takeover_tick(struct node *n)
{
	bool done = !chat_pos_after(n->chat_target, n->chat.last);

	if (n->chat_lead_at.ns == INT64_MAX) {
		return;
	}
	if (done || n->now.ns >= n->chat_lead_at.ns) {
		n->chat_lead_at = MONO_NEVER;
		n->chat_source = NO_INDEX;
		chat_lead(&n->chat, n->term);
	} else if (n->now.ns >= n->chat_resend.ns) {
		pull(n, &n->store.peers[n->chat_source], n->chat.last.index + 1);
		n->chat_resend = mono_add(n->now, RESEND_NS);
	}
}

static bool taking_over(const struct node *n, const struct peer *p)
{
	return n->role == ROLE_MASTER && n->chat_lead_at.ns != INT64_MAX &&
	       peer_index(n, p) == n->chat_source;
}

void chat_on_msg(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	uint64_t from;
	bool ours = p->id == n->master && msg->term == n->term && n->role != ROLE_MASTER;

	if (msg->type == WIRE_CHAT_POST) {
		if (n->role == ROLE_MASTER && n->chat.leading) {
			chat_on_post(&n->chat, p->id, &msg->chat_post);
		}
	} else if (msg->type == WIRE_CHAT_PULL) {
		chat_from_reply(n, p, msg->chat_pull.have); /* a pull is a receipt too */
		if (n->role != ROLE_MASTER || msg->chat_pull.from > p->chat_sent_to ||
		    mono_sub(n->now, p->chat_sent) >= RESEND_NS / 4 ||
		    msg->chat_pull.from <= msg->chat_pull.have.index) {
			lines_window(n, p, msg->chat_pull.from);
		}
	} else if (ours || taking_over(n, p)) {
		enum chat_verdict v = chat_on_lines(&n->chat, &msg->chat_lines, &from);

		if (v == CHAT_GAP) {
			pull(n, p, from);
		} else if (msg->chat_lines.n > 0) {
			pull(n, p, n->chat.last.index + 1);
			if (ours && n->chat.n_out > 0) {
				post_outbox(n); /* ours are in: the next */
			}
		}
	}
}

void chat_from_poll(struct node *n, struct peer *p, const struct wire_poll *q)
{
	uint64_t from;

	chat_acked(&n->chat, q->chat_acked_seq);
	if (chat_on_poll(&n->chat, q->chat_stable, q->chat_last, &from)) {
		pull(n, p, from);
	}
}

void chat_from_reply(struct node *n, struct peer *p, struct chat_pos last)
{
	p->chat_last = last;
	if (n->chat.leading && last.index <= n->chat.last.index && chat_has(&n->chat, last)) {
		p->chat_acked = last.index > p->chat_acked ? last.index : p->chat_acked;
	}
}

enum order_verdict chat_order(struct node *n, const char *text, size_t len)
{
	wall_t at = n->has_line ? line_at(&n->line, n->pair.raw) : n->pair.wall;

	switch (chat_type(&n->chat, text, len, n->config.name, at.ns)) {
	case CHAT_OK:
		break;
	case CHAT_FULL:
		return ORDER_CHAT_FULL;
	case CHAT_BAD_TEXT:
	case CHAT_GAP:
		return ORDER_BAD_TEXT;
	}
	if (n->role != ROLE_MASTER && n->chat_resend.ns > n->now.ns) {
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

		if (!p->used || !p->follows || p->left || !fx_room_to_send(n)) {
			continue;
		}
		bool behind = p->chat_acked < n->chat.last.index;
		bool due = mono_sub(n->now, p->chat_sent) >= RESEND_NS;
		bool fresh = p->chat_sent_to < n->chat.last.index &&
			     p->chat_sent_to < p->chat_acked + 2 * WINDOW;

		if (behind && (due || fresh) && peer_alive(n, p)) {
			lines_window(n, p, fresh && !due ? p->chat_sent_to + 1 : p->chat_acked + 1);
			p->chat_stable_due = false; /* lines carry it */
		} else if (p->chat_stable_due) {
			struct wire_msg msg = {.type = WIRE_CHAT_LINES,
					       .term = n->term,
					       .chat_lines = {.prev = n->chat.last,
							      .stable = n->chat.stable}};

			p->chat_stable_due = !node_send(n, p, &msg, false, 0);
		}
	}
}

void chat_tick(struct node *n)
{
	if (n->role == ROLE_MASTER) {
		takeover_tick(n);
		copy_tick(n);
	} else if (n->chat.n_out > 0 && n->now.ns >= n->chat_resend.ns) {
		post_outbox(n);
	}
}

mono_t chat_deadline(const struct node *n)
{
	mono_t d = MONO_NEVER;

	if (show_waits(n)) {
		return n->now;
	}
	if (n->role != ROLE_MASTER) {
		return n->chat.n_out > 0 ? n->chat_resend : MONO_NEVER;
	}
	if (n->chat_lead_at.ns != INT64_MAX) {
		d = mono_min(n->chat_lead_at, n->chat_resend);
	}
	for (size_t i = 0; i < n->store.n_peers; i++) {
		const struct peer *p = &n->store.peers[i];

		if (p->used && p->follows && p->chat_acked < n->chat.last.index &&
		    peer_alive(n, p)) {
			d = mono_min(d, mono_add(p->chat_sent, RESEND_NS));
		}
	}
	return d;
}
