/* hold.h - an operator holds the group: its master corrects nobody. */
#pragma once

#include "core/node/state.h"

void hold_init(struct node *);
bool hold_is_on(const struct node *);
/* How much of it is left @now, and who ordered it. */
struct hold hold_left(const struct node *, mono_t now);
/* The line that our clock keeps to: that of group time, or, on a master that holds, its own as it
 * was.  Call with a line. */
const struct line *hold_line(const struct node *);
/* As master with a line: an operator on @host orders it.  One that is on is replaced. */
void hold_order(struct node *, uint32_t for_ms, node_id host, uint32_t uid);
/* Our clock was stepped onto the line: it keeps to that from here on. */
void hold_renew_line(struct node *);
/* It ends, before its time.  Call as master. */
void hold_end(struct node *);
/* As master, new in office: it goes on, for what was left of it, where orders of others are
 * taken. */
void hold_begin_reign(struct node *);
/* As member: the master's poll says so. */
void hold_hear(struct node *, const struct hold *);
void hold_tick(struct node *);
mono_t hold_deadline(const struct node *);
