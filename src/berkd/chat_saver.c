/* chat_saver.c - batches of changed lines, each written by a worker, whose the batch is
 * meanwhile.  What changes then waits for the next batch: it is still in the node's ring, so
 * nothing is queued. */
#include "berkd/chat_saver.h"

#include "berk/status.h"
#include "berkd/host/chat_file.h"
#include "berkd/host/event_missing.h"
#include "berkd/host/log.h"
#include "berkd/host/saver.h"
#include "berkd/host/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define GATHER_US   (UINT64_C(200) * 1000) /* lines that come within this are written together */
#define RETRY_US    (UINT64_C(60) * 1000 * 1000)
#define ACCURACY_US (UINT64_C(50) * 1000)

struct chat_saver {
	const struct node *node;
	size_t n_ring;
	struct saver *saver;
	sd_event_source *timer;
	struct worker *worker;
	bool dirty, armed;
	uint64_t from; /* lines from here on are dirty; UINT64_MAX: none */
	/* The worker's while it is busy. */
	int dir, result;
	uint64_t batch_from;
	struct chat_batch batch;
};

static void arm(struct chat_saver *s, uint64_t us)
{
	int r = sd_event_source_set_time_relative(s->timer, us);

	r = r < 0 ? r : sd_event_source_set_enabled(s->timer, SD_EVENT_ONESHOT);
	s->armed = r >= 0;
	if (r < 0) {
		log_err(CAUSE_CALL, "The timer cannot be set: %s", strerror(-r));
	}
}

/* As many of the dirty lines as there is room for. */
static void fill_batch(struct chat_saver *s)
{
	struct chat_batch *b = &s->batch;
	struct chat_pos last;
	uint64_t stable;

	(void)node_chat_log(s->node, 0, &last, &stable);
	s->batch_from = s->from;
	*b = (struct chat_batch){.n_ring = s->n_ring, .last = last, .stable = stable};
	uint64_t k = s->from, oldest = last.index < s->n_ring ? 1 : last.index - s->n_ring + 1;

	for (k = k < oldest ? oldest : k; k <= last.index && b->n < CHAT_FILE_BATCH; k++) {
		const struct wire_chat_line *line = node_chat_log(s->node, k, &last, &stable);

		if (line) {
			b->line[b->n++] = *line;
			b->last = line->pos;
		}
	}
	s->dirty = k <= last.index;
	s->from = s->dirty ? k : UINT64_MAX;
	if (!s->dirty) {
		b->last = last;
	}
	b->stable = stable < b->last.index ? stable : b->last.index;
}

/* Was the batch written?  If not, its lines are dirty again. */
static void take_result(struct chat_saver *s)
{
	if (s->result < 0) {
		s->dirty = true;
		s->from = s->batch_from < s->from ? s->batch_from : s->from;
	}
	saver_note_chat(s->saver, s->result);
}

static void run_batch(void *userdata)
{
	struct chat_saver *s = userdata;

	s->result = chat_file_write(s->dir, &s->batch);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct chat_saver *s = userdata;

	(void)source;
	(void)usec;
	s->armed = false;
	s->dir = saver_chat_directory(s->saver);
	if (worker_is_busy(s->worker) || s->dir < 0) {
		return 0;
	}
	fill_batch(s);
	int r = worker_run(s->worker);

	if (r < 0) {
		s->result = r;
		take_result(s);
		arm(s, RETRY_US);
	}
	return 0;
}

static void on_written(void *userdata)
{
	struct chat_saver *s = userdata;

	take_result(s);
	if (s->dirty) {
		arm(s, s->result < 0 ? RETRY_US : GATHER_US);
	}
}

void chat_saver_note(struct chat_saver *s, uint64_t from)
{
	s->dirty = true;
	s->from = from < s->from ? from : s->from;
	if (!s->armed && !worker_is_busy(s->worker)) {
		arm(s, GATHER_US);
	}
}

int chat_saver_new(sd_event *event, const struct node *node, size_t n_ring, struct saver *saver,
		   struct chat_saver **ret)
{
	struct chat_saver *s = calloc(1, sizeof(*s));

	if (!s) {
		return -ENOMEM;
	}
	s->node = node;
	s->n_ring = n_ring;
	s->saver = saver;
	s->from = UINT64_MAX;
	int r = worker_new(event, run_batch, on_written, s, &s->worker);

	r = r < 0 ? r
		  : sd_event_add_time(event, &s->timer, CLOCK_BOOTTIME, UINT64_MAX, ACCURACY_US,
				      on_timer, s);
	if (r < 0) {
		chat_saver_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

struct chat_saver *chat_saver_free(struct chat_saver *s)
{
	if (!s) {
		return NULL;
	}
	bool busy = s->worker && worker_is_busy(s->worker);

	worker_free(s->worker);
	if (busy) {
		take_result(s);
	}
	s->dir = saver_chat_directory(s->saver);
	for (s->result = 0; s->dirty && s->dir >= 0 && s->result == 0;) {
		fill_batch(s);
		s->result = chat_file_write(s->dir, &s->batch);
		take_result(s);
	}
	sd_event_source_disable_unref(s->timer);
	free(s);
	return NULL;
}
