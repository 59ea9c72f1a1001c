/* table_keeper.h - the file of the table: read at the start, and written whole. */
#pragma once

#include "berkd/host/saved_table.h"

struct table_keeper;

#define TABLE_KEEPER_TEXT_MAX 320

/* NULL: no memory. */
struct table_keeper *table_keeper_new(void);
/* What could not be written is tried once more; @dir: where, -1: nowhere.  NULL is allowed. */
struct table_keeper *table_keeper_free(struct table_keeper *, int dir);

/* Read the file in @dir, of a host whose id is @self, into @ret, which has the size of the group
 * as it is known otherwise.  The rows are for its reader until table_keeper_drop().  0, -ENOENT,
 * or else as state_file_read(): then @ret_what says what is wrong and what comes of it, as what
 * follows the file's name, and @ret has a size alone.  Call once, at the start. */
int table_keeper_load(struct table_keeper *, int dir, node_id self, struct node_saved *ret,
		      char ret_what[static TABLE_KEEPER_TEXT_MAX]);
void table_keeper_drop(struct table_keeper *);

/* Write @t in @dir, as state_file_replace() does.  What cannot be written is kept for
 * table_keeper_retry(). */
int table_keeper_save(struct table_keeper *, int dir, const struct saved_table *t);
/* Write what could not be written.  0, also when there is none, or as state_file_replace().  Call
 * each minute. */
int table_keeper_retry(struct table_keeper *, int dir);
