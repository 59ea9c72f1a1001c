/* disk.h - a state directory that cannot be written. */
#pragma once

#include "berkd/daemon_private.h"

/* Has the disk failed, or come back?  Tells people.  True: the core is to hear of it too, by
 * @ret, which lacks its stamps.  Arms d->disk_timer, after which saver_retry() is due.  Call
 * after the effects of each step are carried out. */
bool disk_look(struct daemon *, struct node_event *ret);
/* What waited for a term goes, or is void.  True: disk_look() has something to tell.  Call after
 * something was saved, or could not be. */
bool disk_release(struct daemon *);
