/* outbox.c - sealing and sending, and the transmit stamps that come back. */
#include "core/node/outbox.h"

#include "core/node/contacts.h"
#include "core/node/effects.h"
#include "core/node/peer.h"
#include "core/node/table.h"

#include <assert.h>
#include <string.h>

#define SILENT_NS (4 * NS_PER_S) /* without any answer: ask for new keys */

void outbox_send_bytes(struct node *n, const struct addr *to, const struct addr *from,
		       const uint8_t *data, size_t len)
{
	assert(len > 0 && len <= WIRE_PACKET_MAX);
	if (!fx_has_room(n)) {
		return;
	}
	memcpy(fx_packet(n), data, len);
	struct effect *e = fx_add_packet(n, FX_SEND, len);

	e->send.to = *to;
	if (from) {
		e->send.from = *from;
	}
	n->outbox.n_tx++;
}

void outbox_discover(struct node *n, const uint8_t *data, size_t len)
{
	assert(len > 0 && len <= WIRE_PACKET_MAX);
	memcpy(fx_packet(n), data, len);
	(void)fx_add_packet(n, FX_DISCOVER, len);
}

static uint32_t stamp_await(struct node *n, const struct peer *p, bool is_reply, uint32_t seq)
{
	if (++n->outbox.tx_id == 0) {
		n->outbox.tx_id = 1;
	}
	n->outbox.stamps[n->outbox.tx_id & (STAMPS_KEPT - 1)] =
		(struct pending_stamp){.tx_id = n->outbox.tx_id,
				       .peer = peer_index(n, p),
				       .is_reply = is_reply,
				       .seq = seq};
	return n->outbox.tx_id;
}

/* Is silence after it a sign of lost keys? */
static bool expects_answer(enum wire_type t)
{
	return t == WIRE_POLL || t == WIRE_PROBE || t == WIRE_PREVOTE || t == WIRE_VOTE ||
	       t == WIRE_CHAT_POST || t == WIRE_CHAT_PULL || t == WIRE_ORDER;
}

/* Does it ask for our term, grant it, say that it was granted, or lead in it?  Who forgot that
 * might say otherwise later. */
static bool is_promise(const struct node *n, const struct wire_msg *msg)
{
	return n->election.role == ROLE_MASTER || msg->type == WIRE_VOTE ||
	       msg->type == WIRE_TESTIMONY ||
	       (msg->type == WIRE_VOTE_REPLY && msg->vote_reply.granted);
}

/* Returns the effect, which goes to where @p is; NULL: there is no room for it. */
static struct effect *seal(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	uint8_t plain[WIRE_MESSAGE_MAX];
	size_t len = wire_encode(msg, plain, sizeof(plain));

	assert(len > 0);
	len = session_seal(&p->session, plain, len, fx_packet(n), WIRE_PACKET_MAX);
	if (len == 0) {
		return NULL;
	}
	struct effect *e = fx_add_packet(n, FX_SEND, len);

	e->send.to = p->addr;
	e->send.from = p->local;
	e->send.promise = is_promise(n, msg);
	n->outbox.n_tx++;
	return e;
}

bool outbox_send(struct node *n, struct peer *p, const struct wire_msg *msg, bool want_stamp,
		 uint32_t seq)
{
	assert(p->used);
	if (!session_can_send(&p->session)) {
		contact_want_session(n, p);
		return false;
	}
	if (!fx_has_room(n) || p->addr.port == 0) {
		return false;
	}
	if (expects_answer(msg->type)) {
		peer_note_request(n, p);
		if (mono_sub(n->step.now, p->asked) > SILENT_NS) {
			/* It may have lost its keys: restarted, or lost a handshake. */
			contact_want_session(n, p);
		}
	}
	struct effect *e = seal(n, p, msg);

	if (e && want_stamp) {
		bool is_reply = msg->type == WIRE_REPLY || msg->type == WIRE_PROBE_REPLY;

		e->send.tx_id = stamp_await(n, p, is_reply, seq);
	}
	return e != NULL;
}

void outbox_send_at(struct node *n, struct peer *p, const struct wire_msg *msg,
		    const struct addr *to, const struct addr *from)
{
	struct effect *e = session_can_send(&p->session) && fx_has_room(n) ? seal(n, p, msg) : NULL;

	if (e) {
		e->send.to = *to;
		e->send.from = *from;
	}
}

bool outbox_take_stamp(struct node *n, uint32_t tx_id, struct pending_stamp *ret)
{
	struct pending_stamp *s = &n->outbox.stamps[tx_id & (STAMPS_KEPT - 1)];

	if (tx_id == 0 || s->tx_id != tx_id) {
		return false;
	}
	*ret = *s;
	s->tx_id = 0;
	return true;
}

void outbox_count_received(struct node *n)
{
	n->outbox.n_rx++;
}

void outbox_count_bad(struct node *n)
{
	n->outbox.n_bad++;
}
