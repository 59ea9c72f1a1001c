/* chat.h - the messages of the chat as bytes and back, and a place in its log. */
#pragma once

#include "berk/wire.h"
#include "core/wire/reader.h"
#include "core/wire/writer.h"

/* A place in the log, as other messages carry it too. */
void put_pos(struct writer *, struct chat_pos);
/* Read it; the verdict is the reader's. */
struct chat_pos get_pos(struct reader *);

/* Write or read msg->chat_post, _lines, _pull, private_line, private_reply; the verdict of a read
 * is the reader's. */
void put_chat_post(struct writer *, const struct wire_msg *msg);
void get_chat_post(struct reader *, struct wire_msg *msg);
void put_chat_lines(struct writer *, const struct wire_msg *msg);
void get_chat_lines(struct reader *, struct wire_msg *msg);
void put_chat_pull(struct writer *, const struct wire_msg *msg);
void get_chat_pull(struct reader *, struct wire_msg *msg);
void put_private(struct writer *, const struct wire_msg *msg);
void get_private(struct reader *, struct wire_msg *msg);
void put_private_reply(struct writer *, const struct wire_msg *msg);
void get_private_reply(struct reader *, struct wire_msg *msg);
