/* order.h - what an operator may order. */
#pragma once

#include "core/node/state.h"

enum order_verdict order_execute(struct node *, const struct node_event *);
