/* order.h - what operators order and have ordered: messages, and a part of one. */
#pragma once

#include "core/wire/reader.h"
#include "core/wire/writer.h"

void put_time_order(struct writer *, const struct time_order *);
void get_time_order(struct reader *, struct time_order *);
void put_hold(struct writer *, const struct hold *);
void get_hold(struct reader *, struct hold *);
void put_order(struct writer *, const struct wire_msg *);
void get_order(struct reader *, struct wire_msg *);
void put_order_reply(struct writer *, const struct wire_msg *);
void get_order_reply(struct reader *, struct wire_msg *);
