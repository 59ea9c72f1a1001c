/* roster.h - the ROSTER message as bytes and back; it is long enough for a file. */
#pragma once

#include "berk/wire.h"
#include "core/wire/reader.h"
#include "core/wire/writer.h"

/* Write msg->roster; at most WIRE_ROSTER_MAX entries. */
void put_roster(struct writer *, const struct wire_msg *msg);
/* Read it; the verdict is the reader's. */
void get_roster(struct reader *, struct wire_msg *msg);
