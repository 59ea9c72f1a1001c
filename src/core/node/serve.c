/* serve.c - how much is done for whoever calls, and which of his packets are copies.
 *
 * A HELLO is sent once.  A copy of it, as if from elsewhere, may come before it, and then the HELLO
 * itself is what came second: it is answered, too.  So that one packet, said again from everywhere,
 * takes nothing from other callers, second ones have an allowance of their own. */
#include "core/node/serve.h"

#include "core/node/contacts.h"
#include "core/node/effects.h"
#include "core/node/table.h"
#include "core/wire/handshake.h"

#include <assert.h>
#include <string.h>

#define BUSY_TELL_NS (60 * NS_PER_S)
#define COPY_NS	     (50 * NS_PER_MS) /* one second HELLO per so long ... */
#define COPY_BURST   20		      /* ... with so many saved up */

void serve_start(struct node *n)
{
	struct strangers *s = &n->joining.strangers;
	uint64_t secret[2];

	assert(n->self.started);
	n->joining.busy_told = MONO_LONG_AGO;
	/* Who shares a place is a matter of chance; by which bits a copy is known is a secret. */
	fx_random(n, (uint8_t *)secret, sizeof(secret));
	quota_init(&s->hellos, rng_u64(&n->rng), n->step.now);
	quota_init(&s->proofs, rng_u64(&n->rng), n->step.now);
	seen_init(&s->hellos_seen, secret[0]);
	seen_init(&s->hellos_there, secret[0]);
	seen_init(&s->responses_seen, secret[1]);
}

static const uint8_t *mac_of(const struct node_event *ev)
{
	return ev->rx.data + ev->rx.len - MAC_LEN;
}

bool serve_knows_hello(const struct node *n, const struct node_event *ev)
{
	return seen_is_there(&n->joining.strangers.hellos_there, &ev->rx.from, mac_of(ev));
}

bool serve_knows_response(const struct node *n, const struct node_event *ev)
{
	return seen_is_there(&n->joining.strangers.responses_seen, NULL, mac_of(ev));
}

/* Take one of @b for whoever says that it has the key @pub: that peer is known where it is
 * configured and was met, and whoever was not met there may have any key. */
static bool take_one(const struct node *n, struct quota *b, const struct addr *from,
		     const uint8_t *pub)
{
	const struct contact *c = contact_find(n, from);
	bool configured = c && contact_is_configured(c), met = configured && c->peer != NO_INDEX;
	bool known = met && n->store.peers[c->peer].id == id_from_key(pub);

	return quota_take(b, from, known ? pub : NULL, known || (configured && !met), n->step.now);
}

/* Was that HELLO answered to somewhere else? */
static bool is_second(const struct node *n, const struct node_event *ev)
{
	return seen_is_there(&n->joining.strangers.hellos_seen, NULL, mac_of(ev));
}

static bool take_copy(const struct node *n, struct allowance *a)
{
	return allowance_take(a, COPY_NS, COPY_BURST, n->step.now);
}

bool serve_may_answer(const struct node *n, const struct node_event *ev)
{
	struct allowance copies = n->joining.strangers.copies;
	struct quota hellos;

	if (is_second(n, ev)) {
		return take_copy(n, &copies);
	}
	hellos = n->joining.strangers.hellos;
	return take_one(n, &hellos, &ev->rx.from, session_caller(ev->rx.data));
}

bool serve_may_prove(const struct node *n, const struct node_event *ev,
		     const uint8_t pub[static KEY_LEN])
{
	struct quota left = n->joining.strangers.proofs;

	return take_one(n, &left, &ev->rx.from, pub);
}

static bool tell_busy(struct node *n)
{
	if (!mono_within(n->joining.busy_told, n->step.now, BUSY_TELL_NS)) {
		n->joining.busy_told = n->step.now;
		notice(n, NOTICE_LIMIT_TRIPPED, LEVEL_WARNING, 0,
		       .limit_tripped = {.limit = LIMIT_STRANGERS});
	}
	return false;
}

/* What is not served is not noted: who sends more than that would fill what there is for it. */
bool serve_answer(struct node *n, const struct node_event *ev)
{
	struct strangers *s = &n->joining.strangers;

	if (serve_knows_hello(n, ev)) {
		return false;
	}
	bool taken = is_second(n, ev)
			     ? take_copy(n, &s->copies)
			     : take_one(n, &s->hellos, &ev->rx.from, session_caller(ev->rx.data));

	if (!taken) {
		return tell_busy(n);
	}
	(void)seen_before(&s->hellos_seen, NULL, mac_of(ev), n->step.now);
	return !seen_before(&s->hellos_there, &ev->rx.from, mac_of(ev), n->step.now);
}

bool serve_prove(struct node *n, const struct node_event *ev)
{
	struct strangers *s = &n->joining.strangers;

	if (!take_one(n, &s->proofs, &ev->rx.from, session_caller(ev->rx.data))) {
		return tell_busy(n);
	}
	(void)seen_before(&s->responses_seen, NULL, mac_of(ev), n->step.now);
	return true;
}
