/* history.c - the history, read by a thread and sent in pieces.
 *
 * One call is served at a time, and the others wait in their order: however many ask, one thread
 * reads, and one answer is in memory.  A piece is sent when the client has room for it, and a
 * pause lies between two of them, so that no poll waits for JSON to be made. */
#include "berkd/control/history.h"

#include "berk/notice.h"
#include "berkd/control/json.h"
#include "berkd/control/stream.h"
#include "berkd/control/views.h"
#include "berkd/host/event_missing.h"
#include "berkd/host/history_entry.h"
#include "berkd/host/history_file.h"
#include "berkd/host/history_read.h"
#include "berkd/host/log.h"
#include "berkd/host/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PIECE	      64 /* entries of one answer */
#define PAUSE_US      5000
#define REST_US	      100000 /* at least, between two calls */
#define ACCURACY_US   1000
#define STALLS_MAX    2000 /* pauses, 10 s in all, that an answer waits for its client */
#define LIMIT_DEFAULT 1024
#define LAST_DEFAULT  (3600 * NS_PER_S)

/* The note of a call that waits; stream.c looks at its kind. */
struct asked {
	enum stream_kind kind;
	unsigned ticket;
	int dir;
	struct history_query query;
};

struct control_history {
	struct worker *worker;
	sd_event_source *timer;
	unsigned last_ticket;
	unsigned ticket; /* of the call that is served; 0: none is */
	bool resting;	 /* until the timer comes */
	unsigned stalls;
	size_t sent;
	uint64_t began_us, rest_us;
	/* The worker's while it is busy. */
	int dir, error;
	struct history_query query;
	struct history_result result;
};

static void arm(struct control_history *h, uint64_t us)
{
	int r = sd_event_source_set_time_relative(h->timer, us);

	r = r < 0 ? r : sd_event_source_set_enabled(h->timer, SD_EVENT_ONESHOT);
	if (r < 0) {
		log_err(CAUSE_CALL, "The timer cannot be set: %s", strerror(-r));
	}
}

/* --- Entries as JSON --- */

static json_t *known(int64_t figure)
{
	return figure == HISTORY_UNKNOWN ? NULL : json_integer(figure);
}

static json_t *flag(const struct history_entry *e, enum history_flag f)
{
	return e->flags & f ? json_true() : NULL;
}

static json_t *sample_json(const struct history_row *row)
{
	const struct history_entry *e = &row->e;

	return json_pack("{s:I,s:s,s:o*,s:o*,s:o*,s:o*,s:o*,s:o*}", "n_samples", (json_int_t)row->n,
			 "state", member_state_name((enum member_state)e->state), "offset_ns",
			 known(e->offset_ns), "offset_ns_min", known(row->offset_ns_min),
			 "offset_ns_max", known(row->offset_ns_max), "bound_ns", known(e->bound_ns),
			 "oscillator_ppb", known(e->freq_ppb), "delay_ns", known(e->delay_ns));
}

static json_t *event_json(const struct history_row *row)
{
	const struct history_entry *e = &row->e;

	return json_pack("{s:s,s:s,s:o}", "event", e->word, "level",
			 level_name((enum notice_level)e->level), "text",
			 control_text_json(e->text));
}

static json_t *row_json(const struct history_row *row)
{
	const struct history_entry *e = &row->e;
	json_t *j = json_pack("{s:I,s:I,s:I,s:o,s:o*,s:o*,s:o*,s:o*,s:o*,s:o*}", "wall_ns",
			      (json_int_t)e->wall_ns, "life", (json_int_t)e->life, "boot_s",
			      (json_int_t)e->boot_s, "id", control_id_json(e->host), "name",
			      e->name[0] ? control_text_json(e->name) : NULL, "self",
			      flag(e, HISTORY_SELF), "master", flag(e, HISTORY_MASTER), "deputy",
			      flag(e, HISTORY_DEPUTY), "island", flag(e, HISTORY_ISLAND),
			      "no_group_time", flag(e, HISTORY_NO_LINE));
	json_t *more = e->kind == HISTORY_SAMPLE ? sample_json(row) : event_json(row);

	if (!j || !more || json_object_update(j, more) < 0) {
		json_decref(j);
		j = NULL;
	}
	json_decref(more);
	return j;
}

/* --- The call that is served --- */

static struct varlink_call *find_call(struct control *c, unsigned ticket)
{
	for (struct varlink_call *call = NULL; (call = varlink_next_held(c->server, call));) {
		const struct asked *a = varlink_data(call);

		if (a->kind == STREAM_HISTORY && a->ticket == ticket) {
			return call;
		}
	}
	return NULL;
}

/* The one that has waited for longest. */
static struct varlink_call *find_next(struct control *c)
{
	struct varlink_call *next = NULL;

	for (struct varlink_call *call = NULL; (call = varlink_next_held(c->server, call));) {
		const struct asked *a = varlink_data(call);

		if (a->kind == STREAM_HISTORY &&
		    (!next || a->ticket < ((const struct asked *)varlink_data(next))->ticket)) {
			next = call;
		}
	}
	return next;
}

static void end_call(struct control_history *h)
{
	free(h->result.row);
	h->result = (struct history_result){0};
	h->ticket = 0;
	h->resting = true;
	arm(h, h->rest_us);
}

static void serve_next(struct control *c)
{
	struct control_history *h = c->history;
	struct varlink_call *call = find_next(c);

	if (!call) {
		return;
	}
	const struct asked *a = varlink_data(call);

	h->ticket = a->ticket;
	h->dir = a->dir;
	h->query = a->query;
	h->sent = 0;
	h->stalls = 0;
	h->rest_us = REST_US;
	(void)sd_event_now(c->event, CLOCK_MONOTONIC, &h->began_us);
	int r = worker_run(h->worker);

	if (r < 0) {
		control_fail(call, r);
		end_call(h);
	}
}

static void send_piece(struct control_history *h, struct varlink_call *call)
{
	size_t end = h->sent + PIECE < h->result.n ? h->sent + PIECE : h->result.n;
	bool last = end == h->result.n;
	json_t *list = json_array();

	for (; h->sent < end; h->sent++) {
		(void)json_array_append_new(list, row_json(&h->result.row[h->sent]));
	}
	bool goes_on = varlink_reply(call,
				     json_pack("{s:I,s:I,s:b,s:o}", "since_ns",
					       (json_int_t)h->query.since_ns, "until_ns",
					       (json_int_t)h->query.until_ns, "cut", h->result.cut,
					       "entries", list),
				     !last);

	if (goes_on) {
		arm(h, PAUSE_US);
	} else {
		end_call(h);
	}
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct control *c = userdata;
	struct control_history *h = c->history;
	struct varlink_call *call = find_call(c, h->ticket);

	(void)source;
	(void)usec;
	h->resting = false;
	if (worker_is_busy(h->worker)) {
		return 0;
	}
	if (h->ticket == 0) {
		serve_next(c);
	} else if (!call) { /* the client has gone */
		end_call(h);
	} else if (varlink_has_room(call)) {
		send_piece(h, call);
	} else if (h->stalls++ < c->history_stalls_max) {
		arm(h, PAUSE_US);
	} else { /* who reads a little now and then must not hold up the others either */
		varlink_error(call, "net.berkd.Failed",
			      json_pack("{s:s}", "message", "its answer was not read within 10 s"));
		end_call(h);
	}
	return 0;
}

static void run_read(void *userdata)
{
	struct control_history *h = ((struct control *)userdata)->history;

	h->error = history_read(h->dir, &h->query, &h->result);
}

static void on_read(void *userdata)
{
	struct control *c = userdata;
	struct control_history *h = c->history;
	struct varlink_call *call = find_call(c, h->ticket);
	uint64_t now_us = h->began_us;

	/* Who asks on and on gets half a processor at most, however large the file is. */
	(void)sd_event_now(c->event, CLOCK_MONOTONIC, &now_us);
	if (now_us - h->began_us > REST_US) {
		h->rest_us = now_us - h->began_us;
	}
	if (call && (h->error == -EBADMSG || h->error == -ESTALE)) {
		varlink_error(call, "net.berkd.Failed",
			      json_pack("{s:s}", "message",
					"the history is damaged; restart berkd, which begins "
					"another one"));
	} else if (call && h->error < 0 && h->error != -ENOENT) {
		control_fail(call, h->error);
	} else if (call) {
		send_piece(h, call);
		return;
	}
	end_call(h);
}

/* --- The method --- */

static bool read_query(const struct control *c, struct varlink_call *call, json_t *parameters,
		       struct history_query *q)
{
	const json_t *host = json_object_get(parameters, "host");
	int64_t last_ns = LAST_DEFAULT, limit = LIMIT_DEFAULT;
	struct control_now now;
	struct node_status status;
	int r = control_read_clocks(c, &now);

	if (r < 0) {
		control_fail(call, r);
		return false;
	}
	if (!control_get_int(call, parameters, "last_ns", 0, &last_ns)) {
		return false;
	}
	node_status(c->grant.node, now.mono, now.pair, &status);
	q->until_ns = history_now_ns(&status, now.pair);
	q->since_ns = ns_sub(q->until_ns, last_ns);
	if (!control_get_int(call, parameters, "since_ns", INT64_MIN, &q->since_ns) ||
	    !control_get_int(call, parameters, "until_ns", INT64_MIN, &q->until_ns) ||
	    !control_get_int(call, parameters, "interval_ns", 0, &q->interval_ns) ||
	    !control_get_int(call, parameters, "limit", 1, &limit)) {
		return false;
	}
	if (host && !json_is_null(host)) {
		const char *text = json_string_value(host);

		if (!text || !text[0] || strlen(text) >= sizeof(q->host)) {
			varlink_invalid_parameter(call, "host");
			return false;
		}
		memcpy(q->host, text, strlen(text) + 1);
	}
	q->limit = (size_t)ns_min(limit, HISTORY_LIMIT_MAX);
	return true;
}

void control_history(struct varlink_call *call, json_t *parameters, void *userdata)
{
	struct control *c = userdata;
	struct control_history *h = c->history;
	struct history_query q = {0};
	int dir = c->grant.history_directory ? c->grant.history_directory(c->grant.userdata) : -1;

	if (dir < 0) {
		varlink_error(call, "net.berkd.NoHistory", NULL);
		return;
	}
	if (!read_query(c, call, parameters, &q)) {
		return;
	}
	struct asked *a = malloc(sizeof(*a));

	if (!a) {
		control_fail(call, -ENOMEM);
		return;
	}
	*a = (struct asked){.kind = STREAM_HISTORY,
			    .ticket = ++h->last_ticket,
			    .dir = dir,
			    .query = q};
	varlink_hold(call, a);
	if (h->ticket == 0 && !h->resting) {
		arm(h, PAUSE_US);
	}
}

int control_history_init(struct control *c)
{
	struct control_history *h = calloc(1, sizeof(*h));

	if (!h) {
		return -ENOMEM;
	}
	c->history = h;
	c->history_stalls_max = STALLS_MAX;
	int r = worker_new(c->event, run_read, on_read, c, &h->worker);

	r = r < 0 ? r
		  : sd_event_add_time_relative(c->event, &h->timer, CLOCK_MONOTONIC, PAUSE_US,
					       ACCURACY_US, on_timer, c);
	return r < 0 ? r : sd_event_source_set_enabled(h->timer, SD_EVENT_OFF);
}

void control_history_fini(struct control *c)
{
	struct control_history *h = c->history;

	if (h) {
		worker_free(h->worker);
		sd_event_source_disable_unref(h->timer);
		free(h->result.row);
		free(h);
	}
	c->history = NULL;
}
