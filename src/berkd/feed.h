/* feed.h - events to the core, and its effects carried out. */
#pragma once

#include "berkd/daemon_private.h"

/* Fill ev->now, pair, read_error_ns and rnd.  0, or negative errno when the clock cannot be read.
 * Call right before feed_event(). */
int feed_stamp(struct daemon *, struct node_event *ev);
/* node_step() and all its effects; re-arms the timer.  Before @ev comes what another hand did to
 * the clock meanwhile, behind it what one was found to have set.  Returns the verdict for EV_ORDER;
 * d->fx.ordered has all that became of it.  Call with a stamped event, never from within an effect:
 * that is asserted. */
enum order_verdict feed_event(struct daemon *, struct node_event *ev);
/* Both.  Call when nobody waits for an outcome: an event that cannot be stamped is lost, and
 * logged. */
void feed_now(struct daemon *, struct node_event *ev);
/* The same for an event that says no more than its type. */
void feed_type(struct daemon *, enum event_type type);
