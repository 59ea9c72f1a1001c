/* forward.c - an order that only the master can carry out travels to it, from where it was
 * given.
 *
 * It is carried out once at most: it is repeated with one seq until it is answered, the master
 * answers a seq that it knows again, and it is void in any other term than that in which it was
 * given, for another master knows of no seq.  So when no answer comes the order may have been
 * carried out, and people are told so.  The answer to an order that ends a reign may come after
 * the next one has begun: so the one that is no more master may still answer for a moment. */
#include "core/node/forward.h"

#include "core/node/effects.h"
#include "core/node/lease.h"
#include "core/node/obey.h"
#include "core/node/outbox.h"
#include "core/node/table.h"

#include <assert.h>

#define RESEND_NS (NS_PER_S / 2)
#define WAIT_NS	  (5 * NS_PER_S)
#define LATE_NS	  (NS_PER_S / 2) /* an answer of who is no more master */
#define PACE_NS	  NS_PER_S	 /* from one order of a host that is carried out to its next */
#define BOOT_BITS 20		 /* of a seq, below what names the boot */

struct order_outcome forward_outcome(const struct wire_order *order,
				     const struct wire_order_reply *r)
{
	return (struct order_outcome){.verdict = (enum order_verdict)r->verdict,
				      .order = (enum order)order->what,
				      .dry_run = order->dry_run,
				      .peer = r->peer ? r->peer : order->peer,
				      .moved_ns = r->moved_ns,
				      .takes_ns = r->takes_ns,
				      .n_before = r->n_before,
				      .n_after = r->n_after,
				      .deaf = r->deaf};
}

/* --- Where it was given --- */

static void post(struct node *n, struct peer *p)
{
	struct wire_msg msg = {.type = WIRE_ORDER,
			       .term = n->steering.forward.term,
			       .order = n->steering.forward.order};

	n->steering.forward.resend = mono_add(n->step.now, RESEND_NS);
	(void)outbox_send(n, p, &msg, false, 0);
}

enum order_verdict forward_send(struct node *n, const struct wire_order *order)
{
	struct peer *p = n->election.master ? peer_find(n, n->election.master) : NULL;

	assert(n->election.role != ROLE_MASTER);
	if (n->steering.forward.to != 0) {
		return ORDER_BUSY;
	}
	if (!p || !master_alive(n)) {
		return ORDER_NOT_MASTER;
	}
	uint64_t last = n->steering.forward.order.seq;

	last = last > 0 ? last : (rng_u64(&n->rng) >> 24) << BOOT_BITS;
	n->steering.forward.to = p->id;
	n->steering.forward.term = n->election.term;
	n->steering.forward.order = *order;
	n->steering.forward.order.seq = last + 1;
	n->steering.forward.until = mono_add(n->step.now, WAIT_NS);
	post(n, p);
	return ORDER_SENT;
}

static void finish(struct node *n, const struct wire_order_reply *r)
{
	fx_add(n, FX_ORDERED)->ordered = forward_outcome(&n->steering.forward.order, r);
	n->steering.forward.to = 0;
}

void forward_on_reply(struct node *n, const struct peer *p, const struct wire_msg *msg)
{
	if (n->steering.forward.to == p->id &&
	    msg->order_reply.seq == n->steering.forward.order.seq) {
		finish(n, &msg->order_reply);
	}
}

void forward_tick(struct node *n)
{
	const struct wire_order_reply none = {.verdict = ORDER_NO_ANSWER};
	node_id to = n->steering.forward.to;

	if (to == 0) {
		return;
	}
	struct peer *p = peer_find(n, to);

	if (n->election.master != to && !mono_is_never(n->steering.forward.resend)) {
		n->steering.forward.resend = MONO_NEVER; /* it would be void */
		n->steering.forward.until =
			mono_min(n->steering.forward.until, mono_add(n->step.now, LATE_NS));
	}
	if (!p || n->step.now.ns >= n->steering.forward.until.ns) {
		finish(n, &none);
	} else if (n->step.now.ns >= n->steering.forward.resend.ns) {
		post(n, p);
	}
}

mono_t forward_deadline(const struct node *n)
{
	return n->steering.forward.to
		       ? mono_min(n->steering.forward.resend, n->steering.forward.until)
		       : MONO_NEVER;
}

/* --- As master --- */

static void reply_send(struct node *n, struct peer *p)
{
	struct wire_msg msg = {.type = WIRE_ORDER_REPLY,
			       .term = n->election.term,
			       .order_reply = p->as_master.order_reply};

	(void)outbox_send(n, p, &msg, false, 0);
}

bool forward_is_old(struct node *n, struct peer *p, const struct wire_msg *msg)
{
	uint64_t last = p->as_master.order_reply.seq, seq = msg->order.seq;

	if (seq == last) {
		reply_send(n, p);
	}
	return seq <= last && seq >> BOOT_BITS == last >> BOOT_BITS;
}

enum order_verdict forward_judge(const struct node *n, const struct peer *p,
				 const struct wire_msg *msg)
{
	if (n->election.role != ROLE_MASTER || msg->term != n->election.term) {
		return ORDER_NOT_MASTER;
	}
	if (!p->in_table) {
		return ORDER_NOT_ALLOWED;
	}
	if (obey_why_not(n, p->id) != DEAF_NOT) {
		return ORDER_NOT_TRUSTED;
	}
	if (!msg->order.dry_run && mono_sub(n->step.now, p->as_master.order_done) < PACE_NS) {
		return ORDER_BUSY;
	}
	return ORDER_OK;
}

void forward_answer(struct node *n, struct peer *p, const struct wire_order *o,
		    const struct wire_order_reply *reply)
{
	assert(reply->verdict != ORDER_SENT);
	p->as_master.order_reply = *reply;
	p->as_master.order_reply.seq = o->seq;
	if (reply->verdict == ORDER_OK && !o->dry_run) {
		p->as_master.order_done = n->step.now;
	}
	reply_send(n, p);
}
