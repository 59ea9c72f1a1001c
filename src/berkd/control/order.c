/* order.c - what an operator may order, and what he is told when it cannot be. */
#include "berkd/control/order.h"

#include "berkd/control/hosts.h"
#include "berkd/control/json.h"
#include "berkd/control/stream.h"
#include "berkd/control/views.h"
#include "common/whom.h"
#include "common/words.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* Add "NAME: @text" to @list, or what stands for a name. */
static void add_line(json_t *list, const char *name, const char *text)
{
	char line[512];

	(void)snprintf(line, sizeof(line), "%s: %s", name, text);
	(void)json_array_append_new(list, control_text_json(line));
}

static void add_key(json_t *list, const char *whose, const uint8_t key[static KEY_LEN])
{
	char hex[2 * KEY_LEN + 1];

	(void)sodium_bin2hex(hex, sizeof(hex), key, KEY_LEN);
	add_line(list, whose, hex);
}

/* Who does not take the order and what to do there, each a line; then the keys that a list of
 * masters would have to name. */
static json_t *deaf_json(const struct control *c, const struct control_now *now,
			 const struct deaf_hosts *d)
{
	json_t *list = json_array();
	struct member_view v;
	char more[32];

	for (unsigned k = 0; k < d->n_named; k++) {
		const char *name = node_name_of(c->grant.node, d->host[k].id);

		add_line(list, name ? name : "?", texts_deaf[d->host[k].why]);
	}
	if (d->n > d->n_named) {
		(void)snprintf(more, sizeof(more), "and %u more", (unsigned)(d->n - d->n_named));
		(void)json_array_append_new(list, json_string(more));
	}
	for (size_t at = 0; node_member(c->grant.node, &at, now->mono, now->pair, &v);) {
		if (v.is_self || (v.is_master && v.key_known)) {
			add_key(list, v.is_self ? "the key of this host" : "the key of the master",
				v.public_key);
		}
	}
	return list;
}

static void answer_deaf(const struct control *c, struct varlink_call *call,
			const struct deaf_hosts *d)
{
	struct control_now now;
	int r = control_read_clocks(c, &now);

	varlink_error(call, "net.berkd.NotTrusted",
		      json_pack("{s:i,s:o*}", "n_hosts", (int)d->n, "messages",
				r < 0 ? NULL : deaf_json(c, &now, d)));
}

/* Its name, or, without one, its id; NULL: nobody. */
static json_t *whom_json(const struct control *c, node_id id)
{
	const char *name = node_name_of(c->grant.node, id);

	return id == 0 ? NULL : name ? control_text_json(name) : control_id_json(id);
}

static void answer_verdict(const struct control *c, struct varlink_call *call,
			   const struct order_outcome *o)
{
	enum order_verdict v = o->verdict;
	static const char *const names[] = {
		[ORDER_NOT_MASTER] = "net.berkd.NotMaster",
		[ORDER_NO_SUCH_PEER] = "net.berkd.NoSuchHost",
		[ORDER_NO_DEPUTY] = "net.berkd.NoDeputy",
		[ORDER_NOT_ALLOWED] = "net.berkd.NotAllowed",
		[ORDER_NO_LINE] = "net.berkd.NoLine",
		[ORDER_NO_STEP] = "net.berkd.NoStep",
		[ORDER_IS_HERE] = "net.berkd.HostIsHere",
		[ORDER_ABSENT] = "net.berkd.HostAbsent",
		[ORDER_TOO_EARLY] = "net.berkd.TooEarly",
		[ORDER_TOO_LATE] = "net.berkd.TooLate",
		[ORDER_REFERENCE] = "net.berkd.HasReference",
		[ORDER_TOO_FAR] = "net.berkd.TooFar",
		[ORDER_CHAT_FULL] = "net.berkd.ChatFull",
		[ORDER_BAD_TEXT] = "net.berkd.BadText",
		[ORDER_BUSY] = "net.berkd.OrderWaits",
		[ORDER_NO_ANSWER] = "net.berkd.NoAnswer",
		[ORDER_LEADS] = "net.berkd.HostLeads",
		[ORDER_HELD] = "net.berkd.Held",
		[ORDER_NOT_HELD] = "net.berkd.NotHeld",
		[ORDER_SLEWS] = "net.berkd.Slews",
	};
	json_t *parameters = NULL;
	struct control_now now;

	if (v == ORDER_OK) {
		varlink_reply(call, json_object(), false);
		return;
	}
	if ((size_t)v >= sizeof(names) / sizeof(names[0]) || !names[v]) {
		varlink_error(call, "net.berkd.Failed",
			      json_pack("{s:s}", "message", order_verdict_name(v)));
		return;
	}
	if ((v == ORDER_NOT_MASTER || v == ORDER_NO_ANSWER) && control_read_clocks(c, &now) == 0) {
		json_t *status = control_status_json(c, &now);

		parameters = json_pack("{s:O*}", "master", json_object_get(status, "master_name"));
		json_decref(status);
	} else if (v == ORDER_NO_SUCH_PEER || v == ORDER_LEADS) {
		parameters = json_pack("{s:o*}", "host", whom_json(c, o->peer));
	}
	varlink_error(call, names[v], parameters);
}

/* The names, or else the ids, of those who do not take it; NULL: all do. */
static json_t *names_json(const struct control *c, const struct deaf_hosts *d)
{
	json_t *list = d->n_named > 0 ? json_array() : NULL;

	for (unsigned k = 0; k < d->n_named; k++) {
		(void)json_array_append_new(list, whom_json(c, d->host[k].id));
	}
	return list;
}

/* What the order comes to, in figures. */
static json_t *figures_json(const struct control *c, const struct order_outcome *o)
{
	switch (o->order) {
	case ORDER_SET_TIME:
		return json_pack("{s:I,s:I}", "shift_ns", (json_int_t)o->moved_ns, "takes_ns",
				 (json_int_t)o->takes_ns);
	case ORDER_STEP:
		return json_pack("{s:I}", "moved_ns", (json_int_t)o->moved_ns);
	case ORDER_TRANSFER:
		return json_pack("{s:o*,s:I}", "host", whom_json(c, o->peer), "takes_ns",
				 (json_int_t)o->takes_ns);
	case ORDER_EXCLUDE:
	case ORDER_INCLUDE:
	case ORDER_FORGET:
		return json_pack("{s:o*,s:i,s:i,s:o*}", "host", whom_json(c, o->peer), "n_before",
				 (int)o->n_before, "n_after", (int)o->n_after, "still_count",
				 names_json(c, &o->deaf));
	case ORDER_HOLD:
		return json_pack("{s:I,s:I}", "takes_ns", (json_int_t)o->takes_ns, "grows_ns",
				 (json_int_t)o->moved_ns);
	case ORDER_RESUME:
		return json_pack("{s:I}", "left_ns", (json_int_t)o->takes_ns);
	case ORDER_CHAT:
	case ORDER_REVOKE:
	case ORDER_RESTORE:
	case ORDER_PRIVATE:
		break;
	}
	return json_object();
}

static void answer_order(struct control *c, struct varlink_call *call,
			 const struct order_outcome *o)
{
	if (o->verdict == ORDER_NOT_TRUSTED) {
		answer_deaf(c, call, &o->deaf);
	} else if (o->verdict != ORDER_OK) {
		answer_verdict(c, call, o);
	} else {
		varlink_reply(call, figures_json(c, o), false);
	}
}

static void note_forgotten(const struct control *c, const struct order_outcome *o)
{
	if (o->order == ORDER_FORGET && o->verdict == ORDER_OK && !o->dry_run) {
		c->grant.forgotten(c->grant.userdata, o->peer);
	}
}

void control_order_done(struct control *c, const struct order_outcome *o)
{
	struct varlink_call *call = control_stream_order(c, STREAM_ORDER);

	note_forgotten(c, o);
	if (call) {
		answer_order(c, call, o);
	}
}

/* It is not shown there, or not known to be. */
static void refuse_private(const struct control *c, struct varlink_call *call, const char *error,
			   node_id to)
{
	varlink_error(call, error, json_pack("{s:o*}", "host", whom_json(c, to)));
}

void control_private_done(struct control *c, node_id to, enum private_outcome outcome)
{
	struct varlink_call *call = control_stream_order(c, STREAM_PRIVATE);

	if (!call) {
		return; /* who said it has gone */
	}
	switch (outcome) {
	case PRIVATE_SHOWN:
		varlink_reply(call, json_object(), false);
		break;
	case PRIVATE_UNREAD:
		refuse_private(c, call, "net.berkd.NobodyReads", to);
		break;
	case PRIVATE_FULL:
		answer_verdict(c, call,
			       &(struct order_outcome){.order = ORDER_PRIVATE,
						       .verdict = ORDER_CHAT_FULL});
		break;
	case PRIVATE_SILENT:
		refuse_private(c, call, "net.berkd.HostSilent", to);
		break;
	}
}

static void give_order(struct control *c, struct varlink_call *call, struct node_event *ev)
{
	struct order_outcome o = {.verdict = ORDER_OK};
	bool is_private = ev->order.order == ORDER_PRIVATE;

	ev->order.uid = varlink_uid(call);
	int r = c->grant.order(c->grant.userdata, ev, &o);

	o.order = ev->order.order;
	if (r < 0) {
		control_fail(call, r);
	} else if (o.verdict == ORDER_SENT) {
		control_stream_hold_order(c, call, is_private ? STREAM_PRIVATE : STREAM_ORDER);
	} else if (o.verdict == ORDER_ABSENT && is_private) {
		refuse_private(c, call, "net.berkd.HostAway", ev->order.peer);
	} else {
		note_forgotten(c, &o);
		answer_order(c, call, &o);
	}
}

static bool is_dry_run(const json_t *parameters)
{
	return json_is_true(json_object_get(parameters, "dry_run"));
}

/* With no host given, and none needed, the peer is 0. */
static void order_host(struct control *c, struct varlink_call *call, json_t *parameters,
		       enum order what, bool needed)
{
	struct node_event ev = {.order = {.order = what, .dry_run = is_dry_run(parameters)}};
	json_t *host = json_object_get(parameters, "host");
	struct member_view v;

	if (needed || (host && !json_is_null(host))) {
		if (!control_find_host(c, call, parameters, &v)) {
			return;
		}
		ev.order.peer = v.id;
	}
	give_order(c, call, &ev);
}

void control_transfer(struct varlink_call *call, json_t *parameters, void *userdata)
{
	order_host(userdata, call, parameters, ORDER_TRANSFER, false);
}

void control_exclude(struct varlink_call *call, json_t *parameters, void *userdata)
{
	order_host(userdata, call, parameters, ORDER_EXCLUDE, true);
}

void control_include(struct varlink_call *call, json_t *parameters, void *userdata)
{
	order_host(userdata, call, parameters, ORDER_INCLUDE, true);
}

void control_forget(struct varlink_call *call, json_t *parameters, void *userdata)
{
	const char *host = json_string_value(json_object_get(parameters, "host"));
	bool dry_run = is_dry_run(parameters);
	struct order_outcome o = {.order = ORDER_CHAT, .verdict = ORDER_OK}; /* no figures */
	struct control *c = userdata;
	size_t i = 0;

	/* A configured peer that nobody has met has no other name than it has there. */
	while (host && i < c->grant.config->n_peers &&
	       !whom_same_name(c->grant.config->peers[i].text, host)) {
		i++;
	}
	if (!host || i == c->grant.config->n_peers || control_knows_host(c, host)) {
		order_host(c, call, parameters, ORDER_FORGET, false);
	} else {
		o.verdict =
			c->grant.forgive(c->grant.userdata, i, dry_run) ? ORDER_OK : ORDER_IS_HERE;
		answer_order(c, call, &o);
	}
}

/* What concerns no host, or only this one. */
static void order_plain(struct control *c, struct varlink_call *call, const json_t *parameters,
			enum order what)
{
	struct node_event ev = {.order = {.order = what, .dry_run = is_dry_run(parameters)}};

	give_order(c, call, &ev);
}

void control_step_down(struct varlink_call *call, json_t *parameters, void *userdata)
{
	order_plain(userdata, call, parameters, ORDER_TRANSFER);
}

void control_step(struct varlink_call *call, json_t *parameters, void *userdata)
{
	order_plain(userdata, call, parameters, ORDER_STEP);
}

/* For ten minutes, if it is not said for how long. */
void control_hold(struct varlink_call *call, json_t *parameters, void *userdata)
{
	struct node_event ev = {.order = {.order = ORDER_HOLD, .dry_run = is_dry_run(parameters)}};
	int64_t for_ns = 600 * NS_PER_S;

	if (!control_get_int(call, parameters, "for_ns", HOLD_MS_MIN * NS_PER_MS, &for_ns)) {
		return;
	}
	if (for_ns > HOLD_MS_MAX * NS_PER_MS) {
		varlink_invalid_parameter(call, "for_ns");
		return;
	}
	ev.order.hold_ms = (uint32_t)(for_ns / NS_PER_MS);
	give_order(userdata, call, &ev);
}

void control_resume(struct varlink_call *call, json_t *parameters, void *userdata)
{
	order_plain(userdata, call, parameters, ORDER_RESUME);
}

/* To a time, or by an interval from where group time is. */
void control_set_time(struct varlink_call *call, json_t *parameters, void *userdata)
{
	struct node_event ev = {
		.order = {.order = ORDER_SET_TIME, .dry_run = is_dry_run(parameters)}};
	int64_t wall_ns = INT64_MIN, shift_ns = INT64_MIN;

	if (!control_get_int(call, parameters, "wall_ns", 0, &wall_ns) ||
	    !control_get_int(call, parameters, "shift_ns", -INT64_MAX, &shift_ns)) {
		return;
	}
	if ((wall_ns == INT64_MIN) == (shift_ns == INT64_MIN)) {
		varlink_invalid_parameter(call, "wall_ns");
		return;
	}
	ev.order.set_time.to.ns = wall_ns;
	ev.order.set_time.relative = shift_ns != INT64_MIN;
	ev.order.set_time.shift_ns = shift_ns;
	ev.order.set_time.step = json_is_true(json_object_get(parameters, "step"));
	give_order(userdata, call, &ev);
}

/* False: the call was answered. */
static bool read_text(struct varlink_call *call, json_t *parameters, struct node_event *ev)
{
	const json_t *text = json_object_get(parameters, "text");

	if (!json_is_string(text)) {
		varlink_invalid_parameter(call, "text");
		return false;
	}
	ev->order.text = json_string_value(text);
	ev->order.text_len = json_string_length(text);
	return true;
}

void control_chat_send(struct varlink_call *call, json_t *parameters, void *userdata)
{
	struct node_event ev = {.order = {.order = ORDER_CHAT}};

	if (read_text(call, parameters, &ev)) {
		give_order(userdata, call, &ev);
	}
}

/* A method of its own: a daemon that does not know it says the line to nobody. */
void control_chat_private(struct varlink_call *call, json_t *parameters, void *userdata)
{
	struct node_event ev = {.order = {.order = ORDER_PRIVATE}};
	struct control *c = userdata;
	struct member_view v;

	if (!read_text(call, parameters, &ev) || !control_find_host(c, call, parameters, &v)) {
		return;
	}
	ev.order.peer = v.id;
	if (v.is_self) {
		refuse_private(c, call, "net.berkd.OwnHost", v.id);
	} else {
		give_order(c, call, &ev);
	}
}

void control_set_trace(struct varlink_call *call, json_t *parameters, void *userdata)
{
	const char *level = json_string_value(json_object_get(parameters, "level"));
	const struct control *c = userdata;
	int value;

	if (!level || !words_find(words_level, level, &value)) {
		varlink_invalid_parameter(call, "level");
		return;
	}
	c->grant.trace(c->grant.userdata, (enum notice_level)value);
	varlink_reply(call, json_object(), false);
}

static void answer_reload(struct varlink_call *call, int r, const char *const *messages, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++) {
		(void)json_array_append_new(array, control_text_json(messages[i]));
	}
	if (r < 0 && n == 0) {
		(void)json_array_append_new(array, json_string(strerror(-r)));
	}
	json_t *parameters = json_pack("{s:o}", "messages", array);

	if (r == -EINPROGRESS) {
		varlink_error(call, "net.berkd.ReloadGoesOn", parameters);
	} else if (r < 0) {
		varlink_error(call, "net.berkd.ConfigRefused", parameters);
	} else {
		varlink_reply(call, parameters, false);
	}
}

void control_reload(struct varlink_call *call, json_t *parameters, void *userdata)
{
	struct control *c = userdata;
	unsigned number = c->grant.reload(c->grant.userdata);

	(void)parameters;
	if (number == 0) {
		answer_reload(call, -EAGAIN, NULL, 0);
	} else {
		control_stream_hold_reload(c, call, number);
	}
}

void control_reload_done(struct control *c, unsigned number, int r, const char *const *messages,
			 size_t n)
{
	for (struct varlink_call *call; (call = control_stream_reload(c, number)) != NULL;) {
		answer_reload(call, r, messages, n);
	}
}
