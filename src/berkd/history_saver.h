/* history_saver.h - brings the history to the disk, in a thread of its own: a slow disk must not
 * hold up a poll. */
#pragma once

#include "berkd/host/history_block.h"

#include <systemd/sd-event.h>

struct history_saver;
struct history_file;

/* @file is the saver's from here on, also on failure.  Up to @n_queue entries wait for the disk.
 * @where: the folder, for messages; it must outlive the saver.  0 or negative errno. */
int history_saver_new(sd_event *, struct history_file *file, size_t n_queue, const char *where,
		      struct history_saver **ret);
/* NULL is allowed.  Writes what waits, and waits for the disk. */
struct history_saver *history_saver_free(struct history_saver *);
/* Have @e written.  When the queue is full it is dropped, and a message says how many were.  Call
 * history_saver_go() behind the last one of an instant. */
void history_saver_add(struct history_saver *, const struct history_entry *e);
void history_saver_go(struct history_saver *);
