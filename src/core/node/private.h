/* private.h - a line of the chat for one host alone. */
#pragma once

#include "core/node/state.h"

#define PRIVATE_LINES 32 /* that one host may say at once, and CHAT_PER_S in the long run */

/* Send a line of @len bytes to @to, and again until it answers: FX_PRIVATE_DONE says what became
 * of it, within 5 s.  ORDER_SENT, or why it is not: one is under way, or too many were. */
enum order_verdict private_order(struct node *, node_id to, const char *text, size_t len);
/* Call when a PRIVATE or a PRIVATE_REPLY came. */
void private_on_message(struct node *, struct peer *, const struct wire_msg *);
/* Call in each step: repeats and ends what is due. */
void private_tick(struct node *);
mono_t private_deadline(const struct node *);
