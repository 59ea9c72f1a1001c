/* order.h - what an operator may order. */
#pragma once

#include "core/node/state.h"

/* Call when an order came (EV_ORDER): it is carried out, or the verdict says why not. */
enum order_verdict order_execute(struct node *, const struct node_event *);
void order_init(struct node *);
void order_tick(struct node *);
mono_t order_deadline(const struct node *);
/* An operator of another host has given one, or one of ours was answered. */
void order_on_message(struct node *, struct peer *, const struct wire_msg *);
