/* path.c - a peer is where it was asked and has answered from.  ARCHITECTURE.md, "Trust". */
#include "core/node/path.h"

#include "core/node/contacts.h"
#include "core/node/effects.h"
#include "core/node/lease.h"
#include "core/node/outbox.h"
#include "core/node/peer.h"
#include "core/node/table.h"

#define ASK_NS	  NS_PER_S	 /* a peer is asked at most once in so long */
#define ANSWER_NS (5 * NS_PER_S) /* and answers within */

static bool is_asked_at(const struct node *n, const struct peer *p, const struct addr *from)
{
	return p->asked_at.addr.port != 0 && addr_equal(&p->asked_at.addr, from) &&
	       mono_within(p->asked_at.at, n->step.now, ANSWER_NS);
}

static void ask_at(struct node *n, struct peer *p, const struct addr *from, const struct addr *to)
{
	uint8_t rnd[16];
	struct wire_msg m = {.type = WIRE_PING, .term = n->election.term};

	fx_random(n, rnd, sizeof(rnd));
	for (unsigned i = 0; i < 8; i++) {
		m.ping.token = m.ping.token << 8 | rnd[i];
	}
	m.ping.token |= 1; /* 0 asks nothing */
	p->asked_at = (struct asked_path){.addr = *from, .token = m.ping.token, .at = n->step.now};
	outbox_send_at(n, p, &m, from, to);
}

void path_track(struct node *n, struct peer *p, const struct addr *from, const struct addr *to)
{
	bool proved = is_asked_at(n, p, from) && p->asked_at.token == 0;

	if (p->addr.port == 0 || addr_equal(&p->addr, from) || proved) {
		contact_track(n, p, from, to);
	} else if (p->asked_at.token == 0 || !mono_within(p->asked_at.at, n->step.now, ASK_NS)) {
		ask_at(n, p, from, to);
	}
}

/* Does another answer where @p was? */
static bool is_replaced(const struct node *n, const struct peer *p)
{
	for_each_peer (n, q) {
		if (q != p && addr_equal(&q->addr, &p->addr) && peer_heard(q, n->step.now)) {
			return true;
		}
	}
	return false;
}

void path_ask(struct node *n, struct peer *p)
{
	bool silent = !mono_is_never(p->asked);

	peer_note_request(n, p);
	if (p->addr.port != 0 && session_can_send(&p->session)) {
		ask_at(n, p, &p->addr, &p->local);
	}
	if (silent && !is_replaced(n, p)) { /* it may have lost its keys */
		contact_want_session(n, p);
	}
}

void path_proved(const struct node *n, struct peer *p, const struct addr *from,
		 const struct addr *to)
{
	if (p->addr.port == 0) {
		contact_locate(p, from, to);
	}
	p->asked_at = (struct asked_path){.addr = *from, .at = n->step.now};
}

void path_on_ping(struct node *n, struct peer *p, const struct wire_ping *ping,
		  const struct addr *from, const struct addr *to)
{
	struct wire_msg m = {.type = WIRE_PING,
			     .term = n->election.term,
			     .ping = {.token = ping->token, .back = true}};

	if (ping->back && ping->token == p->asked_at.token && is_asked_at(n, p, from)) {
		contact_track(n, p, from, to);
	} else if (!ping->back && ping->token != 0) {
		outbox_send_at(n, p, &m, from, to);
	}
}
