/* table_keeper.c - the file of the table: read at the start, written beside the loop.
 *
 * Each text is written by a fresh thread, which owns it until it says that it is done; the loop
 * owns everything else.  So there is no lock but that one flag. */
#include "berkd/host/table_keeper.h"

#include "berkd/host/log.h"
#include "berkd/host/state_file.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_TABLE "table"

struct text {
	char *bytes; /* NULL: none */
	size_t len;
};

struct table_keeper {
	struct saved_table *loaded;
	struct text next; /* waits */
	int error;	  /* of the last one; then @next waits for a retry */
	bool running;
	pthread_t thread;
	/* The thread's while it runs. */
	int dir;
	struct text text;
	int result;
	atomic_bool done;
};

static void text_drop(struct text *t)
{
	free(t->bytes);
	*t = (struct text){.bytes = NULL};
}

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
		       "them is gone for good, order on the master: berkctl forget)",
		       where, ret->n_table);
	return r;
}

void table_keeper_drop(struct table_keeper *k)
{
	free(k->loaded);
	k->loaded = NULL;
}

static void *write_text(void *userdata)
{
	struct table_keeper *k = userdata;

	k->result = state_file_replace(k->dir, FILE_TABLE, k->text.bytes, k->text.len);
	atomic_store(&k->done, true);
	return NULL;
}

static void begin(struct table_keeper *k, int dir)
{
	k->dir = dir;
	k->text = k->next;
	k->next.bytes = NULL;
	atomic_store(&k->done, false);
	int r = pthread_create(&k->thread, NULL, write_text, k);

	k->running = r == 0;
	if (r != 0) { /* better late than not */
		k->next = k->text;
		k->text.bytes = NULL;
		k->error = -r;
	}
}

/* The thread has ended, or is waited for.  What it could not write waits again, unless something
 * newer does. */
static void end(struct table_keeper *k)
{
	(void)pthread_join(k->thread, NULL);
	k->running = false;
	k->error = k->result;
	if (k->error < 0 && !k->next.bytes) {
		k->next = k->text;
		k->text.bytes = NULL;
	}
	text_drop(&k->text);
}

int table_keeper_look(struct table_keeper *k, int dir)
{
	if (k->running && atomic_load(&k->done)) {
		end(k);
	}
	if (!k->running && k->next.bytes && k->error == 0 && dir >= 0) {
		begin(k, dir);
	}
	return k->error;
}

void table_keeper_retry(struct table_keeper *k, int dir)
{
	if (!k->running && k->next.bytes && dir >= 0) {
		begin(k, dir);
	}
}

int table_keeper_save(struct table_keeper *k, int dir, const struct saved_table *t)
{
	char *room = malloc(SAVED_TABLE_MAX), *fit;

	if (!room) {
		return -ENOMEM;
	}
	size_t len = saved_table_format(t, room);

	fit = realloc(room, len);
	text_drop(&k->next);
	k->next = (struct text){.bytes = fit ? fit : room, .len = len};
	(void)table_keeper_look(k, dir);
	return 0;
}

struct table_keeper *table_keeper_free(struct table_keeper *k, int dir)
{
	if (!k) {
		return NULL;
	}
	if (k->running) {
		end(k);
	}
	if (k->next.bytes && dir >= 0) {
		int r = state_file_replace(dir, FILE_TABLE, k->next.bytes, k->next.len);

		if (r < 0) {
			log_warning("The table of the group is not on disk as it was last: %s",
				    strerror(-r));
		}
	}
	text_drop(&k->next);
	free(k->loaded);
	free(k);
	return NULL;
}
