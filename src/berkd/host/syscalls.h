/* syscalls.h - the system calls that a running daemon, and the setter of its clock, may make. */
#pragma once

enum syscalls_of {
	SYSCALLS_DAEMON,  /* it has a setter, and cannot even read adjtimex */
	SYSCALLS_STEERER, /* a daemon that sets the clock itself, or reads how another one does */
	SYSCALLS_SETTER,  /* no file, no IP, no thread */
};

/* From now on, in all threads and for good, every system call that such a process has no use for
 * fails with EPERM, one of another architecture kills, and no process can be made (threads can,
 * but by the setter).  0 or negative errno.  Call when all is open, after PR_SET_NO_NEW_PRIVS. */
int syscalls_confine(enum syscalls_of);
