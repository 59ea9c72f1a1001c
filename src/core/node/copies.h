/* copies.h - as master of the chat: which member holds how much of our log, and sending it the
 * rest. */
#pragma once

#include "core/node/state.h"

#define CHAT_RESEND_NS (100 * NS_PER_MS) /* what was sent and shows no effect is sent again after */

/* The member holds nothing of our log, as far as we know.  Call when we became its master. */
void copies_enlist(struct peer *);
/* A member's log ends at @last.  Call when it says so in a reply or a pull. */
void copies_on_receipt(struct node *, struct peer *, struct chat_pos last);
/* A member, or the master whose log is behind ours, asks for lines.  Call when a CHAT_PULL came. */
void copies_on_pull(struct node *, struct peer *, const struct wire_chat_pull *);
/* As master: the highest index up to which enough members hold our log for it to be stable; never
 * below what is stable. */
uint64_t copies_stable_index(const struct node *);
/* As master: more is stable than before; all members are to hear of it. */
void copies_note_stable(struct node *);
/* As master: send new lines to everyone at once, and again to who is silent about them. */
void copies_tick(struct node *);
/* As master: when copies_tick() has something to send again; MONO_NEVER: nothing. */
mono_t copies_deadline(const struct node *);
