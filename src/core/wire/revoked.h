/* revoked.h - who is revoked: the messages that say so. */
#pragma once

#include "core/wire/reader.h"
#include "core/wire/writer.h"

void put_revoked(struct writer *, const struct wire_msg *);
void get_revoked(struct reader *, struct wire_msg *);
void put_revoked_reply(struct writer *, const struct wire_msg *);
void get_revoked_reply(struct reader *, struct wire_msg *);
