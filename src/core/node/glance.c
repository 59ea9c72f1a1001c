/* glance.c - what arrives is looked at before a step is made of it.  ARCHITECTURE.md, "Trust".
 *
 * A step looks at all that may be due, and costs ten times what a hash does.  Junk is worth none:
 * it is only counted, as the step would count it too.  What people are told of is worth a step now
 * and then. */
#include "core/node/contacts.h"
#include "core/node/join.h"
#include "core/node/outbox.h"
#include "core/node/serve.h"
#include "core/node/table.h"
#include "core/wire/handshake.h"

#include <assert.h>

#define TELL_NS	       (10 * NS_PER_MS) /* one that is refused is worth a step per so long ... */
#define TELL_BURST     100		/* ... with so many saved up */
#define DISCOVER_NS    (NS_PER_MS / 2)	/* and so is a DISCOVER, which anybody may send again */
#define DISCOVER_BURST 2000

enum worth { WORTH_NOTHING, WORTH_TELLING, WORTH_A_STEP };

/* Is it a copy, or an answer to nothing?  That takes no MAC to find out. */
static bool is_stale(const struct node *n, const struct node_event *ev, const struct wire_header *h)
{
	if (h->type == WIRE_CHALLENGE || h->type == WIRE_ACCEPT) {
		const struct contact *c = contact_of_index(n, h->session);

		return !c || !session_awaits(&c->session, (enum wire_packet)h->type, ev->rx.data,
					     ev->rx.len);
	}
	return (h->type == WIRE_HELLO && serve_knows_hello(n, ev)) ||
	       (h->type == WIRE_RESPONSE && serve_knows_response(n, ev));
}

/* What the step would find, and whether it would do anything then: nothing is taken for that. */
static bool is_worth_a_step(const struct node *n, const struct node_event *ev,
			    const struct wire_header *h)
{
	const uint8_t *in = ev->rx.data;
	uint8_t pub[KEY_LEN];
	size_t len = ev->rx.len;

	if (h->type == WIRE_RESPONSE) {
		if (session_check_response(&n->trust, &ev->rx.from, in, len, pub) != SESSION_OK ||
		    !serve_may_prove(n, ev, pub)) {
			return false;
		}
		const struct peer *p = peer_find(n, id_from_key(pub));

		return !p || session_check_offer(&p->session, in, n->step.now) == SESSION_OK;
	}
	if (!mac_key(&n->trust, in, len)) {
		return false;
	}
	return h->type != WIRE_HELLO || len != WIRE_HELLO_LEN || serve_may_answer(n, ev);
}

static enum worth worth_of_handshake(struct node *n, const struct node_event *ev,
				     const struct wire_header *h)
{
	struct strangers *s = &n->joining.strangers;

	if (ev->rx.len < WIRE_HEADER_LEN + MAC_LEN) {
		return WORTH_TELLING;
	}
	if (is_stale(n, ev, h)) {
		return WORTH_NOTHING;
	}
	bool worth = is_worth_a_step(n, ev, h);

	if (worth && h->type == WIRE_DISCOVER &&
	    !allowance_take(&s->discovers, DISCOVER_NS, DISCOVER_BURST, n->step.now)) {
		return WORTH_NOTHING;
	}
	return worth ? WORTH_A_STEP : WORTH_TELLING;
}

static enum worth worth_of(struct node *n, const struct node_event *ev)
{
	struct wire_header h;
	enum wire_verdict v = wire_header_get(ev->rx.data, ev->rx.len, &h);

	if (v != WIRE_OK) {
		return v == WIRE_BAD_VERSION ? WORTH_TELLING : WORTH_NOTHING;
	}
	if (h.type != WIRE_DATA) {
		return worth_of_handshake(n, ev, &h);
	}
	const struct peer *p = join_peer_of(n, h.session);

	return p && session_may_open(&p->session, ev->rx.data, ev->rx.len) ? WORTH_A_STEP
									   : WORTH_NOTHING;
}

bool node_glance(struct node *n, const struct node_event *ev)
{
	assert(ev->type == EV_RX);
	enum worth w = n->self.started ? worth_of(n, ev) : WORTH_A_STEP;

	if (w == WORTH_A_STEP ||
	    (w == WORTH_TELLING &&
	     allowance_take(&n->joining.strangers.told, TELL_NS, TELL_BURST, n->step.now))) {
		return true;
	}
	outbox_count_received(n);
	outbox_count_bad(n);
	return false;
}
