/* handover.h - mastership passes on: we follow, step down, or tell others to. */
#pragma once

#include "core/node/state.h"

/* @master is ours from now on, under @term, which is not below ours.  Call when it polls us, by
 * a poll that came in at @heard, and is to be followed, even if it is ours already. */
void handover_follow(struct node *, struct peer *master, uint64_t term, mono_t heard);
/* As master: tell everyone that our leases end and @to is to stand. */
void handover_announce(struct node *, node_id to);
/* Tell everyone that we stop.  Call at EV_STOP. */
void handover_say_goodbye(struct node *);
/* Tell those for whom the last step had no room.  Call in each step, and after EV_STOP too. */
void handover_tick(struct node *);
/* When handover_tick() has something to say; MONO_NEVER: nothing. */
mono_t handover_deadline(const struct node *);
/* The daemon before us hands its line over, if it had one over the same RAW: it goes on, as in
 * holdover.  Call when we start. */
void handover_restore(struct node *);
/* No master, and about to follow a group of another founding than that of our line: it says nothing
 * there.  @founding: the group begins anew, which is worth another step.  @by: the
 * master that says so. */
void handover_lose_line(struct node *, enum founding founding, node_id by);
/* As master or candidate: be that no more, for @yield_to (0: nobody known) under @their_term;
 * follow nobody until somebody polls. */
void step_down(struct node *, node_id yield_to, uint64_t their_term);
