/* deputy.h - what a deputy measures: each member's clock, rarely, beside the master's polls. */
#pragma once

#include "core/node/state.h"

/* Call in each step: as deputy, the probes that are due. */
void deputy_tick(struct node *);
/* When deputy_tick() has something to do; MONO_NEVER: we are no deputy, or probe nobody. */
mono_t deputy_deadline(const struct node *);
/* Call when a PROBE_REPLY came at @at: as deputy, measure, and tell the master of the closure. */
void deputy_on_reply(struct node *, struct peer *, const struct wire_msg *, raw_t at,
		     uint8_t quality);
/* Call when a PROBE came at @at: as member, our deputy is answered. */
void deputy_on_probe(struct node *, struct peer *, const struct wire_msg *, raw_t at,
		     uint8_t quality);
/* Call when a CLOSURE came: as master, the deputy tells a member's closure error. */
void deputy_on_closure(struct node *, struct peer *, const struct wire_msg *);
/* Have we measured the peer as deputy, lately and well?  Call before anything of that is
 * forgotten. */
bool deputy_measured(const struct node *, const struct peer *);
/* As deputy: where the clock of @p is, as it was measured; @ret is as it was while it is not
 * known. Call when @p asks. */
void deputy_tell_clock(const struct node *, const struct peer *, struct wire_testimony *ret);
/* As master: what was found of the member was of other loops.  Call when we became its master, and
 * when the deputy is another one. */
void deputy_forget_closure(struct peer *);
