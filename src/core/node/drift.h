/* drift.h - how far an oscillator of this group may be from true time. */
#pragma once

#include "core/node/state.h"

/* As master: what all oscillators keep but f that may be beyond it (ppb), as their hosts tell.
 * Group time keeps it too.  Call when it is said which oscillators group time may run like. */
int64_t drift_group_ppb(const struct node *);
/* max_drift as this host uses it, ppb: its own, or that of the group if it is larger.  Call for any
 * bound. */
int64_t drift_max_ppb(const struct node *);
/* The same for what rests on our oscillator and that of @p (ppb): it may have told more.  Call when
 * that peer alone is measured or corrected. */
int64_t drift_of_ppb(const struct node *, const struct peer *);
/* A member has that max_drift, or our master uses it (ppb; 0: it does not say).  True when that
 * is news: all estimators are to know.  People are told once a minute.  Call when a POLL that we
 * follow or a REPLY came. */
bool drift_hear(struct node *, struct peer *, int64_t told_ppb);
