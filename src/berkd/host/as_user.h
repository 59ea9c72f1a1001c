/* as_user.h - what comes of a job when another user does it. */
#pragma once

/* What comes of @job (0 or a negative errno) when @user does it; -ESRCH when there is no such user.
 * Call as root, while there are no threads: a process of its own tries it. */
int as_user(const char *user, int (*job)(void *userdata), void *userdata);
