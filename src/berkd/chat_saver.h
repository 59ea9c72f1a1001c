/* chat_saver.h - keeps the chat's log on disk, in a thread of its own: a disk that is slow must
 * not hold up a poll. */
#pragma once

#include "berk/node.h"

#include <systemd/sd-event.h>

struct chat_saver;
struct saver;

/* A saver of @node's chat, whose ring has @n_ring lines, by way of @saver, which hears
 * what fails.  0 or negative errno.  Call once. */
int chat_saver_new(sd_event *, const struct node *, size_t n_ring, struct saver *,
		   struct chat_saver **ret);
/* NULL is allowed.  Writes what is not written yet, and waits for the disk. */
struct chat_saver *chat_saver_free(struct chat_saver *);
/* Lines from @from on may have changed, or what is stable: it is on disk a quarter of a second
 * later, if the disk is fast.  Call for an FX_SAVE_CHAT. */
void chat_saver_note(struct chat_saver *, uint64_t from);
