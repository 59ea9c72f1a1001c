/* stream.c - calls that stay open: monitor, wait for synchronisation, follow the chat.
 *
 * Notices and chat lines are passed on as they come.  Everything else is looked at on a tick, which
 * runs only while somebody waits: the core does not tell the shell of each change.
 */
#include "berkd/control/stream.h"

#include "berk/term.h"
#include "berkd/control/json.h"
#include "berkd/control/varlink_call.h"
#include "berkd/control/views.h"
#include "berkd/control/wait.h"
#include "berkd/host/event_missing.h"
#include "common/format.h"
#include "common/notice.h"
#include "common/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICK_US	      250000
#define TICK_ACC_US   50000
#define PROGRESS_NS   NS_PER_S
#define INTERVAL_MIN  (100 * NS_PER_MS)
/* Who is out of sight for so long has left; a change of masters is over by then. */
#define PRESENT_TICKS 12

/* What makes a status worth sending again. */
struct status_key {
	node_id master, deputy;
	uint64_t term;
	enum role role;
	unsigned n_alive;
	bool island, synced, settled;
};

struct stream {
	enum stream_kind kind;
	int64_t interval_ns; /* 0: on change only */
	mono_t due;
	struct status_key key;
	struct wait wait;
	unsigned number; /* of the reload */
};

/* --- The tick --- */

static void arm_tick(struct control *c, bool wanted)
{
	int r = 0;

	if (wanted) {
		r = sd_event_source_set_time_relative(c->tick, TICK_US);
	}
	if (r >= 0) {
		r = sd_event_source_set_enabled(c->tick, wanted ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
	}
	c->ticking = wanted && r >= 0;
}

/* The new stream's note, held; NULL after the call was answered with an error. */
static struct stream *hold_stream(struct control *c, struct varlink_call *call,
				  const struct stream *like)
{
	struct stream *s = malloc(sizeof(*s));

	if (!s) {
		varlink_error(call, "net.berkd.Failed", json_pack("{s:s}", "message", "no memory"));
		return NULL;
	}
	*s = *like;
	varlink_hold(call, s);
	if (!c->ticking) {
		arm_tick(c, true);
	}
	return s;
}

static struct status_key read_key(const struct control *c, const struct control_now *now)
{
	struct node_status s;

	node_status(c->grant.node, now->mono, now->pair, &s);
	return (struct status_key){.master = s.master,
				   .deputy = s.deputy,
				   .term = s.term,
				   .role = s.role,
				   .n_alive = s.n_alive,
				   .island = s.island,
				   .synced = s.synced,
				   .settled = s.settled};
}

static bool is_key_equal(const struct status_key *a, const struct status_key *b)
{
	return a->master == b->master && a->deputy == b->deputy && a->term == b->term &&
	       a->role == b->role && a->n_alive == b->n_alive && a->island == b->island &&
	       a->synced == b->synced && a->settled == b->settled;
}

static bool send_status(struct control *c, struct varlink_call *call, const struct control_now *now,
			bool continues)
{
	json_t *status = control_status_json(c, now);

	return varlink_reply(call, json_pack("{s:o}", "status", status), continues);
}

static void tick_monitor(struct control *c, struct varlink_call *call,
			 const struct control_now *now)
{
	struct stream *s = varlink_data(call);
	struct status_key key = read_key(c, now);
	bool due = s->interval_ns > 0 && s->due.ns <= now->mono.ns;

	if (due || !is_key_equal(&key, &s->key)) {
		s->key = key;
		s->due = due ? mono_add(now->mono, s->interval_ns) : s->due;
		send_status(c, call, now, true);
	}
}

static void tick_wait(struct control *c, struct varlink_call *call, const struct control_now *now)
{
	struct stream *s = varlink_data(call);
	struct node_status status;

	node_status(c->grant.node, now->mono, now->pair, &status);
	bool over = wait_lack(&s->wait, &status) == LACK_NOTHING;

	if (!over && s->wait.deadline.ns <= now->mono.ns) {
		varlink_error(call, "net.berkd.TimedOut", wait_json(&s->wait, &status));
	} else if (over || (varlink_wants_more(call) && s->due.ns <= now->mono.ns)) {
		s->due = mono_add(now->mono, PROGRESS_NS);
		varlink_reply(call,
			      json_pack("{s:o,s:o}", "status", control_status_json(c, now), "wait",
					wait_json(&s->wait, &status)),
			      !over);
	}
}

/* --- Whose a name is --- */

/* A name is its bearer's claim: read whom the table knows under which. */
static void read_holders(struct control *c)
{
	struct member_view v;

	c->n_holder = 0;
	for (size_t at = 0;
	     c->n_holder < CONTROL_PRESENT_MAX &&
	     node_member(c->grant.node, &at, (mono_t){0}, (struct clock_pair){0}, &v);) {
		struct present *p = &c->holder[c->n_holder++];

		*p = (struct present){.id = v.id};
		memcpy(p->name, v.name, sizeof(p->name));
	}
}

/* Does another key hold the name, or this key another name?  Call after read_holders(). */
static bool is_name_held(const struct control *c, node_id id, const char *name)
{
	for (size_t i = 0; i < c->n_holder; i++) {
		const struct present *p = &c->holder[i];
		bool same = strncmp(p->name, name, sizeof(p->name)) == 0;

		if (p->id == id ? p->name[0] != '\0' && !same : same && name[0] != '\0') {
			return true;
		}
	}
	return false;
}

/* --- Who is here: joined and left, for the chat --- */

static void send_presence(struct control *c, const char *event, const struct present *p)
{
	read_holders(c);
	for (struct varlink_call *call = NULL; (call = varlink_next_held(c->server, call));) {
		const struct stream *s = varlink_data(call);

		if (s->kind == STREAM_CHAT) {
			json_t *e = json_pack("{s:s,s:o,s:o,s:b}", "event", event, "id",
					      control_id_json(p->id), "name",
					      control_text_json(p->name), "name_held",
					      is_name_held(c, p->id, p->name));

			varlink_reply(call, json_pack("{s:o}", "event", e), true);
		}
	}
}

static void note_present(struct control *c, const struct member_view *v, bool tell)
{
	struct present *p = c->present;

	for (size_t i = 0; i < c->n_present; i++, p++) {
		if (p->id == v->id) {
			p->missed = 0;
			memcpy(p->name, v->name, sizeof(p->name));
			return;
		}
	}
	if (c->n_present == CONTROL_PRESENT_MAX) {
		return;
	}
	*p = (struct present){.id = v->id};
	memcpy(p->name, v->name, sizeof(p->name));
	c->n_present++;
	if (tell) {
		send_presence(c, "joined", p);
	}
}

static void tick_presence(struct control *c, const struct control_now *now)
{
	struct member_view v;
	size_t kept = 0;

	for (size_t i = 0; i < c->n_present; i++) {
		c->present[i].missed++;
	}
	for (size_t at = 0; node_member(c->grant.node, &at, now->mono, now->pair, &v);) {
		if (!v.is_self && member_state_is_here(v.state) && v.name[0] != '\0') {
			note_present(c, &v, c->has_present);
		}
	}
	for (size_t i = 0; i < c->n_present; i++) {
		if (c->present[i].missed < PRESENT_TICKS) {
			c->present[kept++] = c->present[i];
		} else {
			send_presence(c, "left", &c->present[i]);
		}
	}
	c->n_present = kept;
	c->has_present = true;
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct control *c = userdata;
	struct control_now now;
	bool any = false, chat = false;

	(void)source;
	(void)usec;
	bool readable = control_read_clocks(c, &now) == 0;

	for (struct varlink_call *call = NULL; (call = varlink_next_held(c->server, call));) {
		enum stream_kind kind = ((const struct stream *)varlink_data(call))->kind;

		any = true;
		chat |= kind == STREAM_CHAT;
		if (readable && kind == STREAM_MONITOR) {
			tick_monitor(c, call, &now);
		} else if (readable && kind == STREAM_WAIT_SYNC) {
			tick_wait(c, call, &now);
		}
	}
	if (chat && readable) {
		tick_presence(c, &now);
	} else if (!chat) {
		c->has_present = false;
		c->n_present = 0;
	}
	arm_tick(c, any);
	return 0;
}

int control_stream_init(struct control *c)
{
	int r = sd_event_add_time_relative(c->event, &c->tick, CLOCK_MONOTONIC, TICK_US,
					   TICK_ACC_US, on_tick, c);

	return r < 0 ? r : sd_event_source_set_enabled(c->tick, SD_EVENT_OFF);
}

void control_stream_fini(struct control *c)
{
	c->tick = sd_event_source_disable_unref(c->tick);
}

/* --- Told by the daemon --- */

/* The fields of a notice as a JSON object. */
static json_t *fields_json(const struct notice *n)
{
	json_t *object = json_object();
	char raw[NOTICE_FIELD_MAX], name[NOTICE_FIELD_MAX];

	for (const struct notice_field *f = notice_fields(n->kind); f->name; f++) {
		json_t *value;

		switch (f->type) {
		case NOTICE_TYPE_FLAG:
			value = json_boolean(notice_number(n, f));
			break;
		case NOTICE_TYPE_TERM:
			value = json_integer(
				(json_int_t)term_counter((uint64_t)notice_number(n, f)));
			break;
		case NOTICE_TYPE_COUNT:
		case NOTICE_TYPE_BITS:
		case NOTICE_TYPE_OFFSET:
		case NOTICE_TYPE_INTERVAL:
		case NOTICE_TYPE_PPB:
			value = json_integer(notice_number(n, f));
			break;
		default:
			value = json_string(notice_raw(n, f, raw));
			break;
		}
		(void)json_object_set_new(object, f->name, value); /* out of memory: without it */
		if (notice_full(n, f, name, raw)) {
			(void)json_object_set_new(object, name, json_string(raw));
		}
	}
	return object;
}

void control_stream_notice(struct control *c, const struct notice *n, const char *text)
{
	for (struct varlink_call *call = NULL; (call = varlink_next_held(c->server, call));) {
		const struct stream *s = varlink_data(call);

		if (s->kind != STREAM_MONITOR) {
			continue;
		}
		json_t *j =
			json_pack("{s:s,s:s,s:o,s:o*,s:o*}", "kind", notice_word(n->kind), "level",
				  level_name(n->level), "text", control_text_json(text), "peer",
				  n->peer ? control_id_json(n->peer) : NULL, "fields",
				  fields_json(n));

		varlink_reply(call, json_pack("{s:o}", "notice", j), true);
	}
}

void control_stream_hold_order(struct control *c, struct varlink_call *call, enum stream_kind kind)
{
	(void)hold_stream(c, call, &(struct stream){.kind = kind});
}

static struct varlink_call *find_held(const struct control *c, enum stream_kind kind,
				      unsigned number)
{
	for (struct varlink_call *call = NULL; (call = varlink_next_held(c->server, call));) {
		const struct stream *s = varlink_data(call);

		if (s->kind == kind && s->number <= number) {
			return call;
		}
	}
	return NULL;
}

struct varlink_call *control_stream_order(struct control *c, enum stream_kind kind)
{
	return find_held(c, kind, 0);
}

bool control_stream_any(const struct control *c, enum stream_kind kind)
{
	return find_held(c, kind, 0) != NULL;
}

void control_stream_hold_reload(struct control *c, struct varlink_call *call, unsigned number)
{
	(void)hold_stream(c, call, &(struct stream){.kind = STREAM_RELOAD, .number = number});
}

struct varlink_call *control_stream_reload(struct control *c, unsigned number)
{
	return find_held(c, STREAM_RELOAD, number);
}

/* Call after read_holders(). */
static bool send_line(const struct control *c, struct varlink_call *call,
		      const struct wire_chat_line *line)
{
	bool is_private = line->pos.index == 0; /* it has no place in the order of all lines */
	json_t *e = json_pack("{s:s,s:o,s:o,s:b,s:s%,s:I}", "event", "line", "id",
			      control_id_json(line->origin), "name", control_text_json(line->name),
			      "name_held", is_name_held(c, line->origin, line->name), "text",
			      line->text, (size_t)line->len, "wall_ns", (json_int_t)line->wall_ns);

	(void)json_object_set_new(e, is_private ? "private" : "index",
				  is_private ? json_true()
					     : json_integer((json_int_t)line->pos.index));
	return varlink_reply(call, json_pack("{s:o}", "event", e), true);
}

static void send_to_followers(struct control *c, const struct wire_chat_line *line)
{
	bool read = false;

	for (struct varlink_call *call = NULL; (call = varlink_next_held(c->server, call));) {
		if (((const struct stream *)varlink_data(call))->kind == STREAM_CHAT) {
			if (!read) {
				read_holders(c);
				read = true;
			}
			send_line(c, call, line);
		}
	}
}

void control_stream_chat(struct control *c, const struct wire_chat_line *line)
{
	c->chat_shown = line->pos.index;
	send_to_followers(c, line);
}

void control_stream_private(struct control *c, const struct wire_chat_line *line)
{
	send_to_followers(c, line);
}

/* --- Methods --- */

void control_monitor(struct varlink_call *call, json_t *parameters, void *userdata)
{
	struct control *c = userdata;
	struct stream s = {.kind = STREAM_MONITOR};
	struct control_now now;

	if (!control_get_int(call, parameters, "interval_ns", 0, &s.interval_ns)) {
		return;
	}
	if ((s.interval_ns > 0 && s.interval_ns < INTERVAL_MIN) ||
	    control_read_clocks(c, &now) < 0) {
		varlink_invalid_parameter(call, "interval_ns");
		return;
	}
	s.key = read_key(c, &now);
	s.due = mono_add(now.mono, s.interval_ns);
	if (hold_stream(c, call, &s)) {
		send_status(c, call, &now, true);
	}
}

void control_wait_sync(struct varlink_call *call, json_t *parameters, void *userdata)
{
	struct control *c = userdata;
	struct stream s = {.kind = STREAM_WAIT_SYNC};
	struct control_now now;
	int r = control_read_clocks(c, &now);

	if (r < 0) {
		control_fail(call, r);
		return;
	}
	s.due = now.mono;
	if (wait_read(call, parameters, c->grant.config, now.mono, &s.wait) &&
	    hold_stream(c, call, &s)) {
		tick_wait(c, call, &now);
	}
}

void control_chat_follow(struct varlink_call *call, json_t *parameters, void *userdata)
{
	struct control *c = userdata;
	int64_t history = 0;

	if (!control_get_int(call, parameters, "history", 0, &history) ||
	    !hold_stream(c, call, &(struct stream){.kind = STREAM_CHAT})) {
		return;
	}
	/* What was shown so far, in the life before if not in this one; the rest comes by
	 * itself. */
	struct chat_pos last;
	uint64_t shown = c->chat_shown;

	if (shown == 0) {
		(void)node_chat_log(c->grant.node, 0, &last, &shown);
	}
	uint64_t n = (uint64_t)ns_clamp(history, 0, CHAT_LOG_LINES); /* older ones are not kept */

	n = n < shown ? n : shown;
	read_holders(c);
	for (uint64_t i = shown - n + 1; i <= shown; i++) {
		const struct wire_chat_line *line = node_chat_line(c->grant.node, i);

		if (line && !send_line(c, call, line)) {
			return;
		}
	}
}
