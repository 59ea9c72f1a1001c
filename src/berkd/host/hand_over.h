/* hand_over.h - the state directory given to the user whom the daemon becomes. */
#pragma once

#include <sys/types.h>

/* Make the directory, and root's files in it, that user's.  0, -EEXIST when it is used for other
 * things too and was left as it is, or another negative errno.  Call as root. */
int hand_over_state(int dir, uid_t uid, gid_t gid);
