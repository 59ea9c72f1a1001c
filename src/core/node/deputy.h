/* deputy.h - what a deputy measures: each member's clock, rarely, beside the master's polls. */
#pragma once

#include "core/node/state.h"

void deputy_tick(struct node *);
mono_t deputy_deadline(const struct node *);
/* As deputy: a member answers our probe. */
void deputy_on_reply(struct node *, struct peer *, const struct wire_msg *, raw_t at,
		     uint8_t quality);
/* As member: a probe came. */
void deputy_on_probe(struct node *, struct peer *, const struct wire_msg *, raw_t at,
		     uint8_t quality);
/* As master: the deputy tells a member's closure error. */
void deputy_on_closure(struct node *, struct peer *, const struct wire_msg *);
/* Have we measured @p as deputy, lately and well?  Call before anything of that is forgotten. */
bool deputy_measured(const struct node *, const struct peer *);
/* As master: what was found was of other loops. */
void deputy_forget_closure(struct peer *);
