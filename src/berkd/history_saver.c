/* history_saver.c - two arrays of entries: one is filled, the other one is a worker's, which writes
 * it.  What comes when the first one is full is dropped, counted, and told. */
#include "berkd/history_saver.h"

#include "berkd/host/history_file.h"
#include "berkd/host/log.h"
#include "berkd/host/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct batch {
	struct history_entry *entry;
	size_t n;
};

struct history_saver {
	struct worker *worker;
	size_t n_queue;
	struct batch waiting;
	const char *where;
	size_t n_dropped; /* since it was told last */
	int told;	  /* negative errno; 0: the disk takes it */
	/* The worker's while it is busy. */
	struct history_file *file;
	struct batch batch;
	int result;
	size_t n_lost; /* of the batch */
};

static void write_batch(void *userdata)
{
	struct history_saver *s = userdata;

	s->result = 0;
	s->n_lost = 0;
	for (size_t i = 0; i < s->batch.n; i++) {
		/* An ill disk takes its time with each try. */
		int r = s->result == -EIO ? -EIO : history_file_add(s->file, &s->batch.entry[i]);

		s->result = r < 0 ? r : s->result;
		s->n_lost += r < 0;
	}
	int r = history_file_flush(s->file);

	s->result = r < 0 ? r : s->result;
}

static void take_result(struct history_saver *s)
{
	s->n_dropped += s->n_lost;
	if (s->result < 0 && s->told == 0) {
		log_warning(CAUSE_HISTORY,
			    "The history is not kept in %s: %s; %s, or switch it off with "
			    "history = 0 in [state]",
			    s->where, strerror(-s->result),
			    s->result == -EIO ? "if the disk is bad, move the file history away, "
						"and berkd begins a new one"
					      : "make room or let berkd write there");
	} else if (s->result == 0 && s->told < 0) {
		log_info("The history is kept in %s again", s->where);
	}
	s->told = s->result;
	if (s->n_dropped > 0 && s->result == 0) {
		log_warning(CAUSE_HISTORY,
			    "The history lacks %zu entries: the disk was too slow, or could not be "
			    "written",
			    s->n_dropped);
		s->n_dropped = 0;
	}
}

void history_saver_go(struct history_saver *s)
{
	if (worker_is_busy(s->worker) || s->waiting.n == 0) {
		return;
	}
	struct batch b = s->batch;

	s->batch = s->waiting;
	s->waiting = (struct batch){.entry = b.entry};
	int r = worker_run(s->worker);

	if (r < 0) {
		s->result = r;
		s->n_lost = s->batch.n;
		take_result(s);
	}
}

static void on_written(void *userdata)
{
	struct history_saver *s = userdata;

	take_result(s);
	history_saver_go(s);
}

void history_saver_add(struct history_saver *s, const struct history_entry *e)
{
	if (s->waiting.n == s->n_queue) {
		s->n_dropped++;
		return;
	}
	s->waiting.entry[s->waiting.n++] = *e;
}

struct history_saver *history_saver_free(struct history_saver *s)
{
	if (!s) {
		return NULL;
	}
	bool busy = s->worker && worker_is_busy(s->worker);

	worker_free(s->worker);
	if (busy) {
		take_result(s);
	}
	if (s->waiting.n > 0) {
		free(s->batch.entry);
		s->batch = s->waiting;
		s->waiting = (struct batch){0};
		write_batch(s);
		take_result(s);
	}
	history_file_free(s->file);
	free(s->waiting.entry);
	free(s->batch.entry);
	free(s);
	return NULL;
}

int history_saver_new(sd_event *event, struct history_file *file, size_t n_queue, const char *where,
		      struct history_saver **ret)
{
	struct history_saver *s = calloc(1, sizeof(*s));

	if (!s) {
		history_file_free(file);
		return -ENOMEM;
	}
	s->file = file;
	s->n_queue = n_queue;
	s->where = where;
	s->waiting.entry = calloc(n_queue, sizeof(*s->waiting.entry));
	s->batch.entry = calloc(n_queue, sizeof(*s->batch.entry));
	int r = s->waiting.entry && s->batch.entry
			? worker_new(event, write_batch, on_written, s, &s->worker)
			: -ENOMEM;

	*ret = r < 0 ? history_saver_free(s) : s;
	return r;
}
