/* glance.c - what arrives is looked at before a step is made of it.  ARCHITECTURE.md, "Trust".
 *
 * A step looks at all that may be due, and costs ten times what a hash does.  Junk is worth none:
 * it is only counted, as the step would count it too.  What people are told of is worth a step now
 * and then. */
#include "core/node/contacts.h"
#include "core/node/join.h"
#include "core/node/outbox.h"
#include "core/node/table.h"
#include "core/wire/handshake.h"

#include <assert.h>

#define TELL_NS	   (10 * NS_PER_MS) /* one that is refused is worth a step per so long ... */
#define TELL_BURST 100		    /* ... with so many saved up */

enum worth { WORTH_NOTHING, WORTH_TELLING, WORTH_A_STEP };

static enum worth worth_of_handshake(const struct node *n, const struct node_event *ev,
				     const struct wire_header *h)
{
	const uint8_t *in = ev->rx.data;
	uint8_t pub[KEY_LEN];
	size_t len = ev->rx.len;

	if ((h->type == WIRE_CHALLENGE || h->type == WIRE_ACCEPT) &&
	    !contact_of_index(n, h->session)) {
		return WORTH_NOTHING;
	}
	if (len < WIRE_HEADER_LEN + MAC_LEN || !mac_key(&n->trust, in, len)) {
		return WORTH_TELLING;
	}
	if (h->type == WIRE_HELLO &&
	    seen_is_there(&n->joining.strangers.seen, in + len - MAC_LEN)) {
		return WORTH_NOTHING;
	}
	if (h->type != WIRE_RESPONSE) {
		return WORTH_A_STEP;
	}
	if (session_check_response(&n->trust, &ev->rx.from, in, len, pub) != SESSION_OK) {
		return WORTH_TELLING;
	}
	const struct peer *p = peer_find(n, id_from_key(pub));
	bool copy = p && session_check_offer(&p->session, in, n->step.now) != SESSION_OK;

	return copy ? WORTH_NOTHING : WORTH_A_STEP;
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

	return p && session_may_open(&p->session, h.counter) ? WORTH_A_STEP : WORTH_NOTHING;
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
