/* chat_file.h - the chat's log in a file of the state directory. */
#pragma once

#include "berk/wire.h"

#include <stddef.h>

#define CHAT_FILE_NAME	"chat"
#define CHAT_FILE_BATCH 256 /* lines written at once */

/* What changed of the log.  A line of index i stands at the i-th place modulo @n_ring, a power
 * of two. */
struct chat_batch {
	size_t n_ring;
	struct chat_pos last; /* where the log ends with these lines ... */
	uint64_t stable;      /* ... and what of it was shown */
	size_t n;
	struct wire_chat_line line[CHAT_FILE_BATCH];
};

/* Write the lines, and when they are on disk, where the log ends.  0 when all is on disk, or a
 * negative errno.  It blocks on the disk: call in a thread, or at the end. */
int chat_file_write(int dir, const struct chat_batch *);
/* Read what can be read into @ring, of @n_ring lines, each at its place.  0, -ENOENT: there is
 * none, -EBADMSG or -EINVAL: it is damaged, or no regular file, and is CHAT_FILE_NAME.damaged
 * now, or another negative errno: it cannot be read, and stays.  Call at the start. */
int chat_file_read(int dir, struct wire_chat_line *ring, size_t n_ring, struct chat_pos *ret_last,
		   uint64_t *ret_stable);
