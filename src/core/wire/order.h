/* order.h - what operators have ordered, as part of a message. */
#pragma once

#include "core/wire/reader.h"
#include "core/wire/writer.h"

void put_time_order(struct writer *, const struct time_order *);
void get_time_order(struct reader *, struct time_order *);
