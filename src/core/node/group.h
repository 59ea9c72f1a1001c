/* group.h - group time, round by round. */
#pragma once

#include "core/node/state.h"

/* As master, once a round: found group time when the clocks are here or the time to wait is over,
 * or carry it on. */
void group_round(struct node *);
