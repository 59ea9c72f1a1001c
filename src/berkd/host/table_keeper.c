/* table_keeper.c - the file of the table: read at the start, and written whole. */
#include "berkd/host/table_keeper.h"

#include "berkd/host/log.h"
#include "berkd/host/state_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_TABLE "table"

struct table_keeper {
	struct saved_table *loaded;
	char *text; /* what could not be written; NULL: nothing */
	size_t len;
};

struct table_keeper *table_keeper_new(void)
{
	struct table_keeper *k = calloc(1, sizeof(*k));

	if (k) {
		k->loaded = calloc(1, sizeof(*k->loaded));
	}
	if (k && !k->loaded) {
		free(k);
		return NULL;
	}
	return k;
}

/* 0, or as state_file_read(). */
static int read_table(struct saved_table *ret, int dir, node_id self, struct saved_error *ret_error)
{
	char *text = malloc(SAVED_TABLE_MAX + 1);
	size_t len = 0;

	*ret_error = (struct saved_error){.line = 1, .what = "cannot be read"};
	if (!text) {
		return -ENOMEM;
	}
	int r = state_file_load(dir, FILE_TABLE, text, SAVED_TABLE_MAX + 1, &len);

	if (r == 0 && !saved_table_parse(text, len, self, ret, ret_error)) {
		r = -EBADMSG;
	}
	free(text);
	return r;
}

int table_keeper_load(struct table_keeper *k, int dir, node_id self, struct node_saved *ret,
		      char ret_what[static TABLE_KEEPER_TEXT_MAX])
{
	const struct saved_table *t = k->loaded;
	struct saved_error e;
	int r = read_table(k->loaded, dir, self, &e);

	if (r == 0) {
		ret->n_table = t->n_table;
		ret->guest = t->guest;
		ret->row = t->row;
		ret->n_row = t->n_row;
	}
	if (r == 0 || r == -ENOENT) {
		return r;
	}
	char where[128] = "is not a regular file";

	if (r == -EBADMSG) {
		(void)snprintf(where, sizeof(where), "is damaged (line %u %s)", e.line, e.what);
	} else if (r != -EINVAL) {
		(void)snprintf(where, sizeof(where), "cannot be read: %s", strerror(-r));
	}
	/* The size is all that is known then.  That there was a table shows that there were
	 * others. */
	ret->n_table = ret->n_table > 1 ? ret->n_table : 2;
	(void)snprintf(ret_what, TABLE_KEEPER_TEXT_MAX,
		       "%s, so all that is known of the group is that it had %u hosts (if one of "
		       "them is gone for good, run: berkctl forget)",
		       where, ret->n_table);
	return r;
}

void table_keeper_drop(struct table_keeper *k)
{
	free(k->loaded);
	k->loaded = NULL;
}

int table_keeper_retry(struct table_keeper *k, int dir)
{
	if (!k->text || dir < 0) {
		return 0;
	}
	int r = state_file_replace(dir, FILE_TABLE, k->text, k->len);

	if (r == 0) {
		free(k->text);
		k->text = NULL;
	}
	return r;
}

int table_keeper_save(struct table_keeper *k, int dir, const struct saved_table *t)
{
	char *room = malloc(SAVED_TABLE_MAX), *fit;

	if (!room) {
		return -ENOMEM;
	}
	k->len = saved_table_format(t, room);
	fit = realloc(room, k->len);
	free(k->text);
	k->text = fit ? fit : room;
	return table_keeper_retry(k, dir);
}

struct table_keeper *table_keeper_free(struct table_keeper *k, int dir)
{
	if (!k) {
		return NULL;
	}
	int r = table_keeper_retry(k, dir);

	if (r < 0) {
		log_warning(CAUSE_STATE, "The newest table of the group is not on disk: %s",
			    strerror(-r));
	}
	free(k->text);
	free(k->loaded);
	free(k);
	return NULL;
}
