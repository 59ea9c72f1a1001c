/* group.h - group time, round by round. */
#pragma once

#include "core/node/state.h"

/* As master, once a poll: found group time, or carry it on. */
void group_round(struct node *);
