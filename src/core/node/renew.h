/* renew.h - the keys of sessions are made anew in time. */
#pragma once

#include "core/node/state.h"

/* Ask for new keys where they are old, and erase those that are older.  Call in each step; it looks
 * once a minute. */
void renew_tick(struct node *);
