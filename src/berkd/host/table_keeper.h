/* table_keeper.h - the file of the table: read at the start, written beside the loop. */
#pragma once

#include "berkd/host/saved_table.h"

#include <stdbool.h>

struct table_keeper;

#define TABLE_KEEPER_TEXT_MAX 320

/* NULL: no memory. */
struct table_keeper *table_keeper_new(void);
/* What waits is written before; @dir: where, -1: nowhere.  NULL is allowed. */
struct table_keeper *table_keeper_free(struct table_keeper *, int dir);

/* Read the file in @dir, of a host whose id is @self, into @ret, which has the size of the group
 * as it is known otherwise.  The rows are for its reader until table_keeper_drop().  0, -ENOENT,
 * or else as state_file_read(): then @ret_what says what is wrong and what comes of it, as what
 * follows the file's name, and @ret has a size alone.  Call once, at the start. */
int table_keeper_load(struct table_keeper *, int dir, node_id self, struct node_saved *ret,
		      char ret_what[static TABLE_KEEPER_TEXT_MAX]);
void table_keeper_drop(struct table_keeper *);

/* Have @t written in @dir by a thread: the loop does not wait for the disk.  Of several that
 * wait the last one is written.  -ENOMEM, or 0. */
int table_keeper_save(struct table_keeper *, int dir, const struct saved_table *t);
/* What became of it: 0, or the negative errno of the last try; then it waits for
 * table_keeper_retry().  Call now and then: what waits for the thread is begun here. */
int table_keeper_look(struct table_keeper *, int dir);
/* Try again what failed.  Call each minute. */
void table_keeper_retry(struct table_keeper *, int dir);
