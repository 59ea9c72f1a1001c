/* status.c - the node's views as JSON, and which host a name means. */
#include "berkd/control/control_private.h"

#include "berk/line.h"
#include "berk/term.h"
#include "common/text.h"
#include "common/words.h"

#include <arpa/inet.h>
#include <config.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_PREFIX_MIN  4
#define CANDIDATES_MAX 8
#define ROUNDS_DEFAULT 16

int control_read_clocks(const struct control *c, struct control_now *ret)
{
	struct node_event ev;
	int r = daemon_stamp_event(c->daemon, &ev);

	if (r < 0) {
		return r;
	}
	*ret = (struct control_now){.mono = ev.now, .pair = ev.pair};
	return 0;
}

json_t *control_id_json(node_id id)
{
	char hex[17];

	(void)snprintf(hex, sizeof(hex), "%016" PRIx64, id);
	return json_string(hex);
}

json_t *control_text_json(const char *text)
{
	char safe[1024];
	json_t *j = json_string(text);

	if (!j) {
		text_escape(text, strlen(text), safe, sizeof(safe));
		j = json_string(safe);
	}
	return j;
}

/* Absent when @known is false. */
static json_t *int_if(bool known, int64_t v)
{
	return known ? json_integer(v) : NULL;
}

static json_t *id_if(node_id id)
{
	return id ? control_id_json(id) : NULL;
}

static json_t *bound_json(int64_t bound_ns)
{
	return int_if(bound_ns != BOUND_UNKNOWN, bound_ns);
}

static json_t *name_of(const struct control *c, const struct control_now *now, node_id id)
{
	struct member_view v;

	for (size_t i = 0; id && node_member(c->daemon->node, i, now->mono, now->pair, &v); i++) {
		if (v.id == id) {
			return v.name[0] ? control_text_json(v.name) : NULL;
		}
	}
	return NULL;
}

/* Put the members of @more, which is taken over, into @j, which is given back. */
static json_t *join(json_t *j, json_t *more)
{
	if (!j || !more || json_object_update(j, more) < 0) {
		json_decref(j);
		j = NULL;
	}
	json_decref(more);
	return j;
}

/* "s:o*" leaves a NULL out, so an absent value and one that memory was lacking for look alike; the
 * rest of the object does not come about in that case. */
static json_t *status_group(const struct control *c, const struct control_now *now,
			    const struct node_status *s)
{
	bool led = s->role != ROLE_MASTER && s->master;
	bool leads = s->role == ROLE_MASTER;

	return json_pack("{s:o*,s:o*,s:o*,s:o*,s:I,s:I,s:I,s:b,s:I,s:o*,s:o*,s:o*,s:i,s:i,s:o*}",
			 "master", id_if(s->master), "master_name", name_of(c, now, s->master),
			 "deputy", id_if(s->deputy), "deputy_name", name_of(c, now, s->deputy),
			 "term", (json_int_t)s->term, "term_count",
			 (json_int_t)term_counter(s->term), "round", (json_int_t)s->round, "island",
			 s->island, "poll_ns", (json_int_t)s->poll_ns, "spread_ns",
			 int_if(leads, s->spread_ns), "heard_ago_ns",
			 int_if(led, mono_sub(now->mono, s->heard)), "round_ago_ns",
			 int_if(leads && s->round, mono_sub(now->mono, s->last_round)), "n_table",
			 (int)s->n_table, "n_alive", (int)s->n_alive, "n_used",
			 int_if(leads, s->n_used));
}

static json_t *status_clock(const struct control *c, const struct control_now *now,
			    const struct node_status *s)
{
	const struct daemon *d = c->daemon;
	int64_t oscillator_ppb = ns_from_double(-s->line.rate * 1e9);

	return json_pack("{s:s,s:s,s:b,s:b,s:o*,s:o*,s:o*,s:I,s:o*,s:I,s:I}", "clock",
			 d->clock->ops->name, "mode", clock_mode_name(d->config.mode), "synced",
			 s->synced, "settled", s->settled, "bound_ns", bound_json(s->bound_ns),
			 "est_error_ns", int_if(s->has_line, s->est_error_ns), "offset_ns",
			 int_if(s->has_line, s->offset_ns), "freq_ppb", (json_int_t)s->freq_ppb,
			 "oscillator_ppb", int_if(s->has_line, oscillator_ppb), "max_skew_ns",
			 (json_int_t)d->config.max_skew_ns, "wall_ns",
			 (json_int_t)now->pair.wall.ns);
}

static json_t *status_counters(const struct node_status *s)
{
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "n_rx", (json_int_t)s->n_rx,
			 "n_tx", (json_int_t)s->n_tx, "n_bad", (json_int_t)s->n_bad, "n_steps",
			 (json_int_t)s->n_steps, "n_corrections", (json_int_t)s->n_corrections,
			 "n_refused", (json_int_t)s->n_refused, "clock_epoch",
			 (json_int_t)s->clock_epoch, "chat_last", (json_int_t)s->chat_last,
			 "chat_stable", (json_int_t)s->chat_stable);
}

json_t *control_status_json(const struct control *c, const struct control_now *now)
{
	struct node_status s;
	json_t *j;

	node_status(c->daemon->node, now->mono, now->pair, &s);
	j = json_pack("{s:o,s:o,s:s,s:s}", "name", control_text_json(s.name), "id",
		      control_id_json(s.id), "version", PACKAGE_VERSION, "role", role_name(s.role));
	j = join(j, status_group(c, now, &s));
	j = join(j, status_clock(c, now, &s));
	return join(j, status_counters(&s));
}

/* "192.0.2.1:5252", "[2001:db8::1]:5252", "[fe80::1%3]:5252"; NULL when there is none. */
static json_t *addr_json(const struct addr *a)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	char ip[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 32], scope[16] = "";

	if (a->port == 0) {
		return NULL;
	}
	if (memcmp(a->ip, mapped, sizeof(mapped)) == 0) {
		if (inet_ntop(AF_INET, a->ip + 12, ip, sizeof(ip))) {
			(void)snprintf(text, sizeof(text), "%s:%u", ip, a->port);
			return json_string(text);
		}
		return NULL;
	}
	if (!inet_ntop(AF_INET6, a->ip, ip, sizeof(ip))) {
		return NULL;
	}
	if (a->scope) {
		(void)snprintf(scope, sizeof(scope), "%%%u", a->scope);
	}
	(void)snprintf(text, sizeof(text), "[%s%s]:%u", ip, scope, a->port);
	return json_string(text);
}

static json_t *member_json(const struct member_view *v)
{
	bool other = !v->is_self;
	/* Of what has never been corrected or listed nothing but the address is known. */
	bool seen = v->bound_ns != BOUND_UNKNOWN && v->state >= MEMBER_NEW;
	bool measured = other && v->exact && v->n_samples > 0;
	bool paths = other && seen;
	json_t *j = json_pack("{s:o,s:o,s:o*,s:s,s:s,s:s,s:b,s:b,s:b,s:b,s:i}", "name",
			      control_text_json(v->name), "id", control_id_json(v->id), "address",
			      addr_json(&v->addr), "state", member_state_name(v->state), "reason",
			      reason_name(v->reason), "mode", clock_mode_name(v->mode), "self",
			      v->is_self, "master", v->is_master, "deputy", v->is_deputy, "exact",
			      v->exact, "priority", (int)v->priority);

	return join(j,
		    json_pack("{s:o*,s:o*,s:o*,s:o*,s:o*,s:o*,s:o*,s:I,s:o*,s:o*,s:o*,s:s*}",
			      "offset_ns", int_if(seen, v->offset_ns), "oscillator_ppb",
			      int_if(seen, ns_from_double(v->rate * 1e9)), "delay_ns",
			      int_if(paths, v->delay_ns), "jitter_ns",
			      int_if(measured, v->jitter_ns), "sd_ns", int_if(seen, v->sd_ns),
			      "bound_ns", bound_json(v->bound_ns), "closure_ns",
			      int_if(v->closure_ns != CLOSURE_UNKNOWN, v->closure_ns), "weight_ppm",
			      (json_int_t)ns_from_double(v->weight * 1e6), "heard_ago_ns",
			      int_if(other && v->heard_ago_ns != INT64_MAX, v->heard_ago_ns),
			      "reach", int_if(other && v->exact, v->reach), "n_samples",
			      int_if(measured, v->n_samples), "stamps",
			      measured ? words_name(words_stamp, v->quality) : NULL));
}

bool control_get_int(struct varlink_call *call, json_t *parameters, const char *key, int64_t *ret)
{
	json_t *v = json_object_get(parameters, key);

	if (!v || json_is_null(v)) {
		return true;
	}
	if (!json_is_integer(v) || json_integer_value(v) < 0) {
		varlink_invalid_parameter(call, key);
		return false;
	}
	*ret = json_integer_value(v);
	return true;
}

static void fail(struct varlink_call *call, int error)
{
	varlink_error(call, "net.berkd.Failed", json_pack("{s:s}", "message", strerror(-error)));
}

void control_status(struct varlink_call *call, json_t *parameters, void *userdata)
{
	struct control_now now;
	int r = control_read_clocks(userdata, &now);

	(void)parameters;
	if (r < 0) {
		fail(call, r);
		return;
	}
	varlink_reply(call, json_pack("{s:o}", "status", control_status_json(userdata, &now)),
		      false);
}

void control_members(struct varlink_call *call, json_t *parameters, void *userdata)
{
	const struct control *c = userdata;
	json_t *list = json_array();
	struct control_now now;
	struct member_view v;
	int r = control_read_clocks(c, &now);

	(void)parameters;
	for (size_t i = 0; r == 0 && node_member(c->daemon->node, i, now.mono, now.pair, &v); i++) {
		r = json_array_append_new(list, member_json(&v));
	}
	if (r < 0) {
		json_decref(list);
		fail(call, r);
		return;
	}
	varlink_reply(call, json_pack("{s:o}", "members", list), false);
}

static bool is_id_prefix(const char *host, node_id id)
{
	char hex[17];
	size_t len = strlen(host);

	(void)snprintf(hex, sizeof(hex), "%016" PRIx64, id);
	return len >= ID_PREFIX_MIN && len <= 16 && strncmp(hex, host, len) == 0;
}

static json_t *candidate_json(const struct member_view *v)
{
	char text[NODE_NAME_MAX + 32];

	(void)snprintf(text, sizeof(text), "%016" PRIx64 " %s", v->id, v->name);
	return control_text_json(text);
}

/* A name wins over an id that looks like it. */
bool control_find_host(struct control *c, struct varlink_call *call, json_t *parameters,
		       struct member_view *ret)
{
	const char *host = json_string_value(json_object_get(parameters, "host"));
	json_t *candidates = json_array();
	struct member_view v;
	unsigned n = 0;

	if (!host) {
		json_decref(candidates);
		varlink_invalid_parameter(call, "host");
		return false;
	}
	for (unsigned pass = 0; pass < 2 && n == 0; pass++) {
		for (size_t i = 0;
		     node_member(c->daemon->node, i, (mono_t){0}, (struct clock_pair){0}, &v);
		     i++) {
			if (pass == 0 ? strcmp(v.name, host) != 0 : !is_id_prefix(host, v.id)) {
				continue;
			}
			*ret = v;
			if (n++ < CANDIDATES_MAX) {
				(void)json_array_append_new(candidates, candidate_json(&v));
			}
		}
	}
	if (n == 1) {
		json_decref(candidates);
		return true;
	}
	if (n == 0) {
		json_decref(candidates);
		varlink_error(call, "net.berkd.NoSuchHost", json_pack("{s:s}", "host", host));
	} else {
		varlink_error(call, "net.berkd.AmbiguousHost",
			      json_pack("{s:s,s:o}", "host", host, "candidates", candidates));
	}
	return false;
}

/* Does it count, and if not, what stands in the way?  A sentence: reason_text()'s, but where the
 * host is not even heard its state's. */
static bool why_text(const struct member_view *v, char *out, size_t size)
{
	static const char *const texts[] = {
		[MEMBER_CONTACT] = "Is known by address or by hearsay only: no session with it yet",
		[MEMBER_JOINING] = "Is joining: not yet measured enough to be corrected",
		[MEMBER_NEW] = "Is new: it is corrected first and averaged once settled",
		[MEMBER_SETTLED] = "Counts in the group's average",
		[MEMBER_SILENT] = "Has not answered lately",
		[MEMBER_LEFT] = "Has left the group",
	};
	const char *state = (size_t)v->state < MEMBER_MAX_ ? texts[v->state] : "Is unknown";
	bool away =
		v->state == MEMBER_SILENT || v->state == MEMBER_LEFT || v->state == MEMBER_CONTACT;

	(void)snprintf(out, size, "%s.",
		       v->reason == REASON_NONE || away ? state : reason_text(v->reason));
	out[0] = (char)toupper((unsigned char)out[0]);
	return v->state == MEMBER_SETTLED && v->reason == REASON_NONE;
}

void control_why(struct varlink_call *call, json_t *parameters, void *userdata)
{
	struct control *c = userdata;
	struct member_view v = {0};
	struct control_now now;
	char text[256];
	int r = control_read_clocks(c, &now);

	if (r < 0) {
		fail(call, r);
		return;
	}
	if (!control_find_host(c, call, parameters, &v)) {
		return;
	}
	node_id id = v.id; /* it was looked up without the time */

	for (size_t i = 0; node_member(c->daemon->node, i, now.mono, now.pair, &v); i++) {
		if (v.id == id) {
			break;
		}
	}
	bool counts = why_text(&v, text, sizeof(text));

	varlink_reply(call,
		      json_pack("{s:o,s:b,s:s}", "member", member_json(&v), "counts", counts,
				"text", text),
		      false);
}

void control_rounds(struct varlink_call *call, json_t *parameters, void *userdata)
{
	const struct control *c = userdata;
	int64_t limit = ROUNDS_DEFAULT;
	struct control_now now = {0};
	struct node_status s;
	struct round_view v;
	int r = control_read_clocks(c, &now);

	if (!control_get_int(call, parameters, "limit", &limit)) {
		return;
	}
	if (r < 0) {
		fail(call, r);
		return;
	}
	json_t *list = json_array();

	for (size_t i = 0; r == 0 && (int64_t)i < limit && node_round(c->daemon->node, i, &v);
	     i++) {
		json_t *round = json_pack("{s:I,s:I,s:I,s:i,s:i,s:i,s:I,s:I,s:I}", "round",
					  (json_int_t)v.round, "term", (json_int_t)v.term, "ago_ns",
					  (json_int_t)mono_sub(now.mono, v.at), "n_known",
					  (int)v.n_known, "n_used", (int)v.n_used, "f", (int)v.f,
					  "adjust_ns", (json_int_t)v.adjust_ns, "rate_ppb",
					  (json_int_t)ns_from_double(v.rate * 1e9), "spread_ns",
					  (json_int_t)v.spread_ns);

		r = json_array_append_new(list, round);
	}
	if (r < 0) {
		json_decref(list);
		fail(call, r);
		return;
	}
	node_status(c->daemon->node, now.mono, now.pair, &s);
	varlink_reply(call,
		      json_pack("{s:b,s:o}", "leading", s.role == ROLE_MASTER, "rounds", list),
		      false);
}
