/* steer.h - the clock as the core wants it, and what is owed of that tried again by the loop. */
#pragma once

#include "berkd/daemon_private.h"

/* Carry out FX_ADJ_FREQ, FX_STEP or FX_STATUS. */
void steer_apply(struct daemon *, const struct effect *);
/* What has another hand done to the clock?  d->touched, if anything.  Call before anything is set:
 * that hides it. */
void steer_look(struct daemon *);
/* Have the frequency again that the core wants. */
void steer_put_back(struct daemon *);
/* Have d->owed_timer come when steer_retry() is due.  Call after each event. */
void steer_arm(struct daemon *);
/* Try again what is owed, if it is due.  True: the clock has been changed.  Call with each event,
 * when another hand's step has been looked for. */
bool steer_retry(struct daemon *);
/* Say so if an earlier life of this daemon was moved too far, and this one is held too.  Call once,
 * when the core has started. */
void steer_tell_held(struct daemon *);
/* That the clock is not steered, and why, for people; NULL: it is.  For control. */
const char *steer_error(void *daemon);
