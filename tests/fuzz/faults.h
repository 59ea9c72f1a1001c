/* faults.h - one call of the system, of the allocator or of a library that fails: the input says
 * which.  Linked in their place by ld --wrap, see local.mk; what is in shared libraries is not. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAULT_LEN 3 /* bytes of input: which function, which of its calls, and how it fails */

enum fault {
	FAULT_NONE,
	FAULT_OWN, /* what the target itself asks for by fault_here() */
	FAULT_MALLOC,
	FAULT_CALLOC,
	FAULT_REALLOC,
	FAULT_OPEN,
	FAULT_OPENAT,
	FAULT_FSTAT,
	FAULT_READ,
	FAULT_WRITE,
	FAULT_PREAD,
	FAULT_PWRITE,
	FAULT_FSYNC,
	FAULT_FDATASYNC,
	FAULT_CLOSE,
	FAULT_RENAMEAT,
	FAULT_MKDIR,
	FAULT_SCANDIR,
	FAULT_SEND,
	FAULT_RECV,
	FAULT_POLL,
	FAULT_SOCKET,
	FAULT_SETSOCKOPT,
	FAULT_CONNECT, /* likewise the target's own */
	FAULT_ACCEPT4,
	FAULT_NL_CONNECT, /* likewise */
	FAULT_NL_ALLOC,
	FAULT_NL_SET_NONBLOCKING,
	FAULT_EVENT_IO,
	FAULT_EVENT_TIME,
	FAULT_EVENT_IO_EVENTS,
	FAULT_MAX_
};

/* From now on in this thread: the call that the first bytes of the input name, which are cut off.
 * Too short an input names none. */
void fault_arm(const uint8_t **data, size_t *size);
/* From now on none. */
void fault_disarm(void);
/* Does this call of @fault fail?  Then errno is set. */
bool fault_here(enum fault);
