/* forward.h - an order that only the master can carry out travels to it, from where it was
 * given. */
#pragma once

#include "core/node/state.h"

/* What the answer to @order says. */
struct order_outcome forward_outcome(const struct wire_order *order,
				     const struct wire_order_reply *);

/* --- Where it was given --- */

/* Send it to our master, and again until it answers: FX_ORDERED says what became of it, within 5
 * s.  The order's seq is made here.  ORDER_SENT, or why it is not. */
enum order_verdict forward_send(struct node *, const struct wire_order *order);
/* The master's answer. */
void forward_on_reply(struct node *, const struct peer *, const struct wire_msg *msg);
void forward_tick(struct node *);
mono_t forward_deadline(const struct node *);

/* --- As master --- */

/* Has the order that came from @p been dealt with before?  Then it is answered again, or
 * dropped. */
bool forward_is_old(struct node *, struct peer *, const struct wire_msg *msg);
/* May it be carried out, as far as @p is concerned?  ORDER_OK, or why not. */
enum order_verdict forward_judge(const struct node *, const struct peer *,
				 const struct wire_msg *msg);
/* Answer it.  Call once for each order that is not old. */
void forward_answer(struct node *, struct peer *, const struct wire_order *,
		    const struct wire_order_reply *reply);
