/* handover.h - mastership passes on: we follow, step down, or tell others to. */
#pragma once

#include "core/node/state.h"

/* @master is ours from now on, under @term (which it has made known). */
void handover_follow(struct node *, struct peer *master, uint64_t term);
/* As master: tell everyone that our leases end and @to is to stand. */
void handover_announce(struct node *, node_id to);
/* Cease to be master or candidate, for @yield_to (0: nobody known); follow nobody until somebody
 * polls. */
void step_down(struct node *, node_id yield_to, uint64_t their_term);
