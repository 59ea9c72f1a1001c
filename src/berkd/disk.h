/* disk.h - a state directory that cannot be written. */
#pragma once

#include "berkd/daemon_private.h"

/* Has the disk failed, or come back?  Tells people.  True: the core is to hear of it too, by
 * @ret, which lacks its stamps.  Arms d->disk_timer, after which state_retry() is due.  Call
 * after the effects of each step are carried out. */
bool disk_look(struct daemon *, struct node_event *ret);
