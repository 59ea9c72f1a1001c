/* drift.h - how far an oscillator of this group may be from true time. */
#pragma once

#include "core/node/state.h"

/* max_drift as this host uses it, ppb: the largest of its own and of what it is told.  Call for any
 * bound. */
int64_t drift_max_ppb(const struct node *);
/* A member has that max_drift, or our master uses it (ppb; 0: it does not say).  True when that
 * is news: all estimators are to know.  People are told once a minute.  Call when a POLL that we
 * follow or a REPLY came. */
bool drift_hear(struct node *, struct peer *, int64_t told_ppb);
