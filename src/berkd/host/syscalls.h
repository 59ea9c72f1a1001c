/* syscalls.h - the system calls that a running daemon may make. */
#pragma once

#include <stdbool.h>

/* From now on, in all threads and for good, every system call that a running daemon has no use for
 * fails with EPERM, one of another architecture kills, and no process can be made (threads can).
 * With @sets_clock the clock may be set.  0 or negative errno.  Call when all is open, after
 * PR_SET_NO_NEW_PRIVS. */
int syscalls_confine(bool sets_clock);
